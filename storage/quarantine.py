"""What cannot be stored waits here for a person: one SQLite file, one fsync an item."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

from domain.errors import StoreError, StoreUnavailable

MAX_KEPT = 256 * 1024
"""Bytes of a payload that are kept; its full length and SHA-256 always are."""
OVERFLOW = "overflow"
"""Reason code under which `count` gives the items that found no room and are not kept since."""
MOST_REMEMBERED = 100_000
"""Refused items that are told apart; `overflow` counts no further."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item(
    key TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, topic TEXT NOT NULL,
    payload BLOB NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL);
"""
_COUNT = "SELECT substr(reason, 1, instr(reason || ':', ':') - 1) AS code, count(*) FROM item GROUP BY code"


class QuarantineFull(StoreError):
    """There is no room for an item: it must stay where it came from."""


class SqliteQuarantine:
    """Keep at most `cap` items, each once; refuse later ones until a person has made room.

    A reason reads `code: text`; `count` goes by the code. Safe from any thread.
    """

    def __init__(self, path: Path, *, cap: int = 100_000) -> None:
        self._path = path
        self._cap = cap
        self._lock = Lock()
        self._counts: Mapping[str, int] = {}
        """Replaced, never changed: read without the lock."""
        self._version = -1
        self._refused: set[int] = set()
        """Hashes of keys: 8 MB at most."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._load()
        except sqlite3.Error as error:
            raise StoreError(
                str(path), f"quarantine cannot be opened: {error}", "move the file aside"
            ) from error

    def put(self, reason: str, payload: bytes, *, topic: str, key: str, at: int) -> bool:
        """Keep one item, on disk when this returns; False when it was there already.

        QuarantineFull when there is no room for it.
        """
        with self._lock:
            try:
                if self._version != self._version_now():
                    self._load()
                return self._put(reason, payload, topic=topic, key=key, at=at)
            except sqlite3.Error as error:
                raise StoreUnavailable(
                    str(self._path), f"quarantine cannot write: {error}", "free disk space"
                ) from error

    def _put(self, reason: str, payload: bytes, *, topic: str, key: str, at: int) -> bool:
        known = self._db.execute("SELECT 1 FROM item WHERE key = ?", (key,)).fetchone()
        if known is not None:
            return False
        held = sum(self._counts.values())
        if held >= self._cap:
            if len(self._refused) < MOST_REMEMBERED:
                self._refused.add(hash(key))
            raise QuarantineFull(str(self._path), f"holds {held} items", "look into them, then empty it")
        digest = hashlib.sha256(payload).hexdigest()
        self._db.execute(
            "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, at, reason, topic, payload[:MAX_KEPT], len(payload), digest),
        )
        code = reason.partition(":")[0]
        self._counts = {**self._counts, code: self._counts.get(code, 0) + 1}
        self._refused.discard(hash(key))
        return True

    def _load(self) -> None:
        """Count what is in the file: at the start, and after another process changed it."""
        self._version = self._version_now()
        self._counts = dict(self._db.execute(_COUNT))

    def _version_now(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def count(self) -> Mapping[str, int]:
        """Return how many items are kept, by reason code, and `overflow` when some found no room.

        Costs no query and waits for nothing.
        """
        counts, refused = self._counts, len(self._refused)
        return {**counts, OVERFLOW: refused} if refused else counts

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
