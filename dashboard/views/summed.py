"""Figures of a span from results of periods: a period as it is, any other span as the sum of its days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.page import Asked, Span
from dashboard.proof import merged
from dashboard.source import Source
from domain.periods import Period, PeriodKind
from domain.results import Evidence

_MONTHS_FROM_DAYS = 92
"""A longer span is taken in whole months and the days around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring periods of one kind."""

    kind: PeriodKind
    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What results can say of a span."""

    runs: tuple[Run, ...]
    """Empty: not one whole day."""
    since: int
    until: int
    is_whole: bool
    """They fill the span; False: it begins or ends within a day."""


def covered(span: Span, asked: Asked) -> Covered:
    """Return the periods that make up a span."""
    if span.period is not None:
        run = Run(kind=span.period.kind, since=span.since, until=span.until)
        return Covered(runs=(run,), since=span.since, until=span.until, is_whole=True)
    calendar = asked.calendar
    first = calendar.day_of(span.since)
    if calendar.day_start(first) < span.since:
        first += timedelta(days=1)
    end = calendar.day_of(span.until)
    runs = tuple(_runs(first, end, asked))
    since, until = calendar.day_start(first), calendar.day_start(end)
    is_whole = bool(runs) and (since, until) == (span.since, span.until)
    return Covered(runs=runs, since=since, until=max(since, until), is_whole=is_whole)


def _runs(first: date, end: date, asked: Asked) -> Iterable[Run]:
    start = asked.calendar.day_start
    if first >= end:
        return
    months = (_month(first - timedelta(days=1), 1), end.replace(day=1))
    if (end - first).days <= _MONTHS_FROM_DAYS or months[0] >= months[1]:
        yield Run(kind=PeriodKind.DAY, since=start(first), until=start(end))
        return
    borders = (first, *months, end)
    kinds = (PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.DAY)
    for kind, begin, stop in zip(kinds, borders, borders[1:], strict=False):
        if begin < stop:
            yield Run(kind=kind, since=start(begin), until=start(stop))


def _month(day: date, more: int) -> date:
    """Return the first day of a later month."""
    return (day.replace(day=1) + timedelta(days=32 * more)).replace(day=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """Results of one subject over a span."""

    parts: Sequence[Any]
    evidence: Evidence | None
    """Of all parts together; a period without a result makes it incomplete. None: there is not one."""

    def total(self, figure: Callable[[Any], float | None]) -> float | None:
        """Return the sum of what is known; None where nothing is."""
        known = [value for part in self.parts if (value := figure(part)) is not None]
        return sum(known) if known else None


def summed(
    source: Source,
    asked: Asked,
    span: Covered,
    kind: str,
    *,
    amount: Callable[[Any], float | None],
    subject: Callable[[Any], str] = lambda _: "",
) -> dict[str, Summed]:
    """Return the results of a kind over a span by subject; `amount` weighs grades."""
    parts: dict[str, list[Any]] = {}
    periods: list[Period] = []
    for run in span.runs:
        for each in source.results(kind, since=run.since, until=run.until, period=run.kind):
            parts.setdefault(subject(each), []).append(each)
        periods += asked.calendar.periods(run.kind, run.since, min(run.until, asked.now))
    return {
        name: Summed(parts=tuple(found), evidence=_evidence(found, periods, amount))
        for name, found in parts.items()
    }


def _evidence(
    parts: Sequence[Any], periods: Sequence[Period], amount: Callable[[Any], float | None]
) -> Evidence | None:
    by_begin = {each.period.since: each for each in parts}
    proofs: list[tuple[Evidence, float, int]] = []
    for period in periods:
        part = by_begin.get(period.since)
        evidence = part.evidence if part is not None else _NOTHING
        weight = (amount(part) or 0.0) if part is not None else 0.0
        proofs.append((evidence, weight, period.until - period.since))
    return merged(proofs)


NO_RESULTS = Summed(parts=(), evidence=None)
_NOTHING = Evidence(shares={}, coverage=0.0, is_complete=False)
