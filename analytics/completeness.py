"""How much of each production day each device was observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.meters import needed
from analytics.sums import inside, spans_of
from domain.courses import Completeness, DayCompleteness
from domain.periods import Period, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.windows import Grade, Windows, no_windows


def completeness_of(
    plant: Plant, calendar: PlantCalendar, windows: Mapping[str, Windows], *, since: int, until: int, now: int
) -> tuple[Completeness, ...]:
    """Return the production days that touch [since, until), for each device with points that are analysed.

    `windows` as read, by point id. Of several points the worst counts; a window without an amount was not
    observed. Coverage is of the time of the day that has passed; None: the day lies ahead, or nothing is kept
    of any of the points.
    """
    days = list(calendar.periods(PeriodKind.DAY, since, until))
    first, end = (days[0].since, days[-1].until) if days else (0, 0)
    analysed = {point.id for point in needed(plant)}
    found = []
    for device in plant.devices:
        points = [point.id for point in device.points if point.id in analysed]
        if points:
            parts = [windows.get(name, no_windows(name)).between(first, end) for name in points]
            found.append(Completeness(device=device.id, days=_days(parts, days, now)))
    return tuple(found)


# inside


def _days(parts: Sequence[Windows], days: Sequence[Period], now: int) -> tuple[DayCompleteness, ...]:
    passed = np.array([min(day.until, now) - day.since for day in days], dtype=np.float64)
    coverage, is_kept = np.full(len(days), np.inf), np.zeros(len(days), np.bool_)
    grade, flags = np.zeros(len(days), np.int64), np.zeros(len(days), np.uint16)
    for part in parts:
        places = inside(part.since, part.until, spans_of(days))
        length = (part.until - part.since).astype(np.float64)
        observed = np.where(np.isfinite(part.amount), part.coverage, 0.0) * length
        coverage = np.minimum(coverage, places.total(observed) / np.maximum(1.0, passed))
        is_kept |= places.end > places.first
        flags |= places.union(part.flags)
        for each in Grade:
            grade = np.where(places.some(part.grade == each), np.maximum(grade, int(each)), grade)
    is_told = is_kept & (passed > 0.0)
    columns = (is_told.tolist(), coverage.tolist(), grade.tolist(), flags.tolist())
    return tuple(
        DayCompleteness(
            day=day.name,
            since=day.since,
            until=day.until,
            coverage=min(1.0, share) if told else None,
            grade=Grade(worst) if told else None,
            flags=flag if told else 0,
        )
        for day, told, share, worst, flag in zip(days, *columns, strict=True)
    )
