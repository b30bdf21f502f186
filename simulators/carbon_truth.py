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


def true_inventory(month: TrueMonth, entries: Sequence[PlantedEntry], *, with_late: bool) -> TrueInventory:
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
    is_covered = any(
        isinstance(each.body, Certificates) and each.body.since <= month.since < each.body.until
        for each in entries
    )
    return TrueInventory(
        name=month.name,
        scope_1=month.gas_m3 * _NM3_PER_M3 * _GAS_T_PER_NM3 + fuels,
        scope_2_location=month.bought_kwh * _GRID / 1000.0,
        scope_2_market=0.0 if is_covered else month.bought_kwh * _RESIDUAL / 1000.0,
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
