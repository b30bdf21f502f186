"""Stretches of a month in which the same factors hold: what was burnt or bought goes by those of its days."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from analytics.inventory_basis import Basis, first_day
from analytics.inventory_meters import Metered, sums_by
from domain.factors import BY_REGION, FactorUsed
from domain.periods import Period
from domain.series import Instants

CHANGES = "factor.changes_inside"
"""Other factors hold for a part of the month: each for its own days."""

Use = tuple[str, str]
"""Use of a factor and its region, "" for one that holds everywhere."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days in a row with the same factors."""

    day: date
    """Its first."""
    days: Period
    """The month itself, or the part of it."""


Stretches = Mapping[str, tuple[Stretch, ...]]
"""Name of a month -> its stretches, in order."""


def stretches(basis: Basis, uses: Sequence[Use]) -> Stretches:
    """Return the stretches of each month for the factors of some uses; mostly one, the month itself."""
    cuts = _cuts(basis, uses)
    return {month.name: _of_month(basis, month, uses, cuts) for month in basis.months}


def mixes(
    basis: Basis, power: Metered, found: Stretches, factor: Callable[[date], FactorUsed | None]
) -> tuple[Mix, ...]:
    """Return a factor over each month by what was metered in its stretches; by time where that is nothing."""
    windows, inside = power.windows, power.places
    if windows is None or inside is None or all(len(each) == 1 for each in found.values()):
        return tuple(_mix([(1.0, found[month.name][0])], factor) for month in basis.months)
    label = places(basis, found, windows.since)
    amounts = sums_by(inside, windows.amount, label)
    times = sums_by(inside, (windows.until - windows.since).astype(np.float64), label)
    result = []
    for month, amount, time in zip(basis.months, amounts, times, strict=True):
        weights = {n: value for n, value in amount.items() if value} or time or {0: 1.0}
        whole = math.fsum(weights.values())
        result.append(
            _mix([(each / whole, found[month.name][n]) for n, each in sorted(weights.items())], factor)
        )
    return tuple(result)


def mean(
    basis: Basis, month: Period, uses: Sequence[Use], factor: Callable[[date], FactorUsed | None]
) -> FactorUsed | None:
    """Return a factor over what has passed of a month, by time; None where a part of it has none."""
    found = [
        each for each in _of_month(basis, month, uses, _cuts(basis, uses)) if each.days.since < basis.now
    ]
    whole = sum(each.days.until - each.days.since for each in found) or 1
    mix = _mix([((each.days.until - each.days.since) / whole, each) for each in found], factor)
    if mix.value is None:
        return None
    return mix.factors[0] if len(mix.factors) == 1 else replace(mix.factors[0], value=mix.value)


def places(basis: Basis, found: Stretches, since: Instants) -> Instants:
    """Return which stretch of its month each window that begins at `since` lies in, counted from 0."""
    rows = [(each.days.since, n) for month in basis.months for n, each in enumerate(found[month.name])]
    if not rows:
        return np.zeros(len(since), dtype=np.int64)
    begin, number = np.array(rows, dtype=np.int64).T
    place: Instants = number[np.maximum(np.searchsorted(begin, since, side="right") - 1, 0)]
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A factor over the stretches of a month: share of the amount, days, factor."""

    parts: tuple[tuple[float, Stretch, FactorUsed | None], ...]

    @property
    def value(self) -> float | None:
        """Return the value of the whole; None where a part has no factor."""
        known = [share * each.value for share, _, each in self.parts if each is not None]
        return sum(known) if known and len(known) == len(self.parts) else None

    @property
    def factors(self) -> tuple[FactorUsed, ...]:
        """Return the factors, each once."""
        return tuple(dict.fromkeys(each for _, _, each in self.parts if each is not None))

    @property
    def lacking(self) -> tuple[Stretch, ...]:
        """Return the stretches without a factor."""
        return tuple(stretch for _, stretch, each in self.parts if each is None)

    def moved(self, tonnes: float) -> Mapping[str, float]:
        """Return how much of `tonnes` each factor gives."""
        whole, found = self.value, dict.fromkeys((each.id for each in self.factors), 0.0)
        for share, _, each in self.parts:
            if each is not None and whole:
                found[each.id] += tonnes * share * each.value / whole
        return found


# inside


def _mix(shares: Sequence[tuple[float, Stretch]], factor: Callable[[date], FactorUsed | None]) -> Mix:
    return Mix(parts=tuple((share, each, factor(each.day)) for share, each in shares))


def _cuts(basis: Basis, uses: Sequence[Use]) -> list[date]:
    """Return the days on which a factor of some uses begins to hold or holds no more."""
    wanted = set(uses)
    found = set()
    for each in basis.carbon.factors:
        body = each.body
        if (body.use, body.region if body.use in BY_REGION else "") in wanted:
            found.add(body.valid_from)
            if body.valid_until is not None and body.valid_until < date.max:
                found.add(body.valid_until + _DAY)
    return sorted(found)


def _of_month(basis: Basis, month: Period, uses: Sequence[Use], cuts: Sequence[date]) -> tuple[Stretch, ...]:
    calendar, first = basis.prepared.calendar, first_day(month)
    last = calendar.day_of(month.until - 1)
    days, held = [first], _held(basis, uses, first)
    for day in cuts[bisect_right(cuts, first) : bisect_right(cuts, last)]:
        now = _held(basis, uses, day)
        if now != held:
            days.append(day)
            held = now
    if len(days) == 1:
        return (Stretch(day=first, days=month),)
    return tuple(
        Stretch(
            day=day,
            days=Period(
                kind=month.kind,
                since=calendar.day_start(day),
                until=calendar.day_start(end + _DAY),
                name=f"{day} to {end}" if day < end else f"{day}",
            ),
        )
        for day, end in zip(days, [*(each - _DAY for each in days[1:]), last], strict=True)
    )


def _held(basis: Basis, uses: Sequence[Use], day: date) -> tuple[FactorUsed | None, ...]:
    return tuple(basis.chosen.of(use, day, region=region) for use, region in uses)
