"""Courses of a made plant: load, CUSUM, rows of the model."""

from __future__ import annotations

import numpy as np

from domain.courses import Course, Cusum, Load, ModelPoint, ModelRowsPicture, Values
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier
from domain.series import Floats
from tests.dashboard.making.hours import (
    BASELINE_SINCE,
    BASELINE_UNTIL,
    DRIFT,
    DRIFT_SINCE,
    NOW,
    PROCESSES,
    START,
    Hours,
    days,
)

BASELINES = {"coil": "coil-3f9a0c51d2e7", "sheet": "sheet-8b1e60aa94c3"}
WAITING_BASELINE = "sheet-c04d7719be52"
DRIFT_ALERT = "drift-coil-20261025"


def _rates(hourly: Floats, hours: Hours, at: tuple[int, ...], step_ms: int) -> Values:
    """Return mean rates of steps; within an hour the rate wiggles a little, always the same way."""
    rates = hourly / hours.length_h
    found: list[float | None] = []
    for begin in at:
        if step_ms < HOUR_MS:
            rate = float(rates[min((begin - START) // HOUR_MS, len(rates) - 1)])
            found.append(rate * (1.0 + 0.01 * float(np.sin(begin / 400_000.0))))
            continue
        span = hours.span(begin, begin + step_ms)
        length = float(hours.length_h[span].sum())
        found.append(float(hourly[span].sum()) / length if length else None)
    return tuple(found)


def load(hours: Hours, *, since: int, until: int, step_ms: int, silent: frozenset[Carrier]) -> Load:
    """Return the courses of [since, until); carriers in `silent` have no value for their last minutes."""
    first, end = max(since, START), min(until, NOW)
    at = tuple(range(first, end, step_ms))
    used = sum(hours.electricity.values(), np.zeros(len(hours.since)))
    expected = hours.gas["main"] - sum(hours.gas[p] - hours.expected[p] for p in PROCESSES)
    hourly = {
        "gas": (Carrier.GAS, hours.gas["main"]),
        "gas_expected": (None, expected),
        "electricity": (Carrier.ELECTRICITY, used),
        "pv": (Carrier.PV, hours.pv["pv_1"] + hours.pv["pv_2"]),
        "heat": (Carrier.HEAT, hours.heat["coil"] + hours.heat["sheet"]),
    }
    courses = {}
    for name, (carrier, series) in hourly.items():
        values, unit = _rates(series, hours, at, step_ms), "Nm3/h" if name.startswith("gas") else "kW"
        whole: tuple[bool, ...] = ()
        if carrier in silent and values:
            whole = (*(True for _ in values[:-1]), False)
        courses[name] = Course(name=name, unit=unit, values=values, is_whole=whole)
    return Load(
        since=first,
        until=end,
        step_ms=step_ms,
        at=at,
        gas=courses["gas"],
        gas_expected=courses["gas_expected"] if first >= BASELINE_SINCE else None,
        electricity=courses["electricity"],
        pv=courses["pv"],
        heat=courses["heat"],
    )


def cusum(hours: Hours, process: str, *, since: int) -> Cusum:
    """Return the CUSUM of whole days from the end of the baseline period, or a later instant, on."""
    begins = [day for day in days(max(since, BASELINE_UNTIL), NOW) if day + DAY_MS <= NOW]
    excess: list[float | None] = []
    total: list[float | None] = []
    level = 0.0
    for day in begins:
        span = hours.span(day, day + DAY_MS)
        more = float(hours.gas[process][span].sum() - hours.expected[process][span].sum())
        level += more
        excess.append(more)
        total.append(level)
    drifts = process == "coil"
    return Cusum(
        process=process,
        interval="day",
        baseline=BASELINES[process],
        since=tuple(begins),
        until=tuple(day + DAY_MS for day in begins),
        excess=tuple(excess),
        total=tuple(total),
        alert=DRIFT_ALERT if drifts else None,
        onset=DRIFT_SINCE if drifts else None,
        shift=DRIFT if drifts else None,
    )


def model_rows(hours: Hours, process: str) -> ModelRowsPicture:
    """Return every day since the begin of the baseline period."""
    rows = []
    for day in days(BASELINE_SINCE, NOW):
        if day + DAY_MS > NOW:
            continue
        span = hours.span(day, day + DAY_MS)
        made = float(hours.output[process][span].sum())
        rows.append(
            ModelPoint(
                since=day,
                until=day + DAY_MS,
                output=made,
                gas_nm3=float(hours.gas[process][span].sum()),
                expected_nm3=float(hours.expected[process][span].sum()),
                is_operating=made > 0.0,
                is_in_baseline=day < BASELINE_UNTIL,
            )
        )
    used = [(row.output, row.gas_nm3) for row in rows if row.is_in_baseline and row.is_operating]
    x, y = np.array(used, dtype=np.float64).T
    slope, constant = np.polyfit(x, y, 1)
    return ModelRowsPicture(
        process=process,
        interval="day",
        output_unit="t",
        baseline=BASELINES[process],
        constant=float(constant),
        slope=float(slope),
        r_squared=float(np.corrcoef(x, y)[0, 1] ** 2),
        rows=tuple(rows),
    )
