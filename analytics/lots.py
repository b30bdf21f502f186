"""Scope 3 category 1: aluminium lot by lot, mass * factor (METHOD 7).

The supplier's own factor goes before shares with factors of their kinds, these before the average of primary
metal. A lot counts in the month that it came in, by the factors of its day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.closed_counts import LOT_CLOSED, Counted, counted
from analytics.declared_carbon import DeclaredCarbon, Numbered
from analytics.factor_choice import Chosen
from analytics.inventory_basis import first_year
from analytics.lot_shares import PRIMARY, is_known, parts_of
from domain.carbon_entries import AluminiumLot
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.findings import Finding, Severity
from domain.inventory import Line
from domain.method import CarbonMethod
from domain.periods import Period, PlantCalendar
from domain.plain_ids import plain_id

FRESH_YEARS = 3
"""A supplier's data may be so many years older or newer than the lot without a note."""
_STATED = Evidence(shares={"manual": 1.0}, coverage=1.0, is_complete=True)


def lot_lines(
    declared: DeclaredCarbon,
    method: CarbonMethod | None = None,
    *,
    months: Sequence[Period],
    calendar: PlantCalendar,
    base_year: int,
) -> tuple[Mapping[str, tuple[Line, ...]], tuple[Finding, ...]]:
    """Return the lines of the lots of each month, by its name and lot, and what is doubtful about lots.

    A month without lots has no key. `method` gives the uncertainty of masses.
    """
    chosen, closed = Chosen(declared.factors), counted(declared)
    found: dict[str, list[Line]] = {}
    findings: list[Finding] = []
    for lot in sorted(declared.lots, key=lambda each: each.body.id):
        month = next((each for each in months if each.since <= lot.body.at < each.until), None)
        if month is None:
            findings.append(_outside(lot.body, months, calendar))
            continue
        holding = next((each for each in closed if _holds(each, lot.body, month)), None)
        if holding is not None:
            found.setdefault(month.name, []).append(_closed_line(lot))
            findings.append(_closed(lot.body, holding.period))
            continue
        days = calendar.day_of(lot.body.at), date(base_year, 7, 1)
        line, doubts = _line(lot, chosen, days, (method or CarbonMethod()).invoice_uncertainty)
        found.setdefault(month.name, []).append(line)
        findings += doubts
    return {each.name: tuple(found[each.name]) for each in months if each.name in found}, tuple(findings)


def _holds(closed: Counted, lot: AluminiumLot, month: Period) -> bool:
    """Say whether a closed period counts a lot that is of another month now."""
    return plain_id(lot.id) in closed.lots and not closed.has(month.since, month.until)


def _closed_line(lot: Numbered[AluminiumLot]) -> Line:
    """Return the line of a lot that a closed period counts: here it is nothing."""
    return Line(
        id=lot.body.id,
        scope="3_1",
        activity=0.0,
        unit="t",
        tco2e=0.0,
        gases={"co2e": 0.0},
        fixed_t=0.0,
        factors=(),
        formula=_way(lot).formula,
        uncertainty=0.0,
        evidence=_STATED,
        entries=(lot.number,),
        codes=(LOT_CLOSED,),
        subject=lot.body.supplier,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a lot is counted."""

    formula: str
    shares: Mapping[str, float] | None
    """Use of a factor -> share; None: they cannot be."""
    own: FactorUsed | None = None
    """The supplier's."""


def _line(
    lot: Numbered[AluminiumLot], chosen: Chosen, days: tuple[date, date], mass_doubt: float
) -> tuple[Line, list[Finding]]:
    """Return the line of a lot; `days` are its own and the one of the fixed-factor path."""
    body, way = lot.body, _way(lot)
    findings = [*_doubts(body, way)]
    dated, fixed = (_factors(way, chosen, day) for day in days)
    missing = [use for use, factor in dated.items() if factor is None]
    if way.shares is not None and missing:
        findings.append(_no_factor(body, missing))
    is_good = not any(each.severity is Severity.ERROR for each in findings)
    mass = body.mass_t if _is_mass(body.mass_t) else None
    tonnes = _tonnes(mass, way, dated) if is_good else None
    of_base_year = _tonnes(mass, way, fixed) if is_good else None
    used = tuple(factor for factor in dated.values() if factor is not None)
    codes = [*(each.code for each in findings), *_notes(body, way, used, days[0].year)]
    if tonnes is not None and of_base_year is None:
        codes.append("factor.none_base_year")
    line = Line(
        id=body.id,
        scope="3_1",
        activity=mass,
        unit="t",
        tco2e=tonnes,
        gases={} if tonnes is None else {"co2e": tonnes},
        fixed_t=of_base_year,
        factors=used,
        formula=way.formula,
        uncertainty=_uncertainty(way, used, mass_doubt) if tonnes is not None else None,
        evidence=_STATED,
        entries=(lot.number,),
        codes=tuple(sorted(set(codes))),
        subject=body.supplier,
        moved={} if tonnes is None or mass is None else _moved(way, used, mass, tonnes),
    )
    return line, findings


def _way(lot: Numbered[AluminiumLot]) -> _Way:
    body = lot.body
    if body.factor_t_per_t is not None and _says_what_of(body):
        own = FactorUsed(
            use="lot.factor",
            id=body.id,
            entry=lot.number,
            value=body.factor_t_per_t,
            unit="tCO2e/t",
            source=f"{body.supplier}, {body.boundary}, {body.document}",
            year=body.year,
            is_verified=bool(body.verifier),
        )
        return _Way(formula="lot.supplier.1", shares={own.use: 1.0}, own=own)
    if is_known(body):
        return _Way(formula="lot.hybrid.1", shares=parts_of(body))
    return _Way(formula="lot.average.1", shares={PRIMARY: 1.0})


def _says_what_of(body: AluminiumLot) -> bool:
    """Say whether the supplier's factor tells its boundary and the year of its data."""
    return bool(body.boundary.strip()) and body.year is not None


def _factors(way: _Way, chosen: Chosen, day: date) -> Mapping[str, FactorUsed | None]:
    """Return the factor of each share on a day; the supplier's own is the same on every day."""
    return {use: way.own or chosen.of(use, day) for use in way.shares or {}}


def _tonnes(mass_t: float | None, way: _Way, factors: Mapping[str, FactorUsed | None]) -> float | None:
    if mass_t is None or not way.shares:
        return None
    parts = []
    for use, share in way.shares.items():
        factor = factors[use]
        if factor is None:
            return None
        parts.append(share * factor.value)
    return mass_t * math.fsum(parts)


def _uncertainty(way: _Way, used: Sequence[FactorUsed], mass_doubt: float) -> float | None:
    """Return the root sum square of mass and factors; None where a factor does not state its own."""
    shares, parts = way.shares or {}, []
    whole = math.fsum(shares[each.use] * each.value for each in used)
    for each in used:
        if each.uncertainty is None:
            return None
        parts.append(shares[each.use] * each.value * each.uncertainty)
    return math.hypot(mass_doubt, *(part / whole for part in parts)) if whole > 0.0 else None


def _moved(way: _Way, used: Sequence[FactorUsed], mass_t: float, tonnes: float) -> Mapping[str, float]:
    """Return the tonnes in proportion to each factor and to the mass."""
    shares = way.shares or {}
    return {**{each.id: mass_t * shares[each.use] * each.value for each in used}, "activity": tonnes}


def _is_mass(mass_t: float) -> bool:
    return math.isfinite(mass_t) and mass_t > 0.0


# what is doubtful


def _notes(body: AluminiumLot, way: _Way, used: Sequence[FactorUsed], year: int) -> list[str]:
    if way.own is None:
        return ["factor.other_year"] if any(each.year not in (None, year) for each in used) else []
    is_old = way.own.year is not None and abs(year - way.own.year) > FRESH_YEARS
    return [*([] if body.verifier else ["lot.unverified"]), *(["lot.old_factor"] if is_old else [])]


def _doubts(body: AluminiumLot, way: _Way) -> list[Finding]:
    found, own = [], body.factor_t_per_t
    if not _is_mass(body.mass_t) or (own is not None and not (math.isfinite(own) and own >= 0.0)):
        found.append(
            _said(
                "lot.impossible",
                body,
                f"{body.mass_t:g} t" + (f" at {own:g} tCO2e/t" if own is not None else "") + " cannot be",
                "enter the lot again with the same id: a mass above 0, a factor not below 0",
            )
        )
    if way.shares is None:
        found.append(
            _said(
                "lot.shares",
                body,
                "shares of primary, pre-consumer and post-consumer metal do not add up to 1, or one of them "
                "or of green power is not between 0 and 1",
                "enter the lot again with the same id and the shares of the supplier's statement",
            )
        )
    if own is not None and not _says_what_of(body):
        found.append(
            _said(
                "lot.no_boundary",
                body,
                "the supplier's factor does not say its boundary or the year of its data; it is not used",
                "ask the supplier for both and enter the lot again with the same id",
                Severity.WARNING,
            )
        )
    return found


def _no_factor(body: AluminiumLot, uses: Sequence[str]) -> Finding:
    names = ", ".join(uses)
    return _said(
        "lot.no_factor",
        body,
        f"no factor for {names} holds on its day; its tonnes are not known",
        "enter the factor with its validity and source, or ask the supplier for a factor of the lot",
        use=names,
    )


def _closed(body: AluminiumLot, period: str) -> Finding:
    return _said(
        LOT_CLOSED,
        body,
        f"the closed period {period} counts it, so it counts nothing in the month that it is in now",
        f"energy-agent restate {period} takes it out there; from then on it counts here",
        period=period,
    )


def _outside(body: AluminiumLot, months: Sequence[Period], calendar: PlantCalendar) -> Finding:
    """Return it with the span of the first year that has an inventory: its own day is on no page."""
    found = _said(
        "lot.outside",
        body,
        "it came in outside the months that the inventory covers; it counts nowhere",
        "enter the lot again with the same id and the day that it came in",
    )
    since, until = first_year(months, calendar) if months else (body.at, body.at + 1)
    return replace(found, since=since, until=until)


def _said(
    code: str,
    body: AluminiumLot,
    problem: str,
    remedy: str,
    severity: Severity = Severity.ERROR,
    **facts: float | str,
) -> Finding:
    return Finding(
        code=code,
        key=body.id,
        problem=problem,
        remedy=remedy,
        severity=severity,
        since=body.at,
        until=body.at + 1,
        facts={"supplier": body.supplier, **facts},
    )
