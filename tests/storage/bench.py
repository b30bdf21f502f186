"""An ingest with a real store, a real quarantine and a clock that stands."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from domain.ports import Envelope, Store, Written
from storage.duckdb import DuckStore
from storage.ingest import Ingest, IngestLimits
from storage.quarantine import SqliteQuarantine
from tests.storage.doubles import DEVICES, NOW, SOURCE, Acks, StandingClock, message

QUICK = IngestLimits(linger_s=0.02, first_retry_s=0.02, most_retry_s=0.05)


class Bench:
    """An ingest with its store, quarantine and acknowledgements."""

    def __init__(
        self,
        folder: Path,
        *,
        store: Store | None = None,
        quarantine: SqliteQuarantine | None = None,
        limits: IngestLimits = QUICK,
    ) -> None:
        self.acks = Acks()
        self.quarantine = quarantine or SqliteQuarantine(folder / "quarantine.sqlite")
        self.store = store or DuckStore(folder / "store.duckdb", DEVICES)
        self.ingest = Ingest(self.store, self.quarantine, [SOURCE], StandingClock(), self.acks, limits=limits)

    def offer(self, *envelopes: Envelope) -> None:
        for one in envelopes:
            self.raw(*message(one))

    def raw(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        return self.ingest.offer(topic, payload, retain=retain, received_ms=NOW)

    def finish(self) -> None:
        assert self.ingest.stop(10)

    def values(self, point: str = "boiler.gas") -> list[float | None]:
        return [one.value for one in self.store.readings([point], since=0, until=2 * NOW)]

    def close(self) -> None:
        self.ingest.stop(10)
        self.store.close()
        self.quarantine.close()


class FailingStore:
    """A real store behind a door that a test shuts."""

    def __init__(self, store: DuckStore) -> None:
        self.inner = store
        self.error: Exception | None = None
        self.calls = 0
        self.calls_at: list[float] = []

    def write(self, batch: Sequence[Envelope]) -> Written:
        self.calls += 1
        self.calls_at.append(time.monotonic())
        if self.error is not None:
            raise self.error
        return self.inner.write(batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)
