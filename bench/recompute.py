"""What a year of figures costs: 100 counters, a reading a minute, computed again hour by hour.

    python -m bench.recompute '{"meters": 100, "step_s": 60, "days": 365, "cycles": 60}'

The store is a DuckDB file with one thread. Filling it is not measured. Prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agent.analysis import Analysis
from agent.dirty import DirtyHours, NotingStore
from agent.hourly import Hourly
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar
from domain.plant import Carrier, Device, Link, LinkKind, Plant, Point, Process
from domain.ports import Envelope
from domain.reading import Poll
from domain.registers import DeviceProfile, Reference
from domain.series import Series
from storage.duckdb import DuckStore
from storage.ledger import SqliteLedger
from storage.source import devices_of, source_of

T0 = 1_735_660_800_000
"""2025-01-01 in Shanghai."""
FILL_DAYS = 31
PROCESSES = ("coil", "sheet")


class StoppedClock:
    """Plant time that stands where it is put."""

    def __init__(self, now: int) -> None:
        self.now = now

    def now_ms(self) -> int:
        """Return the instant."""
        return self.now

    def monotonic(self) -> float:
        """Return plant seconds."""
        return self.now / 1000

    def real_seconds(self, seconds: float) -> float:
        """Return as many."""
        return seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.now += round(seconds * 1000)

    def is_doubtful(self) -> bool:
        """Never."""
        return False


def plant_of(meters: int) -> Plant:
    """Return a plant of gas meters, every tenth of them a production counter."""
    profile = DeviceProfile(
        id="bench", maker="", model="", kind="", manual="", source="", hardware="", registers=()
    )
    return Plant(
        site="bench",
        gateway="bench",
        time_zone="Asia/Shanghai",
        label={},
        is_demo=True,
        processes=tuple(Process(id=name, label={}, output_unit="t") for name in PROCESSES),
        links=(Link(id="l", kind=LinkKind.TCP, host="127.0.0.1"),),
        devices=tuple(
            Device(id=point.device, link="l", unit_id=1, profile=profile, interval_s=60, points=(point,))
            for point in (_point(number) for number in range(meters))
        ),
    )


def _point(number: int) -> Point:
    produces = number % 10 == 0
    return Point(
        device=f"meter_{number:03}",
        name="total",
        unit="t" if produces else "m3",
        is_counter=True,
        rated_max_per_hour=1000.0,
        modulus=1e8,
        reference=None if produces else Reference.AT_20C,
        carrier=Carrier.PRODUCTION if produces else Carrier.GAS,
        shares={PROCESSES[number // 10 % 2]: 1.0},
    )


def months(plant: Plant, days: int, step_s: int) -> Iterator[list[Series]]:
    """Give the readings of the meters, some weeks at a time; one in a thousand has no value."""
    level = {point.id: 0.0 for point in plant.points}
    random = np.random.default_rng(1)
    for day in range(0, days, FILL_DAYS):
        until = T0 + min(day + FILL_DAYS, days) * DAY_MS
        at = np.arange(T0 + day * DAY_MS, until, step_s * 1000, dtype=np.int64)
        made = []
        for point in plant.points:
            steps = np.cumsum(random.integers(0, 200, len(at))).astype(np.float64)
            value = level[point.id] + steps * 0.01
            level[point.id] = float(value[-1])
            quality = np.zeros(len(at), np.uint8)
            bad = random.random(len(at)) < 1e-3
            value[bad], quality[bad] = np.nan, 10
            made.append(Series(point=point.id, at=at, value=value, quality=quality))
        yield made


def recompute(plant: Plant, store: DuckStore, days: int) -> dict[str, Any]:
    """Return what the windows of all meters over so many days cost."""
    hourly, calendar = Hourly(store, Method()), PlantCalendar(ZoneInfo(plant.time_zone))
    cpu, wall, windows = time.process_time(), time.monotonic(), 0
    horizon = T0 + days * DAY_MS
    for since, until in hourly.spans(T0, horizon):
        found = hourly.compute(plant.points, since, until, calendar=calendar, events={}, horizon=horizon)
        store.put_windows(found, at=horizon)
        windows += sum(map(len, found))
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return {"windows": windows, "cpu_s": cpu, "wall_s": wall}


def live(plant: Plant, store: DuckStore, folder: Path, days: int, cycles: int) -> dict[str, Any]:
    """Return what one look at two seconds of new readings costs, all meters."""
    clock = StoppedClock(T0 + days * DAY_MS)
    index = {point: reading.value or 0.0 for point, reading in store.latest().items()}
    dirty = DirtyHours(folder / "analytics.sqlite")
    dirty.done({}, watermark=T0 + days * DAY_MS - HOUR_MS)
    sink = NotingStore(store, dirty)
    with closing(SqliteLedger(folder / "ledger.sqlite")) as ledger, closing(dirty):
        analysis = Analysis(plant, Method(), store, ledger, dirty=dirty, clock=clock)
        analysis.cycle()
        spent = []
        for number in range(cycles):
            clock.now += 2000
            sink.write(
                [
                    Envelope(
                        journal="bench",
                        seq=number * len(plant.devices) + place,
                        received_ms=clock.now,
                        item=Poll(
                            device=device.id,
                            at=clock.now - 500,
                            values={"total": index[device.points[0].id] + number * 0.01},
                        ),
                    )
                    for place, device in enumerate(plant.devices)
                ]
            )
            cpu = time.process_time()
            analysis.cycle()
            spent.append(time.process_time() - cpu)
    return {"cycle_cpu_s": sorted(spent)[len(spent) // 2]}


def main() -> None:
    """Measure and print."""
    job = {"meters": 100, "step_s": 60, "days": 365, "cycles": 60}
    job |= json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    plant = plant_of(job["meters"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(DuckStore(folder / "readings.duckdb", devices_of([source_of(plant)]))) as store:
            readings = sum(
                store.fill(f"month {place}", made)
                for place, made in enumerate(months(plant, job["days"], job["step_s"]))
            )
            found = recompute(plant, store, job["days"])
            found |= live(plant, store, folder, job["days"], job["cycles"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"readings": readings, **found, "peak_mb": peak}))


if __name__ == "__main__":
    main()
