"""Readings of the store into windows of the store: the same code live, late, for a past and for a replay.

A window depends on the readings from its left neighbour to its right one. What is asked for is therefore
widened to the windows in which those neighbours lie, however long the gap to them is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from agent.margins import Source, good_at, readings_after, readings_around, readings_before
from analytics.counters import MARGIN_READINGS, consumption
from analytics.gauges import means
from domain.ledger import MeterEvent
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar
from domain.plant import Point
from domain.reading import Gap
from domain.series import Instants, Series
from domain.windows import Flag, Windows

CHUNK_MS = 28 * DAY_MS
"""How much of a long past is held at once."""
Events = Mapping[str, Sequence[MeterEvent]]
"""Point id -> what was done to the meter."""


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
        names = [point.id for point in points]
        first, last = since, until
        for series in readings_before(self._store, names, since).values():
            first = min([first, *good_at(series)[-MARGIN_READINGS:].tolist()])
        for series in readings_after(self._store, names, until, horizon).values():
            last = max([last, *(good_at(series)[:MARGIN_READINGS] + 1).tolist()])
        return first, last

    def first_reading(self, points: Sequence[Point], horizon: int) -> int | None:
        """Return the instant of the first good reading of all points; None while there is none."""
        firsts = self._store.next_good([point.id for point in points], -1)
        first = min((reading.at for reading in firsts.values()), default=horizon)
        return first if first < horizon else None

    def behind(
        self, points: Sequence[Point], windows: Mapping[str, Windows], begin: int, start: int, horizon: int
    ) -> dict[int, list[Point]]:
        """Return from where in [begin, start) on windows may change with the readings from `start` on.

        They wait for one, or one may show that readings before it were a spike; points by that instant.
        """
        found: dict[int, list[Point]] = {}
        earlier = readings_before(self._store, [point.id for point in points], start)
        for point in points:
            waiting = first_open(windows.get(point.id))
            first = min([start, *good_at(earlier[point.id])[-MARGIN_READINGS:].tolist()])
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

    def _settle(self, readings: Mapping[str, Series]) -> None:
        """Note for each point what later readings leave as it is."""
        lacking: dict[int, list[str]] = {}
        for point, series in readings.items():
            good = good_at(series)
            if not len(good):
                continue
            hour = int(good[-MARGIN_READINGS:][0]) // HOUR_MS * HOUR_MS
            before = good[good < hour][-MARGIN_READINGS:]
            known = self._settled.get(point)
            if len(before) == MARGIN_READINGS:
                self._settled[point] = hour, int(before[0])
            elif known is None or known[0] != hour:
                lacking.setdefault(hour, []).append(point)
        for hour, points in lacking.items():
            for point, series in readings_before(self._store, points, hour).items():
                before = good_at(series)[-MARGIN_READINGS:]
                self._settled[point] = hour, int(before[0]) if len(before) else hour

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
        readings = readings_around(self._store, [point.id for point in points], start, end, horizon)
        missing = self._missing(readings, start, min(end, horizon))
        if end >= horizon:
            self._settle(readings)
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
        begins = readings_before(self._store, points, since)
        ends = readings_after(self._store, points, until, horizon)
        found: dict[str, tuple[int, int]] = {}
        for point in points:
            before = good_at(begins[point])[-MARGIN_READINGS:]
            after = good_at(ends[point])[:MARGIN_READINGS]
            first = int(before[0]) if len(before) else since
            found[point] = first, int(after[-1]) + 1 if len(after) else until
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
