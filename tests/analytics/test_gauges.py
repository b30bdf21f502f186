"""Means of gauges, and what passed by rates: METHOD 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.gauges import means
from domain.plant import Carrier, Point
from domain.series import Instants, series_of
from domain.windows import Flag, Grade, Windows
from tests.analytics.readings import GAP, HOUR, MINUTE, START, edges, same, series
from tests.analytics.test_counters_properties import borders, messy


def gauge(**other: Any) -> Point:
    """Return an oven temperature."""
    return Point(**{"device": "gas", "name": "volume", "unit": "C", "is_counter": False, **other})


POWER = gauge(unit="kW", carrier=Carrier.ELECTRICITY)


def run(point: Point, minutes: Any, values: Any, borders: Instants, **other: Any) -> Windows:
    quality = other.pop("quality", None)
    return means(point, series(minutes, values, quality), borders, **{"gap_ms": GAP, **other})


def test_an_honest_gauge_gives_its_mean_and_nothing_else() -> None:
    found = run(gauge(), range(121), [200.0 + minute for minute in range(121)], edges(0, 60, 120))
    assert found.amount == pytest.approx([230.0, 290.0], rel=1e-14)
    assert found.minimum.tolist() == [200.0, 260.0]
    assert found.maximum.tolist() == [260.0, 320.0]
    assert found.flags.tolist() == [0, 0]
    assert found.grade.tolist() == [0, 0]
    assert found.coverage.tolist() == [1.0, 1.0]


def test_a_mean_is_weighted_by_time_and_not_by_readings() -> None:
    minutes = [0, 10, *(20 + each / 10 for each in range(101))]
    values = [0.0, 0.0, *([100.0] * 101)]
    found = run(gauge(unit="kPa"), minutes, values, edges(0, 30))
    assert found.amount[0] == pytest.approx((0 + 50 * 10 + 100 * 10) / 30)


def test_edges_between_readings_are_interpolated() -> None:
    found = run(gauge(), [0, 10], [0.0, 10.0], edges(2, 4, 10))
    assert found.amount == pytest.approx([3.0, 7.0])
    assert found.minimum == pytest.approx([2.0, 4.0])
    assert found.maximum == pytest.approx([4.0, 10.0])


def test_a_gap_is_left_out_of_the_mean() -> None:
    minutes = [*range(31), *range(90, 121)]
    found = run(gauge(), minutes, [100.0 if m <= 30 else 300.0 for m in minutes], edges(0, 60, 120))
    assert found.amount.tolist() == [100.0, 300.0]
    assert found.coverage.tolist() == [0.5, 0.5]
    assert ((found.flags & Flag.GAP) != 0).all()
    assert found.grade.tolist() == [Grade.BRIDGED, Grade.BRIDGED]


def test_bad_readings_and_missing_polls_are_left_out() -> None:
    values: list[float | None] = [1.0 + minute % 2 for minute in range(61)]
    values[10] = None
    span = (START + 30 * MINUTE + 1, START + 31 * MINUTE)
    found = run(gauge(), range(61), values, edges(0, 60), missing=[span])
    assert found.coverage[0] == pytest.approx(57 / 60)
    assert found.flags[0] == Flag.BAD


def test_conflicting_values_are_both_left_out_and_doubtful_ones_flagged() -> None:
    found = run(gauge(), [0, 1, 1, 2, 3], [1.0, 5.0, 9.0, 1.0, 2.0], edges(0, 3), quality=[0, 0, 0, 0, 2])
    assert found.amount.tolist() == [1.5]
    assert found.flags[0] == Flag.CONFLICT | Flag.DOUBTFUL
    assert found.coverage[0] == pytest.approx(1 / 3)


def test_before_the_first_and_after_the_last_reading_nothing_is_known() -> None:
    found = run(gauge(), range(60, 91), [5.0 + m for m in range(31)], edges(0, 60, 120, 180))
    assert np.isnan(found.amount).tolist() == [True, False, True]
    assert found.coverage.tolist() == [0.0, 0.5, 0.0]
    assert found.flags.tolist() == [Flag.GAP, Flag.OPEN, Flag.GAP | Flag.OPEN]


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_step_there_is_no_mean(count: int) -> None:
    found = run(gauge(), [30][:count], [5.0][:count], edges(0, 60))
    assert np.isnan([found.amount[0], found.minimum[0], found.maximum[0]]).all()
    assert found.grade[0] == Grade.ESTIMATED


@pytest.mark.parametrize(
    ("unit", "carrier", "amount"),
    [
        ("kW", Carrier.ELECTRICITY, 60.0),
        ("m3/h", Carrier.GAS, 60.0),
        ("t/h", Carrier.PRODUCTION, 60.0),
        ("m/min", Carrier.PRODUCTION, 3600.0),
    ],
)
def test_a_rate_of_a_carrier_gives_what_passed(unit: str, carrier: Carrier, amount: float) -> None:
    found = run(gauge(unit=unit, carrier=carrier), range(61), [30.0 + m for m in range(61)], edges(0, 60))
    assert found.amount[0] == pytest.approx(amount)
    assert found.flags[0] == Flag.INTEGRATED
    assert found.grade[0] == Grade.MEASURED


def test_a_rate_invents_nothing_in_a_gap() -> None:
    minutes = [*range(31), *range(90, 121)]
    found = run(POWER, minutes, [60.0 + m % 2 for m in minutes], edges(0, 60, 120))
    assert found.amount == pytest.approx([30.25, 30.25])
    assert found.coverage.tolist() == [0.5, 0.5]
    assert found.grade.tolist() == [Grade.ESTIMATED, Grade.ESTIMATED]


def test_power_without_a_carrier_is_a_mean() -> None:
    found = run(gauge(unit="kW"), range(121), [30.0 + m % 2 for m in range(121)], edges(0, 120))
    assert found.amount[0] == pytest.approx(30.5)
    assert found.flags[0] == Flag.NONE


@pytest.mark.parametrize(
    ("point", "value", "flags"),
    [
        (gauge(), 180.0, Flag.STUCK),
        (gauge(), 0.0, Flag.STUCK),
        (POWER, 25.0, Flag.STUCK | Flag.INTEGRATED),
        (POWER, 0.0, Flag.INTEGRATED),
        (gauge(unit="code"), 3.0, Flag.NONE),
        (gauge(unit="%"), 100.0, Flag.NONE),
    ],
)
def test_a_value_that_stands_still_is_a_hint_unless_it_may_rest(
    point: Point, value: float, flags: Flag
) -> None:
    assert run(point, range(61), [value] * 61, edges(0, 60)).flags[0] == flags


def test_few_equal_readings_are_no_hint() -> None:
    found = run(gauge(), range(0, 61, 15), [20.0] * 5, edges(0, 60))
    assert found.flags[0] == Flag.NONE


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_window_is_the_same_whatever_larger_range_was_asked_for(seed: int) -> None:
    readings, _ = messy(seed)
    wide = borders(seed, int(readings.at[0]), int(readings.at[-1]))
    whole = means(POWER, readings, wide, gap_ms=GAP)
    assert (whole.minimum <= whole.maximum + 1e-6)[np.isfinite(whole.amount)].all()
    good = readings.at[readings.has_value]
    for first in range(0, len(wide) - 1, 9):
        part = wide[first : first + 10]
        before, after = np.searchsorted(good, part[0]) - 4, np.searchsorted(good, part[-1]) + 4
        since = int(good[before]) if before >= 0 else int(readings.at[0])
        until = int(good[after]) if after < len(good) else int(readings.at[-1])
        own = means(POWER, readings.between(since, until + 1), part, gap_ms=GAP)
        assert same(own, whole.pick(slice(first, first + 9)))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_windows_of_a_rate_add_up_to_the_whole_and_means_stay_between_the_extremes(seed: int) -> None:
    random = np.random.default_rng(seed)
    at = START + np.cumsum(random.choice([10_000, 60_000, 2 * HOUR], 200, p=[0.5, 0.48, 0.02]))
    readings = series_of("gas.volume", at, random.uniform(0, 100, 200), np.zeros(200, np.uint8))
    wide = borders(seed, int(at[0]), int(at[-1]))
    parts, total = means(POWER, readings, wide, gap_ms=GAP), means(POWER, readings, wide[[0, -1]], gap_ms=GAP)
    assert np.nansum(parts.amount) == pytest.approx(total.amount[0], rel=1e-9)
    found = means(gauge(), readings, wide, gap_ms=GAP)
    known = np.isfinite(found.amount)
    assert (found.minimum[known] - 1e-6 <= found.amount[known]).all()
    assert (found.amount[known] <= found.maximum[known] + 1e-6).all()
