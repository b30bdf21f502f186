"""A works with a ledger of METHOD's factors, for tests of the inventory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from analytics.balance import balances
from analytics.declared import declare
from analytics.heat import recovered
from analytics.inventory import fresh_inventory, inventories
from analytics.inventory_basis import Basis, basis_of
from analytics.prepared import Prepared
from analytics.pv import pv
from domain.carbon_entries import Closed, EmissionFactor, FuelUse
from domain.factors import USES
from domain.findings import Finding
from domain.inventory import Inventory, Line
from domain.ledger import Body, Entry
from domain.method import CarbonMethod, Method
from domain.periods import PeriodKind
from domain.plant import Plant
from domain.result_rows import encode
from domain.series import Floats
from tests.analytics.process import JANUARY_2024, SHANGHAI
from tests.analytics.works import amounts, made_windows, prepared_works

FROM = date(2020, 1, 1)
VALUES = {
    "gas.ncv": 38.931,
    "gas.carbon": 15.3,
    "gas.oxidation": 0.99,
    "diesel.ncv": 42.652,
    "diesel.carbon": 20.2,
    "diesel.oxidation": 0.98,
    "gasoline.ncv": 43.070,
    "gasoline.carbon": 18.9,
    "gasoline.oxidation": 0.98,
    "lpg.ncv": 50.179,
    "lpg.carbon": 17.2,
    "lpg.oxidation": 0.98,
    "grid.location": 0.4419,
    "grid.residual": 0.6096,
}
"""METHOD 2 and 7."""
SPLIT = {"gas.ch4": 1.0, "gas.n2o": 0.1, "gwp.ch4": 27.0, "gwp.n2o": 273.0}
DOUBT = {"gas.ncv": 0.03, "gas.carbon": 0.01, "grid.location": 0.05}
"""Standard uncertainties: those of METHOD's example, and one of the grid."""
GAS_CO2 = 2.162189
"""kg/Nm3, METHOD 2."""
METHOD = Method(carbon=CarbonMethod(grid_region="CN-GD"))
DAYS = 366 + 181
"""2024 and half of 2025."""
TRUTH = amounts(DAYS)
FEW = {name: each[: 24 * 121] for name, each in TRUTH.items()}
"""The first four months."""
END = SHANGHAI.day_start(date(2025, 7, 1))


def factor(use: str, value: float, *, since: date = FROM, **more: Any) -> EmissionFactor:
    """Return a factor as METHOD's ledger has it."""
    regions = {"grid.location": "CN-GD", "grid.residual": "CN"}
    body = EmissionFactor(
        id=f"{use}/{since.year}",
        use=use,
        value=value,
        unit=USES[use],
        region=regions.get(use, ""),
        valid_from=since,
        source="METHOD",
        uncertainty=DOUBT.get(use),
    )
    return replace(body, **more)


def factors(*without: str, split: bool = False) -> list[EmissionFactor]:
    """Return METHOD's factors, CH4 and N2O if asked for."""
    values = VALUES | (SPLIT if split else {})
    return [factor(use, value) for use, value in values.items() if use not in without]


def diesel(
    since: date, until: date, mass_t: float, *, document: str = "D-1", fuel: str = "diesel"
) -> FuelUse:
    """Return an invoice over whole days."""
    return FuelUse(
        fuel=fuel,
        since=SHANGHAI.day_start(since),
        until=SHANGHAI.day_start(until),
        mass_t=mass_t,
        stated=mass_t,
        stated_unit="t",
        document=document,
    )


def entries(bodies: Sequence[Body]) -> list[Entry]:
    """Return the bodies as a ledger, numbered in their order."""
    return [Entry(number=n, at=0, who="Li", why="", body=body) for n, body in enumerate(bodies, 1)]


def works(
    *bodies: Body,
    truth: dict[str, Floats] | None = None,
    method: Method = METHOD,
    of: Plant | None = None,
    ledger: Sequence[Entry] | None = None,
    start: int = JANUARY_2024,
) -> Prepared:
    """Return the works with METHOD's factors and more entries, or with a ledger of its own."""
    declared = declare(entries([*factors(), *bodies]) if ledger is None else ledger, method)
    windows = made_windows(TRUTH if truth is None else truth, start)
    return prepared_works(windows, of=of, method=method, declared=declared, start=start)


def few(*bodies: Body, **more: Any) -> Prepared:
    """Return the first months of the works, as `works` does."""
    return works(*bodies, **{"truth": FEW, **more})


@cache
def plain() -> dict[str, Inventory]:
    """Return the inventories of the works with METHOD's factors and nothing else."""
    return found(works())[0]


def basis(prepared: Prepared, now: int = END) -> Basis:
    return basis_of(prepared, now)


def found(prepared: Prepared, now: int = END) -> tuple[dict[str, Inventory], tuple[Finding, ...]]:
    """Return the inventories by name, and the findings."""
    made, findings = inventories(prepared, now=now, **beside(prepared))
    return {each.period.name: each for each in made}, findings


def fresh(prepared: Prepared, name: str, now: int = END) -> Inventory:
    return fresh_inventory(prepared, name, now=now, **beside(prepared))


def beside(prepared: Prepared) -> dict[str, Any]:
    """Return balances, PV and heat of months and years, as `analyse` has them."""
    kinds = (PeriodKind.MONTH, PeriodKind.YEAR)
    periods = [
        each for kind in kinds for each in prepared.calendar.periods(kind, prepared.since, prepared.until)
    ]
    plant, method, windows = prepared.plant, prepared.method, prepared.windows
    return {
        "balances": balances(plant, method, windows, periods),
        "pv": pv(plant, windows, periods),
        "heat": recovered(plant, method, windows, periods, monthly=prepared.monthly),
    }


def line(inventory: Inventory, scope: str, name: str) -> Line:
    """Return the line of a source."""
    (chosen,) = [each for each in inventory.lines if (each.scope, each.id) == (scope, name)]
    return chosen


def total(name: str, first: int = 0, end: int = DAYS, truth: dict[str, Floats] | None = None) -> float:
    """Return what passed a point in days [first, end)."""
    return float((truth or TRUTH)[name][24 * first : 24 * end].sum())


def closing(inventory: Inventory) -> Closed:
    """Return the closing of a period with the figures that it has."""
    text = encode(inventory).decode()
    return Closed(
        period=inventory.period.name,
        since=inventory.period.since,
        until=inventory.period.until,
        inventory=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        known=14,
        software="test",
        approver="Wang",
    )
