"""The inventory of a year: the sum of its months, closed ones with the figures that stand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from analytics.avoided import avoided
from analytics.inventory_basis import Basis, ordered
from analytics.inventory_evidence import over_months
from analytics.inventory_meters import NO_DATA, PARTIAL
from analytics.inventory_months import Beside, kg_per_nm3
from analytics.inventory_output import made_in_year, per_output
from analytics.inventory_power import location_factor
from analytics.inventory_totals import NO_LOTS, SCOPES, codes_of, lacking, of_scope, total
from analytics.inventory_uncertainty import combined
from domain.findings import Finding
from domain.inventory import Avoided, Inventory, Line, PerOutput, Total
from domain.periods import Period

MONTHS = 12


def year_of(basis: Basis, year: Period, months: Sequence[Inventory], beside: Beside) -> Inventory:
    """Return a year as the sum of its months, in order; without its paths and findings."""
    lines = _lines(basis, year, months)
    parts = [line for month in months for line in month.lines]
    unsaid = set(chain.from_iterable(lacking(month.scope_1) for month in months))
    bought = [month for month in months if NO_LOTS not in month.scope_3_1.codes]
    extra = {"1": unsaid, "3_1": {NO_LOTS} if len(bought) < len(months) else set()}
    sums = {
        scope: total(scope, lines, basis.method, months=parts, codes=extra.get(scope, ())) for scope in SCOPES
    }
    by_output = _by_output(basis, year, months, sums)
    return Inventory(
        period=year,
        is_over=basis.is_over(year),
        state="open",
        entry=None,
        closed_months=tuple(month.period.name for month in months if month.state != "open"),
        lines=lines,
        scope_1=sums["1"],
        scope_2_location=sums["2_location"],
        scope_2_market=sums["2_market"],
        scope_3_1=sums["3_1"],
        per_output=tuple(_by_lots(each, bought, sums["3_1"]) for each in by_output),
        covers=tuple(each for month in months for each in month.covers),
        reconciled=tuple(each for month in months for each in month.reconciled),
        avoided=_avoided(basis, year, [month.avoided for month in months], lines, beside),
        paths=(),
        findings=(),
    )


def differing(closed: Inventory, months: Inventory) -> Iterator[Finding]:
    """Give a finding where a closed year is not the sum of its months as they stand."""
    name = closed.period.name
    scopes = [
        f"scope_{scope}"
        for scope in SCOPES
        if not _same(of_scope(closed, scope).tco2e, of_scope(months, scope).tco2e)
    ]
    if scopes:
        yield Finding(
            code="inventory.year_differs",
            key=name,
            problem=f"the closed year {name} is not the sum of its months as they stand: {', '.join(scopes)}",
            remedy=f"restate the year too: energy-agent restate {name}",
            since=closed.period.since,
            until=closed.period.until,
            facts={"period": name, "scopes": ", ".join(scopes)},
        )


# inside


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def _by_output(
    basis: Basis, year: Period, months: Sequence[Inventory], sums: Mapping[str, Total]
) -> tuple[PerOutput, ...]:
    """Return a year's tonnes by its output; a month that lacks a fuel counts on neither side of Scope 1.

    The invoice of a month comes when it is over: tonnes without it by the output of that month too would be
    too few.
    """
    made = made_in_year([month.per_output for month in months])
    observed = {scope: _observed(basis, each, scope, months) for scope, each in sums.items()}
    whole = per_output(made, *observed.values())
    told = [month for month in months if not lacking(month.scope_1)]
    if len(told) == len(months) or not told:
        return whole
    lines = _lines(basis, year, told)
    of_told = [_observed(basis, total(scope, lines, basis.method), scope, told) for scope in SCOPES]
    made_then = made_in_year([month.per_output for month in told])
    then = {each.unit: each for each in per_output(made_then, *of_told)}
    return tuple(_of_months(each, then.get(each.unit)) for each in whole)


def _of_months(whole: PerOutput, told: PerOutput | None) -> PerOutput:
    """Return the output of a year with the Scope 1 and 2 by output of the months that tell them."""
    if told is None:
        return whole
    return replace(
        whole,
        scope_1=told.scope_1,
        scope_1_2_location=told.scope_1_2_location,
        scope_1_2_market=told.scope_1_2_market,
    )


def _observed(basis: Basis, of: Total, scope: str, months: Sequence[Inventory]) -> Total:
    """Return a sum with the coverage of the months that are there: a year's output is of no others."""
    passed = [_passed(basis, month.period) for month in months]
    covered = [of_scope(month, scope).evidence.coverage for month in months]
    whole = sum(passed)
    coverage = math.fsum(a * b for a, b in zip(passed, covered, strict=True)) / whole if whole else 0.0
    return replace(of, evidence=replace(of.evidence, coverage=min(1.0, coverage)))


def _by_lots(found: PerOutput, bought: Sequence[Inventory], scope_3_1: Total) -> PerOutput:
    """Return Scope 3 by the output of months that have lots; the others count on neither side."""
    made = [each.output for month in bought for each in month.per_output if each.unit == found.unit]
    output = _sum(made)
    if scope_3_1.tco2e is None or output is None or output <= 0.0:
        return found
    return replace(found, scope_3_1=scope_3_1.tco2e / output)


def _lines(basis: Basis, year: Period, months: Sequence[Inventory]) -> tuple[Line, ...]:
    """Return each source over its months; lots as they came."""
    by_source: dict[tuple[str, str], list[tuple[Period, Line]]] = {}
    lots: list[Line] = []
    for month in months:
        for line in month.lines:
            if line.scope == "3_1":
                lots.append(line)
            else:
                by_source.setdefault((line.scope, line.id), []).append((month.period, line))
    summed = [_line(basis, year, parts) for _, parts in sorted(by_source.items())]
    return (*summed, *sorted(lots, key=lambda each: (each.id, each.entries)))


def _line(basis: Basis, year: Period, parts: Sequence[tuple[Period, Line]]) -> Line:
    """Return the sum of a source's months.

    A month of which no amount is known is left out of amount and tonnes alike, and the codes say so; where an
    amount is known but not what it emits, nor are the tonnes of the year.
    """
    lines = [line for _, line in parts]
    last = lines[-1]
    known = [line for line in lines if line.activity is not None]
    tonnes, fixed = ([getattr(line, name) for line in known] for name in ("tco2e", "fixed_t"))
    uncertainty, doubts = combined(lines, basis.method)
    codes = list(codes_of(lines))
    if NO_DATA in codes and known:
        codes = [PARTIAL if code == NO_DATA else code for code in codes]
    tco2e = _sum(tonnes)
    return replace(
        last,
        activity=_sum([line.activity for line in known]),
        tco2e=tco2e,
        gases=_by_name([line.gases for line in lines]) if tco2e is not None else {},
        fixed_t=_sum(fixed),
        factors=tuple(dict.fromkeys(factor for line in lines for factor in line.factors)),
        uncertainty=uncertainty if tco2e is not None else None,
        evidence=over_months(
            [(line.activity, _passed(basis, month), line.evidence) for month, line in parts],
            elapsed_ms=_elapsed(basis, year, parts),
            is_complete=basis.is_over(year) and (len(parts) == MONTHS or not last.points),
        ),
        points=tuple(dict.fromkeys(point for line in lines for point in line.points)),
        entries=tuple(sorted({entry for line in lines for entry in line.entries})),
        codes=ordered([*codes, *doubts]),
        moved=_by_name([line.moved for line in lines]) if all(line.moved for line in known) else {},
    )


def _elapsed(basis: Basis, year: Period, parts: Sequence[tuple[Period, Line]]) -> int:
    """Return what has passed of a year; of a source by entries, of the months that it was entered for."""
    if parts[-1][1].points:
        return min(year.until, basis.now) - year.since
    return sum(_passed(basis, month) for month, _ in parts)


def _passed(basis: Basis, month: Period) -> int:
    return max(0, min(month.until, basis.now) - month.since)


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum; None where one is not known, and of nothing."""
    found = list(values)
    known = [each for each in found if each is not None]
    return math.fsum(known) if found and len(known) == len(found) else None


def _by_name(parts: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: math.fsum(part.get(name, 0.0) for part in parts) for name in names}


def _avoided(
    basis: Basis, year: Period, months: Sequence[Avoided], lines: Sequence[Line], beside: Beside
) -> Avoided:
    """Return what was avoided in a year: energy and plan of the year, tonnes as its months have them."""
    whole = avoided(
        basis.prepared,
        year,
        pv=beside.pv,
        heat=beside.heat,
        location=location_factor(basis, basis.base_day.replace(year=int(year.name))),
        gas_kg_per_nm3=kg_per_nm3(lines),
    )
    return replace(
        whole,
        pv_t=_tonnes([(each.pv_kwh, each.pv_t) for each in months]),
        heat_t=_tonnes([(each.heat_kwh, each.heat_t) for each in months]),
    )


def _tonnes(months: Sequence[tuple[float | None, float | None]]) -> float | None:
    """Return the sum over (kWh, tonnes) of months; None where energy is known and its tonnes are not."""
    return _sum(tonnes for kwh, tonnes in months if kwh is not None)
