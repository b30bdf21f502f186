"""Spans that were typed for figures: plant time, half-open, not in the future."""

from __future__ import annotations

import click

from agent.ledger import Desk
from config.codes import shown
from config.plant_time import Unreadable, instant_of
from domain.periods import DAY_MS, HOUR_MS, Period, PeriodKind

DEFAULT_PERIODS = {
    PeriodKind.HOUR: 24,
    PeriodKind.SHIFT: 14,
    PeriodKind.DAY: 14,
    PeriodKind.WEEK: 12,
    PeriodKind.MONTH: 12,
    PeriodKind.YEAR: 5,
}
"""How many periods are shown when nobody says."""
MOST_PERIODS = 10_000
_LONGEST_MS = {
    PeriodKind.HOUR: HOUR_MS,
    PeriodKind.SHIFT: DAY_MS,
    PeriodKind.DAY: DAY_MS + HOUR_MS,
    PeriodKind.WEEK: 7 * DAY_MS + HOUR_MS,
    PeriodKind.MONTH: 31 * DAY_MS + HOUR_MS,
    PeriodKind.YEAR: 366 * DAY_MS,
}


def past(desk: Desk, text: str, option: str) -> int:
    """Return an instant that was typed and has passed; a usage error says what is wrong with it."""
    try:
        at = instant_of(text.strip(), desk.calendar)
    except Unreadable as fault:
        raise click.BadParameter(str(fault), param_hint=option) from fault
    if at > desk.now:
        problem = f"{desk.local(at)} is in the future (it is {desk.local(desk.now)})"
        raise click.BadParameter(f"{problem}; there are figures of the past only", param_hint=option)
    return at


def span_between(desk: Desk, since: str, until: str | None) -> tuple[int, int]:
    """Return [since, until) as typed; without an end it is now."""
    first = past(desk, since, "--from")
    end = desk.now if until is None else past(desk, until, "--to")
    if first >= end:
        problem = f"{desk.local(first)} is not before the end, {desk.local(end)}; turn them round"
        raise click.BadParameter(problem, param_hint="--from")
    return first, end


def base_year(desk: Desk) -> tuple[int, int]:
    """Return [since, until) of the base year of the target; a usage error while it is not over."""
    year = desk.loaded.method.target.base_year
    since, until = (instant_of(f"{each}-01-01", desk.calendar) for each in (year, year + 1))
    if until > desk.now:
        raise click.UsageError(f"the base year {year} is not over; name a span with --from and --to")
    return since, until


def periods_between(desk: Desk, kind: PeriodKind, since: str | None, until: str | None) -> list[Period]:
    """Return the periods that touch a span as typed."""
    if since is None:
        raise click.UsageError("--to needs a --from; or ask for the newest with --last N")
    first, end = span_between(desk, since, until)
    most = (end - first) // (_LONGEST_MS[kind] // 24 if kind is PeriodKind.SHIFT else _LONGEST_MS[kind])
    if most > MOST_PERIODS:
        problem = f"there are more than {MOST_PERIODS:,} {kind.value}s in it; take a shorter span"
        raise click.BadParameter(problem, param_hint="--from")
    return list(desk.calendar.periods(kind, first, end))


def last_periods(desk: Desk, kind: PeriodKind, count: int | None) -> list[Period]:
    """Return the newest periods, the one that lasts included."""
    wanted = count or DEFAULT_PERIODS[kind]
    since = desk.now - wanted * _LONGEST_MS[kind]
    if kind is PeriodKind.SHIFT:  # at worst one a week
        since -= 7 * DAY_MS
    return list(desk.calendar.periods(kind, max(since, 0), desk.now + 1))[-wanted:]


def year_of(text: str | None, desk: Desk) -> int:
    """Return a year that was typed, by default this one."""
    if text is None:
        return desk.calendar.day_of(desk.now).year
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise click.BadParameter(f"{shown(text)} is no year; write 2026", param_hint="--year")
    return int(text)
