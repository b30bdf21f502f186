"""The journal: what was read and is not yet acknowledged by the store, on disk.

A row is the MQTT message. One SQLite file, WAL, synchronous=FULL: a commit is on disk when it
returns (process-crash safe; power-loss safe if the drive honours fsync). One connection writes and
checkpoints, and one process holds the lock.

Every opening begins an epoch with a new id, and (epoch id, seq) names a message for ever: a file that
went back in time (a restored copy, a torn log) cannot give an old name to a new message.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import JournalError, JournalInUse
from domain.reading import Gap, Poll
from domain.wire import encode_item, item_topic

SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epochs (first INTEGER PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE messages (seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE progress (device TEXT PRIMARY KEY, at INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message of the journal."""

    seq: int
    topic: str
    payload: bytes


class Journal:
    """Append, read, delete; used from one thread. Open it with `Journal.open`."""

    def __init__(self, connection: sqlite3.Connection, lock: int, *, site: str, gateway: str) -> None:
        self._db = connection
        self._lock = lock
        self._site = site
        self._gateway = gateway
        self.id = secrets.token_hex(8)
        """The epoch that begins now."""
        newest, kept = connection.execute(
            "SELECT (SELECT max(seq) FROM progress), (SELECT max(seq) FROM messages)"
        ).fetchone()
        self.last_seq: int = max(newest or 0, kept or 0)
        self._is_epoch_noted = False
        self._epochs = self._living_epochs()
        self._take_name(f"{site}/{gateway}")
        connection.commit()

    @classmethod
    def open(cls, path: Path, *, site: str, gateway: str) -> Journal:
        """Open or create the journal; JournalInUse when another agent holds it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = _take_lock(path)
            try:
                return cls(_connect(path), lock, site=site, gateway=gateway)
            except BaseException:
                os.close(lock)
                raise
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                str(path),
                f"cannot be opened: {error}",
                "free disk space or permissions; if the file is damaged, move it aside and keep it",
            ) from error

    def append(self, items: Sequence[Poll | Gap]) -> list[Row]:
        """Give the items their numbers and add them; they count only after `commit`."""
        if items and not self._is_epoch_noted:
            self._db.execute("INSERT INTO epochs VALUES (?, ?)", (self.last_seq + 1, self.id))
            self._epochs = (*self._epochs, (self.last_seq + 1, self.id))
            self._is_epoch_noted = True
        rows = []
        progress: dict[str, tuple[int, int]] = {}
        seq = self.last_seq
        for item in items:
            seq += 1
            topic = item_topic(self._site, self._gateway, item)
            rows.append(Row(seq=seq, topic=topic, payload=encode_item(item, self.id, seq)))
            progress[item.device] = (item.at if isinstance(item, Poll) else item.until, seq)
        self._db.executemany(
            "INSERT INTO messages VALUES (?, ?, ?)", [(row.seq, row.topic, row.payload) for row in rows]
        )
        self._db.executemany(
            "INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT (device) "
            "DO UPDATE SET at = max(at, excluded.at), seq = excluded.seq",
            [(device, at, seq) for device, (at, seq) in progress.items()],
        )
        self.last_seq = seq
        return rows

    def own(self, epoch: str, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the part of acknowledged ranges that names messages of this file; from any thread."""
        epochs = self._epochs
        for place, (first, name) in enumerate(epochs):
            if name == epoch:
                end = epochs[place + 1][0] - 1 if place + 1 < len(epochs) else 2**63 - 1
                clipped = ((max(low, first), min(high, end)) for low, high in ranges)
                return [(low, high) for low, high in clipped if low <= high]
        return []

    def delete(self, ranges: Iterable[tuple[int, int]]) -> int:
        """Remove acknowledged messages (inclusive ranges); return how many there were."""
        before = self._db.total_changes
        self._db.executemany("DELETE FROM messages WHERE seq BETWEEN ? AND ?", list(ranges))
        return self._db.total_changes - before

    def delete_oldest(self, count: int) -> list[Row]:
        """Remove and return the oldest messages: the journal is over its cap."""
        rows = self.read(after=0, limit=count)
        if rows:
            self.delete([(rows[0].seq, rows[-1].seq)])
        return rows

    def commit(self) -> None:
        """Bring what was appended and deleted to disk."""
        self._db.commit()

    def rollback(self) -> None:
        """Forget what was appended and deleted since the last commit."""
        self._db.rollback()
        self._epochs = tuple(self._db.execute("SELECT first, id FROM epochs ORDER BY first"))
        self._is_epoch_noted = any(name == self.id for _, name in self._epochs)
        newest, kept = self._db.execute(
            "SELECT (SELECT max(seq) FROM progress), (SELECT max(seq) FROM messages)"
        ).fetchone()
        self.last_seq = max(self.last_seq, newest or 0, kept or 0)

    def read(self, *, after: int, limit: int, up_to: int | None = None) -> list[Row]:
        """Return messages with seq in (after, up_to], oldest first."""
        found = self._db.execute(
            "SELECT seq, topic, payload FROM messages WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (after, up_to if up_to is not None else 2**63 - 1, limit),
        )
        return [Row(seq=seq, topic=topic, payload=payload) for seq, topic, payload in found]

    def depth(self) -> int:
        """Return how many messages wait for the store's acknowledgement."""
        count: int = self._db.execute("SELECT count(*) FROM messages").fetchone()[0]
        return count

    def size_bytes(self) -> int:
        """Return how much of the file is in use."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def last_poll(self) -> dict[str, int]:
        """Return the instant up to which each device's polls are journalled, ms."""
        return dict(self._db.execute("SELECT device, at FROM progress"))

    def restart_at(self, device: str, at: int) -> None:
        """Set back the instant up to which a device's polls are journalled: the clock had been wrong."""
        self._db.execute("UPDATE progress SET at = ? WHERE device = ?", (at, device))
        self._db.commit()

    def close(self) -> None:
        """Release the file and the lock."""
        self._db.close()
        os.close(self._lock)

    def _living_epochs(self) -> tuple[tuple[int, str], ...]:
        """Return the epochs that still have messages, and forget the others."""
        self._db.execute(
            "DELETE FROM epochs WHERE NOT EXISTS (SELECT 1 FROM messages WHERE seq >= epochs.first "
            "AND seq < coalesce((SELECT min(e.first) FROM epochs e WHERE e.first > epochs.first), 1 << 62))"
        )
        return tuple(self._db.execute("SELECT first, id FROM epochs ORDER BY first"))

    def _take_name(self, name: str) -> None:
        """Send what waits under the gateway's present name: nobody listens to an old one."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'name'").fetchone()
        if row is not None and row[0] != name:
            prefix = f"energy/{row[0]}/"
            self._db.execute(
                "UPDATE messages SET topic = ? || substr(topic, ?) WHERE substr(topic, 1, ?) = ?",
                (f"energy/{name}/", len(prefix) + 1, len(prefix), prefix),
            )
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('name', ?)", (name,))


def _take_lock(path: Path) -> int:
    lock_path = path.with_suffix(".lock")
    lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise JournalInUse(
            str(path),
            f"is held by another agent (pid {holder})",
            "stop that one, or give this one its own agent.state_dir",
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return lock


def _connect(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            _create(connection)
        elif version == 1:
            _add_epochs(connection)
        elif version != SCHEMA_VERSION:
            raise JournalError(
                str(path),
                f"has format {version}, this agent knows {SCHEMA_VERSION}",
                "run the version of the agent that wrote it until it is empty",
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection) -> None:
    """Make tables, id and version in one transaction: a kill or a full disk leaves an empty file."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA.strip().split("\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.commit()


def _add_epochs(connection: sqlite3.Connection) -> None:
    """Bring a journal of format 1, which had one id for all its messages, to format 2."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE epochs (first INTEGER PRIMARY KEY, id TEXT NOT NULL)")
    connection.execute("INSERT INTO epochs SELECT 1, value FROM meta WHERE key = 'journal'")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.commit()
