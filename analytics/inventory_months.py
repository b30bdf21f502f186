"""The inventory of each month, as its inputs give it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from analytics.avoided import avoided
from analytics.certificates import Covered, covers
from analytics.inventory_basis import Basis, MonthLines, missing_findings
from analytics.inventory_fuels import all_fuel_lines, fuel_findings, outside_findings
from analytics.inventory_gas import GAS, gas_lines
from analytics.inventory_meters import metered
from analytics.inventory_output import Made, output_findings, outputs, per_output
from analytics.inventory_power import location_lines, location_mean, market_lines, region_findings
from analytics.inventory_totals import SCOPES, total
from analytics.lots import lot_lines
from analytics.prepared import in_order
from analytics.reconcile import reconciled
from domain.findings import Finding
from domain.inventory import Cover, Inventory, Line, Reconciled
from domain.periods import Period, PeriodKind
from domain.plant import Carrier
from domain.results import Balance, Pv, RecoveredHeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What other analyses say of the months, for the inventory to show."""

    balances: Sequence[Balance]
    pv: Sequence[Pv]
    heat: Sequence[RecoveredHeat]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """Everything that months are put together from, by the name of the month."""

    lines: Mapping[str, Sequence[Line]]
    unsaid: Mapping[str, Sequence[str]]
    covered: Covered
    reconciled: Mapping[str, tuple[Reconciled, ...]]


def open_months(
    basis: Basis, beside: Beside, closed: Mapping[str, Inventory]
) -> tuple[dict[str, Inventory], tuple[Finding, ...]]:
    """Return the inventory of each month that is not closed, by its name, and what is doubtful about all.

    Covers of closed months stand: what they used of a certificate is used.
    """
    inputs, findings = _inputs(basis, beside, closed)
    made = outputs(basis)
    found = {
        month.name: _month(basis, month, inputs, made[month.name], beside)
        for month in basis.months
        if month.name not in closed
    }
    findings += [each for month in found.values() for each in output_findings(month)]
    return found, in_order(findings)


def kg_per_nm3(lines: Sequence[Line]) -> float | None:
    """Return what burning a Nm3 of gas emitted, by the line of gas; None where it is not known."""
    for line in lines:
        if line.id == GAS and line.scope == "1" and line.tco2e is not None and line.activity:
            return line.tco2e / line.activity * 1000.0
    return None


def touching(findings: Sequence[Finding], period: Period) -> tuple[Finding, ...]:
    """Return the findings about data of a period."""
    return tuple(
        each
        for each in findings
        if each.since is not None
        and each.since < period.until
        and (each.until is None or each.until > period.since)
    )


# inside


def _month(basis: Basis, month: Period, inputs: _Inputs, made: Sequence[Made], beside: Beside) -> Inventory:
    """Return the inventory of one month, without its findings."""
    lines = _in_order(inputs.lines.get(month.name, ()))
    unsaid = {"1": inputs.unsaid.get(month.name, ())}
    sums = {scope: total(scope, lines, basis.method, codes=unsaid.get(scope, ())) for scope in SCOPES}
    return Inventory(
        period=month,
        is_over=basis.is_over(month),
        state="open",
        entry=None,
        closed_months=(),
        lines=lines,
        scope_1=sums["1"],
        scope_2_location=sums["2_location"],
        scope_2_market=sums["2_market"],
        scope_3_1=sums["3_1"],
        per_output=per_output(made, *sums.values()),
        covers=tuple(each for each in inputs.covered.covers if each.month == month.name),
        reconciled=inputs.reconciled.get(month.name, ()),
        avoided=avoided(
            basis.prepared,
            month,
            pv=beside.pv,
            heat=beside.heat,
            location=location_mean(basis, month),
            gas_kg_per_nm3=kg_per_nm3(lines),
        ),
        paths=(),
        findings=(),
    )


def _inputs(basis: Basis, beside: Beside, closed: Mapping[str, Inventory]) -> tuple[_Inputs, list[Finding]]:
    carbon, prepared = basis.carbon, basis.prepared
    power = metered(basis, Carrier.ELECTRICITY)
    covered = _covered(basis, beside, dict(zip(_names(basis), power.amounts, strict=True)), closed)
    lots, lot_doubts = lot_lines(
        carbon,
        basis.method,
        months=basis.months,
        calendar=prepared.calendar,
        base_year=prepared.method.target.base_year,
    )
    held, held_doubts = reconciled(prepared, beside.balances, months=basis.months, closed=closed)
    sources: list[MonthLines] = [
        gas_lines(basis),
        *all_fuel_lines(basis),
        location_lines(basis, power),
        market_lines(basis, power, covered),
    ]
    lines: dict[str, list[Line]] = defaultdict(list)
    unsaid: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for month, line in source.lines.items():
            lines[month].append(line)
        for month, code in source.unsaid.items():
            unsaid[month].append(code)
    for month, of_month in lots.items():
        lines[month] += of_month
    missing = [each for source in sources for each in source.missing if each.month.name not in closed]
    findings = [
        *fuel_findings(carbon.fuels),
        *outside_findings(basis),
        *region_findings(basis),
        *missing_findings(carbon.factors, missing, basis.base_day),
        *chain.from_iterable(source.findings for source in sources),
        *covered.findings,
        *lot_doubts,
        *held_doubts,
    ]
    return _Inputs(lines=lines, unsaid=unsaid, covered=covered, reconciled=held), findings


def _covered(
    basis: Basis,
    beside: Beside,
    bought: Mapping[str, float | None],
    closed: Mapping[str, Inventory],
) -> Covered:
    by_month = {each.period.name: each for each in beside.pv if each.period.kind is PeriodKind.MONTH}
    stood: dict[str, Sequence[Cover]] = {
        name: each.covers for name, each in closed.items() if each.period.kind is PeriodKind.MONTH
    }
    return covers(
        basis.carbon,
        basis.method,
        bought=bought,
        pv={name: by_month[name].self_consumed if name in by_month else None for name in _names(basis)},
        generated={name: by_month[name].generated if name in by_month else None for name in _names(basis)},
        months=basis.months,
        closed=stood,
    )


def _names(basis: Basis) -> list[str]:
    return [month.name for month in basis.months]


def _in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda each: (each.scope, each.id, each.entries)))
