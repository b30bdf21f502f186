"""The threshold that gives the false alarms a year that were asked for, with the residuals' autocorrelation.

Residuals are whitened as AR(1). SD and autocorrelation are estimates from the n rows of a baseline, and an
alarm changes what is watched afterwards: both change the rate. So the whole procedure, from the fit of a
baseline to what follows an alarm, runs on simulated in-control rows, and h is read off where it alarms as
often as asked for. Deterministic: the random numbers are always the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from analytics.drift import Value
from analytics.level import DOWN, UP, step, watched
from analytics.run_length import cusum_delay, cusum_threshold
from domain.series import Floats

PLANTS = 1000
"""Simulated baselines."""
LARGEST_PHI = 0.8
_OFFSETS = (-0.5, 0.25, 1.5)
"""Thresholds that are tried, from the one for known parameters."""
_SEED = 20_240_101
_GRID = 0.1
_SLOW_LAGS = range(8, 31)
_SLOW_GRID = 0.02
_LARGEST_SLOW = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a process is watched."""

    threshold: float
    """h, in SDs of the whitened residuals."""
    phi: float
    """By which they are whitened."""
    delay_rows: float
    """Mean rows from the onset of a lasting rise to its alarm."""


def slow_share(residuals: Floats) -> float:
    """Return the share of the variance that wanders over weeks, as a season that the model has not.

    The mean autocorrelation over lags at which an AR(1) has none left; within 3 standard errors of 0 it is 0.
    """
    rows = len(residuals)
    if rows < 3 * _SLOW_LAGS.stop:
        return 0.0
    square = float(residuals @ residuals)
    correlations = [float(residuals[lag:] @ residuals[:-lag]) / square for lag in (1, *_SLOW_LAGS)]
    phi = min(max(correlations[0], 0.0), LARGEST_PHI)
    found = float(np.mean(correlations[1:])) + 1.0 / rows
    error = (1.0 + phi) / (1.0 - phi) / float(np.sqrt(rows * len(_SLOW_LAGS)))
    return min(found, _LARGEST_SLOW) if found > 3.0 * error else 0.0


def whitening(autocorrelation: float, rows: int) -> float:
    """Return phi from the lag-1 autocorrelation of n residuals: 0 to 0.8.

    The bias of the estimate is removed (Marriott and Pope 1954).
    """
    if not np.isfinite(autocorrelation):
        return 0.0
    return float(np.clip(_unbiased(autocorrelation, rows), 0.0, LARGEST_PHI))


def calibrate(
    *,
    rows: int,
    parameters: int,
    autocorrelation: float,
    allowance: float,
    rows_per_year: float,
    false_alarms_per_year: float,
    rise_sd: float,
    slow: float = 0.0,
) -> Calibration:
    """Return how to watch with a baseline of so many rows; `rise_sd` is the rise whose delay is told.

    `slow` is the share of the residuals' variance that wanders with the seasons.
    """
    phi = whitening(autocorrelation, rows)
    threshold = _threshold(
        rows=rows,
        parameters=parameters,
        phi=round(round(phi / _GRID) * _GRID, 2),  # h hardly depends on phi once whitened
        slow=round(round(slow / _SLOW_GRID) * _SLOW_GRID, 2),
        allowance=allowance,
        rows_per_year=round(rows_per_year, 1),
        false_alarms_per_year=false_alarms_per_year,
    )
    first, later = shifts(rise_sd, phi)
    delay = cusum_delay(
        allowance=allowance, threshold=threshold, first_shift=first, shift=later, reference_rows=rows
    )
    return Calibration(threshold=threshold, phi=phi, delay_rows=delay)


def shifts(rise_sd: float, phi: float) -> tuple[float, float]:
    """Return what a lasting rise is after whitening, in SDs: on its first row and on those that follow."""
    whole = rise_sd / np.sqrt(1.0 - phi * phi)
    return float(whole), float(whole * (1.0 - phi))


@lru_cache(maxsize=256)
def _threshold(
    *,
    rows: int,
    parameters: int,
    phi: float,
    slow: float,
    allowance: float,
    rows_per_year: float,
    false_alarms_per_year: float,
) -> float:
    """Return h, rounded to 0.001: the last bits of a solver differ from machine to machine."""
    run_length = max(2.0, rows_per_year / false_alarms_per_year)
    known = cusum_threshold(allowance=allowance, run_length=run_length)
    tried = known + np.array(_OFFSETS)
    tried = np.maximum(tried, 0.01)
    watched_rows = round(min(max(run_length, 100.0), 400.0))
    x = _residuals(rows + watched_rows, phi, slow, rows_per_year)
    rates = rows_per_year * false_alarm_rates(x, tried, rows=rows, parameters=parameters, allowance=allowance)
    wanted = np.log(false_alarms_per_year)
    # The logarithm of the rate falls nearly straight in h; np.interp wants it rising.
    found = np.interp(-wanted, -np.log(np.maximum(rates, 1e-9)), tried)
    return round(float(found), 3)


def false_alarm_rates(
    x: Floats, thresholds: Floats, *, rows: int, parameters: int, allowance: float
) -> Floats:
    """Return alarms a row in control for each threshold; a column of `x` is a plant, its baseline first.

    The error of the constant is in the residuals' mean; that of the other coefficients comes and goes with
    the relevant variables, and makes residuals after the baseline larger than in it.
    """
    base = x[:rows]
    residual = base - base.mean(axis=0)
    square = (residual**2).sum(axis=0)
    sd = np.sqrt(square / (rows - 1))
    own = (residual[1:] * residual[:-1]).sum(axis=0) / square
    used = np.clip(_unbiased(own, rows), 0.0, LARGEST_PHI)
    wider = 1.0 + (parameters - 1) / rows
    r = (x - base.mean(axis=0)) / sd * np.sqrt(wider)
    a = (r[rows:] - used * r[rows - 1 : -1]) / np.sqrt(1.0 - used * used)
    shape = (x.shape[1], thresholds.size)
    state = watched(np.zeros(shape), np.full(shape, float(rows)), np.full(shape, rows))
    alarms = np.zeros(shape)
    for row in a:
        state, event, _ = step(state, row[:, None], 1.0, allowance=allowance, threshold=thresholds)
        alarms += (event == UP) | (event == DOWN)
    found: Floats = alarms.mean(axis=0) / len(a)
    return found


def _unbiased(autocorrelation: Value, rows: int) -> Value:
    return (rows * autocorrelation + 1.0) / max(1, rows - 3)


def _residuals(rows: int, phi: float, slow: float, rows_per_year: float) -> Floats:
    """Return residuals of lag-1 autocorrelation phi, of which a share is a season of random phase."""
    if slow == 0.0:
        return _autoregressive(rows, PLANTS, phi)
    rest = max(0.0, (phi - slow) / (1.0 - slow))
    turn = np.arange(rows)[:, None] / rows_per_year + (np.arange(PLANTS) + 0.5) / PLANTS
    season: Floats = np.sqrt(2.0 * slow) * np.sin(2.0 * np.pi * turn)
    found: Floats = np.sqrt(1.0 - slow) * _autoregressive(rows, PLANTS, rest) + season
    return found


def _autoregressive(rows: int, columns: int, phi: float) -> Floats:
    """Return stationary AR(1) of SD 1 down each column; from raw bits, which no release of numpy changes."""
    bits = np.random.PCG64(_SEED).random_raw(rows * columns) >> np.uint64(11)
    found: Floats = ndtri((bits.astype(np.float64) + 0.5) * 2.0**-53).reshape(rows, columns)
    gain = np.sqrt(1.0 - phi * phi)
    for row in range(1, rows):
        found[row] = phi * found[row - 1] + gain * found[row]
    return found
