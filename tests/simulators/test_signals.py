"""The plant model: pure, monotone, balanced, and its planted truths can be found again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.units import CONVERSIONS
from simulators.catalogue import plant_model
from simulators.noise import Floats
from simulators.signals import PlantModel
from simulators.truth import Drift, Truth
from simulators.workdays import DAY_MS

MODEL = plant_model(seed=3)
CHINA = timezone(timedelta(hours=8))
COUNTERS = sorted(name for name, signal in MODEL.signals.items() if signal.is_counter)
OF_A_LINE = ("coil", "sheet")


def instant(year: int, month: int = 1, day: int = 1, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=CHINA).timestamp() * 1000)


INSTANTS = st.integers(instant(2025, 6), instant(2026, 8))


def grown(model: PlantModel, name: str, since: int, until: int) -> float:
    return model.value(name, until) - model.value(name, since)


def daily(model: PlantModel, name: str, year: int, days: int = 365) -> Floats:
    borders: NDArray[np.int64] = instant(year) + np.arange(days + 1) * DAY_MS
    return np.diff(model.series(name, borders))


@pytest.mark.parametrize("name", COUNTERS)
def test_counters_never_fall(name: str) -> None:
    around_new_year = instant(2024, 12, 30) + np.arange(5000) * 61_003
    by_second = instant(2025, 7, 15, 10) + np.arange(2000) * 1000
    for at in (around_new_year, by_second):
        assert np.all(np.diff(MODEL.series(name, at)) >= 0.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(INSTANTS, min_size=2, max_size=6), st.sampled_from(sorted(MODEL.signals)))
def test_the_order_of_asking_does_not_matter(instants: list[int], name: str) -> None:
    forwards = [MODEL.value(name, at) for at in instants]
    assert forwards == [MODEL.value(name, at) for at in reversed(instants)][::-1]
    assert forwards == list(MODEL.series(name, np.array(instants)))


def test_the_last_year_first_is_the_same_plant() -> None:
    years = [instant(year, 5, 4, 11) for year in (2026, 2024, 2025, 2023)]
    fresh = plant_model(seed=3)
    for name in ("gas.main.volume_reference", "power.main.active_energy_export", "oven.coil.temperature"):
        backwards = [fresh.value(name, at) for at in years]
        assert sorted(zip(years, backwards, strict=True)) == [
            (at, MODEL.value(name, at)) for at in sorted(years)
        ]


def test_another_seed_is_another_plant() -> None:
    at = instant(2025, 5, 6, 11)
    assert plant_model(seed=4).value("gas.coil.flow_reference", at) != MODEL.value(
        "gas.coil.flow_reference", at
    )


@settings(max_examples=60, deadline=None)
@given(INSTANTS, st.integers(1, 40 * DAY_MS))
def test_main_meters_are_the_sum_of_their_parts(since: int, length: int) -> None:
    def of(name: str) -> float:
        return grown(MODEL, name, since, since + length)

    for volume in ("volume_reference", "volume_actual", "mass"):
        parts = sum(of(f"gas.{meter}.{volume}") for meter in ("coil", "sheet", "boiler"))
        assert of(f"gas.main.{volume}") == pytest.approx(parts, rel=1e-9, abs=1e-6)
    feeders = sum(
        of(f"power.{name}.active_energy_import") for name in ("coil", "sheet", "utilities", "office")
    )
    made = of("pv.1.ac_energy") + of("pv.2.ac_energy")
    seen = of("power.main.active_energy_import") - of("power.main.active_energy_export")
    assert seen == pytest.approx(feeders * 1.03 - made, rel=1e-9, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(INSTANTS)
def test_the_registers_of_one_meter_agree(at: int) -> None:
    def of(name: str) -> float:
        return MODEL.value(name, at)

    for meter in ("power.main", "power.coil", "pv.1"):
        power, kvar, kva = (
            of(f"{meter}.{name}") for name in ("active_power", "reactive_power", "apparent_power")
        )
        assert power**2 + kvar**2 == pytest.approx(kva**2)
        assert of(f"{meter}.power_factor") == pytest.approx(power / kva)
        assert sum(of(f"{meter}.active_power_l{leg}") for leg in (1, 2, 3)) == pytest.approx(power)
        legs = [of(f"{meter}.current_l{leg}") * of(f"{meter}.voltage_l{leg}_n") for leg in (1, 2, 3)]
        assert sum(legs) / 1000.0 == pytest.approx(kva)
    for line in OF_A_LINE:
        warm, cold = of(f"heat.{line}.supply_temperature"), of(f"heat.{line}.return_temperature")
        heat = of(f"heat.{line}.heat_flow") * 1.15637 * (warm - cold)
        assert of(f"heat.{line}.heat_power") == pytest.approx(heat, rel=1e-6, abs=1e-6)
    kelvin, pressure = of("gas.coil.gas_temperature") + 273.15, of("gas.coil.gas_pressure_abs")
    corrected = of("gas.coil.flow_actual") * pressure / 101.325 * 293.15 / kelvin
    assert of("gas.coil.flow_reference") == pytest.approx(corrected)


@pytest.mark.parametrize(
    ("flow", "total"),
    [
        ("gas.coil.flow_reference", "gas.coil.volume_reference"),
        ("power.main.active_power", "power.main.active_energy_import"),
        ("pv.2.ac_power", "pv.2.ac_energy"),
        ("heat.sheet.heat_power", "heat.sheet.heat_energy"),
    ],
)
def test_a_rate_is_the_slope_of_its_counter(flow: str, total: str) -> None:
    at = instant(2025, 6, 4, 10) + 137_000
    slope = grown(MODEL, total, at - 500, at + 500) * 3600.0
    assert MODEL.value(flow, at) == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_the_inverters_day_starts_at_local_midnight() -> None:
    assert MODEL.value("pv.1.daily_energy", instant(2025, 6, 5)) == 0.0
    day = MODEL.value("pv.1.daily_energy", instant(2025, 6, 5) - 1000)
    assert day == pytest.approx(grown(MODEL, "pv.1.ac_energy", instant(2025, 6, 4), instant(2025, 6, 5)))


def test_sundays_and_the_new_year_week_bring_no_output() -> None:
    assert grown(MODEL, "output.coil.produced_mass", instant(2025, 6, 8), instant(2025, 6, 9)) == 0.0
    assert grown(MODEL, "output.sheet.produced_mass", instant(2026, 2, 16), instant(2026, 2, 24)) == 0.0


def test_heating_up_burns_gas_without_output() -> None:
    since, until = instant(2025, 6, 4, 7), instant(2025, 6, 4, 8)
    assert grown(MODEL, "output.coil.produced_mass", since, until) == 0.0
    assert grown(MODEL, "gas.coil.volume_reference", since, until) > 100.0


def test_magnitudes_are_those_of_the_works() -> None:
    begin, end = instant(2024), instant(2025)
    coil_nm3 = 0.9317755 * grown(MODEL, "gas.coil.volume_reference", begin, end) / 12.0
    assert 70_000 < coil_nm3 < 95_000
    made = sum(grown(MODEL, f"pv.{n}.ac_energy", begin, end) for n in (1, 2))
    assert 2.0e6 < made < 2.4e6
    co2_t = 2.162189e-3 * 0.9317755 * grown(MODEL, "gas.main.volume_reference", begin, end)
    output = sum(grown(MODEL, f"output.{line}.produced_mass", begin, end) for line in OF_A_LINE)
    assert co2_t / 0.947 / output == pytest.approx(0.102, rel=0.05)  # the plan's 2024, gas being 94.7 %


def fitted(model: PlantModel, line: str, year: int) -> tuple[Floats, Floats]:
    """Return (start-up m3, m3 an hour hot, m3 a tonne) of the working days and their standard errors."""
    gas = daily(model, f"gas.{line}.volume_reference", year)
    output = daily(model, f"output.{line}.produced_mass", year)
    hot = daily(model, f"oven.{line}.running_hours", year)
    works = hot > 1.0
    hours = hot[works] - 0.75
    design = np.column_stack([np.ones(hours.size), hours, output[works]])
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ gas[works]
    rest = gas[works] - design @ found
    error = np.sqrt(np.diag(inverse) * (rest @ rest) / (hours.size - 3))
    return found, error


@pytest.mark.parametrize("line", OF_A_LINE)
def test_a_regression_on_days_finds_the_planted_truths(line: str) -> None:
    truth = Truth().line(line)
    (startup, idle, marginal), error = fitted(MODEL, line, 2024)
    assert marginal == pytest.approx(truth.marginal_m3_per_t, rel=0.01)
    assert idle == pytest.approx(truth.idle_m3_per_h, abs=4.0 * error[1])
    assert startup == pytest.approx(truth.startup_m3, abs=4.0 * error[0])


@pytest.mark.parametrize("line", OF_A_LINE)
def test_the_yearly_improvement_is_in_the_years(line: str) -> None:
    level = [fitted(MODEL, line, year)[0] @ np.array([1.0, 14.0, 100.0]) for year in (2024, 2025, 2026)]
    rate = 1.0 - (level[2] / level[0]) ** 0.5
    assert rate == pytest.approx(Truth().line(line).yearly_improvement, abs=0.004)


def test_a_planted_drift_is_in_the_marginal_gas_from_its_onset_on() -> None:
    onset = instant(2025, 7, 1)
    truth = Truth().with_drift("coil", Drift(since_ms=onset, until_ms=instant(2030), share=0.06))
    drifted = plant_model(truth, seed=3)
    name = "gas.coil.volume_reference"
    assert grown(drifted, name, instant(2025), onset) == grown(MODEL, name, instant(2025), onset)
    more = grown(drifted, name, onset, instant(2025, 10)) - grown(MODEL, name, onset, instant(2025, 10))
    output = grown(MODEL, "output.coil.produced_mass", onset, instant(2025, 10))
    assert more == pytest.approx(0.06 * truth.coil.marginal_m3_per_t * (1.0 - 0.024) * output, rel=0.02)


def test_every_signal_is_in_a_canonical_unit_and_below_its_maximum() -> None:
    at = instant(2024) + np.arange(400) * 7 * 3_600_000 * 6
    for name, signal in MODEL.signals.items():
        assert CONVERSIONS[signal.unit].canonical == signal.unit
        assert np.max(MODEL.series(name, at)) <= max(signal.maximum, 0.0), name


def test_instants_outside_the_model_are_held_at_its_ends() -> None:
    first = MODEL.value("gas.coil.volume_reference", 0)
    assert first == MODEL.value("gas.coil.volume_reference", instant(2023, 12, 1))
    assert MODEL.value("ambient.temperature", instant(2040)) == MODEL.value(
        "ambient.temperature", instant(2031) - 1
    )
