"""Checked settings -> domain.method.Method. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from config.method_tables import WEEKDAYS, CalendarTable, CarbonTable
from config.settings import ProcessTable, Settings
from config.tables import given
from config.values import minute_of
from domain.carbon import CarbonPath
from domain.method import (
    CarbonMethod,
    Counterfactual,
    GasMethod,
    Method,
    ProcessMethod,
    TargetMethod,
    TargetReading,
)
from domain.periods import PeriodKind, Shift, WorkingCalendar

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


def build_method(settings: Settings) -> Method:
    """Return the choices of settings that the checks found no error in."""
    analytics, gas, target = settings.analytics, settings.gas, settings.target
    return Method(
        gap_ms=round(analytics.gap_min * _MINUTE_MS),
        confidence=analytics.confidence,
        balance_tolerance=analytics.balance_tolerance,
        silent_ms=round(analytics.silent_min * _MINUTE_MS),
        stuck_ms=round(analytics.stuck_h * _HOUR_MS),
        gas=GasMethod(
            ncv_mj_per_nm3=gas.ncv_mj_per_nm3,
            carbon_t_per_tj=gas.carbon_t_per_tj,
            oxidation=gas.oxidation,
            price_per_nm3=gas.price_per_nm3,
            currency=gas.currency,
        ),
        target=TargetMethod(
            base_year=target.base_year,
            target_year=target.target_year,
            yearly_reduction=target.yearly_reduction,
            reading=TargetReading(target.reading),
        ),
        carbon=_carbon(settings.carbon),
        processes={given(table.id): _process(table) for table in settings.processes},
        counterfactual=Counterfactual(settings.heat.counterfactual),
        heat_efficiency=settings.heat.efficiency,
        calendar=build_calendar(settings.calendar),
    )


def shift_of(name: str, start: str, end: str) -> Shift:
    """Return a shift of local times."""
    return Shift(name=name, start_min=minute_of(start), end_min=minute_of(end))


def build_calendar(table: CalendarTable) -> WorkingCalendar:
    """Return the calendar that holds until the ledger changes it."""
    return WorkingCalendar(
        day_start_min=minute_of(table.day_start),
        shifts=tuple(shift_of(given(s.name), given(s.start), given(s.end)) for s in table.shifts),
        rest_days=frozenset(WEEKDAYS.index(day) for day in table.rest_days),
        holidays=frozenset(table.holidays),
    )


def _carbon(table: CarbonTable) -> CarbonMethod:
    return CarbonMethod(
        grid_kg_per_kwh=table.grid_kg_per_kwh,
        grid_source=table.grid_source or "",
        is_grid_verified=table.grid_verified,
        grid_region=table.grid_region or "",
        certificate_match=table.certificate_match,
        beneficiary=table.beneficiary or "",
        invoice_tolerance=table.invoice_tolerance,
        base_year_threshold=table.base_year_threshold,
        meter_uncertainty={
            "gas": table.meter_uncertainty.gas,
            "electricity": table.meter_uncertainty.electricity,
            "pv": table.meter_uncertainty.pv,
            "heat": table.meter_uncertainty.heat,
        },
        invoice_uncertainty=table.invoice_uncertainty,
        pv_plan_kwh_per_year=table.pv_plan_kwh_per_year,
        heat_plan_kwh_per_year=table.heat_plan_kwh_per_year,
        paths=tuple(
            CarbonPath(
                id=given(path.id),
                unit=path.unit,
                allowed=_by_year(given(path.allowed)),
                stated=_by_year(path.stated),
                source=given(path.source),
            )
            for path in table.paths
        ),
    )


def _by_year(values: Mapping[str, float]) -> Mapping[int, float]:
    return {int(year): value for year, value in sorted(values.items())}


def _process(table: ProcessTable) -> ProcessMethod:
    return ProcessMethod(
        interval=PeriodKind(table.interval),
        variables=tuple(table.variables),
        hot_above_c=table.hot_above_c,
        false_alarms_per_year=table.false_alarms_per_year,
        allowance=table.allowance,
    )
