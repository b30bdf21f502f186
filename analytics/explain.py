"""An alarm as an alert for people: since when, how large, how sure, what it costs, what moved with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit

from analytics.follow import Alarm, Course, WatchedRows, mean_gas
from analytics.gas import co2_kg
from analytics.level import LEARNING_ROWS
from domain.findings import Severity
from domain.method import GasMethod
from domain.periods import DAY_MS
from domain.results import Alert, AlertKind, AlertState, Baseline, Estimate, Suspect

LARGE_SHARE = 0.05
"""A rise of so much of the gas is an error, not a warning."""
CONFIDENCE = 0.90


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What an alarm is about, in numbers."""

    share: Estimate
    """Of the gas that was normal before: 0.02 is 2 % more."""
    sigma: float
    """In standard deviations of a row."""
    rows: int
    excess_nm3: float
    """Gas beyond what was normal, so far; negative: less."""
    days: float
    probability: float | None
    """That the shift has this sign, by the rows after the alarm alone; None while there is none.

    Those up to the alarm raised it by being extreme: they are no evidence of their own.
    """


def size_of(alarm: Alarm, course: Course, rows: WatchedRows, baseline: Baseline) -> Size:
    """Return the size by all rows of the shift, with the interval of both levels."""
    span = slice(alarm.first, alarm.end)
    shift, error = _shift(course, slice(alarm.shifted, alarm.end), alarm)
    reach = float(stdtrit(baseline.degrees_of_freedom, 0.5 + CONFIDENCE / 2.0)) * error
    share = Estimate(
        value=shift, low=shift - reach, high=shift + reach, confidence=CONFIDENCE, standard_error=error
    )
    probability = None
    if alarm.end > alarm.detected + 1:
        later, later_error = _shift(course, slice(alarm.detected + 1, alarm.end), alarm)
        probability = float(ndtr((later if alarm.is_up else -later) / later_error))
    excess = float(np.sum(rows.gas[span] - alarm.reference * rows.expected[span]))
    return Size(
        share=share,
        sigma=shift * alarm.reference * mean_gas(baseline) / baseline.residual_sd,
        rows=alarm.end - alarm.first,
        excess_nm3=excess,
        days=float(rows.until[alarm.end - 1] - rows.since[alarm.first]) / DAY_MS,
        probability=probability,
    )


def _shift(course: Course, span: slice, alarm: Alarm) -> tuple[float, float]:
    """Return the change of level over a span, as a share of the level before, and its standard error."""
    a, b = course.a[span].copy(), course.b[span].copy()
    if span.start == alarm.shifted:
        whole = course.whole[span.start]
        a[0] += alarm.reference * (whole - b[0])
        b[0] = whole
    weight = float(np.sum(b * b))
    level = float(np.sum(a * b)) / weight
    error = np.sqrt(1.0 / weight + 1.0 / alarm.weight)
    return level / alarm.reference - 1.0, float(error / alarm.reference)


def alert_of(
    alarm: Alarm,
    course: Course,
    rows: WatchedRows,
    *,
    baseline: Baseline,
    gas: GasMethod,
    false_alarms_per_year: float,
    moved: tuple[Suspect, ...],
) -> Alert:
    """Return the alert."""
    size = size_of(alarm, course, rows, baseline)
    is_large = size.share.value >= LARGE_SHARE
    severity = Severity.INFO if not alarm.is_up else Severity.ERROR if is_large else Severity.WARNING
    until = alarm.until
    if not alarm.is_up and alarm.end > alarm.detected + LEARNING_ROWS:
        until = int(rows.until[alarm.end - 1])
    facts = _facts(alarm, size, rows, gas, false_alarms_per_year)
    return Alert(
        id=alarm.id,
        kind=AlertKind.DRIFT,
        code="drift.up" if alarm.is_up else "drift.down",
        subject=baseline.process,
        severity=severity,
        since=int(rows.since[alarm.first]),
        detected=int(rows.until[alarm.detected]),
        until=until,
        state=AlertState.OPEN if until is None else AlertState.RECOVERED,
        problem=_problem(alarm, size, facts, baseline.process, false_alarms_per_year),
        remedy=_remedy(alarm, moved),
        facts=facts,
        suspects=moved,
    )


def _facts(
    alarm: Alarm, size: Size, rows: WatchedRows, gas: GasMethod, false_alarms_per_year: float
) -> dict[str, float | str]:
    facts: dict[str, float | str] = {
        "since": day_name(int(rows.since[alarm.first])),
        "shift_percent": 100.0 * size.share.value,
        "shift_percent_low": 100.0 * size.share.low,
        "shift_percent_high": 100.0 * size.share.high,
        "standard_error_percent": 100.0 * (size.share.standard_error or 0.0),
        "sigma": size.sigma,
        "rows": float(size.rows),
        "rows_to_alarm": float(alarm.detected - alarm.first + 1),
        "level_before": alarm.reference,
        "excess_nm3": size.excess_nm3,
        "excess_nm3_per_day": size.excess_nm3 / size.days,
        "excess_co2_kg": float(co2_kg(size.excess_nm3, gas)),
        "ewma": alarm.ewma,
        "ewma_limit": alarm.ewma_limit,
        "ewma_agrees": "yes" if abs(alarm.ewma) > alarm.ewma_limit else "no",
        "false_alarms_per_year": false_alarms_per_year,
    }
    if size.probability is not None:
        facts["probability"] = size.probability
    if gas.price_per_nm3 is not None:
        cost = size.excess_nm3 * gas.price_per_nm3
        facts["cost"] = cost
        facts["cost_per_day"] = cost / size.days
        facts["currency"] = gas.currency
    if alarm.is_accepted:
        facts["accepted"] = "yes"
    return facts


def _problem(
    alarm: Alarm, size: Size, facts: dict[str, float | str], process: str, false_alarms_per_year: float
) -> str:
    share = size.share
    sign = 1.0 if alarm.is_up else -1.0
    low, high = sorted((sign * 100.0 * share.low, sign * 100.0 * share.high))
    word = "more" if alarm.is_up else "less"
    money = ""
    if "cost" in facts:
        money = f", {sign * float(facts['cost']):,.0f} {facts['currency']}"
    sure = f"a false alarm of this kind comes about {false_alarms_per_year:g} times a year"
    if size.probability is not None:
        sure = f"probability {100.0 * size.probability:.1f} % by the rows after the alarm"
    return (
        f"{process} has burnt {sign * 100.0 * share.value:.1f} % {word} gas for the same work since "
        f"{facts['since']} ({low:.1f} to {high:.1f} %): "
        f"{sign * size.excess_nm3:,.0f} Nm3 in {size.days:.0f} days, "
        f"{sign * float(facts['excess_nm3_per_day']):,.0f} Nm3 a day, "
        f"{sign * float(facts['excess_co2_kg']):,.0f} kg CO2{money}; {sure}"
    )


def _remedy(alarm: Alarm, moved: tuple[Suspect, ...]) -> str:
    names = ", ".join(
        f"{suspect.variable} ({suspect.before:.4g} before, {suspect.after:.4g} since)"
        for suspect in moved[:3]
    )
    look = f"look first at what moved with it: {names}; " if names else "no watched variable moved with it; "
    if not alarm.is_up:
        return (
            f"{look}nothing to repair: the lower level is the new normal; "
            "record what brought it, and check the meter if nobody knows"
        )
    return (
        f"{look}check burner, air-fuel ratio, oven seals, product mix and the meter; "
        "close the alert with its cause, as permanent if this is the new normal"
    )


def day_name(since: int) -> str:
    """Return the day of a row's begin, YYYY-MM-DD; half a day on, see `alert_id`."""
    return str(np.datetime64(since + DAY_MS // 2, "ms").astype("datetime64[D]"))
