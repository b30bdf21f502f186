"""Runs of neighbouring windows that share something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.series import Bools, Floats
from domain.windows import Windows


@dataclass(frozen=True, slots=True)
class Run:
    """Windows [first, end) of a point."""

    windows: Windows
    first: int
    end: int

    @property
    def since(self) -> int:
        """Return when the first window begins."""
        return int(self.windows.since[self.first])

    @property
    def until(self) -> int:
        """Return when the last window ends."""
        return int(self.windows.until[self.end - 1])

    @property
    def lasts(self) -> bool:
        """Say whether nothing is known of any later window."""
        return not np.isfinite(self.windows.amount[self.end :]).any()

    def of(self, values: Floats) -> Floats:
        """Return the part of an array of all windows that belongs to the run."""
        return values[self.first : self.end]


def runs(windows: Windows, chosen: Bools, *, bridge_ms: int = 0) -> Iterator[Run]:
    """Give the runs of chosen windows, in order; two that are no farther apart than `bridge_ms` are one."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return
    breaks = windows.since[places[1:]] - windows.until[places[:-1]] > bridge_ms
    firsts = places[np.concatenate(([True], breaks))]
    ends = places[np.concatenate((breaks, [True]))] + 1
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        yield Run(windows, first, end)
