"""Results for the page: those kept in the store, and over them what the last cycle says of open periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agent.page_parts import Parts
from analytics.balance import balances
from analytics.heat import recovered
from analytics.prepared import Prepared
from analytics.pv import pv
from analytics.whole import SUMMED, open_periods
from domain.periods import PeriodKind
from domain.ports import ResultRow
from domain.result_rows import KINDS, decode, encode
from domain.results import Balance, Intensity, Pv, RecoveredHeat

Live = Intensity | Balance | Pv | RecoveredHeat


def results_of(
    parts: Parts, kind: str, *, since: int, until: int, period: PeriodKind | None, subject: str | None
) -> Sequence[Any]:
    """Return the results of a kind that begin in [since, until), ordered by subject, period, since."""
    if kind not in KINDS:
        return ()
    rows = parts.store.results(kind, since=since, until=until, period=period, subject=subject)
    found = {_name(row): decode(kind, row.body) for row in rows}
    for each in _live(parts, kind):
        name = (_subject(each), each.period.kind.value, each.period.since)
        if (
            since <= each.period.since < until
            and period in (None, each.period.kind)
            and subject in (None, name[0])
        ):
            found[name] = decode(kind, encode(each))
    return tuple(found[name] for name in sorted(found))


def _name(row: ResultRow) -> tuple[str, str, int]:
    return row.subject, row.period, row.since


def _subject(each: Live) -> str:
    if isinstance(each, Intensity):
        return each.process
    if isinstance(each, Balance):
        return each.carrier
    return "site" if isinstance(each, Pv) else each.point


def _live(parts: Parts, kind: str) -> Iterable[Live]:
    """Return what the last cycle knows of the periods that are not over."""
    live, recent = parts.analysis.live, parts.analysis.recent
    if kind == "intensity":
        return live.intensities if live is not None else ()
    if recent is None or live is None or kind not in ("balance", "pv", "heat"):
        return ()
    return _summed(recent, kind, live.computed)


def _summed(recent: Prepared, kind: str, now: int) -> Iterable[Live]:
    periods = [period for period in open_periods(recent.calendar, now) if period.kind in SUMMED]
    if kind == "balance":
        return balances(recent.plant, recent.method, recent.windows, periods)
    if kind == "pv":
        return pv(recent.plant, recent.windows, periods)
    return recovered(recent.plant, recent.method, recent.windows, periods, monthly=recent.monthly)
