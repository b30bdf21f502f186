"""`energy-agent import lots ...`: a dry run first, corrections shown, nothing twice, nothing in part."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from agent.carbon_help import csv_example
from agent.commands.common import EXIT_FAILED, EXIT_USAGE
from agent.declaring import open_desk
from config.carbon_columns import KINDS
from config.plant_time import span_of
from domain.carbon_entries import AluminiumLot, Certificates, Closed
from domain.evidence import Evidence
from domain.inventory import Avoided, Cover, Inventory, Total
from domain.periods import Period, PeriodKind
from domain.result_rows import encode
from tests.agent.declarations import Declared

LOTS = """id,supplier,at,mass,unit,primary,post_consumer,document
A-1,Nanshan,2026-02-17,24600,kg,75 %,25 %,EPD 4711
A-2,Chalco,2026-02-18,12.5,t,,,delivery 88
"""
BAD = "A-3,Chalco,2026-02-19,12.5,t,0.5,0.4,delivery 89\n"
GREEN = "first,last,date,retired,beneficiary,document\n"


@pytest.fixture
def plant(tmp_path: Path) -> Declared:
    return Declared(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_in_the_help_of_each_table_can_be_imported(plant: Declared, kind: str) -> None:
    table = KINDS[kind]
    file = plant.file("example.csv", csv_example(table))
    assert csv_example(table).splitlines()[0] in plant.run("import", table.plural, "--help").stdout
    done = plant.run("import", table.plural, file, "--yes")
    assert done.returncode == 0, done.stdout
    (entry,) = plant.entries()
    assert (entry.who, entry.why) == ("Li", "import of example.csv")
    assert getattr(entry.body, "source", "example.csv:2") in ("example.csv:2", table.example.get("source"))
    again = plant.run("import", table.plural, file, "--yes")
    assert again.stdout.splitlines()[1:] == ["  1 already there (entry 1), left out", "nothing to write"]
    assert len(plant.entries()) == 1


def test_without_yes_nothing_is_written_and_each_row_is_said(plant: Declared) -> None:
    done = plant.run("import", "lots", plant.file("lots.csv", LOTS))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "lots.csv: 2 rows (UTF-8, commas)",
        "  new      lot A-1, Nanshan: 24.6 t of aluminium, 2026-02-17",
        "  new      lot A-2, Chalco: 12.5 t of aluminium, 2026-02-18",
        "nothing written; add --yes",
    ]
    assert not plant.ledger.parent.exists()


def test_a_correction_is_shown_field_by_field_and_an_old_file_does_not_undo_it(plant: Declared) -> None:
    file = plant.file("lots.csv", LOTS)
    plant.run("import", "lots", file, "--yes")
    better = plant.file("better.csv", LOTS.replace("24600,kg", "24.7,t").replace("Nanshan", "Nanshan Ltd"))
    dry = plant.run("import", "lots", better)
    assert dry.stdout.splitlines()[1:] == [
        "  better.csv:2 corrects entry 1: lot A-1, Nanshan: 24.6 t of aluminium, 2026-02-17",
        "    supplier: Nanshan -> Nanshan Ltd",
        "    mass_t: 24.6 -> 24.7",
        "  1 already there (entry 2), left out",
        "nothing written; add --yes",
    ]
    assert plant.run("import", "lots", better, "--yes").returncode == 0
    corrected = plant.entries()[-1].body
    assert isinstance(corrected, AluminiumLot)
    assert (corrected.id, corrected.mass_t, corrected.source) == ("A-1", 24.7, "better.csv:2")
    again = plant.run("import", "lots", file, "--yes")
    assert "lots.csv:2 is entry 1, corrected since by entry 3, which stands; left out" in again.stdout
    assert len(plant.entries()) == 3
    body = json.loads(plant.run("import", "lots", file, "--json").stdout)
    assert body["already"] == [
        {"place": "lots.csv:2", "entry": 1, "corrected_by": 3},
        {"place": "lots.csv:3", "entry": 2, "corrected_by": None},
    ]


def test_one_bad_row_keeps_all_out_unless_it_is_skipped(plant: Declared) -> None:
    file = plant.file("lots.csv", LOTS + BAD)
    done = plant.run("import", "lots", file, "--yes")
    assert done.returncode == EXIT_FAILED
    assert "lots.csv:4: the shares add up to 0.9, not 1" in done.stdout
    assert "[lot.shares]" in done.stdout
    assert "1 of 3 rows are bad" in done.stdout
    assert plant.entries() == ()
    body = json.loads(plant.run("import", "lots", file, "--skip-bad", "--yes", "--json").stdout)
    assert (body["kind"], body["rows"], body["new"], body["bad"]) == ("aluminium_lot", 3, 2, 1)
    assert body["written"] == {"first": 1, "last": 2}
    assert [fault["code"] for fault in body["findings"]] == ["lot.shares"]


def test_a_certificate_that_is_there_is_refused_with_the_entry_to_void(plant: Declared) -> None:
    first = plant.file("one.csv", f"{GREEN}G-001,G-120,2026-01,2026-03-10,the works,account\n")
    assert plant.run("import", "certificates", first, "--yes").returncode == 0
    more = plant.file("two.csv", f"{GREEN}G-120,G-130,2026-02,2026-03-11,the works,account\n")
    done = plant.run("import", "certificates", more, "--yes")
    assert done.returncode == EXIT_FAILED
    assert "two.csv:2: G-120 to G-130 overlaps entry 1 of the ledger" in done.stdout
    assert "energy-agent event void 1" in done.stdout
    assert "[certificate.twice]" in done.stdout
    plant.run("event", "void", "1", "--why", "wrong account")
    assert plant.run("import", "certificates", more, "--yes").returncode == 0
    assert isinstance(plant.entries()[-1].body, Certificates)


def close(plant: Declared, name: str, inventory: str = "{}") -> None:
    """Close a period, with figures or without any that can be read."""
    desk = open_desk(plant.plant)
    since, until = span_of(name, desk.calendar)
    digest = hashlib.sha256(inventory.encode()).hexdigest()
    closed = Closed(
        period=name, since=since, until=until, inventory=inventory, sha256=digest, known=0, software="1",
        approver="Wang",
    )  # fmt: skip
    desk.record([closed], who="Wang", why="closed")


def test_what_is_moved_out_of_a_closed_month_or_void_names_that_month(plant: Declared) -> None:
    assert plant.run("import", "lots", plant.file("lots.csv", LOTS), "--yes").returncode == 0
    close(plant, "2026-02")
    said = "  2026-02 is closed: its figures stand; energy-agent restate 2026-02 shows what would change"
    moved = ("id=A-1", "supplier=Nanshan", "at=2026-03-05", "mass=24.6", "unit=t", "document=d")
    assert said in plant.run("enter", "lot", *moved, "--why", "w", "--dry-run").stdout.splitlines()
    later = LOTS.replace("2026-02-17", "2026-03-17")
    assert said in plant.run("import", "lots", plant.file("later.csv", later)).stdout.splitlines()
    done = plant.run("event", "void", "2", "--why", "never came")
    assert (done.returncode, said in done.stdout.splitlines()) == (0, True)
    assert "closed" not in plant.run("enter", "lot", *moved[1:], "id=B-1", "--why", "w", "--dry-run").stdout


def test_a_void_certificate_names_the_closed_months_that_count_on_it(plant: Declared) -> None:
    rows = f"{GREEN}G-001,G-120,2026-01,2026-03-10,the works,account\n"
    assert plant.run("import", "certificates", plant.file("one.csv", rows), "--yes").returncode == 0
    close(plant, "2026-02", covered("2026-02", entry=1))
    close(plant, "2026", covered("2026", entry=1))
    close(plant, "2026-03", covered("2026-03", entry=7))
    done = plant.run("event", "void", "1", "--why", "wrong account")
    assert "  2026-02, 2026 are closed: their figures stand" in done.stdout
    assert "energy-agent restate 2026-02 shows" in done.stdout


def covered(name: str, *, entry: int) -> str:
    """Return an inventory in which certificates of an entry cover something, and nothing is known."""
    kind = PeriodKind.YEAR if len(name) == 4 else PeriodKind.MONTH
    nothing = Evidence(shares={}, coverage=0.0, is_complete=False)
    total = Total(tco2e=None, known_t=0.0, fixed_t=None, uncertainty=None, evidence=nothing)
    avoided = Avoided(
        pv_kwh=None, pv_plan_kwh=None, pv_generated_kwh=None, pv_t=None, heat_kwh=None, heat_plan_kwh=None,
        heat_t=None, evidence=nothing,
    )  # fmt: skip
    found = Inventory(
        period=Period(kind=kind, name=name, since=0, until=1), is_over=True, state="open", entry=None,
        closed_months=(), lines=(), scope_1=total, scope_2_location=total, scope_2_market=total,
        scope_3_1=total, per_output=(), reconciled=(), avoided=avoided, paths=(), findings=(),
        covers=(Cover(instrument="G-001", kind="certificates", entry=entry, month="2026-02", kwh=1.0),),
    )  # fmt: skip
    return encode(found).decode()


def test_what_comes_too_late_for_a_closed_month_says_that_its_figures_stand(plant: Declared) -> None:
    close(plant, "2026-02")
    close(plant, "2026-03")
    said = "2026-02 is closed: its figures stand; energy-agent restate 2026-02 shows what would change"
    assert f"  {said}" in plant.run("import", "lots", plant.file("lots.csv", LOTS)).stdout.splitlines()
    body = json.loads(plant.run("import", "lots", plant.folder / "lots.csv", "--json").stdout)
    assert body["closed"] == ["2026-02"]
    factor = ("enter", "factor", "id=x", "use=gwp.n2o", "value=265", "unit=1", "source=AR5", "--why", "w")
    done = plant.run(*factor, "valid_from=2025-01-01", "--dry-run")
    assert "  2026-02, 2026-03 are closed: their figures stand" in done.stdout
    for change in ("valid_from=2026-04-01",), ("valid_from=2025-01-01", "valid_until=2026-01-31"):
        assert "closed" not in plant.run(*factor, *change, "--dry-run").stdout


def test_many_new_rows_are_counted(plant: Declared) -> None:
    rows = "".join(f"B-{number},Chalco,2026-02-18,12.5,t,,,d\n" for number in range(30))
    done = plant.run("import", "lots", plant.file("lots.csv", LOTS + rows))
    assert "  ... 20 more new" in done.stdout.splitlines()


def test_a_table_is_named_by_its_plural_or_as_the_ledger_names_it(plant: Declared) -> None:
    file = plant.file("lots.csv", LOTS)
    assert plant.run("import", "aluminium_lot", file).returncode == 0
    done = plant.run("import", "lost", file)
    assert done.returncode == EXIT_USAGE
    assert "did you mean 'lots'?" in done.stderr
