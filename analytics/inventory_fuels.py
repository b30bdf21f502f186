"""Scope 1 of fuels that no meter tells, by invoices and logs (METHOD 7): formula fuel.1.

An entry that spans months counts in each by its share of the time; those parts are estimates.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.declared_carbon import Numbered
from analytics.fuel_closed import CLOSED, Held, closed_finding, held
from analytics.inventory_basis import Basis, Missing, MonthLines, first_year, ordered, runs
from analytics.inventory_combustion import Fuel, fuel_line, fuel_uses
from analytics.inventory_days import Stretch, stretches
from analytics.inventory_evidence import shares_of
from domain.carbon_entries import FuelUse
from domain.evidence import Evidence
from domain.factors import FUELS
from domain.findings import Finding, Severity
from domain.inventory import Line
from domain.periods import Period
from domain.plain_ids import plain_id
from domain.windows import Grade

NO_ENTRY = "fuel.no_entry"
"""The fuel was entered for a month before, and for this one, which is over, it was not."""
NOT_YET = "fuel.not_yet"
"""So it was, and this month still runs: its invoice is not there yet."""

_ROUNDING_T = 1e-9
Uses = Sequence[Numbered[FuelUse]]


@dataclass(frozen=True, slots=True)
class _Part:
    """What of an entry lies in a month."""

    mass_t: float
    entry: int
    is_whole: bool
    since: int
    until: int
    is_held: bool = False
    """A closed period counts what is missing of it."""


def fuel_lines(basis: Basis, fuel: str) -> MonthLines:
    """Return a fuel in each month that it was entered for.

    From its first month on, a month that is over and has no entry is unsaid: its sum lacks the fuel, and says
    so (`fuel.no_entry`), until somebody enters what was burnt, or 0 t.
    """
    uses = usable(basis.carbon.fuels)
    closed = {number: each for number, each in held(basis.carbon, uses).items() if each.use.body.fuel == fuel}
    parts = _parts(basis, [each for each in uses if each.body.fuel == fuel], closed)
    if not parts:
        return MonthLines(lines={})
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    unsaid: list[Period] = []
    first, held_days = min(parts), stretches(basis, fuel_uses(fuel))
    for month in basis.months:
        of_month = parts.get(month.name, [])
        if not of_month:
            unsaid += [month] if month.name > first else []
            continue
        found = _fuel(fuel, of_month, is_over=basis.is_over(month))
        amounts = [(each, _within(each, of_month)) for each in held_days[month.name]]
        by_value = [
            (each, [(mass, basis.chosen.of(f"{fuel}.ncv", each.day))])
            for each, mass in amounts
            if mass is not None
        ]
        line, lacking = fuel_line(basis, month, found, by_value)
        codes = [CLOSED] if any(each.is_held for each in of_month) else []
        lines[month.name] = replace(line, codes=ordered([*line.codes, *codes]))
        missing += lacking
    return MonthLines(
        lines=lines,
        missing=tuple(missing),
        findings=(
            *_unsaid(fuel, [month for month in unsaid if basis.is_over(month)]),
            *_closed(basis, parts, closed),
        ),
        unsaid={month.name: NO_ENTRY if basis.is_over(month) else NOT_YET for month in unsaid},
    )


def usable(fuels: Uses) -> list[Numbered[FuelUse]]:
    """Return the entries that count: possible ones, of equal ones the first."""
    found: dict[tuple[object, ...], Numbered[FuelUse]] = {}
    for each in fuels:
        if _is_possible(each.body):
            found.setdefault(_content(each.body), each)
    return list(found.values())


def fuel_findings(fuels: Uses) -> tuple[Finding, ...]:
    """Return a finding for each entry that does not count."""
    counted = {each.number: each for each in usable(fuels)}
    first = {_content(each.body): each.number for each in counted.values()}
    found = []
    for each in fuels:
        if not _is_possible(each.body):
            found.append(_impossible(each))
        elif each.number not in counted:
            found.append(_twice(each, first[_content(each.body)]))
    return tuple(found)


def outside_findings(basis: Basis) -> tuple[Finding, ...]:
    """Return a finding for each entry of which a part is before the first month, or all after the last."""
    if not basis.months:
        return ()
    first, end = basis.months[0].since, basis.months[-1].until
    found = []
    for use in usable(basis.carbon.fuels):
        since, until = use.body.since, use.body.until
        share = 1.0 if since >= end else (min(until, first) - since) / (until - since)
        if share > 0.0:
            found.append(_outside(use, share, first_year(basis.months, basis.prepared.calendar)))
    return tuple(found)


def all_fuel_lines(basis: Basis) -> tuple[MonthLines, ...]:
    """Return the lines of every fuel."""
    return tuple(fuel_lines(basis, fuel) for fuel in FUELS)


# inside


def _parts(basis: Basis, uses: Uses, closed: Mapping[int, Held]) -> Mapping[str, list[_Part]]:
    """Return what lies in each month, by its name, without what closed periods count of it already."""
    found: dict[str, list[_Part]] = defaultdict(list)
    months = {month.name: month for month in basis.months}
    for use in sorted(uses, key=lambda each: (each.body.since, each.body.until, each.number)):
        body = use.body
        whole: dict[str, float] = {}
        for month in basis.months:
            shared = min(body.until, month.until) - max(body.since, month.since)
            if shared > 0:
                whole[month.name] = body.mass_t * (shared / (body.until - body.since))
        left = closed[use.number].left(whole, months) if use.number in closed else whole
        for name, mass in whole.items():
            is_held = left[name] < mass - _ROUNDING_T
            month = months[name]
            span = max(body.since, month.since), min(body.until, month.until)
            found[name].append(_Part(left[name], use.number, _inside(body, month), *span, is_held))
    return found


def _within(stretch: Stretch, parts: Sequence[_Part]) -> float | None:
    """Return what of the parts of a month lies in a stretch of it, by time; None where none does."""
    since, until = stretch.days.since, stretch.days.until
    masses = [
        each.mass_t * (min(each.until, until) - max(each.since, since)) / (each.until - each.since)
        for each in parts
        if each.since < until and since < each.until
    ]
    return math.fsum(masses) if masses else None


def _inside(use: FuelUse, month: Period) -> bool:
    return month.since <= use.since and use.until <= month.until


def _closed(
    basis: Basis, parts: Mapping[str, list[_Part]], closed: Mapping[int, Held]
) -> tuple[Finding, ...]:
    """Return a finding for each entry of open months that a closed period counts already, or a part of it."""
    found: dict[int, list[Period]] = defaultdict(list)
    for month in basis.months:
        for each in parts.get(month.name, []):
            if each.is_held and not closed[each.entry].is_closed(month):
                found[each.entry].append(month)
    return tuple(closed_finding(closed[number], found[number]) for number in sorted(found))


def _fuel(fuel: str, parts: Sequence[_Part], *, is_over: bool) -> Fuel:
    """Return the fuel of a month of one part or more."""
    graded = [(each.mass_t, Grade.MANUAL if each.is_whole else Grade.ESTIMATED) for each in parts]
    evidence = [
        (mass, Evidence(shares={grade.code: 1.0}, coverage=1.0, is_complete=is_over))
        for mass, grade in graded
    ]
    return Fuel(
        id=fuel,
        activity=math.fsum(mass for mass, _ in graded),
        unit="t",
        formula="fuel.1",
        evidence=Evidence(shares=shares_of(evidence), coverage=1.0, is_complete=is_over),
        entries=tuple(sorted({each.entry for each in parts})),
    )


def _is_possible(use: FuelUse) -> bool:
    return use.fuel in FUELS and use.since < use.until and math.isfinite(use.mass_t) and use.mass_t >= 0.0


def _content(use: FuelUse) -> tuple[object, ...]:
    """Return what makes two entries one, whatever they say that it was for."""
    return use.fuel, use.since, use.until, use.mass_t, plain_id(use.document)


def _impossible(use: Numbered[FuelUse]) -> Finding:
    body = use.body
    return Finding(
        code="fuel.impossible",
        key=f"entry {use.number}",
        problem=f"{body.mass_t:g} t of {body.fuel} cannot be; it does not count",
        remedy=f"state one of {', '.join(FUELS)}, a mass that is not negative and an end after its begin",
        since=min(body.since, body.until),
        until=max(body.since, body.until),
        facts={"fuel": body.fuel, "entry": float(use.number), "document": body.document},
    )


def _twice(use: Numbered[FuelUse], first: int) -> Finding:
    body = use.body
    return Finding(
        code="fuel.twice",
        key=f"entry {use.number}",
        problem=f"{body.mass_t:g} t of {body.fuel} is in entry {first} too; it counts once",
        remedy="void one of the two; of equal amounts for two purposes enter the sum",
        severity=Severity.WARNING,
        since=body.since,
        until=body.until,
        facts={
            "fuel": body.fuel,
            "entry": float(use.number),
            "first": float(first),
            "document": body.document,
        },
    )


def _outside(use: Numbered[FuelUse], share: float, span: tuple[int, int]) -> Finding:
    body = use.body
    mass_t = share * body.mass_t
    return Finding(
        code="fuel.outside",
        key=f"entry {use.number}",
        problem=f"{mass_t:g} t of {body.fuel} lie outside the months that the inventory covers and count "
        "nowhere",
        remedy="void the entry and enter it again with the days that it was burnt on",
        since=span[0],
        until=span[1],
        facts={
            "fuel": body.fuel,
            "entry": float(use.number),
            "mass": mass_t,
            "document": body.document,
        },
    )


def _unsaid(fuel: str, months: Sequence[Period]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=NO_ENTRY,
            key=fuel,
            problem=f"nothing is entered for {first.name} to {last.name}, though there is for a month before",
            remedy="import or enter the invoices of these months, 0 t where nothing was burnt",
            severity=Severity.WARNING,
            since=first.since,
            until=last.until,
            facts={"first": first.name, "last": last.name},
        )
        for first, last in runs(months)
    )
