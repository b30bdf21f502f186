"""Rows of a model: gas and relevant variables of a process, one row a day, week or month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.periods import PeriodKind
from domain.series import Bools, Floats, Instants


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelRows:
    """n rows, ordered, without overlap."""

    process: str
    interval: PeriodKind
    since: Instants
    until: Instants
    gas: Floats
    """Nm3; NaN where it is not known."""
    variables: tuple[str, ...]
    """Names of the columns of `x`; "output" first."""
    x: Floats
    """n x p, without the constant; NaN where not known."""
    coverage: Floats
    """Of gas and output, the worse, 0 to 1."""
    is_complete: Bools
    """False for a row that is not over yet or has windows without an amount."""

    def __len__(self) -> int:
        return len(self.since)

    @property
    def output(self) -> Floats:
        """Return the first column."""
        found: Floats = self.x[:, 0]
        return found

    @property
    def is_known(self) -> Bools:
        """Say which rows have gas and every variable."""
        found: Bools = np.isfinite(self.gas) & np.isfinite(self.x).all(axis=1)
        return found

    @property
    def is_operating(self) -> Bools:
        """Say which rows have output; the others are standing rows."""
        found: Bools = self.output > 0
        return found

    def pick(self, chosen: slice | NDArray[np.bool_]) -> ModelRows:
        """Return some of the rows."""
        return ModelRows(
            process=self.process,
            interval=self.interval,
            since=self.since[chosen],
            until=self.until[chosen],
            gas=self.gas[chosen],
            variables=self.variables,
            x=self.x[chosen],
            coverage=self.coverage[chosen],
            is_complete=self.is_complete[chosen],
        )
