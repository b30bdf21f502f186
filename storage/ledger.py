"""The ledger: what people declare and decide, one SQLite file that only grows.

The command line and the running agent write it at the same time, so it keeps SQLite's rollback journal (WAL
of libraries before 3.51.3 may lose a commit when several connections write and reset it). synchronous=FULL:
an entry is on disk when `add` returns, if the drive honours fsync.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from domain.errors import StoreError, StoreRejected, StoreUnavailable
from domain.ledger import Body, Entry, Voided
from storage.ledger_rows import decode_body, encode_body, span_fault
from storage.private_file import create_private

FILE_NAME = "ledger.sqlite"
"""In the state folder."""
SCHEMA_VERSION = 1
_APPLICATION = 0x454C4447
"""SQLite's application_id of this file: "ELDG"."""
_SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX entries_voids ON entries (body) WHERE kind = 'voided.1';
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_follow_each_other BEFORE INSERT ON entries
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entries)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""
_STATE = (
    "SELECT (SELECT user_version FROM pragma_user_version), "
    "(SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_master)"
)
_LAST = "SELECT coalesce(max(number), 0) FROM entries"
_LATEST_AT = 2**53
_ASIDE = "see that the disk has room and this user may write; if the file is damaged, take it from a backup"
_BUSY = "another process writes it: try again"


class LedgerMoved(StoreUnavailable):
    """Entries were added since the caller looked; nothing was written."""


class SqliteLedger:
    """Add and read entries; safe from any thread and beside other processes.

    Creates the file, mode 0600, where there is none. StoreError when it cannot be used.
    """

    def __init__(self, path: Path, *, busy_s: float = 10.0) -> None:
        self._path = path
        self._lock = Lock()
        try:
            create_private(path)
            self._db = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(str(path), f"ledger cannot be opened: {error}", _ASIDE) from error
        try:
            self._db.text_factory = _text
            self._db.execute("PRAGMA synchronous=FULL")
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(str(path), f"ledger cannot be opened: {error}", _ASIDE) from error
        except StoreError:
            self._db.close()
            raise

    def add(
        self, bodies: Sequence[Body], *, who: str, why: str, at: int, seen: int | None = None
    ) -> Sequence[Entry]:
        """Record all bodies or none, durably, and return their entries.

        With `seen`, LedgerMoved when there are entries after that number: what was checked against them may
        no longer hold. StoreRejected for a body that must not be recorded, StoreUnavailable when the file
        is busy or the disk full: nothing was written.
        """
        rows = [encode_body(body) for body in bodies]
        _check(who, why, at)
        for body in bodies:
            problem = span_fault(body)
            if problem is not None:
                raise StoreRejected(type(body).__name__, problem, "let until be after since")
        if not rows:
            return ()
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    last = self._add(rows, bodies, who=who, why=why, at=at, seen=seen)
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._unavailable("cannot be written", error) from error
        return tuple(
            Entry(number=number, at=at, who=who, why=why, body=body)
            for number, body in enumerate(bodies, last + 1)
        )

    def entries(self, *, after: int = 0) -> Sequence[Entry]:
        """Return the entries with a number above `after`, in order; StoreError names a damaged one."""
        with self._lock:
            try:
                rows = self._db.execute(
                    "SELECT number, at, who, why, kind, body FROM entries WHERE number > ? ORDER BY number",
                    (after,),
                ).fetchall()
            except sqlite3.Error as error:
                raise self._unavailable("cannot be read", error) from error
        return tuple(self._entry(row, number) for number, row in enumerate(rows, max(after, 0) + 1))

    def last(self) -> int:
        """Return the number of the newest entry, 0 without any: one look at the end of the index."""
        with self._lock:
            try:
                return int(self._db.execute(_LAST).fetchone()[0])
            except sqlite3.Error as error:
                raise self._unavailable("cannot be read", error) from error

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._db.close()

    def _prepare(self) -> None:
        """Make the table in an empty file; refuse a file that is not ours or too new."""
        if self._is_ready():
            return
        self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if not self._is_ready():  # another process may have made it meanwhile
                for statement in _SCHEMA.split(";\n"):
                    # A trigger holds a semicolon of its own, never at the end of a line.
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _is_ready(self) -> bool:
        version, application, tables = self._db.execute(_STATE).fetchone()
        if version == application == tables == 0:
            return False
        if application != _APPLICATION:
            raise StoreError(str(self._path), "is no ledger", "move the file aside, or take it from a backup")
        if version != SCHEMA_VERSION:
            hint = "upgrade this agent"
            raise StoreError(str(self._path), f"was made by a newer agent (version {version})", hint)
        return True

    def _add(
        self,
        rows: Sequence[tuple[str, str]],
        bodies: Sequence[Body],
        *,
        who: str,
        why: str,
        at: int,
        seen: int | None,
    ) -> int:
        """Insert rows in the open transaction; return the number before the first."""
        last = int(self._db.execute(_LAST).fetchone()[0])
        if seen is not None and last != seen:
            raise LedgerMoved(str(self._path), f"has entries after {seen} now", "look again, then repeat")
        for number, ((kind, text), body) in enumerate(zip(rows, bodies, strict=True), last + 1):
            if isinstance(body, Voided):
                self._check_void(body, text)
            self._db.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (number, at, who, why, kind, text)
            )
        return last

    def _check_void(self, void: Voided, text: str) -> None:
        """Refuse to void what is not there, is a voiding itself or is voided already."""
        subject, look = f"entry {void.entry}", "look with `energy-agent event list`"
        found = None
        if 0 < void.entry < 2**63:
            query = "SELECT kind FROM entries WHERE number = ?"
            found = self._db.execute(query, (void.entry,)).fetchone()
        if found is None:
            raise StoreRejected(subject, "does not exist and cannot be voided", look)
        if found[0] == "voided.1":
            hint = "record what counts as a new entry"
            raise StoreRejected(subject, "voids another entry and cannot be voided itself", hint)
        if found[0] in ("closed.1", "restated.1"):
            hint = "give the period other figures with `energy-agent restate`"
            raise StoreRejected(subject, "closes a period, and what was signed is not taken back", hint)
        query = "SELECT number FROM entries WHERE kind = 'voided.1' AND body = ?"
        earlier = self._db.execute(query, (text,)).fetchone()
        if earlier is not None:
            raise StoreRejected(subject, f"was voided already, by entry {earlier[0]}", look)

    def _entry(self, row: tuple[object, ...], expected: int) -> Entry:
        number, at, who, why, kind, body = row
        subject = f"{self._path}: entry {number}"
        if number != expected:
            problem, hint = f"comes where entry {expected} should be", "take the file from a backup"
            raise StoreError(subject, problem, hint)
        if not (
            isinstance(at, int)
            and isinstance(who, str)
            and isinstance(why, str)
            and isinstance(kind, str)
            and isinstance(body, str)
            and _is_text(who + why + kind)
        ):
            raise StoreError(subject, "is damaged", "take the file from a backup")
        return Entry(number=expected, at=at, who=who, why=why, body=decode_body(kind, body, subject))

    def _unavailable(self, problem: str, error: sqlite3.Error) -> StoreError:
        kind = StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreError
        is_busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        return kind(str(self._path), f"ledger {problem}: {error}", _BUSY if is_busy else _ASIDE)


def _text(stored: bytes) -> str:
    """Return stored text; what is no UTF-8 is refused row by row later, with its number."""
    return stored.decode("utf-8", "surrogateescape")


def _check(who: str, why: str, at: int) -> None:
    """Refuse a row whose own columns are wrong."""
    if not who.strip():
        raise StoreRejected("ledger", "nobody is named who records the entry", "give a name")
    if not 0 <= at < _LATEST_AT:
        raise StoreRejected("ledger", f"{at} is no instant in milliseconds", "take it from the clock")
    if not _is_text(who + why):
        raise StoreRejected("ledger", "name or reason is not text", "write it in UTF-8")


def _is_text(text: str) -> bool:
    """Say whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeError:
        return False
    return True
