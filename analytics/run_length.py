"""How many steps a chart takes to its alarm, on the average, by the integral equation of the run length.

x is independent and normal with SD 1; the equation is solved at Gauss-Legendre nodes (Crosier 1986,
Lucas and Crosier 1982, Crowder 1987).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from domain.series import Floats

_NODES = 30
_GAUSS_HERMITE = 5


def cusum_run_length(*, allowance: float, threshold: float, shift: float = 0.0) -> float:
    """Return the ARL of the two-sided CUSUM from 0, for a shift in SDs: 1/L = 1/L+ + 1/L-."""
    upper = _run_lengths(allowance, threshold, shift)[0]
    lower = _run_lengths(allowance, threshold, -shift)[0]
    return float(1.0 / (1.0 / upper + 1.0 / lower))


def cusum_threshold(*, allowance: float, run_length: float) -> float:
    """Return h for a two-sided in-control ARL; 0.01 where even that is too rare an alarm."""
    low, high = 0.01, 1.0
    if cusum_run_length(allowance=allowance, threshold=low) >= run_length:
        return low
    while cusum_run_length(allowance=allowance, threshold=high) < run_length:
        high *= 1.5
    while high - low > 1e-7:
        middle = 0.5 * (low + high)
        if cusum_run_length(allowance=allowance, threshold=middle) < run_length:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def cusum_delay(
    *, allowance: float, threshold: float, first_shift: float, shift: float, reference_rows: float
) -> float:
    """Return the mean steps from the onset of a lasting rise to the upward alarm, the alarming one included.

    The chart has run in control for long before (its state is quasi-stationary, not 0). `first_shift` is that
    of the first step, `shift` of those that follow. The level was learned from `reference_rows` rows, so that
    the shift is seen with an error of SD 1/sqrt(rows).
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_GAUSS_HERMITE)
    total = 0.0
    for node, weight in zip(nodes / np.sqrt(reference_rows), weights / weights.sum(), strict=True):
        before = _quasi_stationary(allowance, threshold, node)
        kernel = _kernel(allowance, threshold, first_shift + node)
        after = _run_lengths(allowance, threshold, shift + node)
        total += weight * float(before @ (1.0 + kernel @ after))
    return float(total)


def ewma_run_length(*, share: float, width: float, shift: float = 0.0) -> float:
    """Return the ARL of the EWMA from 0 with its limits at their final width, for a shift in SDs."""
    limit = width * np.sqrt(share / (2.0 - share))
    nodes, weights = _gauss_legendre(4 * _NODES)
    nodes, weights = nodes * limit, weights * limit
    step = (nodes[None, :] - (1.0 - share) * nodes[:, None]) / share - shift
    lengths = np.linalg.solve(np.eye(nodes.size) - weights * _density(step) / share, np.ones(nodes.size))
    return float(1.0 + (weights * _density(nodes / share - shift) / share) @ lengths)


@lru_cache(maxsize=2)
def _gauss_legendre(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)


def _nodes(threshold: float) -> tuple[Floats, Floats]:
    """Return the states of one side, 0 first, and the weights of those above 0."""
    nodes, weights = _gauss_legendre(_NODES)
    return np.concatenate(([0.0], 0.5 * threshold * (nodes + 1.0))), 0.5 * threshold * weights


def _kernel(allowance: float, threshold: float, shift: float) -> Floats:
    """Return the probability of going from a state to another without an alarm, 0 first."""
    states, weights = _nodes(threshold)
    found = np.empty((states.size, states.size))
    found[:, 0] = ndtr(allowance - states - shift)
    found[:, 1:] = weights * _density(states[None, 1:] - states[:, None] + allowance - shift)
    return found


@lru_cache(maxsize=4096)
def _run_lengths(allowance: float, threshold: float, shift: float) -> Floats:
    """Return the one-sided ARL from each state, 0 first."""
    kernel = _kernel(allowance, threshold, shift)
    return np.asarray(np.linalg.solve(np.eye(len(kernel)) - kernel, np.ones(len(kernel))), dtype=np.float64)


def _quasi_stationary(allowance: float, threshold: float, shift: float) -> Floats:
    """Return the probability of each state of a chart that has run long without an alarm."""
    after: Floats = np.linalg.matrix_power(_kernel(allowance, threshold, shift), 128)[0]
    found: Floats = after / after.sum()
    return found


def _density(x: Floats) -> Floats:
    found: Floats = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
    return found
