"""A small plant with everything that is awkward, and its readings as they come over a bad line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent.analysis import Analysis
from agent.dirty import DirtyHours, NotingStore
from domain.bundle import BundlePlant
from domain.carbon import CarbonPath
from domain.ledger import (
    BaselineApproved,
    BaselineFitted,
    Body,
    MeterEvent,
    MeterEventKind,
    Production,
)
from domain.method import CarbonMethod, Method, ProcessMethod
from domain.periods import DAY_MS, HOUR_MS, PeriodKind, Shift, WorkingCalendar
from domain.plant import Carrier, MeterRole, Plant, Point, Process
from domain.ports import Envelope
from domain.reading import Gap, Poll, Quality
from domain.registers import Reference
from domain.results import Baseline
from storage.duckdb import DuckStore
from storage.ledger import SqliteLedger
from storage.source import devices_of, source_of

START = 1_772_294_400_000
"""2026-03-01 00:00 in China."""
STEP_MS = 15 * 60_000
MODULUS = 100_000.0


def _counter(device: str, name: str, unit: str, rated: float, **more: Any) -> Point:
    return Point(
        device=device,
        name=name,
        unit=unit,
        is_counter=True,
        rated_max_per_hour=rated,
        modulus=MODULUS,
        resolution=0.1,
        **more,
    )


DESCRIBED = BundlePlant(
    site="works",
    time_zone="Asia/Shanghai",
    processes=(Process(id="coil", output_unit="t"), Process(id="sheet", output_unit="t")),
    points=(
        _counter(
            "gas_main",
            "volume",
            "m3",
            900.0,
            carrier=Carrier.GAS,
            role=MeterRole.MAIN,
            reference=Reference.AT_20C,
        ),
        _counter(
            "gas_line",
            "volume",
            "m3",
            600.0,
            carrier=Carrier.GAS,
            shares={"coil": 0.6, "sheet": 0.4},
            reference=Reference.ACTUAL,
            temperature_point="gas_line.temperature",
            pressure_point="gas_line.pressure",
        ),
        Point(device="gas_line", name="temperature", unit="C", is_counter=False),
        Point(device="gas_line", name="pressure", unit="kPa", is_counter=False),
        _counter("plc", "coil_mass", "t", 40.0, carrier=Carrier.PRODUCTION, shares={"coil": 1.0}),
        _counter("plc", "sheet_mass", "t", 40.0, carrier=Carrier.PRODUCTION, shares={"sheet": 1.0}),
        Point(
            device="oven",
            name="temperature",
            unit="C",
            is_counter=False,
            variable="oven_temperature",
            shares={"coil": 1.0},
        ),
    ),
    method=Method(
        carbon=CarbonMethod(paths=(CarbonPath(id="scope_1_2", unit="tCO2e/t", allowed={2024: 1.25}),)),
        processes={
            "coil": ProcessMethod(
                interval=PeriodKind.DAY, hot_above_c=300.0, variables=("output", "oven_temperature")
            )
        },
        calendar=WorkingCalendar(
            day_start_min=7 * 60 + 30,
            shifts=(
                Shift(name="day", start_min=450, end_min=1170),
                Shift(name="night", start_min=1170, end_min=450),
            ),
        ),
    ),
)


_NONE = (0.0, 0.0)
_BASELINE = Baseline(
    id="coil-test",
    process="coil",
    interval=PeriodKind.DAY,
    since=START - 400 * DAY_MS,
    until=START,
    variables=("output", "oven_temperature"),
    coefficients=(650.0, 30.0, 0.5),
    standard_errors=(1.0, 1.0, 1.0),
    inverse=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    residual_sd=50.0,
    rows=400,
    autocorrelation=0.1,
    r_squared=0.95,
    f_statistic=5000.0,
    f_p_value=0.0,
    p_values=(0.0, 0.0, 0.0),
    cv_rmse=0.014,
    durbin_watson=2.0,
    lows=_NONE,
    highs=_NONE,
    means=_NONE,
    deviations=(1.0, 1.0),
    standing_mean=0.0,
    standing_sd=0.0,
    standing_rows=0,
    gas=1.5e6,
    output=4.0e4,
    coverage=1.0,
    data_hash="0" * 64,
    failures=(),
)


class Clock:
    """An instant that a test moves."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now_ms(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000

    def real_seconds(self, seconds: float) -> float:
        return 0.0 * seconds

    async def sleep(self, seconds: float) -> None:
        self.at += round(seconds * 1000)

    def is_doubtful(self) -> bool:
        return False


def polls(rng: np.random.Generator, days: int) -> list[Poll | Gap]:
    """Return what the devices send in the order of time, faults included; some polls come twice."""
    count = days * DAY_MS // STEP_MS
    at = START + STEP_MS * np.arange(1, count + 1) + rng.integers(0, 60_000, count)
    hour = (at - START) // HOUR_MS % 24
    works = (hour >= 8) & (hour < 20)
    gas = np.cumsum(rng.uniform(20, 60, count) * np.where(works, 1.0, 0.1))
    mass = np.cumsum(rng.uniform(1, 5, count) * works)
    exchange = count // 2
    values: dict[str, dict[str, Any]] = {
        "gas_main": {"volume": np.round(MODULUS - 3000 + gas * 1.3, 1) % MODULUS},
        "gas_line": {
            "volume": np.round(np.where(np.arange(count) < exchange, 500 + gas, gas - gas[exchange - 1]), 1),
            "temperature": np.round(rng.normal(18, 3, count), 2),
            "pressure": np.round(rng.normal(104, 1, count), 2),
        },
        "plc": {"coil_mass": np.round(mass, 1), "sheet_mass": np.round(mass * 0.5, 1)},
        "oven": {"temperature": np.round(np.where(works, 400, 150) + rng.normal(0, 20, count), 1)},
    }
    return [item for device, of in values.items() for item in _device(rng, device, at, of)]


def _device(
    rng: np.random.Generator, device: str, at: np.ndarray, values: dict[str, np.ndarray]
) -> Iterator[Poll | Gap]:
    count = len(at)
    for name, column in values.items():
        if name in ("volume", "coil_mass"):  # spikes of several lengths
            for first in rng.integers(0, count - 10, 4):
                column[first : first + rng.integers(1, 8)] += rng.choice([-1, 1]) * rng.uniform(500, 9000)
            np.clip(column, 0.0, None, out=column)
    quiet = np.zeros(count, np.bool_)
    for first in rng.integers(0, count - 40, 2):
        length = int(rng.integers(2, 40))
        quiet[first : first + length] = True
        if rng.random() < 0.7:
            inner = int(rng.integers(0, STEP_MS))
            yield Gap(
                device=device,
                since=int(at[first]) + inner,
                until=int(at[first + length]) - inner,
                quality=Quality.AGENT_DOWN,
            )
    bad = rng.random(count) < 0.03
    for place in range(count):
        if quiet[place]:
            continue
        row = {name: float(column[place]) for name, column in values.items()}
        if bad[place]:
            yield Poll(
                device=device,
                at=int(at[place]),
                values=dict.fromkeys(row),
                quality=dict.fromkeys(row, Quality.NO_ANSWER),
            )
            continue
        yield Poll(device=device, at=int(at[place]), values=row)
        if rng.random() < 0.01:
            yield Poll(device=device, at=int(at[place]), values=row)
        if rng.random() < 0.005:
            yield Poll(device=device, at=int(at[place]), values={k: v + 1.0 for k, v in row.items()})


def bodies(days: int) -> list[Body]:
    """Return what people declare: the exchange in the middle, a day's output, a baseline of two variables."""
    exchange = START + days * DAY_MS // 2 + 5 * 60_000
    return [
        Production(
            process="sheet",
            since=START + 3 * DAY_MS + 450 * 60_000,
            until=START + 4 * DAY_MS + 450 * 60_000,
            quantity=61.0,
            unit="t",
        ),
        MeterEvent(
            kind=MeterEventKind.EXCHANGE,
            point="gas_line.volume",
            at=exchange,
            old_final=500.0 + 24.0 * 40.0 * days,
            new_start=0.0,
        ),
        BaselineFitted(baseline=_BASELINE),
        BaselineApproved(baseline=_BASELINE.id, process="coil", valid_from=START),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One envelope and when it reaches the store."""

    at: int
    envelope: Envelope


def arrivals(rng: np.random.Generator, items: Sequence[Poll | Gap]) -> list[Arrival]:
    """Return the items as they come in: most at once, some days late, some twice."""
    found = []
    for seq, item in enumerate(items):
        made = item.at if isinstance(item, Poll) else item.until
        late = rng.choice([60_000, 6 * HOUR_MS, 3 * DAY_MS], p=[0.85, 0.1, 0.05])
        envelope = Envelope(journal="j", seq=seq, received_ms=made, item=item)
        for _ in range(1 + (rng.random() < 0.02)):
            found.append(Arrival(at=made + 1 + int(rng.integers(0, late)), envelope=envelope))
    return sorted(found, key=lambda each: (each.at, each.envelope.seq))


class Works:
    """Store, ledger and notes of one plant in a folder, and the analysis on top."""

    def __init__(self, folder: Path, plant: Plant, method: Method, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.plant, self.method, self.clock = folder, plant, method, clock
        self.open()

    def open(self) -> None:
        self.store = DuckStore(self.folder / "store.duckdb", devices_of([source_of(self.plant)]))
        self.ledger = SqliteLedger(self.folder / "ledger.sqlite")
        self.dirty = DirtyHours(self.folder / "analytics.sqlite")
        self.sink = NotingStore(self.store, self.dirty)
        self.analysis = Analysis(
            self.plant, self.method, self.store, self.ledger, dirty=self.dirty, clock=self.clock
        )

    def close(self) -> None:
        self.store.close()
        self.ledger.close()
        self.dirty.close()

    def restart(self) -> None:
        self.close()
        self.open()
