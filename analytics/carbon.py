"""Carbon of a year as far as meters tell it (METHOD 2, 7): Scope 1 by gas, Scope 2 by bought electricity.

Nothing stands in for what is not known: no factor, no certificates and no supplier's figures give no tonnes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.change import change_of
from analytics.evidence import evidences_of
from analytics.flow_sums import gas_factor, grid_factor, mean_ncv
from analytics.gas import co2_kg
from analytics.prepared import Prepared
from analytics.sums import inside, spans_of
from analytics.supply import supply_meters, total_in
from domain.carbon import Carbon, CarbonMonth, Factor
from domain.periods import Period, PeriodKind
from domain.plant import Carrier
from domain.results import Evidence
from domain.series import Floats, Instants
from domain.windows import Windows

__all__ = ["carbon_of", "change_of"]

_T_PER_KG = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """Windows of a year; NaN where not known."""

    since: Instants
    until: Instants
    gas: Windows | None
    bought: Windows | None
    scope_1: Floats
    """t."""
    scope_2: Floats
    output: Floats
    """Of all processes; nowhere known where they have different units."""


def carbon_of(prepared: Prepared, year: int, *, now: int) -> Carbon:
    """Return the carbon of a year, with the months that have begun.

    Gas of the main meters, else of the sub-meters, each month with its calorific value. Sums are of what is
    known, and the evidence says what is missing. Intensities are of the windows in which all of their parts
    are known: what one side misses counts on neither.
    """
    whole = _year(prepared, year)
    months = list(prepared.calendar.periods(PeriodKind.MONTH, whole.since, min(whole.until, now + 1)))
    columns = _columns(prepared, whole)
    periods = [whole, *months]
    places = inside(columns.since, columns.until, spans_of(periods))
    evidence = _evidence(columns, periods)
    sums = [
        [_number(value) for value in places.known(column).tolist()]
        for column in (columns.scope_1, columns.scope_2, columns.output)
    ]
    scope_1, scope_2, output = (column[0] for column in sums)
    return Carbon(
        year=year,
        months=_months(months, evidence[1:], sums),
        scope_1_t=scope_1,
        scope_2_location_t=scope_2,
        scope_2_market_t=None,
        scope_3_1_t=None,
        output=output,
        output_unit=_unit(prepared),
        intensity_1_2=_ratio(columns.scope_1 + columns.scope_2, columns.output),
        intensity_1=_ratio(columns.scope_1, columns.output),
        factors=_factors(prepared, columns),
        evidence=evidence[0],
    )


# inside


def _year(prepared: Prepared, year: int) -> Period:
    since = prepared.calendar.instant(date(year, 7, 1))
    found = prepared.calendar.period(PeriodKind.YEAR, since)
    assert found is not None
    return found


def _months(
    months: Sequence[Period], evidence: Sequence[Evidence], sums: Sequence[Sequence[float | None]]
) -> tuple[CarbonMonth, ...]:
    """Return the months; `sums` are Scope 1, Scope 2 and output, of the year and then of each month."""
    return tuple(
        CarbonMonth(
            name=month.name,
            since=month.since,
            until=month.until,
            scope_1_t=scope_1,
            scope_2_location_t=scope_2,
            output=output,
            evidence=basis,
        )
        for month, basis, scope_1, scope_2, output in zip(
            months, evidence, *(column[1:] for column in sums), strict=True
        )
    )


def _columns(prepared: Prepared, year: Period) -> _Columns:
    first = int(np.searchsorted(prepared.edges, year.since))
    end = max(first, int(np.searchsorted(prepared.edges, year.until, side="right")) - 1)
    since, until = prepared.edges[first:end], prepared.edges[first + 1 : end + 1]
    nothing = np.full(len(since), np.nan)
    gas, bought = (
        total_in(prepared, supply_meters(prepared.plant, carrier), year.since, year.until)
        for carrier in (Carrier.GAS, Carrier.ELECTRICITY)
    )
    scope_1, scope_2, output = nothing, nothing, nothing
    if gas is not None:
        scope_1 = _T_PER_KG * co2_kg(
            gas.amount, prepared.method.gas, since=gas.since, monthly=prepared.monthly
        )
    grid = prepared.method.carbon.grid_kg_per_kwh
    if bought is not None and grid is not None:
        scope_2 = _T_PER_KG * grid * bought.amount
    if _unit(prepared):
        made = [prepared.hours[process.id].output[first:end] for process in prepared.plant.processes]
        output = np.sum(made, axis=0)
    return _Columns(
        since=since, until=until, gas=gas, bought=bought, scope_1=scope_1, scope_2=scope_2, output=output
    )


def _unit(prepared: Prepared) -> str:
    units = {process.output_unit for process in prepared.plant.processes}
    return units.pop() if len(units) == 1 else ""


def _evidence(columns: _Columns, periods: Sequence[Period]) -> list[Evidence]:
    """Return what gas and bought electricity of each period rest on: shares of gas, the rest the worse."""
    parts = [
        evidences_of(windows, spans_of(periods))
        for windows in (columns.gas, columns.bought)
        if windows is not None
    ]
    if not parts:
        return [Evidence(shares={}, coverage=0.0, is_complete=False)] * len(periods)
    return [
        Evidence(
            shares=of_period[0].shares,
            coverage=min(each.coverage for each in of_period),
            is_complete=all(each.is_complete for each in of_period),
            codes=tuple(sorted({code for each in of_period for code in each.codes})),
        )
        for of_period in zip(*parts, strict=True)
    ]


def _factors(prepared: Prepared, columns: _Columns) -> tuple[Factor, ...]:
    gas, found = prepared.method.gas, []
    if columns.gas is not None:
        ncv = mean_ncv(columns.gas.amount, columns.gas.since, gas, prepared)
        found.append(gas_factor(gas, ncv))
    grid = grid_factor(prepared.method.carbon)
    return (*found, *([grid] if grid is not None else []))


def _ratio(tonnes: Floats, output: Floats) -> float | None:
    known = np.isfinite(tonnes) & np.isfinite(output)
    made = float(output[known].sum())
    return float(tonnes[known].sum()) / made if made > 0.0 else None


def _number(value: float) -> float | None:
    return value if value == value else None
