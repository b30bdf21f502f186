"""Closed months and years that a declaration is about: their figures stand, and whoever declares is told."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from agent.ledger import Desk, standing
from analytics.closed_counts import counted
from analytics.declared_carbon import declare_carbon
from domain.carbon_book import Declaration
from domain.carbon_entries import AluminiumLot, BaseYear, Closed, EmissionFactor, Restated
from domain.ledger import Body, GasQuality, Production


def closed_under(bodies: Iterable[Body], desk: Desk, *, gone: Iterable[int] = ()) -> tuple[str, ...]:
    """Return the names of the closed periods that bodies touch, months first.

    `gone` are numbers of entries that will count no more, void or corrected: what they touch, and what counts
    on them.
    """
    there = standing(desk.entries)
    closed = {
        entry.body.period: (entry.body.since, entry.body.until)
        for entry in there.values()
        if isinstance(entry.body, Closed | Restated)
    }
    if not closed:
        return ()
    numbers = set(gone)
    found = {each.period for each in counted(declare_carbon(there.values())) if each.entries & numbers}
    for body in (*bodies, *(entry.body for entry in desk.entries if entry.number in numbers)):
        since, until = _span(body, desk)
        found |= {name for name, (first, end) in closed.items() if since < end and first < until}
    return tuple(sorted(found, key=lambda name: (-len(name), name)))


def closed_in_words(names: tuple[str, ...]) -> list[str]:
    """Return what is said of closed periods; nothing where there is none."""
    if not names:
        return []
    listed = ", ".join(names[:6]) + (" ..." if len(names) > 6 else "")
    are, their = ("is", "its") if len(names) == 1 else ("are", "their")
    shows = f"energy-agent restate {names[0]} shows what would change"
    return [f"  {listed} {are} closed: {their} figures stand; {shows}"]


def _span(body: Body, desk: Desk) -> tuple[float, float]:
    """Return [since, until) of what an entry is about; a base year changes no figure of a period."""
    if isinstance(body, EmissionFactor):
        last = body.valid_until
        end = math.inf if last is None else desk.calendar.day_start(last + timedelta(days=1))
        return desk.calendar.day_start(body.valid_from), end
    if isinstance(body, AluminiumLot):
        return body.at, body.at + 1
    if isinstance(body, Declaration | Production | GasQuality) and not isinstance(body, BaseYear):
        return body.since, body.until
    return math.inf, -math.inf
