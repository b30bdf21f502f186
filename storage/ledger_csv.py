"""The ledger as CSV, for the evidence bundle, and back. RFC 4180, UTF-8, one line an entry."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from domain.errors import StoreError
from domain.ledger import Entry, Voided
from storage.ledger_rows import decode_body, encode_body, span_fault

COLUMNS = ("number", "at", "who", "why", "kind", "body")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_HINT = "correct the line, or export the ledger again"


def ledger_csv(entries: Iterable[Entry]) -> str:
    """Return the entries as CSV text: equal entries give equal text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in entries:
        at = (_EPOCH + timedelta(milliseconds=entry.at)).isoformat(timespec="milliseconds")
        row = (entry.number, at.replace("+00:00", "Z"), entry.who, entry.why, *encode_body(entry.body))
        writer.writerow(row)
    return text.getvalue()


def parse_ledger_csv(text: str, subject: str = "ledger.csv") -> tuple[Entry, ...]:
    """Return the entries of CSV text, numbered 1, 2, 3 ...; StoreError names the first faulty line."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    entries: list[Entry] = []
    standing: set[int] = set()
    places: list[str] = []
    try:
        header = next(rows, None)
        if header is None or tuple(header) != COLUMNS:
            problem = f"does not begin with the columns {','.join(COLUMNS)}"
            raise StoreError(subject, problem, "export the ledger again")
        for row in rows:
            if row:
                places.append(f"{subject}:{rows.line_num}")
                entries.append(_entry(row, len(entries) + 1, places[-1]))
                _follow(entries[-1], standing, places[-1])
    except csv.Error as error:
        raise StoreError(f"{subject}:{rows.line_num}", f"is not CSV: {error}", _HINT) from error
    for entry, place in zip(entries, places, strict=True):
        fault = span_fault(entry.body)
        if fault is not None and entry.number in standing:
            raise StoreError(place, fault, "let until be after since, or void the entry")
    return tuple(entries)


def _entry(row: list[str], expected: int, subject: str) -> Entry:
    if len(row) != len(COLUMNS):
        raise StoreError(subject, f"has {len(row)} fields, not {len(COLUMNS)}", _HINT)
    number, at, who, why, kind, body = row
    if not _NUMBER.fullmatch(number) or int(number) != expected:
        raise StoreError(subject, f"has number {number[:20]!r}, not {expected}", "number entries 1, 2, 3 ...")
    if not who.strip():
        raise StoreError(subject, "names nobody who recorded it", _HINT)
    return Entry(
        number=expected, at=_instant(at, subject), who=who, why=why, body=decode_body(kind, body, subject)
    )


def _instant(text: str, subject: str) -> int:
    """Return an ISO 8601 instant with offset as milliseconds."""
    try:
        found = datetime.fromisoformat(text)
        since = found - _EPOCH  # TypeError without an offset
    except (ValueError, TypeError, OverflowError) as error:
        hint = "write it with its offset: 2026-03-01T08:00:00.000Z"
        raise StoreError(subject, f"{text[:40]!r} is no instant", hint) from error
    at, rest = divmod(since, timedelta(milliseconds=1))
    if rest or at < 0:
        raise StoreError(subject, f"{text[:40]!r} is no whole millisecond since 1970", _HINT)
    return at


def _follow(entry: Entry, standing: set[int], subject: str) -> None:
    """Refuse a voiding of what does not stand, as the ledger itself does; `standing` may be voided."""
    if not isinstance(entry.body, Voided):
        standing.add(entry.number)
    elif entry.body.entry in standing:
        standing.remove(entry.body.entry)
    else:
        problem = f"voids entry {entry.body.entry}, which is not there, voided already or a voiding"
        raise StoreError(subject, problem, _HINT)
