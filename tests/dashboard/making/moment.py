"""This moment of a made plant: rates, devices, newest readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.courses import PointNow
from domain.now import CarrierNow, DeviceNow, Freshness, Now
from domain.periods import HOUR_MS
from domain.plant import Carrier, Device, Plant, Point
from tests.dashboard.making.hours import NOW, PROCESSES, Hours

SILENT_MS = 4 * 60_000
AHEAD_MS = 3 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """What is wrong with a made plant."""

    empty: bool = False
    stale: frozenset[str] = frozenset()
    """Devices without a reading since 14:28."""
    ahead: frozenset[str] = frozenset()
    """Devices whose clock is three minutes ahead."""
    standing: frozenset[str] = frozenset()
    """Processes whose line has stood since 08:00."""
    incomplete: bool = False
    """Readings of what is not over are missing."""


def _device(device: Device, states: States) -> DeviceNow:
    step = round(device.interval_s * 1000)
    freshness, last, problem = Freshness.GOOD, NOW - NOW % step, ""
    if states.empty:
        freshness, problem = Freshness.WAITING, "no answer yet"
        return DeviceNow(
            device=device.id, interval_s=device.interval_s, freshness=freshness, last_good_at=None,
            problem=problem,
        )  # fmt: skip
    if device.id in states.stale:
        freshness, last, problem = Freshness.STALE, NOW - SILENT_MS, "no answer within 1.0 s"
    elif device.id in states.ahead:
        freshness, last = Freshness.AHEAD, NOW + AHEAD_MS
    return DeviceNow(
        device=device.id,
        interval_s=device.interval_s,
        freshness=freshness,
        last_good_at=last,
        problem=problem,
    )


def rates(hours: Hours) -> dict[Carrier, float]:
    """Return what flows now, by carrier: the last hour as a rate."""
    length = float(hours.length_h[-1])
    return {
        Carrier.GAS: float(hours.gas["main"][-1]) / length,
        Carrier.ELECTRICITY: float(sum(each[-1] for each in hours.electricity.values())) / length,
        Carrier.PV: float(sum(each[-1] for each in hours.pv.values())) / length,
        Carrier.HEAT: float(sum(each[-1] for each in hours.heat.values())) / length,
    }


def points_of(plant: Plant, carrier: Carrier) -> tuple[str, ...]:
    """Return the points whose readings tell the rate of a carrier."""
    if carrier is Carrier.GAS:
        return ("gas_main.volume_reference",)
    if carrier is Carrier.ELECTRICITY:
        mains = ("em_main.active_energy_import", "em_main.active_energy_export")
        return (*mains, *points_of(plant, Carrier.PV))
    return tuple(point.id for point in plant.points if point.carrier is carrier)


def _spark(hours: Hours, carrier: Carrier) -> tuple[float | None, ...]:
    """Return 96 quarters of an hour."""
    series = {
        Carrier.GAS: hours.gas["main"],
        Carrier.ELECTRICITY: sum(hours.electricity.values()),
        Carrier.PV: sum(hours.pv.values()),
        Carrier.HEAT: sum(hours.heat.values()),
    }[carrier]
    hourly = [float(each) for each in (series / hours.length_h)[-25:]]
    wiggles = (1.0, 1.012, 0.991, 1.004)
    return tuple(rate * wiggle for rate in hourly for wiggle in wiggles)[-97:-1]


def _carrier(plant: Plant, hours: Hours, carrier: Carrier, devices: dict[str, DeviceNow]) -> CarrierNow:
    points = points_of(plant, carrier)
    states = [devices[point.partition(".")[0]] for point in points]
    stale = tuple(
        point for point, each in zip(points, states, strict=True) if each.freshness is not Freshness.GOOD
    )
    order = (Freshness.WAITING, Freshness.STALE, Freshness.AHEAD, Freshness.GOOD)
    freshness = min((each.freshness for each in states), key=order.index)
    known = [each.last_good_at for each in states if each.last_good_at is not None]
    found = CarrierNow(
        carrier=carrier,
        unit="Nm3/h" if carrier is Carrier.GAS else "kW",
        rate=None,
        at=min(known) if known else None,
        freshness=freshness,
        stale=stale,
        points=points,
    )
    return found if freshness is Freshness.WAITING else _with_rate(found, hours)


def _with_rate(found: CarrierNow, hours: Hours) -> CarrierNow:
    rate, length = rates(hours)[found.carrier], float(hours.length_h[-1])
    found = replace(found, rate=rate, spark=_spark(hours, found.carrier))
    if found.carrier is Carrier.GAS:
        compared = float(sum(hours.gas[process][-1] for process in PROCESSES)) / length
        expected = float(sum(hours.expected[process][-1] for process in PROCESSES)) / length
        return replace(found, expected=expected, compared=compared, basis="model")
    if found.carrier is Carrier.ELECTRICITY:
        return replace(found, expected=rate / 1.013, compared=rate, basis="usual")
    if found.carrier is Carrier.PV:
        used = rates(hours)[Carrier.ELECTRICITY]
        kept = min(rate, used)
        facts = {"self_consumption_rate": kept / rate if rate else 0.0, "self_sufficiency": kept / used}
        return replace(found, facts=facts)
    return replace(found, expected=rate / 0.96, compared=rate, basis="usual")


def moment(plant: Plant, hours: Hours, states: States, *, open_alerts: int) -> Now:
    """Return this moment."""
    devices = {device.id: _device(device, states) for device in plant.devices}
    carriers = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)
    silent = [device for device, each in devices.items() if each.freshness is Freshness.STALE]
    return Now(
        at=NOW,
        carriers=tuple(_carrier(plant, hours, carrier, devices) for carrier in carriers),
        devices=tuple(devices.values()),
        standing=tuple(process for process in PROCESSES if process in states.standing),
        reasons=tuple(f"{device} does not answer" for device in silent),
        figures_at=None if states.empty else NOW - 5_000,
        open_alerts=open_alerts,
        stamp="empty" if states.empty else f"made-{open_alerts}",
    )


COUNTS_SINCE_START = {"m3": 4_000_000.0, "kWh": 9_000_000.0, "t": 80_000.0}


def value_at(point: Point, hours: Hours, instant: int) -> float:
    """Return what a point shows at an instant: counters go on evenly within an hour."""
    if not point.is_counter:
        return {"C": 244.6, "kPa": 101.9, "V": 231.0, "A": 420.0, "Hz": 50.0}.get(point.unit, 1.0)
    place = max(0, hours.place(instant - HOUR_MS + 1))
    per_hour = {"m3": 165.0, "kWh": 240.0, "t": 5.0}.get(point.unit, 1.0)
    begin = hours.since[min(place, len(hours.since) - 1)]
    return COUNTS_SINCE_START.get(point.unit, 0.0) + per_hour * (place + (instant - begin) / HOUR_MS)


def newest(plant: Plant, hours: Hours, states: States) -> Iterator[PointNow]:
    """Give the newest reading of every point."""
    for device in plant.devices:
        state = _device(device, states)
        for point in device.points:
            seen = state.last_good_at
            yield PointNow(
                point=point.id,
                unit=point.unit,
                carrier=point.carrier,
                value=None if seen is None else value_at(point, hours, min(seen, NOW)),
                at=seen,
                quality="no_answer" if state.freshness in (Freshness.STALE, Freshness.WAITING) else "good",
            )
