"""The threshold gives the false alarms that were asked for, and the delay that was told (METHOD 6)."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.calibration import Calibration, calibrate, shifts, slow_share, whitening
from analytics.drift import SPIKE_SD
from analytics.follow import at_baseline, in_sample, watched_rows, whitened
from analytics.level import DOWN, LEARNING_ROWS, NOTHING, UP, Watched, step
from analytics.rows import ModelRows
from analytics.run_length import cusum_threshold
from domain.results import Baseline
from tests.analytics.plants import BASE_ROWS, expected_of, fitted, plants, scatter, watched

SEEDS = 200
YEAR = 365
COMMON: dict[str, Any] = {
    "rows": 300,
    "parameters": 2,
    "autocorrelation": 0.3,
    "allowance": 0.5,
    "rows_per_year": 365.25,
}


def calibrated(baseline: Baseline, rate: float) -> Calibration:
    mean = baseline.gas / baseline.rows
    return calibrate(
        rows=baseline.rows,
        parameters=2,
        autocorrelation=baseline.autocorrelation,
        allowance=0.5,
        rows_per_year=365.25,
        false_alarms_per_year=rate,
        rise_sd=0.02 * mean / baseline.residual_sd,
    )


def charts(found: list[ModelRows], rate: float) -> tuple[NDArray[np.int64], list[float]]:
    """Return the events (rows x plants) of many watches at once, and the delay each was told."""
    columns, starts, calibrations = [], [], []
    for rows in found:
        baseline = fitted(rows)
        calibration = calibrated(baseline, rate)
        expected = expected_of(baseline, rows)
        _, scale = in_sample(rows, expected, rows.is_known, baseline)
        chosen = watched_rows(
            rows.since, rows.until, rows.gas, expected,
            baseline=baseline, scale=scale, is_watched=np.arange(len(rows)) >= BASE_ROWS,
        )  # fmt: skip
        columns.append(whitened(chosen, calibration.phi)[:2])
        starts.append(at_baseline(baseline, calibration.phi))
        calibrations.append(calibration)
    a, b = np.stack([each[0] for each in columns], axis=1), np.stack([each[1] for each in columns], axis=1)
    level, weight = np.array([s.level for s in starts]), np.array([s.weight for s in starts])
    state = Watched(
        level=level,
        weight=weight,
        rows=np.full(len(found), BASE_ROWS),
        start_level=level,
        start_weight=weight,
    )
    threshold = np.array([each.threshold for each in calibrations])
    phi = np.array([each.phi for each in calibrations])
    events, beyond = np.zeros(a.shape, dtype=np.int64), np.zeros(len(found))
    for row in range(len(a)):
        is_learning = state.rows < LEARNING_ROWS
        state, events[row], x = step(state, a[row] + phi * beyond, b[row], allowance=0.5, threshold=threshold)
        is_beyond = (np.abs(x) > SPIKE_SD) & ~np.asarray(state.is_open) & ~is_learning
        beyond = np.where(is_beyond, x - np.copysign(SPIKE_SD, x), 0.0)
    return events, [each.delay_rows for each in calibrations]


@pytest.mark.parametrize("phi", [0.0, 0.35])
@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_in_control_alarms_come_as_often_as_asked_for(phi: float, rate: float) -> None:
    """Each seed has its own baseline year, its own fit and threshold, then a year without any change."""
    found = plants(SEEDS, BASE_ROWS + YEAR, seed=1, phi=phi)
    events, _ = charts(found, rate)
    counts = np.isin(events, (UP, DOWN)).sum(axis=0) * 365.25 / YEAR
    error = counts.std(ddof=1) / np.sqrt(SEEDS)
    print(f"phi {phi} asked {rate} found {counts.mean():.3f} +- {error:.3f}")
    assert abs(counts.mean() - rate) < 2.5 * error
    assert error < 0.1 * np.sqrt(rate)


def test_the_watch_of_one_plant_alarms_where_the_charts_of_many_do() -> None:
    found = plants(5, BASE_ROWS + 2 * YEAR, seed=1, phi=0.35)
    events, _ = charts(found, 1.0)
    assert np.isin(events, (UP, DOWN)).sum() > 3
    for place, rows in enumerate(found):
        _, alerts, _ = watched(rows)
        ends = [
            int(rows.until[BASE_ROWS + row]) for row in np.flatnonzero(np.isin(events[:, place], (UP, DOWN)))
        ]
        assert [alert.detected for alert in alerts] == ends


def test_without_whitening_it_would_be_four_times_as_often() -> None:
    """The threshold for independent rows, on rows with phi 0.35: what the calibration is there to prevent."""
    threshold = cusum_threshold(allowance=0.5, run_length=365.25)
    x = scatter(np.random.default_rng(8), (YEAR, SEEDS), 0.35)
    ones = np.ones(SEEDS)
    state = Watched(level=0.0 * ones, weight=1e9 * ones, rows=1000 * ones, start_level=0.0, start_weight=1e9)
    alarms = 0
    for row in x:
        state, event, _ = step(state, row, 1.0, allowance=0.5, threshold=threshold)
        alarms += np.isin(event, (UP, DOWN)).sum()
    assert alarms / SEEDS > 3.0


@pytest.mark.parametrize("phi", [0.0, 0.35])
def test_a_rise_of_2_percent_is_found_after_the_rows_that_theory_tells(phi: float) -> None:
    onset = BASE_ROWS + 45
    events, told = charts(plants(SEEDS, onset + 120, seed=2, phi=phi, planted={onset: 0.02}), 1.0)
    before, after = events[:45], events[45:]
    is_quiet = (before == NOTHING).all(axis=0)  # the theory is for a chart that runs in control
    assert is_quiet.mean() > 0.8
    assert (after == UP).any(axis=0)[is_quiet].all()
    delays = 1 + np.argmax(after == UP, axis=0)[is_quiet]
    expected = float(np.mean(told))
    print(f"phi {phi}: mean delay {delays.mean():.2f} rows, told {expected:.2f}")
    assert delays.mean() == pytest.approx(expected, rel=0.15)


def test_a_rise_is_seen_whole_on_its_first_row_and_whitened_on_the_next() -> None:
    assert shifts(1.5, 0.0) == (1.5, 1.5)
    first, later = shifts(1.3, 0.35)
    assert first == pytest.approx(1.3 / np.sqrt(1 - 0.35**2))
    assert later == pytest.approx(first * 0.65)


def test_fewer_false_alarms_cost_a_longer_delay() -> None:
    often = calibrate(**COMMON, rise_sd=1.3, false_alarms_per_year=1.0)
    seldom = calibrate(**COMMON, rise_sd=1.3, false_alarms_per_year=0.5)
    assert seldom.threshold > often.threshold
    assert seldom.delay_rows > often.delay_rows
    assert often == calibrate(**COMMON, rise_sd=1.3, false_alarms_per_year=1.0)


def test_whitening_takes_the_bias_out_and_never_takes_a_negative_phi() -> None:
    assert whitening(-0.2, 300) == 0.0
    assert whitening(float("nan"), 300) == 0.0
    assert whitening(0.3, 300) == pytest.approx(91 / 297)
    assert whitening(0.99, 300) == 0.8


def test_a_season_in_the_residuals_is_found_and_an_ar_1_is_none() -> None:
    rng = np.random.default_rng(4)
    season = np.sqrt(0.5) * np.sin(2 * np.pi * np.arange(300) / 300)[:, None]
    seasonal = scatter(rng, (300, 100), 0.3) + season
    shares = [slow_share(column) for column in seasonal.T]
    assert np.mean([share > 0.0 for share in shares]) > 0.9
    assert np.mean(shares) == pytest.approx(0.25 / 1.25, abs=0.04)
    assert np.mean([slow_share(column) > 0.0 for column in scatter(rng, (300, 400), 0.35).T]) < 0.02
    with_season = calibrate(**COMMON, rise_sd=1.3, false_alarms_per_year=1.0, slow=0.1)
    assert with_season.threshold > calibrate(**COMMON, rise_sd=1.3, false_alarms_per_year=1.0).threshold
