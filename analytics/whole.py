"""From a prepared span to everything that is said about it: the one function of live, past and replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import numpy as np

from analytics.balance import balances
from analytics.data_alerts import of_balances, of_findings
from analytics.gates import applicability_findings, findings_of
from analytics.heat import recovered
from analytics.intensity import intensities
from analytics.inventory import inventories
from analytics.model import adjusted, expected
from analytics.plausibility import window_findings
from analytics.prepared import Prepared, in_order
from analytics.pv import pv
from analytics.rows import ModelRows, mean_inside
from analytics.saving import saving
from analytics.sums import inside
from analytics.track_findings import findings_of_track
from analytics.tracking import tracks
from analytics.watch import watch
from domain.findings import Finding
from domain.periods import Period, PeriodKind, PlantCalendar
from domain.results import Alert, Baseline, DriftWatch, Estimate, Intensity, Results, Track

COARSE = tuple(kind for kind in PeriodKind if kind is not PeriodKind.HOUR)
SUMMED = (PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR)
"""Periods of balance, PV and heat."""


def analyse(
    prepared: Prepared,
    *,
    now: int,
    hours_since: int,
    silent: Sequence[Alert] = (),
) -> Results:
    """Return everything that follows from the prepared span; intensities by hour from `hours_since` on.

    `silent` are the alerts of devices that give nothing now; none in a replay, where silence means nothing.
    """
    calendar, windows = prepared.calendar, prepared.windows
    hours = list(calendar.periods(PeriodKind.HOUR, max(hours_since, prepared.since), prepared.until))
    coarse = [p for kind in COARSE for p in calendar.periods(kind, prepared.since, prepared.until)]
    summed = [period for period in coarse if period.kind in SUMMED]
    watches, drifts, doubts = _watches(prepared, now)
    found_tracks = tracks(prepared, now)
    events = [event for of in prepared.declared.meter_events.values() for event in of]
    found_balances = balances(prepared.plant, prepared.method, windows, summed)
    found_pv = pv(prepared.plant, windows, summed)
    found_heat = recovered(prepared.plant, prepared.method, windows, summed, monthly=prepared.monthly)
    found_inventories, carbon_doubts = inventories(
        prepared, now=now, balances=found_balances, pv=found_pv, heat=found_heat
    )
    findings = in_order(
        [
            *prepared.findings,
            *window_findings(prepared.plant, prepared.method, prepared.as_read, events=events),
            *_baseline_findings(prepared),
            *(finding for each in _newest(found_tracks) for finding in findings_of_track(each)),
            *doubts,
            *carbon_doubts,
        ]
    )
    alerts = [*silent, *drifts, *of_findings(findings, now=now)]
    alerts += of_balances(found_balances, prepared.method, calendar, now=now)
    return Results(
        since=prepared.since,
        until=now,
        intensities=intensities_of(prepared, [*hours, *coarse]),
        tracks=found_tracks,
        watches=watches,
        alerts=tuple(sorted(alerts, key=lambda alert: (alert.since, alert.id))),
        balances=found_balances,
        pv=found_pv,
        heat=found_heat,
        findings=findings,
        inventories=found_inventories,
    )


def _newest(found: Sequence[Track]) -> Iterator[Track]:
    """Give the tracks of the newest year."""
    last = max((each.year for each in found), default=0)
    return (each for each in found if each.year == last)


def intensities_of(prepared: Prepared, periods: Sequence[Period]) -> tuple[Intensity, ...]:
    """Return the intensity of every process in each period."""
    return tuple(
        intensity
        for process in prepared.plant.processes
        for baseline, of in _by_baseline(prepared, process.id, periods)
        for intensity in intensities(
            prepared.hours[process.id],
            prepared.rows[process.id],
            of,
            process=process,
            baseline=baseline,
            factors=prepared.declared.factors.get(process.id, ()),
            method=prepared.method,
            saving=partial(saving_of, prepared, process.id),
            monthly=prepared.monthly,
        )
    )


def _by_baseline(
    prepared: Prepared, process: str, periods: Sequence[Period]
) -> Iterator[tuple[Baseline | None, list[Period]]]:
    """Give neighbouring periods together whose begin falls under one baseline."""
    for baseline, of in groupby(periods, lambda each: prepared.declared.baseline(process, each.since)):
        yield baseline, list(of)


def open_periods(calendar: PlantCalendar, now: int) -> list[Period]:
    """Return the periods that an instant lies in, finest first."""
    found = (calendar.period(kind, now) for kind in PeriodKind)
    return [period for period in found if period is not None]


def saving_of(prepared: Prepared, process: str, period: Period) -> Estimate | None:
    """Return the saving of the complete rows in a period; None for one shorter than a row."""
    baseline = prepared.declared.baseline(process, period.since)
    rows = prepared.rows[process]
    if baseline is None or period.kind in (PeriodKind.HOUR, PeriodKind.SHIFT):
        return None
    first = int(np.searchsorted(rows.since, period.since))
    end = int(np.searchsorted(rows.until, period.until, side="right"))
    if first >= end:
        return None
    factors = prepared.declared.factors.get(process, ())
    return saving(baseline, rows.pick(slice(first, end)), factors, prepared.method.confidence)


def _watches(prepared: Prepared, now: int) -> tuple[tuple[DriftWatch, ...], list[Alert], list[Finding]]:
    watches: list[DriftWatch] = []
    alerts: list[Alert] = []
    findings: list[Finding] = []
    steps = [step for of in prepared.declared.alerts.values() for step in of]
    for process in prepared.plant.processes:
        rows = prepared.rows[process.id]
        baseline = prepared.declared.baseline(process.id, now)
        factors = prepared.declared.factors.get(process.id, ())
        by_model = expected(baseline, rows) if baseline is not None else np.full(len(rows), np.nan)
        extra, flags = _surroundings(prepared, process.id, rows)
        found, alarms, doubts = watch(
            rows,
            baseline=baseline,
            expected=adjusted(by_model, rows, factors),
            method=prepared.method.process(process.id),
            gas=prepared.method.gas,
            entries=[step for step in steps if step.subject == process.id],
            now_ms=now,
            extra=extra,
            meter_flags=flags,
        )
        watches += [found] if found is not None else []
        alerts += alarms
        findings += doubts
    return tuple(watches), alerts, findings


def _surroundings(
    prepared: Prepared, process: str, rows: ModelRows
) -> tuple[
    dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]], np.ndarray[tuple[int], np.dtype[np.uint16]]
]:
    """Return what else is known of each row: means of the relevant variables, flags of the gas meters."""
    hours = prepared.hours[process]
    places = inside(
        hours.since, hours.until, list(zip(rows.since.tolist(), rows.until.tolist(), strict=True))
    )
    length = (hours.until - hours.since).astype(np.float64)
    extra = {
        name: mean_inside(values, places, length)
        for name, values in sorted(hours.variables.items())
        if name not in rows.variables
    }
    return extra, places.union(hours.gas_flags)


def _baseline_findings(prepared: Prepared) -> list[Finding]:
    found: list[Finding] = []
    for process, baseline in sorted(prepared.declared.baselines.items()):
        if process not in prepared.rows:
            continue
        rows = prepared.rows[process]
        later = rows.pick(rows.since >= baseline.until)
        found += findings_of(baseline)
        found += applicability_findings(baseline, later)
    return found
