"""The past of the demo plant arrives in store and ledger once, however often its writing is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.beginning import approve_baselines
from agent.history import WHO, HistoryCounts, history_since, write_history
from config import load
from domain.codec import compile_words, words_text
from domain.findings import Finding
from domain.ledger import BaselineApproved, BaselineFitted, MeterEvent, MeterEventKind
from domain.periods import DAY_MS
from domain.reading import Quality, point_id
from domain.results import Baseline
from simulators.history import STEP_MS, history_points
from simulators.plant import PlantSimulator
from simulators.scenario import shipped_scenario
from storage.duckdb import DuckStore
from storage.ledger import SqliteLedger
from storage.source import devices_of, source_of
from tests.analytics.plants import fitted, plants

START = 1_795_345_387_123
SINCE = START - 75 * DAY_MS


class Killed(Exception):
    pass


class Demo:
    """A demo plant's state folder."""

    def __init__(self, folder: Path, simulator: PlantSimulator) -> None:
        self.plant, self.simulator = simulator.plant, simulator
        self.store = DuckStore(folder / "readings.duckdb", devices_of([source_of(self.plant)]))
        self.ledger = SqliteLedger(folder / "ledger.sqlite")
        self.told: list[float] = []

    def write(self, *, killed_at: float = 2.0) -> HistoryCounts:
        self.told.clear()

        def progress(share: float) -> None:
            self.told.append(share)
            if share >= killed_at:
                raise Killed

        return write_history(
            self.plant, self.simulator, self.store, self.ledger, since=SINCE, until=START, progress=progress
        )

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture(scope="module")
def simulator() -> PlantSimulator:
    plant = load(Path(__file__).parents[2] / "config/examples/demo.toml", {}).plant
    return PlantSimulator(plant, now_ms=lambda: START, seed=1, scenario=shipped_scenario("demo"))


@pytest.fixture
def demo(tmp_path: Path, simulator: PlantSimulator) -> Iterator[Demo]:
    with closing(Demo(tmp_path, simulator)) as opened:
        yield opened


def test_a_killed_start_goes_on_where_it_was_and_a_second_one_adds_nothing(demo: Demo) -> None:
    with pytest.raises(Killed):
        demo.write(killed_at=0.4)
    before = demo.store.count()
    expected = len(range(-(-SINCE // STEP_MS) * STEP_MS, START, STEP_MS)) * len(history_points(demo.plant))
    assert 0 < before < expected
    assert demo.write() == HistoryCounts(readings=expected - before, events=0)
    assert demo.told == [1 / 3, 2 / 3, 1.0]
    assert demo.write() == HistoryCounts(readings=0, events=0)
    assert demo.store.count() == expected
    assert demo.ledger.last() == 1


def test_the_store_holds_what_the_meters_showed_gaps_included(demo: Demo) -> None:
    demo.write()
    names = ["gas_main.volume_reference", "em_main.active_energy_import"]
    found = demo.store.series(names, since=SINCE, until=START)
    for name in names:
        device, _, point = name.partition(".")
        values, quality = demo.simulator.series(device, point, found[name].at)
        assert found[name].value.tobytes() == values.tobytes()
        assert np.array_equal(found[name].quality, quality)
    assert int(np.sum(found[names[1]].quality == Quality.LINK_DOWN)) == 7 * 4


def test_the_words_of_the_past_are_those_of_the_devices_and_mean_the_values(demo: Demo) -> None:
    demo.write()
    plant = demo.plant
    registers = {point_id(d.id, r.name): r for d in plant.devices for r in d.profile.registers}
    for point in history_points(plant):
        found = list(demo.store.readings([point.id], since=START - 9 * DAY_MS, until=START - 2 * DAY_MS))
        known = [one for one in found if one.words is not None]
        assert len(known) == (sum(one.value is not None for one in found) if point.is_counter else 0)
        register, simulated = registers[point.id], demo.simulator.devices[point.device]
        read, power = compile_words(register), simulated.power_of(register)
        for one in known[::50]:
            assert one.words is not None
            text = "".join(f"{word:04x}" for word in simulated.words(point.name, one.at))
            assert words_text(register, one.words) == text
            assert read(one.words, power)[1] == one.value


def test_the_ledger_has_the_exchange_that_was_declared_and_no_other(demo: Demo) -> None:
    demo.write()
    [entry] = demo.ledger.entries()
    assert (entry.who, entry.why, entry.at) == (WHO, "planted by the scenario", START)
    event = entry.body
    assert isinstance(event, MeterEvent)
    assert (event.kind, event.point) == (MeterEventKind.EXCHANGE, "gas_sheet.volume_reference")
    around, _ = demo.simulator.series(
        "gas_sheet", "volume_reference", np.array([event.at - 1, event.at + 999])
    )
    assert around.tolist() == [event.old_final, event.new_start]


def test_the_history_begins_with_the_base_year_of_the_plant(demo: Demo) -> None:
    assert history_since(demo.plant) == 1_704_038_400_000  # 2024-01-01T00:00+08:00


class Fitted:
    """Fits one baseline for every process; that of the coil line fails a gate."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    def fit(self, process: str, since: int, until: int) -> tuple[Baseline | None, tuple[Finding, ...]]:
        self.asked.append((process, since, until))
        (rows,) = plants(1, 320)
        failures = ("baseline.weak",) if process == "coil" else ()
        return replace(fitted(rows), process=process, id=f"{process}-1", failures=failures), ()


def test_baselines_of_the_base_year_are_approved_once_and_only_those_that_pass(demo: Demo) -> None:
    fits = Fitted()
    assert approve_baselines(fits, demo.plant, demo.ledger, at=START) == 1
    assert fits.asked == [(line, 1_704_038_400_000, 1_735_660_800_000) for line in ("coil", "sheet")]
    first, second = demo.ledger.entries()
    assert isinstance(first.body, BaselineFitted)
    assert second.body == BaselineApproved(baseline="sheet-1", process="sheet", valid_from=1_704_038_400_000)
    assert (second.who, second.why) == (WHO, "base year of the plan; demo")
    assert approve_baselines(fits, demo.plant, demo.ledger, at=START + 1) == 0
    assert demo.ledger.last() == 2
