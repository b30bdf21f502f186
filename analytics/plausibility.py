"""Whether windows can be true: METHOD 1, checks after GB 17167, CalTRACK and common VEE practice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from analytics.flagged import finding, flag_findings
from analytics.gauges import INTEGRALS
from analytics.meters import amounts
from analytics.runs import Run, runs
from analytics.sums import on_grid
from domain.findings import Finding, Severity
from domain.ledger import MeterEvent, MeterEventKind
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.series import Bools, Floats
from domain.windows import Flag, Grade, Windows

LONGEST_ESTIMATE_MS = 7 * DAY_MS
"""Estimated without a break for longer than this is a finding."""


def window_findings(
    plant: Plant,
    method: Method,
    windows: Mapping[str, Windows],
    *,
    events: Sequence[MeterEvent] = (),
) -> tuple[Finding, ...]:
    """Return what is doubtful about the windows of each point, by point id; runs of windows are one finding.

    Points of the plant come in its order, findings of a point by instant and code. `events` are searched
    for calibrations. A gas volume without conditions is told by `analytics.gas`.
    """
    found: list[Finding] = []
    for point in plant.points:
        own = windows.get(point.id)
        if own is None or not len(own):
            continue
        of_point = [
            *flag_findings(point, own),
            *_no_rated_maximum(point),
            *_stuck(plant, method, point, windows),
            *_long_estimates(point, own),
            *_calibrations(plant, point, own, events),
        ]
        found += sorted(of_point, key=lambda each: (each.since or 0, each.code))
    return tuple(found)


def _no_rated_maximum(point: Point) -> Iterator[Finding]:
    """Say of a counter that is counted that its jumps pass for consumption; of no time, so it is no alert."""
    if not point.is_counter or point.carrier is None or point.rated_max_per_hour is not None:
        return
    yield Finding(
        code="counter.no_rated_maximum",
        key=point.id,
        problem="it has no rated maximum: a jump upwards is counted as consumption, and a start from 0 at "
        "its modulus cannot be told from a reset",
        remedy="state rated_max_per_hour of the point in the plant file",
        severity=Severity.WARNING,
    )


def _stuck(plant: Plant, method: Method, point: Point, windows: Mapping[str, Windows]) -> Iterator[Finding]:
    own = windows[point.id]
    if not point.is_counter:
        hint = (own.flags & Flag.STUCK) != 0
        for run in (part for whole in runs(own, hint) for part in _of_one_value(whole)):
            hours = (run.until - run.since) / HOUR_MS
            if run.until - run.since >= method.stuck_ms:
                problem = f"it shows {own.minimum[run.first]:g} {point.unit} all along for {hours:.1f} h"
                remedy = "look at the sensor and its transmitter"
                yield finding(point, run, "stuck", problem, remedy, is_state=True, standing_h=round(hours, 3))
        return
    must_move = _must_move(plant, point, windows)
    if must_move is None:
        return
    moving_h = np.where(must_move, own.coverage * (own.until - own.since) / HOUR_MS, 0.0)
    for run in runs(own, own.amount == 0.0):
        hours = float(run.of(moving_h).sum())
        if hours * HOUR_MS >= method.stuck_ms:
            problem = f"it counted nothing in {hours:.1f} h in which it must move"
            remedy = "compare it with the display of the meter; look at its pulse input or its converter"
            yield finding(point, run, "stuck", problem, remedy, is_state=True, standing_h=round(hours, 3))


def _of_one_value(run: Run) -> Iterator[Run]:
    """Cut a run of constant windows where the constant changes."""
    levels = run.windows.minimum[run.first : run.end]
    cuts = (np.flatnonzero(levels[1:] != levels[:-1]) + run.first + 1).tolist()
    for first, end in pairwise([run.first, *cuts, run.end]):
        yield Run(run.windows, first, end)


def _must_move(plant: Plant, point: Point, windows: Mapping[str, Windows]) -> Bools | None:
    """Say in which windows a counter cannot stand; None where standing is always plausible.

    An incoming feeder moves unless the plant lives on its own generation. Gas of a process burns while
    there is output; output is counted while the line's speed or throughput is above 0. Gas else, PV at
    night, a sub-meter may stand.
    """
    own = windows[point.id]
    if point.carrier is Carrier.ELECTRICITY and point.role is MeterRole.MAIN:
        return ~_feeds_itself(plant, own, windows)
    if point.carrier not in (Carrier.GAS, Carrier.PRODUCTION) or point.role is not MeterRole.SUB:
        return None
    found = np.zeros(len(own), np.bool_)
    for other in plant.points:
        tells = other.is_counter if point.carrier is Carrier.GAS else other.unit in INTEGRALS
        seen = windows.get(other.id)
        if other.carrier is not Carrier.PRODUCTION or not tells or seen is None or other.id == point.id:
            continue
        if not point.shares.keys() & other.shares.keys():
            continue
        found |= on_grid(seen, own.since, own.until).amount > 0
    return found


def _feeds_itself(plant: Plant, own: Windows, windows: Mapping[str, Windows]) -> Bools:
    """Say in which windows own generation left over something, or covered all that the sub-meters took."""

    def total(carrier: Carrier, role: MeterRole | None = None) -> Floats:
        points = [point for point in amounts(plant, carrier, role) if point.id in windows]
        parts = [on_grid(windows[point.id], own.since, own.until).amount for point in points]
        return np.sum(parts, axis=0) if parts else np.full(len(own), np.nan)

    exported = total(Carrier.ELECTRICITY, MeterRole.EXPORT)
    taken = total(Carrier.ELECTRICITY, MeterRole.SUB)
    found: Bools = (exported > 0.0) | (total(Carrier.PV) >= np.maximum(taken, np.nextafter(0.0, 1.0)))
    return found


def _long_estimates(point: Point, own: Windows) -> Iterator[Finding]:
    if not point.is_counter:
        return
    for run in runs(own, (own.grade == Grade.ESTIMATED) & np.isfinite(own.amount)):
        days = (run.until - run.since) / DAY_MS
        if run.until - run.since > LONGEST_ESTIMATE_MS:
            problem = f"its consumption is estimated for {days:.1f} days without a break"
            remedy = "restore its readings, or declare indices that were read off the meter"
            yield finding(point, run, "prolonged_estimation", problem, remedy, estimated_days=round(days, 3))


def _calibrations(
    plant: Plant, point: Point, own: Windows, events: Sequence[MeterEvent]
) -> Iterator[Finding]:
    """Give a finding for each time in which the last calibration of a meter was out of date."""
    calendar = PlantCalendar(ZoneInfo(plant.time_zone))
    stated = sorted(
        (event.at, calendar.instant(event.valid_until + timedelta(days=1)), event.valid_until)
        for event in events
        if event.point == point.id
        and event.kind is MeterEventKind.CALIBRATION
        and event.valid_until is not None
    )
    for place, (_, expiry, last_day) in enumerate(stated):
        renewed = stated[place + 1][0] if place + 1 < len(stated) else None
        if expiry >= own.until[-1] or (renewed is not None and renewed <= max(expiry, own.since[0])):
            continue
        yield Finding(
            code="counter.calibration_expired" if point.is_counter else "gauge.calibration_expired",
            key=point.id,
            problem=f"its calibration was valid until {last_day.isoformat()}",
            remedy="have the meter calibrated and declare it with its certificate",
            severity=Severity.WARNING,
            since=expiry,
            until=renewed,
            facts={"valid_until": last_day.isoformat()},
        )
