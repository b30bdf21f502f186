"""The rest of a year: how much output is planned for it, and how many rows it is assumed to have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.model import adjustments
from analytics.rows import ModelRows
from analytics.saving import Sums
from domain.ledger import ProductionPlan, StaticFactor
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.results import Baseline
from domain.series import Floats

LEDGER, LAST_YEAR, NO_PLAN = "ledger", "last_year", "none"
NO_WORK = 7
"""Class of the days on which no work is planned, after the weekdays 0 to 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is left of a year, [since, until), as it is assumed to go."""

    since: int
    """End of what the year to date sums."""
    until: int
    output: float | None
    """None: nobody planned it, and last year says nothing."""
    source: str
    """ledger, last_year or none."""
    rows: float
    """Days, weeks or months of the model that are left; of one that is not over, its share that is left."""
    operating: float
    """How many of them are expected to have output."""
    operating_variance: float
    others: tuple[float, ...] = ()
    """Mean of each variable but output over such rows; empty: that of the baseline."""
    standing_nm3: float = 0.0
    """Mean gas of a row without output."""


def planned_rest(
    plans: Sequence[ProductionPlan],
    to_date: ModelRows,
    last_year: ModelRows | None,
    *,
    calendar: PlantCalendar,
    since: int,
    until: int,
) -> Rest:
    """Return the rest of a year by the plans of the ledger, else by last year's rows of the same period.

    A plan that only partly lies in the rest counts by its share of the time. Where plans leave a part of the
    rest open, last year's output per day fills it, and the source is last_year. `plans` do not overlap.

    How many rows have output, and the variables other than output, follow last year's same period, or the
    year to date when there was no output then. Days go by weekday, and those without planned work apart.
    """
    if since >= until:
        return Rest(
            since=since,
            until=since,
            output=0.0,
            source=NO_PLAN,
            rows=0.0,
            operating=0.0,
            operating_variance=0.0,
        )
    output, source = _output(plans, to_date.process, last_year, since, until)
    known = [_known(rows) for rows in (last_year, to_date) if rows is not None]
    pattern = next((rows for rows in known if rows.is_operating.any()), _known(to_date))
    rows, operating, variance = _split(pattern, calendar, since, until)
    stood = [rows.gas[~rows.is_operating] for rows in reversed(known) if not rows.is_operating.all()]
    return Rest(
        since=since,
        until=until,
        output=output,
        source=source,
        rows=rows,
        operating=operating,
        operating_variance=variance,
        others=_others(pattern),
        standing_nm3=float(stood[0].mean()) if stood else 0.0,
    )


def rest_sums(rest: Rest, baseline: Baseline, factors: Sequence[StaticFactor]) -> tuple[Sums, bool]:
    """Return the rest's rows as the model sees them, and whether the plan lies within the baseline's range.

    The planned output spreads evenly over the rows that are expected to have some; where that would be more a
    row than the baseline has seen, more rows work, where it would be less, fewer.
    """
    output = rest.output or 0.0
    fewest, most = output / baseline.highs[0], output / baseline.lows[0]
    operating = min(max(rest.operating, fewest), most, rest.rows)
    others = np.array(rest.others or baseline.means[1:])
    spans = np.array([rest.since]), np.array([rest.until])
    multiplier, added = adjustments(baseline.process, *spans, factors)
    standing = rest.rows - operating
    found = Sums(
        regressors=np.concatenate(([operating, output], operating * others)) * multiplier[0],
        operating=operating,
        standing=standing,
        standing_weight=standing * float(multiplier[0]),
        added=float(added[0]),
    )
    return found, fewest <= rest.rows * (1 + 1e-9)


def row_step(rest: Rest, baseline: Baseline) -> float:
    """Return the gas, Nm3, by which one more row with output changes what is expected at the same output."""
    others = np.array(rest.others or baseline.means[1:])
    model = baseline.coefficients[0] + float(others @ np.array(baseline.coefficients[2:]))
    return model - (baseline.standing_mean if baseline.standing_rows else rest.standing_nm3)


# inside


def _known(rows: ModelRows) -> ModelRows:
    return rows.pick(rows.is_known & rows.is_complete)


def _others(pattern: ModelRows) -> tuple[float, ...]:
    running = pattern.x[pattern.is_operating, 1:]
    return tuple(running.mean(axis=0).tolist()) if len(running) else ()


def _output(
    plans: Sequence[ProductionPlan], process: str, last_year: ModelRows | None, since: int, until: int
) -> tuple[float | None, str]:
    """Return the output planned for [since, until), and by whom."""
    output, covered = 0.0, 0
    for plan in plans:
        inside = min(plan.until, until) - max(plan.since, since)
        if plan.process == process and inside > 0:
            output += plan.quantity * (inside / (plan.until - plan.since))
            covered += inside
    left = until - since - covered
    if left <= 0:
        return output, LEDGER
    known = None if last_year is None else _known(last_year)
    if known is None or not len(known):
        return None, NO_PLAN
    return output + float(known.output.sum()) / float((known.until - known.since).sum()) * left, LAST_YEAR


def _split(pattern: ModelRows, calendar: PlantCalendar, since: int, until: int) -> tuple[float, float, float]:
    """Return (rows, rows with output, variance of these) in [since, until), each class of rows by its share.

    A class of n pattern rows, of which a share p has output, gives N p of N rows, with the variance
    N p (1 - p) (1 + N / n) for the draw and for p itself. A class that the pattern lacks has the share of all
    its rows.
    """
    coming = _coming(calendar, pattern.interval, since, until)
    classes = _classes(calendar, pattern)
    seen = np.bincount(classes, minlength=len(coming))
    worked = np.bincount(classes, weights=pattern.is_operating, minlength=len(coming))
    overall = float(pattern.is_operating.mean()) if len(pattern) else 1.0
    share = np.where(seen > 0, worked / np.maximum(seen, 1), overall)
    rows_behind = np.where(seen > 0, seen, max(len(pattern), 1))
    variance = coming * share * (1 - share) * (1 + coming / rows_behind)
    return float(coming.sum()), float((coming * share).sum()), float(variance.sum())


def _coming(calendar: PlantCalendar, interval: PeriodKind, since: int, until: int) -> Floats:
    """Return how many rows of each class lie in [since, until), those at its ends by their share."""
    found = np.zeros(NO_WORK + 1)
    if interval is not PeriodKind.DAY:
        for period in calendar.periods(interval, since, until):
            found[0] += _part(period.since, period.until, since, until)
        return found
    day, last = calendar.day_of(since), calendar.day_of(until - 1)
    for end in {day, last}:
        whole = calendar.day_start(end), calendar.day_start(end + timedelta(days=1))
        found[_class_of(calendar, end)] += _part(*whole, since, until) - 1.0
    while day <= last:
        found[_class_of(calendar, day)] += 1.0
        day += timedelta(days=1)
    return found


def _part(since: int, until: int, first: int, end: int) -> float:
    """Return the share of [since, until) that lies in [first, end)."""
    return (min(until, end) - max(since, first)) / (until - since)


def _classes(calendar: PlantCalendar, rows: ModelRows) -> NDArray[np.int64]:
    """Return the class of each row."""
    if rows.interval is not PeriodKind.DAY or not len(rows):
        return np.zeros(len(rows), np.int64)
    first = calendar.day_of(int(rows.since[0]))
    # A change of the clock or of the day's start moves a start by less than half a day.
    places = np.rint((rows.since - rows.since[0]) / DAY_MS)
    days = (first + timedelta(days=int(place)) for place in places.tolist())
    return np.array([_class_of(calendar, day) for day in days], np.int64)


def _class_of(calendar: PlantCalendar, day: date) -> int:
    """Return the weekday of a day with planned work, 7 of one without."""
    return day.weekday() if calendar.works(day) else NO_WORK
