"""Closing a month or a year, and giving a closed one other figures: what may be recorded, and as what.

Usage errors say what does not fit and the cure, as everywhere that people declare something.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator

import click

from agent.ledger import Desk, standing
from agent.version import agent_version
from analytics.restatement import difference
from config import Loaded
from config.codes import shown
from config.plant_time import Unreadable, span_of
from domain.carbon_entries import Closed, Restated
from domain.errors import StoreError
from domain.inventory import Inventory, Restatement
from domain.inventory_text import canonical
from domain.ledger import AlertEntry, Body, Entry
from domain.periods import Period, PeriodKind
from domain.result_rows import decode
from storage.ledger import LedgerMoved

_TRIES = 5
_TOTALS = ("scope_1", "scope_2_location", "scope_2_market", "scope_3_1")


# what stands


def period_named(desk: Desk, text: str) -> Period:
    """Return the month or year that was typed; a usage error says how to write it."""
    try:
        since, until = span_of(text.strip(), desk.calendar)
    except Unreadable as fault:
        raise click.BadParameter(f"{fault.problem}; write 2026-03 or 2026", param_hint="PERIOD") from fault
    for kind in (PeriodKind.MONTH, PeriodKind.YEAR):
        found = desk.calendar.period(kind, since)
        if found is not None and (found.since, found.until) == (since, until):
            return found
    problem = f"{shown(text)} is no month and no year"
    raise click.BadParameter(f"{problem}; write 2026-03 or 2026", param_hint="PERIOD")


def closings(desk: Desk, period: str) -> tuple[Entry, ...]:
    """Return the closing and the restatements of a period, oldest first; the last one stands."""
    return tuple(
        entry
        for entry in standing(desk.entries).values()
        if isinstance(entry.body, Closed | Restated) and entry.body.period == period
    )


def figures_of(entry: Entry) -> Inventory:
    """Return the inventory that an entry closed; StoreError when it is not what was written."""
    body = entry.body
    assert isinstance(body, Closed | Restated)
    text = body.inventory.encode()
    subject, hint = f"entry {entry.number}", "run `energy-agent verify`, and take the ledger from a backup"
    if hashlib.sha256(text).hexdigest() != body.sha256:
        raise StoreError(subject, f"the figures of {body.period} are not those that were closed", hint)
    try:
        found: Inventory = decode("inventory", text)
    except ValueError as error:
        raise StoreError(subject, f"the figures of {body.period} cannot be read: {error}", hint) from error
    return found


def restatement_of(desk: Desk, now: Inventory) -> Restatement | None:
    """Return a closed period against what it would be now; None for one that is not closed."""
    found = closings(desk, now.period.name)
    if not found:
        return None
    return Restatement(
        period=now.period.name,
        entry=found[-1].number,
        closed_at=found[-1].at,
        changes=difference(figures_of(found[-1]), now),
        now=now,
    )


def gaps(of: Inventory) -> tuple[str, ...]:
    """Return what must not be reported yet: sums that are not known, or rest on too little."""
    return tuple(_gaps(of))


def _gaps(of: Inventory) -> Iterator[str]:
    for name in _TOTALS:
        total = getattr(of, name)
        codes = f" ({', '.join(total.codes)})" if total.codes else ""
        if total.tco2e is None:
            yield f"{name} is not known{codes}"
        elif total.evidence.is_provisional:
            observed = f"{100.0 * total.evidence.coverage:.1f} % of the time observed"
            yield f"{name} is provisional: {observed}{codes}"


# what may be recorded


def closing(
    desk: Desk,
    inventory: Inventory,
    *,
    approver: str,
    known: int,
    months: Collection[str],
    software: str = "",
    despite_gaps: bool = False,
) -> Closed:
    """Return what closes a period with these figures, or a usage error.

    `known` is the newest entry that the figures know, `months` the names of all that have an inventory.
    """
    name = inventory.period.name
    _check_over(desk, inventory)
    before = closings(desk, name)
    if before:
        problem = f"{name} is closed already, by entry {before[0].number} of {before[0].who}"
        raise click.UsageError(f"{problem}; see what would change: energy-agent restate {name}")
    _check_known(desk, known)
    _check_months(inventory, months)
    missing = gaps(inventory)
    if missing and not despite_gaps:
        remedy = "enter what is missing, or close it all the same with --despite-gaps, which is recorded"
        raise click.UsageError(f"{name} has gaps ({', '.join(missing)}); {remedy}")
    text, digest = canonical(inventory)
    return Closed(
        period=name,
        since=inventory.period.since,
        until=inventory.period.until,
        inventory=text,
        sha256=digest,
        known=known,
        software=software or agent_version(),
        approver=approver,
    )


def restating(
    desk: Desk,
    inventory: Inventory,
    *,
    approver: str,
    known: int,
    software: str = "",
    despite_gaps: bool = False,
) -> Restated:
    """Return what gives a closed period these figures, as `fresh` ones, or a usage error."""
    name = inventory.period.name
    told = restatement_of(desk, inventory)
    if told is None:
        raise click.UsageError(f"{name} is not closed; close it first: energy-agent close {name}")
    if not told.changes:
        raise click.UsageError(f"{name} comes out as it was closed; there is nothing to restate")
    stood = gaps(figures_of(closings(desk, name)[-1]))
    missing = [each for each in gaps(inventory) if each not in stood]
    if missing and not despite_gaps:
        remedy = "enter what is missing, or restate it all the same with --despite-gaps, which is recorded"
        raise click.UsageError(f"{name} would have gaps ({', '.join(missing)}); {remedy}")
    _check_known(desk, known)
    text, digest = canonical(inventory)
    return Restated(
        period=name,
        since=inventory.period.since,
        until=inventory.period.until,
        before=told.entry,
        inventory=text,
        sha256=digest,
        known=known,
        software=software or agent_version(),
        approver=approver,
    )


def with_gaps(why: str, inventory: Inventory) -> str:
    """Return the reason with what was missing when it was given."""
    missing = gaps(inventory)
    return f"{why} [despite gaps: {'; '.join(missing)}]" if missing else why


def record(loaded: Loaded, make: Callable[[Desk], tuple[Body, str]], *, who: str) -> tuple[Desk, Entry]:
    """Check and record one body with its reason; again when somebody else recorded something in between."""
    for left in reversed(range(_TRIES)):
        desk = Desk.open(loaded)
        body, why = make(desk)
        try:
            return desk, desk.record([body], who=who, why=why)[0]
        except LedgerMoved:
            if not left:
                raise
    raise AssertionError("not reached")


def _check_over(desk: Desk, inventory: Inventory) -> None:
    period = inventory.period
    if not inventory.is_over or period.until > desk.now:
        now = desk.local(desk.now)
        raise click.UsageError(f"{period.name} is not over before {desk.local(period.until)} (it is {now})")


def _check_known(desk: Desk, known: int) -> None:
    """Refuse figures that somebody has declared something behind; what alerts do changes none."""
    late = [
        each.number for each in desk.entries if each.number > known and not isinstance(each.body, AlertEntry)
    ]
    if late:
        problem = f"entry {late[0]} was recorded after these figures were computed"
        raise click.UsageError(f"{problem}; look at them again, then repeat")


def _check_months(inventory: Inventory, months: Collection[str]) -> None:
    """Refuse a year of which a month may still change."""
    if inventory.period.kind is not PeriodKind.YEAR:
        return
    year = inventory.period.name
    still = [each for each in months if each[:4] == year and each not in inventory.closed_months]
    if still:
        raise click.UsageError(
            f"{', '.join(still)} of {year} {'is' if len(still) == 1 else 'are'} not closed; "
            f"close the months first: energy-agent close {still[0]} ..."
        )
