"""A small plant with eleven weeks of readings: gas = 240 + 30 * output a day, 8 % more in the last two."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agent.figures
import agent.ledger
from agent.analysis import Analysis
from agent.clock import PlantClock
from agent.dirty import DirtyHours
from agent.storing import open_store
from config import Loaded, load
from domain.ledger import Entry
from domain.periods import DAY_MS
from domain.reading import Quality
from domain.series import Series
from storage.ledger import SqliteLedger
from tests.agent.inside import said

NOW = 1_796_090_820_000
"""2026-12-01 10:07 in Shanghai."""
FIRST = 1_789_401_600_000
"""2026-09-15 00:00 in Shanghai."""
BASE, PER_TONNE, RISE = 240.0, 30.0, 1.08
DRIFT_DAY = 63
GAS, MASS = "gas_coil.volume_reference", "plc_coil.produced_mass"
PLANT = """
[site]
id = "works"
gateway = "gw1"
time_zone = "Asia/Shanghai"

[[processes]]
id = "coil"
output_unit = "t"

[[links]]
id = "line"
kind = "tcp"
host = "127.0.0.1"
port = 1502

[[devices]]
id = "gas_coil"
link = "line"
unit_id = 2
profile = "suto_s401"

[[devices]]
id = "plc_coil"
link = "line"
unit_id = 1
profile = "delta_dvp_es2"

[[points]]
point = "gas_coil.volume_reference"
carrier = "gas"
process = "coil"
reference = "0C"
rated_max_per_hour = 900

[[points]]
point = "plc_coil.produced_mass"
carrier = "production"
process = "coil"
rated_max_per_hour = 30

[gas]
price_per_nm3 = 3.6

[agent]
state_dir = "state"
"""


def planted_days() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return (output t, gas Nm3) of each day since FIRST; Sundays stand."""
    count = (NOW - FIRST) // DAY_MS + 1
    draw = np.random.default_rng(7)
    output = np.round(draw.uniform(40.0, 100.0, count), 1)
    output[5::7] = 0.0
    gas = np.where(output > 0, BASE + PER_TONNE * output, 20.0) * (1.0 + 0.01 * draw.standard_normal(count))
    gas[DRIFT_DAY:] *= RISE
    return output, gas


def readings() -> tuple[Series, ...]:
    """Return both counters every quarter of an hour."""
    at = np.arange(FIRST, NOW, 900_000, dtype=np.int64)
    days = FIRST + np.arange(len(planted_days()[0]) + 1) * DAY_MS
    good = np.full(len(at), Quality.GOOD, dtype=np.uint8)
    return tuple(
        Series(
            point=point,
            at=at,
            value=np.interp(at, days, 1000.0 + np.concatenate(([0.0], np.cumsum(daily)))),
            quality=good,
        )
        for point, daily in zip((MASS, GAS), planted_days(), strict=True)
    )


class Figured:
    """The plant in a folder of its own, on the morning of 2026-12-01."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.plant = folder, folder / "plant.toml"
        for module in (agent.figures, agent.ledger):
            monkeypatch.setattr(module, "PlantClock", clock)

    @property
    def loaded(self) -> Loaded:
        """Return the plant file, read."""
        return load(self.plant, {})

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return said(*args, "-c", self.plant)

    def told(self, *args: str) -> Any:
        """Run one command that prints JSON and return what it says."""
        done = self.run(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def entries(self) -> tuple[Entry, ...]:
        """Return what the ledger has."""
        with closing(SqliteLedger(self.folder / "state" / "ledger.sqlite")) as ledger:
            return tuple(ledger.entries())

    def approve(self) -> str:
        """Fit the first nine weeks, approve them, compute everything anew; return the baseline's id."""
        args = ("--from", "2026-09-15", "--to", "2026-11-17", "--who", "Li")
        name: str = self.told("baseline", "fit", "coil", *args)["baseline"]["id"]
        for done in (
            self.run("baseline", "approve", name, "--why", "nine weeks", "--who", "Wang"),
            self.run("recompute", "--from", "2026-09-15"),
        ):
            assert done.returncode == 0, done.stderr
        return name

    @contextmanager
    def analysis(self) -> Iterator[Analysis]:
        """Give what computes inside an agent."""
        loaded, state = self.loaded, self.folder / "state"
        with (
            closing(open_store(loaded)) as store,
            closing(SqliteLedger(state / "ledger.sqlite")) as ledger,
            closing(DirtyHours(state / "analytics.sqlite")) as dirty,
        ):
            yield Analysis(loaded.plant, loaded.method, store, ledger, dirty=dirty, clock=clock())


def clock() -> PlantClock:
    """Return a clock that stands at NOW."""
    return PlantClock(wall=lambda: NOW / 1000, monotonic=lambda: 0.0)


def build(folder: Path) -> Path:
    """Write plant file and readings into a folder; nothing is computed yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plant.toml").write_text(PLANT, encoding="utf-8")
    (folder / "state").mkdir(mode=0o700)
    with closing(open_store(load(folder / "plant.toml", {}))) as store:
        store.fill("history", readings())
    return folder


def copy(folder: Path, to: Path) -> Path:
    """Return a copy of a folder that nobody uses."""
    shutil.copytree(folder, to)
    return to
