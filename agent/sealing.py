"""The job that seals each day once it is over, and what looks at the seals in a running agent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from domain.errors import StoreError
from domain.ports import Clock, Store
from domain.seals import Seal, Verified
from storage.duckdb import DuckStore
from storage.ledger import FILE_NAME as LEDGER_NAME
from storage.seal_check import Progress, verify
from storage.seal_ledger import LedgerRows
from storage.seal_making import days_waiting, sealing_day
from storage.seal_rows import Receipts
from storage.seals import FILE_NAME, SealBook

LOOK_MS = 900_000
"""Plant time between two looks for days that are over."""
TURN_S = 0.25
"""Real seconds after which a turn begins no further piece: the figures share its thread."""


class Sealing:
    """Seals the days of one store; `run` is for one thread, the rest for any."""

    def __init__(self, state_dir: Path, store: Store, clock: Clock) -> None:
        self.receipts = receipts_of(store)
        """None where the store keeps none: then nothing is sealed."""
        self._clock = clock
        self._path = state_dir / FILE_NAME
        self._ledger = LedgerRows(state_dir / LEDGER_NAME)
        self._lock = Lock()
        self._book: SealBook | None = None
        self._waiting: list[int] = []
        self._looked: int | None = None
        self._under_way: Iterator[Seal | None] | None = None
        """The first of the days that wait, part of it done."""

    def run(self) -> None:
        """Seal days that are over, for a moment; those left wait for the next turn."""
        now = self._clock.now_ms()
        if self.receipts is None or self._clock.is_doubtful():
            return
        begun = time.monotonic()
        try:
            if not self._waiting and (self._looked is None or abs(now - self._looked) >= LOOK_MS):
                self._waiting = days_waiting(self._opened(), self.receipts, self._ledger, now=now)
                self._looked = now
            while self._waiting:
                self._step(self.receipts, now)
                if time.monotonic() - begun >= TURN_S:
                    break
        except StoreError:
            self._waiting, self._looked, self._under_way = [], None, None
            raise

    def _step(self, receipts: Receipts, now: int) -> None:
        """Take a piece of the first day that waits."""
        if self._under_way is None:
            self._under_way = sealing_day(self._opened(), receipts, self._ledger, self._waiting[0], now=now)
        if next(self._under_way) is not None:
            del self._waiting[0]
            self._under_way = None

    def seals(self, limit: int | None = None) -> Sequence[Seal]:
        """Return the newest seals, or all, oldest first; none where the store has no receipts to seal."""
        return () if self.receipts is None else self._opened().seals(limit)

    def verify(self, *, since: str, until: str, progress: Progress | None = None) -> Verified:
        """Compare store and ledger with the seals of the days from `since` to `until`, both included."""
        if self.receipts is None:
            raise no_receipts()
        return verify(
            self._opened(),
            self.receipts,
            self._ledger,
            now=self._clock.now_ms(),
            since=since,
            until=until,
            progress=progress,
        )

    def close(self) -> None:
        """Release the file; safe to call twice."""
        with self._lock:
            if self._book is not None:
                self._book.close()
                self._book = None

    def _opened(self) -> SealBook:
        with self._lock:
            if self._book is None:
                self._book = SealBook(self._path)
            return self._book


def receipts_of(store: Store) -> Receipts | None:
    """Return what a store knows of when it received its rows; None when it does not keep that."""
    return store.receipts if isinstance(store, DuckStore) else None


def no_receipts() -> StoreError:
    """Return that this store cannot be sealed."""
    problem = "keeps no instant of receipt and lets anybody write over a reading: it has no seals"
    return StoreError("InfluxDB", problem, "keep readings in DuckDB where their integrity must be shown")
