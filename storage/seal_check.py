"""Whether store, ledger and the chain itself still are what was sealed; what is not, by day and row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from domain.seals import Broken, Verified
from storage.seal_ledger import LedgerRows
from storage.seal_making import day_name, days_waiting, point_seals
from storage.seal_root import FIRST_PREVIOUS, Link
from storage.seal_rows import ROW, Found, PointSeal, Receipts, find
from storage.seals import SealBook, Unread

Progress = Callable[[int, int], None]
"""Told how many readings are looked at, of how many."""
_LATE_MS = 3_600_000
"""A day is sealed at the latest so long after its end, where an agent runs."""
_STORE = "take the store from a backup made before, and find out who wrote to it"
_LEDGER = "take the ledger from a backup made before, and find out who wrote to it"
_SEALS = "take seals.sqlite from a backup, and compare its roots with those exported before"


def verify(
    book: SealBook,
    receipts: Receipts,
    ledger: LedgerRows,
    *,
    now: int,
    since: str = "",
    until: str = "9999",
    progress: Progress | None = None,
) -> Verified:
    """Compare what is there with the seals of the days from `since` to `until`, both included.

    The chain itself is always looked at as a whole.
    """
    asked = [seal for seal in book.seals() if since <= seal.day <= until]
    total = sum(seal.readings for seal in asked)
    broken = [_store_fault(problem) for problem in receipts.strays(now)]
    readings = entries = done = 0
    chain = _Chain()
    for each in book.links():
        faults, link = chain.take(each)
        broken += faults
        if link is None or not since <= link.day <= until:
            continue
        there = point_seals(receipts, link.since, link.until)
        broken += [*_point_faults(link, there, receipts), *_entry_faults(link, ledger)]
        readings += sum(each.readings for each in there.values())
        entries += len(link.entries)
        done += sum(each.readings for each in link.points.values())
        if progress is not None:
            progress(done, total)
    broken += [_entry_fault("", *each) for each in ledger.strays(chain.last_entry)]
    # After a seal that cannot be read nobody knows where the unsealed days begin.
    waiting = [] if chain.unread else days_waiting(book, receipts, ledger, now=now, grace_ms=_LATE_MS)
    return Verified(
        days=len(asked),
        first=asked[0].day if asked else "",
        last=asked[-1].day if asked else "",
        readings=readings,
        entries=entries,
        root=chain.root,
        broken=tuple(broken),
        unsealed_days=tuple(day for day in map(day_name, waiting) if since <= day <= until),
    )


class _Chain:
    """Looks at one seal after the other, in order."""

    def __init__(self) -> None:
        self.root, self.last_entry = "", 0
        """Of the last one that could be read."""
        self.unread = 0
        """How many could not be read in all."""
        self._before: Link | None = None
        self._between = 0

    def take(self, each: tuple[Link, str] | Unread) -> tuple[list[Broken], Link | None]:
        """Return what does not fit in the chain itself, and the link when it proves something of its day."""
        if isinstance(each, Unread):
            self.unread, self._between = self.unread + 1, self._between + 1
            subject = "its seal" if each.day else f"seal {each.number}"
            return [_seal_fault(each.day, f"{subject} cannot be read: it has been changed")], None
        link, stated = each
        faults, is_sound = _chain_faults(link, stated, self._before, self.root, unread=self._between)
        self._before, self._between = link, 0
        self.root, self.last_entry = stated, link.last_entry
        return faults, link if is_sound else None


def _chain_faults(
    link: Link, stated: str, before: Link | None, root: str, *, unread: int
) -> tuple[list[Broken], bool]:
    """Return what does not fit in the chain itself at one link, and whether the link is its root's.

    `unread` seals are there between the one before and this.
    """
    number, end, previous = (before.number, before.until, root) if before else (0, None, FIRST_PREVIOUS)
    faults = []
    missing = link.number - number - 1 - unread
    if link.number <= number:
        faults.append(_seal_fault(link.day, "its seal is there more than once"))
    elif missing > 0:
        where = f"between {before.day} and {link.day}" if before else f"before {link.day}"
        days = "1 sealed day is" if missing == 1 else f"{missing} sealed days are"
        faults.append(_seal_fault(link.day, f"{days} missing {where}"))
    elif not unread and (link.previous, link.since) != (previous, end):
        faults.append(
            _seal_fault(link.day, "its seal does not follow from the one before: the chain is broken here")
        )
    is_sound = link.root() == stated
    if not is_sound:
        faults.append(_seal_fault(link.day, "its seal has been changed: it proves nothing of this day"))
    return faults, is_sound


def _seal_fault(day: str, problem: str) -> Broken:
    return Broken(day=day, what="seal", subject=day, at=None, problem=problem, remedy=_SEALS)


def _store_fault(problem: str) -> Broken:
    return Broken(day="", what="store", subject="readings", at=None, problem=problem, remedy=_STORE)


def _point_faults(link: Link, there: dict[str, PointSeal], receipts: Receipts) -> Iterator[Broken]:
    for point in sorted(link.points.keys() | there.keys()):
        sealed, now = link.points.get(point), there.get(point)
        if sealed == now:
            continue
        if sealed is None or now is None:
            text = "none was sealed, {} are there" if sealed is None else "{} were sealed, none is there"
            readings = (now or sealed or _NOTHING).readings
            yield _readings(link.day, point, text.format(f"{readings:,}"))
            continue
        pieces = receipts.received(since=link.since, until=link.until, point=point)
        found = find(sealed, np.concatenate([np.empty(0, ROW), *(piece.rows for piece in pieces)]))
        yield _one(link.day, point, found) if found else _many(link.day, point, sealed, now)


_NOTHING = PointSeal(readings=0, sha=b"", locator=b"")


def _one(day: str, point: str, found: Found) -> Broken:
    problem = {
        "changed": "has changed since the day was sealed",
        "missing": "is missing: it was there when the day was sealed",
        "added": "was added after the day was sealed",
        "moved": f"has changed since the day was sealed: its instant was {_utc(found.was or 0)}",
    }[found.kind]
    return Broken(day=day, what="reading", subject=point, at=found.at, problem=problem, remedy=_STORE)


def _many(day: str, point: str, sealed: PointSeal, now: PointSeal) -> Broken:
    if sealed.readings == now.readings:
        return _readings(day, point, f"at least two of {sealed.readings:,} have changed")
    return _readings(day, point, f"{sealed.readings:,} were sealed, {now.readings:,} are there")


def _readings(day: str, point: str, problem: str) -> Broken:
    return Broken(day=day, what="readings", subject=point, at=None, problem=problem, remedy=_STORE)


def _entry_faults(link: Link, ledger: LedgerRows) -> Iterator[Broken]:
    before = link.first_entry - 1
    for number in (*sorted(link.entries), link.last_entry + 1):
        if number > before + 1:
            gap = f"entries {before + 1} to {number - 1}" if number > before + 2 else f"entry {before + 1}"
            lacks = "were" if number > before + 2 else "was"
            yield _entry_fault(link.day, gap, f"{lacks} missing already when the day was sealed")
        before = number
    there = ledger.hashes(link.first_entry, link.last_entry)
    for number in sorted(link.entries.keys() | there.keys()):
        if link.entries.get(number) == there.get(number):
            continue
        problem = "has changed since the day was sealed"
        if number not in there:
            problem = "is missing: it was there when the day was sealed"
        elif number not in link.entries:
            problem = "was added after the day was sealed"
        yield _entry_fault(link.day, f"entry {number}", problem)


def _entry_fault(day: str, subject: str, problem: str) -> Broken:
    return Broken(day=day, what="entry", subject=subject, at=None, problem=problem, remedy=_LEDGER)


def _utc(at: int) -> str:
    text = np.datetime_as_string(np.datetime64(at, "ms"), unit="s" if at % 1000 == 0 else "ms")
    return f"{text}Z"
