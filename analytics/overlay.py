"""What spans and instants mean for windows: one window between two neighbours of `edges`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.steps import GoodReadings, in_ranges
from domain.series import Bools, Instants
from domain.windows import Flag


def touched(edges: Instants, since: Instants, until: Instants) -> Bools:
    """Say which windows share time with one of the spans (since, until)."""
    first = np.searchsorted(edges[1:], since, side="right")
    end = np.maximum(first, np.searchsorted(edges[:-1], until, side="left"))
    return in_ranges(len(edges) - 1, first, end)


def holding(edges: Instants, at: Instants) -> Bools:
    """Say which windows hold one of the instants."""
    place = np.searchsorted(edges, at, side="right") - 1
    found = np.zeros(len(edges) - 1, np.bool_)
    found[place[(place >= 0) & (place < len(found))]] = True
    return found


def strictly_inside(edges: Instants, since: Instants, until: Instants) -> Bools:
    """Say which edges lie inside one of the spans, which are ordered and do not overlap; not on a border."""
    found = np.zeros(len(edges), np.bool_)
    if len(since):
        place = np.searchsorted(since, edges, side="left") - 1
        found = (place >= 0) & (edges < until[place])
    return found


def time_in(edges: Instants, since: Instants, until: Instants) -> Instants:
    """Return how much of each window, ms, lies in the spans, which are ordered and do not overlap."""
    if not len(since):
        return np.zeros(len(edges) - 1, np.int64)
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(until - since)))
    place = np.searchsorted(since, edges, side="right")
    rest = np.where(place > 0, np.maximum(0, until[place - 1] - edges), 0)
    found: Instants = np.diff(before[place] - rest)
    return found


def end_flags(good: GoodReadings, edges: Instants) -> NDArray[np.uint16]:
    """Return what is to be known of windows by instants alone, above all before and after the readings."""
    flags = np.zeros(len(edges) - 1, np.uint16)
    for flag, instants in ((Flag.BAD, good.bad_at), (Flag.CONFLICT, good.conflict_at)):
        flags[holding(edges, instants)] |= np.uint16(flag)
    first, last = (good.at[0], good.at[-1]) if len(good.at) else (edges[-1], edges[0])
    flags[edges[1:] <= first] |= np.uint16(Flag.GAP)
    flags[edges[:-1] >= last] |= np.uint16(Flag.GAP)
    flags[edges[1:] > last] |= np.uint16(Flag.OPEN)
    return flags
