"""CPU of a year read as arrays, and of its windows: `python -m tests.storage.measure_series 300 [points]`."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from domain.series import Series
from domain.windows import Flag, Windows
from storage.duckdb import DuckStore

T0 = 1_735_689_600_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
DAYS = 366


@contextmanager
def measured(says: str, times: int = 1) -> Iterator[None]:
    """Print what the body cost."""
    cpu, wall = time.process_time(), time.monotonic()
    yield
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{says}: cpu {cpu / times:.4f} s, wall {wall / times:.4f} s, peak {peak} MB", flush=True)


def past_of(points: list[str], day: int, days: int, step_s: int) -> list[Series]:
    """Return counters that rise, one reading in a thousand without a value."""
    at = np.arange(T0 + day * DAY_MS, T0 + (day + days) * DAY_MS, step_s * 1000, dtype=np.int64)
    random = np.random.default_rng(day)
    made = []
    for point in points:
        value = (np.cumsum(random.integers(0, 50, len(at))) * 0.01).astype(np.float64)
        quality = np.zeros(len(at), np.uint8)
        bad = random.random(len(at)) < 1e-3
        value[bad], quality[bad] = np.nan, 10
        made.append(Series(point=point, at=at, value=value, quality=quality))
    return made


def windows_of(point: str, first: int, many: int, amount: float, flags: Flag = Flag.NONE) -> Windows:
    """Return hours of one amount."""
    since = T0 + (first + np.arange(many, dtype=np.int64)) * HOUR_MS
    return Windows(
        point=point,
        since=since,
        until=since + HOUR_MS,
        amount=np.full(many, amount),
        grade=np.zeros(many, np.uint8),
        coverage=np.ones(many),
        flags=np.full(many, flags, np.uint16),
        minimum=np.full(many, np.nan),
        maximum=np.full(many, np.nan),
    )


def main(step_s: int, many: int = 100, live: int = 1000) -> None:
    """Fill a year month by month, read it, put its windows, and replace some of them as a live plant does."""
    devices = {"m": tuple(f"p{number}" for number in range(many))}
    points = [f"m.{name}" for name in devices["m"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.duckdb"
        store = DuckStore(path, devices, memory_limit="512MB")
        for day in range(0, DAYS, 30):
            past = past_of(points, day, min(30, DAYS - day), step_s)
            with measured(f"fill {sum(map(len, past))} readings"):
                store.fill(f"from day {day}", past)
        for days in (31, 7):
            with measured(f"read a year of {many} points, {days} days at a time"):
                rows = 0
                for day in range(0, DAYS, days):
                    since, until = T0 + day * DAY_MS, T0 + min(DAYS, day + days) * DAY_MS
                    rows += sum(map(len, store.series(points, since=since, until=until).values()))
            print(f"    {rows} readings, file {path.stat().st_size >> 20} MB")
        end = T0 + DAYS * DAY_MS
        with measured("read a year of 1 point"):
            store.series(points[:1], since=T0, until=end)
        with measured("read the last 2 hours of all points", 10):
            for _ in range(10):
                store.series(points, since=end - 2 * HOUR_MS, until=end)
        hours = DAYS * 24
        for says, amount in (("new", 1.0), ("as they were", 1.0), ("all changed", 2.0)):
            with measured(f"put {many} x {hours} windows, {says}"):
                store.put_windows([windows_of(point, 0, hours, amount) for point in points], at=T0)
        with measured("read them"):
            store.windows(points, since=T0, until=end)
        size = path.stat().st_size
        with measured("replace 30 x 2 windows, one of them open", live):
            for number in range(live):
                open_, place = Flag.OPEN, hours + number // 1800
                store.put_windows(
                    [windows_of(point, place, 2, number, open_) for point in points[:30]], at=T0 + number
                )
        store.close()
        print(f"    the file grew by {path.stat().st_size - size} bytes")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or ("300",)))
