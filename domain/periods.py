"""Hours, shifts, days, weeks, months and years of a plant: the only code that knows a time zone.

A production day begins at `day_start` local time; weeks are ISO weeks, months and years calendar ones, of
production days. Windows, the smallest spans that figures are kept for, are the hours of the plant's zone, cut
where a shift or a day begins or ends. All instants are milliseconds since 1970 UTC, all spans half-open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from domain.series import Instants

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTES_A_DAY = 24 * 60


_INSTANTS: dict[tuple[str, date, int], int] = {}
"""(zone, day, minute) -> instant: the same few thousand are asked for again and again."""
_MOST_INSTANTS = 50_000


class PeriodKind(StrEnum):
    """What figures are summed over, finest first."""

    HOUR = "hour"
    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """One hour, shift, day, week, month or year."""

    since: int
    until: int
    kind: PeriodKind
    name: str
    """In plant time: `2026-03-01T07:00`, `2026-03-01/night`, `2026-03-01`, `2026-W09`, `2026-03`, `2026`.

    Of an hour that the clock shows twice, the second has its offset: `2026-10-25T02:00+01:00`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift by local time; one that ends at or before its start ends on the next day.

    It is of the production day in which it begins, and has the date of that day.
    """

    name: str
    start_min: int
    """Minutes after local midnight, 0 to 1439."""
    end_min: int

    @property
    def length_min(self) -> int:
        """Return how long the shift is on a day without a clock change."""
        return (self.end_min - self.start_min) % MINUTES_A_DAY or MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """What holds from a day on, until the next calendar begins."""

    valid_from: date = date.min
    day_start_min: int = 0
    """Local minute at which a production day begins, 0 to 1439."""
    shifts: tuple[Shift, ...] = ()
    rest_days: frozenset[int] = frozenset()
    """Weekdays without planned work, Monday is 0."""
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class PlantCalendar:
    """The plant's zone and its calendars, by the day each begins."""

    zone: ZoneInfo
    calendars: tuple[WorkingCalendar, ...] = field(default=(WorkingCalendar(),))

    # days

    def calendar_of(self, day: date) -> WorkingCalendar:
        """Return what holds on a production day; the earliest calendar holds before its own begin too."""
        ordered = sorted(self.calendars, key=lambda calendar: calendar.valid_from)
        place = bisect_right([calendar.valid_from for calendar in ordered], day)
        return ordered[max(0, place - 1)]

    def instant(self, day: date, minute: int = 0) -> int:
        """Return the instant of a local minute; minutes from 1440 on are of the following days.

        A minute that the clock skips is the instant after the skip, one that comes twice the first.
        """
        known = _INSTANTS.get((self.zone.key, day, minute))
        if known is None:
            known = self._instant(day, minute)
            if len(_INSTANTS) >= _MOST_INSTANTS:
                _INSTANTS.clear()
            _INSTANTS[self.zone.key, day, minute] = known
        return known

    def _instant(self, day: date, minute: int) -> int:
        extra, rest = divmod(minute, MINUTES_A_DAY)
        local = datetime.combine(day + timedelta(days=extra), time(rest // 60, rest % 60), self.zone)
        at = round(local.timestamp() * 1000)
        if self.local(at).replace(tzinfo=None, fold=0) != local.replace(tzinfo=None):
            # Skipped: read by the old offset it is after the change, by the new one before it.
            return self._clock_change(round(local.replace(fold=1).timestamp() * 1000), at)
        return at

    def _offset_ms(self, at: int) -> int:
        """Return how far the plant's clock is ahead of UTC."""
        return round((self.local(at).utcoffset() or timedelta()).total_seconds() * 1000)

    def _clock_change(self, before: int, after: int) -> int:
        """Return the instant in (before, after] at which the clock changes; there is one."""
        old = self._offset_ms(before)
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self._offset_ms(middle) == old else (before, middle)
        return after

    def local(self, at: int) -> datetime:
        """Return an instant as plant time."""
        return datetime.fromtimestamp(at / 1000, self.zone)

    def day_of(self, at: int) -> date:
        """Return the production day that an instant lies in."""
        day = self.local(at).date() + timedelta(days=1)
        while self.day_start(day) > at:
            day -= timedelta(days=1)
        return day

    def day_start(self, day: date) -> int:
        """Return the instant at which a production day begins."""
        return self.instant(day, self.calendar_of(day).day_start_min)

    def works(self, day: date) -> bool:
        """Say whether work is planned on a production day."""
        calendar = self.calendar_of(day)
        return day.weekday() not in calendar.rest_days and day not in calendar.holidays

    # periods

    def period(self, kind: PeriodKind, at: int) -> Period | None:
        """Return the period of a kind that an instant lies in; None between two shifts."""
        if kind is PeriodKind.HOUR:
            edges = self.edges(at, at + 1)
            return self._hour(int(edges[0]), int(edges[-1]))
        if kind is PeriodKind.SHIFT:
            day = self.day_of(at)
            days = (day - timedelta(days=1), day, day + timedelta(days=1))
            found = (shift for each in days for shift in self._shifts(each))
            return next((shift for shift in found if shift.since <= at < shift.until), None)
        return self._calendar_period(kind, self.day_of(at))

    def periods(self, kind: PeriodKind, since: int, until: int) -> Iterator[Period]:
        """Give the periods of a kind that touch [since, until), in order; none when it is empty."""
        if since >= until:
            return
        if kind is PeriodKind.HOUR:
            edges = self.edges(since, until)
            for first, end in pairwise(edges):
                yield self._hour(int(first), int(end))
            return
        if kind is PeriodKind.SHIFT:
            day, last = self.day_of(since) - timedelta(days=1), self.day_of(until - 1) + timedelta(days=1)
            while day <= last:
                for shift in self._shifts(day):
                    if shift.since < until and shift.until > since:
                        yield shift
                day += timedelta(days=1)
            return
        period = self._calendar_period(kind, self.day_of(since))
        while period.since < until:
            yield period
            period = self._calendar_period(kind, self.day_of(period.until))

    def edges(self, since: int, until: int) -> Instants:
        """Return the borders of the windows that touch [since, until), both ends included.

        The first is at or before `since`, the last at or after `until`; two neighbours enclose one window.
        """
        first, last = self.day_of(since), self.day_of(max(since, until - 1))
        start, end = self.day_start(first), self.day_start(last + timedelta(days=1))
        cuts = [start, end]
        day = first - timedelta(days=1)
        while day <= last:
            cuts.append(self.day_start(day))
            cuts += [border for shift in self._shifts(day) for border in (shift.since, shift.until)]
            day += timedelta(days=1)
        edges = np.unique(np.concatenate((self._full_hours(start, end), np.array(cuts, dtype=np.int64))))
        edges = edges[(edges >= start) & (edges <= end)]
        begin = int(np.searchsorted(edges, since, side="right")) - 1
        finish = int(np.searchsorted(edges, max(until, since + 1), side="left"))
        found: Instants = edges[begin : finish + 1]
        return found

    def _full_hours(self, since: int, until: int) -> Instants:
        """Return the instants in [since, until) at which the plant's clock shows a full hour or changes."""
        begin, old = since, self._offset_ms(since)
        pieces = []
        for at in (*range(since + DAY_MS, until, DAY_MS), until):
            offset = self._offset_ms(at)
            if offset != old:
                change = self._clock_change(max(begin, at - DAY_MS), at)
                pieces += [_grid(begin, change, old), np.array([change], dtype=np.int64)]
                begin, old = change, offset
        return np.concatenate((*pieces, _grid(begin, until, old)))

    # inside

    def _hour(self, since: int, until: int) -> Period:
        local = self.local(since)
        name = local.strftime("%Y-%m-%dT%H:%M")
        if local.fold:
            name += local.isoformat()[-6:]
        return Period(kind=PeriodKind.HOUR, since=since, until=until, name=name)

    def _shifts(self, day: date) -> list[Period]:
        """Return the shifts of a production day, in order; a new calendar cuts what is left over."""
        calendar, following = self.calendar_of(day), self.calendar_of(day + timedelta(days=1))
        latest = None
        if following is not calendar and following.shifts:
            tomorrow = day + timedelta(days=1)
            latest = min(self.instant(tomorrow, _start_min(shift, following)) for shift in following.shifts)
        found = []
        for shift in calendar.shifts:
            start_min = _start_min(shift, calendar)
            since, until = self.instant(day, start_min), self.instant(day, start_min + shift.length_min)
            until = until if latest is None else min(until, latest)
            if since < until:
                name = f"{day.isoformat()}/{shift.name}"
                found.append(Period(kind=PeriodKind.SHIFT, since=since, until=until, name=name))
        return sorted(found)

    def _calendar_period(self, kind: PeriodKind, day: date) -> Period:
        first, after, name = _span(kind, day)
        return Period(kind=kind, since=self.day_start(first), until=self.day_start(after), name=name)


def _start_min(shift: Shift, calendar: WorkingCalendar) -> int:
    """Return when a shift begins: minutes after the first midnight of its production day."""
    return shift.start_min + (MINUTES_A_DAY if shift.start_min < calendar.day_start_min else 0)


def _grid(since: int, until: int, offset_ms: int) -> Instants:
    """Return the full hours in [since, until) of a clock that is so far ahead of UTC."""
    first = -(-(since + offset_ms) // HOUR_MS) * HOUR_MS - offset_ms
    return np.arange(first, until, HOUR_MS, dtype=np.int64)


def _span(kind: PeriodKind, day: date) -> tuple[date, date, str]:
    """Return (first day, day after the last, name) of the day, week, month or year that a day lies in."""
    if kind is PeriodKind.DAY:
        return day, day + timedelta(days=1), day.isoformat()
    if kind is PeriodKind.WEEK:
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return first, first + timedelta(days=7), f"{year}-W{week:02d}"
    if kind is PeriodKind.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1), f"{day:%Y-%m}"
    if kind is PeriodKind.YEAR:
        return date(day.year, 1, 1), date(day.year + 1, 1, 1), f"{day:%Y}"
    raise ValueError(f"{kind} is no calendar period")


def overlapping(shifts: Sequence[Shift]) -> tuple[Shift, Shift] | None:
    """Return two shifts that overlap in the course of days, None when there are none."""
    for place, one in enumerate(shifts):
        for other in shifts[place + 1 :]:
            ahead = (other.start_min - one.start_min) % MINUTES_A_DAY
            if ahead < one.length_min or MINUTES_A_DAY - ahead < other.length_min:
                return one, other
    return None
