"""Registers to consumption, METHOD 1: what an honest counter, a gap, a wrap and an exchange give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analytics.counters import consumption
from domain.ledger import MeterEventKind
from domain.series import series_of
from domain.windows import Flag, Grade
from tests.analytics.readings import GAP, HOUR, MINUTE, START, counter, edges, exchange, windows

# An honest counter


def test_an_honest_counter_gives_exact_amounts_and_nothing_else() -> None:
    values = [0.5 * minute for minute in range(24 * 60 + 1)]
    found = windows(range(24 * 60 + 1), values, edges(*range(0, 24 * 60 + 1, 60)))
    assert (found.amount == 30.0).all()
    assert (found.grade == Grade.MEASURED).all()
    assert (found.coverage == 1.0).all()
    assert (found.flags == Flag.NONE).all()
    assert np.isnan(found.minimum).all()


def test_an_edge_between_two_readings_is_interpolated() -> None:
    found = windows([0, 10, 20], [100.0, 104.0, 110.0], edges(5, 15))
    assert found.amount.tolist() == [104.0 - 102.0 + 3.0]
    assert found.grade[0] == Grade.MEASURED


def test_several_windows_between_two_readings_share_the_step() -> None:
    found = windows([0, 10], [100.0, 110.0], edges(0, 2, 5, 10))
    assert found.amount == pytest.approx([2.0, 3.0, 5.0], abs=1e-12)


def test_a_counter_that_stands_consumes_nothing() -> None:
    found = windows(range(121), [7.0] * 121, edges(0, 60, 120))
    assert found.amount.tolist() == [0.0, 0.0]
    assert found.flags.tolist() == [0, 0]


def test_a_coarse_register_that_is_read_often_is_no_jump() -> None:
    at = START + np.arange(0, HOUR + 1, 2000, dtype=np.int64)
    value = np.floor((at - START) / HOUR * 100.0)  # 1 m3 every 36 s, read every 2 s
    readings = series_of("gas.volume", at, value, np.zeros(len(at), np.uint8))
    point = counter(rated_max_per_hour=40.0, resolution=1.0)
    assert consumption(point, readings, edges(0, 60), gap_ms=GAP).flags[0] == Flag.NONE
    found = consumption(counter(rated_max_per_hour=100.0), readings, edges(0, 60), gap_ms=GAP)
    assert (found.amount[0], found.flags[0]) == (100.0, Flag.NONE)


@pytest.mark.parametrize("is_coarse", [lambda minute: minute > 60, lambda minute: minute < 60])
def test_a_counter_whose_scale_factor_changes_has_not_begun_anew(is_coarse: Callable[[int], bool]) -> None:
    """1234.567 kWh in Wh, then in kWh: 1234."""
    true = [1234.567 + minute * 5.0 / 60 for minute in range(181)]
    shown = [np.floor(value) if is_coarse(m) else np.floor(value * 1e3) / 1e3 for m, value in enumerate(true)]
    point = counter(rated_max_per_hour=40.0, resolution=1.0)
    found = consumption(
        point,
        series_of(point.id, START + np.arange(181) * MINUTE, np.array(shown), np.zeros(181, np.uint8)),
        edges(0, 60, 120, 180),
        gap_ms=GAP,
    )
    assert found.amount == pytest.approx([5.0, 5.0, 5.0], abs=1.0)
    assert not (found.flags & Flag.RESET).any()


# The ends


def test_windows_before_the_first_and_after_the_last_reading_are_not_known() -> None:
    found = windows([60, 90, 120], [10.0, 11.0, 12.0], edges(0, 60, 120, 180), gap_ms=HOUR)
    assert np.isnan(found.amount).tolist() == [True, False, True]
    assert found.coverage.tolist() == [0.0, 1.0, 0.0]
    assert found.flags[0] == Flag.GAP
    assert found.flags[2] == Flag.GAP | Flag.OPEN


def test_the_window_in_which_readings_end_is_open_and_holds_what_passed_so_far() -> None:
    found = windows(range(31), [float(each) for each in range(31)], edges(0, 60, 120))
    assert found.amount[0] == 30.0
    assert found.coverage[0] == 0.5
    assert found.flags[0] == Flag.OPEN
    assert np.isnan(found.amount[1])


def test_a_window_that_ends_at_the_last_reading_is_closed() -> None:
    found = windows(range(61), [float(each) for each in range(61)], edges(0, 60))
    assert (found.amount[0], found.flags[0], found.coverage[0]) == (60.0, Flag.NONE, 1.0)


def test_the_window_in_which_readings_begin_lacks_what_was_before() -> None:
    found = windows(range(30, 61), [float(each) for each in range(31)], edges(0, 60))
    assert (found.amount[0], found.coverage[0]) == (30.0, 0.5)
    assert found.flags[0] == Flag.NONE
    assert found.grade[0] == Grade.ESTIMATED


@pytest.mark.parametrize("count", [0, 1])
def test_no_step_gives_no_amount(count: int) -> None:
    found = windows([30][:count], [5.0][:count], edges(0, 60, 120))
    assert np.isnan(found.amount).all()
    assert found.coverage.tolist() == [0.0, 0.0]
    assert (found.flags & Flag.OPEN).all()


def test_fewer_than_two_edges_enclose_no_window() -> None:
    assert len(windows([0, 1], [0.0, 1.0], edges(0))) == 0
    assert len(windows([0, 1], [0.0, 1.0], edges())) == 0


def test_a_window_without_length_holds_nothing() -> None:
    found = windows([0, 60], [0.0, 60.0], edges(10, 10, 20), gap_ms=HOUR)
    assert np.isnan(found.amount[0])
    assert found.amount[1] == pytest.approx(10.0)


# Gaps and bad readings


def test_a_gap_conserves_the_total_and_is_spread_evenly() -> None:
    minutes = [*range(0, 31), *range(150, 241)]
    values = [float(each) * 0.5 for each in range(31)] + [75.0 + 0.5 * each for each in range(91)]
    found = windows(minutes, values, edges(0, 60, 120, 180, 240))
    assert found.amount.sum() == pytest.approx(75.0 + 45.0, rel=1e-12)
    assert found.amount[1] == pytest.approx(30.0)
    assert found.grade.tolist() == [Grade.ESTIMATED, Grade.ESTIMATED, Grade.ESTIMATED, Grade.MEASURED]
    assert found.coverage == pytest.approx([0.5, 0.0, 0.5, 1.0])
    assert found.flags.tolist() == [Flag.GAP, Flag.GAP, Flag.GAP, Flag.NONE]


def test_a_gap_inside_a_window_leaves_its_total_exact() -> None:
    found = windows(
        [*range(10), *range(40, 61)], [float(m) for m in (*range(10), *range(40, 61))], edges(0, 60)
    )
    assert found.amount[0] == 60.0
    assert found.grade[0] == Grade.BRIDGED
    assert found.coverage[0] == pytest.approx(1 - 31 / 60)


def test_a_step_as_long_as_the_gap_limit_is_no_gap() -> None:
    assert windows([0, 20], [0.0, 10.0], edges(0, 20)).flags[0] == Flag.NONE
    assert windows([0, 20.001], [0.0, 10.0], edges(0, 20)).flags[0] == Flag.GAP


def test_a_short_outage_is_bridged_and_costs_only_its_time() -> None:
    at = [second / 60 for second in range(0, 3601, 10)]
    values: list[float | None] = [minute * 0.5 for minute in at]
    values[100] = values[101] = None
    found = windows(at, values, edges(0, 60))
    assert found.amount[0] == 30.0
    assert found.coverage[0] == 1 - 30 / 3600
    assert (found.grade[0], found.flags[0]) == (Grade.BRIDGED, Flag.BAD)


def test_a_short_outage_over_an_edge_does_not_make_the_hour_estimated() -> None:
    values: list[float | None] = [0.5 * minute for minute in range(121)]
    values[60] = None
    found = windows(range(121), values, edges(0, 60, 120))
    assert found.amount == pytest.approx([30.0, 30.0])
    assert found.grade.tolist() == [Grade.BRIDGED, Grade.BRIDGED]


def test_polls_that_left_no_reading_are_an_outage_too() -> None:
    span = (START + 10 * MINUTE + 1, START + 11 * MINUTE)
    found = windows(range(61), [0.5 * minute for minute in range(61)], edges(0, 30, 60), missing=[span])
    assert found.coverage == pytest.approx([1 - 1 / 30, 1.0])
    assert found.flags.tolist() == [Flag.BAD, Flag.NONE]
    assert found.amount.tolist() == [15.0, 15.0]


def test_readings_of_doubtful_instants_count_and_are_flagged() -> None:
    quality = [0] * 121
    quality[30] = 1
    found = windows(range(121), [0.5 * m for m in range(121)], edges(0, 60, 120), quality=quality)
    assert found.amount.tolist() == [30.0, 30.0]
    assert found.flags.tolist() == [Flag.DOUBTFUL, Flag.NONE]


def test_a_value_with_a_bad_quality_is_not_used() -> None:
    found = windows([0, 1, 2], [0.0, 500.0, 2.0], edges(0, 2), quality=[0, 14, 0])
    assert (found.amount[0], found.flags[0]) == (2.0, Flag.BAD)


def test_conflicting_duplicates_are_both_left_out() -> None:
    found = windows([0, 1, 1, 2, 60], [0.0, 1.0, 1.5, 2.0, 30.0], edges(0, 2, 60), gap_ms=HOUR)
    assert found.amount.tolist() == [2.0, 28.0]
    assert found.flags.tolist() == [Flag.CONFLICT, Flag.NONE]
    assert found.coverage.tolist() == [0.0, 1.0]


def test_a_conflict_after_the_last_reading_is_still_told() -> None:
    found = windows([0, 1, 2, 2], [0.0, 1.0, 2.0, 3.0], edges(0, 60))
    assert found.flags[0] == Flag.CONFLICT | Flag.OPEN


# Wraps


def test_a_wrap_within_the_rated_maximum_is_counted_through() -> None:
    point = counter(modulus=65536.0)
    found = windows([0, 1, 2, 3], [65535.0, 65535.75, 1.0, 2.0], edges(0, 1.5, 3), point=point)
    assert found.amount.sum() == pytest.approx(3.0)
    assert found.amount[0] == pytest.approx(0.75 + 0.625)
    assert found.flags.tolist() == [Flag.WRAP, Flag.WRAP]
    assert found.grade.tolist() == [Grade.MEASURED, Grade.MEASURED]


def test_a_wrap_in_a_gap_is_counted_through() -> None:
    found = windows([0, 60], [9990.0, 50.0], edges(0, 30, 60), point=counter(modulus=10_000.0))
    assert found.amount == pytest.approx([30.0, 30.0])
    assert found.flags.tolist() == [Flag.WRAP | Flag.GAP] * 2


@pytest.mark.parametrize(("modulus", "rated"), [(None, 120.0), (65536.0, None), (65536.0, 1.0)])
def test_a_fall_that_no_known_wrap_explains_holds_the_windows_back(
    modulus: float | None, rated: float | None
) -> None:
    point = counter(modulus=modulus, rated_max_per_hour=rated)
    values = [65535.0, 65535.01, 0.99, 1.0, 1.01, 1.02]
    found = windows([0, 1, 2, 3, 4, 5], values, edges(0, 1, 2, 3, 5), point=point)
    assert np.isnan(found.amount).tolist() == [False, True, False, False]
    assert found.flags.tolist() == [0, Flag.RESET, 0, 0]
    assert found.amount[3] == pytest.approx(0.02)


@pytest.mark.parametrize(("factor", "flag"), [(1.2, Flag.WRAP), (1.201, Flag.RESET)])
def test_the_wrap_limit_is_the_rated_maximum_and_a_fifth(factor: float, flag: Flag) -> None:
    values = [65500.0, 65500.0 + factor * 120.0 - 65536.0]
    found = windows([0, 60], values, edges(0, 60), point=counter(modulus=65536.0), gap_ms=HOUR)
    assert found.flags[0] == flag


@pytest.mark.parametrize(("end", "gap_h"), [(2000.0, 90), (9000.0, 90), (8200.0, 78), (7000.0, 75)])
def test_a_gap_in_which_the_register_can_turn_once_more_is_held_back(end: float, gap_h: int) -> None:
    point = counter(modulus=10_000.0, rated_max_per_hour=200.0)
    minutes = [0, 60, 60 + 60 * gap_h, 120 + 60 * gap_h]
    borders = edges(0, 60, 120, 60 + 60 * gap_h, 120 + 60 * gap_h)
    found = windows(minutes, [7900.0, 8000.0, end, end + 100.0], borders, point=point)
    told = Flag.RESET | Flag.WRAPS_UNKNOWN | Flag.GAP
    is_held = ((end - 8000.0) % 10_000.0) + 10_000.0 <= 240.0 * gap_h
    assert (np.isnan(found.amount[1:3]) == is_held).all()
    assert ((found.flags[1:3] == told) == is_held).all()
    assert found.amount[[0, 3]].tolist() == [100.0, 100.0]


def test_turns_that_were_declared_are_counted_through() -> None:
    point = counter(modulus=10_000.0, rated_max_per_hour=200.0)
    events = [exchange(60 * 20, 10_000.0, 0.0), exchange(60 * 70, 10_000.0, 0.0)]
    borders = edges(0, 60 * 90)
    found = windows([0, 60 * 90], [8000.0, 2000.0], borders, point=point, events=events)
    assert found.amount[0] == pytest.approx(14_000.0)


# Resets and exchanges


def test_an_undeclared_reset_holds_back_only_the_windows_it_touches() -> None:
    values = [100.0 + 0.5 * m for m in range(90)] + [0.5 * m for m in range(31)]
    found = windows(range(121), values, edges(0, 60, 89, 120))
    assert found.amount[[0, 1]].tolist() == [30.0, 14.5]
    assert np.isnan(found.amount[2])
    assert found.flags.tolist() == [0, 0, Flag.RESET]
    found = windows(range(121), values, edges(0, 60, 120))
    assert np.isnan(found.amount).tolist() == [False, True]


def test_a_rise_faster_than_the_rated_maximum_is_not_booked() -> None:
    found = windows(range(61), [0.5 * m + (500.0 if m > 30 else 0.0) for m in range(61)], edges(0, 60))
    assert np.isnan(found.amount[0])
    assert found.flags[0] == Flag.RESET


def test_a_declared_exchange_is_split_at_its_instant() -> None:
    event = exchange(45, 160.0, 3.0)
    found = windows([0, 30, 90, 120], [100.0, 150.0, 8.0, 10.0], edges(0, 45, 60, 120), events=[event])
    assert found.amount == pytest.approx([60.0, 15 / 45 * 5.0, 30 / 45 * 5.0 + 2.0])
    assert found.flags.tolist() == [Flag.GAP, Flag.GAP | Flag.EXCHANGE, Flag.GAP]


def test_an_exchange_to_a_higher_index_consumes_only_what_both_meters_counted() -> None:
    found = windows([0, 1, 2], [100.0, 100.5, 5000.5], edges(0, 2), events=[exchange(1.5, 100.75, 5000.25)])
    assert found.amount[0] == pytest.approx(1.0)
    assert found.flags[0] == Flag.EXCHANGE
    assert found.grade[0] == Grade.MEASURED


def test_several_exchanges_between_two_readings_are_chained() -> None:
    events = [exchange(30, 5.0, 50.0), exchange(10, 102.0, 0.0), exchange(10, 102.0, 0.0)]
    found = windows([0, 40], [100.0, 51.0], edges(0, 10, 30, 40), events=events)
    assert found.amount == pytest.approx([2.0, 5.0, 1.0])


def test_an_exchange_at_the_instant_of_a_reading_or_of_an_edge_loses_nothing() -> None:
    events = [exchange(60, 160.0, 0.0)]
    found = windows([0, 60, 120], [100.0, 0.0, 30.0], edges(0, 60, 120), events=events, gap_ms=HOUR)
    assert found.amount.tolist() == [60.0, 30.0]
    assert found.flags.tolist() == [0, Flag.EXCHANGE]
    events = [exchange(60, 160.0, 0.0)]
    found = windows([0, 119, 120], [100.0, 29.5, 30.0], edges(0, 60, 120), events=events, gap_ms=2 * HOUR)
    assert found.amount == pytest.approx([60.0, 30.0])


@pytest.mark.parametrize(
    ("old_final", "new_start"),
    [(99.0, 0.0), (101.0, 2.0), (None, 0.0), (101.0, None), (5000.0, 0.0)],
    ids=["final_below_last", "start_above_next", "no_final", "no_start", "too_much"],
)
def test_an_exchange_whose_indices_do_not_fit_stays_unresolved(
    old_final: float | None, new_start: float | None
) -> None:
    event = exchange(1.5, old_final, new_start)
    found = windows([0, 1, 2, 3], [100.0, 100.5, 1.0, 2.0], edges(0, 1, 2, 3), events=[event])
    assert np.isnan(found.amount).tolist() == [False, True, False]
    assert found.flags[1] == Flag.RESET | Flag.EXCHANGE


def test_an_event_of_another_point_or_a_calibration_explains_nothing() -> None:
    events = [
        exchange(1.5, 100.5, 0.0, point="gas.other"),
        exchange(1.5, 100.5, 0.0, kind=MeterEventKind.CALIBRATION),
    ]
    found = windows([0, 1, 2, 3], [100.0, 100.5, 1.0, 2.0], edges(0, 3), events=events)
    assert found.flags[0] == Flag.RESET


def test_an_event_outside_the_readings_waits() -> None:
    events = [exchange(-5, 100.0, 0.0), exchange(70, 130.0, 0.0)]
    found = windows(range(61), [0.5 * m for m in range(61)], edges(0, 60), events=events)
    assert (found.amount[0], found.flags[0]) == (30.0, Flag.NONE)


def late(shift: int) -> list[float]:
    """Return 2 m3 a minute, of a meter exchanged at minute 60 + shift from the index it has then to 7."""
    return [5000.0 + 2 * m if m <= 60 + shift else 7.0 + 2 * (m - 60 - shift) for m in range(121)]


@pytest.mark.parametrize("rated", [None, 150.0])
@pytest.mark.parametrize("shift", [-5, -3, 0, 3, 4])
def test_an_exchange_noted_some_minutes_off_is_found_where_the_register_falls(
    shift: int, rated: float | None
) -> None:
    event, point = exchange(60, 5120.0 + 2 * shift, 7.0), counter(rated_max_per_hour=rated)
    found = windows(range(121), late(shift), edges(0, 60, 120), events=[event], point=point)
    assert found.amount == pytest.approx([120.0, 120.0])
    assert found.grade.tolist() == [Grade.MEASURED, Grade.MEASURED]
    assert found.flags.tolist() == ([Flag.EXCHANGE, 0] if shift < 0 else [0, Flag.EXCHANGE])


@pytest.mark.parametrize("rated", [None, 150.0])
def test_an_exchange_to_a_higher_index_is_found_where_the_register_jumps(rated: float | None) -> None:
    values = [1000.0 + 2 * m + (8000.0 if m > 63 else 0.0) for m in range(121)]
    event, point = exchange(60, 1127.0, 9127.0), counter(rated_max_per_hour=rated)
    found = windows(range(121), values, edges(0, 60, 120), events=[event], point=point)
    assert found.amount == pytest.approx([120.0, 120.0])
    assert found.flags.tolist() == [0, Flag.EXCHANGE]


@pytest.mark.parametrize("rated", [None, 150.0])
def test_an_exchange_of_a_register_that_only_went_on_is_held_back(rated: float | None) -> None:
    values = [5000.0 + 2 * m for m in range(121)]
    event, point = exchange(30.5, 5061.0, 7.0), counter(rated_max_per_hour=rated)
    found = windows(range(121), values, edges(0, 60, 120), events=[event], point=point)
    assert np.isnan(found.amount).tolist() == [True, False]
    assert found.flags.tolist() == [Flag.RESET | Flag.EXCHANGE, 0]


def test_a_fall_far_from_the_noted_instant_is_not_explained_by_it() -> None:
    event, point = exchange(60, 5140.0, 7.0), counter(rated_max_per_hour=None)
    found = windows(range(121), late(10), edges(0, 60, 65, 120), events=[event], point=point)
    assert found.flags.tolist() == [Flag.RESET | Flag.EXCHANGE, 0, Flag.RESET]
    assert np.isnan(found.amount).tolist() == [True, False, True]


def test_two_events_that_would_explain_one_fall_explain_nothing() -> None:
    events = [exchange(59, 5126.0, 7.0), exchange(61, 5126.0, 7.0)]
    point = counter(rated_max_per_hour=None)
    found = windows(range(121), late(3), edges(0, 50, 70, 120), events=events, point=point)
    assert found.flags.tolist() == [0, Flag.RESET | Flag.EXCHANGE, 0]
