"""What single parts cost, in CPU ms, the least of some tries: a counter's year, a calendar, an old store.

python -m bench.parts prints JSON.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from analytics.counters import consumption
from bench.recompute import T0, plant_of
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar, Shift, WorkingCalendar
from domain.series import Series
from storage.duckdb import DuckStore
from storage.source import devices_of, source_of

MINUTES = 525_600
JOURNALS = 40_000
"""A start an hour for four years."""


def least_ms(work: Callable[[], object], tries: int = 5) -> float:
    """Return the least CPU time of some tries."""
    spent = []
    for _ in range(tries):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent) * 1000


def counter_year_ms() -> float:
    """Return the cost of hourly consumption of a year of minutes, one counter with wraps and bad readings."""
    random = np.random.default_rng(1)
    quality = np.zeros(MINUTES, np.uint8)
    quality[random.integers(0, MINUTES, 500)] = 12
    point = replace(plant_of(1).points[0], modulus=10_000.0)
    series = Series(
        point=point.id,
        at=T0 + np.arange(MINUTES, dtype=np.int64) * 60_000,
        value=np.cumsum(random.uniform(0.0, 10.0, MINUTES)) % 10_000.0,
        quality=quality,
    )
    edges = T0 + np.arange(MINUTES // 60 + 1, dtype=np.int64) * HOUR_MS
    return least_ms(lambda: consumption(point, series, edges, gap_ms=180_000))


def calendar_ms() -> float:
    """Return the cost of the windows of three years in a zone with summer time and three shifts."""
    shifts = (("early", 360, 840), ("late", 840, 1320), ("night", 1320, 360))
    working = WorkingCalendar(
        day_start_min=360,
        shifts=tuple(Shift(name=name, start_min=start, end_min=end) for name, start, end in shifts),
    )
    calendar = PlantCalendar(ZoneInfo("Europe/Berlin"), (working,))
    return least_ms(lambda: calendar.edges(T0, T0 + 1096 * DAY_MS))


def old_store_ms() -> float:
    """Return the cost of opening a store that has seen many starts of a collector."""
    devices = devices_of([source_of(plant_of(1))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.duckdb"
        DuckStore(path, devices).close()
        with closing(duckdb.connect(str(path))) as con:
            con.execute(f"INSERT INTO journals SELECT range, 'gw1-' || range FROM range(1, {JOURNALS + 1})")
            con.execute(f"INSERT INTO ingested SELECT range, 1, 1000 + range FROM range(1, {JOURNALS + 1})")
        return least_ms(lambda: DuckStore(path, devices).close())


def main() -> None:
    """Measure and print."""
    print(
        json.dumps(
            {"counter_year": counter_year_ms(), "calendar": calendar_ms(), "old_store": old_store_ms()}
        )
    )


if __name__ == "__main__":
    main()
