"""Which span a page shows: day, week, month or year with the one before and after, or any from and to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.numbers import NBSP
from dashboard.page import Asked, Span
from domain.periods import DAY_MS, PeriodKind

_KINDS = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.YEAR)


class Choice(NamedTuple):
    """One thing to pick."""

    text: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """The chosen span and the ways to others."""

    name: str
    """`November 2026`, `2026-11-01 00:00 – 2026-11-08 00:00`."""
    kinds: tuple[Choice, ...]
    before: str
    after: str
    """Empty where it lies ahead of now, or where the span is no calendar period."""
    since: str
    until: str
    """As the form of from and to wants them: 2026-11-01T00:00, plant time."""
    kept: tuple[tuple[str, str], ...]
    """What the form must not lose: hidden fields."""
    query: str
    """The span alone, for links: `period=month&at=2026-11-22`."""
    so_far: str
    """`until 14:32`: the span is not over; `not begun`; empty once it is over."""

    @property
    def is_open(self) -> bool:
        """Say whether the span is not over."""
        return bool(self.so_far)


def picker(span: Span, asked: Asked, path: str, *, keep: tuple[str, ...] = ()) -> Picker:
    """Return the picker of a page's span; `keep` names the other parameters of the page."""
    kept = tuple((name, asked.query[name]) for name in keep if asked.query.get(name))
    numbers = asked.numbers
    return Picker(
        name=span_name(span, asked),
        kinds=_kinds(span, asked, path, dict(kept)),
        before=_beside(span, asked, path, dict(kept), is_after=False),
        after=_beside(span, asked, path, dict(kept), is_after=True),
        since=numbers.instant(span.since).replace(" ", "T"),
        until=numbers.instant(span.until).replace(" ", "T"),
        kept=kept,
        query=urlencode(span.query),
        so_far=_so_far(span, asked),
    )


def _so_far(span: Span, asked: Asked) -> str:
    if span.since > asked.now:
        return asked.words("not begun")
    if span.until > asked.now:
        return asked.words("until %(time)s", time=asked.numbers.clock(asked.now))
    return ""


def span_name(span: Span, asked: Asked) -> str:
    """Return what a span is called."""
    numbers, period = asked.numbers, span.period
    if period is None:
        return f"{numbers.instant(span.since)} – {numbers.instant(span.until)}"
    if period.kind is PeriodKind.MONTH:
        return numbers.month_name(asked.calendar.day_of(period.since))
    if period.kind is PeriodKind.WEEK:
        last = numbers.month_day(period.until - DAY_MS // 2)
        return f"{period.name} ({numbers.month_day(period.since)} –{NBSP}{last})"
    return period.name


def query_of(since: int, until: int, asked: Asked) -> str:
    """Return a span as `from=...&to=...`, plant time, for links to what figures rest on."""
    return urlencode({"from": _stated(since, asked), "to": _stated(until, asked)}, safe=":")


def _stated(at: int, asked: Asked) -> str:
    local = asked.calendar.local(at)
    return local.strftime("%Y-%m-%d" if local.hour == local.minute == 0 else "%Y-%m-%dT%H:%M")


def _kinds(span: Span, asked: Asked, path: str, kept: Mapping[str, str]) -> tuple[Choice, ...]:
    words = asked.words
    names = {
        PeriodKind.DAY: words("Day"),
        PeriodKind.WEEK: words("Week"),
        PeriodKind.MONTH: words("Month"),
        PeriodKind.YEAR: words("Year"),
    }
    # The day that a wider or narrower period is taken around: the last one shown that is not ahead.
    at = asked.calendar.day_of(min(max(span.since, span.until - 1), asked.now)).isoformat()
    current = span.period.kind if span.period is not None else None
    return tuple(
        Choice(names[kind], _address(path, {**kept, "period": kind.value, "at": at}), kind is current)
        for kind in _KINDS
    )


def _beside(span: Span, asked: Asked, path: str, kept: Mapping[str, str], *, is_after: bool) -> str:
    period = span.period
    if period is None or (is_after and period.until > asked.now):
        return ""
    calendar = asked.calendar
    day = calendar.day_of(period.until) if is_after else calendar.day_of(period.since) - timedelta(days=1)
    if day.year < 2000:
        return ""
    return _address(path, {**kept, "period": period.kind.value, "at": day.isoformat()})


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}"
