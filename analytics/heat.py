"""Heat of water, and what recovered heat stands in for (METHOD 3).

Q = V * rho(T at the flow sensor) * (h_hot - h_cold), properties of water by IAPWS-IF97. A heat meter's own
energy register wins when it has one. Recovered heat is told beside the inventory, never subtracted from it:
the saving is in the metered energy already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from analytics.evidence import evidences, with_codes
from analytics.gas import Monthly, ncv_of
from analytics.meters import amounts
from analytics.sums import inside, on_grid, spans_of
from domain.method import Counterfactual, Method
from domain.periods import Period
from domain.plant import Carrier, FlowSide, Plant, Point
from domain.results import RecoveredHeat
from domain.series import Bools, Floats
from domain.windows import Grade, Windows, no_windows

PRESSURE_MPA = 1.6
"""Of the circuit where nobody tells it; 1 MPa more or less moves Q by less than 0.03 %."""
HIGHEST_C = 150.0
"""Of water in a recovery circuit; below 0 it is ice."""
SENSOR_PAIR_K = 0.5
"""A supply so little colder than its return is a circuit at rest: no heat. More: the sensors are swapped."""
MJ_PER_KWH = 3.6


def heat_kwh(
    volume_m3: Floats,
    supply_c: Floats,
    return_c: Floats,
    *,
    side: FlowSide = FlowSide.COLD,
    pressure_mpa: float = PRESSURE_MPA,
) -> Floats:
    """Return the heat that n volumes of water gave between supply and return, kWh.

    Negative where the return is warmer. NaN where an argument is, and where there is no liquid water.
    """
    usable = np.isfinite(volume_m3) & _is_water(supply_c) & _is_water(return_c)
    found = np.full(len(volume_m3), np.nan)
    if usable.any():
        from CoolProp.CoolProp import PropsSI  # noqa: PLC0415  # takes seconds: only plants that need it pay

        def water(name: str, warm_c: Floats) -> Floats:
            pascal = np.full(len(warm_c), pressure_mpa * 1e6)
            values = PropsSI(name, "T", warm_c + 273.15, "P", pascal, "IF97::Water")
            return np.asarray(values, dtype=np.float64)

        hot, cold = supply_c[usable], return_c[usable]
        density = water("D", cold if side is FlowSide.COLD else hot)
        kwh_per_kg = (water("H", hot) - water("H", cold)) / 3.6e6
        kwh = volume_m3[usable] * density * kwh_per_kg
        is_liquid = np.minimum(water("D", hot), density) > 500.0
        found[usable] = np.where(is_liquid, kwh, np.nan)
    return found


def _is_water(warm_c: Floats) -> Bools:
    found: Bools = (warm_c > 0.0) & (warm_c <= HIGHEST_C)
    return found


# recovered heat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Metered:
    """Windows of a heat meter in kWh, and what is wrong with it."""

    windows: Windows
    reversed_: Bools
    """Windows held back: the supply was colder than the return."""
    codes: tuple[str, ...] = ()
    """For every period."""


def recovered(
    plant: Plant,
    method: Method,
    windows: Mapping[str, Windows],
    periods: Sequence[Period],
    *,
    monthly: Monthly | None = None,
) -> tuple[RecoveredHeat, ...]:
    """Return the heat of every heat meter in every period, and what it stands in for.

    Codes: `heat.no_counterfactual`, `heat.impossible_efficiency` (nothing is avoided by it), `heat.reversed`,
    `heat.no_temperatures` (the heat itself is not known). `monthly`: the supplier's calorific values.
    """
    return tuple(
        each
        for point in heat_meters(plant)
        for each in _of_meter(point, _metered(point, windows), method, periods, monthly or {})
    )


def heat_meters(plant: Plant) -> tuple[Point, ...]:
    """Return the points that heat is taken from: energy where a device has it, volume of water else."""
    found: list[Point] = []
    for _, of_device in groupby(amounts(plant, Carrier.HEAT), lambda point: point.device):
        points = list(of_device)
        energy = [point for point in points if point.unit in ("kWh", "kW")]
        found += energy or [point for point in points if point.unit in ("m3", "m3/h")]
    return tuple(found)


def _metered(point: Point, windows: Mapping[str, Windows]) -> _Metered:
    own = windows.get(point.id, no_windows(point.id))
    nowhere = np.zeros(len(own), dtype=np.bool_)
    if point.unit in ("kWh", "kW"):
        return _Metered(windows=own, reversed_=nowhere)
    if point.supply_point is None or point.return_point is None:
        unknown = replace(own, amount=np.full(len(own), np.nan))
        return _Metered(windows=unknown, reversed_=nowhere, codes=("heat.no_temperatures",))
    parts = [
        on_grid(windows.get(name, no_windows(name)), own.since, own.until)
        for name in (point.supply_point, point.return_point)
    ]
    return _from_volume(point, own, parts[0], parts[1])


def _from_volume(point: Point, own: Windows, supply: Windows, back: Windows) -> _Metered:
    """Return a volume's windows as heat: estimated, for means by time stand for means by flow."""
    kwh = heat_kwh(own.amount, supply.amount, back.amount, side=point.flow_side)
    is_reversed = (supply.amount < back.amount - SENSOR_PAIR_K) & (own.amount > 0.0)
    windows = replace(
        own,
        amount=np.where(is_reversed, np.nan, np.maximum(kwh, 0.0)),
        grade=np.maximum.reduce(
            [own.grade, supply.grade, back.grade, np.full_like(own.grade, Grade.ESTIMATED)]
        ),
        coverage=np.minimum.reduce([own.coverage, supply.coverage, back.coverage]),
        flags=own.flags | supply.flags | back.flags,
    )
    return _Metered(windows=windows, reversed_=is_reversed)


def _of_meter(
    point: Point, metered: _Metered, method: Method, periods: Sequence[Period], monthly: Monthly
) -> list[RecoveredHeat]:
    own = metered.windows
    places = inside(own.since, own.until, spans_of(periods))
    gas_nm3, electricity_kwh, code = _avoided(own, method, monthly)
    evidence = evidences(
        amount=own.amount,
        grade=own.grade,
        coverage=own.coverage,
        flags=own.flags,
        since=own.since,
        until=own.until,
        places=places,
    )
    columns = [places.known(values).tolist() for values in (own.amount, gas_nm3, electricity_kwh)]
    swapped = places.some(metered.reversed_).tolist()
    found = []
    for period, basis, is_swapped, *sums in zip(periods, evidence, swapped, *columns, strict=True):
        codes = (*metered.codes, *code, *(("heat.reversed",) if is_swapped else ()))
        heat, gas, electricity = (None if each != each else each for each in sums)
        found.append(
            RecoveredHeat(
                point=point.id,
                period=period,
                heat_kwh=heat,
                avoided_gas_nm3=gas,
                avoided_electricity_kwh=electricity,
                evidence=with_codes(basis, *codes),
            )
        )
    return found


def _avoided(own: Windows, method: Method, monthly: Monthly) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return (gas in Nm3, electricity in kWh, codes) that the heat stands in for; NaN: nothing said."""
    nothing = np.full(len(own), np.nan)
    if method.counterfactual is Counterfactual.NONE:
        return nothing, nothing, ("heat.no_counterfactual",)
    if not 0.0 < method.heat_efficiency < float("inf"):
        return nothing, nothing, ("heat.impossible_efficiency",)
    fuel_kwh = own.amount / method.heat_efficiency
    if method.counterfactual is Counterfactual.ELECTRICITY:
        return nothing, fuel_kwh, ()
    return fuel_kwh * MJ_PER_KWH / ncv_of(own.since, method.gas, monthly), nothing, ()
