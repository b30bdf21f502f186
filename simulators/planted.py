"""What a scenario planted, to be held against what an analysis found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from domain.plant import Device, Plant
from domain.registers import Register
from simulators.columns import shown
from simulators.effects import Source
from simulators.history import history_points, quarter_hours
from simulators.plant import PlantSimulator
from simulators.registers import canonical_modulus
from simulators.tables import LINES
from simulators.workdays import midnight_ms, year_days


class PlantedKind(StrEnum):
    """What was planted, and what its size means."""

    IMPROVEMENT = "improvement"
    """Share by which the gas of a line falls each calendar year, output and weather alike."""
    DRIFT = "drift"
    """Relative change of a line's marginal gas."""
    EXCHANGE = "exchange"
    """A meter event in the ledger; how far the index jumped, canonical unit."""
    RESET = "reset"
    """The same, written down by nobody."""
    WRAP = "wrap"
    """The counter started again from 0; its modulus, canonical unit."""
    STUCK = "stuck"
    """A register that stood still; hours."""
    OUTAGE = "outage"
    """A device or a link that could not be read; hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One truth, in [since, until)."""

    kind: PlantedKind
    subject: str
    """Line, point, device or link."""
    since: int
    until: int
    size: float
    old_final: float | None = None
    """Last index of an exchanged or reset meter, as its register shows it."""
    new_start: float | None = None


def planted(plant: Plant, simulator: PlantSimulator, *, since: int, until: int) -> tuple[Planted, ...]:
    """Return what was planted in [since, until), by kind, then instant; of wraps, those of history points."""
    found = [
        *_improvements(simulator, since, until),
        *_effects(plant, simulator),
        *_wraps(plant, simulator, since, until),
    ]
    inside = [each for each in found if each.since < until and each.until > since]
    return tuple(
        sorted(inside, key=lambda each: (list(PlantedKind).index(each.kind), each.since, each.subject))
    )


def _improvements(simulator: PlantSimulator, since: int, until: int) -> Iterator[Planted]:
    for line in LINES:
        share = simulator.model.truth.line(line).yearly_improvement
        first = midnight_ms(year_days(2025)[0])
        yield Planted(
            kind=PlantedKind.IMPROVEMENT, subject=line, since=max(since, first), until=until, size=share
        )


def _effects(plant: Plant, simulator: PlantSimulator) -> Iterator[Planted]:
    for effect, since, until in simulator.effects():
        hours = (until - since) / 3_600_000
        if effect.kind == "drift":
            yield Planted(
                kind=PlantedKind.DRIFT,
                subject=effect.line,
                since=since,
                until=until,
                size=effect.percent / 100,
            )
        elif effect.kind == "outage":
            where = effect.device or effect.link
            yield Planted(kind=PlantedKind.OUTAGE, subject=where, since=since, until=until, size=hours)
        elif effect.kind == "stuck":
            where = ".".join(filter(None, (effect.device, effect.register)))
            yield Planted(kind=PlantedKind.STUCK, subject=where, since=since, until=until, size=hours)
        elif effect.kind == "exchange":
            register = _register(plant.device(effect.device), effect.register)
            old, new = _indexes(simulator, effect.device, register, since)
            yield Planted(
                kind=PlantedKind.EXCHANGE if effect.declared else PlantedKind.RESET,
                subject=f"{effect.device}.{effect.register}",
                since=since,
                until=since + 1,
                size=new - old,
                old_final=old,
                new_start=new,
            )


def _indexes(simulator: PlantSimulator, device_id: str, register: Register, at: int) -> tuple[float, float]:
    """Return the last index of the old meter and the first of the new one, as the register shows them."""
    device = simulator.devices[device_id]
    both = device.sources[register.name].series(np.array([at - 1, at]))
    old, new = shown(register, both, device.power_of(register)).tolist()
    return old, new


def _wraps(plant: Plant, simulator: PlantSimulator, since: int, until: int) -> Iterator[Planted]:
    """Give every instant at which a counter of the history started again from 0, to the millisecond."""
    counters = []
    for point in history_points(plant):
        device = simulator.devices[point.device]
        register = _register(plant.device(point.device), point.name)
        source = device.sources.get(point.name)
        endless = register.type.is_float and register.modulus is None
        if register.is_counter and source is not None and not endless:
            modulus = canonical_modulus(register, device.power_of(register))
            counters.append((point.id, source, modulus))
    for first, end in _years(since, until):  # year by year: the model keeps the tables of few
        at = np.append(quarter_hours(first, end), end)
        for name, source, modulus in counters:
            rounds = np.floor(source.series(at) / modulus)
            for place in np.flatnonzero(rounds[1:] == rounds[:-1] + 1):
                when = _step(source, modulus, int(at[place]), int(at[place + 1]))
                yield Planted(kind=PlantedKind.WRAP, subject=name, since=when, until=when + 1, size=modulus)


def _step(source: Source, modulus: float, before: int, after: int) -> int:
    """Return the first instant in (before, after] at which a counter is in its next round."""
    old = source.read(before) // modulus
    while after - before > 1:
        middle = (before + after) // 2
        if source.read(middle) // modulus == old:
            before = middle
        else:
            after = middle
    return after


def _years(since: int, until: int) -> Iterator[tuple[int, int]]:
    for year in range(2024, 2031):
        first, end = (midnight_ms(day) for day in year_days(year))
        if first < until and end > since:
            yield max(first, since), min(end, until)


def _register(device: Device, name: str) -> Register:
    return next(register for register in device.profile.points if register.name == name)
