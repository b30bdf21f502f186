"""The load of the carriers: steps of readings and of windows tell the same, and expected gas compares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.load import load_of_bins, load_of_windows, points_of_load, process_rates, usual
from domain.courses import Course
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier, Plant
from domain.series import Bools, Floats, Instants
from domain.windows import Flag, Windows
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.works import amounts, made_windows, prepared_works, works_plant

DAYS = 40
TRUTH = amounts(DAYS)
PREPARED = prepared_works(made_windows(TRUTH), baseline_days=30)


def array(course: Course | None) -> Floats:
    assert course is not None
    return np.array([np.nan if each is None else each for each in course.values])


def changed(
    name: str, where: slice, amount: float, *, flags: int = 0, coverage: float = 1.0
) -> dict[str, Windows]:
    windows = made_windows(TRUTH)
    old = windows[name]
    new = replace(old, amount=old.amount.copy(), flags=old.flags.copy(), coverage=old.coverage.copy())
    new.amount[where], new.flags[where], new.coverage[where] = amount, flags, coverage
    return windows | {name: new}


def test_a_plant_without_meters_has_a_load_of_gaps() -> None:
    bare = prepared_works({}, of=works_plant(*{name.split(".")[0] for name in TRUTH}))
    found = load_of_windows(bare, since=START, until=START + DAY_MS, step_ms=HOUR_MS)
    assert found.at == tuple(range(START, START + DAY_MS, HOUR_MS))
    for course in (found.gas, found.electricity, found.pv, found.heat):
        assert course.values == (None,) * 24
    assert found.gas_expected is None


def test_hours_show_the_planted_amounts_as_rates() -> None:
    found = load_of_windows(PREPARED, since=START, until=START + 3 * DAY_MS, step_ms=HOUR_MS)
    assert (found.gas.unit, found.electricity.unit) == ("Nm3/h", "kW")
    assert array(found.gas) == pytest.approx(TRUTH["gas_main.volume"][:72])
    use = TRUTH["em_main.import"] - TRUTH["em_main.export"] + TRUTH["pv_1.energy"]
    assert array(found.electricity) == pytest.approx(use[:72])
    assert array(found.pv) == pytest.approx(TRUTH["pv_1.energy"][:72])
    assert array(found.heat) == pytest.approx(TRUTH["heat_coil.energy"][:72])
    assert found.gas.is_whole == ()


def test_days_are_the_mean_of_their_hours() -> None:
    found = load_of_windows(PREPARED, since=START, until=START + 5 * DAY_MS, step_ms=DAY_MS)
    assert len(found.at) == 5
    assert array(found.gas) == pytest.approx(TRUTH["gas_main.volume"][:120].reshape(5, 24).mean(axis=1))
    six = load_of_windows(PREPARED, since=START, until=START + DAY_MS, step_ms=6 * HOUR_MS)
    assert array(six.gas) == pytest.approx(TRUTH["gas_main.volume"][:24].reshape(4, 6).mean(axis=1))


def test_without_drift_gas_is_as_expected_over_days_and_a_planted_rise_is_the_difference() -> None:
    quiet = load_of_windows(PREPARED, since=START, until=START + 10 * DAY_MS, step_ms=DAY_MS)
    assert array(quiet.gas_expected) == pytest.approx(array(quiet.gas), rel=1e-9)
    windows = made_windows(TRUTH)
    for name in ("gas_coil.volume", "gas_main.volume"):
        more = windows[name].amount.copy()
        more[35 * 24 :] += 0.08 * TRUTH["gas_coil.volume"][35 * 24 :]
        windows[name] = replace(windows[name], amount=more)
    risen = prepared_works(windows, baseline_days=30)
    found = load_of_windows(risen, since=START + 34 * DAY_MS, until=START + 37 * DAY_MS, step_ms=DAY_MS)
    excess = array(found.gas) - array(found.gas_expected)
    extra = 0.08 * TRUTH["gas_coil.volume"].reshape(-1, 24).mean(axis=1)
    assert excess == pytest.approx([0.0, extra[35], extra[36]], abs=1e-6)


def test_a_process_without_a_baseline_counts_as_it_is() -> None:
    declared = PREPARED.declared
    only = replace(declared, approvals={"coil": declared.approvals["coil"]})
    one = replace(PREPARED, declared=only)
    found = load_of_windows(one, since=START, until=START + DAY_MS, step_ms=DAY_MS)
    assert array(found.gas_expected) == pytest.approx(array(found.gas), rel=1e-9)
    none = replace(PREPARED, declared=replace(declared, approvals={}))
    assert load_of_windows(none, since=START, until=START + DAY_MS, step_ms=DAY_MS).gas_expected is None


def test_an_hour_without_an_amount_is_a_gap_and_its_day_is_marked() -> None:
    prepared = prepared_works(changed("gas_main.volume", slice(5, 6), np.nan))
    found = load_of_windows(prepared, since=START, until=START + DAY_MS, step_ms=HOUR_MS)
    assert found.gas.values[5] is None
    assert found.gas.is_whole == tuple(place != 5 for place in range(24))
    day = load_of_windows(prepared, since=START, until=START + DAY_MS, step_ms=DAY_MS)
    assert array(day.gas) == pytest.approx([np.delete(TRUTH["gas_main.volume"][:24], 5).mean()])
    assert day.gas.is_whole == (False,)


def test_use_without_import_or_export_is_not_known() -> None:
    for name in ("em_main.import", "em_main.export"):
        prepared = prepared_works(changed(name, slice(5, 6), np.nan))
        found = load_of_windows(prepared, since=START, until=START + DAY_MS, step_ms=HOUR_MS)
        assert [place for place, value in enumerate(found.electricity.values) if value is None] == [5]


def test_the_hour_that_is_not_over_has_the_rate_of_its_part() -> None:
    half = changed("gas_main.volume", slice(-1, None), 4.0, flags=Flag.OPEN, coverage=0.5)
    prepared = prepared_works(half)
    since = START + (DAYS * 24 - 2) * HOUR_MS
    found = load_of_windows(prepared, since=since, until=since + 2 * HOUR_MS, step_ms=HOUR_MS)
    assert found.gas.values[1] == pytest.approx(8.0)
    assert found.gas.is_whole == (True, False)
    holed = changed("gas_main.volume", slice(-1, None), 4.0, flags=Flag.OPEN | Flag.GAP, coverage=0.5)
    found = load_of_windows(prepared_works(holed), since=since, until=since + 2 * HOUR_MS, step_ms=HOUR_MS)
    assert found.gas.values[1] is None


def test_a_step_with_an_hour_of_which_nothing_is_expected_has_no_expected_gas() -> None:
    windows = changed("plc_coil.mass", slice(33, 34), np.nan)
    prepared = prepared_works(windows)
    prepared = replace(prepared, declared=PREPARED.declared)
    found = load_of_windows(prepared, since=START, until=START + 3 * DAY_MS, step_ms=DAY_MS)
    assert found.gas_expected is not None
    assert [value is None for value in found.gas_expected.values] == [False, True, False]


# steps of readings


def bins_of(day: int, of: Plant = PREPARED.plant) -> tuple[Instants, dict[str, tuple[Floats, Bools]]]:
    """Return quarters of an hour of a day as readings would give them."""
    edges = START + day * DAY_MS + np.arange(97, dtype=np.int64) * (HOUR_MS // 4)
    whole = np.ones(96, np.bool_)
    part = slice(24 * day, 24 * day + 24)
    names = {each.id for each in points_of_load(of)}
    return edges, {name: (TRUTH[name][part].repeat(4), whole) for name in names}


def test_steps_of_readings_agree_with_steps_of_windows() -> None:
    edges, rates = bins_of(3)
    assert set(rates) >= {"gas_main.volume", "gas_coil.volume", "em_main.export", "pv_1.energy"}
    expected, own = process_rates(PREPARED, edges=edges, rates=rates)
    fine = load_of_bins(PREPARED.plant, edges=edges, rates=rates, process_expected=expected, process_gas=own)
    coarse = load_of_windows(PREPARED, since=int(edges[0]), until=int(edges[-1]), step_ms=HOUR_MS)
    assert fine.step_ms == HOUR_MS // 4
    for name in ("gas", "electricity", "pv", "heat", "gas_expected"):
        assert array(getattr(fine, name))[::4] == pytest.approx(array(getattr(coarse, name))), name


def test_a_step_that_one_meter_misses_is_marked_and_one_that_all_miss_is_a_gap() -> None:
    plant = works_plant("gas_main")
    edges, rates = bins_of(3, plant)
    hole = rates["gas_coil.volume"][0].copy()
    hole[10] = np.nan
    rates["gas_coil.volume"] = hole, np.ones(96, np.bool_)
    found = load_of_bins(plant, edges=edges, rates=rates, process_expected=None, process_gas=None)
    assert found.gas.is_whole == tuple(place != 10 for place in range(96))
    assert found.gas.values[10] == pytest.approx(rates["gas_sheet.volume"][0][10] + 4.0)
    del rates["pv_1.energy"]
    gone = load_of_bins(plant, edges=edges, rates=rates, process_expected=None, process_gas=None)
    assert gone.pv.values == (None,) * 96
    assert gone.gas_expected is None


def test_other_gas_is_never_below_nothing_where_sub_meters_show_more_than_their_main_meter() -> None:
    place = 3 * 24 + 5
    # The main meter of one hour shows half of what the lines' own meters show.
    lines = TRUTH["gas_coil.volume"][place] + TRUTH["gas_sheet.volume"][place]
    prepared = prepared_works(changed("gas_main.volume", slice(place, place + 1), 0.5 * lines))
    prepared = replace(prepared, declared=PREPARED.declared)
    edges, rates = bins_of(3)
    low = rates["gas_main.volume"][0].copy()
    low[20:24] = 0.5 * lines
    rates["gas_main.volume"] = low, np.ones(96, np.bool_)
    expected, own = process_rates(prepared, edges=edges, rates=rates)
    fine = load_of_bins(prepared.plant, edges=edges, rates=rates, process_expected=expected, process_gas=own)
    coarse = load_of_windows(prepared, since=int(edges[0]), until=int(edges[-1]), step_ms=HOUR_MS)
    # Without drift the lines are expected to take what they take; nothing of others is taken from it.
    assert array(fine.gas_expected)[20:24] == pytest.approx(lines)
    assert array(coarse.gas_expected)[5] == pytest.approx(lines)
    assert array(coarse.gas)[5] == pytest.approx(0.5 * lines)
    assert array(coarse.gas_expected)[6] == pytest.approx(TRUTH["gas_main.volume"][place + 1])


# usual


def test_usual_is_the_median_of_the_same_hour_of_the_last_four_weeks() -> None:
    at = START + 35 * DAY_MS + 10 * HOUR_MS + 17 * 60_000
    same = [TRUTH["gas_main.volume"][(35 - 7 * week) * 24 + 10] for week in range(1, 5)]
    assert usual(PREPARED, Carrier.GAS, at) == pytest.approx(np.median(same))
    use = TRUTH["em_main.import"] - TRUTH["em_main.export"] + TRUTH["pv_1.energy"]
    same = [use[(35 - 7 * week) * 24 + 10] for week in range(1, 5)]
    assert usual(PREPARED, Carrier.ELECTRICITY, at) == pytest.approx(np.median(same))


def test_nothing_is_usual_after_one_week() -> None:
    assert usual(PREPARED, Carrier.GAS, START + 8 * DAY_MS) is None
    assert usual(PREPARED, Carrier.GAS, START + 15 * DAY_MS) is not None
    assert usual(prepared_works({}, of=works_plant("heat_coil")), Carrier.HEAT, START + 15 * DAY_MS) is None
