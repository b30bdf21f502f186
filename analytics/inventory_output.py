"""Output of a plant in tonnes and in square metres, and CO2e by it: sum by sum (METHOD 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.inventory_basis import Basis, ordered
from analytics.inventory_meters import known_share
from analytics.inventory_totals import LEAST_KNOWN, lacking, tells
from analytics.sums import inside, spans_of
from domain.findings import Finding, Severity
from domain.inventory import Inventory, PerOutput, Total
from domain.periods import Period
from domain.plant import Process

UNITS = ("t", "m2")
BY_FACTOR = "inventory.area_by_factor"
NO_WAY = "inventory.no_area_factor"
NO_OUTPUT = "inventory.no_output"
UNKNOWN = "inventory.output_unknown"
PARTIAL = "inventory.output_partial"
EMISSIONS = "inventory.emissions_partial"
"""Energy is not known of all of the time: below 90 % there is no intensity."""
WHOLE = 0.9995
"""Coverage from which it is shown as 100.0 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Output of all processes in one unit."""

    unit: str
    output: float | None
    codes: tuple[str, ...] = ()


def outputs(basis: Basis) -> Mapping[str, tuple[Made, ...]]:
    """Return what was made in each month, by its name, in every unit that some process has a way to.

    Codes: `inventory.area_by_factor` (by the plant's own m2 per tonne), `inventory.no_area_factor` (a process
    has no way to the unit), `inventory.output_unknown` (of less than 90 % of the month so far),
    `inventory.output_partial` (of a part of it, not).
    """
    processes = basis.prepared.plant.processes
    by_process = [_monthly(basis, process) for process in processes]
    units = [unit for unit in UNITS if any(_way(each, unit) is not None for each in processes)]
    return {
        month.name: tuple(_made(unit, processes, [of[place] for of in by_process]) for unit in units)
        for place, month in enumerate(basis.months)
    }


def per_output(
    made: Sequence[Made], scope_1: Total, location: Total, market: Total, scope_3_1: Total
) -> tuple[PerOutput, ...]:
    """Return the tonnes of a period by its output; None where either is not known or nothing was made.

    Tonnes of less than 90 % of the time are not divided by the output of all of it; what they miss is said
    (`inventory.emissions_partial`). Nor are tonnes without a fuel that is burnt there (`fuel.no_entry`).
    """
    found = []
    sums = (scope_1, location, market)
    partial = [EMISSIONS] if any(each.tco2e is not None and _misses(each) for each in sums) else []
    for each in made:
        by = each.output if each.output is not None and each.output > 0.0 else None
        found.append(
            PerOutput(
                unit=each.unit,
                output=each.output,
                scope_1=_ratio(_sum(scope_1), by),
                scope_1_2_location=_ratio(_sum(scope_1, location), by),
                scope_1_2_market=_ratio(_sum(scope_1, market), by),
                scope_3_1=_ratio(scope_3_1.tco2e, by),
                codes=ordered(
                    [
                        *each.codes,
                        *partial,
                        *lacking(scope_1),
                        *([NO_OUTPUT] if each.output is not None and by is None else []),
                    ]
                ),
            )
        )
    return tuple(found)


def made_in_year(months: Sequence[Sequence[PerOutput]]) -> tuple[Made, ...]:
    """Return the output of a year by its months; a month that is not known leaves the year unknown."""
    units = [unit for unit in UNITS if any(each.unit == unit for month in months for each in month)]
    found = []
    for unit in units:
        parts = [each for month in months for each in month if each.unit == unit]
        codes = [code for each in parts for code in each.codes if code != NO_OUTPUT]
        known = [each.output for each in parts if each.output is not None]
        is_known = len(known) == len(months)
        found.append(
            Made(
                unit=unit,
                output=sum(known) if is_known else None,
                codes=ordered([*codes, *([] if is_known else [UNKNOWN])]),
            )
        )
    return tuple(found)


def output_findings(found: Inventory) -> tuple[Finding, ...]:
    """Return a finding for each unit that a period has no intensity in."""
    return tuple(
        _finding(found.period, each.unit, code)
        for each in found.per_output
        for code in each.codes
        if code in _SAYS and (code != EMISSIONS or _is_held_back(found, each))
    )


# inside


def _monthly(basis: Basis, process: Process) -> list[tuple[float | None, float]]:
    """Return the output of a process in each month and the share of the month so far that it is known of."""
    hours = basis.prepared.hours[process.id]
    places = inside(hours.since, hours.until, spans_of(basis.months))
    known = np.isfinite(hours.output)
    shares = known_share(basis, hours.since, hours.until, known, places)
    sums = places.known(hours.output).tolist()
    return [(None if value != value else value, share) for value, share in zip(sums, shares, strict=True)]


def _made(unit: str, processes: Sequence[Process], of_month: Sequence[tuple[float | None, float]]) -> Made:
    total, codes, is_known = 0.0, [], True
    for process, (output, share) in zip(processes, of_month, strict=True):
        way = _way(process, unit)
        if way is None:
            codes.append(NO_WAY)
        elif output is None or share < LEAST_KNOWN:
            codes.append(UNKNOWN)
        else:
            total += output * way
            codes += [BY_FACTOR] if process.output_unit != unit else []
            codes += [PARTIAL] if share < 1.0 else []
            continue
        is_known = False
    return Made(unit=unit, output=total if is_known else None, codes=ordered(codes))


def _way(process: Process, unit: str) -> float | None:
    """Return how much of a unit one of the process's own is; None where nobody told."""
    if process.output_unit == unit:
        return 1.0
    area = process.m2_per_t
    if area is None or not area > 0.0 or process.output_unit not in UNITS:
        return None
    return area if unit == "m2" else 1.0 / area


def _misses(of: Total) -> bool:
    return of.evidence.coverage < WHOLE


def _sum(*sums: Total) -> float | None:
    """Return the sum of sums; None where one is not known or does not tell its period."""
    known = [each.tco2e for each in sums if each.tco2e is not None and tells(each)]
    return sum(known) if len(known) == len(sums) else None


def _is_held_back(found: Inventory, per: PerOutput) -> bool:
    """Say whether tonnes are known and were not divided, for what they miss."""
    sums = (found.scope_1, found.scope_2_location, found.scope_2_market)
    if per.output is None or per.output <= 0.0 or all(each.evidence.coverage >= LEAST_KNOWN for each in sums):
        return False
    one, place, market = (each.tco2e for each in sums)
    known = ((per.scope_1, one), (per.scope_1_2_location, place), (per.scope_1_2_market, market))
    return any(by is None and None not in (one, tonnes) for by, tonnes in known)


def _ratio(tonnes: float | None, output: float | None) -> float | None:
    return tonnes / output if tonnes is not None and output is not None else None


_SAYS = {
    EMISSIONS: (
        "less than 90 % of the energy of {period} is known: there is no intensity in {unit}",
        "fill the gaps: declare what was done to the meters, or see why they were silent",
    ),
    NO_OUTPUT: (
        "nothing was made in {period}: there is no intensity in {unit}",
        "enter the production if there was any",
    ),
    UNKNOWN: (
        "the output of {period} in {unit} is not known: there is no intensity",
        "import the production of the processes, or see why their counters were silent",
    ),
    NO_WAY: (
        "a process has no way to {unit}: there is no intensity by it",
        "give the process m2_per_t in the plant file",
    ),
}


def _finding(period: Period, unit: str, code: str) -> Finding:
    problem, remedy = (text.format(period=period.name, unit=unit) for text in _SAYS[code])
    return Finding(
        code=code,
        key=f"output in {unit}",
        problem=problem,
        remedy=remedy,
        severity=Severity.WARNING,
        since=period.since,
        until=period.until,
        facts={"period": period.name, "unit": unit},
    )
