"""A process of its own that dies between the store's commit and the acknowledgement."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from storage.duckdb import DuckStore
from storage.ingest import Ingest, IngestLimits
from storage.quarantine import SqliteQuarantine
from tests.storage.doubles import DEVICES, NOW, SOURCE, Acks, StandingClock, envelope, message


def main(folder: Path) -> None:
    """Ingest twenty messages and die before the first acknowledgement."""
    acks = Acks()

    def die(_: str) -> None:
        os._exit(9 if not acks.ranges else 1)

    ingest = Ingest(
        DuckStore(folder / "store.duckdb", DEVICES),
        SqliteQuarantine(folder / "quarantine.sqlite"),
        [SOURCE],
        StandingClock(),
        acks,
        limits=IngestLimits(linger_s=0.05),
        failpoint=die,
    )
    for seq in range(1, 21):
        topic, payload = message(envelope(seq))
        ingest.offer(topic, payload, retain=False, received_ms=NOW)
    ingest.start()
    ingest.stop(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
