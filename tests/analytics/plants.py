"""Rows of a process with a known truth: gas = (base + marginal * output) * (1 + planted) + AR(1) scatter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analytics.rows import ModelRows
from analytics.watch import watch
from domain.findings import Finding
from domain.ledger import AlertEntry
from domain.method import GasMethod, ProcessMethod
from domain.periods import DAY_MS, HOUR_MS, PeriodKind
from domain.results import Alert, Baseline, DriftWatch
from domain.series import Floats

BEGIN_MS = 1_704_067_200_000 - 8 * HOUR_MS
"""Local midnight of 2024-01-01, UTC+8."""
BASE, MARGINAL, SD = 650.0, 30.0, 50.0
BASE_ROWS = 300
"""Of the baseline; a row a day, as if there were no Sundays."""


def scatter(rng: np.random.Generator, shape: tuple[int, ...], phi: float) -> Floats:
    """Return stationary AR(1) of SD 1 down the first axis."""
    noise = rng.normal(size=shape)
    for row in range(1, shape[0]):
        noise[row] = phi * noise[row - 1] + np.sqrt(1.0 - phi * phi) * noise[row]
    return noise


def plants(
    count: int, rows: int, *, seed: int = 0, phi: float = 0.35, planted: Mapping[int, float] | None = None
) -> list[ModelRows]:
    """Return independent plants; `planted`: row -> share of gas that is added from it on (until the next)."""
    rng = np.random.default_rng([seed, round(100 * phi)])
    output = rng.normal(100.0, 15.0, (rows, count)).clip(60.0, 140.0)
    noise = scatter(rng, (rows, count), phi)
    share = np.zeros((rows, 1))
    for first, value in sorted((planted or {}).items()):
        share[first:] = value
    gas = (BASE + MARGINAL * output) * (1.0 + share) + SD * noise
    return [rows_of(gas[:, place], output[:, place]) for place in range(count)]


def rows_of(gas: Floats, output: Floats) -> ModelRows:
    """Return a row a day."""
    since = BEGIN_MS + DAY_MS * np.arange(gas.size, dtype=np.int64)
    return ModelRows(
        process="coil",
        interval=PeriodKind.DAY,
        since=since,
        until=since + DAY_MS,
        gas=gas,
        variables=("output",),
        x=output[:, None],
        coverage=np.ones(gas.size),
        is_complete=np.ones(gas.size, dtype=np.bool_),
    )


def fitted(rows: ModelRows, count: int = BASE_ROWS) -> Baseline:
    """Return the least-squares baseline of the first rows, by its textbook formulas."""
    output, gas = rows.output[:count], rows.gas[:count]
    x = np.column_stack([np.ones(count), output])
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ (x.T @ gas)
    residual = gas - x @ found
    square = float(residual @ residual)
    return Baseline(
        id="coil-test",
        process="coil",
        interval=rows.interval,
        since=int(rows.since[0]),
        until=int(rows.until[count - 1]),
        variables=("output",),
        coefficients=(float(found[0]), float(found[1])),
        standard_errors=(1.0, 1.0),
        inverse=tuple(tuple(row) for row in inverse.tolist()),
        residual_sd=float(np.sqrt(square / (count - 2))),
        rows=count,
        autocorrelation=float(residual[1:] @ residual[:-1]) / square,
        r_squared=0.95,
        f_statistic=5000.0,
        f_p_value=0.0,
        p_values=(0.0, 0.0),
        cv_rmse=0.014,
        durbin_watson=2.0,
        lows=(float(output.min()),),
        highs=(float(output.max()),),
        means=(float(output.mean()),),
        deviations=(float(output.std(ddof=1)),),
        standing_mean=0.0,
        standing_sd=0.0,
        standing_rows=0,
        gas=float(gas.sum()),
        output=float(output.sum()),
        coverage=1.0,
        data_hash="0" * 64,
        failures=(),
    )


def expected_of(baseline: Baseline, rows: ModelRows) -> Floats:
    """Return the expected gas of each row."""
    found: Floats = baseline.coefficients[0] + baseline.coefficients[1] * rows.output
    return found


def watched(
    rows: ModelRows,
    baseline: Baseline | None = None,
    *,
    false_alarms_per_year: float = 1.0,
    entries: Sequence[AlertEntry] = (),
    gas: GasMethod | None = None,
    **others: Any,
) -> tuple[DriftWatch | None, tuple[Alert, ...], tuple[Finding, ...]]:
    """Return what the watch says of rows whose first 300 are the baseline."""
    found = baseline or fitted(rows)
    return watch(
        rows,
        baseline=found,
        expected=expected_of(found, rows),
        method=ProcessMethod(false_alarms_per_year=false_alarms_per_year),
        gas=gas or GasMethod(),
        entries=entries,
        now_ms=int(rows.until[-1]),
        **others,
    )
