"""Readings of a counter that are impossible beside their neighbours: METHOD 1, spike."""

from __future__ import annotations

import numpy as np

from analytics.steps import GoodReadings, Rating, in_ranges
from domain.series import Bools, Instants

LONGEST = 8
"""Most neighbouring readings that one spike may have: a meter that shows 0 while it restarts."""
MARGIN_READINGS = 4 * LONGEST + 4
"""Good readings on either side of a reading beyond which nothing can change whether it is used."""


def spikes(good: GoodReadings, is_odd: Bools, rating: Rating, events_at: Instants) -> Bools:
    """Say which readings (n) to leave out; `is_odd` (n - 1) are the steps that need an explanation.

    A spike is a run of at most LONGEST readings, all above or all below both neighbours, entered and left by
    jumps of alike size (within a factor of two), and the step over it is possible. Two spikes that touch
    or overlap are none: which readings are right cannot be told, the steps stay odd.
    """
    odd = np.flatnonzero(is_odd)
    count = len(good.at)
    left_out = np.zeros(count, np.bool_)
    if not len(odd):
        return left_out
    first, end = _runs(good, odd, rating, events_at)
    if not len(first):
        return left_out
    depth = np.zeros(count + 1, np.int64)
    np.add.at(depth, first, 1)
    np.add.at(depth, end, -1)
    inside = np.concatenate(([0], np.cumsum(np.cumsum(depth)[:-1])))
    is_alone = inside[end + 1] - inside[first - 1] == end - first
    return in_ranges(count, first[is_alone], end[is_alone])


def _runs(
    good: GoodReadings, odd: Instants, rating: Rating, events_at: Instants
) -> tuple[Instants, Instants]:
    """Return the runs [first, end) that explain an odd step: the shortest, the later of two as short."""
    runs = []
    for length in range(1, LONGEST + 1):
        for offset in (1, 1 - length):
            first = odd + offset
            end = first + length
            fits = (first > 0) & (end < len(good.at))
            fits[fits] = _is_spike(good, first[fits], length, rating, events_at)
            runs.append(np.stack((first[fits], end[fits]), axis=1))
            odd = odd[~fits]
    found = np.unique(np.concatenate(runs), axis=0)
    return found[:, 0], found[:, 1]


def _is_spike(good: GoodReadings, first: Instants, length: int, rating: Rating, events_at: Instants) -> Bools:
    """Say which runs of a length that begin at `first` are spikes."""
    at, value = good.at, good.value
    before, after = first - 1, first + length
    run = value[first[:, None] + np.arange(length)]
    jump_in, jump_out = value[first] - value[before], value[after] - value[after - 1]
    sizes = np.abs(jump_in), np.abs(jump_out)
    alike = (jump_in * jump_out < 0) & (2 * np.minimum(*sizes) >= np.maximum(*sizes))
    outer = value[before], value[after]
    apart = (run.min(axis=1) > np.maximum(*outer)) | (run.max(axis=1) < np.minimum(*outer))
    elapsed_ms = at[after] - at[before]
    possible = rating.is_normal(elapsed_ms, *outer) | rating.is_wrap(elapsed_ms, *outer)
    events = np.searchsorted(events_at, np.stack((at[before], at[after])), side="right")
    found: Bools = alike & apart & possible & (events[0] == events[1])
    return found
