"""What "at least 2 % a year on average" promises for a year, read in three ways (METHOD 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.method import TargetMethod, TargetReading
from domain.results import Reading2Percent

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Intensity allowed in a year and in the target year, by the reading that commits the plant."""

    target: float | None
    final: float | None
    codes: tuple[str, ...] = ()
    """Why a target is missing or special."""


def promised(method: TargetMethod, year: int, intensities: Mapping[int, float]) -> Promise:
    """Return what is promised: nothing until the base year is over, after the target year what held in it."""
    final = target_of(method.reading, method, method.target_year, intensities, seen_from=year)
    if method.base_year not in intensities:
        return Promise(target=None, final=None, codes=("track.no_base_year",))
    if year <= method.base_year:
        return Promise(target=None, final=final, codes=("track.base_year",))
    if year > method.target_year:
        return Promise(target=final, final=final, codes=("track.after_target_year",))
    target = target_of(method.reading, method, year, intensities, seen_from=year)
    codes = () if target is not None else ("track.no_previous_year",)
    return Promise(target=target, final=final, codes=codes)


def target_of(
    reading: TargetReading,
    method: TargetMethod,
    year: int,
    intensities: Mapping[int, float],
    *,
    seen_from: int,
) -> float | None:
    """Return the intensity that a reading allows in a year; None while a year it rests on is not known.

    geometric: I_0 (1 - r)^n. linear: I_0 (1 - r n). every_year: the year before `seen_from`, and from it on
    (1 - r) a year; n years after the base year, r the yearly reduction.
    """
    base, years = intensities.get(method.base_year), year - method.base_year
    if reading is TargetReading.EVERY_YEAR:
        before = max(min(seen_from, method.target_year) - 1, method.base_year)
        base, years = intensities.get(before), year - before
    if base is None:
        return None
    if reading is TargetReading.LINEAR:
        return base * (1.0 - method.yearly_reduction * years)
    return float(base * (1.0 - method.yearly_reduction) ** years)


def readings_of(
    method: TargetMethod, year: int, intensities: Mapping[int, float], end: float | None
) -> tuple[Reading2Percent, ...]:
    """Return all three readings for a year after the base year, judged by the intensity at its end."""
    if year <= method.base_year or method.base_year not in intensities:
        return ()
    found = []
    for reading in TargetReading:
        target = target_of(reading, method, min(year, method.target_year), intensities, seen_from=year)
        met = None if target is None or end is None else is_met(end, target)
        if reading is TargetReading.EVERY_YEAR:
            met = _every_year(method, year, intensities, this_year=met)
        found.append(Reading2Percent(name=reading, target=target, is_met=met))
    return tuple(found)


def _every_year(
    method: TargetMethod, year: int, intensities: Mapping[int, float], *, this_year: bool | None
) -> bool | None:
    """Say whether each year since the base year was met; one that was not settles it."""
    each = [this_year]
    for past in range(method.base_year + 1, year):
        before, after = intensities.get(past - 1), intensities.get(past)
        if before is None or after is None:
            each.append(None)
        else:
            each.append(is_met(after, before * (1.0 - method.yearly_reduction)))
    if False in each:
        return False
    return None if None in each else True


def is_met(intensity: float, target: float) -> bool:
    """Say whether an intensity is at or below a target, but for rounding."""
    return intensity <= target * (1.0 + ROUNDING)


def yearly_rate(intensity: float | None, base: float | None, years: int) -> float | None:
    """Return 1 - (I / I_0)^(1 / n), the geometric mean rate a year; None where it does not exist."""
    if intensity is None or base is None or years < 1 or not base > 0.0 or intensity < 0.0:
        return None
    return float(1.0 - (intensity / base) ** (1.0 / years))
