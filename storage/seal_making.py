"""Sealing a day: which days wait for a seal, and the link of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain.periods import DAY_MS
from domain.seals import Seal
from storage.seal_ledger import LedgerRows
from storage.seal_root import FIRST_PREVIOUS, Link
from storage.seal_rows import PointSeal, PointSums, Receipts
from storage.seals import SealBook

GRACE_MS = 600_000
"""A day is sealed this long after its end at the earliest: what was received then is committed by now."""
_EPOCH = date(1970, 1, 1)


def day_name(day: int) -> str:
    """Return a day since 1970 as 2026-03-01."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def days_waiting(
    book: SealBook, receipts: Receipts, ledger: LedgerRows, *, now: int, grace_ms: int = GRACE_MS
) -> list[int]:
    """Return the days since 1970 that are over and have something to seal, in order.

    A day on which nothing was received and nothing declared gets no seal: the next one says that it is empty.
    """
    last = book.end()
    closed = last[2] if last else 0
    end = (now - grace_ms) // DAY_MS * DAY_MS
    days = set(receipts.days(since=closed, until=end)) if end > closed else set()
    declared = ledger.next_at(last[1].last_entry if last else 0)
    if declared is not None and max(declared, closed) < end:
        days.add(max(declared, closed) // DAY_MS)
    return sorted(days)


def seal_day(book: SealBook, receipts: Receipts, ledger: LedgerRows, day: int, *, now: int) -> Seal:
    """Seal all that was received since the last seal up to the end of a day, and return the seal."""
    return next(seal for seal in sealing_day(book, receipts, ledger, day, now=now) if seal is not None)


def sealing_day(
    book: SealBook, receipts: Receipts, ledger: LedgerRows, day: int, *, now: int
) -> Iterator[Seal | None]:
    """Do the same a piece at a time: give None after each, the seal at the end."""
    last = book.end()
    number, previous, since, entry = (
        (last[0] + 1, last[1].root, last[2], last[1].last_entry) if last else (1, FIRST_PREVIOUS, None, 0)
    )
    until = (day + 1) * DAY_MS
    receipts.close_until(until)
    sums = PointSums()
    for piece in receipts.received(since=since, until=until):
        sums.add(piece)
        yield None
    newest = max(entry, ledger.last_before(until))
    link = Link(
        number=number,
        day=day_name(day),
        sealed=now,
        since=since,
        until=until,
        previous=previous,
        first_entry=entry + 1,
        last_entry=newest,
        points=sums.sealed(),
        entries=ledger.hashes(entry + 1, newest),
    )
    yield book.add(link)


def point_seals(receipts: Receipts, since: int | None, until: int) -> dict[str, PointSeal]:
    """Return the seal of each point over the rows received in [since, until)."""
    sums = PointSums()
    for piece in receipts.received(since=since, until=until):
        sums.add(piece)
    return sums.sealed()
