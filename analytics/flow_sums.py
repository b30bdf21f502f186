"""Energy and CO2 of each carrier in a span, with the factors that they rest on (METHOD 2, 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.evidence import evidences_of
from analytics.gas import co2_kg, energy_kwh, ncv_of
from analytics.prepared import Prepared
from analytics.supply import supply_meters, total_in
from domain.carbon import Factor
from domain.flows import CarrierSum, HeatRecovered
from domain.method import CarbonMethod, GasMethod
from domain.plant import Carrier
from domain.results import Evidence
from domain.series import Floats, Instants
from domain.windows import Windows

_NOTHING = Evidence(shares={}, coverage=0.0, is_complete=False)
_STANDARD = "GB/T 32151.34-2024, table C.1"


def carrier_sums(
    prepared: Prepared, *, since: int, reach: int, until: int, heat: Sequence[HeatRecovered]
) -> tuple[CarrierSum, ...]:
    """Return the sum of each carrier that the plant has meters of; windows up to `reach` are there."""
    span = (since, until)
    found = []
    for carrier in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV):
        meters = [point for point in prepared.plant.points if point.carrier is carrier]
        if meters:
            total = total_in(prepared, supply_meters(prepared.plant, carrier), since, reach)
            found.append(_sum_of(prepared, carrier, total, span))
    known = [each.kwh for each in found]
    whole = sum(each for each in known if each is not None) if None not in known else None
    shared = [
        replace(each, share=each.kwh / whole if each.kwh is not None and whole else None) for each in found
    ]
    if heat:
        shared.append(_heat_sum(heat))
    return tuple(shared)


def gas_factor(gas: GasMethod, ncv: float) -> Factor:
    """Return the factor of gas of a calorific value, the method's or by a supplier's statements."""
    standard = gas == GasMethod(price_per_nm3=gas.price_per_nm3, currency=gas.currency)
    source = _STANDARD if standard else "plant file"
    is_stated = not np.isclose(ncv, gas.ncv_mj_per_nm3)
    return Factor(
        id="gas",
        value=co2_kg(1.0, replace(gas, ncv_mj_per_nm3=ncv)),
        unit="kgCO2/Nm3",
        source=f"calorific value by the supplier, {source}" if is_stated else source,
        is_verified=standard,
    )


def grid_factor(carbon: CarbonMethod) -> Factor | None:
    """Return the factor of bought electricity; None without one."""
    if carbon.grid_kg_per_kwh is None:
        return None
    return Factor(
        id="grid",
        value=carbon.grid_kg_per_kwh,
        unit="kgCO2/kWh",
        source=carbon.grid_source,
        is_verified=carbon.is_grid_verified,
    )


def said(factor: Factor | None) -> str:
    """Return a factor for people; empty without one."""
    if factor is None:
        return ""
    verified = "verified" if factor.is_verified else "not verified"
    parts = (f"{factor.value:.10g} {factor.unit}", factor.source, verified)
    return ", ".join(part for part in parts if part)


def mean_ncv(nm3: Floats, since: Instants, gas: GasMethod, prepared: Prepared) -> float:
    """Return the calorific value of the gas of n windows, weighted by volume."""
    known = np.isfinite(nm3)
    volume = float(nm3[known].sum())
    by_window = ncv_of(since, gas, prepared.monthly)[known]
    return float((nm3[known] * by_window).sum()) / volume if volume > 0.0 else gas.ncv_mj_per_nm3


# inside


def _sum_of(prepared: Prepared, carrier: Carrier, total: Windows | None, span: tuple[int, int]) -> CarrierSum:
    gas, carbon = prepared.method.gas, prepared.method.carbon
    amount = kwh = co2 = None
    factor = grid_factor(carbon) if carrier is Carrier.ELECTRICITY else None
    if total is not None and np.isfinite(total.amount).any():
        amount = kwh = _known(total.amount)
        if carrier is Carrier.GAS:
            monthly = prepared.monthly
            kwh = _known(energy_kwh(total.amount, gas, since=total.since, monthly=monthly))
            co2 = _known(co2_kg(total.amount, gas, since=total.since, monthly=monthly))
        elif carrier is Carrier.PV:
            co2 = 0.0
        elif carbon.grid_kg_per_kwh is not None:
            co2 = amount * carbon.grid_kg_per_kwh
    if carrier is Carrier.GAS:
        ncv = gas.ncv_mj_per_nm3 if total is None else mean_ncv(total.amount, total.since, gas, prepared)
        factor = gas_factor(gas, ncv)
    return CarrierSum(
        carrier=carrier,
        amount=amount,
        unit="Nm3" if carrier is Carrier.GAS else "kWh",
        kwh=kwh,
        co2_kg=co2,
        factor=said(factor),
        emission=factor,
        share=None,
        evidence=_NOTHING if total is None else evidences_of(total, [span])[0],
    )


def _heat_sum(heat: Sequence[HeatRecovered]) -> CarrierSum:
    """Return recovered heat: no carbon and no share, for it is in the other carriers already."""
    known = [each.kwh for each in heat if each.kwh is not None]
    amount = sum(known) if known else None
    worst = min((each.evidence for each in heat), key=lambda each: (each.is_complete, each.coverage))
    return CarrierSum(
        carrier=Carrier.HEAT,
        amount=amount,
        unit="kWh",
        kwh=amount,
        co2_kg=None,
        factor="",
        share=None,
        evidence=worst,
    )


def _known(values: Floats) -> float:
    return float(values[np.isfinite(values)].sum())
