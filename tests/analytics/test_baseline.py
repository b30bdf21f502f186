"""A baseline is what METHOD 4 says, and says what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from analytics.baseline import (
    adjusted,
    applicability,
    applicability_findings,
    data_hash,
    expected,
    findings_of,
    fit,
)
from analytics.regression import correlated, counted, independent_rows, sum_variance
from analytics.rows import ModelRows
from domain.ledger import StaticFactor
from domain.periods import DAY_MS
from domain.results import Baseline
from tests.analytics.planted import G_2024, G_LATER, P_2024, P_LATER, instant, months, rows, year_of

YEAR = {"since": instant(2024), "until": instant(2025)}


def example_b() -> Baseline:
    found, findings = fit(months(G_2024, P_2024), **YEAR)
    assert found is not None
    assert findings == ()
    return found


def only_finding(data: ModelRows) -> str:
    found, findings = fit(data, **YEAR)
    assert found is None
    assert len(findings) == 1
    assert findings[0].problem
    assert findings[0].remedy
    return findings[0].code


def codes(data: ModelRows) -> set[str]:
    found, findings = fit(data, **YEAR)
    assert found is not None
    assert set(found.failures) <= {finding.code for finding in findings}
    return {finding.code for finding in findings}


def test_example_b_to_every_digit() -> None:
    found = example_b()
    assert [round(b, 4) for b in found.coefficients] == [16788.9972, round(63.348039, 4)]
    assert round(found.coefficients[1], 6) == 63.348039
    assert round(found.residual_sd, 4) == 375.1312
    assert round(found.standard_errors[1], 6) == 1.212798
    assert round(found.r_squared, 6) == 0.996348
    assert round(found.f_statistic, 3) == 2728.281
    assert round(100 * found.cv_rmse, 4) == 0.5170
    assert round(found.durbin_watson, 4) == 1.8710
    assert round(found.intensity, 6) == 82.417416
    wrong = np.mean(np.array(G_2024) / np.array(P_2024))
    assert round(float(wrong), 6) == 82.676743
    assert found.failures == ()
    assert found.rows == 12
    assert found.coverage == 1.0
    assert found.id == f"melting-{found.data_hash[:12]}"


def test_it_agrees_with_scipy_stats() -> None:
    found, other = example_b(), stats.linregress(P_2024, G_2024)
    assert found.p_values[1] == pytest.approx(other.pvalue, rel=1e-9)
    assert found.f_p_value == pytest.approx(other.pvalue, rel=1e-9)
    assert found.standard_errors == pytest.approx((other.intercept_stderr, other.stderr), rel=1e-9)
    errors = np.sqrt(np.diag(np.array(found.inverse))) * found.residual_sd
    assert errors == pytest.approx(found.standard_errors)


def test_standing_rows_have_a_mean_of_their_own() -> None:
    data = year_of(np.random.default_rng(1), 366, week=5)
    found, _ = fit(data, **YEAR)
    assert found is not None
    standing = ~data.is_operating
    assert found.rows == int(data.is_operating.sum())
    assert found.standing_rows == int(standing.sum())
    assert found.standing_mean == pytest.approx(data.gas[standing].mean())
    assert found.standing_sd == pytest.approx(data.gas[standing].std(ddof=1))
    assert found.lows[0] > 0
    assert expected(found, data)[standing] == pytest.approx(found.standing_mean)


def test_only_rows_that_are_known_over_and_observed_take_part() -> None:
    data = year_of(np.random.default_rng(2), 366)
    whole, _ = fit(data, **YEAR)
    gas, coverage, is_complete = data.gas.copy(), data.coverage.copy(), data.is_complete.copy()
    gas[3], coverage[7], is_complete[11] = np.nan, 0.89, False
    spoilt = replace(data, gas=gas, coverage=coverage, is_complete=is_complete)
    found, _ = fit(spoilt, **YEAR)
    assert whole is not None
    assert found is not None
    assert found.rows == whole.rows - 3
    keep = np.ones(366, np.bool_)
    keep[[3, 7, 11]] = False
    alone, _ = fit(data.pick(keep), **YEAR)
    assert alone is not None
    assert found.coefficients == alone.coefficients
    assert found.data_hash == alone.data_hash
    assert np.isnan(expected(found, spoilt)[11])


def test_the_hash_is_of_the_rows_whatever_else_lies_around_them() -> None:
    data = year_of(np.random.default_rng(3), 420)
    found, _ = fit(data, **YEAR)
    again, _ = fit(data.pick(slice(0, 380)), **YEAR)
    assert found == again
    assert found is not None
    assert found.data_hash == data_hash(data.pick(slice(0, 366)))
    gas = data.gas.copy()
    gas[100] = np.nextafter(gas[100], np.inf)
    other, _ = fit(replace(data, gas=gas), **YEAR)
    assert other is not None
    assert other.data_hash != found.data_hash


def test_a_baseline_without_output_is_none() -> None:
    n = 100
    assert only_finding(rows(np.full(n, 50.0), np.zeros(n))) == "baseline.no_output"
    assert only_finding(rows((), ())) == "baseline.no_output"


def test_too_little_data_for_coefficients_is_none() -> None:
    assert only_finding(rows((2500.0, 2600.0), (30.0, 32.0))) == "baseline.too_few_rows"


def test_collinear_variables_are_named() -> None:
    rng = np.random.default_rng(4)
    output = rng.normal(30, 4, 366)
    x = np.column_stack((output, output * 0.4, rng.normal(20, 5, 366)))
    data = rows(550 + 63 * output, x, variables=("output", "operating_hours", "ambient"))
    found, findings = fit(data, **YEAR)
    assert found is None
    assert findings[0].code == "baseline.collinear"
    assert "output, operating_hours" in findings[0].problem
    assert "ambient" not in findings[0].problem
    always = np.column_stack((output, np.full(366, 24.0)))
    data = rows(550 + 63 * output, always, variables=("output", "operating_hours"))
    assert "the constant, operating_hours" in fit(data, **YEAR)[1][0].problem


def test_a_variable_that_nobody_measures_is_named() -> None:
    output = np.random.default_rng(12).normal(30, 4, 366)
    x = np.column_stack((output, np.full(366, np.nan)))
    data = rows(550 + 63 * output, x, variables=("output", "ambient"))
    assert only_finding(data) == "baseline.unknown_variable"
    assert "ambient" in fit(data, **YEAR)[1][0].problem


def test_less_gas_for_more_output_is_a_warning() -> None:
    rng = np.random.default_rng(13)
    output = rng.normal(30, 4, 366)
    assert codes(rows(5000 - 63 * output + rng.normal(0, 20, 366), output)) == {"baseline.negative_slope"}


def test_a_short_baseline_is_given_with_its_gate() -> None:
    data = year_of(np.random.default_rng(5), 29)
    found, findings = fit(data, since=instant(2024), until=instant(2024, 1, 30))
    assert found is not None
    assert found.failures == ("baseline.too_few_rows",)
    assert "29 day rows with output, 30 are needed" in findings[0].problem


def test_unlinked_output_fails_its_gates() -> None:
    rng = np.random.default_rng(8)
    data = rows(rng.normal(2400, 60, 366), rng.normal(30, 4, 366))
    assert {
        "baseline.f_test",
        "baseline.driver_p",
        "baseline.no_strong_driver",
        "baseline.r_squared",
    } <= codes(data)


def test_a_useless_second_driver_is_named() -> None:
    rng = np.random.default_rng(10)
    output = rng.normal(30, 4, 366)
    x = np.column_stack((output, rng.normal(20, 5, 366)))
    data = rows(550 + 63 * output + rng.normal(0, 60, 366), x, variables=("output", "ambient"))
    found, findings = fit(data, **YEAR)
    assert found is not None
    assert found.failures == ("baseline.driver_p",)
    assert "ambient (p " in findings[0].problem
    assert "output" not in findings[0].problem


def test_a_year_with_holes_fails_on_coverage() -> None:
    data = year_of(np.random.default_rng(6), 366)
    keep = np.arange(366) % 8 != 0
    assert codes(data.pick(keep)) == {"baseline.coverage"}
    assert codes(data) == set()


def test_weeks_that_a_border_cuts_do_not_count_against_coverage() -> None:
    rng = np.random.default_rng(7)
    edges = instant(2023, 12, 28) + np.arange(16, dtype=np.int64) * 7 * DAY_MS
    output = rng.normal(200, 20, 15)
    data = rows(4000 + 60 * output + rng.normal(0, 50, 15), output, since=edges[:-1], until=edges[1:])
    found, _ = fit(data, since=instant(2024), until=instant(2024, 4, 1))
    assert found is not None
    assert found.coverage == 1.0


def test_a_negative_base_is_a_warning_and_no_gate() -> None:
    rng = np.random.default_rng(9)
    output = rng.normal(30, 4, 366)
    found, findings = fit(rows(-300 + 80 * output + rng.normal(0, 20, 366), output), **YEAR)
    assert found is not None
    assert found.failures == ()
    assert [finding.code for finding in findings] == ["baseline.negative_base"]
    assert findings == findings_of(found)


def test_a_perfect_fit_stays_finite() -> None:
    output = np.linspace(20, 40, 366)
    found, _ = fit(rows(550 + 63 * output, output), **YEAR)
    assert found is not None
    assert set(found.failures) <= {"baseline.dependent_rows"}  # what rounding leaves may follow itself
    numbers = (found.f_statistic, found.f_p_value, *found.p_values, found.durbin_watson, found.cv_rmse)
    assert np.isfinite(numbers).all()
    assert found.coefficients == pytest.approx((550, 63))


def test_gas_that_never_changes_is_no_model() -> None:
    found, _ = fit(rows(np.full(366, 2000.0), np.linspace(20, 40, 366)), **YEAR)
    assert found is not None
    assert "baseline.r_squared" in found.failures
    assert "baseline.f_test" in found.failures


def test_residuals_that_hardly_change_leave_no_interval_and_say_so() -> None:
    wave = 300 * np.sin(np.arange(12) / 12 * 2 * np.pi)
    data = months(tuple(16800 + 63 * np.array(P_2024) + wave), P_2024)
    assert "baseline.dependent_rows" in codes(data)


# the reporting period


def test_example_b_applies_to_its_reporting_period() -> None:
    assert applicability(example_b(), months(G_LATER, P_LATER, 2025)) == ()


def test_output_far_from_the_baseline_is_named() -> None:
    far = months(G_LATER, tuple(p / 3 for p in P_LATER), 2025)
    assert applicability(example_b(), far) == ("baseline.out_of_range",)
    assert "output is 237.2" in applicability_findings(example_b(), far)[0].problem


def test_a_mean_outside_the_range_but_within_three_deviations_applies() -> None:
    below = months(G_LATER, (605.0,) * 6, 2025)  # lowest 610, mean 880, sd 93
    assert applicability(example_b(), below) == ()


def test_standing_rows_that_the_baseline_does_not_know_are_left_out_and_said() -> None:
    later = months((*G_LATER[:5], 9000.0), (*P_LATER[:5], 0.0), 2025)
    assert applicability(example_b(), later) == ("baseline.no_standing",)
    assert np.isnan(expected(example_b(), later)).tolist() == [False] * 5 + [True]


def test_rows_of_another_model_are_not_held_against_it() -> None:
    assert applicability(example_b(), rows(G_LATER, P_LATER)) == ("baseline.other_model",)
    assert np.isnan(expected(example_b(), rows(G_LATER, P_LATER))).all()


def test_static_factors_count_for_the_part_of_a_row_inside_them() -> None:
    data = rows((0.0,) * 4, (30.0,) * 4)
    factors = [
        StaticFactor(process="melting", since=instant(2024, 1, 2) + DAY_MS // 2, what="oven", share=0.10),
        StaticFactor(
            process="melting",
            since=instant(2024, 1, 3),
            until=instant(2024, 1, 4),
            what="fan",
            nm3_per_day=24.0,
        ),
        StaticFactor(process="sawing", since=instant(2024), what="saw", share=9.0),
    ]
    found = adjusted(np.full(4, 1000.0), data, factors)
    assert found.tolist() == pytest.approx([1000.0, 1050.0, 1124.0, 1100.0])
    assert adjusted(np.full(4, 1000.0), data, factors[::-1]).tolist() == found.tolist()


def test_correlated_residuals_are_counted_as_the_full_matrix_would() -> None:
    rng = np.random.default_rng(11)
    matrix = np.column_stack((np.ones(40), rng.normal(30, 4, 40)))
    inverse = np.asarray(np.linalg.inv(matrix.T @ matrix), dtype=np.float64)
    full = 0.4 ** np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    shape, trace = correlated(matrix, inverse, 0.4)
    assert shape == pytest.approx(inverse @ matrix.T @ full @ matrix @ inverse, rel=1e-9)
    assert trace == pytest.approx(np.trace(matrix @ inverse @ matrix.T @ full))
    for m in (1, 2, 7):
        ones = 0.4 ** np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
        assert sum_variance(m, 0.4) == pytest.approx(ones.sum())


def test_autocorrelation_counts_above_0_2_or_when_it_is_certain() -> None:
    assert counted(0.19, 12) == 0.0
    assert counted(0.21, 12) == 0.21
    assert counted(0.12, 300) == 0.12  # limit 1.645 / sqrt(300) = 0.095
    assert counted(0.09, 300) == 0.0
    assert counted(-0.5, 300) == 0.0
    assert independent_rows(300, 0.35) == pytest.approx(300 * 0.65 / 1.35)
