"""The embedded store: DuckDB in one file, rows and what was ingested in one transaction.

Traps that shape this file: after a fatal error the database must be opened again, and what is on disk
then is the truth; the write-ahead log is never deleted; list parameters cost 0.5 ms a row, so rows come
from registered numpy arrays; one process holds the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count as counting
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, RLock

import duckdb

from domain.errors import StoreError
from domain.periods import PeriodKind
from domain.ports import Envelope, ResultRow, Written
from domain.reading import Gap, Reading, point_id
from domain.series import Series, no_series
from domain.windows import Windows, WindowVersion, no_windows
from storage import schema
from storage.absent import absent
from storage.draft import Columns, Draft, NewestReadings, draft_batch
from storage.duckdb_confine import CLOSED, confine
from storage.duckdb_errors import refusal, unavailable
from storage.duckdb_reading import (
    copy_readings,
    find_good,
    find_newest,
    quality_of,
    read_gaps,
    read_readings,
)
from storage.duckdb_results import (
    read_results,
    read_version_numbers,
    read_versions,
    read_windows,
    replace_results,
    replace_windows,
)
from storage.duckdb_seals import DuckReceipts
from storage.duckdb_series import check_past, insert_past, newest_of, read_series
from storage.ingested import IngestedLog
from storage.landing import land
from storage.result_rows import Where, check_results
from storage.window_rows import rows_of_windows, unknown_points


class DuckStore:
    """Readings, gaps and ingested ranges of the plant's points. One writer thread, any readers.

    `devices` are the names of each device's points. Exports are built in `<path>.export/`.
    """

    def __init__(
        self,
        path: Path,
        devices: Mapping[str, Sequence[str]],
        *,
        memory_limit: str = "256MB",
        threads: int = 1,
    ) -> None:
        self._path = path
        self._devices = devices
        self._settings = {**CLOSED, "memory_limit": memory_limit, "threads": threads}
        self._spool = path.with_name(path.name + ".export")
        self._serial = counting()
        self._lock = RLock()
        self._newest_lock = Lock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        self._newest, self._newest_is_whole = NewestReadings(), False
        self.receipts = DuckReceipts(self._reading, lambda: self._names, self._lock)
        self._open()

    # opening and closing

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Return the connection that cursors are made from, opening the file when it is not open."""
        root = self._root
        if root is not None:  # a reader goes on while the writer holds the lock
            return root
        with self._lock:
            if self._root is not None:
                return self._root
            if self._closed:
                raise StoreError(str(self._path), "the store is closed")
            try:
                self._root = self._connect()
                self._writer = self._root.cursor()
                self._prepare(self._writer)
            except duckdb.Error as error:
                self._drop()
                raise refusal(self._path, error) from error
            except (OSError, StoreError):
                self._drop()
                raise
            return self._root

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._spool.mkdir(parents=True, exist_ok=True)
        absent.remember("pandas")
        root = duckdb.connect(str(self._path), config=self._settings)
        confine(root, "directories", self._spool)
        return root

    def _prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        """Bring the tables up to date and load what the writer keeps in memory."""
        con.begin()
        schema.bring_up_to_date(con, str(self._path))
        self._ids, self._names = schema.register_points(con, self._devices)
        con.commit()
        self._ingested = IngestedLog(con)
        self._newest, self._newest_is_whole = NewestReadings(), False
        self._columns = Columns()
        con.register("incoming", self._columns.arrays)

    def _drop(self) -> None:
        """Close the file with every cursor; the next use opens it again."""
        with self._lock:
            root, self._root = self._root, None
            if root is not None:
                with suppress(duckdb.Error):  # it may be invalid already: that is why it is dropped
                    root.close()

    def close(self) -> None:
        """Release the file; safe to call twice."""
        self._closed = True
        self._drop()

    def check(self) -> None:
        """Raise StoreError when the store cannot be used now."""
        with self._reading() as con:
            con.execute("SELECT version FROM schema_version").fetchall()

    # writing

    def know(self, devices: Mapping[str, Sequence[str]]) -> None:
        """Take readings of these devices, by the names of their points, from now on."""
        with self._lock:
            self._open()
            with self._committing() as con:
                numbered = schema.register_points(con, devices)
            self._devices, (self._ids, self._names) = devices, numbered

    @contextmanager
    def _committing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the writer's connection in a transaction, committed at the end; the caller holds the lock."""
        try:
            con = self._writer
            con.begin()
            yield con
            con.commit()
        except BaseException as error:
            # Whether the commit reached the disk is not known: forget, open again, ask the disk.
            self._drop()
            if isinstance(error, duckdb.Error):
                raise unavailable(self._path, error) from error
            raise

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Commit the batch, each envelope once however often offered; StoreUnavailable loses nothing."""
        with self._lock:
            self._open()
            draft = draft_batch(self.receipts.not_before(batch), self._ids, self._ingested.journals)
            if any(draft.seen.values()):
                with self._committing() as con:
                    self._insert(con, draft)
                self._ingested.committed()
                with self._newest_lock:
                    self._newest.follow(draft)
        return Written(readings=len(draft.points), duplicates=draft.duplicates, rejected=draft.rejected)

    def _insert(self, con: duckdb.DuckDBPyConnection, draft: Draft) -> None:
        if draft.points:
            if len(draft.points) > self._columns.capacity:
                self._columns = Columns(2 * len(draft.points))
                con.register("incoming", self._columns.arrays)
            rows, has_missing = self._columns.fill(draft)
            value = schema.VALUE_OR_NONE if has_missing else schema.VALUE
            words = schema.WORDS_OR_NONE if draft.words else schema.NO_WORDS
            con.execute(schema.INSERT_READINGS.format(rows=rows, value=value, words=words))
        for gap in draft.gaps:
            con.execute("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)", gap)
        self._ingested.add(con, draft.seen)

    def fill(self, name: str, series: Sequence[Series]) -> int:
        """Write a past that no agent polled, each point once a name however often offered; all or none.

        It is a journal of its own, in which the number of a point stands for its readings.
        """
        check_past(series)
        with self._lock:
            self._open()
            numbers = {
                point_id(device, point): n for device, ids in self._ids.items() for point, n in ids.items()
            }
            unknown_points([one.point for one in series], numbers)
            journals = self._ingested.journals
            journal = journals.number(f"fill/{name}")
            held = journals.ingested[journal]
            new = [one for one in series if numbers[one.point] not in held]
            if not new:
                return 0
            with self._committing() as con:
                rows = insert_past(con, new, numbers, journal, since=self.receipts.closed_until)
                self._ingested.add(con, {journal: {numbers[one.point] for one in new}})
            self._ingested.committed()
            with self._newest_lock:
                self._newest.merge(newest_of(new, numbers).items())
        return rows

    def put_windows(self, windows: Sequence[Windows], *, at: int) -> None:
        """Replace what touches [first `since`, last `until`) of each point; all points or none."""
        with self._lock:
            self._open()
            rows = rows_of_windows(windows, {name: number for number, name in self._names.items()}, at=at)
            with self._committing() as con:
                replace_windows(con, rows)

    def replace_results(
        self,
        kind: str,
        rows: Sequence[ResultRow],
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> None:
        """Replace the results of a kind that begin in [since, until); only one period or subject if given."""
        where = Where(kind=kind, since=since, until=until, period=period, subject=subject)
        check_results(rows, where)
        with self._lock:
            self._open()
            with self._committing() as con:
                replace_results(con, rows, where)

    # reading

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of its own, so that a reader never waits for the writer."""
        try:
            con = self._open().cursor()
            try:
                yield con
            finally:
                con.close()
        except duckdb.FatalException as error:
            self._drop()
            raise unavailable(self._path, error) from error
        except duckdb.Error as error:
            raise unavailable(self._path, error) from error

    def latest(self) -> Mapping[str, Reading]:
        """Return the newest reading of every point, by point id.

        The first call after opening searches the file, backwards; later ones cost no query.
        """
        if not self._newest_is_whole:
            self._find_newest()
        with self._newest_lock:
            newest = dict(self._newest.by_point)
        return {
            self._names[point]: Reading(
                point=self._names[point], at=at, value=value, quality=quality_of(quality)
            )
            for point, (at, value, quality) in newest.items()
        }

    def _find_newest(self) -> None:
        with self._reading() as con:
            found = find_newest(con, len(self._names))
        with self._newest_lock:
            self._newest.merge(found.items())
            self._newest_is_whole = True

    def readings(self, points: Sequence[str], *, since: int, until: int) -> Iterator[Reading]:
        """Give the readings of the points in [since, until) ms, ordered by point, then instant."""
        with self._reading() as con:
            yield from read_readings(con, self._numbers(points), self._names, since=since, until=until)

    def _numbers(self, points: Sequence[str]) -> list[int]:
        """Return the numbers of those points that the store knows, in the order of their ids."""
        wanted = set(points)
        named = sorted((name, number) for number, name in self._names.items() if name in wanted)
        return [number for _, number in named]

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms as arrays, by point id; every point asked for is there.

        Cheapest for many points of a short time: the tables are ordered by time. 17 bytes a reading.
        """
        with self._reading() as con:
            found = read_series(con, self._by_name(points), since=since, until=until)
        return {point: found.get(point) or no_series(point) for point in points}

    def windows(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Windows]:
        """Return the windows that begin in [since, until), by point id; every point asked for is there."""
        with self._reading() as con:
            found = read_windows(con, self._by_name(points), since=since, until=until)
        return {point: found.get(point) or no_windows(point) for point in points}

    def window_versions(self, point: str, since: int) -> Sequence[WindowVersion]:
        """Return every version of the window that begins at `since`, oldest first, what holds now last."""
        with self._reading() as con:
            return read_versions(con, self._numbers([point]), since)

    def version_numbers(self, point: str, *, since: int, until: int) -> Mapping[int, int]:
        """Return the number of the version that holds now, by begin, of the windows in [since, until)."""
        with self._reading() as con:
            return read_version_numbers(con, self._numbers([point]), since, until)

    def results(
        self,
        kind: str,
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[ResultRow]:
        """Return the results of a kind that begin in [since, until), ordered by subject, period, since."""
        where = Where(kind=kind, since=since, until=until, period=period, subject=subject)
        with self._reading() as con:
            return read_results(con, where)

    def _by_name(self, points: Sequence[str]) -> dict[str, int]:
        return {self._names[number]: number for number in self._numbers(points)}

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the last good reading of each point at or before `at`; a point without one is left out."""
        with self._reading() as con:
            return find_good(con, self._by_name(points), at, is_later=False)

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the first good reading of each point after `at`; a point without one is left out."""
        with self._reading() as con:
            return find_good(con, self._by_name(points), at, is_later=True)

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms, ordered by device, then instant."""
        with self._reading() as con:
            return read_gaps(con, since=since, until=until)

    def count(self) -> int:
        """Return how many readings are stored."""
        with self._reading() as con:
            return int(con.execute("SELECT count(*) FROM readings").fetchall()[0][0])

    def export(
        self,
        points: Sequence[str],
        *,
        since: int,
        until: int,
        path: Path,
        form: str,
        units: Mapping[str, str] | None = None,
        digits: Mapping[str, int] | None = None,
    ) -> int:
        """Write the readings in [since, until) ms as `csv` or `parquet` and return how many.

        Columns: point, at (UTC; ISO 8601 text in CSV), value, quality and, when `units` by point id are
        given, unit; when the hexadecimal `digits` of their register words are given, words. The file appears
        whole, over an older one.
        """
        spooled = self._spool / f"{next(self._serial)}.{form}"
        ids, extras = self._numbers(points), schema.Extras(units=units, digits=digits)
        try:
            with self._reading() as con:
                rows = copy_readings(
                    con, ids, self._names, since=since, until=until, spooled=spooled, form=form, extras=extras
                )
            land(spooled, path)
        finally:
            spooled.unlink(missing_ok=True)
        return rows


@contextmanager
def in_memory(allowed: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a throw-away database that sees one file, or one folder; StoreError for what it cannot do."""
    kind = "directories" if allowed.is_dir() else "paths"
    with TemporaryDirectory(prefix="energy-agent-spill-") as spill:
        settings = {**CLOSED, "threads": 1, "memory_limit": "256MB", "temp_directory": spill}
        try:
            with duckdb.connect(config=settings) as con:
                confine(con, kind, allowed)
                yield con
        except duckdb.Error as error:
            raise StoreError(str(allowed), str(error).splitlines()[0]) from error
