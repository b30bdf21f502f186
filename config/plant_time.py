"""Days, periods and instants as people write them, in plant time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from config.codes import shown, suggest
from domain.periods import DAY_MS, PeriodKind, PlantCalendar

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DAY = r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
_IS_DAY = re.compile(_DAY, re.ASCII)
_IS_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月)", re.ASCII)
_IS_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_IS_YEAR = re.compile(r"(\d{4})年?", re.ASCII)
_IS_INSTANT = re.compile(
    _DAY + r"(?:T| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_OTHER_ORDER = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2,4}.*", re.ASCII)
_SERIAL = re.compile(r"\d{5}([.,]\d+)?", re.ASCII)

_SHIFTS_ZH = {"白班": "day", "夜班": "night"}
"""Ids are ASCII; these two are what a Chinese table calls them."""


class Unreadable(Exception):
    """A text is no time: what is wrong, and the cure."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


class UnknownShift(Unreadable):
    """The calendar has no such shift on the day."""


def shift_of(text: str, name: str, calendar: PlantCalendar) -> tuple[int, int]:
    """Return [since, until) of a shift of a production day."""
    day = day_of(text)
    start = calendar.day_start(day)
    meant = {name.lower(), _SHIFTS_ZH.get(name, "")}
    for period in calendar.periods(PeriodKind.SHIFT, start - DAY_MS, start + 2 * DAY_MS):
        if period.name.removeprefix(f"{day.isoformat()}/").lower() in meant:
            return period.since, period.until
    known = [shift.name for shift in calendar.calendar_of(day).shifts]
    remedy = suggest(name, known) if known else "declare the shifts: energy-agent event calendar FILE.toml"
    raise UnknownShift(f"{shown(name)} is no shift on {day.isoformat()}", remedy)


def span_of(text: str, calendar: PlantCalendar) -> tuple[int, int]:
    """Return [since, until) of a production day, week, month or year: 2026-03-01, 2026-W09, 2026-03, 2026."""
    if _IS_DAY.fullmatch(text):
        day = day_of(text)
        return calendar.day_start(day), calendar.day_start(day + timedelta(days=1))
    if found := _IS_MONTH.fullmatch(text):
        year, month, other = found.groups()
        return _period(calendar, PeriodKind.MONTH, _date(text, year, month or other, "1"))
    if found := _IS_WEEK.fullmatch(text):
        return _period(calendar, PeriodKind.WEEK, _week(text, int(found[1]), int(found[2])))
    if found := _IS_YEAR.fullmatch(text):
        return _period(calendar, PeriodKind.YEAR, _date(text, found[1], "1", "1"))
    raise _unreadable(text, "write 2026-03-01, or 2026-03 for a whole month")


def instant_of(text: str, calendar: PlantCalendar) -> int:
    """Return an instant; without an offset it is plant time, without a time the production day's start."""
    if _IS_DAY.fullmatch(text):
        return calendar.day_start(day_of(text))
    found = _IS_INSTANT.fullmatch(text)
    if found is None:
        raise _unreadable(text, "write 2026-03-01T08:00")
    day = _day(text, found.groups()[:8])
    hour, minute, second = int(found[9]), int(found[10]), int(found[11] or 0)
    milli = int((found[12] or "0").ljust(3, "0"))
    is_midnight = (hour, minute, second, milli) == (24, 0, 0, 0)
    if (hour > 23 and not is_midnight) or minute > 59 or second > 59:
        raise Unreadable(f"{shown(text)} has a time that there is not", "hours are 00:00 to 23:59")
    within = second * 1000 + milli
    if found[13] is None:
        return calendar.instant(day, hour * 60 + minute) + within
    offset = datetime.strptime(found[13], "%z").tzinfo
    start = datetime.combine(day, datetime.min.time(), offset).astimezone(UTC)
    return round(start.timestamp() * 1000) + (hour * 60 + minute) * 60_000 + within


def day_of(text: str) -> date:
    """Return a day: 2026-03-01, 2026/3/1, 2026.3.1, 20260301 or 2026年3月1日."""
    found = _IS_DAY.fullmatch(text)
    if found is None:
        raise _unreadable(text, "write 2026-03-01")
    return _day(text, found.groups())


def _day(text: str, parts: tuple[str | None, ...]) -> date:
    year, _, month, day, month_zh, day_zh, month_plain, day_plain = parts
    return _date(text, year, month or month_zh or month_plain, day or day_zh or day_plain)


def _date(text: str, year: str | None, month: str | None, day: str | None) -> date:
    try:
        found = date(int(year or 0), int(month or 0), int(day or 0))
    except ValueError as error:
        raise Unreadable(f"{shown(text)} is a day that there is not", "write 2026-03-01") from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise Unreadable(f"{shown(text)} is in no year that can be meant", "write 2026-03-01")
    return found


def _week(text: str, year: int, week: int) -> date:
    try:
        found = date.fromisocalendar(year, week, 1)
    except ValueError as error:
        raise Unreadable(f"{shown(text)} is a week that there is not", "write 2026-W09") from error
    return _date(text, str(found.year), str(found.month), str(found.day))


def _period(calendar: PlantCalendar, kind: PeriodKind, day: date) -> tuple[int, int]:
    period = calendar.period(kind, calendar.day_start(day))
    assert period is not None  # only between two shifts there is none
    return period.since, period.until


def _unreadable(text: str, remedy: str) -> Unreadable:
    if _OTHER_ORDER.fullmatch(text):
        return Unreadable(f"{shown(text)} may be day or month first", "write the year first: 2026-03-01")
    if _SERIAL.fullmatch(text):
        problem = f"{shown(text)} is a date as Excel counts it"
        return Unreadable(problem, "format the column as a date, yyyy-mm-dd, and export again")
    return Unreadable(f"{shown(text)} is no date", remedy)
