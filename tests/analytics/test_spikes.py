"""Readings that are impossible beside their neighbours are left out and bridged, or hold consumption back."""

from __future__ import annotations

import numpy as np
import pytest

from domain.windows import Flag, Grade
from tests.analytics.readings import counter, edges, exchange, windows


def base() -> list[float]:
    return [1000.0 + 0.5 * minute for minute in range(121)]


@pytest.mark.parametrize("rated", [120.0, None])
@pytest.mark.parametrize("size", [+5000.0, -900.0, -1000.0, 60.0])
@pytest.mark.parametrize("length", [1, 2, 8])
def test_a_spike_is_left_out_and_bridged(size: float, length: int, rated: float | None) -> None:
    values = base()
    for minute in range(30, 30 + length):
        values[minute] += size
    found = windows(range(121), values, edges(0, 60, 120), point=counter(rated_max_per_hour=rated))
    assert found.amount.tolist() == [30.0, 30.0]
    assert found.flags.tolist() == [Flag.SPIKE, Flag.NONE]
    assert found.grade.tolist() == [Grade.BRIDGED, Grade.MEASURED]
    assert found.coverage[0] == pytest.approx(1 - (length + 1) / 60)


def test_two_spikes_in_a_row_of_readings_are_both_left_out() -> None:
    values = base()
    values[30], values[33], values[36] = 9999.0, 0.0, 9999.0
    found = windows(range(121), values, edges(0, 60, 120))
    assert found.amount.tolist() == [30.0, 30.0]


def test_a_spell_longer_than_a_spike_is_a_reset_and_no_huge_consumption() -> None:
    values = base()
    for minute in range(30, 45):
        values[minute] = 0.0
    found = windows(range(121), values, edges(0, 35, 60, 120))
    assert np.isnan(found.amount).tolist() == [True, True, False]


def test_a_meter_that_restarts_a_little_lower_is_a_reset_and_no_spike() -> None:
    values = [0.5 * m for m in range(40)] + [17.0 + 0.5 * m for m in range(81)]
    for rated in (120.0, None):
        found = windows(range(121), values, edges(0, 60, 120), point=counter(rated_max_per_hour=rated))
        assert np.isnan(found.amount).tolist() == [True, False]
        assert found.flags.tolist() == [Flag.RESET, 0]


def test_a_low_spike_near_the_modulus_is_no_wrap() -> None:
    point = counter(modulus=10_000.0)
    found = windows(range(5), [9999.0, 9999.1, 0.0, 9999.3, 9999.4], edges(0, 4), point=point)
    assert found.amount[0] == pytest.approx(0.4)
    assert found.flags[0] == Flag.SPIKE


def test_a_spike_is_not_bridged_over_an_exchange() -> None:
    values = [100.0, 100.5, 0.0, 101.0, 101.5]
    found = windows(range(5), values, edges(0, 4), events=[exchange(1.5, 100.75, 0.0)])
    assert np.isnan(found.amount[0])
    assert found.flags[0] == Flag.RESET | Flag.EXCHANGE
