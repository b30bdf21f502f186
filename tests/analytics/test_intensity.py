"""Gas per output of periods: example B of the method, and what holds of every figure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from analytics.baseline import fit
from analytics.hours import ProcessHours
from analytics.intensity import intensities
from analytics.operation import State
from analytics.rows import ModelRows, model_rows
from analytics.saving import saving
from domain.ledger import StaticFactor
from domain.method import Method, ProcessMethod
from domain.periods import DAY_MS, HOUR_MS, Period, PeriodKind
from domain.plant import Process
from domain.result_rows import encode
from domain.results import Baseline, Estimate, Intensity
from domain.windows import Flag, Grade
from tests.analytics.made import NAN
from tests.analytics.planted import G_2024, G_LATER, P_2024, P_LATER
from tests.analytics.process import JANUARY_2024, SHANGHAI, cut, edges_of, months_of, process_of

MELTING = Process(id="melting", output_unit="t")
MONTH = ProcessMethod(interval=PeriodKind.MONTH)
DAY = ProcessMethod()
END = JANUARY_2024 + 366 * DAY_MS


def periods_of(kind: PeriodKind, hours: ProcessHours) -> list[Period]:
    return list(SHANGHAI.periods(kind, int(hours.since[0]), int(hours.until[-1])))


def of(
    hours: ProcessHours,
    periods: list[Period],
    *,
    baseline: Baseline | None = None,
    method: ProcessMethod = DAY,
    factors: tuple[StaticFactor, ...] = (),
) -> tuple[Intensity, ...]:
    rows = model_rows(hours, SHANGHAI, method)

    def saved(period: Period) -> Estimate | None:
        assert baseline is not None
        own = rows.pick((rows.since >= period.since) & (rows.until <= period.until))
        return saving(baseline, own, factors)

    return intensities(
        hours,
        rows,
        periods,
        process=MELTING,
        baseline=baseline,
        factors=factors,
        method=Method(processes={"melting": method}),
        saving=saved,
        monthly={},
    )


@cache
def base_year() -> tuple[ProcessHours, Baseline]:
    hours = months_of(G_2024, P_2024, year=2024)
    baseline, _ = fit(model_rows(hours, SHANGHAI, MONTH), since=JANUARY_2024, until=END)
    assert baseline is not None
    return hours, baseline


def truth(rows: int = 200, *, seed: int = 0, factor: float = 1.0, noise: float = 20.0) -> ProcessHours:
    """Return days that burn 24 * 20 + 60 * output, hour by hour, Sundays off but for the 20."""
    rng = np.random.default_rng(seed)
    edges = edges_of(rows)
    n = len(edges) - 1
    works = (np.arange(n) % 24 >= 8) & (np.arange(n) % 24 < 20) & (np.arange(n) // 24 % 7 < 6)
    output = np.where(works, rng.uniform(1, 4, n), 0.0)
    gas = (20.0 + 60.0 * output) * factor + np.repeat(rng.normal(0, noise, n // 24), 24) / 24
    return process_of(edges, gas, output)


@cache
def daily() -> Baseline:
    found, _ = fit(model_rows(truth(), SHANGHAI, DAY), since=JANUARY_2024, until=JANUARY_2024 + 200 * DAY_MS)
    assert found is not None
    assert found.failures == ()
    return found


# example B of the method


def test_the_base_year_of_example_b() -> None:
    hours, baseline = base_year()
    [year] = of(hours, periods_of(PeriodKind.YEAR, hours), baseline=baseline, method=MONTH)
    assert round(year.ratio or 0, 6) == 82.417416
    assert year.index == pytest.approx(1.0, abs=1e-9)
    assert round(year.normalised or 0, 6) == 82.417416
    assert year.evidence.is_complete
    assert year.evidence.codes == ()


def test_the_ratio_is_sum_by_sum_never_the_mean_of_ratios() -> None:
    hours, _ = base_year()
    [year] = of(hours, periods_of(PeriodKind.YEAR, hours), method=MONTH)
    months = of(hours, periods_of(PeriodKind.MONTH, hours), method=MONTH)
    assert round(float(np.mean([each.ratio for each in months])), 6) == 82.676743
    assert year.ratio == pytest.approx(sum(G_2024) / sum(P_2024))


def test_the_reporting_period_of_example_b() -> None:
    _, baseline = base_year()
    hours = months_of(G_LATER, P_LATER, year=2025)
    half = Period(
        since=int(hours.since[0]), until=int(hours.until[-1]), kind=PeriodKind.YEAR, name="half of 2025"
    )
    [found] = of(hours, [half], baseline=baseline, method=MONTH)
    assert round(found.ratio or 0, 6) == 85.081967
    assert round(found.expected_nm3 or 0, 4) == 371230.1104
    assert round(found.index or 0, 6) == 0.978638
    assert round(found.normalised or 0, 6) == 80.656839
    assert found.saving_nm3 is not None
    assert round(found.saving_nm3.value, 4) == 7930.1104
    assert round(found.saving_nm3.low, 4) == 4911.1831
    assert found.gas_nm3 is not None
    assert found.expected_nm3 is not None
    assert found.expected_nm3 - found.gas_nm3 == pytest.approx(found.saving_nm3.value)


# null and planted truth


def test_no_change_has_an_index_of_1_and_a_saving_that_includes_0() -> None:
    hours = truth(seed=7)
    [year] = of(hours, periods_of(PeriodKind.YEAR, hours), baseline=daily())
    assert year.index == pytest.approx(1.0, abs=0.003)
    assert year.saving_nm3 is not None
    assert not year.saving_nm3.excludes_zero


def test_a_planted_reduction_is_found_whatever_the_output() -> None:
    hours = truth(seed=8, factor=0.97)
    less = replace(hours, output=hours.output * 0.8, gas=hours.gas - 0.97 * 60.0 * 0.2 * hours.output)
    for each in (hours, less):
        [year] = of(each, periods_of(PeriodKind.YEAR, each), baseline=daily())
        assert year.index == pytest.approx(0.97, abs=0.003)
        assert year.saving_nm3 is not None
        assert year.saving_nm3.low > 0
    [year] = of(less, periods_of(PeriodKind.YEAR, less), baseline=daily())
    assert (year.ratio or 0) > daily().intensity, "low output alone made the ratio worse"


# what adds up


def test_expected_gas_of_the_hours_adds_up_to_that_of_the_day_and_the_year() -> None:
    hours = truth(60, seed=3)
    baseline = daily()
    rows = model_rows(hours, SHANGHAI, DAY)
    by_hour = of(hours, periods_of(PeriodKind.HOUR, hours), baseline=baseline)
    by_day = of(hours, periods_of(PeriodKind.DAY, hours), baseline=baseline)
    days = np.array([each.expected_nm3 for each in by_day])
    summed = np.array([each.expected_nm3 for each in by_hour]).reshape(-1, 24).sum(axis=1)
    b0, b1 = baseline.coefficients
    model = np.where(rows.output > 0, b0 + b1 * rows.output, baseline.standing_mean)
    assert summed == pytest.approx(days)
    assert days == pytest.approx(model)


@pytest.mark.parametrize("kind", list(PeriodKind)[::2])
def test_base_and_marginal_gas_add_up_to_gas_and_so_do_the_states(kind: PeriodKind) -> None:
    hours = truth(40, seed=5)
    state = hours.state.copy()
    state[7::24] = State.STARTUP
    for each in of(replace(hours, state=state), periods_of(kind, hours), baseline=daily()):
        assert each.base_nm3 is not None
        assert each.marginal_nm3 is not None
        assert each.base_nm3 + each.marginal_nm3 == pytest.approx(each.gas_nm3)
        parts = [each.production_nm3, each.idle_nm3, each.startup_nm3, each.off_nm3]
        assert sum(part or 0.0 for part in parts) == pytest.approx(each.gas_nm3)


def test_hours_of_a_state_are_counted_apart() -> None:
    hours = truth(1)
    state = np.array([State.OFF] * 7 + [State.STARTUP] + [State.IDLE] + [State.PRODUCTION] * 15)
    [day] = of(replace(hours, state=state.astype(np.uint8)), periods_of(PeriodKind.DAY, hours))
    assert (day.startup_h, day.idle_h, day.production_h) == (1, 1, 15)
    assert day.startup_nm3 == pytest.approx(hours.gas[7])
    assert day.off_nm3 == pytest.approx(hours.gas[:7].sum())


def test_energy_and_co2_are_those_of_the_gas() -> None:
    hours = truth(1)
    [day] = of(hours, periods_of(PeriodKind.DAY, hours))
    assert day.gas_nm3 is not None
    assert day.gas_kwh == pytest.approx(day.gas_nm3 * 38.931 / 3.6)
    assert round((day.co2_kg or 0) / day.gas_nm3, 6) == 2.162189


# what is missing


def test_a_period_without_output_has_gas_and_no_ratio() -> None:
    hours = truth(7)
    sunday = periods_of(PeriodKind.DAY, hours)[6]
    [found] = of(hours, [sunday], baseline=daily())
    assert found.output == 0.0
    assert found.ratio is None
    assert found.gas_nm3 is not None
    assert found.expected_nm3 == pytest.approx(daily().standing_mean)
    assert found.evidence.codes == ("intensity.no_output",)


def test_without_a_baseline_the_ratio_is_given_and_the_rest_is_not() -> None:
    hours = truth(1)
    [found] = of(hours, periods_of(PeriodKind.DAY, hours))
    assert found.ratio is not None
    assert (found.expected_nm3, found.index, found.normalised, found.saving_nm3) == (None,) * 4
    assert (found.base_nm3, found.marginal_nm3) == (None, None)
    assert found.evidence.codes == ("baseline.none",)


def test_a_baseline_of_other_rows_is_not_held_against_these() -> None:
    """A month's base load is no day's."""
    _, monthly = base_year()
    hours = truth(40)
    for baseline in (monthly, replace(daily(), variables=("output", "starts"), coefficients=(1.0, 2.0, 3.0))):
        [found] = of(hours, periods_of(PeriodKind.MONTH, hours)[:1], baseline=baseline)
        assert found.index is None
        assert found.expected_nm3 is None
        assert {"baseline.not_comparable", "baseline.other_model"} <= set(found.evidence.codes)
        assert found.ratio is not None


def test_a_figure_names_the_gates_that_its_baseline_fails() -> None:
    hours = truth(7)
    doubtful = replace(daily(), failures=("baseline.r_squared",))
    for found in of(
        hours, periods_of(PeriodKind.SHIFT, hours) + periods_of(PeriodKind.DAY, hours), baseline=doubtful
    ):
        assert "baseline.r_squared" in found.evidence.codes


def test_output_far_from_the_baseline_is_named_by_the_figure() -> None:
    hours = truth(7)
    far = replace(hours, output=hours.output * 5)
    assert (
        "baseline.out_of_range"
        in of(far, periods_of(PeriodKind.DAY, far)[:1], baseline=daily())[0].evidence.codes
    )
    assert of(hours, periods_of(PeriodKind.DAY, hours)[:1], baseline=daily())[0].evidence.codes == ()


@pytest.mark.parametrize("name", ["gas", "output"])
def test_an_hour_that_is_not_known_leaves_a_partial_sum_that_says_so(name: str) -> None:
    hours = truth(31)
    known = of(hours, periods_of(PeriodKind.MONTH, hours))[0]
    getattr(hours, name)[34] = NAN
    hours.gas_flags[34] = Flag.RESET
    found = of(hours, periods_of(PeriodKind.MONTH, hours), baseline=daily())[0]
    both = (known.gas_nm3 or 0) - truth(31).gas[34]
    # The gas was burnt and its CO2 is in the air, whether or not the output of that hour is known.
    assert found.gas_nm3 == pytest.approx(both if name == "gas" else known.gas_nm3)
    assert ("intensity.partial" in found.evidence.codes) == (name == "output")
    assert found.ratio == pytest.approx(both / (found.output or 1))
    assert found.output == pytest.approx((known.output or 0) - truth(31).output[34])
    assert not found.evidence.is_complete
    assert found.evidence.is_provisional
    assert "data.reset" in found.evidence.codes
    assert found.index == pytest.approx(1.0, abs=0.02)


def test_hours_that_are_held_back_are_not_observed() -> None:
    hours = truth(10)
    hours.output[::5] = NAN
    found = of(hours, periods_of(PeriodKind.MONTH, hours), baseline=daily())[0]
    assert found.evidence.coverage == pytest.approx(0.8)


def test_a_period_of_which_nothing_is_known_has_no_figures() -> None:
    hours = truth(2)
    hours.gas[24:] = NAN
    found = of(hours, periods_of(PeriodKind.DAY, hours), baseline=daily())[1]
    values = [found.gas_nm3, found.output, found.ratio, found.index, found.expected_nm3, found.off_nm3]
    assert values == [None] * 6
    assert found.saving_nm3 is None
    assert not found.evidence.is_complete
    assert b"NaN" not in encode(found)


def test_a_day_that_is_not_over_is_held_against_its_part_of_the_baseline() -> None:
    hours = cut(truth(3), slice(0, 24 + 14))
    day = periods_of(PeriodKind.DAY, hours)[1]
    [found] = of(hours, [day], baseline=daily())
    b0, b1 = daily().coefficients
    assert found.expected_nm3 == pytest.approx(b0 * 14 / 24 + b1 * hours.output[24:].sum())
    assert found.index == pytest.approx(1.0, abs=0.1)
    assert not found.evidence.is_complete
    assert found.saving_nm3 is None


def test_a_day_before_its_first_output_does_not_take_the_figures_of_its_month_away() -> None:
    """The baseline knows no standing rows: what it says nothing of is left out, and named."""
    baseline = replace(daily(), standing_rows=0, standing_mean=0.0)
    hours = cut(truth(6), slice(0, 5 * 24 + 3))
    month = periods_of(PeriodKind.MONTH, hours)[0]
    [found] = of(hours, [month], baseline=baseline)
    b0, b1 = baseline.coefficients
    expected = 5 * b0 + b1 * hours.output.sum()
    assert found.expected_nm3 == pytest.approx(expected)
    assert found.index == pytest.approx(hours.gas[: 5 * 24].sum() / expected)
    assert found.gas_nm3 == pytest.approx(hours.gas.sum())
    assert (found.base_nm3 or 0) + (found.marginal_nm3 or 0) == pytest.approx(found.gas_nm3)
    assert "baseline.partial" in found.evidence.codes


def test_a_day_whose_variable_is_not_known_is_left_out_of_the_index() -> None:
    method = ProcessMethod(variables=("output", "ambient_temperature"))
    hours = truth(60)
    ambient = np.random.default_rng(1).normal(20, 5, len(hours))
    warm = replace(hours, variables={"ambient_temperature": ambient}, gas=hours.gas + ambient)
    baseline, _ = fit(
        model_rows(warm, SHANGHAI, method), since=JANUARY_2024, until=JANUARY_2024 + 60 * DAY_MS
    )
    assert baseline is not None
    ambient[24:48] = NAN
    [month, *_] = of(warm, periods_of(PeriodKind.MONTH, warm), baseline=baseline, method=method)
    assert month.index == pytest.approx(1.0, abs=0.01)
    assert "baseline.partial" in month.evidence.codes
    day = of(warm, periods_of(PeriodKind.DAY, warm)[1:2], baseline=baseline, method=method)[0]
    assert day.index is None
    assert "baseline.not_comparable" in day.evidence.codes


def test_a_static_factor_holds_from_its_instant_on() -> None:
    hours = truth(4)
    noon = int(hours.since[0]) + DAY_MS + 12 * HOUR_MS
    factor = StaticFactor(process="melting", since=noon, what="oven", share=0.10, nm3_per_day=24.0)
    days = periods_of(PeriodKind.DAY, hours)
    before = of(hours, days, baseline=daily())
    after = of(hours, days, baseline=daily(), factors=(factor,))
    assert after[0].expected_nm3 == before[0].expected_nm3
    assert after[2].expected_nm3 == pytest.approx((before[2].expected_nm3 or 0) * 1.1 + 24.0)
    by_hour = of(hours, periods_of(PeriodKind.HOUR, hours), baseline=daily(), factors=(factor,))
    summed = sum(each.expected_nm3 or 0.0 for each in by_hour[24:48])
    assert after[1].expected_nm3 == pytest.approx(summed)
    assert (before[1].expected_nm3 or 0) + 12 < summed < (before[1].expected_nm3 or 0) * 1.1 + 12


def test_grades_of_gas_and_of_stated_output_both_count() -> None:
    hours = truth(1)
    hours.output_grade[8:] = Grade.MANUAL
    hours.gas_grade[:4] = Grade.ESTIMATED
    [day] = of(hours, periods_of(PeriodKind.DAY, hours))
    total = hours.gas.sum()
    made = hours.output > 0
    assert day.evidence.shares == pytest.approx(
        {
            "measured": hours.gas[4:][~made[4:]].sum() / total,
            "estimated": hours.gas[:4].sum() / total,
            "manual": hours.gas[made].sum() / total,
        }
    )


def test_no_hours_give_figures_that_say_nothing() -> None:
    hours = truth(1)
    day = periods_of(PeriodKind.DAY, hours)
    none = cut(hours, slice(0, 0))
    empty: ModelRows = model_rows(none, SHANGHAI, DAY)
    assert len(empty) == 0
    [found] = of(none, day, baseline=daily())
    assert found.gas_nm3 is None
    assert found.index is None
    assert not found.evidence.is_complete
