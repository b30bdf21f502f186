"""Ledger entries as hashes, straight from the rows: also of one that says nothing sensible any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from domain.errors import StoreError, StoreUnavailable

_ROWS = """
SELECT number, at, who, why, kind, body,
    typeof(number), typeof(at), typeof(who), typeof(why), typeof(kind), typeof(body)
FROM entries WHERE typeof(number) = 'integer' AND number > ? AND number <= ? ORDER BY number
"""
_WIDTH = 6
_KINDS = (b"integer", b"integer", b"text", b"text", b"text", b"text")
_BEFORE = """
SELECT coalesce(max(number), 0) FROM entries
WHERE at < ? AND typeof(at) = 'integer' AND typeof(number) = 'integer'
"""
_NEXT = """
SELECT min(at) FROM entries WHERE number > ? AND typeof(at) = 'integer' AND typeof(number) = 'integer'
"""
_STRAYS = (
    "SELECT quote(number), count(*) FROM entries GROUP BY number "
    "HAVING count(*) > 1 OR max(typeof(number) != 'integer' OR number < 1) ORDER BY number"
)
_HIGHEST = 2**63 - 1


class LedgerRows:
    """Looks at the ledger's file beside whoever writes it; a file that is not there has no entries."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hashes(self, first: int, last: int) -> dict[int, bytes]:
        """Return the SHA-256 of every entry from `first` to `last` that is there, by number."""
        with self._opened() as db:
            rows = db.execute(_ROWS, (first - 1, last)).fetchall() if db else []
        return {row[0]: sha256(b"".join(map(_tagged, row[:_WIDTH], row[_WIDTH:]))).digest() for row in rows}

    def strays(self, sealed: int) -> list[tuple[str, str]]:
        """Return what no seal shows, as entry and problem: rows under numbers that none can have or share.

        Of the entries after the last one sealed also those that do not follow or are none.
        """
        with self._opened() as db:
            doubtful = db.execute(_STRAYS).fetchall() if db else []
            newer = db.execute(_ROWS, (sealed, _HIGHEST)).fetchall() if db else []
        found = []
        for number, times in doubtful:
            problem = f"is there {times} times" if times > 1 else "has no number that an entry can have"
            found.append((f"entry {ascii(number.decode(errors='replace'))[1:-1][:40]}", problem))
        before = sealed
        for row in newer:
            if row[0] > before + 1:
                found.append((f"entry {row[0]}", f"comes where entry {before + 1} should be"))
            if row[_WIDTH:] != _KINDS:
                found.append((f"entry {row[0]}", "is damaged"))
            before = row[0]
        return found

    def last_before(self, until: int) -> int:
        """Return the newest number of an entry made before an instant, 0 without any."""
        with self._opened() as db:
            return int(db.execute(_BEFORE, (until,)).fetchone()[0]) if db else 0

    def next_at(self, after: int) -> int | None:
        """Return the earliest instant of an entry with a number above `after`."""
        with self._opened() as db:
            found = db.execute(_NEXT, (after,)).fetchone()[0] if db else None
        return None if found is None else int(found)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        if not self._path.exists():
            yield None
            return
        try:
            # Not mode=ro: what another process left half done must be rolled back before anything is read.
            with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=rw", uri=True)) as db:
                db.text_factory = bytes
                db.execute("PRAGMA query_only = ON")
                yield db
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(self._path), f"ledger cannot be read: {error}", "try again") from error
        except sqlite3.Error as error:
            hint = "take the file from a backup"
            raise StoreError(str(self._path), f"ledger cannot be read: {error}", hint) from error


def _tagged(value: object, kind: bytes) -> bytes:
    """Return a column as bytes that say its type and length."""
    raw = value if isinstance(value, bytes) else repr(value).encode()
    name = "blob" if kind == b"blob" else type(value).__name__  # text comes as bytes too
    return f"{name}:{len(raw)}:".encode() + raw
