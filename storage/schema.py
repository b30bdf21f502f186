"""The tables of the embedded store, as SQL text. `at` is a reserved word there, hence `at_ms`.

Column types by measurement (1.5.6, 1 million rows): BIGINT milliseconds and TIMESTAMP_MS cost the same to
insert and to keep (both compress to a run or a delta); whole numbers need no conversion on the way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from domain.errors import StoreError
from domain.reading import point_id
from storage.result_tables import RESULT_TABLES, RESULT_VIEWS

VERSION = 3

TABLES = """
CREATE TABLE schema_version(version INTEGER NOT NULL);
CREATE TABLE points(id INTEGER NOT NULL, device VARCHAR NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE journals(id INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE readings(
    point INTEGER NOT NULL, at_ms BIGINT NOT NULL, value DOUBLE, quality UTINYINT NOT NULL,
    received_ms BIGINT NOT NULL, journal INTEGER NOT NULL, seq BIGINT NOT NULL);
CREATE TABLE gaps(
    device VARCHAR NOT NULL, since_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, quality UTINYINT NOT NULL,
    received_ms BIGINT NOT NULL, journal INTEGER NOT NULL, seq BIGINT NOT NULL);
CREATE TABLE ingested(journal INTEGER NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL);
CREATE VIEW readable AS
    SELECT p.device || '.' || p.name AS point, epoch_ms(r.at_ms) AS at_utc, r.value, r.quality
    FROM readings r JOIN points p ON p.id = r.point;
"""
"""Version 1; a new file goes through the migrations too.

No keys: an index would cost more than the insert; (journal, seq) is kept unique by `ingested`.
"""

MIGRATIONS: dict[int, str] = {
    1: RESULT_TABLES + RESULT_VIEWS,
    2: "ALTER TABLE readings ADD COLUMN words UBIGINT;",
}
"""Version -> SQL that makes it the next one, in one transaction with the new number.

`words` are a register as it was on the wire, one number: `domain.codec.words_text`. NULL where none are kept.
"""

INSERT_READINGS = """
INSERT INTO readings
SELECT point, at_ms, {value}, quality, received_ms, journal, seq, {words}
FROM incoming LIMIT {rows}
"""
"""`incoming` are numpy arrays under a view; NaN there means "no value", so NaN can never be stored."""

VALUE = "value"
VALUE_OR_NONE = "nullif(value, 'nan'::DOUBLE)"
"""Costs 0.2 ms a thousand rows, so it is used only when there is a NaN among them."""

WORDS_OR_NONE = "CASE WHEN has_words THEN words END"
NO_WORDS = "NULL"

SELECT_POINTS = (
    "SELECT device, name, id FROM points WHERE id IS NOT NULL AND device IS NOT NULL AND name IS NOT NULL"
)
SELECT_JOURNALS = "SELECT name, id FROM journals WHERE id IS NOT NULL AND name IS NOT NULL"
"""Rows without a name or number are of a damaged file: it is opened, and `verify` says what it lacks."""

INSERT_INGESTED = "INSERT INTO ingested VALUES {rows}"

SELECT_LAST_GOOD = """
SELECT point, max(at_ms), arg_max(value, (at_ms, seq)) FROM readings
WHERE point IN ({points}) AND at_ms <= $at AND at_ms > $at - $far AND quality = 0 GROUP BY point
"""

SELECT_NEXT_GOOD = """
SELECT point, min(at_ms), arg_min(value, (at_ms, seq)) FROM readings
WHERE point IN ({points}) AND at_ms > $at AND at_ms <= $at + $far AND quality = 0 GROUP BY point
"""

SELECT_READINGS = """
SELECT r.point, r.at_ms, r.value, r.quality, r.words
FROM readings r JOIN (VALUES {ranks}) wanted(id, place) ON wanted.id = r.point
WHERE r.at_ms >= $since AND r.at_ms < $until AND r.point IN ({points})
ORDER BY wanted.place, r.at_ms, r.seq
"""

SELECT_NEWEST = """
SELECT point, max(at_ms), arg_max(coalesce(value, 'nan'::DOUBLE), at_ms), arg_max(quality, at_ms)
FROM readings WHERE at_ms > $after GROUP BY point
"""

EXPORT_STORED = """
COPY (
    SELECT w.id AS point, {instant} AS at, r.value, q.code AS quality{unit}{words}
    FROM readings r JOIN wanted w ON w.point = r.point LEFT JOIN qualities q ON q.number = r.quality
    WHERE r.at_ms >= {since} AND r.at_ms < {until}
    ORDER BY w.id, r.at_ms, r.seq
) TO '{path}' ({options})
"""

EXPORT_FILE = """
COPY (
    SELECT point, {instant} AS at, value, quality{unit}{words}
    FROM read_csv('{source}', header = true, columns = {{
        'point': 'VARCHAR', 'at_ms': 'BIGINT', 'value': 'DOUBLE', 'quality': 'VARCHAR', 'unit': 'VARCHAR',
        'words': 'UBIGINT', 'digits': 'INTEGER'}}) r
) TO '{path}' ({options})
"""

_EXPORT_WORDS = ", lpad(lower(to_hex(words)), greatest(digits, length(to_hex(words)))::INTEGER, '0') AS words"
EXPORT_OPTIONS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}
EXPORT_INSTANT = {
    "csv": "strftime(epoch_ms(r.at_ms), '%Y-%m-%dT%H:%M:%S.%gZ')",
    "parquet": "make_timestamptz(r.at_ms * 1000)",
}


class Connection(Protocol):
    """What is used here of a connection to the database."""

    def execute(self, query: str, parameters: object = None, /) -> Any:
        """Run one statement and return something with `fetchall`."""
        ...

    def begin(self) -> object:
        """Begin a transaction."""
        ...

    def commit(self) -> object:
        """Commit it."""
        ...

    def register(self, view_name: str, python_object: object, /) -> object:
        """Make numpy arrays by column name readable under a name."""
        ...

    def unregister(self, view_name: str, /) -> object:
        """Forget that name."""
        ...

    def fetchmany(self, size: int = 1, /) -> list[Any]:
        """Return the next rows of the last statement, none at its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Columns of an export that only a caller who knows the plant can have filled, by point id."""

    units: Mapping[str, str] | None = None
    digits: Mapping[str, int] | None = None
    """Hexadecimal digits of the register words."""


def rows_of(con: Connection, sql: str) -> list[Any]:
    """Return all rows of a query; what is in them stays between the driver and its caller."""
    rows: list[Any] = con.execute(sql).fetchall()
    return rows


def bring_up_to_date(con: Connection, subject: str) -> None:
    """Make the tables in a new file, migrate an older one, refuse a newer or a foreign one."""
    tables = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    if not tables:
        con.execute(TABLES)
        con.execute("INSERT INTO schema_version VALUES (1)")
    elif "schema_version" not in tables:
        raise StoreError(subject, "is a DuckDB file, but not a store of this agent", "name another file")
    [(version,)] = con.execute("SELECT version FROM schema_version").fetchall()
    if version > VERSION:
        raise StoreError(
            subject,
            f"has schema version {version}, this agent knows {VERSION}",
            "start the newer agent again, or restore the copy made before its upgrade",
        )
    while version < VERSION:
        if version not in MIGRATIONS:
            raise StoreError(
                subject,
                f"has schema version {version}, which cannot become {VERSION}",
                "export it with the agent that wrote it",
            )
        con.execute(MIGRATIONS[version])
        version += 1
        con.execute("UPDATE schema_version SET version = ?", [version])


def register_points(
    con: Connection, devices: Mapping[str, Sequence[str]]
) -> tuple[dict[str, dict[str, int]], dict[int, str]]:
    """Return the number of each configured point, and the id of every point ever stored, by number."""
    rows = rows_of(con, SELECT_POINTS)
    known = {(device, name): number for device, name, number in rows}
    fresh = [
        (device, name) for device, names in devices.items() for name in names if (device, name) not in known
    ]
    if fresh:
        start = max(known.values(), default=0) + 1
        known |= {pair: start + place for place, pair in enumerate(fresh)}
        con.execute(
            "INSERT INTO points SELECT unnest($1::INTEGER[]), unnest($2::VARCHAR[]), unnest($3::VARCHAR[])",
            [[known[pair] for pair in fresh], [pair[0] for pair in fresh], [pair[1] for pair in fresh]],
        )
    ids = {device: {name: known[device, name] for name in names} for device, names in devices.items()}
    return ids, {number: point_id(*pair) for pair, number in known.items()}


def export_sql(template: str, spooled: Path, form: str, extras: Extras, **parts: object) -> str:
    """Return the statement that writes an export; StoreError for an unknown form."""
    if form not in EXPORT_OPTIONS:
        raise StoreError(form, "is no export format", "choose csv or parquet")
    return template.format(
        instant=EXPORT_INSTANT[form],
        unit=", unit" if extras.units is not None else "",
        words=_EXPORT_WORDS if extras.digits is not None else "",
        path=str(spooled).replace("'", "''"),
        options=EXPORT_OPTIONS[form],
        **parts,
    )
