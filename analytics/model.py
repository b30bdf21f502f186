"""Gas that a baseline expects of rows, with what dated static factors change about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.rows import ModelRows
from domain.ledger import StaticFactor
from domain.periods import DAY_MS
from domain.results import Baseline
from domain.series import Bools, Floats, Instants

COVERAGE = 0.90
"""Least share of time observed, of a row and of a baseline period (METHOD 4.3)."""


def usable(rows: ModelRows) -> Bools:
    """Say which rows a model is fitted to or held against: known, over, and observed for 90 % of the time.

    A row that is not over yet holds a part of its base load only, so it takes part in no saving.
    """
    found: Bools = rows.is_known & rows.is_complete & (rows.coverage >= COVERAGE)
    return found


def design(rows: ModelRows) -> Floats:
    """Return the rows' regressors, n x (p + 1), constant first."""
    return np.column_stack((np.ones(len(rows)), rows.x))


def expected(baseline: Baseline, rows: ModelRows) -> Floats:
    """Return the gas expected of each row, Nm3, before static factors.

    Operating rows by the model, standing rows by the mean of the baseline's standing rows. NaN: a variable is
    not known, the row is not over, the variables are not those of the baseline, or it stands and the baseline
    knows no standing rows.
    """
    if rows.variables != baseline.variables or rows.interval is not baseline.interval:
        return np.full(len(rows), np.nan)
    model = design(rows) @ np.array(baseline.coefficients)
    standing = baseline.standing_mean if baseline.standing_rows else np.nan
    found = np.where(rows.is_operating, model, standing)
    known = np.isfinite(rows.x).all(axis=1) & rows.is_complete
    return np.where(known, found, np.nan)


def adjusted(expected: Floats, rows: ModelRows, factors: Sequence[StaticFactor]) -> Floats:
    """Return expected * (1 + share) + nm3_per_day * days, for the part of each row inside a factor's span.

    Several factors work one on the result of the other, in the order in which they begin.
    """
    multiplier, amount = adjustments(rows.process, rows.since, rows.until, factors)
    return expected * multiplier + amount


def adjustments(
    process: str, since: Instants, until: Instants, factors: Sequence[StaticFactor]
) -> tuple[Floats, Floats]:
    """Return (multiplier, Nm3 to add) of the expected gas of spans, for the factors of a process."""
    length = (until - since).astype(np.float64)
    multiplier, amount = np.ones(len(since)), np.zeros(len(since))
    own = (factor for factor in factors if factor.process == process)
    for factor in sorted(own, key=lambda one: (one.since, one.share, one.nm3_per_day)):
        ends = until if factor.until is None else np.minimum(until, factor.until)
        inside = np.maximum(ends - np.maximum(since, factor.since), 0).astype(np.float64)
        scale = 1.0 + factor.share * inside / np.maximum(length, 1.0)
        multiplier, amount = multiplier * scale, amount * scale + factor.nm3_per_day * inside / DAY_MS
    return multiplier, amount
