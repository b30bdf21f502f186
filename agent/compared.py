"""What was planted in a simulated plant against what was found in its readings; pure.

Truth is what the simulator counts before any register rounds it or any meter fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.findings import Finding
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.plant import Carrier, Device, Plant, Point
from domain.results import Alert, AlertState, Intensity, Results
from domain.series import Floats, Instants
from domain.windows import Windows
from simulators.assignment import Assignment, sources_of
from simulators.effects import Source
from simulators.history import BASE_YEAR
from simulators.plant import PlantSimulator
from simulators.planted import Planted, PlantedKind, planted
from simulators.workdays import LAST_YEAR, midnight_ms, year_days

MONTH_ERROR = 1e-4
"""Relative, of all counters of a carrier in a month."""
STEPS = 3.0
"""Of a register: what two borders and an exchange may round away."""
ERRORS = 3.0
"""Standard errors that a size may lie off."""
RAISED_MS = 14 * DAY_MS
"""After a drift began; a line stands still for eight days at the spring festival."""
ONSET_MS = 35 * DAY_MS
"""A run of the watch may have begun by chance before the drift did."""
TURN_MS = 14 * DAY_MS
"""Between the turn of the year and the begin of an alert about it."""
NOTICED_MS = 45 * DAY_MS
"""After the turn of the year; a line stands still for some of it."""
_NM3_PER_M3 = 273.15 / 293.15
"""The simulator counts gas at 20 C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One row of the table."""

    what: str
    planted: str
    found: str
    agrees: bool
    rule: str
    """What counts as agreement."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueCounter:
    """What really passed a counter, canonical unit as its register has it."""

    carrier: Carrier | None
    step: float
    """Of its register."""
    source: Source
    at: Instants
    index: Floats

    def total(self, since: int, until: int) -> float:
        """Return what passed between two of the instants."""
        first, last = np.searchsorted(self.at, [since, until])
        return float(self.index[last] - self.index[first])


@dataclass(frozen=True, slots=True, kw_only=True)
class Truths:
    """What was planted, and what the analyses must therefore find."""

    planted: tuple[Planted, ...]
    counters: Mapping[str, TrueCounter]
    """Point id -> truth at the borders of its windows."""
    places: Mapping[str, tuple[str, ...]]
    """Device or link -> ids of its counters."""
    marginal_nm3: Mapping[str, float]
    """Line -> Nm3 per tonne in the base year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    truths: Truths
    results: Results
    windows: Mapping[str, Windows]
    calendar: PlantCalendar

    def findings(self, code: str, point: str, since: int, until: int) -> list[Finding]:
        """Return the findings of a code about a point that touch [since, until)."""
        return [
            each
            for each in self.results.findings
            if (each.code, each.key) == (code, point)
            and (each.since or 0) < until
            and (each.until is None or each.until > since)
        ]

    def drifts(self, code: str, line: str) -> list[Alert]:
        return [each for each in self.results.alerts if (each.code, each.subject) == (code, line)]

    def totals(self, point: str, since: int, until: int) -> tuple[float, float]:
        """Return what the windows add up to in [since, until), NaN when one is held back, and the truth."""
        own = self.windows[point]
        inside = own.pick((own.since >= since) & (own.until <= until))
        if not len(inside):
            return np.nan, np.nan
        true = self.truths.counters[point].total(int(inside.since[0]), int(inside.until[-1]))
        return float(np.sum(inside.amount)), true

    def day(self, at: int) -> date:
        return self.calendar.day_of(at)


def truths_of(
    plant: Plant, simulator: PlantSimulator, windows: Mapping[str, Windows], *, since: int, until: int
) -> Truths:
    """Return the truths of [since, until), at the borders of the windows."""
    counters = {
        point.id: _true_counter(device, point, windows[point.id], simulator)
        for device in plant.devices
        for point in device.points
        if point.is_counter and point.carrier is not None and len(windows.get(point.id, ()))
    }
    places: dict[str, list[str]] = {}
    for device in plant.devices:
        for place in (device.id, device.link):
            places.setdefault(place, []).extend(p.id for p in device.points if p.id in counters)
    _count(counters.values())
    truth = simulator.model.truth
    return Truths(
        planted=planted(plant, simulator, since=since, until=until),
        counters=counters,
        places={place: tuple(points) for place, points in places.items()},
        marginal_nm3={
            process.id: truth.line(process.id).marginal_m3_per_t * _NM3_PER_M3 for process in plant.processes
        },
    )


def _true_counter(device: Device, point: Point, windows: Windows, simulator: PlantSimulator) -> TrueCounter:
    register = next(register for register in device.profile.points if register.name == point.name)
    at = np.append(windows.since, windows.until[-1:])
    return TrueCounter(
        carrier=point.carrier,
        step=float(register.scale),
        source=sources_of(device, Assignment(), simulator.model)[point.name],
        at=at,
        index=np.empty(len(at)),
    )


def _count(counters: Collection[TrueCounter]) -> None:
    """Fill in the indexes, year by year: the model keeps the tables of few."""
    for year in range(BASE_YEAR.year, LAST_YEAR + 1):
        first, end = (midnight_ms(day) for day in year_days(year))
        for each in counters:
            chosen = slice(*np.searchsorted(each.at, [first, end]).tolist())
            if chosen.start < chosen.stop:
                each.index[chosen] = each.source.series(each.at[chosen])


def compare(
    truths: Truths, results: Results, windows: Mapping[str, Windows], calendar: PlantCalendar
) -> tuple[Compared, ...]:
    """Return a row for everything planted, then one for each carrier; `windows` as read, by point id."""
    given = _Given(truths=truths, results=results, windows=windows, calendar=calendar)
    rules: Mapping[PlantedKind, Callable[[_Given, Planted], Compared]] = {
        PlantedKind.IMPROVEMENT: _improvement,
        PlantedKind.DRIFT: _drift,
        PlantedKind.EXCHANGE: _counted_through,
        PlantedKind.WRAP: _counted_through,
        PlantedKind.RESET: _reset,
        PlantedKind.OUTAGE: _outage,
    }
    rows = [rules[each.kind](given, each) for each in truths.planted if each.kind in rules]
    return (*rows, *_consumption(given, (Carrier.GAS, Carrier.ELECTRICITY)))


# Gas of a line


def _level(given: _Given, line: str, year: int) -> float:
    """Return gas of a year, of that of the base year for the same work; drifts apart."""
    shares = [p.size for p in given.truths.planted if (p.kind, p.subject) == (PlantedKind.IMPROVEMENT, line)]
    found: float = np.prod([(1.0 - share) ** (year - BASE_YEAR.year) for share in shares]).item()
    return found


def _improvement(given: _Given, truth: Planted) -> Compared:
    years = range(BASE_YEAR.year + 1, given.day(truth.until - 1).year + 1)
    turns = [turn for year in years for turn in _noticed(given, truth, year)]
    savings = [saving for year in years for saving in _year_saving(given, truth, year)]
    count = sum(is_noticed for _, is_noticed in turns)
    return Compared(
        what=f"{truth.subject} improves",
        planted=f"{truth.size:.1%} a year",
        found=", ".join(text for text, _ in (*savings, *turns)) or "too early to tell",
        agrees=all(is_right for _, is_right in savings) and 2 * count >= len(turns),
        rule=f"years within {ERRORS:g} standard errors, most turns of the year noticed",
    )


def _noticed(given: _Given, truth: Planted, year: int) -> Iterator[tuple[str, bool]]:
    """Say whether the step at the turn of a year was noticed, where no drift lies across it."""
    first = given.calendar.instant(date(year, 1, 1))
    last = first + NOTICED_MS
    if _has_drift(given, truth.subject, first, last):
        return
    near = [
        alert
        for alert in given.drifts("drift.down", truth.subject)
        if abs(alert.since - first) <= TURN_MS and first <= alert.detected <= last
    ]
    if near:
        yield f"noticed {given.day(near[0].detected)}", True
    elif truth.until > last:
        yield f"not noticed in {year}", False


def _has_drift(given: _Given, line: str, since: int, until: int) -> bool:
    drifts = [p for p in given.truths.planted if (p.kind, p.subject) == (PlantedKind.DRIFT, line)]
    return any(drift.since < until and drift.until > since for drift in drifts)


def _year_saving(given: _Given, truth: Planted, year: int) -> Iterator[tuple[str, bool]]:
    """Say whether the saving of a year is the planted one, where the year is over and without a drift."""
    line = truth.subject
    first, end = (given.calendar.instant(date(each, 1, 1)) for each in (year, year + 1))
    if end > truth.until or _has_drift(given, line, first, end):
        return
    found = _year(given.results.intensities, line, str(year))
    if found is None or found.saving_nm3 is None or not found.expected_nm3:
        yield f"no saving in {year}", False
        return
    saving, error = found.saving_nm3.value, found.saving_nm3.standard_error or 0.0
    off = saving - found.expected_nm3 * (1.0 - _level(given, line, year))
    text = f"{year} {saving / found.expected_nm3:.2%} +/- {error / found.expected_nm3:.2%} below 2024"
    yield text, abs(off) <= ERRORS * error


def _year(intensities: Sequence[Intensity], line: str, name: str) -> Intensity | None:
    for each in intensities:
        if each.process == line and each.period.kind is PeriodKind.YEAR and each.period.name == name:
            return each
    return None


def _drift(given: _Given, truth: Planted) -> Compared:
    line = truth.subject
    base = next((t.base_intensity for t in given.results.tracks if t.process == line), None)
    share = truth.size * given.truths.marginal_nm3[line] / base if base else np.nan
    alerts = [
        alert
        for alert in given.drifts("drift.up" if truth.size > 0 else "drift.down", line)
        if alert.state is AlertState.OPEN
        and 0 < alert.detected - truth.since <= RAISED_MS
        and abs(alert.since - truth.since) <= ONSET_MS
    ]
    row = Compared(
        what=f"{line} drifts",
        planted=f"{share:+.1%} of the gas since {given.day(truth.since)}",
        found="no open alert",
        agrees=False,
        rule=f"open, raised within {RAISED_MS // DAY_MS} days, size within {ERRORS:g} standard errors",
    )
    for alert in alerts:
        shift, low, high = (float(alert.facts[f"shift_percent{end}"]) / 100 for end in ("", "_low", "_high"))
        error = float(alert.facts["standard_error_percent"]) / 100
        # The level before is the watch's own; a turn of the year inside the drift lowers both.
        true = (
            _mean_level(given, line, truth, alert) * (1.0 + share) / float(alert.facts["level_before"]) - 1.0
        )
        found = f"{shift:+.1%} ({low:+.1%} to {high:+.1%}) since {given.day(alert.since)}"
        return _changed(row, found, agrees=abs(shift - true) <= ERRORS * error)
    return row


def _mean_level(given: _Given, line: str, truth: Planted, alert: Alert) -> float:
    """Return the level of the days of a drift without the drift itself."""
    days = np.arange(truth.since, max(given.results.until, truth.since + 1), DAY_MS).tolist()
    return float(np.mean([_level(given, line, given.day(at).year) for at in days]))


# Meters


def _counted_through(given: _Given, truth: Planted) -> Compared:
    code = f"counter.{truth.kind}"
    flagged = given.findings(code, truth.subject, truth.since, truth.until)
    midnight = given.calendar.day_start(given.day(truth.since))
    found, true = given.totals(truth.subject, midnight, midnight + DAY_MS)
    slack = STEPS * given.truths.counters[truth.subject].step
    return Compared(
        what=f"{truth.subject} {truth.kind}",
        planted=f"{given.day(truth.since)}, {true:,.1f} that day",
        found=f"{code if flagged else 'no finding'}, {found:,.1f} that day",
        agrees=bool(flagged) and abs(found - true) <= slack,
        rule=f"named, and the day right within {slack:g}",
    )


def _reset(given: _Given, truth: Planted) -> Compared:
    flagged = given.findings("counter.reset_undeclared", truth.subject, truth.since, truth.until)
    own = given.windows[truth.subject]
    inside = own.pick((own.since <= truth.since) & (truth.since < own.until))
    is_held = bool(len(inside)) and bool(np.isnan(inside.amount).all())
    return Compared(
        what=f"{truth.subject} {truth.kind}",
        planted=f"{given.day(truth.since)}, declared by nobody",
        found=f"{flagged[0].code if flagged else 'no finding'}, {'held back' if is_held else 'counted'}",
        agrees=bool(flagged) and is_held,
        rule="named, and its hour held back",
    )


def _outage(given: _Given, truth: Planted) -> Compared:
    points = given.truths.places.get(truth.subject, ())
    worst, longest, is_named = 0.0, 0.0, bool(points)
    for point in points:
        gaps = given.findings("counter.gap", point, truth.since, truth.until)
        is_named &= bool(gaps)
        for gap in gaps:
            found, true = given.totals(point, gap.since or 0, gap.until or given.results.until)
            worst = max(worst, abs(found - true) / given.truths.counters[point].step)
            longest = max(longest, float(gap.facts["unseen_h"]))
    named = f"gap of {longest:.1f} h, its total off by {worst:.1f} steps of the register"
    return Compared(
        what=f"{truth.subject} cut off",
        planted=f"{given.day(truth.since)}, {truth.size:.1f} h",
        found=named if is_named else "no gap",
        agrees=is_named and worst <= STEPS and abs(longest - truth.size) <= 0.5,
        rule=f"a gap of that length, its total right within {STEPS:g} steps",
    )


def _consumption(given: _Given, carriers: Sequence[Carrier]) -> Iterator[Compared]:
    """Give the worst month of each carrier."""
    for carrier in carriers:
        points = [name for name, each in given.truths.counters.items() if each.carrier is carrier]
        if not points:
            continue
        last = min(int(given.windows[point].until[-1]) for point in points)
        worst, total, months = 0.0, 0.0, 0
        for month in given.calendar.periods(PeriodKind.MONTH, given.results.since, last):
            if month.until > last or month.since < given.results.since:
                continue
            pairs = np.array([given.totals(point, month.since, month.until) for point in points])
            found, true = pairs.sum(axis=0).tolist()
            off = abs(found - true) / true
            worst, total, months = max(worst, off if off == off else np.inf), total + true, months + 1
        yield Compared(
            what=f"{carrier}, {len(points)} counters",
            planted=f"{total:,.0f} in {months} months",
            found=f"worst month off by {worst:.1e}",
            agrees=months > 0 and worst < MONTH_ERROR,
            rule=f"every month within {MONTH_ERROR:g}",
        )


def _changed(row: Compared, found: str, *, agrees: bool) -> Compared:
    return Compared(what=row.what, planted=row.planted, found=found, agrees=agrees, rule=row.rule)
