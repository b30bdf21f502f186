"""What it costs to seal readings and to verify them.

python -m bench.seals [JSON] prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.recompute import T0, months, plant_of
from domain.periods import DAY_MS
from storage.duckdb import DuckStore
from storage.seal_check import verify
from storage.seal_ledger import LedgerRows
from storage.seal_making import days_waiting, seal_day
from storage.seals import FILE_NAME, SealBook
from storage.source import devices_of, source_of


def cost(store: DuckStore, folder: Path, now: int) -> dict[str, Any]:
    """Return the CPU of sealing every day and of verifying all of them, and what the book weighs."""
    ledger = LedgerRows(folder / "ledger.sqlite")
    with closing(SealBook(folder / FILE_NAME)) as book:
        begun = time.process_time()
        longest = 0.0
        for day in days_waiting(book, store.receipts, ledger, now=now):
            start = time.process_time()
            seal_day(book, store.receipts, ledger, day, now=now)
            longest = max(longest, time.process_time() - start)
        sealed = time.process_time() - begun
        begun = time.process_time()
        found = verify(book, store.receipts, ledger, now=now)
        verified = time.process_time() - begun
    assert not found.broken
    assert not found.unsealed_days
    return {
        "readings": found.readings,
        "days": found.days,
        "seal_cpu_s": sealed,
        "day_cpu_s": longest,
        "verify_cpu_s": verified,
        "book_mb": (folder / FILE_NAME).stat().st_size / 1e6,
    }


def main() -> None:
    """Measure and print."""
    job = {"meters": 100, "step_s": 60, "days": 60}
    job |= json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    plant = plant_of(job["meters"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(DuckStore(folder / "readings.duckdb", devices_of([source_of(plant)]))) as store:
            for place, made in enumerate(months(plant, job["days"], job["step_s"])):
                store.fill(f"month {place}", made)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            found = cost(store, folder, T0 + (job["days"] + 1) * DAY_MS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({**found, "filled_mb": before, "peak_mb": peak}))


if __name__ == "__main__":
    main()
