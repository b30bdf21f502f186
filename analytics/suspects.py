"""Which relevant variable or meter moved together with a drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, stdtrit

from domain.results import Suspect
from domain.series import Floats
from domain.windows import Flag

_ERROR = 0.05
"""Chance that anything is suspected where nothing moved, all variables together."""
_LEAST_BEFORE, _LEAST_AFTER = 20, 2
_REFERENCE_ROWS = 320
"""At most, before the onset: about a year of days."""
_AROUND = 2
"""Rows before and after the onset in which work on a meter is suspect."""
_LARGEST = 99.0
_RARE = (Flag.EXCHANGE, Flag.RESET)
_USUAL = (Flag.GAP, Flag.BAD, Flag.CONFLICT, Flag.STUCK, Flag.SPIKE, Flag.DOUBTFUL)


def suspects(
    variables: Mapping[str, Floats],
    meter_flags: NDArray[np.uint16] | None,
    *,
    first: int,
    end: int,
) -> tuple[Suspect, ...]:
    """Return what differs between rows [first, end) and those before, the largest change first.

    The mean of few rows of a variable that wanders has the variance of an AR(1) mean; limits are shared
    between the variables (Bonferroni).
    """
    before = slice(max(0, first - _REFERENCE_ROWS), first)
    tests = len(variables) + (0 if meter_flags is None else len(_USUAL))
    if tests == 0:
        return ()
    found: list[Suspect] = []
    for name in sorted(variables):
        moved = _moved(name, variables[name][before], variables[name][first:end], _ERROR / tests)
        found += [moved] if moved is not None else []
    if meter_flags is not None:
        found += _meter(meter_flags, before, first, end, _ERROR / tests)
    return tuple(sorted(found, key=lambda each: (-abs(each.deviations), each.variable)))


def _moved(name: str, before: Floats, after: Floats, error: float) -> Suspect | None:
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if before.size < _LEAST_BEFORE or after.size < _LEAST_AFTER:
        return None
    old, new, sd = float(before.mean()), float(after.mean()), float(before.std(ddof=1))
    change = new - old
    if sd <= 1e-9 * max(1.0, abs(old)):
        deviations = float(np.sign(change)) * _LARGEST
        is_moved = abs(change) > 1e-6 * max(1.0, abs(old))
        return Suspect(variable=name, before=old, after=new, deviations=deviations) if is_moved else None
    rho = float(np.clip(np.mean((before[1:] - old) * (before[:-1] - old)) / sd**2, 0.0, 0.98))
    error_sd = sd * np.sqrt(_mean_variance(before.size, rho) + _mean_variance(after.size, rho))
    freedom = max(3.0, before.size * (1.0 - rho) / (1.0 + rho) - 1.0)
    if abs(change) <= error_sd * float(stdtrit(freedom, 1.0 - error / 2.0)):
        return None
    deviations = float(np.clip(change / sd, -_LARGEST, _LARGEST))
    return Suspect(variable=name, before=old, after=new, deviations=deviations)


def _mean_variance(rows: int, rho: float) -> float:
    """Return the variance of the mean of so many rows of an AR(1) of variance 1."""
    lag = np.arange(1, rows)
    return float((1.0 + 2.0 * np.sum((1.0 - lag / rows) * rho**lag)) / rows)


def _meter(flags: NDArray[np.uint16], before: slice, first: int, end: int, error: float) -> Iterator[Suspect]:
    """Yield work on a meter about the onset, and troubles that are more frequent since."""
    around = slice(max(0, first - _AROUND), min(end, first + _AROUND + 1))
    rows = len(flags[before])
    for flag in (*_RARE, *_USUAL):
        old = float(np.count_nonzero(flags[before] & flag))
        share = (old + 0.5) / (rows + 1.0)
        since = flags[around] if flag in _RARE else flags[first:end]
        new = int(np.count_nonzero(since & flag))
        chance = 0.0 if flag in _RARE else float(bdtrc(new - 1, len(since), share)) if new else 1.0
        if new and chance < error:
            after = new / len(since)
            deviations = (after - share) / np.sqrt(share * (1.0 - share))
            yield Suspect(
                variable=f"meter.{str(flag.name).lower()}",
                before=old / max(1, rows),
                after=after,
                deviations=float(min(_LARGEST, deviations)),
            )
