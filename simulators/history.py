"""The past of a simulated plant, as a poller of its devices would have kept it: from the same registers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Plant, Point
from domain.series import Instants, Series
from simulators.plant import PlantSimulator

STEP_MS = 900_000
"""A quarter of an hour: full ones, in plant time as in UTC."""
BASE_YEAR = date(2024, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One calendar month of the past, plant time."""

    name: str
    """`2026-03`."""
    series: tuple[Series, ...]


def history_points(plant: Plant) -> tuple[Point, ...]:
    """Return the points that the past is told of: meters, relevant variables, what converts volumes."""
    named = {
        name
        for point in plant.points
        for name in (point.temperature_point, point.pressure_point, point.supply_point, point.return_point)
    }
    return tuple(
        point for point in plant.points if point.carrier or point.variable is not None or point.id in named
    )


def chapters(
    plant: Plant, simulator: PlantSimulator, calendar: PlantCalendar, *, since: int, until: int
) -> Iterator[Chapter]:
    """Give the readings at the full quarter hours in [since, until), month after month."""
    points, worded = history_points(plant), plant.worded
    for month in calendar.periods(PeriodKind.MONTH, since, until):
        at = quarter_hours(max(since, month.since), min(until, month.until))
        if len(at):
            found = (point_series(simulator, point, at, has_words=point.id in worded) for point in points)
            yield Chapter(name=month.name, series=tuple(found))


def point_series(simulator: PlantSimulator, point: Point, at: Instants, *, has_words: bool = False) -> Series:
    """Return what a poller keeps of a point at instants that rise."""
    if not has_words:
        value, quality = simulator.series(point.device, point.name, at)
        return Series(point=point.id, at=at, value=value, quality=quality)
    value, quality, words = simulator.worded_series(point.device, point.name, at)
    return Series(point=point.id, at=at, value=value, quality=quality, words=words)


def quarter_hours(since: int, until: int) -> Instants:
    """Return the full quarter hours in [since, until)."""
    return np.arange(-(-since // STEP_MS) * STEP_MS, until, STEP_MS, dtype=np.int64)
