"""`energy-agent event`: what meters cannot know, checked before it is recorded for ever."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from agent.commands.common import EXIT_CONFIG, EXIT_USAGE
from agent.commands.event import _KINDS
from agent.declaring import declared
from agent.ledger import Desk
from config import load
from domain.ledger import (
    CalendarChange,
    MeterEvent,
    MeterEventKind,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.periods import HOUR_MS, Shift, WorkingCalendar
from storage.ledger import LedgerMoved, SqliteLedger
from storage.ledger_rows import KINDS
from tests.agent.declarations import Declared

POINT = "gas_coil.volume_reference"
EIGHT = 1_772_323_200_000
"""2026-03-01 08:00 in Shanghai."""
EXCHANGE = (
    "event",
    "exchange",
    POINT,
    "--old-final",
    "184223.5",
    "--new-start",
    "0",
    "--why",
    "battery empty",
)
CALENDAR = """valid_from = 2026-04-01
day_start = "08:00"
shifts = [
    { name = "day", start = "08:00", end = "20:00" },
    { name = "night", start = "20:00", end = "08:00" },
]
rest_days = ["sunday"]
holidays = [2026-05-01]
"""


@pytest.fixture
def plant(tmp_path: Path) -> Declared:
    return Declared(tmp_path)


@pytest.mark.parametrize("at", ["2026-03-01T08:00", "2026-03-01 08:00", "2026-03-01T00:00Z"])
def test_an_exchange_is_recorded_in_plant_time_with_its_number_and_what_follows(
    plant: Declared, at: str
) -> None:
    done = plant.run(*EXCHANGE, "--at", at)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        f"entry 1: {POINT}: exchange at 2026-03-01 08:00, from index 184223.5 m3 to 0 m3"
    )
    assert "recomputes" in done.stdout
    (entry,) = plant.entries()
    assert (entry.who, entry.why) == ("Li", "battery empty")
    assert entry.body == MeterEvent(
        kind=MeterEventKind.EXCHANGE, point=POINT, at=EIGHT, old_final=184223.5, new_start=0.0
    )


def test_each_kind_of_event_is_recorded_as_it_was_typed(plant: Declared) -> None:
    calendar = plant.file("c.toml", CALENDAR)
    for args in (
        ("reset", POINT, "--at", "2026-03-02T08:00", "--old-final", "9", "--new-start", "1", "--why", "w"),
        ("calibration", POINT, "--at", "2026-03-01", "--valid-until", "2028-02-29", "--certificate", "A-17"),
        ("static", "coil", "--since", "2026-03-01T08:00", "--what", "rebuilt", "--share", "-0.03",
         "--nm3-per-day", "12.5", "--approver", "Wang", "--why", "trial"),
        ("calendar", calendar, "--why", "two shifts"),
        ("production", "coil", "--since", "2026-03-05", "--until", "2026-03-06", "--quantity", "400500",
         "--unit", "kg", "--product", "3003", "--why", "counter stood"),
        ("plan", "coil", "--since", "2031-01-01", "--until", "2031-02-01", "--quantity", "9000"),
        ("void", "1", "--why", "it was an exchange"),
    ):  # fmt: skip
        done = plant.run("event", *args)
        assert done.returncode == 0, done.stderr
    march_5 = EIGHT + (4 * 24 - 8) * HOUR_MS
    assert [entry.body for entry in plant.entries()] == [
        MeterEvent(
            kind=MeterEventKind.RESET, point=POINT, at=EIGHT + 24 * HOUR_MS, old_final=9.0, new_start=1.0
        ),
        MeterEvent(
            kind=MeterEventKind.CALIBRATION,
            point=POINT,
            at=EIGHT - 8 * HOUR_MS,
            certificate="A-17",
            valid_until=date(2028, 2, 29),
        ),
        StaticFactor(
            process="coil", since=EIGHT, what="rebuilt", share=-0.03, nm3_per_day=12.5, approver="Wang"
        ),
        CalendarChange(
            calendar=WorkingCalendar(
                valid_from=date(2026, 4, 1),
                day_start_min=480,
                shifts=(
                    Shift(name="day", start_min=480, end_min=1200),
                    Shift(name="night", start_min=1200, end_min=480),
                ),
                rest_days=frozenset({6}),
                holidays=frozenset({date(2026, 5, 1)}),
            )
        ),
        Production(
            process="coil",
            since=march_5,
            until=march_5 + 24 * HOUR_MS,
            quantity=400.5,
            unit="t",
            product="3003",
        ),
        ProductionPlan(process="coil", since=1924992000000, until=1927670400000, quantity=9000.0, unit="t"),
        Voided(entry=1),
    ]
    listed = plant.run("event", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed[:-1]] == [str(number) for number in range(1, 8)]
    assert "VOID" in listed[0]
    assert not any("VOID" in line for line in listed[1:])


def event(*changes: tuple[str, str | None]) -> list[str]:
    """Return the arguments of an exchange with some options changed or left out."""
    options: dict[str, str | None] = {
        "--at": "2026-03-01T08:00",
        "--old-final": "9",
        "--new-start": "0",
        "--why": "w",
    }
    options |= dict(changes)
    return [part for name, value in options.items() if value is not None for part in (name, value)]


WHY = ("--why", "w")


def static(*more: str) -> list[str]:
    """Return the arguments of a static factor; a later option counts."""
    return ["--since", "2026-03-01", "--what", "x", "--approver", "Wang", *WHY, *more]


def output(*more: str) -> list[str]:
    """Return the arguments of a day's output; a later option counts."""
    return ["--since", "2026-03-01", "--until", "2026-03-02", "--quantity", "4", *more]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["exchange", "gas_coil.volume_refernce", *event()], f"did you mean '{POINT}'?"),
        (["exchange", "gas_coil.flow_reference", *event()], "is no counter; counters of its device: gas_"),
        (["reset", POINT, *event(("--at", "2046-03-01T08:00"))], "is in the future"),
        (["reset", POINT, *event(("--at", "2026-03-01"))], "has no time"),
        (["reset", POINT, *event(("--at", "yesterday"))], "is no date"),
        (["reset", POINT, *event(("--at", "2026-02-30T08:00"))], "a day that there is not"),
        (["reset", POINT, *event(("--old-final", "nan"))], "is no number"),
        (["reset", POINT, *event(("--new-start", "1e999"))], "is no number"),
        (["reset", POINT, *event(("--old-final", "1,234.5"))], "without separators of thousands"),
        (["reset", POINT, *event(("--old-final", "-1"))], "it is in m3, from 0 on"),
        (["exchange", POINT, *event(("--why", " "))], "is empty"),
        (["exchange", POINT, *event(("--why", None))], "Missing option '--why'"),
        (["exchange", POINT, *event(("--why", "a\nb"))], "cannot be printed"),
        (["exchange", POINT, *event(("--why", "w" * 3000))], "at most 2,000"),
        (["exchange", POINT, *event(("--new-start", None))], "Missing option '--new-start'"),
        (["calibration", POINT, "--at", "2026-03-01", "--valid-until", "2026-02-28", "--certificate", "A"],
         "before the calibration"),
        (["static", "coyl", *static()], "did you mean 'coil'?"),
        (["static", "coil", *static("--share", "5")], "0.05 means 5 %"),
        (["static", "coil", *static("--until", "2026-03-01")], "is not after --since"),
        (["static", "coil", *static("--since", "2046-03-01")], "future"),
        (["production", "coil", *output("--quantity", "999"), *WHY], "[production.impossible]"),
        (["production", "coil", *output("--until", "2046-03-02"), *WHY], "[production.future]"),
        (["production", "coil", *output("--quantity", "4,5"), *WHY], "[production.bad_number]"),
        (["production", "coil", *output("--unit", "m2"), *WHY], "[production.wrong_unit]"),
        (["production", "coil", *output()], "Missing option '--why'"),
        (["plan", "coil", *output("--until", "2026-03-01")], "[production.empty_span]"),
        (["void", "1", "--why", "w"], "entry 1 does not exist"),
        (["void", "x", "--why", "w"], "is no number of an entry"),
        (["void", "3-1", "--why", "w"], "is no number of an entry"),
        (["void", "1-999999999", "--why", "w"], "is no number of an entry"),
        (["void", "--why", "w"], "Missing argument 'NUMBER"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_cure_and_leaves_no_trace(
    plant: Declared, args: list[str], words: str
) -> None:
    done = plant.run("event", *args)
    assert done.returncode == EXIT_USAGE
    assert words in " ".join(done.stderr.split())
    assert not plant.ledger.exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("valid_from", "valid_form", "did you mean 'valid_from'?"),
        ("valid_from = 2026-04-01", "", "valid_from: is missing"),
        ("2026-04-01", "1026-04-01", "a day of this century"),
        ('start = "20:00"', 'start = "19:00"', "shifts[1]: 'night' overlaps"),
        ('"sunday"', '"sundy"', "did you mean 'sunday'?"),
        ("2026-05-01", "2026-05-32", "config.syntax"),
    ],
)
def test_a_faulty_calendar_is_refused_with_every_fault(
    plant: Declared, old: str, new: str, words: str
) -> None:
    assert old in CALENDAR
    done = plant.run("event", "calendar", plant.file("c.toml", CALENDAR.replace(old, new)), "--why", "w")
    assert done.returncode == EXIT_CONFIG
    assert words in done.stderr
    assert not plant.ledger.exists()


def test_a_calendar_that_cannot_be_read_says_so(plant: Declared) -> None:
    for file in (plant.folder / "none.toml", plant.folder):
        assert plant.run("event", "calendar", file, "--why", "w").returncode == EXIT_CONFIG


def test_a_meter_has_one_event_an_instant_until_it_is_voided(plant: Declared) -> None:
    at = ("--at", "2026-03-01T08:00")
    assert plant.run(*EXCHANGE, *at).returncode == 0
    done = plant.run(*EXCHANGE, *at)
    assert done.returncode == EXIT_USAGE
    assert "energy-agent event void 1" in done.stderr
    calibration = ("event", "calibration", POINT, *at, "--valid-until", "2028-01-01", "--certificate", "A")
    assert plant.run(*calibration).returncode == 0, "a new meter brings its calibration"
    assert plant.run("event", "void", "1", "--why", "wrong index").returncode == 0
    assert plant.run(*EXCHANGE, *at).returncode == 0


def test_output_that_was_stated_is_not_stated_twice(plant: Declared) -> None:
    said = (
        "event",
        "production",
        "coil",
        "--since",
        "2026-03-05",
        "--quantity",
        "4",
        "--why",
        "w",
        "--until",
    )
    assert plant.run(*said, "2026-03-06").returncode == 0
    assert "entry 1 says so already" in plant.run(*said, "2026-03-06").stderr
    assert "event void 1" in plant.run(*said, "2026-03-07").stderr
    assert len(plant.entries()) == 1


def test_void_takes_ranges_and_refuses_all_when_one_does_not_fit(plant: Declared) -> None:
    for hour in ("08", "09", "10", "11"):
        plant.run(*EXCHANGE, "--at", f"2026-03-01T{hour}:00")
    assert plant.run("event", "void", "1-2", "4", "2", "--why", "w").returncode == 0
    assert [entry.body for entry in plant.entries()[4:]] == [
        Voided(entry=1),
        Voided(entry=2),
        Voided(entry=4),
    ]
    done = plant.run("event", "void", "3-4", "--why", "w")
    assert done.returncode == EXIT_USAGE
    assert "entry 4 is void already" in done.stderr
    assert "entry 5" in plant.run("event", "void", "5", "--why", "w").stderr
    assert len(plant.entries()) == 7


def test_the_list_for_a_script_has_every_field_and_can_be_narrowed(plant: Declared) -> None:
    assert json.loads(plant.run("event", "list", "--json").stdout) == []
    assert not plant.ledger.exists(), "to look makes no file"
    plant.run(*EXCHANGE, "--at", "2026-03-01T08:00")
    plant.run("event", "void", "1", "--why", "w")
    body = json.loads(plant.run("event", "list", "--kind", "meter_event", "--json").stdout)
    assert len(body) == 1
    assert {key: body[0][key] for key in ("number", "who", "why", "kind", "void")} == {
        "number": 1,
        "who": "Li",
        "why": "battery empty",
        "kind": "meter_event",
        "void": True,
    }
    assert body[0]["body"]["old_final"] == 184223.5


def test_the_kinds_that_can_be_listed_are_those_of_the_ledger() -> None:
    assert list(_KINDS) == [kind.partition(".")[0] for kind in KINDS]


def test_what_somebody_else_records_in_between_is_looked_at_before_writing(plant: Declared) -> None:
    plant.run(*EXCHANGE, "--at", "2026-03-01T08:00")
    loads: list[int] = []

    def make(desk: Desk) -> list[Voided]:
        loads.append(len(desk.entries))
        if len(loads) == 1:
            with closing(SqliteLedger(plant.ledger)) as other:
                other.add([Voided(entry=1)], who="other", why="w", at=1)
        return [] if len(loads) > 1 else [Voided(entry=1)]

    _, entries = declared(plant.plant, make, who="Li", why="w")
    assert loads == [1, 2]
    assert entries == ()
    assert [entry.who for entry in plant.entries()] == ["Li", "other"]


def test_a_desk_that_is_no_longer_the_newest_cannot_record(plant: Declared) -> None:
    desk = Desk.open(load(plant.plant, {}))
    plant.run(*EXCHANGE, "--at", "2026-03-01T08:00")
    with pytest.raises(LedgerMoved):
        desk.record([Voided(entry=1)], who="Li", why="w")
    assert len(plant.entries()) == 1
