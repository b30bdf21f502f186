"""Readings of the embedded store as arrays, in and out. Connections are given.

By measurement (1.5.6, 52.7 million readings of 100 points, one a minute): without ORDER BY and with a radix
sort by point in numpy a year costs 3 s of CPU in slices that fit the processor's cache, 10 s in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.errors import StoreRejected
from domain.reading import Quality
from domain.series import Series, no_series, series_of
from storage.draft import Newest
from storage.rows import LAST_INSTANT_MS
from storage.schema import NO_WORDS, WORDS_OR_NONE, Connection, rows_of
from storage.window_rows import Rows

SLICE_ROWS = 1_000_000
"""Most readings, of any point, that one query walks through, unless they are of one instant."""
_DAY_MS = 86_400_000
_LONG_MS = 3 * 366 * _DAY_MS

_SELECT_ENDS = "SELECT min(at_ms), max(at_ms) FROM readings"
_SELECT_COUNT = "SELECT count(*) FROM readings WHERE at_ms >= {since} AND at_ms < {until}"
_SELECT_SLICE = """
SELECT point, at_ms, coalesce(value, 'nan'::DOUBLE) AS value, quality
FROM readings WHERE at_ms >= {since} AND at_ms < {until} AND point IN ({points})
"""
_INSERT_PAST = """
INSERT INTO readings
SELECT point, at_ms, value, quality, greatest(at_ms, {since}), {journal}, point, {words} FROM past
"""
"""The driver makes NaN NULL. Nobody received a past: it counts as received when it was read, but not on a day
that is sealed already."""


def read_series(
    con: Connection, numbers: Mapping[str, int], *, since: int, until: int, slice_rows: int = SLICE_ROWS
) -> dict[str, Series]:
    """Return the readings of the points, named with their numbers, in [since, until) ms."""
    points = list(numbers)
    ranks = np.zeros(max(numbers.values(), default=0) + 1, np.uint16 if len(points) < 2**16 else np.int64)
    ranks[list(numbers.values())] = np.arange(len(points))
    pieces: list[list[Series]] = [[] for _ in points]
    wanted = ", ".join(map(str, numbers.values()))
    for first, end in _slices(con, since, until, slice_rows) if points else ():
        sql = _SELECT_SLICE.format(since=first, until=end, points=wanted)
        found = con.execute(sql).fetchnumpy()
        for rank, piece in _by_point(points, ranks, found):
            pieces[rank].append(piece)
    return {point: _joined(point, pieces[rank]) for rank, point in enumerate(points)}


def _slices(con: Connection, since: int, until: int, most: int) -> Iterator[tuple[int, int]]:
    """Give spans that together hold every reading in [since, until), each with few enough of them."""
    since, until = int(since), int(until)
    if until - since > _LONG_MS:  # costs 0.2 s when much was written since the last checkpoint
        [(first, last)] = rows_of(con, _SELECT_ENDS)
        since, until = max(since, first or 0), min(until, (last or 0) + 1)
    waiting = [(since, until)]
    while waiting:
        start, end = waiting.pop()
        if start >= end:
            continue
        [(rows,)] = rows_of(con, _SELECT_COUNT.format(since=start, until=end))
        if rows > most and end - start > 1:
            parts = min(-(-rows // most), end - start, 64)
            step = -(-(end - start) // parts)
            borders = [*range(start, end, step), end]
            waiting += reversed(list(pairwise(borders)))
        elif rows:
            yield start, end


def _by_point(points: Sequence[str], ranks: NDArray[np.generic], found: Rows) -> Iterator[tuple[int, Series]]:
    """Give the place of each point that is among the rows, and its readings in order."""
    if not len(found["point"]):  # other points spoke
        return
    rank = ranks[found["point"]]
    order = np.argsort(rank, kind="stable")  # by radix: rows mostly come in the order of time
    rank, at, quality = rank[order], found["at_ms"][order], found["quality"][order]
    value = found["value"][order] + 0.0  # -0.0 and 0.0 are one value
    places, first = np.unique(rank, return_index=True)
    steps = at[1:] > at[:-1]
    steps[first[1:] - 1] = True  # from one point to the next
    out_of_order = np.flatnonzero(~steps)
    for place, start, end in zip(places.tolist(), first, [*first[1:], len(at)], strict=True):
        part = slice(int(start), int(end))
        point = points[place]
        beyond = np.searchsorted(out_of_order, start)
        if beyond < len(out_of_order) and out_of_order[beyond] < end - 1:
            yield place, series_of(point, at[part], value[part], quality[part])
        else:
            yield place, Series(point=point, at=at[part], value=value[part], quality=quality[part])


def _joined(point: str, pieces: list[Series]) -> Series:
    """Return pieces of one point that follow each other as one; the list is emptied."""
    if not pieces:
        return no_series(point)
    joined = Series(
        point=point,
        at=np.concatenate([piece.at for piece in pieces]),
        value=np.concatenate([piece.value for piece in pieces]),
        quality=np.concatenate([piece.quality for piece in pieces]),
    )
    pieces.clear()
    return joined


def check_past(series: Sequence[Series]) -> None:
    """Raise StoreRejected when a reading cannot be stored, or a point comes twice."""
    if len({one.point for one in series}) != len(series):
        raise StoreRejected(", ".join(sorted(one.point for one in series)), "a point comes more than once")
    for one in series:
        if len(one) and not (one.at.min() >= 0 and one.at.max() <= LAST_INSTANT_MS):
            raise StoreRejected(one.point, "has instants outside 1970..9999")
        wrong = np.where(one.quality < Quality.NO_ANSWER, ~np.isfinite(one.value), ~np.isnan(one.value))
        if wrong.any():
            at = int(one.at[int(np.argmax(wrong))])
            raise StoreRejected(one.point, f"value and quality at {at} exclude each other")


def insert_past(
    con: Connection, series: Sequence[Series], numbers: Mapping[str, int], journal: int, *, since: int = 0
) -> int:
    """Append readings under a journal, their sequence number being that of the point; return how many.

    None counts as received before `since`.
    """
    many = [len(one) for one in series]
    point = np.repeat(np.array([numbers[one.point] for one in series], np.int32), many)
    at = np.concatenate([one.at for one in series] or [np.empty(0, np.int64)])
    value = np.concatenate([one.value for one in series] or [np.empty(0)])
    quality = np.concatenate([one.quality for one in series] or [np.empty(0, np.uint8)])
    if not len(at):
        return 0
    columns = {"point": point, "at_ms": at, "value": value, "quality": quality}
    has_words = any(one.words is not None for one in series)
    words = WORDS_OR_NONE if has_words else NO_WORDS
    if has_words:
        columns |= _words_of(series)
    # Day by day, in a day point by point: what is read is mostly a short time of many points.
    order = np.argsort(((at - at.min()) // _DAY_MS).astype(np.uint32), kind="stable")
    for piece, start in enumerate(range(0, len(order), SLICE_ROWS)):
        part = order[start : start + SLICE_ROWS]
        con.register("past", {name: array[part] for name, array in columns.items()})
        # A millisecond for each piece: what is sealed is read by instants of receipt.
        con.execute(_INSERT_PAST.format(since=since + piece, journal=int(journal), words=words))
        con.unregister("past")
    return len(order)


def _words_of(series: Sequence[Series]) -> dict[str, NDArray[np.generic]]:
    """Return the register words of readings, and which have any: of series with words, those with a value."""
    words = [np.zeros(len(one), np.uint64) if one.words is None else one.words for one in series]
    known = [np.zeros(len(one), np.bool_) if one.words is None else one.has_value for one in series]
    return {"words": np.concatenate(words), "has_words": np.concatenate(known)}


def newest_of(series: Sequence[Series], numbers: Mapping[str, int]) -> dict[int, Newest]:
    """Return the newest reading of each series, by the point's number."""
    return {
        numbers[one.point]: (
            int(one.at[-1]),
            None if np.isnan(one.value[-1]) else float(one.value[-1]),
            int(one.quality[-1]),
        )
        for one in series
        if len(one)
    }
