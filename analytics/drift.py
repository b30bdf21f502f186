"""Control charts as pure steps, (state, x) -> (state, alert): CUSUM, EWMA, 3 sigma.

Every state and x may be a float or an array: many charts then run at once. x is standardised: mean 0, SD 1
in control. Montgomery, Introduction to Statistical Quality Control, ch. 9; NIST handbook 6.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Value: TypeAlias = Any
"""A float, or an array of them: the formulas are the same."""
SPIKE_SD = 3.0
"""A single row farther out than this is a spike."""


def choose(condition: Value, yes: Value, no: Value) -> Value:
    """Return np.where for arrays, the same at a tenth of its time for single values."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, yes, no)
    return yes if condition else no


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """Both sides of a tabular CUSUM, and how many steps each has been above 0."""

    upper: Value = 0.0
    lower: Value = 0.0
    upper_rows: Value = 0
    lower_rows: Value = 0


def cusum(state: Cusum, x: Value, *, allowance: float, threshold: Value) -> tuple[Cusum, Value]:
    """Return the next state and 1 for an upward, -1 for a downward alarm, else 0.

    The onset is the first step of the current run: `rows` steps back, this one included.
    """
    upper = state.upper + x - allowance
    lower = -allowance - x + state.lower
    upper = choose(upper > 0.0, upper, 0.0)
    lower = choose(lower > 0.0, lower, 0.0)
    moved = Cusum(
        upper=upper,
        lower=lower,
        upper_rows=choose(upper > 0.0, state.upper_rows + 1, 0),
        lower_rows=choose(lower > 0.0, state.lower_rows + 1, 0),
    )
    alert = choose(upper > threshold, 1, choose(lower > threshold, -1, 0))
    return moved, alert


def cusum_shift(value: float, rows: int, *, allowance: float) -> float:
    """Return the estimated shift at an alarm, in SDs: k + C/N (Montgomery 9.1)."""
    return allowance + value / rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """An exponentially weighted mean and how many steps it has seen."""

    mean: Value = 0.0
    rows: Value = 0


def ewma(state: Ewma, x: Value, *, share: float, width: float) -> tuple[Ewma, Value]:
    """Return the next state and 1, -1 or 0, by the limits that hold at this step."""
    moved = Ewma(mean=share * x + (1.0 - share) * state.mean, rows=state.rows + 1)
    limit = ewma_limit(moved.rows, share=share, width=width)
    return moved, choose(moved.mean > limit, 1, choose(moved.mean < -limit, -1, 0))


def ewma_limit(rows: Value, *, share: float, width: float) -> Value:
    """Return the exact limit after so many steps, in SDs of x: L sqrt(l/(2-l) (1-(1-l)^2t))."""
    return width * (share / (2.0 - share) * (1.0 - (1.0 - share) ** (2 * rows))) ** 0.5


def is_spike(x: Value) -> Value:
    """Say whether a single value lies more than 3 SD out."""
    return abs(x) > SPIKE_SD
