"""What is read of the embedded store row by row: newest, neighbours, gaps, exports. Connections are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from domain.reading import Gap, Quality, Reading
from storage import schema
from storage.draft import Newest
from storage.schema import Connection, Extras

_HOUR_MS = 3_600_000
_WINDOWS_MS = (_HOUR_MS, 24 * _HOUR_MS, 32 * 24 * _HOUR_MS, None)
"""How far a search goes before it looks at everything: the tables prune by instant."""
_FETCH = 8192
_QUALITY = {int(quality): quality for quality in Quality}


def find_newest(con: Connection, known: int) -> Mapping[int, Newest]:
    """Return the newest reading of each point by number, backwards until all known points have one."""
    found: dict[int, Newest] = {}
    [(end,)] = schema.rows_of(con, "SELECT max(at_ms) FROM readings")
    for window in _WINDOWS_MS if end is not None else ():
        after = -1 if window is None else end - window
        rows = con.execute(schema.SELECT_NEWEST, {"after": after}).fetchall()
        found = {
            point: (at, value if value == value else None, quality) for point, at, value, quality in rows
        }
        if len(found) == known:
            break
    return found


def read_readings(
    con: Connection, ids: Sequence[int], names: Mapping[int, str], *, since: int, until: int
) -> Iterator[Reading]:
    """Give the readings of points, by number, in [since, until) ms, in the order of the numbers given."""
    if not ids:
        return
    sql = schema.SELECT_READINGS.format(
        ranks=", ".join(f"({number}, {place})" for place, number in enumerate(ids)),
        points=", ".join(map(str, ids)),
    )
    con.execute(sql, {"since": since, "until": until})
    while rows := con.fetchmany(_FETCH):
        for point, at, value, quality, words in rows:
            yield Reading(point=names[point], at=at, value=value, quality=quality_of(quality), words=words)


def find_good(con: Connection, points: Mapping[str, int], at: int, *, is_later: bool) -> dict[str, Reading]:
    """Return the last good reading of points, by number, at or before `at`, or the first one after it."""
    names = {number: name for name, number in points.items()}
    sql = schema.SELECT_NEXT_GOOD if is_later else schema.SELECT_LAST_GOOD
    found: dict[str, Reading] = {}
    for window in _WINDOWS_MS:
        wanted = ", ".join(str(number) for number, name in names.items() if name not in found)
        if not wanted:
            break
        rows = con.execute(sql.format(points=wanted), {"at": at, "far": window or 2**60}).fetchall()
        for number, instant, value in rows:
            name = names[number]
            found[name] = Reading(point=name, at=instant, value=value, quality=Quality.GOOD)
    return found


def read_gaps(con: Connection, *, since: int, until: int) -> Sequence[Gap]:
    """Return the gaps that touch [since, until) ms, ordered by device, then instant."""
    sql = (
        "SELECT device, since_ms, until_ms, quality FROM gaps "
        "WHERE since_ms < $until AND until_ms > $since ORDER BY device, since_ms, until_ms"
    )
    rows = con.execute(sql, {"since": since, "until": until}).fetchall()
    return [
        Gap(device=device, since=start, until=end, quality=quality_of(quality))
        for device, start, end, quality in rows
    ]


def copy_readings(
    con: Connection,
    ids: Sequence[int],
    names: Mapping[int, str],
    *,
    since: int,
    until: int,
    spooled: Path,
    form: str,
    extras: Extras,
) -> int:
    """Write the readings of some points, by number, as `csv` or `parquet` and return how many."""
    sql = schema.export_sql(schema.EXPORT_STORED, spooled, form, extras, since=int(since), until=int(until))
    con.execute(
        "CREATE TEMP TABLE qualities AS "
        "SELECT unnest($1::UTINYINT[]) AS number, unnest($2::VARCHAR[]) AS code",
        [[int(quality) for quality in Quality], [quality.code for quality in Quality]],
    )
    points = [names[number] for number in ids]
    con.execute(
        "CREATE TEMP TABLE wanted AS SELECT unnest($1::INTEGER[]) AS point, "
        "unnest($2::VARCHAR[]) AS id, unnest($3::VARCHAR[]) AS unit, unnest($4::INTEGER[]) AS digits",
        [
            ids,
            points,
            [(extras.units or {}).get(name) for name in points],
            [(extras.digits or {}).get(name) for name in points],
        ],
    )
    [(rows,)] = con.execute(sql).fetchall()
    return int(rows)


def quality_of(number: int) -> Quality:
    """Return the quality of a stored number; one that a newer agent wrote is UNKNOWN_EXCEPTION."""
    return _QUALITY.get(number, Quality.UNKNOWN_EXCEPTION)
