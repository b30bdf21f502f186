"""Results of periods: intensity, balance, own generation, recovered heat; and of years: tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from dashboard.api.call import Call
from dashboard.api.shapes import (
    Hours,
    Kg,
    Kwh,
    Nm3,
    Proven,
    Rows,
    Share,
    SpanFields,
    Spanned,
    high,
    low,
    middle,
    proof_fields,
    unit,
)
from domain.periods import Period
from domain.results import Balance, Intensity, Pv, RecoveredHeat, Track

PerOutput = Annotated[float | None, unit("Nm3/output_unit")]
Output = Annotated[float | None, unit("output_unit")]


@dataclass(frozen=True, kw_only=True)
class IntensityRow(Proven, Spanned):
    """Gas per output of a process in a period."""

    process: str
    period: str
    period_name: str
    output: Output
    output_unit: str
    gas_nm3: Nm3
    gas_kwh: Kwh
    co2_kg: Kg
    ratio: PerOutput
    expected_nm3: Nm3
    index: Share
    normalised: PerOutput
    saving_nm3: Nm3
    saving_low_nm3: Nm3
    saving_high_nm3: Nm3
    base_nm3: Nm3
    marginal_nm3: Nm3
    production_nm3: Nm3
    idle_nm3: Nm3
    startup_nm3: Nm3
    off_nm3: Nm3
    production_h: Hours
    idle_h: Hours
    startup_h: Hours


def _of(call: Call, kind: str, *, subject: str | None = None) -> Sequence[Any]:
    """Return the results of a kind in the span that is asked for, by its own periods."""
    span = call.span()
    return call.source.results(
        kind, since=span.since, until=span.until, period=call.kind(span), subject=subject
    )


def _period(call: Call, period: Period) -> SpanFields:
    return call.fields(period.since, period.until)


def intensity(call: Call) -> Rows[IntensityRow]:
    """Return gas per output."""
    found: Sequence[Intensity] = _of(call, "intensity", subject=call.process_if_any())
    return Rows(rows=tuple(_intensity(call, each) for each in found))


def _intensity(call: Call, each: Intensity) -> IntensityRow:
    return IntensityRow(
        **_period(call, each.period),
        **proof_fields(each.evidence),
        process=each.process,
        period=each.period.kind,
        period_name=each.period.name,
        output=each.output,
        output_unit=each.output_unit,
        gas_nm3=each.gas_nm3,
        gas_kwh=each.gas_kwh,
        co2_kg=each.co2_kg,
        ratio=each.ratio,
        expected_nm3=each.expected_nm3,
        index=each.index,
        normalised=each.normalised,
        saving_nm3=middle(each.saving_nm3),
        saving_low_nm3=low(each.saving_nm3),
        saving_high_nm3=high(each.saving_nm3),
        base_nm3=each.base_nm3,
        marginal_nm3=each.marginal_nm3,
        production_nm3=each.production_nm3,
        idle_nm3=each.idle_nm3,
        startup_nm3=each.startup_nm3,
        off_nm3=each.off_nm3,
        production_h=each.production_h,
        idle_h=each.idle_h,
        startup_h=each.startup_h,
    )


@dataclass(frozen=True, kw_only=True)
class BalanceRow(Proven, Spanned):
    """Main meter against sub-meters."""

    carrier: str
    period: str
    period_name: str
    main: Annotated[float | None, unit("amount_unit")]
    subs: Annotated[float | None, unit("amount_unit")]
    unallocated: Annotated[float | None, unit("amount_unit")]
    amount_unit: str
    share: Share


def balance(call: Call) -> Rows[BalanceRow]:
    """Return main meters against sub-meters."""
    found: Sequence[Balance] = _of(call, "balance", subject=call.text("subject") or None)
    return Rows(
        rows=tuple(
            BalanceRow(
                **_period(call, each.period),
                **proof_fields(each.evidence),
                carrier=each.carrier,
                period=each.period.kind,
                period_name=each.period.name,
                main=each.main,
                subs=each.subs,
                unallocated=each.unallocated,
                amount_unit="Nm3" if each.carrier == "gas" else "kWh",
                share=each.share,
            )
            for each in found
        )
    )


@dataclass(frozen=True, kw_only=True)
class PvRow(Proven, Spanned):
    """Own generation."""

    period: str
    period_name: str
    generated_kwh: Kwh
    exported_kwh: Kwh
    self_consumed_kwh: Kwh
    imported_kwh: Kwh
    self_consumption_rate: Share
    self_sufficiency: Share


def pv(call: Call) -> Rows[PvRow]:
    """Return own generation and how much of it was used here."""
    found: Sequence[Pv] = _of(call, "pv")
    return Rows(
        rows=tuple(
            PvRow(
                **_period(call, each.period),
                **proof_fields(each.evidence),
                period=each.period.kind,
                period_name=each.period.name,
                generated_kwh=each.generated,
                exported_kwh=each.exported,
                self_consumed_kwh=each.self_consumed,
                imported_kwh=each.imported,
                self_consumption_rate=each.self_consumption_rate,
                self_sufficiency=each.self_sufficiency,
            )
            for each in found
        )
    )


@dataclass(frozen=True, kw_only=True)
class HeatRow(Proven, Spanned):
    """Waste heat of a point that was used."""

    point: str
    period: str
    period_name: str
    heat_kwh: Kwh
    avoided_gas_nm3: Nm3
    avoided_electricity_kwh: Kwh


def heat(call: Call) -> Rows[HeatRow]:
    """Return recovered heat, beside the inventory."""
    found: Sequence[RecoveredHeat] = _of(call, "heat", subject=call.text("subject") or None)
    return Rows(
        rows=tuple(
            HeatRow(
                **_period(call, each.period),
                **proof_fields(each.evidence),
                point=each.point,
                period=each.period.kind,
                period_name=each.period.name,
                heat_kwh=each.heat_kwh,
                avoided_gas_nm3=each.avoided_gas_nm3,
                avoided_electricity_kwh=each.avoided_electricity_kwh,
            )
            for each in found
        )
    )


@dataclass(frozen=True, kw_only=True)
class TrackRow:
    """Where a process stands in a year against its target; rates are shares a year."""

    process: str
    year: int
    base_year: int
    target_year: int
    base_intensity: PerOutput
    target: PerOutput
    target_final: PerOutput
    year_to_date: PerOutput
    year_to_date_normalised: PerOutput
    output_unit: str
    achieved_rate: Share
    required_rate: Share
    projected_rate: Share
    gas_to_date_nm3: Nm3
    output_to_date: Output
    planned_output: Output
    plan_source: str
    projection: PerOutput
    projection_low: PerOutput
    projection_high: PerOutput
    probability: Share
    gas_allowed_nm3: Nm3
    target_geometric: PerOutput
    target_linear: PerOutput
    target_every_year: PerOutput
    is_proven: bool
    codes: str


def tracks(call: Call) -> Rows[TrackRow]:
    """Return the years of the processes; of one year with `year`."""
    year = call.asked.year() if call.text("year") else None
    process = call.process_if_any()
    found: Sequence[Track] = call.source.results("track")  # their subject is `coil-2026`
    units = {each.id: each.output_unit for each in call.asked.plant.processes}
    return Rows(
        rows=tuple(
            _track(each, units.get(each.process, ""))
            for each in found
            if year in (None, each.year) and process in (None, each.process)
        )
    )


def _track(each: Track, output_unit: str) -> TrackRow:
    targets = {reading.name: reading.target for reading in each.readings}
    return TrackRow(
        process=each.process,
        year=each.year,
        base_year=each.base_year,
        target_year=each.target_year,
        base_intensity=each.base_intensity,
        target=each.target,
        target_final=each.target_final,
        year_to_date=each.year_to_date,
        year_to_date_normalised=each.year_to_date_normalised,
        output_unit=output_unit,
        achieved_rate=each.achieved_rate,
        required_rate=each.required_rate,
        projected_rate=each.projected_rate,
        gas_to_date_nm3=each.gas_to_date,
        output_to_date=each.output_to_date,
        planned_output=each.planned_output,
        plan_source=each.plan_source,
        projection=middle(each.projection),
        projection_low=low(each.projection),
        projection_high=high(each.projection),
        probability=each.probability,
        gas_allowed_nm3=each.gas_allowed,
        target_geometric=targets.get("geometric"),
        target_linear=targets.get("linear"),
        target_every_year=targets.get("every_year"),
        is_proven=each.is_proven,
        codes=" ".join(each.codes),
    )
