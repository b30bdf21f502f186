"""Mean of a gauge in each window; of power or flow, what passed in covered time: METHOD 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.overlay import end_flags, time_in, touched
from analytics.steps import GoodReadings, beside_doubtful, good_readings, has_instant, touches_span
from domain.plant import Point
from domain.series import Bools, Floats, Instants, Series
from domain.windows import Flag, Grade, Windows, no_windows

INTEGRALS = {"kW": 3_600_000.0, "m3/h": 3_600_000.0, "t/h": 3_600_000.0, "m/min": 60_000.0}
"""Canonical unit of a rate -> milliseconds in its unit of time; the integral is in kWh, m3, t, m."""
_ALWAYS_MOVES = frozenset({"C", "kPa", "V", "Hz"})
_MAY_STAND = frozenset({"1", "%", "h", "code", "pcs"})
_FEW_READINGS = 5


def means(
    point: Point,
    series: Series,
    edges: Instants,
    *,
    missing: Sequence[tuple[int, int]] = (),
    gap_ms: int,
) -> Windows:
    """Return the time-weighted mean, minimum and maximum between each two neighbours of `edges` (ordered).

    `series` holds all readings, good and bad, from a good one before the first edge to a good one after the
    last, or all there are, and `missing` the spans of that time in which polls left no reading; then a window
    is the same whatever else is asked for. Trapezoids between good readings, where no gap and no missing or
    bad reading lies between; NaN without any covered time.

    A rate of a carrier (`INTEGRALS`) gives what passed in covered time instead of the mean, INTEGRATED;
    nothing is added for the rest, so a window with a hole is ESTIMATED. STUCK is a hint: five or more
    readings inside, all the same.
    """
    if len(edges) < 2:
        return no_windows(point.id)
    good = good_readings(series)
    holes = _Holes.of(good, missing, gap_ms)
    area, lowest, highest = _areas(good, ~holes.any, edges)
    since, until = good.at[:-1][holes.any], good.at[1:][holes.any]
    covered_ms = time_in(edges, good.at[:1], good.at[-1:]) - time_in(edges, since, until)
    is_rate = point.carrier is not None and point.unit in INTEGRALS
    amount = area / (INTEGRALS[point.unit] if is_rate else np.maximum(1, covered_ms))
    is_known = covered_ms > 0
    begins_late = edges[:-1] < (good.at[0] if len(good.at) else edges[-1])
    is_whole = ~(touched(edges, since, until) | begins_late)
    grade = np.where(is_whole, Grade.MEASURED, Grade.ESTIMATED if is_rate else Grade.BRIDGED)
    return Windows(
        point=point.id,
        since=edges[:-1],
        until=edges[1:],
        amount=np.where(is_known, amount, np.nan),
        grade=np.where(is_known, grade, Grade.ESTIMATED).astype(np.uint8),
        coverage=covered_ms / np.maximum(1, np.diff(edges)),
        flags=_flags(point, good, holes, edges),
        minimum=np.where(is_known, lowest, np.nan),
        maximum=np.where(is_known, highest, np.nan),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Holes:
    """Which steps between n good readings were not watched: n - 1 of each."""

    is_gap: Bools
    is_bad: Bools
    is_conflict: Bools

    @classmethod
    def of(cls, good: GoodReadings, missing: Sequence[tuple[int, int]], gap_ms: int) -> _Holes:
        return cls(
            is_gap=np.diff(good.at) > gap_ms,
            is_bad=has_instant(good.at, good.bad_at) | touches_span(good.at, missing),
            is_conflict=has_instant(good.at, good.conflict_at),
        )

    @property
    def any(self) -> Bools:
        found: Bools = self.is_gap | self.is_bad | self.is_conflict
        return found


def _flags(point: Point, good: GoodReadings, holes: _Holes, edges: Instants) -> NDArray[np.uint16]:
    flags = end_flags(good, edges)
    for flag, chosen in (
        (Flag.GAP, holes.is_gap),
        (Flag.BAD, holes.is_bad),
        (Flag.CONFLICT, holes.is_conflict),
        (Flag.DOUBTFUL, beside_doubtful(good)),
    ):
        if chosen.any():
            flags[touched(edges, good.at[:-1][chosen], good.at[1:][chosen])] |= np.uint16(flag)
    flags[_is_constant(point, good, edges)] |= np.uint16(Flag.STUCK)
    if point.carrier is not None and point.unit in INTEGRALS:
        flags |= np.uint16(Flag.INTEGRATED)
    return flags


def _is_constant(point: Point, good: GoodReadings, edges: Instants) -> Bools:
    """Say in which windows a value that should move stood still; most may rest at 0."""
    if point.unit in _MAY_STAND or not len(good.at):
        return np.zeros(len(edges) - 1, np.bool_)
    place = np.searchsorted(good.at, edges)
    changes = np.concatenate(([0], np.cumsum(good.value[1:] != good.value[:-1])))
    first, last = place[:-1], place[1:] - 1
    is_same = changes[last] == changes[np.minimum(first, len(changes) - 1)]
    is_resting = (good.value[last] == 0.0) & (point.unit not in _ALWAYS_MOVES)
    found: Bools = (last - first + 1 >= _FEW_READINGS) & is_same & ~is_resting
    return found


def _areas(good: GoodReadings, is_covered: Bools, edges: Instants) -> tuple[Floats, Floats, Floats]:
    """Return value * ms over covered time, lowest and highest covered value of each window.

    Each window is a sum of its own over the pieces between its edges and the readings inside.
    """
    count = len(edges) - 1
    if len(good.at) < 2:
        nothing = np.full(count, np.nan)
        return np.zeros(count), nothing, nothing
    # Nodes: the readings and the edges, each edge with the value interpolated there.
    level = np.interp(edges, good.at, good.value)
    place = np.searchsorted(good.at, edges, side="left")
    at = np.insert(good.at, place, edges)
    value = np.insert(good.value, place, level)
    begins = np.searchsorted(good.at, edges, side="right") - 1
    step = np.insert(np.arange(len(good.at)), place, begins)[:-1]
    within = (step >= 0) & (step < len(is_covered))
    seen = np.zeros(len(step), np.bool_)
    seen[within] = is_covered[step[within]]
    first = (place + np.arange(len(edges)))[:-1]
    left, right = value[:-1], value[1:]
    area = np.where(seen, (left + right) * 0.5 * np.diff(at), 0.0)
    low = np.where(seen, np.minimum(left, right), np.inf)
    high = np.where(seen, np.maximum(left, right), -np.inf)
    end = int(place[-1]) + count
    return (
        np.add.reduceat(area[:end], first),
        np.minimum.reduceat(low[:end], first),
        np.maximum.reduceat(high[:end], first),
    )
