"""Windows and results in the embedded store: the tables of schema version 2, and views for people."""

from __future__ import annotations

RESULT_TABLES = """
CREATE TABLE windows(
    point INTEGER NOT NULL, since_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL,
    amount DOUBLE, grade UTINYINT NOT NULL, coverage DOUBLE, flags USMALLINT NOT NULL,
    minimum DOUBLE, maximum DOUBLE, version INTEGER NOT NULL, recorded_ms BIGINT NOT NULL);
CREATE TABLE window_versions AS FROM windows;
CREATE TABLE results(
    kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, period VARCHAR NOT NULL,
    since_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, body VARCHAR NOT NULL);
"""
"""No keys here either: 876,000 windows cost 0.2 s and 8 MB without one, 1.0 s and 52 MB with it.

`windows` holds what is said now, `window_versions` what was said before of a closed window: nothing is ever
deleted there. NULL is "not known", NaN in arrays: the driver turns the one into the other. `body` is JSON.
"""

SELECT_HELD = """
SELECT w.point, w.since_ms, w.until_ms, w.amount, w.grade, w.coverage, w.flags, w.minimum, w.maximum,
    w.version, w.recorded_ms
FROM windows w JOIN spans s ON s.point = w.point AND w.until_ms > s.since_ms AND w.since_ms < s.until_ms
WHERE w.until_ms > {since} AND w.since_ms < {until}
"""
"""`spans` are numpy arrays under a view; the numbers spare a look at the rest of the table."""

SELECT_HIGHEST = """
SELECT point, since_ms, max(version) FROM window_versions
WHERE until_ms > {since} AND since_ms < {until} GROUP BY point, since_ms
"""

DELETE_WINDOWS = """
DELETE FROM windows w USING removed r
WHERE r.point = w.point AND r.since_ms = w.since_ms AND w.until_ms > {since} AND w.since_ms < {until}
"""

APPEND_WINDOWS = """
INSERT INTO {table}
SELECT point, since_ms, until_ms, amount, grade, coverage, flags, minimum, maximum, version, recorded_ms
FROM appended
"""

SELECT_WINDOWS = """
SELECT point, since_ms, until_ms, amount, grade, coverage, flags, minimum, maximum, version, recorded_ms
FROM windows WHERE since_ms >= {since} AND since_ms < {until} AND point IN ({points})
"""

SELECT_VERSIONS = """
SELECT version, recorded_ms, until_ms, amount, grade, coverage, flags
FROM window_versions WHERE point = $point AND since_ms = $since
UNION ALL
SELECT version, recorded_ms, until_ms, amount, grade, coverage, flags
FROM windows WHERE point = $point AND since_ms = $since
ORDER BY version
"""

SELECT_VERSION_NUMBERS = """
SELECT since_ms, version FROM windows WHERE point = $point AND since_ms >= $since AND since_ms < $until
"""

SELECT_RESULTS = """
SELECT subject, period, since_ms, until_ms, body FROM results
WHERE kind = $kind AND since_ms >= $since AND since_ms < $until
    AND period = coalesce($period, period) AND subject = coalesce($subject, subject)
ORDER BY subject, period, since_ms
"""

DELETE_RESULTS = """
DELETE FROM results t USING (SELECT unnest(from_json($2, '[["VARCHAR"]]')) AS row) r
WHERE t.kind = $1 AND t.subject = r.row[1] AND t.period = r.row[2] AND t.since_ms = r.row[3]::BIGINT
"""

APPEND_RESULTS = """
INSERT INTO results
SELECT $1, r.row[1], r.row[2], r.row[3]::BIGINT, r.row[4]::BIGINT, r.row[5]
FROM (SELECT unnest(from_json($2, '[["VARCHAR"]]')) AS row) r
"""

_WINDOWS_FOR_PEOPLE = """
CREATE VIEW {name} AS
    SELECT p.device || '.' || p.name AS point,
        epoch_ms(w.since_ms) AS since_utc, epoch_ms(w.until_ms) AS until_utc,
        w.amount,
        CASE w.grade WHEN 0 THEN 'measured' WHEN 1 THEN 'bridged' WHEN 2 THEN 'estimated' WHEN 3 THEN 'manual'
            WHEN 4 THEN 'restated' END AS grade,
        w.coverage, (w.flags & 512) <> 0 AS is_open, w.flags,
        w.minimum, w.maximum,
        w.version, epoch_ms(w.recorded_ms) AS recorded_utc
    FROM {table} w JOIN points p ON p.id = w.point;
"""


_RESULTS_FOR_PEOPLE = """
CREATE VIEW {name} AS
    SELECT subject, period, epoch_ms(since_ms) AS since_utc, epoch_ms(until_ms) AS until_utc{columns},
        body
    FROM results WHERE kind = '{kind}';
"""


def _view(name: str, kind: str, *fields: str) -> str:
    """Return a view of the results of a kind: `$.a.b` of the JSON is the number in column a_b."""
    columns = "".join(
        f",\n        try_cast(json_extract_string(body, '$.{field}') AS DOUBLE) AS {field.replace('.', '_')}"
        for field in fields
    )
    return _RESULTS_FOR_PEOPLE.format(name=name, kind=kind, columns=columns)


_ENPI = (
    *("ratio", "output", "gas_nm3", "gas_kwh", "co2_kg", "expected_nm3", "index", "normalised"),
    *("saving_nm3.value", "saving_nm3.low", "saving_nm3.high", "base_nm3", "marginal_nm3"),
    *("production_nm3", "idle_nm3", "startup_nm3", "off_nm3", "production_h", "idle_h", "startup_h"),
    "evidence.coverage",
)
_TRACK = (
    *("target", "target_final", "year_to_date", "year_to_date_normalised", "achieved_rate", "required_rate"),
    *("projection.value", "projection.low", "projection.high", "probability", "gas_allowed"),
)
_BALANCE = ("main", "subs", "unallocated", "share", "evidence.coverage")
_PV = (
    *("generated", "exported", "self_consumed", "imported", "self_consumption_rate", "self_sufficiency"),
    "evidence.coverage",
)
_HEAT = ("heat_kwh", "avoided_gas_nm3", "avoided_electricity_kwh", "evidence.coverage")

RESULT_VIEWS = "".join(
    (
        _WINDOWS_FOR_PEOPLE.format(name="consumption", table="windows"),
        _WINDOWS_FOR_PEOPLE.format(name="consumption_before", table="window_versions"),
        _view("enpi", "intensity", *_ENPI),
        _view("target_track", "track", *_TRACK),
        _view("balance", "balance", *_BALANCE),
        _view("own_generation", "pv", *_PV),
        _view("recovered_heat", "heat", *_HEAT),
    )
)
"""Columns are the fields of `domain.results`; all instants are UTC."""
