"""Courses over time: load of the carriers, CUSUM, rows of the baseline model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from dashboard.api.call import MOST_ROWS, Call
from dashboard.api.faults import Fault
from dashboard.api.shapes import Instant, Kw, Nm3, Rows, Share, Spanned, unit
from domain.courses import Course
from domain.periods import DAY_MS, HOUR_MS

STEPS = {"5m": 5 * 60_000, "15m": 15 * 60_000, "1h": HOUR_MS, "1d": DAY_MS}
GasRate = Annotated[float | None, unit("Nm3/h")]


@dataclass(frozen=True, kw_only=True)
class LoadRow(Spanned):
    """Mean rates of a step. `is_whole` is false where some meters, or some of the time, is missing."""

    gas_nm3_h: GasRate
    gas_expected_nm3_h: GasRate
    electricity_kw: Kw
    pv_kw: Kw
    heat_kw: Kw
    gas_is_whole: bool
    electricity_is_whole: bool
    pv_is_whole: bool
    heat_is_whole: bool


@dataclass(frozen=True, kw_only=True)
class LoadAnswer(Rows[LoadRow]):
    """How the carriers went."""

    step_ms: int


def load(call: Call) -> LoadAnswer:
    """Return mean rates in steps."""
    span = call.span("24h")
    length = span.until - span.since
    usual = "15m" if length <= 2 * DAY_MS else "1h" if length <= 31 * DAY_MS else "1d"
    step = call.one_of("step", tuple(STEPS), usual)
    if length / STEPS[step] > MOST_ROWS:
        raise Fault(
            422, "step", f"{step} gives more than {MOST_ROWS:,} rows", "take a longer step or less time"
        )
    found = call.source.load(since=span.since, until=span.until, step_ms=STEPS[step])
    expected = found.gas_expected
    wholes = [_wholes(each) for each in (found.gas, found.electricity, found.pv, found.heat)]
    rows = tuple(
        LoadRow(
            **call.fields(at, min(at + found.step_ms, found.until)),
            gas_nm3_h=found.gas.values[place],
            gas_expected_nm3_h=None if expected is None else expected.values[place],
            electricity_kw=found.electricity.values[place],
            pv_kw=found.pv.values[place],
            heat_kw=found.heat.values[place],
            gas_is_whole=wholes[0](place),
            electricity_is_whole=wholes[1](place),
            pv_is_whole=wholes[2](place),
            heat_is_whole=wholes[3](place),
        )
        for place, at in enumerate(found.at)
    )
    return LoadAnswer(rows=rows, step_ms=found.step_ms)


def _wholes(course: Course) -> Callable[[int], bool]:
    return lambda place: course.is_whole[place] if course.is_whole else True


@dataclass(frozen=True, kw_only=True)
class CusumRow(Spanned):
    """A row of the CUSUM."""

    excess_nm3: Nm3
    total_nm3: Nm3


@dataclass(frozen=True, kw_only=True)
class CusumAnswer(Rows[CusumRow]):
    """Gas against the baseline, added up."""

    process: str
    interval: str
    baseline: str | None
    """None: no baseline is approved, and there are no rows."""
    alert: str | None
    onset: Instant | None
    shift: Share


def cusum(call: Call) -> CusumAnswer:
    """Return the CUSUM of a process."""
    process = call.process()
    since, until = call.span_if_any()
    found = call.source.cusum(process, since=since)
    if found is None:
        return CusumAnswer(
            rows=(), process=process, interval="", baseline=None, alert=None, onset=None, shift=None
        )
    rows = tuple(
        CusumRow(**call.fields(begin, end), excess_nm3=excess, total_nm3=total)
        for begin, end, excess, total in zip(found.since, found.until, found.excess, found.total, strict=True)
        if begin < until
    )
    return CusumAnswer(
        rows=rows,
        process=process,
        interval=found.interval,
        baseline=found.baseline,
        alert=found.alert,
        onset=call.iso_or_none(found.onset),
        shift=found.shift,
    )


@dataclass(frozen=True, kw_only=True)
class ModelRow(Spanned):
    """A row of the baseline model."""

    output: Annotated[float | None, unit("output_unit")]
    output_unit: str
    gas_nm3: Nm3
    expected_nm3: Nm3
    is_operating: bool
    is_in_baseline: bool


@dataclass(frozen=True, kw_only=True)
class ModelAnswer(Rows[ModelRow]):
    """Rows of a process with the line that its baseline draws through them."""

    process: str
    interval: str
    output_unit: str
    baseline: str | None
    constant_nm3: Nm3
    slope: Annotated[float | None, unit("Nm3/output_unit")]
    r_squared: Share


def model_rows(call: Call) -> ModelAnswer:
    """Return gas and output of every row of a process."""
    since, until = call.span_if_any()
    found = call.source.model_rows(call.process())
    rows = tuple(
        ModelRow(
            **call.fields(each.since, each.until),
            output=each.output,
            output_unit=found.output_unit,
            gas_nm3=each.gas_nm3,
            expected_nm3=each.expected_nm3,
            is_operating=each.is_operating,
            is_in_baseline=each.is_in_baseline,
        )
        for each in found.rows
        if since <= each.since < until
    )
    return ModelAnswer(
        rows=rows,
        process=found.process,
        interval=found.interval,
        output_unit=found.output_unit,
        baseline=found.baseline,
        constant_nm3=found.constant,
        slope=found.slope,
        r_squared=found.r_squared,
    )
