"""The track of every process in every year since the base year, from a prepared span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analytics.hours import ProcessHours
from analytics.prepared import Prepared
from analytics.reduction import track
from analytics.remaining import planned_rest
from analytics.rows import ModelRows
from analytics.sums import inside
from domain.periods import Period, PeriodKind
from domain.plant import Process
from domain.results import Track

LEAST_COVERAGE = 0.90
"""Of a year whose intensity others are held against (METHOD 1: less is provisional)."""
PARTLY_OBSERVED = "track.partly_observed"


def tracks(prepared: Prepared, now: int) -> tuple[Track, ...]:
    """Return a track for each process and year, from the base year or the first data to now."""
    target = prepared.method.target
    years = [
        period
        for period in prepared.calendar.periods(PeriodKind.YEAR, prepared.since, max(now, prepared.since + 1))
        if int(period.name) >= target.base_year
    ]
    return tuple(
        _track(prepared, process, year, now) for process in prepared.plant.processes for year in years
    )


def _track(prepared: Prepared, process: Process, year: Period, now: int) -> Track:
    rows, hours = prepared.rows[process.id], prepared.hours[process.id]
    rest_since = _rest_since(prepared, hours, year, now)
    baseline = prepared.declared.baseline(process.id, year.since)
    gas, output = _sums(hours, year.since, rest_since)
    to_date = _between(rows, year.since, year.until)
    found = track(
        process=process.id,
        year=int(year.name),
        method=prepared.method.target,
        intensities=_finished(prepared, process.id, year, now),
        rows=to_date,
        rest=planned_rest(
            prepared.declared.plans.get(process.id, ()),
            to_date,
            _last_year(prepared, rows, year, rest_since),
            calendar=prepared.calendar,
            since=rest_since,
            until=year.until,
        ),
        baseline=baseline,
        gas_to_date=gas,
        output_to_date=output,
        factors=prepared.declared.factors.get(process.id, ()),
        confidence=prepared.method.confidence,
    )
    found = replace(found, until=rest_since)
    if gas is None or _coverage(hours, year.since, min(now, year.until)) >= LEAST_COVERAGE:
        return found
    return replace(found, codes=(*found.codes, PARTLY_OBSERVED))


def _rest_since(prepared: Prepared, hours: ProcessHours, year: Period, now: int) -> int:
    """Return the begin of the row that now, or the newest figure where it is older, lies in."""
    if now >= year.until:
        return year.until
    known = np.flatnonzero(np.isfinite(hours.gas) & np.isfinite(hours.output))
    newest = min(now, int(hours.until[known[-1]])) if len(known) else now
    row = prepared.calendar.period(prepared.method.process(hours.process).interval, newest)
    return max(row.since if row is not None else newest, year.since)


def _finished(prepared: Prepared, process: str, year: Period, now: int) -> Mapping[int, float]:
    """Return the ratio EnPI of each year before one, and of a base year that is over, if observed enough.

    The approved baseline speaks for its year when the span does not reach back to it.
    """
    hours = prepared.hours[process]
    found: dict[int, float] = {}
    for _, baseline in prepared.declared.approvals.get(process, ()):
        own = prepared.calendar.period(PeriodKind.YEAR, baseline.since)
        if own is not None and (own.since, own.until) == (baseline.since, baseline.until):
            found[int(own.name)] = baseline.intensity
    is_base_over = int(year.name) == prepared.method.target.base_year and now >= year.until
    end = year.until if is_base_over else year.since
    for each in prepared.calendar.periods(PeriodKind.YEAR, prepared.since, end):
        gas, output = _sums(hours, each.since, each.until)
        if gas is not None and output and _coverage(hours, each.since, each.until) >= LEAST_COVERAGE:
            found[int(each.name)] = gas / output
    return found


def _sums(hours: ProcessHours, since: int, until: int) -> tuple[float | None, float | None]:
    """Return gas and output of [since, until) over the windows in which both are known."""
    place = inside(hours.since, hours.until, [(since, until)])
    known = np.isfinite(hours.gas) & np.isfinite(hours.output)
    if since >= until or not place.some(known)[0]:
        return None, None
    gas, output = (float(place.total(np.where(known, each, 0.0))[0]) for each in (hours.gas, hours.output))
    return gas, output


def _coverage(hours: ProcessHours, since: int, until: int) -> float:
    """Return the share of [since, until) that was observed; a window without an amount was not."""
    place = inside(hours.since, hours.until, [(since, until)])
    known = np.isfinite(hours.gas) & np.isfinite(hours.output)
    observed = np.where(known, np.minimum(hours.gas_coverage, hours.output_coverage), 0.0)
    covered = place.total(observed * (hours.until - hours.since).astype(np.float64))
    return float(covered[0]) / (until - since)


def _between(rows: ModelRows, since: int, until: int) -> ModelRows:
    return rows.pick((rows.since >= since) & (rows.until <= until))


def _last_year(prepared: Prepared, rows: ModelRows, year: Period, since: int) -> ModelRows | None:
    """Return last year's rows from the same place in the year on; all of them when none is left there."""
    before = prepared.calendar.period(PeriodKind.YEAR, year.since - 1)
    if before is None or before.since < prepared.since:
        return None
    same = _between(rows, before.since + since - year.since, before.until)
    return same if len(same) else _between(rows, before.since, before.until)
