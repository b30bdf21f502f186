"""Least squares, and what residuals that follow each other do to its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from domain.series import Floats

DEPENDENT = 1e-8
"""Smallest over largest singular value of the scaled columns from which they count as dependent."""
COUNTED_FROM = 0.2
"""Lag-1 autocorrelation above which n' replaces n (METHOD 4.5)."""
ONE_SIDED_5_PERCENT = 1.645


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """Ordinary least squares of n rows on p columns, the constant among them."""

    coefficients: Floats
    inverse: Floats
    """(X'X)^-1, p x p."""
    residuals: Floats
    squares: float
    """Sum of the squared residuals; never below what rounding leaves."""
    total: float
    """Sum of the squared deviations from the mean."""

    @property
    def degrees_of_freedom(self) -> int:
        """Return n - p."""
        return len(self.residuals) - len(self.coefficients)

    @property
    def residual_sd(self) -> float:
        """Return s, the root of squares / (n - p)."""
        return sqrt(self.squares / self.degrees_of_freedom)


def regress(design: Floats, y: Floats) -> Regression:
    """Return the least-squares fit by QR of the scaled columns; they must not be dependent."""
    scale = np.sqrt((design**2).sum(axis=0))
    q, r = np.linalg.qr(design / scale)
    coefficients = np.linalg.solve(r, q.T @ y) / scale
    root = np.linalg.solve(r, np.eye(len(scale))) / scale[:, None]
    residuals = y - design @ coefficients
    # A perfect fit leaves rounding, not 0: F, R2 and p-values stay finite.
    rounding = len(y) * float(np.finfo(np.float64).eps * np.abs(y).max(initial=1.0)) ** 2
    return Regression(
        coefficients=coefficients,
        inverse=root @ root.T,
        residuals=residuals,
        squares=max(float(residuals @ residuals), rounding),
        total=float(((y - y.mean()) ** 2).sum()),
    )


def dependent_columns(design: Floats) -> tuple[int, ...]:
    """Return the columns that are a combination of each other, none when every coefficient can be found."""
    scale = np.sqrt((design**2).sum(axis=0))
    if not scale.all():
        return tuple(int(column) for column in np.flatnonzero(scale == 0))
    _, singular, right = np.linalg.svd(design / scale, full_matrices=False)
    if singular[-1] > DEPENDENT * singular[0]:
        return ()
    direction = np.abs(right[-1])
    return tuple(int(column) for column in np.flatnonzero(direction > 0.05 * direction.max()))


# autocorrelation


def lag_one(residuals: Floats) -> float:
    """Return the lag-1 autocorrelation of residuals in order of time."""
    squares = float(residuals @ residuals)
    return float(residuals[1:] @ residuals[:-1]) / squares if squares > 0 else 0.0


def durbin_watson(residuals: Floats) -> float:
    """Return the Durbin-Watson statistic; 2 for residuals that are all 0."""
    squares = float(residuals @ residuals)
    return float((np.diff(residuals) ** 2).sum()) / squares if squares > 0 else 2.0


def counted(autocorrelation: float, rows: int) -> float:
    """Return the autocorrelation to reckon with: 0 unless above 0.2 or significantly above 0.

    METHOD 4.5 counts it above 0.2. With a year of days even 0.15 is certain and widens a sum by 16 %, so it
    counts too from its one-sided 5 % limit, 1.645 / sqrt(n), when that is the lower one.
    """
    limit = min(COUNTED_FROM, ONE_SIDED_5_PERCENT / sqrt(rows))
    return autocorrelation if autocorrelation > limit else 0.0


def independent_rows(rows: float, autocorrelation: float) -> float:
    """Return n' = n (1 - rho) / (1 + rho)."""
    return rows * (1 - autocorrelation) / (1 + autocorrelation)


def sum_variance(rows: float, autocorrelation: float) -> float:
    """Return the variance of a sum of m residuals over that of one, correlated as rho^|i - j|.

    m (1 + rho) / (1 - rho) - 2 rho (1 - rho^m) / (1 - rho)^2: m * n / n' for large m, 1 for m = 1.
    """
    rho = autocorrelation
    ends = 2 * rho * (1 - rho**rows) / (1 - rho) ** 2 if rho else 0.0
    return max(rows * (1 + rho) / (1 - rho) - ends, 0.0)


def correlated(design: Floats, inverse: Floats, autocorrelation: float) -> tuple[Floats, float]:
    """Return the covariance of the coefficients over the residual variance, and the trace of H R.

    (X'X)^-1 X'RX (X'X)^-1 with R = rho^|i - j|; squares / (n - trace) estimates the residual variance without
    bias. Without autocorrelation they are (X'X)^-1 and p. Multiplying (X'X)^-1 by n / n' instead is right for
    the constant only: it makes intervals too wide when output is far from its mean.
    """
    if autocorrelation == 0:
        return inverse, float(design.shape[1])
    n = len(design)
    kernel = autocorrelation ** np.abs(np.arange(1 - n, n))
    smoothed = np.column_stack([np.convolve(column, kernel)[n - 1 : 2 * n - 1] for column in design.T])
    inner = inverse @ (design.T @ smoothed)
    return inner @ inverse, float(np.trace(inner))
