"""Saving against a baseline, with its interval (METHOD 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from analytics.model import adjusted, adjustments, design, expected, usable
from analytics.regression import counted, independent_rows, sum_variance
from analytics.rows import ModelRows
from domain.ledger import StaticFactor
from domain.results import Baseline, Estimate
from domain.series import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Rows of a span as the model sees them, summed."""

    regressors: Floats
    """x*, constant first: the regressors of the operating rows, each times its static multiplier."""
    operating: float
    """Rows with output."""
    standing: float
    """Rows without output."""
    standing_weight: float
    """The same, each times its static multiplier."""
    added: float
    """Nm3 that static factors add."""

    def expected(self, baseline: Baseline) -> float:
        """Return the gas expected of all rows, Nm3."""
        model = float(self.regressors @ np.array(baseline.coefficients))
        return model + self.standing_weight * baseline.standing_mean + self.added


def comparable(baseline: Baseline, rows: ModelRows) -> ModelRows:
    """Return the rows that the baseline can be held against: usable and expected."""
    return rows.pick(usable(rows) & np.isfinite(expected(baseline, rows)))


def sums(rows: ModelRows, factors: Sequence[StaticFactor]) -> Sums:
    """Return the sums of comparable rows."""
    multiplier, added = adjustments(rows.process, rows.since, rows.until, factors)
    operating = rows.is_operating
    return Sums(
        regressors=(design(rows) * multiplier[:, None])[operating].sum(axis=0),
        operating=float(operating.sum()),
        standing=float((~operating).sum()),
        standing_weight=float(multiplier[~operating].sum()),
        added=float(added.sum()),
    )


def saving(
    baseline: Baseline, rows: ModelRows, factors: Sequence[StaticFactor] = (), confidence: float = 0.90
) -> Estimate | None:
    """Return S = sum(expected) - sum(actual) over the comparable rows; None without any, or without freedom.

    Standard error s * sqrt(m + x*'(X'X)^-1 x*) with Student's t of n - p. Autocorrelated residuals: n' - p
    degrees, and both terms for residuals correlated as rho^|i - j|. Standing rows add sd^2 * (m + m^2 / n) of
    their own, their degrees after Welch and Satterthwaite.
    """
    chosen = comparable(baseline, rows)
    if not len(chosen):
        return None
    total = sums(chosen, factors)
    variance, degrees = spread(
        baseline,
        regressors=total.regressors,
        operating=((1.0, total.operating),),
        standing=((1.0, total.standing),),
        standing_net=total.standing_weight,
    )
    value = float(adjusted(expected(baseline, chosen), chosen, factors).sum() - chosen.gas.sum())
    return interval(value, sqrt(variance), degrees, confidence)


def spread(
    baseline: Baseline,
    *,
    regressors: Floats,
    operating: Sequence[tuple[float, float]],
    standing: Sequence[tuple[float, float]],
    standing_net: float,
) -> tuple[float, float]:
    """Return (variance, degrees of freedom) of regressors' coefficients + standing_net * mean + noise.

    `operating` and `standing` are (weight, rows): each adds weight * (sum of so many residuals).
    """
    rho = counted(baseline.autocorrelation, baseline.rows)
    noise = baseline.residual_sd if baseline.noise_sd is None else baseline.noise_sd
    model = float(regressors @ covariance(baseline) @ regressors)
    model += noise**2 * sum(weight**2 * sum_variance(rows, rho) for weight, rows in operating)
    degrees = independent_rows(baseline.rows, rho) - len(baseline.coefficients)
    still = sum(weight**2 * rows for weight, rows in standing)
    still += standing_net**2 / max(baseline.standing_rows, 1)
    # One standing row says nothing about its scatter: that of the operating rows stands in.
    sd, freedom = (
        (baseline.standing_sd, baseline.standing_rows - 1) if baseline.standing_rows > 1 else (noise, degrees)
    )
    still *= sd**2
    if still > 0 and degrees > 0:
        degrees = (model + still) ** 2 / (model**2 / degrees + still**2 / freedom)
    return model + still, degrees


def covariance(baseline: Baseline) -> Floats:
    """Return the covariance of the coefficients, p x p."""
    if baseline.covariance:
        return np.array(baseline.covariance)
    return baseline.residual_sd**2 * np.array(baseline.inverse)


def interval(value: float, error: float, degrees: float, confidence: float) -> Estimate | None:
    """Return a value with its interval by Student's t; None with less than one degree of freedom."""
    if degrees < 1:
        return None
    half = float(stdtrit(degrees, 0.5 + confidence / 2)) * error
    return Estimate(
        value=value, low=value - half, high=value + half, confidence=confidence, standard_error=error
    )
