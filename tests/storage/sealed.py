"""A store of some days with its ledger and its seals; what somebody does to them behind the agent's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb
import numpy as np

from domain.errors import StoreError
from domain.ledger import Production
from domain.periods import DAY_MS
from domain.ports import Envelope
from domain.reading import Poll
from domain.seals import Verified
from domain.series import Series
from storage.duckdb import DuckStore
from storage.ledger import SqliteLedger
from storage.seal_check import verify
from storage.seal_ledger import LedgerRows
from storage.seal_making import days_waiting, seal_day
from storage.seals import SealBook
from tests.storage.doubles import DEVICES

FIRST = 20_500 * DAY_MS
"""2026-02-16 00:00 UTC."""
DAYS = 6
STEP_MS = 600_000
GAS = "boiler.gas"


class Sealed:
    """Files in a folder; every method opens them anew, as commands do."""

    def __init__(self, folder: Path) -> None:
        self.store_path, self.ledger_path = folder / "readings.duckdb", folder / "ledger.sqlite"
        self.seals_path = folder / "seals.sqlite"
        self.now = FIRST + DAYS * DAY_MS + 3 * 3_600_000

    @contextmanager
    def opened(self) -> Iterator[tuple[DuckStore, SealBook, LedgerRows]]:
        """Give store, seals and ledger; the store knows what is sealed."""
        with (
            closing(DuckStore(self.store_path, DEVICES)) as store,
            closing(SealBook(self.seals_path)) as book,
        ):
            with suppress(StoreError):  # as the agent: readings are stored whatever became of the seals
                end = book.end()
                store.receipts.close_until(end[2] if end else 0)
            yield store, book, LedgerRows(self.ledger_path)

    def seal(self) -> int:
        """Seal every day that is over; return how many."""
        with self.opened() as (store, book, ledger):
            days = days_waiting(book, store.receipts, ledger, now=self.now)
            for day in days:
                seal_day(book, store.receipts, ledger, day, now=self.now)
        return len(days)

    def verify(self, since: str = "", until: str = "9999") -> Verified:
        """Verify."""
        with self.opened() as (store, book, ledger):
            return verify(book, store.receipts, ledger, now=self.now, since=since, until=until)

    def said(self) -> list[tuple[str, str, str, int | None]]:
        """Return day, kind, subject and instant of all that is broken."""
        return [(each.day, each.what, each.subject, each.at) for each in self.verify().broken]

    def poll(self, *polls: tuple[int, float], received: int | None = None, journal: str = "j1") -> None:
        """Take polls of the boiler: (instant, value)."""
        with self.opened() as (store, _, _):
            store.write(
                [
                    Envelope(
                        journal=journal,
                        seq=at // 1000,
                        received_ms=at + 500 if received is None else received,
                        item=Poll(device="boiler", at=at, values={"gas": value, "pressure": 1.5}),
                    )
                    for at, value in polls
                ]
            )

    def fill(self, name: str, first: int, days: float, point: str = "feeder.energy") -> None:
        """Write a past."""
        at = np.arange(first, first + days * DAY_MS, STEP_MS, dtype=np.int64)
        series = Series(point=point, at=at, value=at / 1e9, quality=np.zeros(len(at), np.uint8))
        with self.opened() as (store, _, _):
            store.fill(name, [series])

    def declare(self, day: int) -> None:
        """Record an entry on a day after the first."""
        body = Production(process="coil", since=0, until=1000, quantity=float(day), unit="t")
        with closing(SqliteLedger(self.ledger_path)) as ledger:
            ledger.add([body], who="Li", why="shift report", at=FIRST + day * DAY_MS + 1000)

    def tamper(self, sql: str, *values: object) -> None:
        """Change the store by another program."""
        with closing(duckdb.connect(str(self.store_path))) as con:
            con.execute(sql, values)

    def break_into(self, path: Path, *statements: str) -> None:
        """Change a SQLite file as who means to: its triggers dropped."""
        with closing(sqlite3.connect(path)) as db, db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert db.execute(statement).rowcount


def build(folder: Path) -> Sealed:
    """Return six days of polls, a day of a past before them, an entry on four of the days."""
    made = Sealed(folder)
    made.fill("past", FIRST - 3 * DAY_MS, 1)
    made.poll(*((at, at / 1e9) for at in range(FIRST, FIRST + DAYS * DAY_MS, STEP_MS)))
    for day in range(4):
        made.declare(day)
    return made


def rebuilt(table: str, *statements: str, first: str = "") -> tuple[str, ...]:
    """Return statements that make a table of SQLite anew without its keys, `first` its first rows."""
    return (
        f"CREATE TABLE anew AS {first or f'SELECT * FROM {table} WHERE 0'}",
        f"INSERT INTO anew SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE anew RENAME TO {table}",
        *statements,
    )
