"""Which meters the figures of a section rest on, and what is said of those that give nothing fresh now.

A section shows its mark from the first page on; the stream of live values carries the same text and state, so
that an open page says within seconds that a meter has stopped, and that it is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard.page import Asked
from domain.now import DeviceNow, Freshness, Now
from domain.plant import Carrier, MeterRole, Plant, Point

_NAMED = 2
"""More meters are counted, not named: the page of data quality has them all."""
_ENERGY = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """The mark of a section; hidden in state good."""

    key: str
    """Of live values: `rests.process.coil`."""
    state: str
    """good, stale."""
    text: str
    """Empty in state good."""


def all_rests(now: Now, asked: Asked) -> dict[str, Rests]:
    """Return every mark by what rests: `process.<id>`, processes, load, flows, a table of a report, ..."""
    return {on: _mark(on, devices, now, asked) for on, devices in rested(asked.plant).items()}


def rested(plant: Plant) -> dict[str, frozenset[str]]:
    """Return the devices that each kind of figures rests on."""
    processes = {process.id: frozenset(_of_process(plant, process.id)) for process in plant.processes}
    every = frozenset(device for devices in processes.values() for device in devices)
    gas, energy = _totals(plant, Carrier.GAS), [point for point in plant.points if point.carrier in _ENERGY]
    output = [point for point in plant.points if point.carrier is Carrier.PRODUCTION and point.shares]
    sub_gas = [point for point in plant.points if point.carrier is Carrier.GAS and point.shares]
    totals = [point for carrier in _ENERGY for point in _totals(plant, carrier)]
    balanced = [point for point in energy if point.carrier is not Carrier.PV]
    heat = [point for point in energy if point.carrier is Carrier.HEAT]
    solar = [*_totals(plant, Carrier.PV), *_totals(plant, Carrier.ELECTRICITY)]
    carbon = [*gas, *_totals(plant, Carrier.ELECTRICITY), *output]
    return {f"process.{process}": devices for process, devices in processes.items()} | {
        "processes": every,
        "load": every | _devices(totals),
        "flows": _devices(energy),
        "carriers": _devices(totals),
        "balance": _devices(balanced),
        "pv": _devices(solar),
        "heat": _devices(heat),
        "carbon": _devices(carbon),
        "change": _devices([*gas, *sub_gas, *output]),
    }


def _of_process(plant: Plant, process: str) -> Iterator[str]:
    """Give the devices of its gas, its output and what its model knows of."""
    for point in plant.points:
        is_measured = point.carrier in (Carrier.GAS, Carrier.PRODUCTION) and process in point.shares
        is_variable = point.variable is not None and (process in point.shares or not point.shares)
        if is_measured or is_variable:
            yield from _devices([point])


def _totals(plant: Plant, carrier: Carrier) -> list[Point]:
    """Return the points of a carrier's total: what comes in and goes out, without a main meter all."""
    found = [point for point in plant.points if point.carrier is carrier]
    if any(point.role is MeterRole.MAIN for point in found):
        return [point for point in found if point.role is not MeterRole.SUB]
    return found


def _devices(points: Iterable[Point]) -> frozenset[str]:
    """Return the devices of points, and of what their amounts are corrected with."""
    return frozenset(
        name.partition(".")[0]
        for point in points
        for name in (
            point.id,
            point.temperature_point,
            point.pressure_point,
            point.supply_point,
            point.return_point,
        )
        if name is not None
    )


def _mark(on: str, devices: frozenset[str], now: Now, asked: Asked) -> Rests:
    silent = [each for each in now.devices if each.device in devices and each.freshness is not Freshness.GOOD]
    return Rests(
        key=f"rests.{on}",
        state="stale" if silent else "good",
        text=_said(silent, now, asked) if silent else "",
    )


def _said(silent: list[DeviceNow], now: Now, asked: Asked) -> str:
    words = asked.words
    names = words("; ").join(_name(each, now, asked) for each in silent[:_NAMED])
    left = len(silent) - _NAMED
    if left > 0:
        return words(
            "⚠ Rests on meters without fresh data: %(names)s and %(count)s more", names=names, count=left
        )
    return words("⚠ Rests on meters without fresh data: %(names)s", names=names)


def _name(device: DeviceNow, now: Now, asked: Asked) -> str:
    words, name = asked.words, asked.name_of(device.device)
    if device.freshness is Freshness.AHEAD:
        return words("%(meter)s (ahead of time)", meter=name)
    if device.last_good_at is None:
        return words("%(meter)s (no reading yet)", meter=name)
    return words("%(meter)s (%(age)s)", meter=name, age=asked.numbers.age(now.at - device.last_good_at))
