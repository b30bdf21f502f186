"""The SQLite file of users, sessions, API tokens and audit: made private, opened, written in transactions.

The command line and the running agent write it at the same time, so it keeps SQLite's rollback journal (WAL
of libraries before 3.51.3 may lose a commit when several connections write and reset it). synchronous=FULL:
what was changed is on disk when a call returns, if the drive honours fsync.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from domain.errors import StoreError, StoreUnavailable

SCHEMA_VERSION = 1
_APPLICATION = 0x45414343
"""SQLite's application_id of this file: "EACC"."""
_SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
    password TEXT, disabled INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL);
CREATE TABLE invitations (
    token BLOB PRIMARY KEY, user INTEGER REFERENCES users (id), created INTEGER NOT NULL, expires INTEGER);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token BLOB NOT NULL UNIQUE,
    user INTEGER NOT NULL REFERENCES users (id), csrf TEXT NOT NULL, address TEXT NOT NULL,
    created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER);
CREATE INDEX sessions_user ON sessions (user);
CREATE VIEW live_sessions AS
    SELECT s.id, s.token, s.user, s.csrf, s.address, s.created, s.seen, s.expires, u.id AS user_id,
        u.key AS user_key, u.name AS user_name, u.role AS user_role, u.password AS user_password,
        u.disabled AS user_disabled, u.created AS user_created, u.changed AS user_changed
    FROM sessions s JOIN users u ON u.id = s.user WHERE s.revoked IS NULL;
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token BLOB NOT NULL UNIQUE, name TEXT NOT NULL, who TEXT NOT NULL,
    created INTEGER NOT NULL, seen INTEGER, revoked INTEGER);
CREATE TABLE keys (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL, address TEXT NOT NULL,
    detail TEXT NOT NULL);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_rows_follow_each_other BEFORE INSERT ON audit
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
"""
_STATE = (
    "SELECT (SELECT user_version FROM pragma_user_version), "
    "(SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_master)"
)
_ASIDE = "see that the disk has room and this user may write; if the file is damaged, take it from a backup"
_BUSY = "another process writes it: try again"


class AccessFile:
    """One connection; safe from any thread and beside other processes.

    Creates the file, mode 0600, where there is none. StoreError when it cannot be used.
    """

    def __init__(self, path: Path, *, busy_s: float = 10.0) -> None:
        self.path = path
        self._lock = RLock()
        self._depth = 0
        try:
            make_private(path)
            self._db = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(str(path), f"users cannot be read: {error}", _ASIDE) from error
        try:
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.execute("PRAGMA secure_delete=ON")
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(str(path), f"users cannot be read: {error}", _ASIDE) from error
        except StoreError:
            self._db.close()
            raise

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise self._unavailable(error) from error

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute one statement, durably unless inside `transaction`; return how many rows it touched."""
        with self.transaction():
            return self._db.execute(statement, values).rowcount

    def insert(self, statement: str, values: Sequence[object]) -> int:
        """Insert one row and return its number."""
        with self.transaction():
            return self._db.execute(statement, values).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all that follows or nothing of it; may be nested."""
        with self._lock:
            try:
                if self._depth == 0:
                    self._db.execute("BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                if self._depth == 0:
                    self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise self._unavailable(error) from error
            except BaseException:
                self._roll_back()
                raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._db.close()

    def _roll_back(self) -> None:
        if self._depth == 0 and self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _prepare(self) -> None:
        """Make the tables in an empty file; refuse a file that is not ours or too new."""
        if self._is_ready():
            return
        self._db.execute("PRAGMA journal_mode=DELETE")
        with self.transaction():
            if not self._is_ready():  # another process may have made them meanwhile
                for statement in _SCHEMA.split(";\n"):
                    # A trigger holds a semicolon of its own, never at the end of a line.
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _is_ready(self) -> bool:
        version, application, tables = self._db.execute(_STATE).fetchone()
        if version == application == tables == 0:
            return False
        if application != _APPLICATION:
            hint = "move the file aside, or take it from a backup"
            raise StoreError(str(self.path), "is no file of users", hint)
        if version != SCHEMA_VERSION:
            hint = "upgrade this agent"
            raise StoreError(str(self.path), f"was made by a newer agent (version {version})", hint)
        return True

    def _unavailable(self, error: sqlite3.Error) -> StoreError:
        kind = StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreError
        is_busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        return kind(str(self.path), f"users: {error}", _BUSY if is_busy else _ASIDE)


def make_private(path: Path) -> None:
    """Make an empty private file where there is none; made by root it belongs to the folder's owner."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(handle, folder.st_uid, folder.st_gid)
    finally:
        os.close(handle)
