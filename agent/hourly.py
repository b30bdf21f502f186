"""Readings of the store into windows of the store: the same code live, late, for a past and for a replay.

A window depends on the readings from its left neighbour to its right one. What is asked for is therefore
widened to the windows in which those neighbours lie, however long the gap to them is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from analytics.counters import MARGIN_READINGS, consumption
from analytics.gauges import means
from domain.ledger import MeterEvent
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar
from domain.plant import Point
from domain.reading import Gap, Reading
from domain.series import Instants, Series, no_series
from domain.windows import Flag, Windows

CHUNK_MS = 28 * DAY_MS
"""How much of a long past is held at once."""
_FIRST = -(2**62)
Events = Mapping[str, Sequence[MeterEvent]]
"""Point id -> what was done to the meter."""


class Source(Protocol):
    """What windows are made from: a store, or the readings of a bundle."""

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms, by point id; every point asked for is there."""
        ...

    def neighbours(self, point: str, at: int) -> tuple[Reading | None, Reading | None]:
        """Return the last good reading at or before `at` and the first good one after it."""
        ...

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms."""
        ...


class Hourly:
    """Windows of the points of one plant."""

    def __init__(self, store: Source, method: Method) -> None:
        self._store = store
        self._method = method
        self._settled: dict[str, tuple[int, int]] = {}

    def spans(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Give [since, until) in pieces that fit into memory."""
        while since < until:
            end = min(since + CHUNK_MS, until)
            yield since, end
            since = end

    def touched(self, points: Sequence[Point], since: int, until: int, horizon: int) -> tuple[int, int]:
        """Return the span whose windows may change with readings in [since, until)."""
        first, last = since, until
        for point in points:
            empty = self._store.series([point.id], since=since, until=since)[point.id]
            before = _good_at(self._with_earlier(empty, since, since))
            after = _good_at(self._with_later(empty, until, until, horizon))
            first = min([first, *before[-MARGIN_READINGS:].tolist()])
            last = max([last, *(after[:MARGIN_READINGS] + 1).tolist()])
        return first, last

    def first_reading(self, points: Sequence[Point], horizon: int) -> int | None:
        """Return the instant of the first good reading of all points; None while there is none."""
        firsts = [self._store.neighbours(point.id, -1)[1] for point in points]
        first = min((reading.at for reading in firsts if reading is not None), default=horizon)
        return first if first < horizon else None

    def behind(
        self, points: Sequence[Point], windows: Mapping[str, Windows], begin: int, start: int, horizon: int
    ) -> dict[int, list[Point]]:
        """Return from where in [begin, start) on windows may change with the readings from `start` on.

        They wait for one, or one may show that readings before it were a spike; points by that instant.
        """
        found: dict[int, list[Point]] = {}
        for point in points:
            waiting = first_open(windows.get(point.id))
            first, _ = self.touched([point], start, horizon, horizon)
            first = max(begin, min(first, first if waiting is None else waiting)) // HOUR_MS * HOUR_MS
            if first < start:
                found.setdefault(max(begin, first), []).append(point)
        return found

    def settled(self, point: str) -> tuple[int, int] | None:
        """Return (hour, instant): readings from that hour on change nothing before that instant.

        By the newest computation; None before the first reading. The hour is that of the reading beyond
        which a newer one changes nothing: what comes for an earlier hour is late.
        """
        return self._settled.get(point)

    def _settle(self, series: Series) -> None:
        good = _good_at(series)
        if not len(good):
            return
        hour = int(good[-MARGIN_READINGS:][0]) // HOUR_MS * HOUR_MS
        before = good[good < hour]
        if len(before) < MARGIN_READINGS:
            before = _good_at(self._with_earlier(no_series(series.point), hour, hour))
        self._settled[series.point] = hour, int(before[-MARGIN_READINGS:][0]) if len(before) else hour

    def compute(
        self,
        points: Sequence[Point],
        since: int,
        until: int,
        *,
        calendar: PlantCalendar,
        events: Events,
        horizon: int,
    ) -> list[Windows]:
        """Return the windows that touch [since, until) of each point, by the readings before `horizon`."""
        edges = calendar.edges(since, until)
        start, end = int(edges[0]), int(edges[-1])
        readings = self._readings([point.id for point in points], start, end, horizon)
        missing = self._missing(readings, start, min(end, horizon))
        if end >= horizon:
            for point in points:
                self._settle(readings[point.id])
        return [
            self._windows(point, readings[point.id], edges, events, missing.get(point.device, ()))
            for point in points
        ]

    def reach(
        self, points: Sequence[str], since: int, until: int, *, horizon: int
    ) -> Mapping[str, tuple[int, int]]:
        """Return [first, end) of the readings that windows in [since, until), both edges, lean on.

        By point id; `since` lies before `horizon`.
        """
        until = min(until, horizon)
        begins = self._readings(points, since, since, horizon)
        ends = self._readings(points, until, until, horizon)
        found: dict[str, tuple[int, int]] = {}
        for point in points:
            before, after = begins[point].at, ends[point].at
            first = min(since, int(before[0])) if len(before) else since
            end = max(until, int(after[-1]) + 1) if len(after) else until
            found[point] = first, end
        return found

    def _windows(
        self,
        point: Point,
        series: Series,
        edges: Instants,
        events: Events,
        missing: Sequence[tuple[int, int]],
    ) -> Windows:
        gap_ms = self._method.gap_ms
        if point.is_counter:
            declared = events.get(point.id, ())
            return consumption(point, series, edges, events=declared, missing=missing, gap_ms=gap_ms)
        return means(point, series, edges, missing=missing, gap_ms=gap_ms)

    def _readings(self, points: Sequence[str], start: int, end: int, horizon: int) -> Mapping[str, Series]:
        """Return the readings in [start, end) with the good ones before and after that they lean on."""
        # A long span is worth a wide margin at once; a live one has a reading every few seconds.
        margin = min(max((end - start) // 50, HOUR_MS), 12 * HOUR_MS)
        first, last = start - margin, min(end + margin, horizon)
        found = dict(self._store.series(points, since=first, until=last))
        for point, series in found.items():
            found[point] = self._with_later(self._with_earlier(series, start, first), end, last, horizon)
        return found

    def _with_earlier(self, series: Series, start: int, first: int) -> Series:
        """Return a series that begins at `first` with enough good readings before `start`, if there are."""
        reach = HOUR_MS
        while _count(series.between(_FIRST, start)) < MARGIN_READINGS:
            before, _ = self._store.neighbours(series.point, first - 1)
            if before is None:
                break
            since, reach = before.at - reach, 4 * reach
            more = self._store.series([series.point], since=since, until=first)[series.point]
            series, first = joined(more, series), since
        return series

    def _with_later(self, series: Series, end: int, last: int, horizon: int) -> Series:
        """Return a series that ends before `last` with enough good readings from `end` on, if there are."""
        reach = HOUR_MS
        while last < horizon and _count(series.between(end, last)) < MARGIN_READINGS:
            _, after = self._store.neighbours(series.point, last - 1)
            if after is None or after.at >= horizon:
                break
            until, reach = min(after.at + reach, horizon), 4 * reach
            more = self._store.series([series.point], since=last, until=until)[series.point]
            series, last = joined(series, more), until
        return series

    def _missing(
        self, readings: Mapping[str, Series], since: int, until: int
    ) -> Mapping[str, list[tuple[int, int]]]:
        """Return the spans that left no reading, by device, as far as the readings reach."""
        ends = [each.at[place] for each in readings.values() if len(each) for place in (0, -1)]
        first, last = min([since, *ends]), max([until, *ends])
        found: dict[str, list[tuple[int, int]]] = {}
        gaps: Sequence[Gap] = self._store.gaps(since=int(first), until=int(last)) if first < last else ()
        for gap in gaps:
            found.setdefault(gap.device, []).append((gap.since, gap.until))
        return found


def joined(first: Series, second: Series) -> Series:
    """Return two series of one point, the first of which ends before the second begins, as one."""
    return Series(
        point=first.point,
        at=np.concatenate((first.at, second.at)),
        value=np.concatenate((first.value, second.value)),
        quality=np.concatenate((first.quality, second.quality)),
    )


def _count(series: Series) -> int:
    return int(series.has_value.sum())


def _good_at(series: Series) -> Instants:
    found: Instants = series.at[series.has_value]
    return found


def merged(old: Windows, new: Windows) -> Windows:
    """Return windows of a point with what new ones cover replaced by them."""
    if not len(new):
        return old
    before = old.pick(old.until <= new.since[0])
    after = old.pick(old.since >= new.until[-1])
    parts = (before, new, after)
    return Windows(
        point=new.point,
        since=np.concatenate([part.since for part in parts]),
        until=np.concatenate([part.until for part in parts]),
        amount=np.concatenate([part.amount for part in parts]),
        grade=np.concatenate([part.grade for part in parts]),
        coverage=np.concatenate([part.coverage for part in parts]),
        flags=np.concatenate([part.flags for part in parts]),
        minimum=np.concatenate([part.minimum for part in parts]),
        maximum=np.concatenate([part.maximum for part in parts]),
    )


def first_change(old: Windows, new: Windows, *, otherwise: int) -> int:
    """Return where the first of the new windows begins that the old ones do not have like this."""
    same = old.between(int(new.since[0]), int(new.until[-1])) if len(new) else old
    if len(same) != len(new):
        return int(new.since[0])
    differs = np.zeros(len(new), np.bool_)
    for name in ("since", "until", "grade", "flags", "amount", "coverage", "minimum", "maximum"):
        before, after = getattr(same, name), getattr(new, name)
        differs |= (before != after) & ~((before != before) & (after != after))
    return int(new.since[differs.argmax()]) if differs.any() else otherwise


def first_open(windows: Windows | None) -> int | None:
    """Return where the windows begin that wait for a later reading; None when the last one is closed."""
    if windows is None:
        return None
    place = len(windows)
    while place and windows.flags[place - 1] & Flag.OPEN:
        place -= 1
    return int(windows.since[place]) if place < len(windows) else None


def runs(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Return ordered hours as spans without holes."""
    found: list[tuple[int, int]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1] = found[-1][0], hour + HOUR_MS
        else:
            found.append((hour, hour + HOUR_MS))
    return found
