"""Readings in files: the export of any store, and a past that somebody brings.

Columns: point, at, value, quality; others are not looked at. `at` is ISO 8601 with a zone, or milliseconds
since 1970 UTC. `quality` is a code; without one a value is good, and a missing value is not_available.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from domain.errors import StoreError
from domain.reading import Quality, Reading
from domain.series import Bools, Series, series_of
from storage import schema
from storage.duckdb import in_memory
from storage.landing import land, write_rows
from storage.rows import LAST_INSTANT_MS
from storage.schema import Connection, rows_of
from storage.window_rows import Rows

_REQUIRED = ("point", "at", "value")
_FIRST_MS = 10**11
"""Whole numbers below (March 1973) are seconds that somebody took for milliseconds."""
_NUMBER_INSTANT = "CASE WHEN r.at >= {first} THEN r.at::BIGINT ELSE -1 END"
_INSTANT = r"\d\d\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)"
_TEXT_INSTANT = (
    "coalesce(nullif(greatest(try_cast(r.at AS BIGINT), {first} - 1), {first} - 1), "
    f"CASE WHEN regexp_full_match(r.at, '{_INSTANT}') THEN epoch_ms(try_cast(r.at AS TIMESTAMPTZ)) END, -1)"
)
_DESCRIBE = "DESCRIBE SELECT * FROM {source}"
_DISTINCT = "SELECT DISTINCT {text}::VARCHAR FROM {source} WHERE {text} IS NOT NULL"
_SELECT = """
SELECT coalesce(p.number, -1) AS point, {instant} AS at_ms,
    coalesce(try_cast(r.value AS DOUBLE), 'nan'::DOUBLE) AS value, r.value IS NOT NULL AS has_value,
    CASE WHEN r.quality IS NOT NULL THEN coalesce(q.number, -1) WHEN r.value IS NULL THEN {missing} ELSE 0 END
        AS quality
FROM (SELECT point::VARCHAR AS point, "at", value, {quality} AS quality FROM {source}) r
    LEFT JOIN points p ON p.text = r.point LEFT JOIN qualities q ON q.text = r.quality
"""


def export_readings(
    readings: Iterable[Reading],
    *,
    path: Path,
    form: str,
    units: Mapping[str, str] | None = None,
    digits: Mapping[str, int] | None = None,
) -> int:
    """Write readings of any store as `DuckStore.export` does, in their order, and return how many."""
    with TemporaryDirectory(prefix="energy-agent-export-") as folder:
        source, spooled = Path(folder) / "rows.csv", Path(folder) / f"rows.{form}"
        extras = schema.Extras(units=units, digits=digits)
        sql = schema.export_sql(schema.EXPORT_FILE, spooled, form, extras, source=source)
        write_rows(readings, source, units or {}, digits or {})
        with in_memory(Path(folder)) as con:
            [(rows,)] = con.execute(sql).fetchall()
        land(spooled, path)
    return int(rows)


def read_parquet_series(path: Path) -> dict[str, Series]:
    """Return the readings of a Parquet file by point; StoreError names the row that is wrong."""
    path = _existing(path)
    with in_memory(path) as con:
        source = f"read_parquet({_text(path)})"
        types = _columns(con, source, path)
        if types["at"].startswith("TIMESTAMP") and "TIME ZONE" not in types["at"]:
            raise StoreError(str(path), "column at has no time zone", "write instants with their zone, or ms")
        if types["at"].startswith("TIMESTAMP"):
            instant = "coalesce(epoch_ms(r.at), -1)"
        else:
            instant = _NUMBER_INSTANT if "INT" in types["at"] else _TEXT_INSTANT
        names, rows = _fetch(con, source, types, instant)
        wrong = _wrong(rows)
        if wrong.any():
            row = int(np.argmax(wrong))
            said = {name: str(array[row]) for name, array in rows.items()}
            raise StoreError(str(path), f"row {row + 1} is no reading: {said}", _CURE)
    return _by_point(names, rows)


def read_csv_series(path: Path) -> dict[str, Series]:
    """Return the readings of a CSV file by point; StoreError names the line and column that are wrong."""
    path = _existing(path)
    problem = "holds a row that is no reading"
    try:
        source = _csv_source(path)
        with in_memory(path) as con:
            names, rows = _fetch(con, source, _columns(con, source, path), _TEXT_INSTANT)
            if not _wrong(rows).any():
                return _by_point(names, rows)
    except (StoreError, UnicodeDecodeError, csv.Error) as error:
        problem = str(error)
    raise _fault_in(path) or StoreError(str(path), problem, _CURE)


def _csv_source(path: Path) -> str:
    """Return the file as SQL; its own first line, not a guess, says what the columns are."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        header = next(csv.reader(text, strict=True), [])
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_text(path)}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"')"
    )


_CURE = "columns are point, at (2026-03-01T07:00:00Z or milliseconds), value, quality"


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise StoreError(str(path), "is no file", "name a file of readings")
    return path.resolve()


def _text(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _columns(con: Connection, source: str, path: Path) -> dict[str, str]:
    """Return the type of each column; StoreError when one is missing."""
    types = {str(row[0]): str(row[1]) for row in rows_of(con, _DESCRIBE.format(source=source))}
    for name in _REQUIRED:
        if name not in types:
            raise StoreError(str(path), f"has no column {name}, but {', '.join(types)}", _CURE)
    return types


def _fetch(con: Connection, source: str, types: Mapping[str, str], instant: str) -> tuple[list[str], Rows]:
    """Return the points' names, and the rows in the file's order: point is a place among the names."""
    names = sorted(row[0] for row in rows_of(con, _DISTINCT.format(source=source, text="point")))
    codes = {quality.code: int(quality) for quality in Quality}
    _register(con, "points", names, range(len(names)))
    _register(con, "qualities", list(codes), codes.values())
    quality = "quality::VARCHAR" if "quality" in types else "NULL::VARCHAR"
    sql = _SELECT.format(
        instant=instant.format(first=_FIRST_MS),
        quality=quality,
        source=source,
        missing=int(Quality.NOT_AVAILABLE),
    )
    return names, con.execute(sql).fetchnumpy()


def _register(con: Connection, view: str, texts: Sequence[str], numbers: Iterable[int]) -> None:
    con.register(view, {"text": np.array(texts, np.str_), "number": np.array(list(numbers), np.int32)})


def _wrong(rows: Rows) -> Bools:
    """Say which rows are no reading."""
    finite = np.isfinite(rows["value"])
    good = np.where(rows["quality"] < Quality.NO_ANSWER, finite, ~rows["has_value"])
    known = (rows["point"] >= 0) & (rows["quality"] >= 0)
    found: Bools = ~(good & known & (rows["at_ms"] >= 0) & (rows["at_ms"] <= LAST_INSTANT_MS))
    return found


def _by_point(names: Sequence[str], rows: Rows) -> dict[str, Series]:
    place = rows["point"].astype(np.uint16 if len(names) < 2**16 else np.int32)
    order = np.argsort(place, kind="stable")
    borders = np.searchsorted(place[order], np.arange(len(names) + 1))
    quality = rows["quality"].astype(np.uint8)
    return {
        name: _series(name, rows, quality, order[borders[number] : borders[number + 1]])
        for number, name in enumerate(names)
    }


def _series(name: str, rows: Rows, quality: NDArray[np.uint8], part: NDArray[np.intp]) -> Series:
    return series_of(name, rows["at_ms"][part], rows["value"][part], quality[part])


# what is wrong in a CSV, line by line: slow, and only when the fast way found something


def _fault_in(path: Path) -> StoreError | None:
    """Return the first fault of a CSV file with its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            missing = [name for name in _REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                found = ", ".join(reader.fieldnames or ()) or "nothing"
                return StoreError(str(path), f"line 1 has no column {missing[0]}, but {found}", _CURE)
            for row in reader:
                if None in row or None in row.values():
                    return StoreError(
                        str(path),
                        f"line {reader.line_num} has not {len(reader.fieldnames or ())} fields",
                        _CURE,
                    )
                for column, says in _CHECKS:
                    problem = says(row)
                    if problem:
                        where = f"line {reader.line_num}, column {column}"
                        return StoreError(str(path), f"{where}: {problem}", _CURE)
    except UnicodeDecodeError as error:
        return StoreError(str(path), f"is not UTF-8 text: {error}", "save it as UTF-8")
    except csv.Error as error:
        return StoreError(str(path), f"after line {reader.line_num}: {error}", _CURE)
    return None


_Row = Mapping[str, str | None]


def _point_fault(row: _Row) -> str:
    return "" if row["point"] else "is empty"


def _at_fault(row: _Row) -> str:
    at = row["at"] or ""
    with suppress(ValueError):
        number = int(at)
        if 0 <= number < _FIRST_MS:
            return f"{at} looks like seconds: milliseconds are wanted"
        return "" if 0 <= number <= LAST_INSTANT_MS else f"{at} is outside 1970..9999"
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return f"{at!r} is no instant"
    if instant.tzinfo is None:
        return f"{at!r} has no zone: add Z for UTC, or +08:00"
    if not re.fullmatch(_INSTANT, at):
        return f"{at!r} is not written as 2026-03-01T07:00:00Z"
    return "" if instant >= datetime(1970, 1, 1, tzinfo=UTC) else f"{at} is before 1970"


def _value_fault(row: _Row) -> str:
    value, quality = row["value"], row.get("quality")
    if quality and quality in _NUMBERS and (quality in _VALUELESS) is bool(value):
        return f"value {value!r} and quality {quality} exclude each other"
    with suppress(ValueError):
        if not value or isfinite(float(value)):
            return ""
    return f"{value!r} is no finite number"


def _quality_fault(row: _Row) -> str:
    quality = row.get("quality")
    return "" if not quality or quality in _NUMBERS else f"{quality!r} is no quality code"


_NUMBERS = {quality.code: int(quality) for quality in Quality}
_VALUELESS = {quality.code for quality in Quality if not quality.has_value}
_CHECKS: tuple[tuple[str, Callable[[_Row], str]], ...] = (
    ("point", _point_fault),
    ("at", _at_fault),
    ("quality", _quality_fault),
    ("value", _value_fault),
)
