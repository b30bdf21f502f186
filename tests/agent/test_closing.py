"""A month is closed, another factor is entered: the closed figure stands, and the difference is shown."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing as closed
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pytest

from agent.analysis import Analysis
from agent.closing import closing, figures_of, restatement_of, restating
from agent.commands.common import EXIT_STORE, EXIT_USAGE
from agent.inventories import Inventoried
from agent.ledger import Desk, ledger_path
from agent.shipped_factors import adopt
from agent.version import agent_version
from domain.carbon_entries import Closed, EmissionFactor, Restated
from domain.errors import StoreError, StoreRejected
from domain.inventory import Inventory
from domain.inventory_text import canonical
from domain.ledger import AlertAction, AlertEntry, Body, Voided
from domain.periods import Period, PeriodKind
from domain.registers import Reference
from domain.result_rows import decode, encode
from storage.ledger import SqliteLedger
from tests.agent import figured
from tests.agent.figured import FIRST, NOW, Figured

CLOSE = ("--approver", "Chen", "--why", "checked", "--who", "Li", "--despite-gaps")
NCV = EmissionFactor(
    id="supplier-2026",
    use="gas.ncv",
    value=37.0,
    unit="MJ/Nm3",
    valid_from=date(2026, 1, 1),
    reference=Reference.AT_0C,
    source="the supplier",
    approver="Chen",
)
RATIO = 37.0 / 38.931


def enter(plant: Figured, *bodies: Body) -> None:
    """Record entries as another process would."""
    with closed(SqliteLedger(ledger_path(plant.folder / "state"))) as ledger:
        ledger.add(bodies, who="Li", why="w", at=NOW)


def scope_1(analysis: Analysis, period: str, *, fresh: bool = False) -> float:
    found = analysis.inventory(period, fresh=fresh).inventory.scope_1.tco2e
    assert found is not None
    return found


@pytest.fixture(scope="module")
def closed_once(read_only: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the plant with shipped factors, in which October 2026 is closed."""
    folder = figured.copy(read_only, tmp_path_factory.mktemp("closed") / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch:
        plant = Figured(folder, monkeypatch)
        with closed(SqliteLedger(ledger_path(folder / "state"))) as ledger:
            adopt(ledger, at=NOW)
        done = plant.run("close", "2026-10", *CLOSE)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def plant(closed_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Figured:
    return Figured(figured.copy(closed_once, tmp_path / "plant"), monkeypatch)


def october(plant: Figured) -> Closed:
    return october_of(Desk.open(plant.loaded))


def october_of(desk: Desk) -> Closed:
    (body,) = (entry.body for entry in desk.entries if isinstance(entry.body, Closed))
    return body


def test_a_closing_holds_the_whole_inventory_and_what_it_knew(plant: Figured) -> None:
    body, entry = october(plant), plant.entries()[-1]
    assert (entry.who, body.approver, body.period) == ("Li", "Chen", "2026-10")
    assert (body.known, body.software) == (entry.number - 1, agent_version())
    assert body.sha256 == hashlib.sha256(body.inventory.encode()).hexdigest()
    held = decode("inventory", body.inventory.encode())
    assert encode(held).decode() == body.inventory
    told = plant.told("inventory", "2026-10")["inventory"]
    assert (told["state"], told["entry"]) == ("closed", entry.number)
    assert told["scope_1"] == json.loads(body.inventory)["scope_1"]


def test_what_was_missing_is_recorded_with_the_reason(plant: Figured) -> None:
    why = plant.entries()[-1].why
    assert why.startswith("checked [despite gaps: scope_2_location is not known (")
    assert "scope_3_1 is not known" in why
    assert "scope_1" not in why


def test_nothing_that_changed_is_nothing_to_restate(plant: Figured) -> None:
    assert "comes out the same now" in plant.run("restate", "2026-10").stdout
    count = len(plant.entries())
    done = plant.run("restate", "2026-10", "--yes", "--approver", "Chen", "--why", "w")
    assert done.returncode == EXIT_USAGE
    assert "nothing to restate" in " ".join(done.stderr.split())
    assert len(plant.entries()) == count


def test_another_factor_changes_open_months_only(plant: Figured) -> None:
    names = ("2026-10", "2026-11", "2026")
    with plant.analysis() as analysis:
        before = {name: scope_1(analysis, name) for name in names}
        enter(plant, NCV)
        analysis.recompute(FIRST, NOW)
        after = {name: scope_1(analysis, name) for name in names}
        fresh = scope_1(analysis, "2026-10", fresh=True)
        rows = analysis.rows("inventory", since=0, until=NOW)
    assert after["2026-10"] == before["2026-10"]
    assert after["2026-11"] == pytest.approx(before["2026-11"] * RATIO)
    open_part = before["2026"] - before["2026-10"]
    assert after["2026"] == pytest.approx(before["2026-10"] + open_part * RATIO)
    assert fresh == pytest.approx(before["2026-10"] * RATIO)
    kept = {each.period.name: each for each in (decode("inventory", row.body) for row in rows)}
    assert {name: kept[name].scope_1.tco2e for name in names} == after
    assert kept["2026"].closed_months == ("2026-10",)


def test_a_restatement_shows_each_figure_with_the_factor_as_cause_and_writes_nothing(plant: Figured) -> None:
    stood = figures_of(plant.entries()[-1]).scope_1.tco2e
    enter(plant, NCV)
    count = len(plant.entries())
    told = plant.told("restate", "2026-10")
    assert told["recorded"] is None
    changes = {each["figure"]: each for each in told["restatement"]["changes"]}
    cause = f"gas.ncv: gbt32151.34-gas-ncv (1) -> supplier-2026 ({count})"
    assert changes["factor.1.gas.gas.ncv"] == {
        "figure": "factor.1.gas.gas.ncv", "before": 38.931, "after": 37.0, "unit": "MJ/Nm3", "cause": cause,
    }  # fmt: skip
    assert stood is not None
    assert changes["line.1.gas"]["before"] == stood
    assert changes["line.1.gas"]["after"] == pytest.approx(stood * RATIO)
    assert changes["scope_1"]["cause"] == f"gas: {cause}"
    assert "per_output.t.scope_1" in changes
    assert "line.1.gas.activity" not in changes
    text = plant.run("restate", "2026-10").stdout
    for word in ("line.1.gas", "38.931", "37", "supplier-2026", "dry run: nothing written"):
        assert word in text
    assert len(plant.entries()) == count


def test_a_restated_figure_stands_and_the_old_one_stays_readable(plant: Figured) -> None:
    old, number = october(plant), len(plant.entries())
    before = figures_of(plant.entries()[-1]).scope_1.tco2e
    assert before is not None
    enter(plant, NCV)
    done = plant.run("restate", "2026-10", "--yes", "--approver", "Wang", "--why", "statement", "--who", "Li")
    assert done.returncode == 0, done.stderr
    entry = plant.entries()[-1]
    assert isinstance(entry.body, Restated)
    assert (entry.body.before, entry.body.approver) == (number, "Wang")
    with plant.analysis() as analysis:
        stands, again = (analysis.inventory("2026-10", fresh=fresh).inventory for fresh in (False, True))
        year = scope_1(analysis, "2026")
        assert year == pytest.approx(
            sum(scope_1(analysis, f"2026-{month}") for month in ("09", "10", "11", "12"))
        )
    assert (stands.state, stands.entry) == ("restated", entry.number)
    assert stands.scope_1.tco2e == pytest.approx(before * RATIO)
    told = restatement_of(Desk.open(plant.loaded), again)
    assert told is not None
    assert told.changes == ()
    assert plant.entries()[number - 1].body == old
    assert figures_of(plant.entries()[number - 1]).scope_1.tco2e == before


def test_a_sum_that_would_become_unknown_is_restated_only_when_that_is_asked_for(plant: Figured) -> None:
    with plant.analysis() as analysis:
        found = analysis.inventory("2026-10", fresh=True)
    lost = replace(found.inventory, scope_1=replace(found.inventory.scope_1, tco2e=None))
    desk = Desk.open(plant.loaded)
    with pytest.raises(click.UsageError, match=r"scope_1 is not known.*--despite-gaps"):
        restating(desk, lost, approver="Chen", known=found.known)
    assert restating(desk, lost, approver="Chen", known=found.known, despite_gaps=True).before


def test_a_closing_is_never_taken_back(plant: Figured) -> None:
    before = len(plant.entries())
    with pytest.raises(StoreRejected, match="not taken back"):
        enter(plant, NCV, Voided(entry=before))
    done = plant.run("event", "void", str(before), "--why", "wrong month")
    assert done.returncode == EXIT_USAGE
    assert "energy-agent restate 2026-10" in done.stderr
    assert len(plant.entries()) == before


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("close", "2026-10", *CLOSE), EXIT_USAGE, "2026-10 is closed already, by entry 28 of Li"),
        (("close", "2026-12", *CLOSE), EXIT_USAGE, "2026-12 is not over before 2027-01-01 00:00"),
        (("close", "2026", *CLOSE), EXIT_USAGE, "2026 is not over"),
        (("close", "2026-11", *CLOSE[:-1]), EXIT_USAGE, "2026-11 has gaps (scope_2_location is not known"),
        (("close", "2026-11", "--why", "w"), EXIT_USAGE, "Missing option '--approver'"),
        (("close", "2026-11", *CLOSE[:2]), EXIT_USAGE, "Missing option '--why'"),
        (("close", "2026-11-03", *CLOSE), EXIT_USAGE, "no month and no year; write 2026-03 or 2026"),
        (("close", "2025-11", *CLOSE), EXIT_STORE, "no inventory of 2025-11; there are 2026-09 to 2026-12"),
        (("restate", "2026-11"), EXIT_USAGE, "2026-11 is not closed"),
        (("restate", "2026-10", "--yes"), EXIT_USAGE, "name --approver, and say --why"),
        (("inventory", "october"), EXIT_USAGE, "write 2026-03 or 2026"),
    ],
)  # fmt: skip
def test_what_may_not_be_closed_or_restated_is_said_in_words(
    plant: Figured, args: tuple[str, ...], code: int, told: str
) -> None:
    count = len(plant.entries())
    done = plant.run(*args)
    assert done.returncode == code
    assert told in " ".join(done.stderr.split())
    assert len(plant.entries()) == count


def test_a_year_is_closed_after_its_months(plant: Figured) -> None:
    desk, found = Desk.open(plant.loaded), whole_year(plant)
    with pytest.raises(click.UsageError, match="2025-11, 2025-12 of 2025 are not closed"):
        close_year(desk, found, "2025-10", "2025-11", "2025-12")
    body = close_year(desk, found, "2025-10")
    assert (body.period, body.until) == ("2025", found.inventory.period.until)


def whole_year(plant: Figured) -> Inventoried:
    """Return October as if it were all of 2025."""
    month: Inventory = decode("inventory", october(plant).inventory.encode())
    calendar = Desk.open(plant.loaded).calendar
    period = calendar.period(PeriodKind.YEAR, calendar.instant(date(2025, 6, 1)))
    assert isinstance(period, Period)
    year = replace(month, period=period, closed_months=("2025-10",))
    return Inventoried(inventory=year, known=28, months=())


def close_year(desk: Desk, found: Inventoried, *months: str) -> Closed:
    return closing(
        desk, found.inventory, approver="Chen", known=found.known, months=months, despite_gaps=True
    )


def test_a_closed_period_without_readings_stands_and_cannot_be_made_anew(plant: Figured) -> None:
    enter(plant, close_year(Desk.open(plant.loaded), whole_year(plant)))
    with plant.analysis() as analysis:
        assert analysis.inventory("2025", fresh=False).inventory.state == "closed"
        with pytest.raises(StoreError, match=r"readings of 2025 are gone.*begin in 2026-09"):
            analysis.inventory("2025", fresh=True)


def test_figures_that_do_not_know_the_newest_entry_are_not_closed(plant: Figured) -> None:
    found = replace(whole_year(plant), known=28)
    raised = AlertEntry(alert="a", action=AlertAction.RAISED, at=NOW, subject="coil")
    enter(plant, raised)
    assert close_year(Desk.open(plant.loaded), found).known == 28  # an alert changes no figure
    enter(plant, NCV)
    with pytest.raises(click.UsageError, match="entry 30 was recorded after"):
        close_year(Desk.open(plant.loaded), found)


def test_figures_that_were_tampered_with_are_not_taken_for_those_that_were_closed(plant: Figured) -> None:
    desk = Desk.open(plant.loaded)
    body = october(plant)
    other = replace(body, inventory=body.inventory.replace('"tco2e":1', '"tco2e":2', 1))
    assert other != body
    tampered = replace(desk, entries=(*desk.entries[:-1], replace(desk.entries[-1], body=other)))
    with pytest.raises(StoreError, match="not those that were closed"):
        restatement_of(tampered, decode("inventory", body.inventory.encode()))


def test_whole_numbers_are_written_as_they_are_read_again(plant: Figured) -> None:
    inventory = decode("inventory", october(plant).inventory.encode())
    whole = replace(inventory, scope_1=replace(inventory.scope_1, tco2e=134, known_t=134))
    text, digest = canonical(whole)
    assert '"tco2e":134.0,' in text
    assert canonical(decode("inventory", text.encode())) == (text, digest)


def test_an_inventory_in_words_names_factors_and_who_must_verify_them(plant: Figured) -> None:
    text = plant.run("inventory", "2026-10").stdout
    for word in (
        "2026-10: closed, entry 28", "Scope 1", "1 gas", "gbt32151.34-gas-ncv",
        "nobody has verified: ipcc2006-gas-ch4, ipcc2006-gas-n2o", "tCO2e/t",
    ):  # fmt: skip
        assert word in text
