"""Rows of a model are sums of hours: nothing lost, nothing that is unknown taken for 0."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.hours import ProcessHours
from analytics.operation import State
from analytics.rows import ModelRows, model_rows
from domain.method import ProcessMethod
from domain.periods import HOUR_MS, PeriodKind
from domain.windows import Flag
from tests.analytics.made import NAN
from tests.analytics.planted import G_2024, P_2024
from tests.analytics.process import SHANGHAI, cut, edges_of, months_of, process_of

DAY = ProcessMethod()
ALL = ProcessMethod(variables=("output", "operating_hours", "starts", "ambient_temperature"))


def three_days() -> ProcessHours:
    edges = edges_of(3)
    hour = np.arange(72) % 24
    state = np.where(hour < 7, State.OFF, np.where(hour == 7, State.STARTUP, State.PRODUCTION))
    output = np.where(state == State.PRODUCTION, 2.0, 0.0)
    ambient = np.where(hour < 12, 10.0, 20.0)
    return process_of(
        edges, 1.0 + 30.0 * output, output, state=state, variables={"ambient_temperature": ambient}
    )


def rows(hours: ProcessHours, method: ProcessMethod = DAY) -> ModelRows:
    return model_rows(hours, SHANGHAI, method)


def test_a_row_has_the_sums_and_means_of_its_day() -> None:
    found = rows(three_days(), ALL)
    assert len(found) == 3
    assert found.gas.tolist() == [24 + 30 * 32.0] * 3
    assert found.x.tolist() == [[32.0, 17.0, 1.0, 15.0]] * 3
    assert found.coverage.tolist() == [1, 1, 1]
    assert found.is_complete.all()
    assert found.is_known.all()
    assert found.is_operating.all()


@pytest.mark.parametrize("interval", [PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH])
def test_rows_of_any_interval_add_up_to_the_hours(interval: PeriodKind) -> None:
    hours = months_of(G_2024, P_2024, year=2024)
    found = rows(hours, ProcessMethod(interval=interval))
    assert float(found.gas.sum()) == pytest.approx(sum(G_2024), rel=1e-12)
    assert float(found.output.sum()) == pytest.approx(sum(P_2024), rel=1e-12)
    assert np.array_equal(found.since[1:], found.until[:-1])


def test_months_are_those_of_the_list() -> None:
    found = rows(months_of(G_2024, P_2024, year=2024), ProcessMethod(interval=PeriodKind.MONTH))
    assert found.gas == pytest.approx(G_2024, rel=1e-12)
    assert found.output == pytest.approx(P_2024, rel=1e-12)
    assert found.is_complete.all()


@pytest.mark.parametrize("name", ["gas", "output"])
def test_an_hour_that_is_not_known_makes_its_row_unknown_never_smaller(name: str) -> None:
    hours = three_days()
    getattr(hours, name)[30] = NAN
    found = rows(hours)
    assert found.is_known.tolist() == [True, False, True]
    assert found.is_complete.tolist() == [True, False, True]


def test_a_day_that_is_not_over_is_not_complete_and_is_covered_so_far() -> None:
    found = rows(cut(three_days(), slice(0, 60)))
    assert found.is_complete.tolist() == [True, True, False]
    assert found.coverage.tolist() == [1, 1, 1]
    open_hour = three_days()
    open_hour.gas_flags[-1] = Flag.OPEN
    assert rows(open_hour).is_complete.tolist() == [True, True, False]


def test_a_day_that_began_before_the_data_is_not_complete() -> None:
    found = rows(cut(three_days(), slice(10, 72)))
    assert found.is_complete.tolist() == [False, True, True]
    assert found.coverage[0] == pytest.approx(14 / 24)


def test_a_row_is_covered_as_its_worse_meter() -> None:
    hours = three_days()
    hours.gas_coverage[24:36] = 0.5
    hours.output_coverage[24:30] = 0.0
    assert rows(hours).coverage.tolist() == pytest.approx([1, (0 * 6 + 0.5 * 6 + 12) / 24, 1])


def test_a_mean_goes_by_the_time_in_which_it_is_known() -> None:
    hours = three_days()
    hours.variables["ambient_temperature"][24:36] = NAN
    hours.variables["ambient_temperature"][48:72] = NAN
    found = rows(hours, ALL)
    assert found.x[:, 3].tolist() == pytest.approx([15, 20, NAN], nan_ok=True)
    assert found.is_known.tolist() == [True, True, False]


def test_a_variable_that_nobody_measures_is_unknown() -> None:
    found = rows(three_days(), ProcessMethod(variables=("output", "humidity")))
    assert np.isnan(found.x[:, 1]).all()
    assert not found.is_known.any()


def test_a_standing_day_has_gas_and_no_output() -> None:
    hours = three_days()
    hours.output[24:48] = 0.0
    found = rows(hours)
    assert found.is_operating.tolist() == [True, False, True]
    assert found.is_known.all()


def test_windows_shorter_than_an_hour_count_by_their_length() -> None:
    edges = np.sort(np.append(edges_of(1), edges_of(1)[0] + HOUR_MS // 2))
    state = np.full(25, State.OFF)
    state[0] = State.IDLE
    hours = process_of(edges, np.ones(25), np.zeros(25), state=state)
    assert rows(hours, ProcessMethod(variables=("output", "operating_hours"))).x.tolist() == [[0.0, 0.5]]


def test_no_hours_give_no_rows() -> None:
    found = rows(cut(three_days(), slice(0, 0)), ALL)
    assert len(found) == 0
    assert found.x.shape == (0, 4)
