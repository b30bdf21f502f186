"""A year against the paths of the plan, and where a running year will end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import stdev

from scipy.special import stdtrit

from analytics.inventory_totals import tells
from domain.carbon import CarbonPath
from domain.evidence import Estimate
from domain.inventory import Inventory, PathPoint, PerOutput

SCOPE_1_2, SCOPE_3_1 = "scope_1_2", "scope_3_1"
LEAST_MONTHS = 2
"""Months that are over, this year and the year before, for an interval."""
LEAST_BEFORE = 9
"""Months of the year before that must be known for the others to be taken as their mean."""
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

    The months that are over and known, and for the others the same months of the year before, tonnes and
    output each times the ratio of the known months to the same months of the year before. A month of which
    less than 90 % is known, without lots or without a fuel that is burnt there is not known: it is estimated
    as one to come. Standard error: the ratios of the monthly intensities scatter by s; the mean of R months
    to estimate around that of n differs by s * sqrt(1/n + 1/R). Student's t of n - 1. It needs two known
    months and all of the year before that it takes the place of; of that year up to three months that are
    not known are taken as the mean of the others.
    """
    now, then = (_by_month(each, path, unit) for each in (months, before))
    rest = [month for month in _YEAR if month not in now]
    both = [month for month in now if month in then]
    then = _filled(then, before)
    if any(month not in then for month in rest) or not rest:
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
    is_told = year.is_over and len(_by_month(months, path.id, unit)) == len(months)
    if not is_told:
        projection = projected(path.id, unit, months=months, before=before, confidence=confidence)
    reached = actual if is_told else projection.value if projection is not None else None
    if not months or not months[0].period.name.endswith(_YEAR[0]):
        reached = None  # the months there are do not tell the year
    held = reached if reached is not None else stated
    is_over = held > allowed if held is not None and allowed is not None else None
    if year.is_over and not is_told and projection is None:
        is_over = _is_surely_over(allowed, actual, stated)
    return PathPoint(
        path=path.id,
        year=number,
        allowed=allowed,
        stated=stated,
        actual=actual,
        actual_location=by_location,
        projection=projection,
        is_over=is_over,
        unit=path.unit,
    )


def _is_surely_over(allowed: float | None, *said: float | None) -> bool | None:
    """Say that a year is above its path; never, while a part of it is not known, that it is not."""
    is_above = allowed is not None and any(each is not None and each > allowed for each in said)
    return True if is_above else None


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


def _by_month(months: Sequence[Inventory], path: str, unit: str) -> Mapping[str, Sums]:
    """Return tonnes and output of the months that are over and known, by their number."""
    found = {}
    for each in sorted(months, key=lambda each: each.period.since):
        sums = _sums(each, path, unit) if each.is_over else None
        if sums is not None:
            found[each.period.name[-2:]] = sums
    return found


def _filled(known: Mapping[str, Sums], months: Sequence[Inventory]) -> Mapping[str, Sums]:
    """Return the months with those that are not known as the mean of the known ones, where these are most."""
    if len(known) < LEAST_BEFORE:
        return known
    whole = _total(known, list(known))
    mean = whole[0] / len(known), whole[1] / len(known)
    return {
        name: known.get(name, mean) for name in (each.period.name[-2:] for each in months if each.is_over)
    }


def _sums(month: Inventory, path: str, unit: str) -> Sums | None:
    made = _by_unit(month, unit)
    tonnes = _tonnes(month, path)
    if made is None or made.output is None or tonnes is None:
        return None
    return tonnes, made.output


def _tonnes(month: Inventory, path: str) -> float | None:
    """Return the tonnes of a path; None where a part of them that matters is in no sum."""
    scopes = {SCOPE_1_2: (month.scope_1, month.scope_2_market), SCOPE_3_1: (month.scope_3_1,)}
    found = [each.tco2e for each in scopes.get(path, ()) if tells(each)]
    known = [each for each in found if each is not None]
    return math.fsum(known) if known and len(known) == len(scopes[path]) else None


def _total(by_month: Mapping[str, Sums], names: Sequence[str]) -> Sums:
    chosen = [by_month[name] for name in names]
    return math.fsum(tonnes for tonnes, _ in chosen), math.fsum(made for _, made in chosen)


def _ratios(now: Mapping[str, Sums], then: Mapping[str, Sums], months: Sequence[str]) -> list[float]:
    """Return this year's monthly intensity by the year before's, where both have something on each side."""
    found = []
    for month in months:
        new, old = now[month], then[month]
        if min(*new, *old) > 0.0:
            found.append((new[0] / new[1]) / (old[0] / old[1]))
    return found
