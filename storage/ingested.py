"""What was ingested of each journal, on disk: a log of ranges that is written anew before it grows long."""

from __future__ import annotations

from collections.abc import Mapping, Set

from storage import schema
from storage.draft import Journals
from storage.ranges import RangeSet, ranges_of
from storage.schema import Connection

_LOG_ROWS = 1000
"""Rows of `ingested` beyond twice its runs before it is written anew."""


class IngestedLog:
    """The journals of one file. After a failed transaction it must be loaded again."""

    def __init__(self, con: Connection) -> None:
        self.journals = Journals(ids=dict(schema.rows_of(con, schema.SELECT_JOURNALS)))
        self.journals.ingested = {number: RangeSet() for number in self.journals.ids.values()}
        self._rows, self._limit = 0, _LOG_ROWS
        for journal, first, last in schema.rows_of(con, "SELECT journal, first, last FROM ingested"):
            if journal not in self.journals.ingested:  # its name is gone: `verify` says so
                self.journals.ingested[journal] = RangeSet()
            self.journals.ingested[journal].add(first, last)
            self._rows += 1

    def add(self, con: Connection, seen: Mapping[int, Set[int]]) -> None:
        """Append the numbers seen of each journal, in the transaction that writes what they name."""
        for name, number in self.journals.fresh.items():
            con.execute("INSERT INTO journals VALUES (?, ?)", [number, name])
        ingested = self.journals.ingested
        runs = [(journal, *run) for journal, numbers in seen.items() for run in ranges_of(numbers)]
        for journal, first, last in runs:
            ingested[journal].add(first, last)
        if self._rows > self._limit:  # counting the runs of every journal is not for each commit
            self._limit = 2 * sum(map(len, ingested.values())) + _LOG_ROWS
        if self._rows > self._limit:
            runs = [(journal, first, last) for journal, held in ingested.items() for first, last in held]
            con.execute("DELETE FROM ingested")
            self._rows = 0
        # Whole numbers as text: parameters cost 0.4 ms a statement.
        rows = ", ".join(f"({int(j)}, {int(first)}, {int(last)})" for j, first, last in runs)
        con.execute(schema.INSERT_INGESTED.format(rows=rows))
        self._rows += len(runs)

    def committed(self) -> None:
        """Take note that the transaction is on disk."""
        self.journals.fresh.clear()
