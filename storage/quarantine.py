"""What cannot be stored waits here for a person: one SQLite file, one fsync an item."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

from domain.errors import StoreError, StoreUnavailable

MAX_KEPT = 64 * 1024
"""Bytes of a payload that are kept; its full length and SHA-256 always are."""
OVERFLOW = "overflow"
"""Reason code under which `count` gives the items that found no room."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item(
    key TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, topic TEXT NOT NULL,
    payload BLOB NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS overflow(only INTEGER PRIMARY KEY CHECK (only = 1), items INTEGER NOT NULL);
INSERT OR IGNORE INTO overflow VALUES (1, 0);
"""


class SqliteQuarantine:
    """Keep at most `cap` items, each once; later ones are counted as overflow, none silently.

    A reason reads `code: text`; `count` goes by the code. Safe from any thread.
    """

    def __init__(self, path: Path, *, cap: int = 100_000) -> None:
        self._path = path
        self._cap = cap
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._held = int(self._db.execute("SELECT count(*) FROM item").fetchone()[0])
        except sqlite3.Error as error:
            raise StoreError(
                str(path), f"quarantine cannot be opened: {error}", "move the file aside"
            ) from error

    def put(self, reason: str, payload: bytes, *, topic: str, key: str, at: int) -> bool:
        """Keep one item, on disk when this returns; False when it was there already or is overflow."""
        with self._lock:
            try:
                return self._put(reason, payload, topic=topic, key=key, at=at)
            except sqlite3.Error as error:
                raise StoreUnavailable(
                    str(self._path), f"quarantine cannot write: {error}", "free disk space"
                ) from error

    def _put(self, reason: str, payload: bytes, *, topic: str, key: str, at: int) -> bool:
        known = self._db.execute("SELECT 1 FROM item WHERE key = ?", (key,)).fetchone()
        if known is not None:
            return False
        if self._held >= self._cap:
            self._db.execute("UPDATE overflow SET items = items + 1")
            return False
        digest = hashlib.sha256(payload).hexdigest()
        self._db.execute(
            "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, at, reason, topic, payload[:MAX_KEPT], len(payload), digest),
        )
        self._held += 1
        return True

    def count(self) -> Mapping[str, int]:
        """Return how many items wait, by reason code, and `overflow` when some found no room."""
        counts: dict[str, int] = {}
        with self._lock:
            grouped = self._db.execute("SELECT reason, count(*) FROM item GROUP BY reason")
            for reason, items in grouped:
                code = reason.partition(":")[0]
                counts[code] = counts.get(code, 0) + items
            overflow = self._db.execute("SELECT items FROM overflow").fetchone()[0]
        if overflow:
            counts[OVERFLOW] = overflow
        return counts

    def items(self, *, limit: int) -> Iterable[tuple[int, str, str, bytes]]:
        """Give the newest items: (at, reason, topic, payload up to MAX_KEPT)."""
        with self._lock:
            rows = self._db.execute(
                "SELECT at, reason, topic, payload FROM item ORDER BY rowid DESC LIMIT ?", (limit,)
            ).fetchall()
        return [(int(at), str(reason), str(topic), bytes(kept)) for at, reason, topic, kept in rows]

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._db.close()
