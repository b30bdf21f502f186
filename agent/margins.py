"""Readings of a span with the good ones before and after that its windows lean on.

What is missing is looked for at many points at once, farther and farther away; only a point that is silent
for months is asked for alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from analytics.counters import MARGIN_READINGS
from domain.periods import DAY_MS, HOUR_MS
from domain.reading import Gap, Reading
from domain.series import Instants, Series

_REACHES_MS = (12 * HOUR_MS, 8 * DAY_MS, 64 * DAY_MS)
_FIRST = -(2**62)


class Source(Protocol):
    """What windows are made from: a store, or the readings of a bundle."""

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms, by point id; every point asked for is there."""
        ...

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the last good reading of each point at or before `at`; a point without one is left out."""
        ...

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the first good reading of each point after `at`; a point without one is left out."""
        ...

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms."""
        ...


def readings_around(
    store: Source, points: Sequence[str], start: int, end: int, horizon: int
) -> dict[str, Series]:
    """Return the readings in [start, end) with their margins, by point; none from `horizon` on."""
    # A long span is worth a wide margin at once; a live one has a reading every few seconds.
    margin = min(max((end - start) // 50, HOUR_MS), 12 * HOUR_MS)
    first, last = start - margin, min(end + margin, horizon)
    found = dict(store.series(points, since=first, until=last))
    _reach_back(store, found, start, first)
    _reach_on(store, found, end, last, horizon)
    return found


def readings_before(store: Source, points: Sequence[str], at: int) -> dict[str, Series]:
    """Return the readings before an instant, enough of them good, by point."""
    found = dict(store.series(points, since=at - HOUR_MS, until=at))
    _reach_back(store, found, at, at - HOUR_MS)
    return found


def readings_after(store: Source, points: Sequence[str], at: int, horizon: int) -> dict[str, Series]:
    """Return the readings from an instant on, enough of them good, by point; none from `horizon` on."""
    last = max(at, min(at + HOUR_MS, horizon))
    found = dict(store.series(points, since=at, until=last))
    _reach_on(store, found, at, last, horizon)
    return found


def _reach_back(store: Source, found: dict[str, Series], start: int, first: int) -> None:
    """Put earlier readings to the series that have too few good ones before `start`."""
    for reach in _REACHES_MS:
        lacking = [point for point, series in found.items() if _lacks(series.between(_FIRST, start))]
        if lacking and start - reach < first:
            for point, more in store.series(lacking, since=start - reach, until=first).items():
                found[point] = joined(more, found[point])
            first = start - reach
    for point, series in found.items():
        since = first
        while _lacks(series.between(_FIRST, start)):
            before = store.last_good([point], since - 1).get(point)
            if before is None:
                break
            until, since = since, before.at - _REACHES_MS[-1]
            series = joined(store.series([point], since=since, until=until)[point], series)
        found[point] = series


def _reach_on(store: Source, found: dict[str, Series], end: int, last: int, horizon: int) -> None:
    """Put later readings, before `horizon`, to the series that have too few good ones from `end` on."""
    for reach in _REACHES_MS:
        lacking = [point for point, series in found.items() if _lacks(series.between(end, last))]
        until = min(end + reach, horizon)
        if lacking and until > last:
            for point, more in store.series(lacking, since=last, until=until).items():
                found[point] = joined(found[point], more)
            last = until
    for point, series in found.items():
        until = last
        while until < horizon and _lacks(series.between(end, until)):
            after = store.next_good([point], until - 1).get(point)
            if after is None or after.at >= horizon:
                break
            since, until = until, min(after.at + _REACHES_MS[-1], horizon)
            series = joined(series, store.series([point], since=since, until=until)[point])
        found[point] = series


def joined(first: Series, second: Series) -> Series:
    """Return two series of one point, the first of which ends before the second begins, as one."""
    return Series(
        point=first.point,
        at=np.concatenate((first.at, second.at)),
        value=np.concatenate((first.value, second.value)),
        quality=np.concatenate((first.quality, second.quality)),
    )


def good_at(series: Series) -> Instants:
    """Return the instants of the readings with a value."""
    found: Instants = series.at[series.has_value]
    return found


def _lacks(series: Series) -> bool:
    return int(series.has_value.sum()) < MARGIN_READINGS
