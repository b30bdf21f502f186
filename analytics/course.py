"""Rows of a process against its baseline: the CUSUM and the picture of the model, as saving has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.model import adjusted, expected, usable
from analytics.prepared import Prepared
from analytics.rows import ModelRows
from domain.courses import Cusum, ModelPoint, ModelRowsPicture, Values
from domain.results import Alert, AlertKind, AlertState, Baseline
from domain.series import Floats


def cusum_of(prepared: Prepared, process: str, *, since: int, alerts: Sequence[Alert]) -> Cusum | None:
    """Return gas less expected gas of the rows from `since` on, added up; None without a baseline.

    Each row is held against the baseline that is valid at its begin. Over any period of one baseline the
    excess adds up to the saving of that period with its sign turned. Of `alerts` the newest open drift of the
    process is named.
    """
    rows = prepared.rows.get(process)
    baseline = _baseline(prepared, process)
    if rows is None or baseline is None:
        return None
    excess = np.where(usable(rows), rows.gas - _expected(prepared, rows), np.nan)
    chosen = rows.since >= since
    excess = excess[chosen]
    drift = _drift(process, alerts)
    percent = drift.facts.get("shift_percent") if drift is not None else None
    return Cusum(
        process=process,
        interval=rows.interval.value,
        baseline=baseline.id,
        since=tuple(rows.since[chosen].tolist()),
        until=tuple(rows.until[chosen].tolist()),
        excess=_values(excess),
        total=tuple(np.cumsum(np.where(np.isfinite(excess), excess, 0.0)).tolist()),
        alert=None if drift is None else drift.id,
        onset=None if drift is None else drift.since,
        shift=percent / 100.0 if isinstance(percent, int | float) else None,
    )


def model_rows_of(prepared: Prepared, process: str) -> ModelRowsPicture:
    """Return every row of a process with what its baseline expects; KeyError for an unknown process.

    The line is that of the newest baseline. A row that is not over has no figures: it would lie off the line.
    """
    rows, baseline = prepared.rows[process], _baseline(prepared, process)
    is_so_far = rows.is_known & ~rows.is_complete
    columns = (
        rows.since.tolist(),
        rows.until.tolist(),
        _values(np.where(is_so_far, np.nan, rows.output)),
        _values(np.where(is_so_far, np.nan, rows.gas)),
        _values(_expected(prepared, rows)),
    )
    return ModelRowsPicture(
        process=process,
        interval=rows.interval.value,
        output_unit=prepared.plant.process(process).output_unit,
        baseline=None if baseline is None else baseline.id,
        constant=None if baseline is None else _constant(baseline),
        slope=None if baseline is None else baseline.coefficients[1],
        r_squared=None if baseline is None else baseline.r_squared,
        rows=tuple(
            ModelPoint(
                since=since,
                until=until,
                output=output,
                gas_nm3=gas,
                expected_nm3=by_model,
                is_operating=bool(output is not None and output > 0.0),
                is_in_baseline=baseline is not None and baseline.since <= since and until <= baseline.until,
            )
            for since, until, output, gas, by_model in zip(*columns, strict=True)
        ),
    )


# inside


def _baseline(prepared: Prepared, process: str) -> Baseline | None:
    """Return what the newest row is held against."""
    rows = prepared.rows.get(process)
    newest = int(rows.since[-1]) if rows is not None and len(rows) else prepared.since
    return prepared.declared.baseline(process, newest)


def _expected(prepared: Prepared, rows: ModelRows) -> Floats:
    """Return the adjusted expected gas of each row by the baseline that is valid at its begin."""
    approvals = prepared.declared.approvals.get(rows.process, ())
    begins = np.array([valid_from for valid_from, _ in approvals], dtype=np.int64)
    valid = np.maximum(0, np.searchsorted(begins, rows.since, side="right") - 1)
    found = np.full(len(rows), np.nan)
    for place, (_, baseline) in enumerate(approvals):
        if (valid == place).any():
            found = np.where(valid == place, expected(baseline, rows), found)
    return adjusted(found, rows, prepared.declared.factors.get(rows.process, ()))


def _constant(baseline: Baseline) -> float:
    others = zip(baseline.coefficients[2:], baseline.means[1:], strict=True)
    return baseline.coefficients[0] + sum(coefficient * mean for coefficient, mean in others)


def _drift(process: str, alerts: Sequence[Alert]) -> Alert | None:
    """Return the open drift of a process, the newest if there are more."""
    own = [
        alert
        for alert in alerts
        if alert.kind is AlertKind.DRIFT and alert.subject == process and alert.state is AlertState.OPEN
    ]
    return max(own, key=lambda alert: (alert.since, alert.id), default=None)


def _values(found: Floats) -> Values:
    return tuple(None if value != value else value for value in found.tolist())
