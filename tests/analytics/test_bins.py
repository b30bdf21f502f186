"""Mean rates in short steps: what passed is never invented, lost in a wrap, or spread over a gap."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.bins import binned
from analytics.counters import consumption
from domain.plant import Carrier, Point
from domain.series import Instants
from tests.analytics.readings import GAP, HOUR, MINUTE, START, counter, edges, exchange, series

FIVE = 5 * MINUTE


def fives(minutes: int) -> Instants:
    return START + np.arange(0, minutes * MINUTE + 1, FIVE, dtype=np.int64)


def test_a_meter_at_rest_has_the_rate_zero_and_no_readings_have_none() -> None:
    rate, whole = binned(counter(), series(range(0, 61), [700.0] * 61), fives(60), gap_ms=GAP)
    assert rate.tolist() == [0.0] * 12
    assert whole.all()
    rate, whole = binned(counter(), series([], []), fives(60), gap_ms=GAP)
    assert np.isnan(rate).all()
    assert not whole.any()
    assert binned(counter(), series([], []), fives(60)[:1], gap_ms=GAP)[0].size == 0


def test_a_planted_course_is_found_again_between_readings_that_miss_the_edges() -> None:
    # 60 m3/h in the first half hour, 12 after it; a reading every 7 minutes, one at the break.
    minutes = sorted({*range(-3, 70, 7), 30})
    truth = [500.0 + min(m, 30) * 1.0 + max(0, m - 30) * 0.2 for m in minutes]
    rate, whole = binned(counter(), series(minutes, truth), fives(60), gap_ms=GAP)
    assert rate == pytest.approx([60.0] * 6 + [12.0] * 6)
    assert whole.all()


def test_rates_times_hours_add_up_to_what_the_windows_say() -> None:
    rng = np.random.default_rng(5)
    minutes = np.cumsum(rng.uniform(0.1, 4.0, 400)).tolist()
    values = np.cumsum(rng.uniform(0.0, 0.1, 400)).tolist()
    found = series(minutes, values)
    rate, _ = binned(counter(), found, fives(360), gap_ms=GAP)
    hourly = consumption(counter(), found, START + np.arange(1, 7) * HOUR, gap_ms=GAP)
    assert (rate * FIVE / HOUR).reshape(6, 12).sum(axis=1)[1:] == pytest.approx(hourly.amount)


def test_a_gap_is_not_drawn_and_its_borders_are_not_whole() -> None:
    minutes = [*range(0, 13), *range(48, 61)]
    rate, whole = binned(counter(), series(minutes, [float(m) for m in minutes]), fives(60), gap_ms=GAP)
    assert np.isnan(rate[3:9]).all()
    assert rate[[0, 1, 2, 9, 10, 11]] == pytest.approx([60.0] * 6)
    assert whole.tolist() == [True, True] + [False] * 8 + [True, True]


def test_a_failed_poll_between_two_good_ones_is_no_gap() -> None:
    values: list[float | None] = [float(m) for m in range(61)]
    values[7] = values[33] = None
    rate, whole = binned(counter(), series(range(61), values), fives(60), gap_ms=GAP)
    assert rate == pytest.approx([60.0] * 12)
    assert whole.all()


def test_the_step_that_now_lies_in_has_the_mean_of_its_part() -> None:
    rate, whole = binned(
        counter(), series(range(0, 13), [float(m) for m in range(13)]), fives(20), gap_ms=GAP
    )
    assert rate[:3] == pytest.approx([60.0] * 3)
    assert np.isnan(rate[3])
    assert whole.tolist() == [True, True, False, False]
    late, whole = binned(
        counter(), series(range(3, 13), [float(m) for m in range(10)]), fives(10), gap_ms=GAP
    )
    assert late == pytest.approx([60.0] * 2)
    assert whole.tolist() == [False, True]


def test_a_wrap_is_counted_and_a_fall_is_not_known() -> None:
    values = [9_990.0 + m for m in range(31)]
    wrapped = series(range(31), [value % 10_000.0 for value in values])
    rate, whole = binned(counter(modulus=10_000.0), wrapped, fives(30), gap_ms=GAP)
    assert rate == pytest.approx([60.0] * 6)
    assert whole.all()
    rate, whole = binned(counter(), wrapped, fives(30), gap_ms=GAP)
    # The fall lies between minute 9 and 10.
    assert np.isnan(rate).tolist() == [False, True, False, False, False, False]
    assert whole.tolist() == [True, False, True, True, True, True]


def test_a_jump_faster_than_the_meter_can_is_not_known_unless_an_exchange_explains_it() -> None:
    values = [float(m) for m in range(16)] + [5_000.0 + m for m in range(15)]
    rate, whole = binned(counter(), series(range(31), values), fives(30), gap_ms=GAP)
    assert np.isnan(rate).tolist() == [False, False, False, True, False, False]
    assert not whole[3]
    told = exchange(15.5, 15.5, 4_999.5)
    rate, whole = binned(counter(), series(range(31), values), fives(30), gap_ms=GAP, events=(told,))
    assert rate == pytest.approx([60.0] * 6)
    assert whole.all()


def test_one_wild_reading_is_left_out() -> None:
    values = [float(m) for m in range(31)]
    values[12] = 90_000.0
    rate, _ = binned(counter(), series(range(31), values), fives(30), gap_ms=GAP)
    assert rate == pytest.approx([60.0] * 6)


def test_a_power_gives_its_mean_of_covered_time() -> None:
    power = Point(device="em", name="active_power", unit="kW", is_counter=False, carrier=Carrier.ELECTRICITY)
    minutes = [*range(0, 11), *range(40, 61)]
    values = [80.0 if m <= 10 else 20.0 for m in minutes]
    rate, whole = binned(power, series(minutes, values), edges(0, 5, 15, 35, 50, 60), gap_ms=GAP)
    assert rate[[0, 1, 3, 4]] == pytest.approx([80.0, 80.0, 20.0, 20.0])
    assert np.isnan(rate[2])
    assert whole.tolist() == [True, False, False, False, True]
    late, whole = binned(power, series([2, 4, 6, 8, 10], [5.0] * 5), edges(0, 5, 10), gap_ms=GAP)
    assert late == pytest.approx([5.0, 5.0])
    assert whole.tolist() == [False, True]
