"""A year against the paths of the plan, and where a running year will end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import stdev

from scipy.special import stdtrit

from domain.carbon import CarbonPath
from domain.evidence import Estimate
from domain.inventory import Inventory, PathPoint, PerOutput

SCOPE_1_2, SCOPE_3_1 = "scope_1_2", "scope_3_1"
LEAST_MONTHS = 2
"""Months that are over, this year and the year before, for an interval."""
_YEAR = tuple(f"{month:02}" for month in range(1, 13))


def path_points(
    year: Inventory,
    paths: Sequence[CarbonPath],
    *,
    months: Sequence[Inventory],
    before: Sequence[Inventory],
    confidence: float,
) -> tuple[PathPoint, ...]:
    """Return the point of each path in a year; `months` are its own, `before` those of the year before."""
    return tuple(_point(year, path, months, before, confidence) for path in paths)


def projected(
    path: str,
    unit: str,
    *,
    months: Sequence[Inventory],
    before: Sequence[Inventory],
    confidence: float,
) -> Estimate | None:
    """Return the intensity of a path that a running year will end at; None where it cannot be told.

    The months that are over, and for the others the same months of the year before, tonnes and output each
    times the ratio of the months that are over to the same months of the year before. Standard error: the
    ratios of the monthly intensities scatter by s; the mean of R months to come around that of n differs by
    s * sqrt(1/n + 1/R). Student's t of n - 1. It needs two months and the year before.
    """
    now, then = (_by_month(each, path, unit) for each in (months, before))
    rest = [month for month in _YEAR if month not in now]
    both = [month for month in now if month in then]
    if None in now.values() or any(then.get(month) is None for month in (*rest, *both)) or not rest:
        return None
    old, tail = _total(then, both), _total(then, rest)
    ratios = _ratios(now, then, both)
    if old[0] <= 0.0 or old[1] <= 0.0 or len(ratios) < LEAST_MONTHS:
        return None
    new, done = _total(now, both), _total(now, list(now))
    more_t, more_output = new[0] / old[0], new[1] / old[1]
    output = done[1] + more_output * tail[1]
    value = (done[0] + more_t * tail[0]) / output
    spread = stdev(ratios) * math.sqrt(1.0 / len(ratios) + 1.0 / len(rest))
    error = more_output * tail[0] / output * spread
    half = float(stdtrit(len(ratios) - 1, 0.5 + confidence / 2.0)) * error
    return Estimate(
        value=value,
        low=max(0.0, value - half),
        high=value + half,
        confidence=confidence,
        standard_error=error,
    )


# inside

Sums = tuple[float, float]
"""Tonnes and output."""


def _point(
    year: Inventory,
    path: CarbonPath,
    months: Sequence[Inventory],
    before: Sequence[Inventory],
    confidence: float,
) -> PathPoint:
    number, unit = int(year.period.name), path.unit.rpartition("/")[2]
    allowed, stated = path.allowed.get(number), path.stated.get(number)
    actual, by_location = _actual(year, path.id, unit)
    projection = None
    if not year.is_over:
        projection = projected(path.id, unit, months=months, before=before, confidence=confidence)
    reached = actual if year.is_over else projection.value if projection is not None else None
    if not months or not months[0].period.name.endswith(_YEAR[0]):
        reached = None  # the months there are do not tell the year
    held = reached if reached is not None else stated
    return PathPoint(
        path=path.id,
        year=number,
        allowed=allowed,
        stated=stated,
        actual=actual,
        actual_location=by_location,
        projection=projection,
        is_over=held > allowed if held is not None and allowed is not None else None,
        unit=path.unit,
    )


def _actual(year: Inventory, path: str, unit: str) -> tuple[float | None, float | None]:
    """Return what was achieved, market-based and location-based; Scope 3 knows no such difference."""
    found = _by_unit(year, unit)
    if found is None:
        return None, None
    if path == SCOPE_1_2:
        return found.scope_1_2_market, found.scope_1_2_location
    return (found.scope_3_1 if path == SCOPE_3_1 else None), None


def _by_unit(inventory: Inventory, unit: str) -> PerOutput | None:
    return next((each for each in inventory.per_output if each.unit == unit), None)


def _by_month(months: Sequence[Inventory], path: str, unit: str) -> Mapping[str, Sums | None]:
    """Return tonnes and output of the months that are over, by their number; None where not known."""
    return {
        each.period.name[-2:]: _sums(each, path, unit)
        for each in sorted(months, key=lambda each: each.period.since)
        if each.is_over
    }


def _sums(month: Inventory, path: str, unit: str) -> Sums | None:
    made = _by_unit(month, unit)
    tonnes = _tonnes(month, path)
    if made is None or made.output is None or tonnes is None:
        return None
    return tonnes, made.output


def _tonnes(month: Inventory, path: str) -> float | None:
    if path == SCOPE_1_2:
        one, two = month.scope_1.tco2e, month.scope_2_market.tco2e
        return one + two if one is not None and two is not None else None
    if path == SCOPE_3_1:
        has_lots = any(line.scope == "3_1" for line in month.lines)
        return month.scope_3_1.tco2e if has_lots else 0.0  # a month in which no metal came in
    return None


def _total(by_month: Mapping[str, Sums | None], names: Sequence[str]) -> Sums:
    chosen = [sums for name in names if (sums := by_month[name]) is not None]
    return math.fsum(tonnes for tonnes, _ in chosen), math.fsum(made for _, made in chosen)


def _ratios(
    now: Mapping[str, Sums | None], then: Mapping[str, Sums | None], months: Sequence[str]
) -> list[float]:
    """Return this year's monthly intensity by the year before's, where both have something on each side."""
    found = []
    for month in months:
        new, old = now[month], then[month]
        if new is not None and old is not None and min(*new, *old) > 0.0:
            found.append((new[0] / new[1]) / (old[0] / old[1]))
    return found
