"""`energy-agent import`: a dry run first, every bad row with its line, nothing in part."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from agent.commands.common import EXIT_CONFIG, EXIT_FAILED, EXIT_STORE, EXIT_USAGE
from config.production_rules import rules_of
from domain.ledger import Production, ProductionPlan
from domain.periods import HOUR_MS
from tests.agent.declarations import Declared

GOOD = """process,date,shift,quantity,unit,product
coil,2026-03-01,day,120.5,t,3003
coil,2026-03-01,night,110250,kg,3003
sheet,2026-03-01,,90,t,
"""
BAD = "coyl,2026-03-02,,5,t,\ncoil,2026-03-02,,99999,t,\n"
MARCH_1 = 1_772_294_400_000
"""2026-03-01 00:00 in Shanghai."""


@pytest.fixture
def plant(tmp_path: Path) -> Declared:
    return Declared(tmp_path)


def test_without_yes_nothing_is_written_and_the_command_says_what_it_would_do(plant: Declared) -> None:
    done = plant.run("import", "production", plant.file("march.csv", GOOD))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "march.csv: 3 rows (UTF-8, commas)",
        "  coil   2 new  230.75 t  2026-03-01 08:00 to 2026-03-02 08:00",
        "  sheet  1 new      90 t  2026-03-01 00:00 to 2026-03-02 00:00",
        "nothing written; add --yes",
    ]
    assert not plant.ledger.parent.exists()


def test_with_yes_every_row_becomes_an_entry_with_who_why_and_its_line(plant: Declared) -> None:
    done = plant.run("import", "production", plant.file("march.csv", GOOD), "--yes", "--why", "shift reports")
    assert done.returncode == 0, done.stderr
    assert "3 entries written: 1-3" in done.stdout
    assert "energy-agent event void 1-3" in done.stdout
    entries = plant.entries()
    assert {(entry.who, entry.why) for entry in entries} == {("Li", "shift reports")}
    assert entries[1].body == Production(
        process="coil",
        since=MARCH_1 + 20 * HOUR_MS,
        until=MARCH_1 + 32 * HOUR_MS,
        quantity=110.25,
        unit="t",
        product="3003",
        source="march.csv:3",
    )
    assert stat.S_IMODE(plant.ledger.stat().st_mode) == 0o600


def test_the_same_file_again_adds_nothing(plant: Declared) -> None:
    file = plant.file("march.csv", GOOD)
    plant.run("import", "production", file, "--yes")
    before = plant.entries()
    again = plant.file("again.csv", GOOD + "sheet,2026-03-02,,80,t,\n")
    done = plant.run("import", "production", file, "--yes")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [
        "  3 already there (entries 1 to 3), left out",
        "nothing to write",
    ]
    assert plant.entries() == before
    assert plant.run("import", "production", again, "--yes").returncode == 0
    assert len(plant.entries()) == 4


def test_what_was_voided_may_be_imported_again(plant: Declared) -> None:
    file = plant.file("march.csv", GOOD)
    plant.run("import", "production", file, "--yes")
    plant.run("event", "void", "1-3", "--why", "wrong month")
    assert plant.run("import", "production", file, "--yes").returncode == 0
    assert [entry.number for entry in plant.entries() if isinstance(entry.body, Production)] == [
        1,
        2,
        3,
        7,
        8,
        9,
    ]


def test_one_bad_row_keeps_all_out_and_each_is_named(plant: Declared) -> None:
    done = plant.run("import", "production", plant.file("march.csv", GOOD + BAD), "--yes")
    assert done.returncode == EXIT_FAILED
    named = [line for line in done.stdout.splitlines() if line.startswith("march.csv:")][1:]
    assert [line.split(" ")[0] for line in named] == ["march.csv:5:", "march.csv:6:"]
    assert "did you mean 'coil'? [production.unknown_process]" in named[0]
    assert "30 t an hour" in named[1]
    assert named[1].endswith("[production.impossible]")
    assert "2 of 5 rows are bad" in done.stdout.splitlines()[-1]
    assert "--skip-bad" in done.stdout.splitlines()[-1]
    assert plant.entries() == ()


def test_skip_bad_takes_the_good_rows(plant: Declared) -> None:
    file = plant.file("march.csv", GOOD + BAD)
    dry = plant.run("import", "production", file, "--skip-bad")
    assert (dry.returncode, dry.stdout.splitlines()[-1]) == (EXIT_FAILED, "nothing written; add --yes")
    assert plant.entries() == ()
    done = plant.run("import", "production", file, "--skip-bad", "--yes")
    assert done.returncode == 0
    assert "3 entries written: 1-3; 2 bad rows left out" in done.stdout
    assert len(plant.entries()) == 3


def test_output_for_a_time_that_has_some_already_names_the_entry_to_void(plant: Declared) -> None:
    plant.run("import", "production", plant.file("march.csv", GOOD), "--yes")
    whole = plant.file("days.csv", "process,date,quantity,unit\ncoil,2026-03-01,230,t\n")
    done = plant.run("import", "production", whole, "--yes")
    assert done.returncode == EXIT_FAILED
    assert "overlaps entry 1 of the ledger" in done.stdout
    assert "event void 1" in done.stdout
    assert len(plant.entries()) == 3


def test_json_tells_a_script_the_same(plant: Declared) -> None:
    file = plant.file("march.csv", GOOD + BAD)
    body = json.loads(plant.run("import", "production", file, "--skip-bad", "--yes", "--json").stdout)
    assert (body["rows"], body["new"], body["bad"], body["written"]) == (5, 3, 2, {"first": 1, "last": 3})
    assert [fault["code"] for fault in body["findings"]] == [
        "production.unknown_process",
        "production.impossible",
    ]
    assert body["processes"][0] == {
        "process": "coil",
        "rows": 2,
        "quantity": 230.75,
        "unit": "t",
        "since": MARCH_1 + 8 * HOUR_MS,
        "until": MARCH_1 + 32 * HOUR_MS,
    }
    again = json.loads(plant.run("import", "production", file, "--json").stdout)
    assert (again["new"], again["written"]) == (0, None)
    assert again["already"][0] == {"place": "march.csv:2", "entry": 1}


def test_a_plan_may_lie_ahead_and_stands_beside_output(plant: Declared) -> None:
    file = plant.file("plan.csv", "process,month,quantity,unit\ncoil,2031-01,9000,t\ncoil,2026-03,9000,t\n")
    done = plant.run("import", "plan", file, "--yes")
    assert done.returncode == 0, done.stdout
    assert {type(entry.body) for entry in plant.entries()} == {ProductionPlan}
    assert plant.run("import", "production", plant.file("march.csv", GOOD), "--yes").returncode == 0
    assert plant.run("import", "production", file, "--yes").returncode == EXIT_FAILED


def test_days_and_shifts_are_those_of_the_calendar_in_the_ledger(plant: Declared) -> None:
    calendar = plant.file("c.toml", 'valid_from = 2026-03-01\nday_start = "06:00"\n')
    assert plant.run("event", "calendar", calendar, "--why", "new hours").returncode == 0
    done = plant.run("import", "production", plant.file("march.csv", GOOD), "--yes", "--skip-bad")
    assert done.stdout.count("[production.unknown_shift]") == 2
    assert plant.entries()[-1].body == Production(
        process="sheet",
        since=MARCH_1 + 6 * HOUR_MS,
        until=MARCH_1 + 30 * HOUR_MS,
        quantity=90.0,
        unit="t",
        source="march.csv:4",
    )


def test_a_table_of_one_process_needs_no_column_for_it(plant: Declared) -> None:
    file = plant.file("coil.csv", "date,quantity,unit\n2026-03-01,100,t\n")
    assert plant.run("import", "production", file, "--process", "coil", "--yes").returncode == 0
    done = plant.run("import", "production", file, "--process", "coyl")
    assert done.returncode == EXIT_USAGE
    assert "did you mean 'coil'?" in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.csv", "No such file"),
        (".", "Is a directory"),
        ("pipe", "not a regular file"),
        ("huge", "larger than"),
    ],
)
def test_what_is_no_file_to_read_is_said_in_one_line(plant: Declared, name: str, words: str) -> None:
    os.mkfifo(plant.folder / "pipe")
    with (plant.folder / "huge").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    done = plant.run("import", "production", plant.folder / name, "--yes")
    assert done.returncode == EXIT_FAILED
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_binary_file_is_a_finding_of_its_own(plant: Declared) -> None:
    done = plant.run(
        "import", "production", plant.file("march.xlsx", b"PK\x03\x04" + bytes(range(256))), "--yes"
    )
    assert done.returncode == EXIT_FAILED
    assert "save the sheet as CSV UTF-8" in done.stdout
    assert "[production.file]" in done.stdout


def test_without_a_plant_file_or_with_a_damaged_ledger_nothing_is_guessed(plant: Declared) -> None:
    file = plant.file("march.csv", GOOD)
    plant.ledger.parent.mkdir()
    plant.ledger.write_bytes(b"no database" * 100)
    done = plant.run("import", "production", file)
    assert done.returncode == EXIT_STORE
    assert "ledger.sqlite" in done.stderr
    plant.plant.unlink()
    assert plant.run("import", "production", file).returncode == EXIT_CONFIG


def test_the_most_a_process_can_make_is_what_all_its_counters_can_count() -> None:
    from agent.ledger import calendar_of
    from config import load
    from tests.e2e.harness import ROOT

    path = ROOT / "config/examples/demo.toml"
    loaded = load(path, {})
    calendar = calendar_of(loaded.plant.time_zone, (), loaded.method)
    assert rules_of(loaded.plant, calendar, now=0, is_plan=False).most_per_hour == {
        "coil": 30.0,
        "sheet": 15.0,
    }
