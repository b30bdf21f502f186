"""Main meter against the sum of the sub-meters of a carrier; what is left is shown, never spread (METHOD 1).

Both sides are summed over the same windows, those in which every meter has an amount: a meter that was
silent for an hour takes that hour out of the comparison, and the evidence says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.evidence import evidences, with_codes
from analytics.meters import amounts
from analytics.sums import aligned, combined, inside, spans_of
from domain.findings import Finding, Severity
from domain.method import Method
from domain.periods import Period
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.results import Balance, Evidence
from domain.series import Bools
from domain.windows import Windows, no_windows

Meters = Sequence[tuple[Point, float]]
"""Points with their signs."""

CARRIERS = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.HEAT)
METER_DOUBT = math.sqrt(2.0) * 0.015
"""Share by which sub-meters may exceed the main meter for no other reason than their own errors: two sides
of 1.5 % each, root sum square (METHOD 7)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sides:
    """Both sides of a balance on one grid; amounts only where every meter has one."""

    main: Windows
    subs: Windows
    held_back: Bools
    """Windows that were left out because a meter had no amount."""


def balances(
    plant: Plant, method: Method, windows: Mapping[str, Windows], periods: Sequence[Period]
) -> tuple[Balance, ...]:
    """Return the balance of each carrier with a main meter and sub-meters, in each period.

    Windows are in the carrier's unit, gas in Nm3. Supply of electricity is main + own generation - export.
    Codes: `balance.over_tolerance` (unallocated beyond the tolerance), `balance.negative` (sub-meters exceed
    the main meter by more than the meters' own errors), `balance.partial` (windows were left out).
    """
    found: list[Balance] = []
    for carrier in CARRIERS:
        supply, subs = _supply(plant, carrier), _subs(plant, carrier)
        if supply and subs and periods:
            found += _of_carrier(carrier, _sides(supply, subs, windows), method, periods)
    return tuple(found)


def _supply(plant: Plant, carrier: Carrier) -> Meters:
    """Return the meters of what comes in, with their signs; none without a main meter."""
    main = tuple((point, 1.0) for point in _amounts(plant, carrier, MeterRole.MAIN))
    if not main:
        return ()
    own = amounts(plant, Carrier.PV) if carrier is Carrier.ELECTRICITY else ()
    out = amounts(plant, carrier, MeterRole.EXPORT)
    return main + tuple((point, 1.0) for point in own) + tuple((point, -1.0) for point in out)


def _subs(plant: Plant, carrier: Carrier) -> Meters:
    return tuple((point, 1.0) for point in _amounts(plant, carrier, MeterRole.SUB))


def _amounts(plant: Plant, carrier: Carrier, role: MeterRole) -> Iterator[Point]:
    """Give the meters of a side; a heat meter that counts water is no part of a sum of kWh."""
    for point in amounts(plant, carrier, role):
        if carrier is not Carrier.HEAT or point.unit in ("kWh", "kW"):
            yield point


def _of_carrier(carrier: Carrier, sides: _Sides, method: Method, periods: Sequence[Period]) -> list[Balance]:
    places = inside(sides.main.since, sides.main.until, spans_of(periods))
    basis = evidences(
        amount=sides.main.amount,
        grade=sides.main.grade,
        coverage=sides.main.coverage,
        flags=sides.main.flags,
        since=sides.main.since,
        until=sides.main.until,
        places=places,
    )
    main = places.known(sides.main.amount).tolist()
    metered = places.known(sides.subs.amount).tolist()
    partial = places.some(sides.held_back).tolist()
    return [
        _balance(carrier, period, sums, evidence, method, is_partial=is_partial)
        for period, sums, evidence, is_partial in zip(
            periods, zip(main, metered, strict=True), basis, partial, strict=True
        )
    ]


def _sides(supply: Meters, subs: Meters, windows: Mapping[str, Windows]) -> _Sides:
    meters = [*supply, *subs]
    parts = aligned([windows.get(point.id, no_windows(point.id)) for point, _ in meters])
    signs = [sign for _, sign in meters]
    whole = combined("", parts, signs)
    main = combined("main", parts[: len(supply)], signs[: len(supply)])
    below = combined("subs", parts[len(supply) :], signs[len(supply) :])
    known = np.isfinite(whole.amount)
    return _Sides(
        main=replace(whole, amount=np.where(known, main.amount, np.nan)),
        subs=replace(whole, amount=np.where(known, below.amount, np.nan)),
        held_back=~known,
    )


def _balance(
    carrier: Carrier,
    period: Period,
    sums: tuple[float, float],
    evidence: Evidence,
    method: Method,
    *,
    is_partial: bool,
) -> Balance:
    main, subs = sums
    if math.isnan(main):
        codes = ("balance.partial",) if is_partial else ()
        return Balance(
            carrier=carrier,
            period=period,
            main=None,
            subs=None,
            unallocated=None,
            share=None,
            evidence=with_codes(evidence, *codes),
        )
    unallocated = main - subs
    codes = (
        *(("balance.over_tolerance",) if unallocated > method.balance_tolerance * main else ()),
        *(("balance.negative",) if unallocated < -METER_DOUBT * max(main, 0.0) else ()),
        *(("balance.partial",) if is_partial else ()),
    )
    return Balance(
        carrier=carrier,
        period=period,
        main=main,
        subs=subs,
        unallocated=unallocated,
        share=unallocated / main if main > 0.0 else None,
        evidence=with_codes(evidence, *codes),
    )


def findings_of(found: Iterable[Balance], method: Method) -> tuple[Finding, ...]:
    """Return a finding for each balance that does not close."""
    return tuple(
        _finding(balance, code, method)
        for balance in found
        for code in balance.evidence.codes
        if code in ("balance.over_tolerance", "balance.negative")
    )


def _finding(balance: Balance, code: str, method: Method) -> Finding:
    share = f"{balance.share:.1%} of the main meter" if balance.share is not None else "and no supply"
    if code == "balance.negative":
        problem = f"the sub-meters show more than the main meter: {share} is left"
        remedy = "compare multipliers, reference conditions and roles of the meters with their plates"
    else:
        problem = f"{share} reaches no sub-meter, more than {method.balance_tolerance:.1%}"
        remedy = "look for a leak, an unmetered load or a sub-meter that reads low"
    return Finding(
        code=code,
        key=balance.carrier,
        problem=problem,
        remedy=remedy,
        severity=Severity.WARNING,
        since=balance.period.since,
        until=balance.period.until,
        facts={
            name: value
            for name, value in (
                ("main", balance.main),
                ("subs", balance.subs),
                ("share", balance.share),
                ("tolerance", method.balance_tolerance),
            )
            if value is not None
        },
    )
