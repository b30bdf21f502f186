"""Energy baseline of a process: gas per row from its relevant variables (METHOD 4; ISO 50006, IPMVP).

`fit` freezes everything that later figures need; `expected`, `adjusted`, `saving` and the gates use it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from math import sqrt

import numpy as np
from scipy.special import fdtrc, stdtr

from analytics.gates import applicability, applicability_findings, failures, findings_of, hindrance
from analytics.model import adjusted, design, expected, usable
from analytics.regression import (
    Regression,
    correlated,
    counted,
    dependent_columns,
    durbin_watson,
    lag_one,
    regress,
)
from analytics.rows import ModelRows
from analytics.saving import comparable, saving
from domain.findings import Finding
from domain.results import Baseline
from domain.series import Floats

__all__ = [
    "adjusted",
    "applicability",
    "applicability_findings",
    "comparable",
    "data_hash",
    "expected",
    "findings_of",
    "fit",
    "no_readings",
    "saving",
    "usable",
]


def fit(rows: ModelRows, *, since: int, until: int) -> tuple[Baseline | None, tuple[Finding, ...]]:
    """Return the baseline of the rows inside [since, until) with its findings; None: they say why.

    Rows that are known, over and observed for 90 % of the time take part: those with output in the
    regression, the others in the mean of standing rows. Gas and output sum all rows that are known and over.
    """
    inside = rows.pick((rows.since >= since) & (rows.until <= until))
    used = inside.pick(usable(inside))
    running = used.pick(used.is_operating)
    never = _never_known(inside)
    if never:
        return None, (
            hindrance("baseline.unknown_variable", inside, since=since, until=until, columns=never),
        )
    found = _regress(running, since=since, until=until)
    if isinstance(found, Finding):
        return None, (found,)
    draft = _baseline(found, running, used.pick(~used.is_operating), since=since, until=until)
    known = inside.pick(inside.is_known & inside.is_complete)
    digest = data_hash(used)
    draft = replace(
        draft,
        id=f"{rows.process}-{digest[:12]}",
        data_hash=digest,
        gas=float(known.gas.sum()),
        output=float(known.output.sum()),
        coverage=_coverage(rows, since, until),
    )
    draft = replace(draft, failures=failures(draft))
    return draft, findings_of(draft)


def data_hash(rows: ModelRows) -> str:
    """Return the SHA-256, hex, of rows in their canonical form.

    One line of UTF-8, `process|interval|variable,variable|n` and a line feed; then since, until (int64), gas,
    x row by row, coverage (float64), each array whole, little-endian, -0 written as 0.
    """
    head = "|".join((rows.process, rows.interval, ",".join(rows.variables), str(len(rows))))
    digest = hashlib.sha256(f"{head}\n".encode())
    for instants in (rows.since, rows.until):
        digest.update(np.ascontiguousarray(instants, dtype="<i8").tobytes())
    for values in (rows.gas, rows.x, rows.coverage):
        digest.update(np.ascontiguousarray(values + 0.0, dtype="<f8").tobytes())
    return digest.hexdigest()


# inside


def _never_known(rows: ModelRows) -> tuple[str, ...]:
    """Return the variables other than output of which no row knows anything."""
    known = np.isfinite(rows.x).sum(axis=0).tolist()
    pairs = zip(rows.variables[1:], known[1:], strict=True)
    return tuple(name for name, count in pairs if len(rows) and not count)


def _regress(running: ModelRows, *, since: int, until: int) -> Regression | Finding:
    """Return the regression, or why there is none."""
    matrix = design(running)
    code, columns = "", tuple[int, ...]()
    if not len(running):
        code = "baseline.no_output"
    elif len(running) <= matrix.shape[1]:
        code = "baseline.too_few_rows"
    elif columns := dependent_columns(matrix):
        code = "baseline.collinear"
    if not code:
        return regress(matrix, running.gas)
    names = ("the constant", *running.variables)
    return hindrance(
        code,
        running,
        since=since,
        until=until,
        columns=tuple(names[column] for column in columns),
    )


def _baseline(
    found: Regression, running: ModelRows, standing: ModelRows, *, since: int, until: int
) -> Baseline:
    """Return the model in full; what concerns all rows of the period is still empty."""
    n, degrees, s = len(running), found.degrees_of_freedom, found.residual_sd
    explained = max(found.total - found.squares, 0.0)
    f_statistic = explained / len(running.variables) / s**2
    errors = s * np.sqrt(np.diag(found.inverse))
    autocorrelation = lag_one(found.residuals)
    noise_sd, covariance = _noise(found, design(running), counted(autocorrelation, n))
    return Baseline(
        id="",
        process=running.process,
        interval=running.interval,
        since=since,
        until=until,
        variables=running.variables,
        coefficients=_tuple(found.coefficients),
        standard_errors=_tuple(errors),
        inverse=_table(found.inverse),
        residual_sd=s,
        rows=n,
        autocorrelation=autocorrelation,
        r_squared=explained / found.total if found.total > 0 else 0.0,
        f_statistic=f_statistic,
        f_p_value=float(fdtrc(len(running.variables), degrees, f_statistic)),
        p_values=_tuple(2.0 * stdtr(degrees, -np.abs(found.coefficients / errors))),
        cv_rmse=s / float(running.gas.mean()) if running.gas.any() else 0.0,
        durbin_watson=durbin_watson(found.residuals),
        lows=_tuple(running.x.min(axis=0)),
        highs=_tuple(running.x.max(axis=0)),
        means=_tuple(running.x.mean(axis=0)),
        deviations=_tuple(running.x.std(axis=0, ddof=1)),
        standing_mean=float(standing.gas.mean()) if len(standing) else 0.0,
        standing_sd=float(standing.gas.std(ddof=1)) if len(standing) > 1 else 0.0,
        standing_rows=len(standing),
        gas=0.0,
        output=0.0,
        coverage=0.0,
        data_hash="",
        failures=(),
        noise_sd=noise_sd,
        covariance=covariance,
    )


def _noise(
    found: Regression, matrix: Floats, autocorrelation: float
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """Return the sd of one residual and the covariance of the coefficients, autocorrelation counted."""
    shape, trace = correlated(matrix, found.inverse, autocorrelation)
    variance = found.squares / max(len(matrix) - trace, 1.0)
    return sqrt(variance), _table(variance * shape)


def _coverage(rows: ModelRows, since: int, until: int) -> float:
    """Return the share of [since, until) that was observed, less the rows that a border cuts."""
    for first, end in zip(rows.since.tolist(), rows.until.tolist(), strict=True):
        if first < since < end:
            since = end
        if first < until < end:
            until = first
    inside = (rows.since >= since) & (rows.until <= until) & rows.is_known & rows.is_complete
    seen = float((rows.coverage * (rows.until - rows.since))[inside].sum())
    return seen / (until - since) if until > since else 0.0


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _table(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())


def no_readings(process: str) -> Finding:
    """Return the finding that there is nothing yet to fit to."""
    return Finding(
        code="baseline.no_readings",
        key=process,
        problem="there is no reading yet",
        remedy="let the agent collect a baseline period, or import one",
    )
