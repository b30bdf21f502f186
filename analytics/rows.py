"""Rows of a model: gas and relevant variables of a process, one row a day, week or month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.hours import ProcessHours
from analytics.operation import State
from analytics.sums import Inside, inside, spans_of
from domain.method import ProcessMethod
from domain.periods import HOUR_MS, PeriodKind, PlantCalendar
from domain.series import Bools, Floats, Instants
from domain.windows import Flag

OUTPUT = "output"
OPERATING_HOURS = "operating_hours"
"""Hours in which the oven was not off."""
STARTS = "starts"
"""Windows in which the oven began to be not off."""
SUMMED = frozenset({OUTPUT, OPERATING_HOURS, STARTS})
"""Variables that add up over time; the others are means."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelRows:
    """n rows, ordered, without overlap."""

    process: str
    interval: PeriodKind
    since: Instants
    until: Instants
    gas: Floats
    """Nm3; NaN where it is not known."""
    variables: tuple[str, ...]
    """Names of the columns of `x`; "output" first."""
    x: Floats
    """n x p, without the constant; NaN where not known."""
    coverage: Floats
    """Of gas and output, the worse, 0 to 1."""
    is_complete: Bools
    """False for a row that is not over yet or has windows without an amount."""

    def __len__(self) -> int:
        return len(self.since)

    @property
    def output(self) -> Floats:
        """Return the first column."""
        found: Floats = self.x[:, 0]
        return found

    @property
    def is_known(self) -> Bools:
        """Say which rows have gas and every variable."""
        found: Bools = np.isfinite(self.gas) & np.isfinite(self.x).all(axis=1)
        return found

    @property
    def is_operating(self) -> Bools:
        """Say which rows have output; the others are standing rows."""
        found: Bools = self.output > 0
        return found

    def pick(self, chosen: slice | NDArray[np.bool_]) -> ModelRows:
        """Return some of the rows."""
        return ModelRows(
            process=self.process,
            interval=self.interval,
            since=self.since[chosen],
            until=self.until[chosen],
            gas=self.gas[chosen],
            variables=self.variables,
            x=self.x[chosen],
            coverage=self.coverage[chosen],
            is_complete=self.is_complete[chosen],
        )


def model_rows(hours: ProcessHours, calendar: PlantCalendar, method: ProcessMethod) -> ModelRows:
    """Return a row for each day, week or month that the hours touch; a mean variable is weighted by time."""
    if not len(hours):
        return no_rows(hours.process, method)
    periods = list(calendar.periods(method.interval, int(hours.since[0]), int(hours.until[-1])))
    places = inside(hours.since, hours.until, spans_of(periods))
    length = (hours.until - hours.since).astype(np.float64)
    coverage = np.minimum(hours.gas_coverage, hours.output_coverage)
    is_open = ((hours.gas_flags | hours.output_flags) & Flag.OPEN) != 0
    measured = np.isfinite(hours.gas) & np.isfinite(hours.output)
    coverage = np.where(measured, coverage, 0.0)  # what is held back was not observed
    known = measured & ~is_open
    return ModelRows(
        process=hours.process,
        interval=method.interval,
        since=np.array([period.since for period in periods], dtype=np.int64),
        until=np.array([period.until for period in periods], dtype=np.int64),
        gas=places.total(hours.gas),
        variables=method.variables,
        x=np.column_stack([_variable(name, hours, places, length) for name in method.variables]),
        coverage=places.total(coverage * length) / places.elapsed_ms,
        is_complete=(places.total(length) == places.length_ms) & ~places.some(~known),
    )


def no_rows(process: str, method: ProcessMethod) -> ModelRows:
    """Return the rows of a process that nothing is known of."""
    return ModelRows(
        process=process,
        interval=method.interval,
        since=np.empty(0, np.int64),
        until=np.empty(0, np.int64),
        gas=np.empty(0),
        variables=method.variables,
        x=np.empty((0, len(method.variables))),
        coverage=np.empty(0),
        is_complete=np.empty(0, np.bool_),
    )


def _variable(name: str, hours: ProcessHours, places: Inside, length: Floats) -> Floats:
    """Return one relevant variable by row; NaN where nobody measures it."""
    if name == OUTPUT:
        return places.total(hours.output)
    runs = hours.state != State.OFF
    if name == OPERATING_HOURS:
        return places.total(np.where(runs, length / HOUR_MS, 0.0))
    if name == STARTS:
        before = np.concatenate((runs[:1], runs[:-1]))
        return places.total((runs & ~before).astype(np.float64))
    return mean_inside(hours.variables.get(name), places, length)


def mean_inside(values: Floats | None, places: Inside, length: Floats) -> Floats:
    """Return the time-weighted mean of what is known in each span, NaN where nothing is."""
    if values is None:
        return np.full(len(places), np.nan)
    known = np.isfinite(values)
    time = places.total(np.where(known, length, 0.0))
    total = places.total(np.where(known, values * length, 0.0))
    found: Floats = np.divide(total, time, out=np.full(len(places), np.nan), where=time > 0.0)
    return found
