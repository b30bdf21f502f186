"""Which hours of which devices must be computed anew: noted before the readings are committed.

Hours from the watermark on are computed again after a restart in any case, so they are kept in memory
only; a note about an older hour (late data) is on disk before its readings are in the store. A note without
readings costs one needless computation, readings without a note would be a wrong figure.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from domain.errors import StoreError
from domain.periods import HOUR_MS
from domain.ports import Envelope, ReadingSink, Written
from domain.reading import Gap, Poll

log = logging.getLogger(__name__)

Span = tuple[str, int, int]
"""Device, since, until."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS late (device TEXT, hour INTEGER, PRIMARY KEY (device, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (
    one INTEGER PRIMARY KEY CHECK (one = 1), watermark INTEGER NOT NULL, entry INTEGER NOT NULL
);
"""


class DirtyHours:
    """Notes of one state folder; from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        try:
            rows, late = self._open()
        except sqlite3.OperationalError as error:
            raise self._refusal(error) from error
        except sqlite3.DatabaseError as error:  # nothing but notes: without them all is computed anew
            aside = path.with_name(path.name + ".damaged")
            path.replace(aside)
            log.warning("notes_damaged file=%s error=%r kept_as=%s", path.name, str(error), aside.name)
            rows, late = self._open()
        self._watermark: int | None = rows[0][0] if rows else None
        self._entry: int = rows[0][1] if rows else 0
        self._hours: dict[str, set[int]] = defaultdict(set)
        self._late: set[tuple[str, int]] = set(late)
        self._committing: Counter[tuple[str, int]] = Counter()
        for device, hour in late:
            self._hours[device].add(hour)

    def _open(self) -> tuple[list[tuple[int, int]], list[tuple[str, int]]]:
        """Open the file and return (watermark and entry, if any; late hours)."""
        self._db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA auto_vacuum=FULL")  # a calendar change notes every hour
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        rows = self._db.execute("SELECT watermark, entry FROM mark").fetchall()
        return rows, self._db.execute("SELECT device, hour FROM late").fetchall()

    @property
    def watermark(self) -> int | None:
        """Return the instant from which everything is computed again at a start; None before the first."""
        return self._watermark

    @property
    def entry(self) -> int:
        """Return the number of the newest ledger entry that is in the figures, 0 before the first."""
        return self._entry

    def first(self) -> int | None:
        """Return the earliest hour that is noted, None without a note."""
        with self._lock:
            return min((hour for hours in self._hours.values() for hour in hours), default=None)

    @contextmanager
    def noting(self, spans: Sequence[Span]) -> Iterator[None]:
        """Keep notes of (device, since, until) while their readings are committed, and after it.

        StoreError, before anything is committed, when a note cannot be kept.
        """
        with self._lock:
            hours = {(d, hour) for d, since, until in spans for hour in _hours_of(since, until)}
            self._keep(hours)
            self._committing += Counter(hours)
        try:
            yield
        finally:
            with self._lock:  # again: what was computed meanwhile may not have seen the readings
                self._committing -= Counter(hours)
                self._keep(hours)

    def note(self, device: str, since: int, until: int) -> None:
        """Remember that what is known of a device in [since, until) has changed."""
        with self._lock:
            self._keep({(device, hour) for hour in _hours_of(since, until)})

    def take(self) -> Mapping[str, Sequence[int]]:
        """Return the hours noted since the last call, by device, in order; tell `done` when computed."""
        with self._lock:
            taken, self._hours = self._hours, defaultdict(set)
        return {device: sorted(hours) for device, hours in sorted(taken.items()) if hours}

    def give_back(self, taken: Mapping[str, Sequence[int]]) -> None:
        """Note again what was taken and could not be computed."""
        with self._lock:
            for device, hours in taken.items():
                self._hours[device].update(hours)

    def done(self, taken: Mapping[str, Sequence[int]], *, watermark: int, entry: int = 0) -> None:
        """Forget what was taken, except what was noted again meanwhile; move watermark and entry forward."""
        with self._lock:
            rows = {
                (device, hour)
                for device, hours in taken.items()
                for hour in hours
                if (device, hour) in self._late and hour not in self._hours[device]
            } - set(self._committing)
            if rows:
                self._write("DELETE FROM late WHERE device = ? AND hour = ?", sorted(rows))
                self._late -= rows
            watermark = max(watermark, self._watermark if self._watermark is not None else watermark)
            if watermark != self._watermark or entry > self._entry:
                # Notes that were open until now become late ones; first, so that none is lost between.
                noted = {(d, hour) for d, hours in self._hours.items() for hour in hours}
                self._keep_late({each for each in noted | set(self._committing) if each[1] < watermark})
                entry = max(entry, self._entry)
                self._write("INSERT OR REPLACE INTO mark VALUES (1, ?, ?)", [(watermark, entry)])
                self._watermark, self._entry = watermark, entry

    def close(self) -> None:
        """Release the file; safe to call twice."""
        self._db.close()

    def _keep(self, hours: set[tuple[str, int]]) -> None:
        watermark = self._watermark
        if watermark is not None:
            self._keep_late({each for each in hours if each[1] < watermark})
        for device, hour in hours:
            self._hours[device].add(hour)

    def _keep_late(self, hours: set[tuple[str, int]]) -> None:
        fresh = hours - self._late
        if fresh:
            self._write("INSERT OR IGNORE INTO late VALUES (?, ?)", sorted(fresh))
            self._late |= fresh

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(sql, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._refusal(error) from error

    def _refusal(self, error: sqlite3.Error) -> StoreError:
        hint = "free space on the disk of the state folder; readings wait in the journal meanwhile"
        return StoreError(str(self._path), f"notes for the analytics cannot be kept: {error}", hint)


class NotingStore:
    """A store's way in that notes the hours of what it is given, before it is committed."""

    def __init__(self, store: ReadingSink, dirty: DirtyHours) -> None:
        self._store = store
        self._dirty = dirty

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Note, then commit; a note that cannot be kept keeps the batch out of the store."""
        with self._dirty.noting([_span_of(envelope.item) for envelope in batch]):
            return self._store.write(batch)


def _span_of(item: Poll | Gap) -> Span:
    if isinstance(item, Poll):
        return item.device, item.at, item.at + 1
    return item.device, item.since, item.until


def _hours_of(since: int, until: int) -> range:
    return range(since // HOUR_MS * HOUR_MS, until, HOUR_MS)
