"""Steps of the charts against Montgomery and NIST (METHOD 6)."""

import numpy as np
import pytest

from analytics.drift import Cusum, Ewma, cusum, cusum_shift, ewma, ewma_limit, is_spike

MONTGOMERY = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
    9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip
NIST = [
    52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
    49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
]  # fmt: skip
NIST_EWMA = [
    50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33,
    50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
]  # fmt: skip


def test_cusum_of_montgomery_alarms_at_29_with_onset_23() -> None:
    state, alerts, uppers = Cusum(), [], []
    for value in MONTGOMERY[:29]:
        state, alert = cusum(state, value - 10.0, allowance=0.5, threshold=5.0)
        alerts.append(int(alert))
        uppers.append(float(state.upper))
    assert round(uppers[27], 2) == 4.47
    assert round(uppers[28], 2) == 5.28
    assert alerts == [0] * 28 + [1]
    assert state.upper_rows == 7
    assert 29 - state.upper_rows + 1 == 23
    shifted = 10.0 + cusum_shift(state.upper, state.upper_rows, allowance=0.5)
    assert shifted == pytest.approx(11.2543, abs=1e-4)


def test_ewma_of_montgomery_alarms_at_29() -> None:
    state, alerts, means = Ewma(), [], []
    for value in MONTGOMERY:
        state, alert = ewma(state, value - 10.0, share=0.1, width=2.7)
        alerts.append(int(alert))
        means.append(10.0 + state.mean)
    assert means[27] == pytest.approx(10.57314, abs=5e-6)
    assert means[28] == pytest.approx(10.64682, abs=5e-6)
    assert 10.0 + ewma_limit(29, share=0.1, width=2.7) == pytest.approx(10.61873, abs=5e-6)
    assert alerts[:29] == [0] * 28 + [1]


def test_ewma_of_nist_stays_between_its_limits() -> None:
    state = Ewma()
    for value, expected in zip(NIST, NIST_EWMA, strict=True):
        state, alert = ewma(state, (value - 50.0) / 2.0539, share=0.3, width=3.0)
        assert 50.0 + 2.0539 * state.mean == pytest.approx(expected, abs=0.0051)
        assert alert == 0
    # The handbook gives the final width, to which the exact limits grow.
    final = 2.0539 * ewma_limit(1000, share=0.3, width=3.0)
    assert 50.0 + final == pytest.approx(52.588432, abs=5e-5)
    assert 50.0 - final == pytest.approx(47.411568, abs=5e-5)


def test_many_charts_run_at_once_as_they_run_alone() -> None:
    x = np.random.default_rng(5).normal(0.3, 1.0, (60, 3))
    together = Cusum()
    alone = [Cusum() for _ in range(3)]
    for row in x:
        together, alerts = cusum(together, row, allowance=0.5, threshold=4.0)
        for place in range(3):
            alone[place], alert = cusum(alone[place], row[place], allowance=0.5, threshold=4.0)
            assert alone[place].upper == together.upper[place]
            assert alone[place].lower_rows == together.lower_rows[place]
            assert alert == alerts[place]


def test_a_fall_alarms_as_a_rise_does_with_the_other_sign() -> None:
    up, down = Cusum(), Cusum()
    for value in MONTGOMERY[:29]:
        up, rise = cusum(up, value - 10.0, allowance=0.5, threshold=5.0)
        down, fall = cusum(down, 10.0 - value, allowance=0.5, threshold=5.0)
        assert rise == -fall
    assert fall == -1


def test_three_sigma_is_no_spike_and_a_little_more_is_one() -> None:
    assert is_spike(np.array([3.0, -3.0, 3.01, -3.01, 0.0])).tolist() == [False, False, True, True, False]
