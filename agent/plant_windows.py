"""The windows of all points of a plant, in memory and in the store: what is dirty is made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.hourly import Events, Hourly, first_change, first_open, merged, runs
from domain.periods import PlantCalendar
from domain.plant import Point
from domain.ports import Store
from domain.windows import Windows, no_windows

Progress = Callable[[int, int], None]
"""(done, of): milliseconds of the span that are computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the ledger says that windows depend on."""

    calendar: PlantCalendar
    events: Events


class PlantWindows:
    """Windows of the points from the first reading on; one thread at a time."""

    def __init__(self, store: Store, hourly: Hourly, points: Sequence[Point]) -> None:
        self._store = store
        self._hourly = hourly
        self._points = points
        self.by_point: dict[str, Windows] = {}
        self.begin: int | None = None
        """Where the first window of all begins; None before the first reading."""
        self.unsaid = 0
        """From here on no summary has seen the windows yet; 0: all are in one."""

    def start(
        self, now: int, watermark: int | None, known: Knowledge, progress: Progress | None = None
    ) -> bool:
        """Load what is kept before the watermark, make the rest; False while there is no reading."""
        if (begin := self._hourly.first_reading(self._points, now)) is None:
            return False
        self.begin = int(known.calendar.edges(begin, begin + 1)[0])
        since = self.begin if watermark is None else max(self.begin, watermark)
        if watermark is not None:
            ids = [point.id for point in self._points]
            self.by_point = dict(self._store.windows(ids, since=self.begin, until=since))
        start = int(known.calendar.edges(since, since + 1)[0])
        behind = self._hourly.behind(self._points, self.by_point, self.begin, start, now)
        for first, points in sorted(behind.items()):
            self.make(points, first, start, now, known)
        self.make_all(start, now, now, known, progress)
        # Also what looks as it was: a kill may have come between the windows and their summary.
        self.unsaid = min([start, *behind])
        return True

    def make_all(
        self, since: int, until: int, now: int, known: Knowledge, progress: Progress | None = None
    ) -> int:
        """Make the windows of every point in [since, until) and return how many they are."""
        count = 0
        for first, end in self._hourly.spans(since, until):
            count += self.make(self._points, first, end, now, known)[0]
            if progress is not None:
                progress(end - since, until - since)
        return count

    def update(self, taken: Mapping[str, Sequence[int]], now: int, known: Knowledge) -> int | None:
        """Make the windows that depend on the hours noted; return where those begin that were over."""
        present = int(known.calendar.edges(now, now + 1)[0])
        noted = min((hours[0] for hours in taken.values() if hours), default=present)
        earlier = self._begin_anew(now, known) if noted <= (self.begin or 0) else None
        changed = [present if earlier is None else earlier]
        for (since, until), points in sorted(self._due(taken, present, now).items()):
            since = max(since, self.begin or since)
            if since < min(until, now):
                changed.append(self.make(points, since, min(until, now), now, known)[1])
        return min(changed) if min(changed) < present else None

    def make(
        self, points: Sequence[Point], since: int, until: int, now: int, known: Knowledge
    ) -> tuple[int, int]:
        """Make, keep and remember the windows that touch [since, until).

        Return how many they are, and where the first one begins that is not as it was (else `now`).
        """
        found = self._hourly.compute(
            points, since, until, calendar=known.calendar, events=known.events, horizon=now
        )
        self._store.put_windows(found, at=now)
        changed = now
        for windows in found:
            old = self.by_point.get(windows.point, no_windows(windows.point))
            changed = min(changed, first_change(old, windows, otherwise=now))
            self.by_point[windows.point] = merged(old, windows)
        if changed < now:
            self.unsaid = min(self.unsaid or changed, changed)
        return sum(len(windows) for windows in found), changed

    def _due(
        self, taken: Mapping[str, Sequence[int]], present: int, now: int
    ) -> dict[tuple[int, int], list[Point]]:
        """Return the spans to make again, each with its points."""
        spans: dict[tuple[int, int], list[Point]] = {}
        for point in self._points:
            hours = taken.get(point.device, ())
            # A new reading closes every window since the last one, and may show that readings just before
            # it were a spike; an older one changes its surroundings.
            hour, settled = self._hourly.settled(point.id) or (0, present)
            waiting = first_open(self.by_point.get(point.id))
            fresh = min(settled, present, present if waiting is None else waiting)
            late = [each for each in hours if each < hour]
            for since, until in runs(late):
                spans.setdefault(self._hourly.touched([point], since, until, now), []).append(point)
            if len(late) < len(hours):
                spans.setdefault((fresh, now), []).append(point)
        return spans

    def _begin_anew(self, now: int, known: Knowledge) -> int | None:
        """Follow a past that came late, or a calendar that cuts windows in another way, to its begin.

        Return it when there are more windows than before: every point has them from the begin on.
        """
        begin, old = self._hourly.first_reading(self._points, now), self.begin
        if begin is None or old is None:
            return None
        self.begin = int(known.calendar.edges(begin, begin + 1)[0])
        if self.begin >= old:
            return None
        self.make_all(self.begin, old, now, known)
        return self.begin
