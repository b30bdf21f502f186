"""The embedded store: DuckDB in one file, rows and what was ingested in one transaction.

Traps that shape this file: after a fatal error the database must be opened again, and what is on disk
then is the truth; the write-ahead log is never deleted; list parameters cost 0.5 ms a row, so rows come
from registered numpy arrays; one process holds the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count as counting
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, RLock

import duckdb

from domain.errors import StoreError, StoreInUse, StoreUnavailable
from domain.ports import Envelope, Written
from domain.reading import Gap, Reading
from storage import schema
from storage.draft import Columns, Draft, Journals, NewestReadings, draft_batch
from storage.duckdb_reading import (
    copy_readings,
    find_neighbours,
    find_newest,
    quality_of,
    read_gaps,
    read_readings,
)
from storage.landing import land, write_rows
from storage.ranges import RangeSet, ranges_of

_LOG_ROWS = 1000
"""Rows of `ingested` beyond twice its runs before it is written anew."""


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
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._spool = path.with_name(path.name + ".export")
        self._serial = counting()
        self._lock = RLock()
        self._newest_lock = Lock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        self._newest = NewestReadings()
        self._newest_is_whole = False
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
                raise _refusal(self._path, error) from error
            except (OSError, StoreError):
                self._drop()
                raise
            return self._root

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._spool.mkdir(exist_ok=True)
        root = duckdb.connect(str(self._path), config=self._settings)
        root.execute(f"SET allowed_directories = [{_text(str(self._spool))}]")
        root.execute("SET enable_external_access = false")
        root.execute("SET lock_configuration = true")
        return root

    def _prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        """Bring the tables up to date and load what the writer keeps in memory."""
        con.begin()
        schema.bring_up_to_date(con, str(self._path))
        self._ids, self._names = schema.register_points(con, self._devices)
        con.commit()
        self._journals = Journals(ids=dict(schema.rows_of(con, "SELECT name, id FROM journals")))
        self._journals.ingested = {number: RangeSet() for number in self._journals.ids.values()}
        self._log_rows, self._log_limit = 0, _LOG_ROWS
        for journal, first, last in schema.rows_of(con, "SELECT journal, first, last FROM ingested"):
            self._journals.ingested[journal].add(first, last)
            self._log_rows += 1
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

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Commit the batch, each envelope once however often offered; StoreUnavailable loses nothing."""
        with self._lock:
            self._open()
            draft = draft_batch(batch, self._ids, self._journals)
            if any(draft.seen.values()):
                try:
                    self._commit(draft)
                except BaseException as error:
                    # Whether the commit reached the disk is not known: forget, open again, ask the disk.
                    self._drop()
                    if isinstance(error, duckdb.Error):
                        raise _unavailable(self._path, error) from error
                    raise
                with self._newest_lock:
                    self._newest.follow(draft)
        return Written(readings=len(draft.points), duplicates=draft.duplicates, rejected=draft.rejected)

    def _commit(self, draft: Draft) -> None:
        con = self._writer
        con.begin()
        for name, number in self._journals.fresh.items():
            con.execute("INSERT INTO journals VALUES (?, ?)", [number, name])
        if draft.points:
            if len(draft.points) > self._columns.capacity:
                self._columns = Columns(2 * len(draft.points))
                con.register("incoming", self._columns.arrays)
            rows, has_missing = self._columns.fill(draft)
            value = schema.VALUE_OR_NONE if has_missing else schema.VALUE
            con.execute(schema.INSERT_READINGS.format(rows=rows, value=value))
        for gap in draft.gaps:
            con.execute("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)", gap)
        for journal, numbers in draft.seen.items():
            for first, last in ranges_of(numbers):
                self._journals.ingested[journal].add(first, last)
        self._log(draft)
        con.commit()
        self._journals.fresh.clear()

    def _log(self, draft: Draft) -> None:
        """Append the new ranges, or write the whole table anew when it has grown long."""
        ingested = self._journals.ingested
        runs = [
            (journal, first, last)
            for journal, numbers in draft.seen.items()
            for first, last in ranges_of(numbers)
        ]
        if self._log_rows > self._log_limit:  # counting the runs of every journal is not for each commit
            self._log_limit = 2 * sum(map(len, ingested.values())) + _LOG_ROWS
        if self._log_rows > self._log_limit:
            runs = [(journal, first, last) for journal, held in ingested.items() for first, last in held]
            self._writer.execute("DELETE FROM ingested")
            self._log_rows = 0
        # Whole numbers as text: parameters cost 0.4 ms a statement.
        rows = ", ".join(f"({int(j)}, {int(first)}, {int(last)})" for j, first, last in runs)
        self._writer.execute(schema.INSERT_INGESTED.format(rows=rows))
        self._log_rows += len(runs)

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
            raise _unavailable(self._path, error) from error
        except duckdb.Error as error:
            raise _unavailable(self._path, error) from error

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
        ids = self._numbers(points)
        if ids:
            with self._reading() as con:
                yield from read_readings(con, ids, self._names, since=since, until=until)

    def _numbers(self, points: Sequence[str]) -> list[int]:
        """Return the numbers of those points that the store knows, in the order of their ids."""
        wanted = set(points)
        named = sorted((name, number) for number, name in self._names.items() if name in wanted)
        return [number for _, number in named]

    def neighbours(self, point: str, at: int) -> tuple[Reading | None, Reading | None]:
        """Return the last good reading at or before `at` and the first good one after it."""
        numbers = self._numbers([point])
        if not numbers:
            return None, None
        with self._reading() as con:
            return find_neighbours(con, numbers[0], point, at)

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
    ) -> int:
        """Write the readings in [since, until) ms as `csv` or `parquet` and return how many.

        Columns: point, at (UTC; ISO 8601 text in CSV), value, quality and, when `units` by point id are
        given, unit. The file appears whole, over an older one.
        """
        spooled = self._spool / f"{next(self._serial)}.{form}"
        ids = self._numbers(points)
        try:
            with self._reading() as con:
                rows = copy_readings(
                    con, ids, self._names, since=since, until=until, spooled=spooled, form=form, units=units
                )
            land(spooled, path)
        finally:
            spooled.unlink(missing_ok=True)
        return rows


def export_readings(
    readings: Iterable[Reading], *, path: Path, form: str, units: Mapping[str, str] | None = None
) -> int:
    """Write readings of any store as `DuckStore.export` does, in their order, and return how many."""
    with TemporaryDirectory(prefix="energy-agent-export-") as folder:
        source, spooled = Path(folder) / "rows.csv", Path(folder) / f"rows.{form}"
        sql = schema.export_sql(schema.EXPORT_FILE, spooled, form, units, source=source)
        write_rows(readings, source, units or {})
        with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as con:
            [(rows,)] = con.execute(sql).fetchall()
        land(spooled, path)
    return int(rows)


def _text(text: str) -> str:
    """Return SQL text of a string, where parameters are not taken."""
    return "'" + text.replace("'", "''") + "'"


def _unavailable(path: Path, error: duckdb.Error) -> StoreError:
    problem = str(error).splitlines()[0]
    hint = "free disk space" if "No space left" in str(error) else "the batch is kept and tried again"
    return StoreUnavailable(str(path), problem, hint)


def _refusal(path: Path, error: duckdb.Error) -> StoreError:
    """Return why the file cannot be opened, with the cure."""
    text = str(error)
    if "Could not set lock" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another process"
        return StoreInUse(
            str(path), f"{who} holds the file", "ask the running agent (status, export) or stop it"
        )
    if re.search(r"not a valid DuckDB|[Cc]orrupt|checksum|[Ss]erializ|version number|newer version", text):
        return StoreError(
            str(path),
            f"cannot be read: {text.splitlines()[0]}",
            "move it aside with its .wal and restore a copy; nothing was changed",
        )
    return _unavailable(path, error)
