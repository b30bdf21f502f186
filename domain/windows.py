"""What a point did in each window: the consumption of a counter, the mean of anything else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from domain.series import Floats, Instants


class Grade(IntEnum):
    """How a figure is known, best first; the number is stored. A sum has the grade of its worst part."""

    MEASURED = 0
    BRIDGED = 1
    """Exact total; readings inside were bad or missing."""
    ESTIMATED = 2
    """A border of the window lies in a gap: the total over the gap is exact, its distribution is not."""
    MANUAL = 3
    """Typed in or imported by a person."""
    RESTATED = 4
    """Changed after its period was closed."""

    @property
    def code(self) -> str:
        """Return the name used in results and on pages."""
        return self.name.lower()


class Flag(IntFlag):
    """What is to be known about a window; the number is stored."""

    NONE = 0
    GAP = 1
    """No reading for longer than the gap limit."""
    BAD = 2
    """Readings without a value, or polls that left no reading, were bridged."""
    WRAP = 4
    """The counter started again from 0 at its modulus; counted through."""
    RESET = 8
    """The counter fell, or rose faster than its rated maximum, and nobody declared why: no amount."""
    EXCHANGE = 16
    """A declared meter event lies in the window; counted through."""
    CONFLICT = 32
    """Two different values for one instant."""
    STUCK = 64
    """A signal that always moves showed one value all along."""
    SPIKE = 128
    """A reading was left out as physically impossible beside its neighbours."""
    DOUBTFUL = 256
    """Instants were doubtful: the clock was set or not yet synchronised."""
    OPEN = 512
    """Readings do not reach the end of the window yet: amount and coverage are so far."""
    INTEGRATED = 1024
    """Power or flow over covered time: what passed in gaps is missing."""
    NO_CONDITIONS = 2048
    """A gas volume at actual conditions without temperature or pressure: no amount."""
    WRAPS_UNKNOWN = 4096
    """Time enough for one more turn of the register: how often it started again cannot be told: no amount."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windows:
    """Windows of one point, half-open [since, until), ordered, without overlap; arrays of one length."""

    point: str
    since: Instants
    until: Instants
    amount: Floats
    """Counter: consumption in the point's canonical unit; else: time-weighted mean. NaN: not known."""
    grade: NDArray[np.uint8]
    coverage: Floats
    """Share of the window in which the point was observed, 0 to 1."""
    flags: NDArray[np.uint16]
    minimum: Floats
    """Smallest value, NaN for a counter."""
    maximum: Floats

    def __len__(self) -> int:
        return len(self.since)

    def between(self, since: int, until: int) -> Windows:
        """Return the windows that begin in [since, until)."""
        first, end = np.searchsorted(self.since, [since, until])
        return self.pick(slice(int(first), int(end)))

    def pick(self, chosen: slice | NDArray[np.bool_]) -> Windows:
        """Return some of the windows."""
        return Windows(
            point=self.point,
            since=self.since[chosen],
            until=self.until[chosen],
            amount=self.amount[chosen],
            grade=self.grade[chosen],
            coverage=self.coverage[chosen],
            flags=self.flags[chosen],
            minimum=self.minimum[chosen],
            maximum=self.maximum[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowVersion:
    """What was said about one window, and when."""

    version: int
    """1 for the first figure of the closed window."""
    recorded: int
    """When this version got its figures."""
    until: int
    amount: float
    grade: Grade
    coverage: float
    flags: Flag


def no_windows(point: str) -> Windows:
    """Return the windows of a point that has none."""
    instants, floats = np.empty(0, np.int64), np.empty(0)
    return Windows(
        point=point,
        since=instants,
        until=instants,
        amount=floats,
        grade=np.empty(0, np.uint8),
        coverage=floats,
        flags=np.empty(0, np.uint16),
        minimum=floats,
        maximum=floats,
    )
