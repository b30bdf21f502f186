"""The hours of a made plant: simple formulas and seeded noise, so that every figure is repeatable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config import Loaded, load
from domain.periods import DAY_MS, HOUR_MS
from domain.series import Bools, Floats

ZONE = ZoneInfo("Asia/Shanghai")
PLANT_FILE = Path(__file__).parents[3] / "config" / "examples" / "demo.toml"

PROCESSES = ("coil", "sheet")
KWH_PER_NM3 = 38.931 / 3.6
CO2_PER_NM3 = 2.162188809
GRID_KG_PER_KWH = 0.4419


def at(text: str) -> int:
    """Return an instant of plant time: `2026-11-22T14:32`, or a day."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


NOW = at("2026-11-22T14:32")
START = at("2024-01-01")
BASELINE_SINCE, BASELINE_UNTIL = at("2025-01-01"), at("2026-01-01")
DRIFT_SINCE = at("2026-10-25")
DRIFT = 0.031
GAP_DAY = "2026-11-12"
"""gas_sheet was not read for six hours: its windows there are estimated."""
SPIKE_DAY = "2026-11-17"
"""gas_coil showed one impossible reading."""

BURN = {"coil": (24.0, 21.4), "sheet": (27.0, 30.5)}
"""Gas of an hour with output: constant, per tonne."""
LEVEL = {
    "coil": {2024: 1.0, 2025: 0.964, 2026: 0.964},
    "sheet": {2024: 1.0, 2025: 0.972, 2026: 0.9545},
}
"""Gas of a year for the same work, 2024 is 1."""
TONNES = {"coil": 5.4, "sheet": 2.3}
_HOLIDAYS = ((1, 1), (1, 2), (2, 17), (2, 18), (2, 19), (2, 20), (5, 1), (10, 1), (10, 2), (10, 3))


@cache
def demo() -> Loaded:
    """Return the demo plant's file."""
    return load(PLANT_FILE, {})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hours:
    """Every hour from START to NOW; the last one is cut by NOW. Amounts, not rates."""

    since: tuple[int, ...]
    length_h: Floats
    output: Mapping[str, Floats]
    """Process -> t."""
    gas: Mapping[str, Floats]
    """`coil`, `sheet`, `boiler`, `main`: Nm3."""
    expected: Mapping[str, Floats]
    """Process -> Nm3, by the baseline of 2025."""
    running: Mapping[str, Bools]
    startup: Mapping[str, Bools]
    idle: Mapping[str, Bools]
    electricity: Mapping[str, Floats]
    """`coil`, `sheet`, `utilities`, `office`, `unmetered`: kWh."""
    imported: Floats
    exported: Floats
    pv: Mapping[str, Floats]
    """`pv_1`, `pv_2`."""
    heat: Mapping[str, Floats]
    """Process -> kWh, recovered."""

    def place(self, instant: int) -> int:
        """Return the place of the hour that begins at an instant; the nearest there is outside."""
        return min(max(-((START - instant) // HOUR_MS), 0), len(self.since))

    def span(self, since: int, until: int) -> slice:
        """Return the hours that begin in [since, until)."""
        return slice(self.place(since), self.place(until))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clock:
    """When each hour is."""

    hour: Floats
    """Of the day."""
    of_year: Floats
    """Days since 1 January."""
    length: Floats
    free: Bools
    """On a day without work."""
    year: Floats

    @property
    def count(self) -> int:
        return len(self.hour)

    @property
    def day(self) -> NDArray[np.int64]:
        return np.arange(self.count) // 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """The hours of one process."""

    output: Floats
    gas: Floats
    expected: Floats
    running: Bools
    startup: Bools
    idle: Bools


def _calendar() -> _Clock:
    """Return when each hour is, START to NOW."""
    count = -((START - NOW) // HOUR_MS)
    hour = np.arange(count)
    length = np.ones(count)
    length[-1] = (NOW - START) / HOUR_MS - (count - 1)
    days = np.datetime64("2024-01-01") + hour // 24
    years = days.astype("datetime64[Y]")
    months = days.astype("datetime64[M]")
    month = months.astype(int) % 12 + 1
    day = (days - months).astype(int) + 1
    free = np.isin(month * 100 + day, [m * 100 + d for m, d in _HOLIDAYS])
    of_year = (days - years).astype(float)
    return _Clock(
        hour=(hour % 24).astype(float),
        of_year=of_year,
        length=length,
        free=free,
        year=years.astype(int) + 1970.0,
    )


def make_hours(standing: frozenset[str] = frozenset()) -> Hours:
    """Return the plant's hours; lines in `standing` stopped today at 08:00."""
    random = np.random.default_rng(20261122)
    clock = _calendar()
    lines = {process: _line(process, clock, random, is_standing=process in standing) for process in PROCESSES}
    gas = {process: line.gas for process, line in lines.items()}
    gas["boiler"] = (9.0 + 14.0 * lines["coil"].running) * clock.length
    gas["main"] = (gas["coil"] + gas["sheet"] + gas["boiler"]) * 1.012
    burns = {process: (line.running | line.idle) * clock.length for process, line in lines.items()}
    electricity = _electricity(clock, burns, lines["coil"].running)
    pv = _sun(clock, random)
    used, made = sum(electricity.values(), np.zeros(clock.count)), pv["pv_1"] + pv["pv_2"]
    return Hours(
        since=tuple(range(START, NOW, HOUR_MS)),
        length_h=clock.length,
        output={process: line.output for process, line in lines.items()},
        gas=gas,
        expected={process: line.expected for process, line in lines.items()},
        running={process: line.running for process, line in lines.items()},
        startup={process: line.startup for process, line in lines.items()},
        idle={process: line.idle for process, line in lines.items()},
        electricity=electricity,
        imported=np.maximum(used - made, 0.0),
        exported=np.maximum(made - used, 0.0),
        pv=pv,
        heat={"coil": 150.0 * burns["coil"], "sheet": 70.0 * burns["sheet"]},
    )


def _line(process: str, clock: _Clock, random: np.random.Generator, *, is_standing: bool) -> _Line:
    works = _works(clock)
    if is_standing:
        works[-7:] = False
    idle = works & (clock.hour == 12) & (process == "sheet")
    running = works & ~idle
    startup = np.concatenate((works[1:] & ~works[:-1], [False])) & ~works
    count, length = clock.count, clock.length
    tonnes = TONNES[process] * (
        1.0 + 0.06 * np.sin(clock.of_year / 9.0) + 0.05 * random.standard_normal(count)
    )
    constant, slope = BURN[process]
    output = np.where(running, tonnes * length, 0.0)
    usual = np.where(running, constant * length + slope * output, 0.0)
    usual += np.where(startup, 1.6 * constant, 0.0) + np.where(idle, 1.5 * constant * length, 0.0)
    usual += np.where(works | startup, 0.0, 0.04 * constant * length)
    wander = 1.0 + 0.006 * random.standard_normal(count // 24 + 1)[clock.day]
    noise = 1.0 + 0.015 * random.standard_normal(count)
    return _Line(
        output=output,
        gas=usual * _level(process, clock) * wander * noise,
        expected=usual * LEVEL[process][2025],
        running=running,
        startup=startup,
        idle=idle,
    )


def _works(clock: _Clock) -> Bools:
    """Say in which hours a line works: Sundays from 8 to 18, other days from 7 to 23."""
    sunday = (clock.day + 1) % 7 == 0  # 2024-01-01 was a Monday
    on_sundays = (clock.hour >= 8) & (clock.hour < 18)
    found: Bools = np.where(sunday, on_sundays, (clock.hour >= 7) & (clock.hour < 23)) & ~clock.free
    return found


def _level(process: str, clock: _Clock) -> Floats:
    """Return gas for the same work, 2024 is 1; coil drifts."""
    level = np.select([clock.year == year for year in LEVEL[process]], list(LEVEL[process].values()))
    drifting = (np.arange(clock.count) >= (DRIFT_SINCE - START) // HOUR_MS) & (process == "coil")
    return level * np.where(drifting, 1.0 + DRIFT, 1.0)


def _electricity(clock: _Clock, burns: Mapping[str, Floats], coil_runs: Bools) -> dict[str, Floats]:
    busy = (clock.hour >= 8) & (clock.hour < 19)
    used = {
        process: full * (0.16 * clock.length + 0.84 * burns[process])
        for process, full in (("coil", 410.0), ("sheet", 250.0))
    }
    used["utilities"] = (95.0 + 110.0 * coil_runs) * clock.length
    used["office"] = (14.0 + 46.0 * busy) * clock.length
    return used | {"unmetered": 0.013 * sum(used.values(), np.zeros(clock.count))}


def _sun(clock: _Clock, random: np.random.Generator) -> dict[str, Floats]:
    """Return what two roofs generate: a half sine from 6 to 18, clouds by the day."""
    height = np.maximum(np.sin((clock.hour + 0.5 - 6.0) / 12.0 * np.pi), 0.0)
    season = 0.8 + 0.2 * np.sin((clock.of_year - 80.0) / 365.0 * 2.0 * np.pi)
    clouds = 0.35 + 0.6 * random.random(clock.count // 24 + 1)[clock.day]
    shape = height * season * clouds * clock.length
    return {"pv_1": 620.0 * shape, "pv_2": 390.0 * shape}


def day_name(instant: int) -> str:
    """Return the plant's day of an instant."""
    return datetime.fromtimestamp(instant / 1000, ZONE).date().isoformat()


def day_since(day: str | date) -> int:
    """Return when a day begins."""
    return at(str(day))


def days(first: int, until: int) -> list[int]:
    """Return the begins of the plant's days that touch [first, until), up to NOW."""
    begin = at(day_name(max(first, START)))
    return list(range(begin, min(until, NOW), DAY_MS))
