"""Readings of one point as arrays, for whatever looks at many of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.reading import Quality

Instants = NDArray[np.int64]
"""Milliseconds since 1970 UTC."""
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Readings of one point, ordered by instant. All arrays have one length, which may be 0.

    Readings of one instant stand side by side, equal ones once, conflicting ones ordered by value.
    """

    point: str
    at: Instants
    value: Floats
    """NaN where the reading has no value."""
    quality: NDArray[np.uint8]
    """`Quality` numbers."""
    words: NDArray[np.uint64] | None = None
    """Register words of the readings that have a value, as in `Reading.words`; None: none are given."""

    def __len__(self) -> int:
        return len(self.at)

    @property
    def has_value(self) -> Bools:
        """Say which readings carry a value."""
        found: Bools = (self.quality < Quality.NO_ANSWER) & np.isfinite(self.value)
        return found

    def between(self, since: int, until: int) -> Series:
        """Return the readings in [since, until), as views."""
        first, end = np.searchsorted(self.at, [since, until])
        return Series(
            point=self.point,
            at=self.at[first:end],
            value=self.value[first:end],
            quality=self.quality[first:end],
            words=None if self.words is None else self.words[first:end],
        )


def no_series(point: str) -> Series:
    """Return the readings of a point that has none."""
    return Series(point=point, at=np.empty(0, np.int64), value=np.empty(0), quality=np.empty(0, np.uint8))


def series_of(point: str, at: Instants, value: Floats, quality: NDArray[np.uint8]) -> Series:
    """Return readings that came in any order, some more than once, as a series."""
    value = value + 0.0  # -0.0 and 0.0 are one value, whichever came first
    order = np.lexsort((quality, value, at))
    at, value, quality = at[order], value[order], quality[order]
    if len(at) > 1:
        equal = value[1:] == value[:-1]
        both_missing = np.isnan(value[1:]) & np.isnan(value[:-1])
        # Of one instant, equal values are one reading, and the better quality (first) counts.
        again = (at[1:] == at[:-1]) & (equal | both_missing)
        keep = np.concatenate(([True], ~again))
        at, value, quality = at[keep], value[keep], quality[keep]
    return Series(point=point, at=at, value=value, quality=quality)
