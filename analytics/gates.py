"""When a baseline may be used (METHOD 4.3), as codes and in words."""

from __future__ import annotations

from math import isfinite

import numpy as np

from analytics.model import COVERAGE, usable
from analytics.regression import counted, independent_rows
from analytics.rows import ModelRows
from domain.findings import Finding, Severity
from domain.periods import PeriodKind
from domain.results import Baseline

F_TEST = 0.10
DRIVER = 0.20
STRONG_DRIVER = 0.10
R_SQUARED = 0.50
DEVIATIONS = 3.0
"""The mean of a driver may lie so many standard deviations from that of the baseline."""
FEWEST_ROWS = {PeriodKind.DAY: 30, PeriodKind.WEEK: 12, PeriodKind.MONTH: 9}
"""Months: nine valid points, as ASHRAE Guideline 14 (verify). Weeks and days: a quarter, a month of work."""
ROWS_PER_DRIVER = 6
"""More drivers need more rows, whatever the interval."""


def fewest_rows(interval: PeriodKind, drivers: int) -> int:
    """Return how many operating rows a baseline must rest on."""
    return max(FEWEST_ROWS.get(interval, FEWEST_ROWS[PeriodKind.DAY]), ROWS_PER_DRIVER * drivers)


def failures(baseline: Baseline) -> tuple[str, ...]:
    """Return the codes of the gates that a baseline fails, in the order of METHOD 4.3."""
    drivers = baseline.p_values[1:]
    free = independent_rows(baseline.rows, counted(baseline.autocorrelation, baseline.rows))
    gates = (
        ("baseline.f_test", not baseline.f_p_value < F_TEST),
        ("baseline.driver_p", not max(drivers) < DRIVER),
        ("baseline.no_strong_driver", not min(drivers) < STRONG_DRIVER),
        ("baseline.r_squared", not baseline.r_squared >= R_SQUARED),
        ("baseline.coverage", not baseline.coverage >= COVERAGE),
        ("baseline.too_few_rows", baseline.rows < fewest_rows(baseline.interval, len(baseline.variables))),
        ("baseline.dependent_rows", free - len(baseline.coefficients) < 1),
    )
    return tuple(code for code, failed in gates if failed)


def findings_of(baseline: Baseline) -> tuple[Finding, ...]:
    """Return the failed gates of a baseline in words, and what else is odd about it."""
    words = {
        "baseline.f_test": (
            f"the model explains no more than chance would: p of the F-test {baseline.f_p_value:.3g}, "
            f"allowed below {F_TEST}",
            "take another period, another interval or other variables",
        ),
        "baseline.driver_p": (
            f"{_weak(baseline)}: allowed below {DRIVER}",
            "leave these variables out of the model and fit again",
        ),
        "baseline.no_strong_driver": (
            f"no variable is surely linked to the gas: the best p is {min(baseline.p_values[1:]):.3g}, "
            f"one below {STRONG_DRIVER} is needed",
            "check that gas and output belong to the same process and times, or name other variables",
        ),
        "baseline.r_squared": (
            f"the model explains {baseline.r_squared:.1%} of the gas's variation, {R_SQUARED:.0%} is needed",
            "add the variable that moves the gas, or use weekly or monthly rows",
        ),
        "baseline.coverage": (
            f"{baseline.coverage:.1%} of the period was observed, {COVERAGE:.0%} is needed",
            "fill the gaps, or take another period",
        ),
        "baseline.too_few_rows": (
            f"{baseline.rows} {baseline.interval} rows with output, "
            f"{fewest_rows(baseline.interval, len(baseline.variables))} are needed",
            "take a longer period or a finer interval",
        ),
        "baseline.dependent_rows": (
            f"the residuals follow each other (autocorrelation {baseline.autocorrelation:.2f}): "
            f"{baseline.rows} rows count as too few to give an interval",
            "take a longer period, or add the variable that drifts with the gas",
        ),
    }
    found = [
        Finding(
            code=code,
            key=baseline.id,
            problem=words[code][0],
            remedy=words[code][1],
            since=baseline.since,
            until=baseline.until,
        )
        for code in baseline.failures
        if code in words
    ]
    return (*found, *_oddities(baseline))


def _oddities(baseline: Baseline) -> tuple[Finding, ...]:
    found = []
    if baseline.coefficients[0] < 0:
        found.append(
            Finding(
                code="baseline.negative_base",
                key=baseline.id,
                problem=f"the model expects {baseline.coefficients[0]:.1f} Nm3 a {baseline.interval} "
                "without output: a base load cannot be negative",
                remedy="do not read the base as base load; check the gas per output at low output, or add a "
                "variable",
                severity=Severity.WARNING,
                facts={"base_nm3": baseline.coefficients[0]},
                since=baseline.since,
                until=baseline.until,
            )
        )
    if baseline.coefficients[1] < 0:
        found.append(
            Finding(
                code="baseline.negative_slope",
                key=baseline.id,
                problem="the model expects less gas for more output: "
                f"{baseline.coefficients[1]:.4g} Nm3 a unit",
                remedy="check the shares of the gas meters and the output of the process",
                severity=Severity.WARNING,
                since=baseline.since,
                until=baseline.until,
                facts={"slope_nm3": baseline.coefficients[1]},
            )
        )
    return tuple(found)


def _weak(baseline: Baseline) -> str:
    weak = [
        f"{name} (p {p:.3g})"
        for name, p in zip(baseline.variables, baseline.p_values[1:], strict=True)
        if not p < DRIVER
    ]
    return f"not surely linked to the gas: {', '.join(weak)}"


def hindrance(code: str, rows: ModelRows, *, since: int, until: int, columns: tuple[str, ...]) -> Finding:
    """Return why operating rows give no coefficients at all.

    no_output, unknown_variable, too_few_rows or collinear; `columns` are the variables it is about.
    """
    problem, remedy = {
        "baseline.no_output": (
            f"no {rows.interval} of the period has output, known gas and 90 % coverage",
            "enter the production of the period, or choose another period",
        ),
        "baseline.unknown_variable": (
            f"never known in the period: {', '.join(columns)}",
            "check the points that measure it, or leave it out of the model",
        ),
        "baseline.collinear": (
            f"these do not vary apart from each other: {', '.join(columns)}",
            "leave one of them out of the model",
        ),
        "baseline.too_few_rows": (
            f"{len(rows)} {rows.interval} rows with output do not determine "
            f"{len(rows.variables) + 1} coefficients",
            "take a longer period or a finer interval",
        ),
    }[code]
    return Finding(code=code, key=rows.process, problem=problem, remedy=remedy, since=since, until=until)


# the reporting period


def applicability(baseline: Baseline, rows: ModelRows) -> tuple[str, ...]:
    """Return the codes of what keeps a baseline from being held against rows; empty: it applies."""
    return tuple(dict.fromkeys(finding.code for finding in applicability_findings(baseline, rows)))


def applicability_findings(baseline: Baseline, rows: ModelRows) -> tuple[Finding, ...]:
    """Return the same in words: another model, a variable out of range, standing rows.

    A driver's mean must lie within the baseline's range or within 3 standard deviations of its mean.
    """
    if rows.variables != baseline.variables or rows.interval is not baseline.interval:
        return (_other_model(baseline, rows),)
    known = rows.pick(usable(rows))
    running = known.pick(known.is_operating)
    found = []
    for place, name in enumerate(baseline.variables):
        mean = float(running.x[:, place].mean()) if len(running) else float("nan")
        low, high = baseline.lows[place], baseline.highs[place]
        reach = DEVIATIONS * baseline.deviations[place]
        if isfinite(mean) and not low <= mean <= high and abs(mean - baseline.means[place]) > reach:
            found.append(_out_of_range(baseline, name, mean, (low, high), known))
    standing = int(np.count_nonzero(~known.is_operating))
    if standing and not baseline.standing_rows:
        found.append(_no_standing(baseline, standing, known))
    return tuple(found)


def _other_model(baseline: Baseline, rows: ModelRows) -> Finding:
    return Finding(
        code="baseline.other_model",
        key=baseline.id,
        problem=f"it was fitted to {baseline.interval} rows of {', '.join(baseline.variables)}; the process "
        f"is now described by {rows.interval} rows of {', '.join(rows.variables)}",
        remedy="fit and approve a baseline for the model of the plant file, or restore that model",
    )


def _out_of_range(
    baseline: Baseline, name: str, mean: float, span: tuple[float, float], rows: ModelRows
) -> Finding:
    low, high = span
    return Finding(
        code="baseline.out_of_range",
        key=f"{baseline.id}.{name}",
        problem=f"{name} is {mean:.6g} on average, far from {low:.6g} to {high:.6g} in the baseline period",
        remedy="read the normalised figures with care; fit a baseline to a period with such values",
        severity=Severity.WARNING,
        since=int(rows.since[0]),
        until=int(rows.until[-1]),
        facts={"mean": mean, "low": low, "high": high},
    )


def _no_standing(baseline: Baseline, standing: int, rows: ModelRows) -> Finding:
    return Finding(
        code="baseline.no_standing",
        key=baseline.id,
        problem=f"{standing} {baseline.interval} rows without output, and the baseline period had none: they "
        "are left out of expected gas and saving",
        remedy="fit a baseline to a period in which the process also stood",
        severity=Severity.WARNING,
        since=int(rows.since[0]),
        until=int(rows.until[-1]),
        facts={"standing_rows": float(standing)},
    )
