"""Mean rates of points in short steps, from readings; steps that are over are computed once.

What was computed of a point is thrown away when its windows there change: they are of the same readings,
so late ones and declared meter events show in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from agent.margins import joined, readings_around
from agent.page_parts import Parts
from analytics.bins import binned
from analytics.counters import MARGIN_READINGS
from analytics.load import Rates
from domain.periods import HOUR_MS
from domain.plant import Point
from domain.series import Bools, Floats, Instants, Series
from domain.windows import Windows

LONGEST_MS = 50 * HOUR_MS
"""How far back steps are kept; a day may have 25 hours."""
_SETTLED_MS = 15 * 60_000
"""Steps that ended so long ago are over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """Steps of one point that are over."""

    since: int
    until: int
    rate: Floats
    whole: Bools
    lead: Series
    """The last readings before `until`."""
    mark: bytes
    """Its windows in [since, until)."""


class Bins:
    """Rates in steps of one length; from any thread."""

    def __init__(self, parts: Parts, points: Sequence[Point], step_ms: int) -> None:
        self._parts = parts
        self._points = points
        self._step = step_ms
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def rates(self, since: int, until: int) -> tuple[Instants, Rates]:
        """Return (edges, rates by point) of the steps in [since, until); the last may be cut by `until`."""
        first = since // self._step * self._step
        edges = np.arange(first, until, self._step, dtype=np.int64)
        edges = np.append(edges, np.int64(max(until, first)))
        if len(edges) < 2:
            return edges, {}
        with self._lock:
            return edges, self._rates(edges)

    def _rates(self, edges: Instants) -> Rates:
        first, until = int(edges[0]), int(edges[-1])
        kept = {
            point.id: known
            for point in self._points
            if (known := self._kept.get(point.id)) is not None
            and known.since <= first < known.until <= until
            and known.mark == self._mark(point.id, known.since, known.until)
        }
        found: dict[str, tuple[Floats, Bools]] = {}
        ends = {known.until for known in kept.values()}
        for end in sorted(ends):
            points = [point for point in self._points if point.id in kept and kept[point.id].until == end]
            found |= self._continued(points, kept, edges)
        fresh = [point for point in self._points if point.id not in kept]
        if fresh:
            series = readings_around(
                self._parts.store, [point.id for point in fresh], first, until, self._parts.clock.now_ms()
            )
            for point in fresh:
                found[point.id] = self._binned(point, series[point.id], edges)
                self._keep(point, edges, found[point.id], series[point.id])
        return found

    def _continued(self, points: Sequence[Point], kept: Mapping[str, _Kept], edges: Instants) -> Rates:
        """Return the rates of points whose steps up to one instant are known; only newer ones are read."""
        end = kept[points[0].id].until
        place = int(np.searchsorted(edges, end))
        later = self._parts.store.series(
            [point.id for point in points], since=end, until=max(end, int(edges[-1]))
        )
        found = {}
        for point in points:
            old = kept[point.id]
            series = joined(old.lead, later[point.id])
            rate, whole = old.rate, old.whole
            if place < len(edges) - 1:
                more, is_whole = self._binned(point, series, edges[place:])
                rate, whole = np.concatenate((rate, more)), np.concatenate((whole, is_whole))
            every = np.append(np.arange(old.since, end, self._step, dtype=np.int64), edges[place:])
            self._keep(point, every, (rate, whole), series)
            begin = (int(edges[0]) - old.since) // self._step
            found[point.id] = rate[begin:], whole[begin:]
        return found

    def _binned(self, point: Point, series: Series, edges: Instants) -> tuple[Floats, Bools]:
        events = self._parts.analysis.declared.meter_events.get(point.id, ())
        return binned(point, series, edges, gap_ms=self._parts.loaded.method.gap_ms, events=events)

    def _keep(self, point: Point, edges: Instants, found: tuple[Floats, Bools], series: Series) -> None:
        """Keep the steps that are over, as far back as anybody asks."""
        now = self._parts.clock.now_ms()
        good = series.at[series.has_value]
        known = int(good[-1]) if len(good) else 0  # what follows may be told by the next reading
        until = min(int(edges[-1]), now - _SETTLED_MS, known) // self._step * self._step
        since = max(int(edges[0]), until - LONGEST_MS)
        since = -(-since // self._step) * self._step
        if since >= until:
            return
        first, end = np.searchsorted(edges, [since, until])
        good = good[good < until]
        lead = int(good[-MARGIN_READINGS:][0]) if len(good) else until
        self._kept[point.id] = _Kept(
            since=since,
            until=until,
            rate=found[0][first:end].copy(),
            whole=found[1][first:end].copy(),
            lead=_copied(series.between(lead, until)),
            mark=self._mark(point.id, since, until),
        )

    def _mark(self, point: str, since: int, until: int) -> bytes:
        prepared = self._parts.prepared(since)
        windows: Windows | None = None if prepared is None else prepared.as_read.get(point)
        if windows is None:
            return b""  # before the first figures
        inside = windows.between(since, until)
        inside = inside.pick(inside.until <= until)
        columns = (inside.since, inside.amount, inside.flags, inside.coverage)
        # Once an hour anew: what came late for the hour that was open shows in no window until then.
        return b"".join(
            (str(self._parts.clock.now_ms() // HOUR_MS).encode(), *(c.tobytes() for c in columns))
        )


def _copied(series: Series) -> Series:
    """Return readings without the long arrays that they are a part of."""
    return Series(
        point=series.point, at=series.at.copy(), value=series.value.copy(), quality=series.quality.copy()
    )
