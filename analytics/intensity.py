"""Gas per output of a process over periods: ratio and normalised EnPI side by side (METHOD 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from analytics.evidence import evidences, with_codes
from analytics.expectation import Expectation, expectation
from analytics.gas import Monthly, co2_kg, energy_kwh
from analytics.gates import applicability
from analytics.hours import ProcessHours
from analytics.operation import State
from analytics.rows import ModelRows
from analytics.sums import Inside, inside, spans_of
from domain.ledger import StaticFactor
from domain.method import GasMethod, Method
from domain.periods import HOUR_MS, Period
from domain.plant import Process
from domain.results import Baseline, Estimate, Evidence, Intensity
from domain.series import Bools, Floats
from domain.windows import Grade

Saving = Callable[[Period], Estimate | None]
"""Period -> saving of the complete rows in it."""


def intensities(
    hours: ProcessHours,
    rows: ModelRows,
    periods: Sequence[Period],
    *,
    process: Process,
    baseline: Baseline | None,
    factors: Sequence[StaticFactor],
    method: Method,
    saving: Saving,
    monthly: Monthly,
) -> tuple[Intensity, ...]:
    """Return the intensity of each period, in the order of the periods.

    Sums are over the windows in which both gas and output are known; `evidence` says what is missing, and
    which gates of METHOD 4.3 the baseline fails. Of windows that the baseline says nothing about
    (`baseline.partial`: a variable is not known, or it knows no standing rows) the gas is left out of index
    and expected gas.
    """
    places = inside(hours.since, hours.until, spans_of(periods))
    known = np.isfinite(hours.gas) & np.isfinite(hours.output)
    expected = None
    if baseline is not None and _fits(baseline, rows) and len(hours):
        expected = expectation(hours, rows, baseline, factors)
    columns = _columns(hours, known, places, expected, gas=method.gas, monthly=monthly)
    proof = _evidence(hours, known, places)
    return tuple(
        _intensity(
            {name: float(column[place]) for name, column in columns.items()},
            period,
            process=process,
            baseline=baseline,
            evidence=proof[place],
            saving=saving(period) if baseline is not None else None,
            doubts=() if baseline is None else _doubts(baseline, rows, period),
        )
        for place, period in enumerate(periods)
    )


def _fits(baseline: Baseline, rows: ModelRows) -> bool:
    return rows.variables == baseline.variables and rows.interval is baseline.interval


def _doubts(baseline: Baseline, rows: ModelRows, period: Period) -> tuple[str, ...]:
    """Return the codes of the gates that the baseline fails, by itself or for the rows of a period."""
    first = int(np.searchsorted(rows.since, period.since))
    end = int(np.searchsorted(rows.until, period.until, side="right"))
    if first >= end:
        return baseline.failures
    return (*baseline.failures, *applicability(baseline, rows.pick(slice(first, end))))


def _columns(
    hours: ProcessHours,
    known: Bools,
    places: Inside,
    expected: Expectation | None,
    *,
    gas: GasMethod,
    monthly: Monthly,
) -> dict[str, Floats]:
    """Return name -> sum by period; NaN where no window of the period is known."""
    length_h = (hours.until - hours.since) / HOUR_MS

    def total(values: Floats, where: Bools, chosen: Bools | None = None) -> Floats:
        """Sum over the windows `where` something is known, of those `chosen`; NaN where nothing is."""
        of = where if chosen is None else where & chosen
        return np.where(places.some(where), places.total(np.where(of, values, 0.0)), np.nan)

    burnt = np.isfinite(hours.gas)
    columns = {
        "gas": total(hours.gas, burnt),
        "energy": total(energy_kwh(hours.gas, gas, since=hours.since, monthly=monthly), burnt),
        "co2": total(co2_kg(hours.gas, gas, since=hours.since, monthly=monthly), burnt),
        "output": total(hours.output, known),
        "gas_with_output": total(hours.gas, known),
        "one_sided": places.some(burnt & ~known).astype(np.float64),
    }
    # The index compares gas and expected gas of the same windows: those that the model says something of.
    model = np.full(len(hours), np.nan) if expected is None else expected.total
    comparable = known & np.isfinite(model)
    some = places.some(comparable)
    parts = {
        "comparable": hours.gas,
        "base": model if expected is None else expected.base,
        "marginal": model if expected is None else expected.marginal,
    }
    columns |= {name: np.where(some, total(part, known, comparable), np.nan) for name, part in parts.items()}
    columns["left_out"] = places.some(known & ~comparable).astype(np.float64)
    for state in State:
        in_state = hours.state == state
        columns[f"{state.name.lower()}_gas"] = total(hours.gas, burnt, in_state)
        columns[f"{state.name.lower()}_h"] = total(length_h, burnt, in_state)
    return columns


def _evidence(hours: ProcessHours, known: Bools, places: Inside) -> tuple[Evidence, ...]:
    return evidences(
        amount=np.where(known, hours.gas, np.nan),
        grade=np.maximum(hours.gas_grade, np.where(hours.output > 0, hours.output_grade, Grade.MEASURED)),
        coverage=np.where(known, np.minimum(hours.gas_coverage, hours.output_coverage), 0.0),
        flags=hours.gas_flags | hours.output_flags,
        since=hours.since,
        until=hours.until,
        places=places,
    )


def _intensity(
    sums: dict[str, float],
    period: Period,
    *,
    process: Process,
    baseline: Baseline | None,
    evidence: Evidence,
    saving: Estimate | None,
    doubts: tuple[str, ...],
) -> Intensity:
    gas, output = _known(sums["gas"]), _known(sums["output"])
    base, marginal = _known(sums["base"]), _known(sums["marginal"])
    expected = None if base is None or marginal is None else base + marginal
    index, scale = None, None
    if gas is not None and expected is not None and expected > 0.0:
        index, scale = sums["comparable"] / expected, gas / expected
    return Intensity(
        process=process.id,
        period=period,
        output=output,
        output_unit=process.output_unit,
        gas_nm3=gas,
        gas_kwh=_known(sums["energy"]),
        co2_kg=_known(sums["co2"]),
        ratio=_known(sums["gas_with_output"] / output) if output else None,
        expected_nm3=expected,
        index=index,
        normalised=None if index is None or baseline is None else _known(baseline.intensity * index),
        saving_nm3=saving,
        base_nm3=None if scale is None or base is None else base * scale,
        marginal_nm3=None if scale is None or marginal is None else marginal * scale,
        production_nm3=_known(sums["production_gas"]),
        idle_nm3=_known(sums["idle_gas"]),
        startup_nm3=_known(sums["startup_gas"]),
        off_nm3=_known(sums["off_gas"]),
        production_h=_known(sums["production_h"]) or 0.0,
        idle_h=_known(sums["idle_h"]) or 0.0,
        startup_h=_known(sums["startup_h"]) or 0.0,
        evidence=with_codes(evidence, *doubts, *_codes(sums, baseline)),
    )


def _codes(sums: dict[str, float], baseline: Baseline | None) -> Iterator[str]:
    if sums["output"] == 0.0:
        yield "intensity.no_output"
    if sums["one_sided"] and not np.isnan(sums["output"]):
        yield "intensity.partial"
    if baseline is None:
        yield "baseline.none"
    elif np.isnan(sums["base"]) and not np.isnan(sums["gas"]):
        yield "baseline.not_comparable"
    elif sums["left_out"]:
        yield "baseline.partial"


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
