"""Watch the gas of a process against what its baseline expects (METHOD 6).

rows -> level that counts as normal -> whitened residuals -> CUSUM -> alarms -> alerts. Pure: the same rows
and entries always give the same alerts with the same ids; a later row never moves an earlier onset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.calibration import Calibration, calibrate
from analytics.drift import ewma_limit
from analytics.explain import alert_of
from analytics.follow import (
    EWMA_SHARE,
    EWMA_WIDTH,
    Course,
    WatchedRows,
    follow,
    in_sample,
    mean_gas,
    watched_rows,
)
from analytics.rows import ModelRows
from analytics.suspects import suspects
from domain.findings import Finding, Severity
from domain.ledger import AlertAction, AlertEntry
from domain.method import GasMethod, ProcessMethod
from domain.periods import DAY_MS
from domain.results import Alert, Baseline, DriftWatch
from domain.series import Bools, Floats

PLANNED_RISE = 0.02
"""The lasting rise whose detection delay is told."""
_LEAST_ROWS = 12
"""Of a baseline: fewer say too little about their own scatter."""
_YEAR_MS = 365.25 * DAY_MS
_FAR_SD = 3.0
Outcome = tuple[DriftWatch | None, tuple[Alert, ...], tuple[Finding, ...]]


def watch(
    rows: ModelRows,
    *,
    baseline: Baseline | None,
    expected: Floats,
    method: ProcessMethod,
    gas: GasMethod,
    entries: Sequence[AlertEntry] = (),
    now_ms: int,
    extra: Mapping[str, Floats] | None = None,
    meter_flags: NDArray[np.uint16] | None = None,
) -> Outcome:
    """Return how the process is watched, its alerts in order, and findings.

    Rows begin with the baseline period: its residuals tell how the scatter goes with the gas and whether a
    season is left in it; they made the model, and are not watched. `expected` is the adjusted expected gas
    of each row; `extra` and `meter_flags` are looked through for what moved with a drift.
    """
    if baseline is None:
        return None, (), (_no_baseline(rows.process),)
    refused = _refusal(rows, baseline)
    if refused is not None:
        return None, (), (refused,)
    usable = rows.is_known & rows.is_complete & rows.is_operating & (rows.until <= now_ms)
    usable &= np.isfinite(expected) & (np.nan_to_num(expected) > 0.0)
    slow, scale = in_sample(rows, expected, usable, baseline)
    calibration = _calibration(baseline, method, slow)
    later = usable & (rows.since >= baseline.until)
    is_near = _is_near(rows, baseline)
    place = np.flatnonzero(usable & is_near)
    chosen = watched_rows(
        rows.since[place],
        rows.until[place],
        rows.gas[place],
        expected[place],
        baseline=baseline,
        scale=scale,
        is_watched=later[place],
    )
    closings = {
        entry.alert: entry.at
        for entry in sorted(entries, key=lambda entry: (-entry.at, entry.alert))
        if entry.action is AlertAction.CLOSED and entry.is_permanent and entry.at <= now_ms
    }
    course = follow(
        chosen, baseline, calibration, allowance=method.allowance, closings=closings, now_ms=now_ms
    )
    variables = {name: rows.x[place, column] for column, name in enumerate(rows.variables)}
    variables |= {name: values[place] for name, values in (extra or {}).items()}
    flags = None if meter_flags is None else meter_flags[place]
    offset = len(place) - len(chosen)
    alerts = tuple(
        alert_of(
            alarm,
            course,
            chosen,
            baseline=baseline,
            gas=gas,
            false_alarms_per_year=method.false_alarms_per_year,
            moved=suspects(variables, flags, first=offset + alarm.shifted, end=offset + alarm.end),
        )
        for alarm in course.alarms
    )
    found = (
        *_season(rows.process, slow),
        *_spikes(course, chosen, rows.process),
        *_outside(rows, later & ~is_near),
    )
    return _drift_watch(course, calibration, baseline, method), alerts, found


def _calibration(baseline: Baseline, method: ProcessMethod, slow: float) -> Calibration:
    return calibrate(
        rows=baseline.rows,
        parameters=len(baseline.coefficients),
        autocorrelation=baseline.autocorrelation,
        allowance=method.allowance,
        rows_per_year=_rows_per_year(baseline),
        false_alarms_per_year=method.false_alarms_per_year,
        rise_sd=PLANNED_RISE * mean_gas(baseline) / baseline.residual_sd,
        slow=slow,
    )


def _rows_per_year(baseline: Baseline) -> float:
    """Return operating rows a year, as in the baseline period."""
    return baseline.rows / (baseline.until - baseline.since) * _YEAR_MS


def _is_near(rows: ModelRows, baseline: Baseline) -> Bools:
    """Say which rows the baseline can speak of: in its range, or within 3 SD of its mean."""
    lows, highs = np.array(baseline.lows), np.array(baseline.highs)
    far = _FAR_SD * np.array(baseline.deviations)
    means = np.array(baseline.means)
    found: Bools = np.all(
        (rows.x >= np.minimum(lows, means - far)) & (rows.x <= np.maximum(highs, means + far)), axis=1
    )
    return found


def _drift_watch(
    course: Course, calibration: Calibration, baseline: Baseline, method: ProcessMethod
) -> DriftWatch:
    state = course.state
    level = float(state.level)
    return DriftWatch(
        process=baseline.process,
        interval=baseline.interval,
        false_alarms_per_year=method.false_alarms_per_year,
        threshold=calibration.threshold,
        allowance=method.allowance,
        autocorrelation=baseline.autocorrelation,
        rows_per_year=_rows_per_year(baseline),
        expected_delay_rows=calibration.delay_rows,
        level=level,
        upper=float(state.cusum.upper),
        lower=float(state.cusum.lower),
        ewma=float(course.ewma.mean),
        ewma_limit=float(ewma_limit(max(1, int(course.ewma.rows)), share=EWMA_SHARE, width=EWMA_WIDTH)),
        rows=course.rows,
    )


def _refusal(rows: ModelRows, baseline: Baseline) -> Finding | None:
    """Return why there is no watch with this baseline; None where there is one."""
    if baseline.rows < _LEAST_ROWS or baseline.degrees_of_freedom < _LEAST_ROWS - 4:
        return Finding(
            code="drift.too_few_rows",
            key=baseline.process,
            problem=f"the baseline rests on {baseline.rows} rows; too few to tell a drift from chance",
            remedy=f"fit a baseline over at least {_LEAST_ROWS} rows, or use a shorter interval",
            severity=Severity.WARNING,
            facts={"rows": float(baseline.rows)},
        )
    reason = ""
    if baseline.process != rows.process or baseline.interval != rows.interval:
        reason = f"it is of {baseline.process} by {baseline.interval}, not {rows.process} by {rows.interval}"
    elif baseline.variables != rows.variables:
        reason = f"it knows {', '.join(baseline.variables)}, the rows have {', '.join(rows.variables)}"
    elif baseline.failures:
        reason = f"it fails {', '.join(baseline.failures)}"
    elif not (baseline.residual_sd > 0.0 and mean_gas(baseline) > 0.0 and baseline.until > baseline.since):
        reason = "its residuals have no scatter, or it has no gas"
    return _no_baseline(rows.process, reason) if reason else None


def _no_baseline(process: str, reason: str = "") -> Finding:
    problem = f"the baseline cannot be used: {reason}" if reason else "no approved baseline"
    return Finding(
        code="drift.no_baseline",
        key=process,
        problem=f"drift of gas is not watched: {problem}",
        remedy="fit a baseline that passes its gates, and approve it",
        severity=Severity.WARNING,
    )


def _season(process: str, slow: float) -> tuple[Finding, ...]:
    if slow == 0.0:
        return ()
    return (
        Finding(
            code="drift.season",
            key=process,
            problem=f"{100.0 * slow:.0f} % of the scatter about the baseline wanders over weeks; the "
            "threshold is raised for it, and drifts are found later",
            remedy="take what moves with the seasons, such as ambient temperature, into the baseline",
            severity=Severity.INFO,
            facts={"share_percent": 100.0 * slow},
        ),
    )


def _spikes(course: Course, rows: WatchedRows, process: str) -> tuple[Finding, ...]:
    found = []
    for row in course.spikes:
        percent = 100.0 * (rows.gas[row] / rows.expected[row] - 1.0)
        found.append(
            Finding(
                code="drift.spike",
                key=process,
                problem=f"one row lies more than 3 standard deviations out: gas {percent:+.1f} % of expected",
                remedy="see what was special; a single row is no drift",
                severity=Severity.INFO,
                since=int(rows.since[row]),
                until=int(rows.until[row]),
                facts={"shift_percent": float(percent), "gas_nm3": float(rows.gas[row])},
            )
        )
    return tuple(found)


def _outside(rows: ModelRows, is_left_out: Bools) -> tuple[Finding, ...]:
    count = int(np.count_nonzero(is_left_out))
    if count == 0:
        return ()
    place = np.flatnonzero(is_left_out)
    return (
        Finding(
            code="drift.outside_baseline",
            key=rows.process,
            problem=f"{count} rows lie outside the range of the baseline and are not watched",
            remedy="fit a baseline over a period that covers such rows",
            severity=Severity.INFO,
            since=int(rows.since[place[0]]),
            until=int(rows.until[place[-1]]),
            facts={"rows": float(count)},
        ),
    )
