"""Numbers and instants onto pixels, and where ticks go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LEAST_SPAN = 1e-9
_MARGIN = 0.06
"""Share of the span that stays free above and below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Straight from [low, high] to [start, end]; `start` may lie below `end` on the screen."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; the middle where the scale has no extent."""
        if self.high <= self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_step(span: float, count: int) -> float:
    """Return the smallest step of 1, 2, 2.5 or 5 times a power of ten that parts span in at most count."""
    rough = max(span, _LEAST_SPAN) / max(count, 1)
    power = 10.0 ** floor(log10(rough))
    return next((step * power for step in _STEPS if step * power >= rough * (1 - 1e-9)), 10.0 * power)


def nice_ticks(low: float, high: float, *, count: int) -> list[float]:
    """Return round values that enclose [low, high], about `count` steps apart; two at least."""
    if high - low < _LEAST_SPAN * max(abs(low), abs(high), 1.0):
        half = max(abs(low) * 0.05, 0.5)
        low, high = low - half, high + half
    step = nice_step(high - low, count)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def value_scale(
    values: Sequence[float | None], *, start: float, end: float, count: int, has_zero: bool
) -> tuple[Scale, list[float]]:
    """Return a scale a little wider than all known values, and the ticks inside it; 0 to 1 without any.

    `has_zero`: 0 is in it, and is its border where all values lie on one side.
    """
    known = [value for value in values if value is not None]
    if has_zero or not known:
        known = [*known, 0.0]
    low, high = min(known), max(known)
    if high - low < _LEAST_SPAN * max(abs(low), abs(high), 1.0):
        low, high = (0.0, 1.0) if high == 0.0 else (low - abs(low) * 0.05, high + abs(high) * 0.05)
    more = (high - low) * _MARGIN
    low = low if has_zero and low == 0.0 else low - more
    high = high if has_zero and high == 0.0 else high + more
    ticks = [tick for tick in nice_ticks(low, high, count=count) if low <= tick <= high]
    return Scale(low=low, high=high, start=start, end=end), ticks


def thin_ticks(places: Sequence[float], widths: Sequence[float], *, room: float) -> list[int]:
    """Return which labels stay: every k-th for the smallest k at which none comes nearer than `room`."""
    for every in range(1, len(places) + 1):
        chosen = list(range(0, len(places), every))
        if all(places[b] - places[a] >= (widths[a] + widths[b]) / 2 + room for a, b in pairwise(chosen)):
            return chosen
    return []
