"""Average run lengths against the tables of METHOD 6."""

import numpy as np
import pytest

from analytics.drift import Cusum, cusum
from analytics.run_length import cusum_delay, cusum_run_length, cusum_threshold, ewma_run_length

SHIFTS = (0.0, 0.5, 1.0, 2.0)
SHEWHART = 370.398
"""What is called 370: the run length of 3-sigma limits, 1/0.0026998."""


@pytest.mark.parametrize(
    ("allowance", "threshold", "expected"),
    [
        (0.5, 4.0, (167.68, 26.63, 8.38, 3.34)),
        (0.5, 5.0, (465.44, 38.00, 10.38, 4.01)),
        (0.25, 8.01, (370.33, 28.80, 11.41, 5.2)),
    ],
)
def test_run_length_of_the_cusum(allowance: float, threshold: float, expected: tuple[float, ...]) -> None:
    for shift, length in zip(SHIFTS, expected, strict=True):
        found = cusum_run_length(allowance=allowance, threshold=threshold, shift=shift)
        digits = 0.05 if length == 5.2 else 0.005
        assert found == pytest.approx(length, abs=digits)


@pytest.mark.parametrize(
    ("share", "width", "expected"),
    [(0.1, 2.7, (368.99, 28.19, 9.73, 4.18)), (0.2, 2.962, (499.74, 41.76, 10.54, 3.74))],
)
def test_run_length_of_the_ewma(share: float, width: float, expected: tuple[float, ...]) -> None:
    for shift, length in zip(SHIFTS, expected, strict=True):
        assert ewma_run_length(share=share, width=width, shift=shift) == pytest.approx(length, abs=0.005)


@pytest.mark.parametrize(
    ("allowance", "run_length", "threshold"),
    [(0.5, SHEWHART, 4.775), (0.5, 500, 5.071), (0.5, 1000, 5.757),
     (0.25, SHEWHART, 8.010), (0.25, 500, 8.585), (0.25, 1000, 9.931)],
)  # fmt: skip
def test_threshold_for_a_wanted_run_length(allowance: float, run_length: float, threshold: float) -> None:
    found = cusum_threshold(allowance=allowance, run_length=run_length)
    assert found == pytest.approx(threshold, abs=0.0006)


def test_autocorrelation_makes_465_rows_97() -> None:
    rng, phi, charts = np.random.default_rng(11), 0.3, 2000
    x, state = rng.normal(size=charts), Cusum()
    lengths = np.zeros(charts)
    running = np.ones(charts, dtype=bool)
    while running.any():
        lengths += running
        state, alert = cusum(state, x, allowance=0.5, threshold=5.0)
        running &= alert == 0
        x = phi * x + np.sqrt(1.0 - phi**2) * rng.normal(size=charts)
    error = lengths.std() / np.sqrt(charts)
    assert abs(lengths.mean() - 97.0) < 3.0 * error


def test_delay_from_a_running_chart_is_what_a_simulation_finds() -> None:
    rng, charts = np.random.default_rng(3), 20_000
    state, delay = Cusum(), np.zeros(charts)
    for _ in range(40):  # in control; a chart that alarms starts again
        state, alert = cusum(state, rng.normal(size=charts), allowance=0.5, threshold=4.5)
        state = Cusum(upper=np.where(alert == 0, state.upper, 0.0), lower=0.0)
    running, shift = np.ones(charts, dtype=bool), 1.5
    while running.any():
        delay += running
        state, alert = cusum(state, shift + rng.normal(size=charts), allowance=0.5, threshold=4.5)
        running &= alert != 1
        shift = 1.0
    expected = cusum_delay(allowance=0.5, threshold=4.5, first_shift=1.5, shift=1.0, reference_rows=1e9)
    assert abs(delay.mean() - expected) < 3.0 * delay.std() / np.sqrt(charts)
