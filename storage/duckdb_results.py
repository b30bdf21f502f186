"""Windows and results in the embedded store. Connections are given; the caller holds the transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.ports import ResultRow
from domain.windows import Flag, Grade, Windows, WindowVersion
from storage.result_rows import Where, changed_results
from storage.result_tables import (
    APPEND_RESULTS,
    APPEND_WINDOWS,
    DELETE_RESULTS,
    DELETE_WINDOWS,
    SELECT_HELD,
    SELECT_HIGHEST,
    SELECT_RESULTS,
    SELECT_VERSION_NUMBERS,
    SELECT_VERSIONS,
    SELECT_WINDOWS,
)
from storage.schema import Connection, rows_of
from storage.window_rows import COLUMNS, Rows, compare, spans_of, windows_of_rows

_RESULTS_AT_ONCE = 5000


def replace_windows(con: Connection, new: Rows) -> None:
    """Make the windows that touch the spans of the new rows those rows."""
    if not len(new["point"]):
        return
    spans = spans_of(new)
    within = {"since": int(spans["since_ms"].min()), "until": int(spans["until_ms"].max())}
    con.register("spans", spans)
    held = _fetch(con, SELECT_HELD.format(**within))
    con.unregister("spans")
    highest = rows_of(con, SELECT_HIGHEST.format(**within))
    changes = compare(held, new, {(point, since): version for point, since, version in highest})
    _append(con, "window_versions", changes.superseded)
    if len(changes.removed["point"]):
        con.register("removed", {name: changes.removed[name] for name in ("point", "since_ms")})
        con.execute(DELETE_WINDOWS.format(**within))
        con.unregister("removed")
    _append(con, "windows", changes.written)


def _append(con: Connection, table: str, rows: Rows) -> None:
    if len(rows["point"]):
        # Tables are ordered by instant: what is read is mostly a short time of many points.
        order = np.argsort(rows["since_ms"], kind="stable")
        con.register("appended", {name: array[order] for name, array in rows.items()})
        con.execute(APPEND_WINDOWS.format(table=table))
        con.unregister("appended")


def _fetch(con: Connection, sql: str) -> Rows:
    """Return rows in their order, typed: an empty answer has arrays too."""
    found = con.execute(sql).fetchnumpy()
    rows = {name: np.asarray(_filled(found[name]), kind) for name, kind in COLUMNS.items()}
    order = np.lexsort((rows["since_ms"], rows["point"]))
    return {name: array[order] for name, array in rows.items()}


def _filled(array: NDArray[Any]) -> NDArray[Any]:
    return array.filled(np.nan) if isinstance(array, np.ma.MaskedArray) else array


def read_windows(
    con: Connection, numbers: Mapping[str, int], *, since: int, until: int
) -> dict[str, Windows]:
    """Return the windows of the points, named with their numbers, that begin in [since, until)."""
    wanted = ", ".join(str(number) for number in numbers.values()) or "NULL"
    rows = _fetch(con, SELECT_WINDOWS.format(since=int(since), until=int(until), points=wanted))
    return {point: windows_of_rows(rows, number, point) for point, number in numbers.items()}


def read_versions(con: Connection, numbers: Sequence[int], since: int) -> list[WindowVersion]:
    """Return what was ever said of a window of the points, of one or none, and what is said now."""
    rows = [
        row
        for number in numbers
        for row in con.execute(SELECT_VERSIONS, {"point": number, "since": since}).fetchall()
    ]
    return [
        WindowVersion(
            version=version,
            recorded=recorded,
            until=until,
            amount=nan if amount is None else amount,
            grade=Grade(grade),
            coverage=nan if coverage is None else coverage,
            flags=Flag(flags),
        )
        for version, recorded, until, amount, grade, coverage, flags in rows
    ]


def read_version_numbers(con: Connection, numbers: Sequence[int], since: int, until: int) -> dict[int, int]:
    """Return the version of what is said now of each window of the points, of one or none."""
    spans = ({"point": number, "since": since, "until": until} for number in numbers)
    return {
        at: version for span in spans for at, version in con.execute(SELECT_VERSION_NUMBERS, span).fetchall()
    }


def replace_results(con: Connection, rows: Sequence[ResultRow], where: Where) -> None:
    """Make the results of a place the rows given; those that are as they were stay untouched."""
    removed, written = changed_results(read_results(con, where), rows)
    for part in _parts(removed):
        con.execute(DELETE_RESULTS, [where.kind, part])
    for part in _parts(written):
        con.execute(APPEND_RESULTS, [where.kind, part])


def _parts(rows: Sequence[ResultRow]) -> Iterator[str]:
    """Give the rows as JSON texts: arrays of text cost the driver 0.4 ms a value."""
    for start in range(0, len(rows), _RESULTS_AT_ONCE):
        yield json.dumps(
            [
                [row.subject, row.period, str(row.since), str(row.until), row.body.decode()]
                for row in rows[start : start + _RESULTS_AT_ONCE]
            ]
        )


def read_results(con: Connection, where: Where) -> list[ResultRow]:
    """Return the results of a place, ordered by subject, period, since."""
    given = {
        "kind": where.kind,
        "since": where.since,
        "until": where.until,
        "period": None if where.period is None else where.period.value,
        "subject": where.subject,
    }
    rows = con.execute(SELECT_RESULTS, given).fetchall()
    return [
        ResultRow(
            kind=where.kind, subject=subject, period=period, since=since, until=until, body=body.encode()
        )
        for subject, period, since, until, body in rows
    ]
