"""Which meters make up the plant's total of a carrier, and what flows through them now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.bins import binned
from analytics.gas import ATMOSPHERE_KPA, is_usable, nm3_factor, to_nm3
from analytics.heat import heat_kwh, heat_meters
from analytics.meters import amounts
from domain.now import FRESH_INTERVALS, Freshness
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.reading import Reading
from domain.series import Floats, Series

RECENT_MS = 5 * 60_000
"""A counter without a power point: its rate now is its rise over so long."""
_RECENT_INTERVALS = 4
_AHEAD_INTERVALS = 2
_GAP_MS = 2**53
_PREFERRED = ("active_power", "ac_power", "heat_power", "flow_reference")
_NOT_WHOLE = re.compile(r"(^|_)(dc|reactive|apparent|demand|max|min|limit|l[123]|phase|reverse)(_|$)")
"""Part of the name of a power that is not what the whole device takes at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePoint:
    """One meter of a total."""

    amount: Point
    """What counts."""
    power: Point | None
    """Power or flow of the same device, for watching; None: the counter has to do."""
    factor: float | None
    """`amount` per hour -> Nm3/h or kW, with its sign in the total; None: `conditions` must be known."""
    power_factor: float
    """`power` -> Nm3/h or kW, with its sign; meaningless where `conditions` must be known."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Return the points without which the meter's volume is no Nm3 or heat: two, or none."""
        if self.factor is not None:
            return ()
        if self.amount.carrier is Carrier.HEAT:
            pair = (self.amount.supply_point, self.amount.return_point)
        else:
            pair = (self.amount.temperature_point, self.amount.pressure_point)
        return tuple(name for name in pair if name is not None)

    @property
    def now(self) -> Point:
        """Return the point that tells the rate at this moment."""
        return self.power if self.power is not None else self.amount


class RateNow(NamedTuple):
    """What flows now."""

    rate: float | None
    """Nm3/h or kW; None where no meter tells one. Of stale meters it is the last that was known."""
    at: int | None
    """Oldest of the newest readings."""
    points: tuple[str, ...]
    """All that the rate rests on."""
    stale: tuple[str, ...]
    """Those of them that are not fresh, or not known at all."""
    freshness: Freshness


def rate_points(plant: Plant, carrier: Carrier) -> tuple[RatePoint, ...]:
    """Return the meters that make the plant's total of a carrier, in the plant's order.

    Main meters if there are any, else the sub-meters. Electricity is what the plant uses: import - export +
    own generation; sub-meters alone show that already. PV: all of it. Nothing for production.
    """
    if carrier is Carrier.PRODUCTION:
        return ()
    if carrier is Carrier.HEAT:
        meters = heat_meters(plant)
        main = [point for point in meters if point.role is MeterRole.MAIN]
        return tuple(rate_point(plant, point, 1.0) for point in main or meters)
    if carrier is Carrier.PV:
        return tuple(rate_point(plant, point, 1.0) for point in amounts(plant, carrier))
    main = list(amounts(plant, carrier, MeterRole.MAIN))
    if not main:
        return tuple(rate_point(plant, point, 1.0) for point in amounts(plant, carrier, MeterRole.SUB))
    out = amounts(plant, carrier, MeterRole.EXPORT)
    own = rate_points(plant, Carrier.PV) if carrier is Carrier.ELECTRICITY else ()
    return (
        *(rate_point(plant, point, 1.0) for point in main),
        *(rate_point(plant, point, -1.0) for point in out),
        *own,
    )


def points_of_rates(plant: Plant) -> tuple[Point, ...]:
    """Return every point that the totals of all carriers rest on, in the plant's order."""
    wanted = {
        name
        for carrier in Carrier
        for each in rate_points(plant, carrier)
        for name in (each.amount.id, each.now.id, *each.conditions)
    }
    return tuple(point for point in plant.points if point.id in wanted)


def in_common_unit(meter: RatePoint, per_hour: Floats, known: Callable[[str], Floats | None]) -> Floats:
    """Return what a meter's own unit per hour is in Nm3/h or kW; NaN where its conditions are not known.

    `known` gives the temperatures and pressures, or None, by point id.
    """
    if meter.factor is not None:
        return per_hour * meter.factor
    nothing = np.full(len(per_hour), np.nan)
    found = [known(name) for name in meter.conditions]
    first, second = (each if each is not None else nothing for each in (*found, None, None)[:2])
    if meter.amount.carrier is Carrier.HEAT:
        return np.maximum(heat_kwh(per_hour, first, second, side=meter.amount.flow_side), 0.0)
    usable = is_usable(first, second)
    ratio = to_nm3(np.where(usable, first, 0.0), np.where(usable, second, ATMOSPHERE_KPA))
    return np.where(usable, per_hour * ratio, np.nan)


def rate_now(
    plant: Plant,
    carrier: Carrier,
    *,
    readings: Mapping[str, Reading],
    series: Mapping[str, Series],
    now: int,
) -> RateNow:
    """Return what flows of a carrier at `now`.

    `readings` are the newest of each point, `series` those of the last minutes: of counters without a power
    point (their rise is the rate), and of points whose newest reading has no value. WAITING: no meter ever
    gave a reading; STALE: one of them for `FRESH_INTERVALS` of its device's intervals, or never; AHEAD: an
    instant lies more than two intervals ahead of `now`.
    """
    intervals = {point.id: device.interval_s * 1000.0 for device in plant.devices for point in device.points}
    points = {point.id: point for point in plant.points}
    meters = {each.now.id: each for each in rate_points(plant, carrier)}.values()
    names = tuple(dict.fromkeys(name for each in meters for name in (each.now.id, *each.conditions)))
    newest = {
        name: _newest(points[name], readings.get(name), series.get(name), intervals[name])
        for name in names
        if name in points
    }
    values = {name: value for name, (_, value) in newest.items() if value is not None}
    ages = {name: (now - at) / intervals[name] for name, (at, _) in newest.items() if at is not None}
    told = [rate for each in meters if (rate := _rate(each, values)) is not None]
    total = sum(told) if told else None
    stale = tuple(name for name in names if name not in values or ages[name] > FRESH_INTERVALS)
    return RateNow(
        # An inverter takes a little at night: that is no generation.
        rate=max(total, 0.0) if total is not None and carrier is Carrier.PV else total,
        at=min((at for at, _ in newest.values() if at is not None), default=None),
        points=names,
        stale=stale,
        freshness=_freshness(ages, stale),
    )


def rate_point(plant: Plant, amount: Point, sign: float = 1.0) -> RatePoint:
    """Return one meter as a part of a total, added or taken off by its sign."""
    power = _power(plant, amount)
    if amount.carrier is Carrier.GAS:
        factor = nm3_factor(amount.reference)
        factor = None if factor is None else sign * factor
        power_factor = factor if factor is not None else sign
    else:
        factor = sign if amount.unit in ("kWh", "kW") else None
        # Power is positive towards the plant: of a meter turned round, or its export, it is negative.
        power_factor = -sign if _is_outward(amount) else sign
    return RatePoint(amount=amount, power=power, factor=factor, power_factor=power_factor)


# inside


def _freshness(ages: Mapping[str, float], stale: Sequence[str]) -> Freshness:
    """Return how old a total is; `ages` in intervals of each device."""
    if not ages:
        return Freshness.WAITING
    if stale:
        return Freshness.STALE
    return Freshness.AHEAD if min(ages.values()) < -_AHEAD_INTERVALS else Freshness.GOOD


def _power(plant: Plant, amount: Point) -> Point | None:
    """Return the power or flow that goes with an amount; None where it cannot be told for sure."""
    if not amount.is_counter:
        return None
    is_volume = amount.unit == "m3"
    device = plant.device(amount.device)
    others = [
        point
        for point in device.points
        if point.is_counter
        and (point.carrier, point.unit) == (amount.carrier, amount.unit)
        and _is_outward(point) == _is_outward(amount)
    ]
    found = [
        point
        for point in device.points
        if point.unit == ("m3/h" if is_volume else "kW")
        and not point.is_counter
        and not _NOT_WHOLE.search(point.name)
        and point.carrier in (None, amount.carrier)
        and (amount.carrier is not Carrier.GAS or point.reference is amount.reference)
    ]
    if len(others) > 1 or not found or (amount.carrier is Carrier.HEAT and is_volume):
        return None
    known = [point for name in _PREFERRED for point in found if point.name == name]
    return known[0] if known else found[0] if len(found) == 1 else None


def _is_outward(amount: Point) -> bool:
    return "export" in amount.name.split("_")


def _newest(
    point: Point, reading: Reading | None, series: Series | None, interval_ms: float
) -> tuple[int | None, float | None]:
    """Return (instant, value) of the newest reading that has one; of a counter what it rises an hour."""
    at, value = None, None
    good = series.at[series.has_value] if series is not None else np.empty(0, np.int64)
    if series is not None and len(good):
        at, value = int(good[-1]), float(series.value[series.has_value][-1])
    if reading is not None and reading.value is not None and (at is None or reading.at >= at):
        at, value = reading.at, reading.value
    if not point.is_counter:
        return at, value
    if series is None or len(good) < 2:
        return at, None
    recent = max(RECENT_MS, round(_RECENT_INTERVALS * interval_ms))
    edges = np.array([max(int(good[0]), int(good[-1]) - recent), int(good[-1])], dtype=np.int64)
    (rise,), _ = binned(point, series, edges, gap_ms=_GAP_MS)
    return at, float(rise) if np.isfinite(rise) else None


def _rate(meter: RatePoint, values: Mapping[str, float]) -> float | None:
    """Return what one meter shows, in the common unit, with its sign."""
    if meter.now.id not in values:
        return None
    value = values[meter.now.id]
    if meter.factor is not None:
        return value * (meter.power_factor if meter.power is not None else meter.factor)
    known = {name: np.array([values[name]]) for name in meter.conditions if name in values}
    found = float(in_common_unit(meter, np.array([value]), known.get)[0])
    return found if np.isfinite(found) else None
