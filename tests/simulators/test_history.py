"""The history of the demo plant is what its devices would have answered, poll by poll."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from config import load
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar
from domain.plant import Plant
from domain.reading import Quality
from domain.series import Instants
from simulators.history import STEP_MS, chapters, history_points, point_series, quarter_hours
from simulators.plant import PlantSimulator
from simulators.planted import Planted, PlantedKind, planted
from simulators.scenario import parse_scenario, shipped_scenario

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = PlantCalendar(ZONE)
START = 1_795_345_387_123
"""2026-11-22, in the midst of things."""
BASE, AFTER_BASE = 1_704_038_400_000, 1_735_660_800_000
"""The borders of 2024 in the plant."""
ENERGY = "active_energy_import"
MORE = (
    {"kind": "stuck", "device": "em_office", "from": "-2d", "to": "-1d12h"},
    {"kind": "exchange", "device": "em_main", "register": ENERGY, "from": "-3d", "old_final": 5e5},
    {"kind": "wrap", "device": "em_office", "register": ENERGY, "from": "-1d", "headroom": 3.0},
    {"kind": "outage", "device": "gas_coil", "from": "-8h", "to": "-7h"},
    {"kind": "hostile", "device": "pv_1", "behaviour": "exception", "code": 6, "from": "-6h", "to": "-5h"},
    {"kind": "hostile", "device": "pv_1", "behaviour": "late", "from": "-5h", "to": "-4h"},
    {"kind": "hostile", "device": "gas_main", "behaviour": "nan", "from": "-6h", "to": "-5h"},
)  # fmt: skip


@pytest.fixture(scope="module")
def plant() -> Plant:
    return load(Path(__file__).parents[2] / "config/examples/demo.toml", {}).plant


@pytest.fixture(scope="module")
def simulator(plant: Plant) -> PlantSimulator:
    return PlantSimulator(plant, now_ms=lambda: START, seed=1, scenario=shipped_scenario("demo"))


@pytest.fixture(scope="module")
def truths(plant: Plant, simulator: PlantSimulator) -> tuple[Planted, ...]:
    return planted(plant, simulator, since=BASE, until=START + DAY_MS)


def one(truths: tuple[Planted, ...], kind: PlantedKind, subject: str) -> Planted:
    [found] = [each for each in truths if (each.kind, each.subject) == (kind, subject)]
    return found


def instants_around(simulator: PlantSimulator, wraps: list[int]) -> Instants:
    """Return random instants and those around everything that happens, down to the millisecond."""
    random = np.random.default_rng(7).integers(AFTER_BASE, START + DAY_MS, 10)
    borders = [START, *wraps]
    for _, since, until in simulator.effects():
        borders += [since, min(until, START + DAY_MS)]
    near = [border + step for border in borders for step in (-1, 0, 999)]
    return np.unique(np.concatenate([random, near]))


def test_every_register_of_every_device_is_the_truth_bit_for_bit(plant: Plant) -> None:
    shipped = shipped_scenario("demo")
    both = type(shipped)(effects=shipped.effects + parse_scenario({"effects": list(MORE)}).effects)
    # On a whole second, so that meters refresh at the very instants of the effects.
    start = START // 1000 * 1000
    simulator = PlantSimulator(plant, now_ms=lambda: start, seed=4, scenario=both)
    found = planted(plant, simulator, since=START - 7 * DAY_MS, until=START)
    wraps = [each.since for each in found if each.kind is PlantedKind.WRAP]
    assert len(wraps) == 2
    at = instants_around(simulator, wraps)
    names = [(device.id, point.name) for device in plant.devices for point in device.points]
    assert len({device for device, _ in names}) == 17
    expected = {name: np.empty(len(at)) for name in names}
    for place, instant in enumerate(
        at.tolist()
    ):  # instant by instant: the model keeps the tables of two years
        for name in names:
            value = simulator.truth(*name, instant)
            expected[name][place] = np.nan if value is None else value
    for name in names:
        values, quality = simulator.series(*name, at)
        assert values.tobytes() == expected[name].tobytes(), name
        assert np.array_equal(np.isnan(values), quality >= Quality.NO_ANSWER), name


def test_what_gives_no_value_says_why(plant: Plant, simulator: PlantSimulator) -> None:
    for device, name, at, quality in (
        ("em_main", "active_energy_import", START - 10 * DAY_MS, Quality.LINK_DOWN),
        ("em_main", "active_energy_import", START - 10 * DAY_MS + 7 * HOUR_MS, Quality.GOOD),
        ("em_utilities", "active_energy_import", START + 25_000, Quality.NO_ANSWER),
        ("gas_coil", "volume_reference", START - 10 * DAY_MS, Quality.GOOD),
    ):
        assert simulator.series(device, name, np.array([at]))[1][0] == quality


def test_the_chapters_are_every_full_quarter_hour_of_the_meters_once(
    plant: Plant, simulator: PlantSimulator
) -> None:
    since = CALENDAR.instant(CALENDAR.local(START).date().replace(month=9, day=30))
    found = list(chapters(plant, simulator, CALENDAR, since=since, until=START))
    assert [chapter.name for chapter in found] == ["2026-09", "2026-10", "2026-11"]
    points = [point.id for point in history_points(plant)]
    assert {"gas_main.volume_reference", "plc_coil.produced_mass", "oven_coil.temperature_1"} <= set(points)
    assert "em_main.voltage_l1_n" not in points
    for place, point in enumerate(points):
        assert {chapter.series[place].point for chapter in found} == {point}
        at = np.concatenate([chapter.series[place].at for chapter in found])
        assert (at[0], at[-1]) == (since, START // STEP_MS * STEP_MS)
        assert np.all(np.diff(at) == STEP_MS)


def test_live_polling_goes_on_with_the_counters_of_the_history(
    plant: Plant, simulator: PlantSimulator
) -> None:
    later = PlantSimulator(
        plant, now_ms=lambda: START + DAY_MS, seed=1, scenario=shipped_scenario("demo"), start_ms=START
    )
    for point in history_points(plant):
        last = float(point_series(simulator, point, quarter_hours(START - STEP_MS, START)).value[-1])
        first = later.truth(point.device, point.name, START + 1000)
        assert first is not None
        if point.is_counter:
            assert 0.0 <= first - last <= (point.rated_max_per_hour or 0.0) * 0.26, point.id


def test_the_base_year_is_clean(plant: Plant, simulator: PlantSimulator) -> None:
    assert planted(plant, simulator, since=BASE, until=AFTER_BASE) == ()


def test_a_declared_exchange_knows_both_indexes_as_the_register_shows_them(
    simulator: PlantSimulator, truths: tuple[Planted, ...]
) -> None:
    found = one(truths, PlantedKind.EXCHANGE, "gas_sheet.volume_reference")
    assert found.since == START - 40 * DAY_MS
    values, _ = simulator.series(
        "gas_sheet", "volume_reference", np.array([found.since - 1000, found.since + 1000])
    )
    assert values.tolist() == [found.old_final, found.new_start] == [found.old_final, 12.0]
    assert found.old_final is not None
    assert found.size == 12.0 - found.old_final < -1e5


def test_a_reset_that_nobody_declared_is_told_apart(truths: tuple[Planted, ...]) -> None:
    found = one(truths, PlantedKind.RESET, "heat_sheet.heat_energy")
    assert (found.since, found.new_start) == (START - 33 * DAY_MS, 0.0)


def test_a_wrap_is_found_to_the_millisecond_with_the_modulus_of_its_register(
    simulator: PlantSimulator, truths: tuple[Planted, ...]
) -> None:
    found = one(truths, PlantedKind.WRAP, "em_utilities.active_energy_import")
    assert 0 < found.since - (START - 5 * DAY_MS) < HOUR_MS
    assert found.size == 2**32 / 100
    source = simulator.devices["em_utilities"].sources["active_energy_import"]
    assert source.read(found.since - 1) < found.size <= source.read(found.since)


def test_drift_outages_and_improvement_are_told_with_their_size(truths: tuple[Planted, ...]) -> None:
    assert one(truths, PlantedKind.DRIFT, "coil").size == 0.06
    assert one(truths, PlantedKind.DRIFT, "coil").since == START - 24 * DAY_MS
    assert one(truths, PlantedKind.OUTAGE, "power_room").size == 7.0
    assert one(truths, PlantedKind.OUTAGE, "em_utilities").since == START + 25_000
    sizes = {each.subject: each.size for each in truths if each.kind is PlantedKind.IMPROVEMENT}
    assert sizes == {"coil": 0.024, "sheet": 0.015}
