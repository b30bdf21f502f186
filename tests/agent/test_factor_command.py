"""`energy-agent factor`: which factor holds, everything that was entered under an id."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from agent.factor_book import factors_of
from agent.ledger import Desk, ledger_path
from config.shipped_factors import shipped_factors
from domain.carbon_entries import EmissionFactor
from domain.ledger import Body, Voided
from storage.ledger import SqliteLedger
from tests.agent.figured import NOW, Figured

GRID = EmissionFactor(
    id="gd-2025", use="grid.location", value=0.43, unit="kgCO2/kWh", region="CN-GD", year=2025,
    valid_from=date(2026, 1, 1), source="the ministry", page="annex 2", is_verified=True, approver="Chen",
    uncertainty=0.05,
)  # fmt: skip


@pytest.fixture
def plant(fresh: Figured) -> Figured:
    assert "27 factors entered" in fresh.run("factor", "adopt").stdout
    return fresh


def enter(plant: Figured, *bodies: Body) -> None:
    with closing(SqliteLedger(ledger_path(plant.folder / "state"))) as ledger:
        ledger.add(bodies, who="Li", why="new annex", at=NOW)


def states(plant: Figured, use: str, day: date | None = None) -> dict[str, tuple[str, str]]:
    found = factors_of(Desk.open(plant.loaded), day)
    return {each.factor.id: (each.state, each.by) for each in found if each.factor.use == use}


def test_a_second_adoption_writes_nothing(plant: Figured) -> None:
    assert "nothing written" in plant.run("factor", "adopt").stdout
    assert len(plant.entries()) == len(shipped_factors())


def test_a_later_factor_supersedes_one_that_goes_on(plant: Figured) -> None:
    assert states(plant, "grid.location")["grid-cn-gd-2023"] == ("holds", "")
    enter(plant, GRID, replace(GRID, id="gd-2027", valid_from=date(2027, 1, 1)))
    found = states(plant, "grid.location")
    assert found["grid-cn-gd-2023"] == ("superseded", "gd-2025")
    assert found["gd-2025"] == ("holds", "")
    assert found["gd-2027"] == ("later", "")
    assert found["grid-cn-gd-2022"] == ("ended", "")
    assert found["grid-cn-2023"] == ("holds", "")
    assert states(plant, "grid.location", date(2025, 12, 31))["grid-cn-gd-2023"] == ("holds", "")


def test_one_that_cannot_be_used_says_why(plant: Figured) -> None:
    enter(plant, replace(GRID, unit="g/kWh"))
    assert states(plant, "grid.location")["gd-2025"] == ("unusable: factor.wrong_unit", "")


def test_the_list_says_value_unit_validity_source_and_whether_it_is_verified(plant: Figured) -> None:
    enter(plant, GRID)
    lines = plant.run("factor", "list", "--use", "grid").stdout.splitlines()
    assert len(lines) == 8 + 1 + 1
    (new,), (old,) = (
        [line for line in lines if f"  {id_}  " in line] for id_ in ("gd-2025", "grid-cn-gd-2023")
    )
    assert new == (
        "   28  gd-2025  grid.location CN-GD  0.43 kgCO2/kWh  2026-01-01 to further notice  holds  verified  "
        "(the ministry, annex 2)"
    )
    assert "superseded by gd-2025  NOT VERIFIED" in old
    assert plant.run("factor", "list", "--use", "gas.ncv").stdout.endswith("1 factor\n")


def test_an_id_shows_every_entry_that_was_made_under_it(plant: Figured) -> None:
    enter(plant, GRID, replace(GRID, value=0.44), Voided(entry=29))
    text = plant.run("factor", "show", "gd-2025").stdout
    for words in (
        "gd-2025: holds, verified", "grid.location in CN-GD: 0.43 kgCO2/kWh", "data of 2025",
        "approved by Chen", "uncertainty 5 % (k = 1)", "   28  ", "   29  ", "VOID factor gd-2025",
        "Li", '"new annex"',
    ):  # fmt: skip
        assert words in text
    enter(plant, Voided(entry=28))
    assert "every entry of it is void" in plant.run("factor", "show", "gd-2025").stdout
    assert plant.told("factor", "show", "gd-2025")["factor"] is None


def test_an_id_names_the_closed_periods_that_used_it(plant: Figured) -> None:
    close = ("close", "2026-10", "--approver", "Chen", "--why", "w", "--despite-gaps")
    assert plant.run(*close).returncode == 0
    assert plant.told("factor", "show", "gbt32151.34-gas-ncv")["closed"] == ["2026-10"]
    assert plant.told("factor", "show", "grid-cn-2023")["closed"] == []


def test_an_unknown_id_gets_the_near_one(plant: Figured) -> None:
    done = plant.run("factor", "show", "grid-cn-gd-2032")
    assert done.returncode == 2
    assert "did you mean 'grid-cn-gd-2023'?" in " ".join(done.stderr.split())


def test_without_any_the_list_says_how_to_enter_them(fresh: Figured) -> None:
    assert "energy-agent factor adopt" in fresh.run("factor", "list").stdout
    assert "factor adopt" in " ".join(fresh.run("factor", "show", "x").stderr.split())
