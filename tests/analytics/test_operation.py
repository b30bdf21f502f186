"""What the oven does in each window: by its temperature, without one by its gas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.counters import consumption
from analytics.gauges import means
from analytics.operation import State, states
from config import load
from domain.periods import DAY_MS, PlantCalendar
from domain.series import Floats
from simulators.history import point_series, quarter_hours
from simulators.plant import PlantSimulator
from simulators.scenario import Scenario
from tests.analytics.made import NAN

HOT = 200.0
SINCE = 1_735_660_800_000
"""2025-01-01 00:00 in China."""
DAYS = 60


def of(oven: Sequence[float] | None, gas: Sequence[float], output: Sequence[float]) -> list[State]:
    temperature = None if oven is None else np.array(oven)
    found = states(np.array(gas), np.array(output), temperature, None if oven is None else HOT)
    return [State(each) for each in found]


def test_a_day_of_an_oven_is_told_by_its_temperature() -> None:
    oven = [30, 25, 120, 245, 245, 245, 240, 180, 120]
    gas = [1, 1, 180, 250, 400, 46, 30, 1, 1]
    output = [0, 0, 0, 7, 12, 0, 0, 0, 0]
    off, production = State.OFF, State.PRODUCTION
    assert of(oven, gas, output) == [
        off, off, State.STARTUP, production, production, State.IDLE, State.IDLE, off, off,
    ]  # fmt: skip


def test_a_heat_up_of_two_windows_is_start_up_until_the_oven_is_hot() -> None:
    assert of([25, 100, 190, 245, 245], [1, 90, 90, 50, 46], [0] * 5)[1:] == [
        State.STARTUP, State.STARTUP, State.STARTUP, State.IDLE,
    ]  # fmt: skip


def test_a_dip_of_a_hot_oven_is_no_start() -> None:
    assert of([245, 215, 245], [46, 40, 60], [0, 0, 0]) == [State.IDLE] * 3


def test_without_a_temperature_gas_without_output_is_idle() -> None:
    assert of(None, [0, 50, 50], [0, 0, 3]) == [State.OFF, State.IDLE, State.PRODUCTION]


def test_a_window_whose_temperature_is_not_known_goes_by_its_gas() -> None:
    found = of([245, NAN, NAN, 245], [46, 46, 0, 46], [0, 0, 0, 0])
    assert found == [State.IDLE, State.IDLE, State.OFF, State.IDLE]


def test_output_makes_a_window_one_of_production_whatever_the_oven_shows() -> None:
    assert of([25, 25], [0, 0], [1, 1]) == [State.PRODUCTION] * 2


def test_no_gas_no_output_is_off_and_nothing_known_is_off_too() -> None:
    assert of(None, [0, NAN], [0, NAN]) == [State.OFF, State.OFF]
    assert of([], [], []) == []


@cache
def simulated() -> dict[str, tuple[Floats, Floats, NDArray[np.uint8], PlantSimulator]]:
    loaded = load(Path(__file__).parents[2] / "config/examples/demo.toml", {})
    plant = loaded.plant
    simulator = PlantSimulator(plant, now_ms=lambda: SINCE, seed=1, scenario=Scenario())
    edges = PlantCalendar(ZoneInfo(plant.time_zone)).edges(SINCE, SINCE + DAYS * DAY_MS)
    at = quarter_hours(SINCE, SINCE + (DAYS + 1) * DAY_MS)
    points = {point.id: point for point in plant.points}

    def amount(name: str) -> Floats:
        point = points[name]
        made = consumption if point.is_counter else means
        return made(point, point_series(simulator, point, at), edges, gap_ms=1_200_000).amount

    found = {}
    for line in ("coil", "sheet"):
        counter = next(p.id for p in plant.points if p.device == f"plc_{line}" and p.carrier is not None)
        limit = loaded.method.process(line).hot_above_c
        assert limit is not None
        gas, output = amount(f"gas_{line}.volume_reference"), amount(counter)
        oven = amount(f"oven_{line}.temperature_1")
        state = states(gas, output, oven, limit)
        found[line] = gas, output, state, simulator
    return found


@pytest.mark.parametrize("line", ["coil", "sheet"])
def test_start_up_gas_of_the_simulated_plant_is_within_5_percent_of_what_was_planted(line: str) -> None:
    gas, _, state, simulator = simulated()[line]
    truth = simulator.model.truth.line(line)
    starting = state == State.STARTUP
    starts = int((starting & ~np.concatenate(([False], starting[:-1]))).sum())
    planted = starts * truth.startup_m3 * (1.0 - truth.yearly_improvement)
    assert starts > 35
    assert float(gas[starting].sum()) == pytest.approx(planted, rel=0.05)


@pytest.mark.parametrize("line", ["coil", "sheet"])
def test_an_oven_that_is_off_burns_what_was_planted_for_a_cold_one(line: str) -> None:
    gas, output, state, simulator = simulated()[line]
    cold = simulator.model.truth.line(line).cold_m3_per_h
    off = state == State.OFF
    assert float(gas[off].mean()) == pytest.approx(cold, rel=0.10)
    assert not output[off].any()
    idle = state == State.IDLE
    planted = simulator.model.truth.line(line).idle_m3_per_h
    assert 0.75 * planted < float(gas[idle].mean()) < 1.02 * planted
