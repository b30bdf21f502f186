"""Mean rates in short steps from readings, for charts that are finer than windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.counters import consumption
from analytics.gauges import means
from analytics.overlay import time_in
from analytics.steps import good_readings
from domain.ledger import MeterEvent
from domain.periods import HOUR_MS
from domain.plant import Point
from domain.series import Bools, Floats, Instants, Series
from domain.windows import Flag

_UNWATCHED = np.uint16(Flag.GAP | Flag.RESET | Flag.OPEN)


def binned(
    point: Point, series: Series, edges: Instants, *, gap_ms: int, events: Sequence[MeterEvent] = ()
) -> tuple[Floats, Bools]:
    """Return the mean rate in each step [edges[i], edges[i + 1]), and whether all of the step is covered.

    A counter: canonical unit per hour, by what its register rose between the edges, as `consumption` has it:
    wraps and declared events are counted, spikes left out. Anything else: its mean. A step that readings
    cover in part has the rate of that part. NaN where no time of it lies between two good readings at most
    `gap_ms` apart, and where the register fell or jumped and nothing explains it.

    `series` has the readings just before and after the range too, where there are any.
    """
    if not point.is_counter:
        # Without a carrier a rate is averaged, not integrated.
        found = means(replace(point, carrier=None), series, edges, gap_ms=gap_ms)
        return found.amount, (found.flags & _UNWATCHED == 0) & _is_begun(series, edges)
    found = consumption(point, series, edges, events=events, gap_ms=gap_ms)
    good = good_readings(series).at
    observed_ms = time_in(edges, good[:1], good[-1:])
    is_far = np.diff(good) > gap_ms
    watched_ms = observed_ms - time_in(edges, good[:-1][is_far], good[1:][is_far])
    rate = found.amount * (HOUR_MS / np.maximum(1, observed_ms))
    return np.where(watched_ms > 0, rate, np.nan), (found.flags & _UNWATCHED == 0) & _is_begun(series, edges)


def _is_begun(series: Series, edges: Instants) -> Bools:
    """Say which steps begin at or after the first reading with a value."""
    at = series.at[series.has_value]
    if not len(at):
        return np.zeros(max(0, len(edges) - 1), np.bool_)
    found: Bools = edges[:-1] >= at[0]
    return found
