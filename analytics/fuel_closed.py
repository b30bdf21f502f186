"""Fuel that a closed period counts by an entry that is void now: entered again, it counts there alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics.closed_counts import Counted, counted
from analytics.declared_carbon import DeclaredCarbon, Numbered
from domain.carbon_entries import FuelUse
from domain.findings import Finding
from domain.periods import Period
from domain.plain_ids import plain_id

CLOSED = "fuel.closed"
"""A closed period counts the fuel by an entry that is void now, so it counts nothing in an open month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What closed periods count of an entry by the void one that it stands for."""

    use: Numbered[FuelUse]
    void: Numbered[FuelUse]
    periods: tuple[Counted, ...]
    """Those that count the void one, months first."""
    closed: tuple[Counted, ...]
    """All closed periods."""

    def left(self, parts: Mapping[str, float], months: Mapping[str, Period]) -> dict[str, float]:
        """Return what is left of the parts in months, t: all together never more than the entry has.

        A closed month is given what the other closed ones leave, for what it would be now.
        """
        mass = self.use.body.mass_t
        is_closed = {name: self.is_closed(months[name]) for name in parts}
        in_open = math.fsum(part for name, part in parts.items() if not is_closed[name])
        room = max(0.0, mass - self._counted_t(None))
        share = min(1.0, room / in_open) if in_open > 0.0 else 1.0
        return {
            name: min(part, max(0.0, mass - self._counted_t(months[name])))
            if is_closed[name]
            else part * share
            for name, part in parts.items()
        }

    def is_closed(self, month: Period) -> bool:
        """Say whether a month is closed, by itself or with its year."""
        return any(each.has(month.since, month.until) for each in self.closed)

    def _counted_t(self, without: Period | None) -> float:
        """Return what closed periods count of the void entry, by time, without what they count of a month."""
        body = self.void.body
        spans = [(max(body.since, each.since), min(body.until, each.until)) for each in self.periods]
        time = _length(spans)
        if without is not None:
            time -= _length([(max(a, without.since), min(b, without.until)) for a, b in spans])
        return body.mass_t * time / (body.until - body.since)


def held(declared: DeclaredCarbon, uses: Sequence[Numbered[FuelUse]]) -> Mapping[int, Held]:
    """Return number -> what closed periods count already of a standing, possible use.

    Of uses that a void entry may have become the one counts that shares most of its time, then the later.
    """
    closed = counted(declared)
    found: dict[int, Held] = {}
    for void in declared.void_fuels if closed else ():
        periods = tuple(each for each in closed if void.number in each.entries)
        again = [
            each
            for each in uses
            if each.number > void.number and each.number not in found and _is_same(each.body, void.body)
        ]
        if periods and again:
            use = max(again, key=lambda each: (_shared(each.body, void.body), each.number))
            found[use.number] = Held(use=use, void=void, periods=periods, closed=closed)
    return found


def closed_finding(of: Held, months: Sequence[Period]) -> Finding:
    """Return what is told of an entry that does not count in open months, or not all of it."""
    body, period = of.use.body, of.periods[0].period
    return Finding(
        code=CLOSED,
        key=f"entry {of.use.number}",
        problem=f"the closed period {period} counts {body.fuel} of {body.document} by the void entry "
        f"{of.void.number}; here it counts no second time",
        remedy=f"energy-agent restate {period} takes it out there; from then on it counts here",
        since=months[0].since,
        until=months[-1].until,
        facts={
            "fuel": body.fuel,
            "entry": float(of.use.number),
            "first": float(of.void.number),
            "document": body.document,
            "period": period,
        },
    )


def _is_same(one: FuelUse, other: FuelUse) -> bool:
    return (
        one.fuel == other.fuel
        and plain_id(one.document) == plain_id(other.document)
        and math.isclose(one.mass_t, other.mass_t, rel_tol=1e-9)
        and other.since < other.until
    )


def _shared(one: FuelUse, other: FuelUse) -> int:
    return max(0, min(one.until, other.until) - max(one.since, other.since))


def _length(spans: Iterable[tuple[int, int]]) -> int:
    """Return the length of the union of spans; those that end before they begin are none."""
    found, reach = 0, -(10**18)
    for since, until in sorted(spans):
        found += max(0, until - max(since, reach))
        reach = max(reach, until)
    return found
