"""The analytics at work: what is dirty is computed again, from readings to results, and kept.

    dirty hours -> windows (agent.hourly) -> windows in memory -> results (analytics.whole) -> store

One thread calls `cycle`; anything else looks at `live` and `results`. After a restart everything from the
watermark on is computed again, and what was noted before it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock

from agent.dirty import DirtyHours
from agent.hourly import Hourly
from agent.inventories import Inventoried, inventory_of
from agent.kept import KeptResults
from agent.meaning import Meaning, note_change
from agent.plant_windows import Knowledge, PlantWindows, Progress
from agent.silence import Heard
from analytics.baseline import fit, no_readings
from analytics.declared import Declared, declare
from analytics.gates import findings_of
from analytics.meters import needed
from analytics.prepared import Prepared, calendar_of, prepare
from analytics.whole import analyse, intensities_of, open_periods
from domain.errors import StoreError
from domain.findings import Finding
from domain.ledger import AlertAction, AlertEntry, Body, Entry
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.ports import Clock, Ledger, ResultRow, Store
from domain.results import Alert, Baseline, Intensity, Results

log = logging.getLogger(__name__)

PERSIST_MS = 60_000
"""Figures of open periods are kept in the store so often; a restart computes them again anyway."""
PART_MS = 14 * DAY_MS
"""Hours farther back than this follow a ledger entry in parts, so that live figures need not wait."""
PART_S = 1.0
"""Real seconds of a cycle for such parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The periods that are not over yet, as of the last cycle."""

    at: int
    """Newest reading that is in them."""
    computed: int
    intensities: tuple[Intensity, ...]


class Analysis:
    """Figures of one plant. The store and the ledger stay the caller's to close."""

    def __init__(
        self,
        plant: Plant,
        method: Method,
        store: Store,
        ledger: Ledger,
        *,
        dirty: DirtyHours,
        clock: Clock,
        on_results: Callable[[Results], None] | None = None,
        on_live: Callable[[Live], None] | None = None,
        judges_silence: bool = True,
    ) -> None:
        self._plant = plant
        self._method = method
        self._store = store
        self._ledger = ledger
        self._dirty = dirty
        self._clock = clock
        self._on_results = on_results
        self._on_live = on_live
        self._judges_silence = judges_silence
        self._hourly = Hourly(store, method)
        self._kept = KeptResults(store)
        self._points = needed(plant)
        self._lock = RLock()
        self._windows = PlantWindows(store, self._hourly, self._points)
        self._entries: list[Entry] = []
        self._declared: Declared = declare((), method)
        self._closed_until = 0
        self._persisted = 0
        self._heard = Heard(store, clock.now_ms())
        self._silent: set[str] = set()
        """Devices that the last summary found silent."""
        self._hours_due: tuple[int, int] | None = None
        """Hours that do not follow the ledger yet."""
        self._is_behind = False
        """The figures miss something that touches all of them."""
        self.live: Live | None = None
        self.results: Results | None = None
        self.whole: Prepared | None = None
        """All there is, as of the last summary; like `recent` never changed, so any thread may look at it."""
        self.recent: Prepared | None = None
        """The periods that are not over, as of the last cycle; its windows are all there is."""

    def take(self, plant: Plant, method: Method) -> None:
        """Compute for another plant or method from the next cycle on; what is known stands until then.

        Noted first, so that a kill cannot lose it: windows that are made otherwise now, and that the results
        of all hours follow. StoreError changes nothing.
        """
        with self._lock:
            if self._windows.begin is not None:
                before = Meaning(plant=self._plant, method=self._method, declared=self._declared)
                self._declared = declare(self._entries, method)
                after = Meaning(plant=plant, method=method, declared=self._declared)
                note_change(self._dirty, before, after, since=self._windows.begin, until=self._closed_until)
            known = {device.id for device in self._plant.devices}
            new = {device.id for device in plant.devices} - known
            self._heard.begin(new, self._clock.now_ms())
            self._plant, self._method, self._points = plant, method, needed(plant)
            self._hourly = Hourly(self._store, method)
            self._windows = PlantWindows(self._store, self._hourly, self._points)
            self._is_behind = True

    # what others ask

    @property
    def processes(self) -> tuple[str, ...]:
        """Return the ids of the plant's processes."""
        return tuple(process.id for process in self._plant.processes)

    @property
    def declared(self) -> Declared:
        """Return what the ledger says, as of the last cycle."""
        return self._declared

    @property
    def calendar(self) -> PlantCalendar:
        """Return the plant's calendar, as of the last cycle."""
        return calendar_of(self._plant, self._declared)

    @property
    def _known(self) -> Knowledge:
        return Knowledge(calendar=self.calendar, events=self._declared.meter_events)

    def prepared(self, since: int | None = None, until: int | None = None) -> Prepared | None:
        """Return a span prepared, by default all there is; None before the first reading."""
        with self._lock:
            if self._windows.begin is None:
                return None
            return prepare(
                self._plant,
                self._method,
                self._declared,
                self._windows.by_point,
                since=self._windows.begin if since is None else since,
                until=self._closed_until if until is None else until,
            )

    def rows(
        self,
        kind: str,
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[ResultRow]:
        """Return the kept results of a kind that begin in [since, until)."""
        return self._store.results(kind, since=since, until=until, period=period, subject=subject)

    def fit(self, process: str, since: int, until: int) -> tuple[Baseline | None, tuple[Finding, ...]]:
        """Return the baseline of a process over [since, until), not recorded, and what is doubtful."""
        prepared, _ = self.current()
        if prepared is None:
            return None, (no_readings(process),)
        found, doubts = fit(prepared.rows[process], since=since, until=until)
        return found, (*doubts, *(findings_of(found) if found is not None else ()))

    def inventory(self, name: str, *, fresh: bool) -> Inventoried:
        """Return the inventory of `2026-03` or `2026` as of now; `fresh`: as if it were not closed."""
        prepared, known = self.current()
        return inventory_of(prepared, name, fresh=fresh, known=known, now=self._clock.now_ms())

    def current(self) -> tuple[Prepared | None, int]:
        """Return all there is by now, results not following yet, and the newest ledger entry in it."""
        with self._lock:
            now = self._clock.now_ms()
            if not self.load():
                return None, 0
            self._is_behind |= self._read_ledger()
            waiting = self._dirty.take()
            try:
                self._windows.update(waiting, now, self._known)
            finally:  # results do not follow yet
                self._dirty.give_back(waiting)
            return self.prepared(until=now), self._entries[-1].number if self._entries else 0

    # work

    def load(self, progress: Progress | None = None) -> bool:
        """Bring the windows up to now; False before the first reading."""
        with self._lock:
            try:
                return self._windows.begin is not None or self._start(self._clock.now_ms(), progress)
            except BaseException:  # half a start is none: the next one begins anew
                self._windows.begin = None
                raise

    def cycle(self) -> None:
        """Compute what is dirty; StoreError leaves it dirty."""
        began = time.monotonic()
        with self._lock:
            now = self._clock.now_ms()
            if not self.load():
                return
            changed = self._read_ledger()
            is_new_hour = self._note_hours(now)
            self._heard.look(
                self._points, now
            )  # before the notes are taken: what comes from here on is noted
            taken = self._dirty.take()
            try:
                oldest = self._windows.update(taken, now, self._known)
                unsaid = min(filter(None, (oldest, self._windows.unsaid, now)))
                is_late = unsaid < int(self.calendar.edges(now, now + 1)[0])
                is_due = (
                    is_new_hour or is_late or {each.subject for each in self._silent_now(now)} != self._silent
                )
                if taken and self.results is not None:  # before the long work of a summary
                    self._refresh(now)
                if changed:
                    self._summarise_changed(now)
                elif is_due or self.results is None:
                    self._summarise(now, hours_since=unsaid)
                self._say_hours_due(now, began)
            except BaseException:
                self._dirty.give_back(taken)
                self._is_behind |= changed
                raise
            if self._hours_due is not None and self._points:  # a restart says them all, whoever asked
                self._dirty.note(self._points[0].device, self._hours_due[0], self._hours_due[0] + 1)
            is_whole = self._entries and self._hours_due is None
            entry = self._entries[-1].number if is_whole else self._dirty.entry
            self._dirty.done(taken, watermark=self._watermark(now), entry=entry)

    def recompute(self, since: int, until: int, progress: Progress | None = None) -> int:
        """Compute [since, until) again from the readings and return how many windows there are in it.

        StoreError when no reading lies before `until`. Left before its end, what was computed is kept.
        """
        with self._lock:
            now = self._clock.now_ms()
            if not self.load():
                raise StoreError("recompute", "there is no reading yet", "collect or import readings first")
            self._is_behind |= self._read_ledger()
            self._heard.look(self._points, now)
            since, until = max(since, self._windows.begin or 0), min(until, now)
            if since >= until:
                first = self.calendar.local(since).strftime("%Y-%m-%d %H:%M")
                raise StoreError("recompute", f"nothing was read before {first}", "ask for a later span")
            # Left before its end, even by a kill: results follow the windows that were kept.
            self._dirty.note(self._points[0].device, since, since + 1)
            count = self._windows.make_all(since, until, now, self._known, progress)
            self._summarise(now, hours_since=since)
            return count

    # the ledger

    def _read_ledger(self) -> bool:
        """Take new entries in, note what they change; True when figures depend on one of them."""
        after = self._entries[-1].number if self._entries else 0
        changed, self._is_behind = self._is_behind, False
        if self._ledger.last() <= after:
            return changed
        fresh = self._ledger.entries(after=after)
        self._entries += fresh
        before, self._declared = self._declared, declare(self._entries, self._method)
        self._note_changes(before)
        return changed or any(not _is_news(entry.body) for entry in fresh)

    def _note_changes(self, before: Declared) -> None:
        """Note the hours whose windows other meter events or another calendar change."""
        if before.calendars != self._declared.calendars:
            self._note_all(self._windows.begin or 0, self._closed_until)
        for point in self._points:
            old, new = (set(each.meter_events.get(point.id, ())) for each in (before, self._declared))
            for event in old ^ new:
                first, last = self._hourly.touched([point], event.at, event.at + 1, self._clock.now_ms())
                self._dirty.note(point.device, first, last)

    # hours

    def _start(self, now: int, progress: Progress | None = None) -> bool:
        """Begin with what is kept; False while there is no reading."""
        # What the figures knew of the ledger; what came later is a change, as in a running agent.
        self._entries = [each for each in self._ledger.entries() if each.number <= self._dirty.entry]
        self._declared = declare(self._entries, self._method)
        watermark = self._dirty.watermark
        if not self._windows.start(now, watermark, self._known, progress):
            return False
        self._is_behind |= watermark is None
        if (noted := self._dirty.first()) is not None:
            self._windows.unsaid = min(self._windows.unsaid, noted)
        self._closed_until = int(self.calendar.edges(now, now + 1)[-1])
        return True

    def _note_hours(self, now: int) -> bool:
        """Note every device for the hours since the last cycle; True when a window ended in between."""
        edges = self.calendar.edges(now, now + 1)
        start = int(edges[0])
        if start < self._closed_until:
            return False
        self._note_all(max(self._windows.begin or start, self._closed_until - HOUR_MS), now)
        self._closed_until = int(edges[-1])
        return True

    def _note_all(self, since: int, until: int) -> None:
        for device in self._plant.devices:
            self._dirty.note(device.id, since, until)

    def _watermark(self, now: int) -> int:
        """Return the instant from which a restart computes everything again: the hour before this one."""
        return now // HOUR_MS * HOUR_MS - HOUR_MS

    # results

    def _summarise(self, now: int, *, hours_since: int) -> None:
        """Compute and keep every result; hours from `hours_since` on, and before it in the same model row."""
        prepared = self.prepared(until=now)
        if prepared is None:
            return
        # What is expected of an hour depends on the whole row that it lies in.
        kinds = {self._method.process(process.id).interval for process in self._plant.processes}
        rows = [self.calendar.period(kind, hours_since) for kind in kinds]
        hours_since = min([hours_since, *(row.since for row in rows if row is not None)])
        silent = self._silent_now(now)
        self.results = analyse(prepared, now=now, hours_since=hours_since, silent=silent)
        self._kept.keep(self.results, hours_since=hours_since)
        self._windows.unsaid = 0
        self._persisted, self._silent = now, {alert.subject for alert in silent}
        self.whole = prepared
        self._tell(prepared, now)
        if self._on_results is not None:
            self._on_results(self.results)

    def _summarise_changed(self, now: int) -> None:
        """Compute every result after a ledger entry; of the hours only the newest, the rest falls due."""
        begin = self._windows.begin or 0
        newest = max(begin, now - PART_MS) if self.results is not None else begin
        self._summarise(now, hours_since=newest)
        self._hours_due = (begin, newest) if begin < newest else None

    def _say_hours_due(self, now: int, began: float) -> None:
        """Compute and keep hours that are due, newest first: one part, more until PART_S after `began`."""
        prepared = self.prepared(until=now) if self._hours_due is not None else None
        while prepared is not None and self._hours_due is not None:
            since, until = self._hours_due
            first = max(since, int(self.calendar.edges(until - PART_MS, until)[0]))
            hours = list(self.calendar.periods(PeriodKind.HOUR, first, until))
            self._kept.keep_hours(intensities_of(prepared, hours), since=first, until=until)
            self._hours_due = (since, first) if since < first else None
            if time.monotonic() - began > PART_S:
                return

    def _refresh(self, now: int) -> None:
        """Compute the results of the open periods only."""
        since = min(period.since for period in open_periods(self.calendar, now))
        prepared = self.prepared(since=max(self._windows.begin or 0, since), until=now)
        if prepared is not None:
            self._tell(prepared, now)

    def _tell(self, prepared: Prepared, now: int) -> None:
        self.recent = prepared
        self.live = Live(
            at=self._heard.newest,
            computed=now,
            intensities=intensities_of(prepared, open_periods(self.calendar, now)),
        )
        if now - self._persisted >= PERSIST_MS:
            self._kept.keep_open(self.live.intensities)
            self._persisted = now
        if self._on_live is not None:
            self._on_live(self.live)

    def _silent_now(self, now: int) -> list[Alert]:
        """Return an alert for each device that is silent now; none where silence means nothing."""
        if not self._judges_silence or self._windows.begin is None:
            return []
        return self._heard.silent(self._plant, self._method, now=now, since=self._windows.begin)


def _is_news(body: Body) -> bool:
    """Say whether an entry only tells of an alert: no figure depends on it."""
    return isinstance(body, AlertEntry) and body.action is not AlertAction.CLOSED
