"""The inventory of a month or a year as of this moment, with what it knows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.balance import balances
from analytics.heat import recovered
from analytics.inventory import fresh_inventory, inventories
from analytics.prepared import Prepared
from analytics.pv import pv
from domain.errors import StoreError
from domain.inventory import Inventory
from domain.periods import Period, PeriodKind
from domain.results import Balance, Pv, RecoveredHeat

INVENTORIED = (PeriodKind.MONTH, PeriodKind.YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventoried:
    """An inventory that was made on demand."""

    inventory: Inventory
    known: int
    """Number of the newest entry of the ledger that its figures know."""
    months: tuple[str, ...]
    """Names of all months that there is an inventory of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the inventory takes from other analyses."""

    balances: Sequence[Balance]
    pv: Sequence[Pv]
    heat: Sequence[RecoveredHeat]


def inventory_of(prepared: Prepared | None, name: str, *, fresh: bool, known: int, now: int) -> Inventoried:
    """Return the inventory of `2026-03` or `2026`; `fresh`: as if that period were not closed.

    StoreError when there is none of that name.
    """
    if prepared is None:
        raise StoreError("inventory", "there is no reading yet", "collect or import readings first")
    if not prepared.declared.carbon.factors:
        problem = "the ledger has no emission factor, so no inventory is kept"
        raise StoreError("inventory", problem, "run `energy-agent factor adopt` for those that come with it")
    months = [each.name for each in prepared.calendar.periods(PeriodKind.MONTH, prepared.since, now)]
    closed = prepared.declared.carbon.closings  # perhaps of a time whose readings are gone
    if name not in {*months, *(month[:4] for month in months), *closed}:
        problem = f"there is no inventory of {name}"
        raise StoreError("inventory", problem, f"there are {months[0]} to {months[-1]}, and their years")
    try:
        found = (fresh_of if fresh else standing_of)(prepared, name, now=now)
    except KeyError as error:
        problem = f"the readings of {name} are gone: nothing can be made of it anew"
        raise StoreError("inventory", problem, f"readings begin in {months[0]}") from error
    return Inventoried(inventory=found, known=known, months=tuple(months))


def inventoried(prepared: Prepared) -> list[Period]:
    """Return the months and years that there is an inventory of."""
    return [
        period
        for kind in INVENTORIED
        for period in prepared.calendar.periods(kind, prepared.since, prepared.until)
    ]


def fresh_of(prepared: Prepared, name: str, *, now: int) -> Inventory:
    """Return the inventory of a period as if it were not closed; other closed months keep their figures.

    KeyError where there is nothing to make it of.
    """
    beside = beside_of(prepared)
    return fresh_inventory(prepared, name, now=now, balances=beside.balances, pv=beside.pv, heat=beside.heat)


def standing_of(prepared: Prepared, name: str, *, now: int) -> Inventory:
    """Return the inventory of a period; closed it is what was closed or restated. KeyError for none."""
    beside = beside_of(prepared)
    found, _ = inventories(prepared, now=now, balances=beside.balances, pv=beside.pv, heat=beside.heat)
    return {each.period.name: each for each in found}[name]


def beside_of(prepared: Prepared) -> Beside:
    """Return balances, PV and heat of the months and years."""
    plant, method, windows = prepared.plant, prepared.method, prepared.windows
    periods = inventoried(prepared)
    return Beside(
        balances=balances(plant, method, windows, periods),
        pv=pv(plant, windows, periods),
        heat=recovered(plant, method, windows, periods, monthly=prepared.monthly),
    )
