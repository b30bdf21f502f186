"""The true inventory of a simulated month by the method, written anew: a witness to the analytics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.carbon_entries import AluminiumLot, Certificates, FuelUse, ScrapMethod
from simulators.carbon_entries import GREEN_PRIMARY, REMELTING, PlantedEntry
from simulators.carbon_months import TrueMonth

_NM3_PER_M3 = 273.15 / 293.15
_CO2_PER_C = 44.0 / 12.0
_GAS_TJ_PER_NM3 = 38.931e-6
_GAS_T_PER_NM3 = _GAS_TJ_PER_NM3 * (15.3 * 0.99 * _CO2_PER_C + (1.0 * 27.0 + 0.1 * 273.0) / 1000.0)
"""METHOD 2 and 7: CO2, CH4 and N2O, AR6."""
_FUEL_T_PER_T = {
    "diesel": 42.652e-3 * 20.2 * 0.98 * _CO2_PER_C,
    "gasoline": 43.070e-3 * 18.9 * 0.98 * _CO2_PER_C,
    "lpg": 50.179e-3 * 17.2 * 0.98 * _CO2_PER_C,
}
_GRID = 0.4419
"""Guangdong 2023, the newest that the method has, for all later years; kg/kWh."""
_RESIDUAL = 0.6096
_PRIMARY = 15.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueInventory:
    """Tonnes of CO2e of one month."""

    name: str
    scope_1: float
    scope_2_location: float
    scope_2_market: float
    scope_3_1: float
    output_t: float


def uncovered_kwh(months: Sequence[TrueMonth], entries: Sequence[PlantedEntry]) -> dict[str, float]:
    """Return the electricity of each month that no certificate covers; a certificate counts once.

    Certificates are of whole quarters; what their count rounds up goes to the other months of the year.
    """
    own = {each.body.last: each.body for each in reversed(entries) if isinstance(each.body, Certificates)}
    left: dict[str, float] = {}
    found: dict[str, float] = {}
    for body in own.values():
        of = [month for month in months if body.since <= month.since < body.until]
        count = int(body.last.rpartition("-")[2]) - int(body.first.rpartition("-")[2]) + 1
        year = of[0].name[:4]
        left[year] = left.get(year, 0.0) + count * 1000.0 - sum(month.bought_kwh for month in of)
        found |= {month.name: 0.0 for month in of}
    for month in months:
        if month.name not in found:
            taken = min(left.get(month.name[:4], 0.0), month.bought_kwh)
            left[month.name[:4]] = left.get(month.name[:4], 0.0) - taken
            found[month.name] = month.bought_kwh - taken
    return found


def true_inventory(
    month: TrueMonth, entries: Sequence[PlantedEntry], *, uncovered_kwh: float, with_late: bool
) -> TrueInventory:
    """Return the truth of a month; with or without what was declared after it was closed."""
    fuels = sum(
        _FUEL_T_PER_T[each.body.fuel] * each.body.mass_t
        for each in entries
        if isinstance(each.body, FuelUse)
        and each.body.since == month.since
        and (with_late or not each.is_late)
    )
    lots = sum(
        each.body.mass_t * _lot_factor(each.body)
        for each in entries
        if isinstance(each.body, AluminiumLot) and month.since <= each.body.at < month.until
    )
    return TrueInventory(
        name=month.name,
        scope_1=month.gas_m3 * _NM3_PER_M3 * _GAS_T_PER_NM3 + fuels,
        scope_2_location=month.bought_kwh * _GRID / 1000.0,
        scope_2_market=uncovered_kwh * _RESIDUAL / 1000.0,
        scope_3_1=lots,
        output_t=month.output_t,
    )


def _lot_factor(lot: AluminiumLot) -> float:
    if lot.factor_t_per_t is not None:
        return lot.factor_t_per_t
    if lot.primary is None:
        return _PRIMARY
    pre, post = lot.pre_consumer or 0.0, lot.post_consumer or 0.0
    scrap = REMELTING if lot.scrap_method is ScrapMethod.CUT_OFF else _PRIMARY
    own = lot.primary * ((1.0 - lot.green_power) * _PRIMARY + lot.green_power * GREEN_PRIMARY)
    return own + pre * scrap + post * REMELTING
