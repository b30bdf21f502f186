"""Sums of windows over many periods at once, and of many points window by window.

Determinism: a sum adds the windows of its period in order of time, by numpy's pairwise rule, and starts anew
in each period (`add.reduceat`, never a difference of running sums). Its bits depend on the windows inside
alone: not on what was loaded before or after them, nor on the other periods asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.periods import Period
from domain.series import Bools, Floats, Instants
from domain.windows import Windows

Spans = Sequence[tuple[int, int]]
"""Half-open [since, until) ms, in any order; they may overlap."""

Number = TypeVar("Number", bound=np.generic)


def spans_of(periods: Sequence[Period]) -> Spans:
    """Return the spans of periods."""
    return [(period.since, period.until) for period in periods]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inside:
    """Which of n windows lie wholly inside each of m spans. Work it out once, sum many columns."""

    first: NDArray[np.intp]
    end: NDArray[np.intp]
    """m: the windows [first, end) lie inside; first == end: none."""
    length_ms: Instants
    """m, of the spans."""
    elapsed_ms: Instants
    """m: what has passed of each span when the last window ends; a span that lies ahead has all of it."""
    order: NDArray[np.intp]
    """m, places of the spans by their begin: what lies between two neighbours is then never long."""

    def __len__(self) -> int:
        return len(self.first)

    def total(self, values: Floats) -> Floats:
        """Return the sum of n values in each span, 0 where no window lies inside; NaN spreads."""
        return self._reduce(np.add, values, 0)

    def known(self, amount: Floats) -> Floats:
        """Return the sum of the amounts that are known in each span, NaN where none is."""
        is_known = np.isfinite(amount)
        sums = self.total(np.where(is_known, amount, 0.0))
        found: Floats = np.where(self.some(is_known), sums, np.nan)
        return found

    def some(self, chosen: Bools) -> Bools:
        """Say in which spans at least one window inside is chosen."""
        return self._reduce(np.logical_or, chosen, 0)

    def union(self, flags: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return all the flags of the windows inside each span."""
        return self._reduce(np.bitwise_or, flags, 0)

    def _reduce(self, rule: np.ufunc, values: NDArray[Number], fill: int) -> NDArray[Number]:
        found = np.full(len(self), fill, dtype=values.dtype)
        full = self.order[self.end[self.order] > self.first[self.order]]
        if len(full):
            borders = np.column_stack((self.first[full], self.end[full])).ravel()
            padded = np.append(values, values[:1])  # reduceat wants every border to be a place
            found[full] = rule.reduceat(padded, borders)[::2]
        return found


def inside(since: Instants, until: Instants, spans: Spans) -> Inside:
    """Return which windows, ordered and without overlap, lie wholly inside each span.

    A window across the border of a span belongs to none: it is never counted twice, nor cut by guess.
    """
    borders = np.array(spans, dtype=np.int64).reshape(-1, 2)
    first = np.searchsorted(since, borders[:, 0], side="left")
    end = np.searchsorted(until, borders[:, 1], side="right")
    length = borders[:, 1] - borders[:, 0]
    passed = np.minimum(borders[:, 1], until[-1]) - borders[:, 0] if len(until) else length
    return Inside(
        first=first,
        end=np.maximum(first, end),
        length_ms=length,
        elapsed_ms=np.where(passed > 0, passed, length),
        order=np.lexsort((borders[:, 1], borders[:, 0])),
    )


def sum_inside(windows_since: Instants, windows_until: Instants, amount: Floats, spans: Spans) -> Floats:
    """Return the sum of the known amounts of the windows inside each span; NaN where none is known."""
    return inside(windows_since, windows_until, spans).known(amount)


def aligned(parts: Sequence[Windows]) -> tuple[Windows, ...]:
    """Return the windows of several points on one grid: every window that any of them has.

    Where a point has no such window it gets one without an amount, uncovered. Points whose windows are cut
    differently (one was made under an older calendar) share only those that are equal.
    """
    if len({(len(part), part.since.tobytes(), part.until.tobytes()) for part in parts}) <= 1:
        return tuple(parts)
    both = np.unique(np.concatenate([np.column_stack((part.since, part.until)) for part in parts]), axis=0)
    return tuple(on_grid(part, both[:, 0], both[:, 1]) for part in parts)


def on_grid(part: Windows, since: Instants, until: Instants) -> Windows:
    """Return the windows [since, until) of a point: those that it has, the others without an amount."""
    if np.array_equal(part.since, since) and np.array_equal(part.until, until):
        return part
    place = np.minimum(np.searchsorted(part.since, since), max(0, len(part) - 1))
    there = np.zeros(len(since), dtype=np.bool_)
    if len(part):
        there = (part.since[place] == since) & (part.until[place] == until)
    from_, to = place[there], np.flatnonzero(there)
    grade, flags = np.zeros(len(since), np.uint8), np.zeros(len(since), np.uint16)
    amount, coverage = np.full(len(since), np.nan), np.zeros(len(since))
    minimum, maximum = np.full(len(since), np.nan), np.full(len(since), np.nan)
    grade[to], flags[to], coverage[to] = part.grade[from_], part.flags[from_], part.coverage[from_]
    amount[to], minimum[to], maximum[to] = part.amount[from_], part.minimum[from_], part.maximum[from_]
    return Windows(
        point=part.point,
        since=since,
        until=until,
        amount=amount,
        grade=grade,
        coverage=coverage,
        flags=flags,
        minimum=minimum,
        maximum=maximum,
    )


def combined(name: str, parts: Sequence[Windows], signs: Sequence[float]) -> Windows:
    """Return sign * amount added up window by window: the worst grade and coverage, all flags.

    A window in which one of the parts has no amount has none. At least one part; all on one grid
    (`aligned`).
    """
    amount = np.zeros(len(parts[0]))
    for part, sign in zip(parts, signs, strict=True):
        amount = amount + sign * part.amount
    nothing = np.full(len(parts[0]), np.nan)
    return Windows(
        point=name,
        since=parts[0].since,
        until=parts[0].until,
        amount=amount,
        grade=np.maximum.reduce([part.grade for part in parts]),
        coverage=np.minimum.reduce([part.coverage for part in parts]),
        flags=np.bitwise_or.reduce([part.flags for part in parts]),
        minimum=nothing,
        maximum=nothing,
    )
