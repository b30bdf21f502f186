"""A day's readings and ledger entries under one hash that also covers the days before it.

Readings are sealed by the day on which they were received, in UTC: a day that is over gets no more of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One sealed day."""

    day: str
    """2026-03-01, UTC."""
    sealed: int
    """When."""
    readings: int
    points: int
    first_entry: int
    """First number of the ledger that this day covers; `last_entry` + 1 when none."""
    last_entry: int
    root: str
    """SHA-256, hex, over the day and the root before."""
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What does not fit its seal."""

    day: str
    """Empty where no day shows it."""
    what: str
    """reading, readings, entry, seal, store."""
    subject: str
    """Point id, `entry 12`, the day, the table."""
    at: int | None
    """Instant of the reading, to the second, where one row alone has changed."""
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verification found."""

    days: int
    first: str
    last: str
    readings: int
    entries: int
    root: str
    """Of the last day."""
    broken: tuple[Broken, ...]
    unsealed_days: tuple[str, ...] = ()
    """Days over that have no seal yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """Days that follow each other."""

    first: str
    last: str
    days: int


def day_spans(days: Iterable[str]) -> tuple[DaySpan, ...]:
    """Return days, each written 2026-03-01, in order, as the spans they make."""
    spans: list[DaySpan] = []
    for day in days:
        last = spans[-1] if spans else None
        if last is not None and date.fromisoformat(day) - date.fromisoformat(last.last) == timedelta(days=1):
            spans[-1] = DaySpan(first=last.first, last=day, days=last.days + 1)
        else:
            spans.append(DaySpan(first=day, last=day, days=1))
    return tuple(spans)
