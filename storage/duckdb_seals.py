"""Rows of the embedded store by the instant of their receipt: what seals are made over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise

import numpy as np

from domain.errors import StoreError
from domain.periods import DAY_MS
from domain.ports import Envelope
from storage.schema import SELECT_JOURNALS, Connection, rows_of
from storage.seal_rows import ROW, ReceivedRows, journal_digest
from storage.window_rows import Rows

SLICE_ROWS = 250_000
"""Most rows that one query brings, unless they came in one millisecond: some 80 MB in all."""
_COUNT = "SELECT count(*), min(received_ms) FROM readings WHERE {where}"
_DAYS = "SELECT DISTINCT received_ms // {day} AS day FROM readings WHERE {where} ORDER BY day"
_ROWS = """
SELECT coalesce(point, {no_point}) AS point, received_ms, coalesce(at_ms, 0) AS at_ms,
    coalesce(seq, 0) AS seq, coalesce(journal, 0) AS journal, coalesce(quality, 0) AS quality,
    coalesce(value, 0::DOUBLE) AS value, coalesce(words, 0::UBIGINT) AS words, words IS NOT NULL AS has_words,
    (value IS NOT NULL)::UTINYINT + 2 * (quality IS NULL)::UTINYINT + 4 * (at_ms IS NULL)::UTINYINT
        + 8 * (seq IS NULL)::UTINYINT + 16 * (journal IS NULL)::UTINYINT AS has_value
FROM readings WHERE {where}
"""
"""What must not be NULL counts as 0 beside a flag that no other row has: somebody took a constraint away."""
_COPIED = ("received_ms", "at_ms", "seq", "quality", "has_value", "words", "has_words")
_NO_POINT = 2**40
"""In place of NULL: more than a number of a point can be."""

NO_POINT = "#none"
"""Stands for the point of rows that have none."""
_TYPES = """
SELECT table_name, column_name, data_type
FROM duckdb_columns() JOIN duckdb_tables() USING (table_oid, table_name)
WHERE table_name IN ('readings', 'points', 'journals')
"""
_MADE = {
    "points": {"id": "INTEGER", "device": "VARCHAR", "name": "VARCHAR"},
    "journals": {"id": "INTEGER", "name": "VARCHAR"},
    "readings": {
        "point": "INTEGER",
        "at_ms": "BIGINT",
        "value": "DOUBLE",
        "quality": "UTINYINT",
        "received_ms": "BIGINT",
        "journal": "INTEGER",
        "seq": "BIGINT",
        "words": "UBIGINT",
    },
}
"""As `storage.schema` makes them: in wider types a number would be cut to what was sealed."""
_TWICE = "SELECT count(*) FROM (SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1)"
_STRAYS = {
    "readings: rows without an instant of receipt: {}": (
        "SELECT count(*) FROM readings WHERE received_ms IS NULL"
    ),
    "readings: rows received later than tomorrow, by the clock of this machine: {}": (
        "SELECT count(*) FROM readings WHERE received_ms >= {tomorrow}"
    ),
    "points: rows without number, device or name: {}": (
        "SELECT count(*) FROM points WHERE id IS NULL OR device IS NULL OR name IS NULL"
    ),
    "points: numbers that are there more than once: {}": _TWICE.format("points", "id"),
    "points: names that are there more than once: {}": _TWICE.format("points", "device || '.' || name"),
    "journals: rows without number or name: {}": (
        "SELECT count(*) FROM journals WHERE id IS NULL OR name IS NULL"
    ),
    "journals: numbers that are there more than once: {}": _TWICE.format("journals", "id"),
    "journals: names that are there more than once: {}": _TWICE.format("journals", "name"),
}
"""What is said -> how many there are of it."""


class DuckReceipts:
    """Which rows came when; holds the line before which none may come any more.

    `reading` gives a cursor, `names` the point ids by number, `writing` the writer's lock.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        names: Callable[[], Mapping[int, str]],
        writing: AbstractContextManager[object],
    ) -> None:
        self._reading, self._names, self._writing = reading, names, writing
        self.closed_until = 0
        """Rows that come now count as received then at the earliest."""

    def close_until(self, until: int) -> None:
        """Let no row come in any more that counts as received before `until`; it counts as received then."""
        with self._writing:  # what the writer has in hand is committed before
            self.closed_until = max(self.closed_until, until)

    def not_before(self, batch: Sequence[Envelope]) -> Sequence[Envelope]:
        """Return a batch of which nothing belongs to a closed day; the caller holds the writer's lock."""
        line = self.closed_until
        if all(each.received_ms >= line for each in batch):
            return batch
        return [replace(each, received_ms=max(line, each.received_ms)) for each in batch]

    def days(self, *, since: int, until: int) -> list[int]:
        """Return the days since 1970, UTC, on which rows were received in [since, until), in order."""
        with self._reading() as con:
            found = rows_of(con, _DAYS.format(day=DAY_MS, where=_where(since, until, None)))
        return [int(day) for (day,) in found]

    def strays(self, now: int) -> list[str]:
        """Return what no day shows: rows received never or far from now, names and numbers that lead astray.

        StoreError where the tables are other ones: of them nothing can be said.
        """
        with self._reading() as con:
            found: dict[str, dict[str, str]] = {}
            for table, column, kind in rows_of(con, _TYPES):
                found.setdefault(table, {})[column] = kind
            for table, columns in _MADE.items():
                if found.get(table) != columns:
                    problem = f"{table} is not the table that this agent makes"
                    raise StoreError("readings", problem, "take the store from a backup")
            return [
                text.format(many)
                for text, query in _STRAYS.items()
                for (many,) in rows_of(con, query.format(tomorrow=now + DAY_MS))
                if many
            ]

    def received(self, *, since: int | None, until: int, point: str | None = None) -> Iterator[ReceivedRows]:
        """Give the rows received in [since, until), of one point if given, piece by piece in that order."""
        names = {**self._names(), _NO_POINT: NO_POINT}
        wanted = None
        if point is not None:
            wanted = [number for number, name in names.items() if name == point]
        with self._reading() as con:
            journals = {number: journal_digest(name) for name, number in rows_of(con, SELECT_JOURNALS)}
            for where in _slices(con, since, until, wanted):
                found: Rows = con.execute(_ROWS.format(where=where, no_point=_NO_POINT)).fetchnumpy()
                yield _received(found, names, journals)


def _where(since: int | None, until: int, points: Sequence[int] | None) -> str:
    parts = [f"received_ms < {int(until)}"]
    parts += [f"received_ms >= {int(since)}"] if since is not None else []
    parts += [f"point IN ({', '.join(map(str, points)) or 'NULL'})"] if points is not None else []
    return " AND ".join(parts)


def _slices(con: Connection, since: int | None, until: int, points: Sequence[int] | None) -> Iterator[str]:
    """Give conditions that together hold every row, in the order of receipt, each for few enough of them."""
    waiting: list[tuple[int | None, int]] = [(since, until)]
    while waiting:
        start, end = waiting.pop()
        where = _where(start, end, points)
        [(rows, first)] = rows_of(con, _COUNT.format(where=where))
        if not rows:
            continue
        if rows <= SLICE_ROWS or end - first <= 1:
            yield where
            continue
        step = -(-(end - first) // min(-(-rows // SLICE_ROWS) + 1, end - first, 64))
        borders = [*range(first, end, step), end]
        waiting += reversed(list(pairwise(borders)))


def _received(found: Rows, names: Mapping[int, str], journals: Mapping[int, tuple[int, int]]) -> ReceivedRows:
    rows = np.empty(len(found["point"]), ROW)
    for name in _COPIED:
        rows[name] = found[name]
    rows["value"] = found["value"] + 0.0  # -0.0 and 0.0 are one value, on disk too
    numbers, place = np.unique(found["journal"], return_inverse=True)
    unknown = [journals.get(int(number), (0, int(number) % 2**64)) for number in numbers]
    digests = np.array(unknown, np.uint64).reshape(-1, 2)
    rows["journal"], rows["journal_rest"] = digests[place, 0], digests[place, 1]
    return ReceivedRows(point=found["point"].astype(np.int64), names=names, rows=rows)
