"""Expected gas of each window by the approved baseline, so that figures finer than its rows have one too.

The part of a row that follows output goes where the output was; the rest of it is spread evenly over the
row's time. Over a complete row the windows add up to what the model says of it. A static factor that begins
amid a row holds in the windows from its instant on; the row as a whole has it by its share of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.hours import ProcessHours
from analytics.model import adjustments
from analytics.rows import SUMMED, ModelRows
from domain.ledger import StaticFactor
from domain.results import Baseline
from domain.series import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """n windows, Nm3; NaN where the model has no variables to go by."""

    base: Floats
    """Without regard to output."""
    marginal: Floats
    """By output."""

    @property
    def total(self) -> Floats:
        """Return base + marginal."""
        return self.base + self.marginal


def expectation(
    hours: ProcessHours, rows: ModelRows, baseline: Baseline, factors: Sequence[StaticFactor]
) -> Expectation:
    """Return the expected gas of each window, adjusted by the static factors.

    A row that is not over yet counts as operating once it has output; its variables are so far.
    """
    place = np.searchsorted(rows.since, hours.since, side="right") - 1
    length = (hours.until - hours.since).astype(np.float64)
    share = length / (rows.until - rows.since)[place]
    elapsed = _elapsed(rows, hours)
    by_row = np.full(len(rows), baseline.coefficients[0])
    others = zip(baseline.coefficients[2:], rows.variables[1:], rows.x.T[1:], strict=True)
    for coefficient, name, column in others:
        # A sum so far in an unfinished row is scaled up to the whole row: its share is taken of that.
        by_row = by_row + coefficient * (column / elapsed if name in SUMMED else column)
    output = np.where(np.isfinite(hours.output), hours.output, 0.0)
    so_far: Floats = np.bincount(place, weights=output, minlength=len(rows)).astype(np.float64)
    operating = (so_far > 0.0)[place]
    standing = baseline.standing_mean if baseline.standing_rows else np.nan
    base = np.where(operating, by_row[place] * share, standing * share)
    marginal = np.where(operating, baseline.coefficients[1] * hours.output, 0.0 * hours.output)
    multiplier, added = adjustments(hours.process, hours.since, hours.until, factors)
    return Expectation(base=base * multiplier + added, marginal=marginal * multiplier)


def _elapsed(rows: ModelRows, hours: ProcessHours) -> Floats:
    """Return the share of each row that the hours reach, above 0."""
    end = np.minimum(rows.until, hours.until[-1])
    found: Floats = np.maximum((end - rows.since) / (rows.until - rows.since), 1e-9)
    return found
