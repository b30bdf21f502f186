"""Good readings of a point and the steps between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.plant import Point
from domain.reading import Quality
from domain.series import Bools, Floats, Instants, Series

_HEADROOM = 1.2
"""On the rated maximum, METHOD 1."""
_SHORTEST_MS = 60_000
"""A rate is judged over no less: many meters renew their registers seconds or a minute apart."""
_FLOAT32 = 2.0**-23
"""Relative resolution of a counter that is a 32-bit float on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoodReadings:
    """Readings with a value, one an instant, ordered; `at`, `value`, `is_doubtful` have one length."""

    at: Instants
    value: Floats
    is_doubtful: Bools
    """Quality 1 to 9."""
    bad_at: Instants
    """Instants of readings without a value, ordered."""
    conflict_at: Instants
    """Instants with two different values, of which neither is used; ordered."""

    def pick(self, chosen: Bools) -> GoodReadings:
        """Return some of the readings."""
        return GoodReadings(
            at=self.at[chosen],
            value=self.value[chosen],
            is_doubtful=self.is_doubtful[chosen],
            bad_at=self.bad_at,
            conflict_at=self.conflict_at,
        )


def good_readings(series: Series) -> GoodReadings:
    """Split a series into what can be used and what cannot."""
    has_value = series.has_value
    every = bool(has_value.all())
    at, value, quality = series.at, series.value, series.quality
    bad_at = np.empty(0, np.int64)
    if not every:
        bad_at = at[~has_value]
        at, value, quality = at[has_value], value[has_value], quality[has_value]
    good = GoodReadings(
        at=at,
        value=value,
        is_doubtful=quality != Quality.GOOD,
        bad_at=bad_at,
        conflict_at=np.empty(0, np.int64),
    )
    again = np.flatnonzero(at[1:] == at[:-1])
    if not len(again):
        return good
    is_clear = np.ones(len(at), np.bool_)
    is_clear[again] = is_clear[again + 1] = False
    return replace(good.pick(is_clear), conflict_at=np.unique(at[again]))


def beside_doubtful(good: GoodReadings) -> Bools:
    """Say which steps begin or end at a reading of a doubtful instant."""
    found: Bools = good.is_doubtful[:-1] | good.is_doubtful[1:]
    return found


def has_instant(at: Instants, found: Instants) -> Bools:
    """Say which steps between neighbours of `at` (n) have an instant strictly inside: n - 1 answers."""
    place = np.searchsorted(at, found)
    inside = (place > 0) & (place < len(at))
    place, found = place[inside], found[inside]
    answer = np.zeros(max(0, len(at) - 1), np.bool_)
    answer[place[at[place] != found] - 1] = True
    return answer


def touches_span(at: Instants, spans: Sequence[tuple[int, int]]) -> Bools:
    """Say which steps between neighbours of `at` (n) share time with a half-open span: n - 1 answers."""
    count = max(0, len(at) - 1)
    given = np.array([span for span in spans if span[0] < span[1]], dtype=np.int64).reshape(-1, 2)
    if not len(given) or not count:
        return np.zeros(count, np.bool_)
    first = np.searchsorted(at[1:], given[:, 0], side="right")
    end = np.maximum(first, np.searchsorted(at[:-1], given[:, 1], side="left"))
    return in_ranges(count, first, end)


def in_ranges(count: int, first: Instants, end: Instants) -> Bools:
    """Say which of 0..count-1 lie in one of the ranges [first, end)."""
    change = np.zeros(count + 1, np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, end, -1)
    found: Bools = np.cumsum(change[:-1]) > 0
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a counter can do between two readings: METHOD 1, step between two good readings."""

    per_ms: float
    """Most it can rise, headroom included; infinite where the rated maximum is not known."""
    resolution: float
    modulus: float | None
    """None too where a wrap could not be told from a reset."""

    @classmethod
    def of(cls, point: Point) -> Rating:
        """Return the rating of a counter."""
        rated = point.rated_max_per_hour
        return cls(
            per_ms=np.inf if rated is None else rated * _HEADROOM / 3_600_000,
            resolution=point.resolution,
            modulus=None if rated is None else point.modulus,
        )

    def most(self, elapsed_ms: Instants, level: Floats) -> Floats:
        """Return the most that the counter can rise in each step that begins or ends at a level."""
        found: Floats = self.per_ms * np.maximum(elapsed_ms, _SHORTEST_MS) + self.slack(level)
        return found

    def slack(self, level: Floats) -> Floats:
        """Return how far a reading at a level may be from what it stands for."""
        found: Floats = np.maximum(self.resolution, np.abs(level) * _FLOAT32)
        return found

    def is_normal(self, elapsed_ms: Instants, before: Floats, after: Floats) -> Bools:
        """Say which steps neither fall nor rise faster than the counter can."""
        rise = after - before
        found: Bools = rise >= 0
        fast = np.flatnonzero(rise > self.per_ms * _SHORTEST_MS)  # most steps need no closer look
        found[fast] &= rise[fast] <= self.most(elapsed_ms[fast], after[fast])
        return found

    def is_wrap(self, elapsed_ms: Instants, before: Floats, after: Floats) -> Bools:
        """Say which steps fall by starting again from 0 at the modulus."""
        if self.modulus is None:
            return np.zeros(len(before), np.bool_)
        rise = after - before + self.modulus
        found: Bools = (after < before) & (rise >= 0) & (rise <= self.most(elapsed_ms, before))
        return found

    def is_ambiguous(self, elapsed_ms: Instants, before: Floats, after: Floats) -> Bools:
        """Say which steps are long enough for one turn of the register more than they show."""
        found = np.zeros(len(before), np.bool_)
        if self.modulus is None:
            return found
        slow = np.flatnonzero(self.per_ms * elapsed_ms >= self.modulus)  # hardly any step
        rise = after[slow] - before[slow]
        rise += np.where(rise < 0.0, self.modulus, 0.0)
        found[slow] = rise + self.modulus <= self.per_ms * elapsed_ms[slow]
        return found
