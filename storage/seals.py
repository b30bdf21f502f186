"""The book of seals: one SQLite file that only grows, a link of the chain for each day.

A link and all it covers are one transaction: a process that is killed leaves a whole chain. The triggers keep
programs from changing it by mistake; who means to can drop them, and then the roots no longer fit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from domain.errors import StoreError, StoreUnavailable
from domain.seals import Seal
from storage.private_file import create_private
from storage.seal_root import FIRST_PREVIOUS, Link, seal_of
from storage.seal_rows import PointSeal

FILE_NAME = "seals.sqlite"
"""In the state folder."""
SCHEMA_VERSION = 1
_APPLICATION = 0x45534C53
"""SQLite's application_id of this file: "ESLS"."""
_TABLES = (
    "CREATE TABLE seals (number INTEGER PRIMARY KEY, day TEXT NOT NULL UNIQUE, sealed INTEGER NOT NULL, "
    "since INTEGER, until INTEGER NOT NULL, first_entry INTEGER NOT NULL, last_entry INTEGER NOT NULL, "
    "previous TEXT NOT NULL, root TEXT NOT NULL)",
    "CREATE TABLE sealed_points (seal INTEGER NOT NULL, point TEXT NOT NULL, readings INTEGER NOT NULL, "
    "sha BLOB NOT NULL, locator BLOB NOT NULL, PRIMARY KEY (seal, point)) WITHOUT ROWID",
    "CREATE TABLE sealed_entries (seal INTEGER NOT NULL, number INTEGER NOT NULL, sha BLOB NOT NULL, "
    "PRIMARY KEY (seal, number)) WITHOUT ROWID",
)
_NAMES = ("seals", "sealed_points", "sealed_entries")
_STATE = (
    "SELECT (SELECT user_version FROM pragma_user_version), "
    "(SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_master)"
)
_SEALS = "SELECT number, day, sealed, since, until, first_entry, last_entry, previous, root FROM seals"
_COUNTED = (
    "SELECT s.number, s.day, s.sealed, s.since, s.until, s.first_entry, s.last_entry, s.previous, s.root, "
    "(SELECT count(*) FROM sealed_points WHERE seal = s.number), "
    "(SELECT CAST(total(readings) AS INTEGER) FROM sealed_points WHERE seal = s.number) FROM seals s "
)
_ASIDE = "see that the disk has room and this user may write; if the file is damaged, take it from a backup"
_LIMIT = 2**53
_SEAL = (int, str, int, int, int, int, int, str, str)
_POINT = (str, int, bytes, bytes)
_ENTRY = (int, bytes)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A seal whose columns, or those of what it covers, are none that were ever written."""

    number: str
    day: str
    """Empty where it is no text."""


class SealBook:
    """Add and read seals; safe from any thread and beside other processes.

    Creates the file, mode 0600, where there is none. StoreError when it cannot be used.
    """

    def __init__(self, path: Path, *, busy_s: float = 10.0) -> None:
        self._path = path
        self._lock = Lock()
        try:
            create_private(path)
            self._db = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(str(path), f"seals cannot be opened: {error}", _ASIDE) from error
        self._inode = _inode(path)
        try:
            with self._speaking():
                self._db.execute("PRAGMA synchronous=FULL")
                self._prepare()
        except StoreError:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._db.close()

    def add(self, link: Link) -> Seal:
        """Add the next link, durably; StoreError when it does not follow the last one."""
        root = link.root()
        row = (link.number, link.day, link.sealed, link.since, link.until)
        ends = (link.first_entry, link.last_entry, link.previous, root)
        with self._speaking(), self._transaction():
            last = self._last()
            before = (last[0], last[1].root) if last else (0, FIRST_PREVIOUS)
            if (link.number - 1, link.previous) != before:
                raise StoreUnavailable(str(self._path), "another process has sealed a day", "try again")
            self._db.execute("INSERT INTO seals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row + ends)
            self._db.executemany(
                "INSERT INTO sealed_points VALUES (?, ?, ?, ?, ?)",
                [(link.number, name, p.readings, p.sha, p.locator) for name, p in link.points.items()],
            )
            self._db.executemany(
                "INSERT INTO sealed_entries VALUES (?, ?, ?)",
                [(link.number, number, sha) for number, sha in link.entries.items()],
            )
        return seal_of(link, root)

    def seals(self, limit: int | None = None) -> Sequence[Seal]:
        """Return the newest seals, or all, oldest first; none that cannot be read."""
        with self._speaking():
            rows = self._newest(-1 if limit is None else limit)
        return tuple(_seal(row) for row in reversed(rows) if _is_seal(row))

    def end(self) -> tuple[int, Seal, int] | None:
        """Return the newest link's number, seal and end; None without any. StoreError: it is unreadable."""
        with self._speaking():
            return self._last()

    def links(self) -> Iterator[tuple[Link, str] | Unread]:
        """Give every link with its root as the file has them, in order of their numbers."""
        with self._speaking():
            rows = self._db.execute(_SEALS + " ORDER BY number").fetchall()
        for row in rows:
            number, day, sealed, since, until, first, last, previous, root = row
            with self._speaking():
                points = self._db.execute(
                    "SELECT point, readings, sha, locator FROM sealed_points WHERE seal = ?", (number,)
                ).fetchall()
                entries = self._db.execute(
                    "SELECT number, sha FROM sealed_entries WHERE seal = ?", (number,)
                ).fetchall()
            if not (_is_seal(row) and _are_rows(points, _POINT) and _are_rows(entries, _ENTRY)):
                yield Unread(number=ascii(number)[:40], day=day if isinstance(day, str) else "")
                continue
            link = Link(
                number=number,
                day=day,
                sealed=sealed,
                since=since,
                until=until,
                previous=previous,
                first_entry=first,
                last_entry=last,
                points={
                    name: PointSeal(readings=many, sha=sha, locator=locator)
                    for name, many, sha, locator in points
                },
                entries=dict(entries),
            )
            yield link, root

    # inside

    def _newest(self, limit: int) -> list[Row]:
        rows: list[Row] = self._db.execute(_COUNTED + "ORDER BY s.number DESC LIMIT ?", (limit,)).fetchall()
        return rows

    def _last(self) -> tuple[int, Seal, int] | None:
        rows = self._newest(1)
        if not rows:
            return None
        if not _is_seal(rows[0]):
            hint = "take seals.sqlite from a backup; nothing is sealed after it"
            raise StoreError(str(self._path), f"seal {ascii(rows[0][0])[:40]} cannot be read", hint)
        return rows[0][0], _seal(rows[0]), rows[0][4]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Hold the lock, and turn what SQLite raises into our errors."""
        with self._lock:
            if _inode(self._path) != self._inode:  # SQLite goes on in a file that nobody can find any more
                hint = "put the file back, or restart the agent to go on with what is there"
                raise StoreError(str(self._path), "is gone or was replaced while it is in use", hint)
            try:
                yield
            except sqlite3.OperationalError as error:
                raise StoreUnavailable(str(self._path), f"seals cannot be used: {error}", _ASIDE) from error
            except sqlite3.Error as error:
                raise StoreError(str(self._path), f"seals cannot be used: {error}", _ASIDE) from error

    def _prepare(self) -> None:
        """Make the tables in an empty file; refuse a file that is not ours or too new."""
        if self._is_ready():
            return
        self._db.execute("PRAGMA journal_mode=DELETE")
        with self._transaction():
            if self._is_ready():  # another process made it meanwhile
                return
            for statement in _TABLES:
                self._db.execute(statement)
            for name in _NAMES:
                for deed in ("UPDATE", "DELETE"):
                    self._db.execute(
                        f"CREATE TRIGGER {name}_no_{deed.lower()} BEFORE {deed} ON {name} "
                        "BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END"
                    )
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _is_ready(self) -> bool:
        version, application, tables = self._db.execute(_STATE).fetchone()
        if version == application == tables == 0:
            return False
        if application != _APPLICATION:
            raise StoreError(
                str(self._path), "is no book of seals", "move it aside, or take it from a backup"
            )
        if version != SCHEMA_VERSION:
            hint = "upgrade this agent"
            raise StoreError(str(self._path), f"was made by a newer agent (version {version})", hint)
        return True


def sealed_until(path: Path) -> int:
    """Return the end of the newest sealed day, 0 where there is no book yet."""
    if not path.exists():
        return 0
    book = SealBook(path)
    try:
        found = book.end()
    finally:
        book.close()
    return found[2] if found else 0


def _is_seal(row: Row) -> bool:
    """Say whether the columns of a seal are what they are made as; `since` is None of the first."""
    return _are_rows([row[:9] if row[3] is not None else (*row[:3], 0, *row[4:9])], _SEAL)


def _are_rows(rows: Sequence[Row], kinds: Sequence[type]) -> bool:
    """Say whether all columns are of these types, no number is huge and no row has another's key."""
    return len({row[0] for row in rows}) == len(rows) and all(
        type(value) is kind and not (isinstance(value, int) and abs(value) >= _LIMIT)
        for row in rows
        for value, kind in zip(row, kinds, strict=True)
    )


def _seal(row: Row) -> Seal:
    _, day, sealed, _, _, first, last, previous, root, points, readings = row
    return Seal(
        day=day,
        sealed=sealed,
        readings=readings,
        points=points,
        first_entry=first,
        last_entry=last,
        root=root,
        previous=previous,
    )


def _inode(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another under the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
