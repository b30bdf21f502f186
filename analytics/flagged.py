"""Flags of windows as sentences: what each says about a point and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.runs import Run, runs
from domain.findings import Finding, Severity
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Point
from domain.series import Bools
from domain.windows import Flag, Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Windows with all flags of `flag` and none of `but`."""

    code: str
    """After `counter.` or `gauge.`, unless it is qualified itself."""
    flag: Flag
    but: Flag = Flag.NONE
    severity: Severity = Severity.WARNING
    problem: str
    remedy: str
    bridge_ms: int = 0
    is_state: bool = False
    """It may last: until is None while nothing is known of a later window."""

    def chosen(self, windows: Windows) -> Bools:
        found: Bools = (windows.flags & self.flag == self.flag) & (windows.flags & self.but == 0)
        return found


_RULES = (
    _Rule(
        code="reset_undeclared",
        flag=Flag.RESET,
        but=Flag.EXCHANGE | Flag.WRAPS_UNKNOWN,
        severity=Severity.ERROR,
        problem="the register fell, or rose faster than its rated maximum, and no meter event explains it: "
        "its consumption is held back",
        remedy="declare the exchange or reset with its instant, old final and new start index; where the "
        "counter only started again from 0, state its modulus and rated_max_per_hour",
    ),
    _Rule(
        code="event_unfit",
        flag=Flag.RESET | Flag.EXCHANGE,
        severity=Severity.ERROR,
        problem="the indices or the instant of a declared meter event do not fit the readings around it: "
        "the consumption is held back",
        remedy="correct the event: the old final index is no less than the last reading before it, the new "
        "start index no more than the first one after it; give the counter its rated_max_per_hour",
    ),
    _Rule(
        code="wraps_unknown",
        flag=Flag.RESET | Flag.WRAPS_UNKNOWN,
        severity=Severity.ERROR,
        problem="between two readings there was time enough at the rated maximum for the register to start "
        "again from 0 once more: how often it did cannot be told, and its consumption is held back",
        remedy="declare what was read off the meter in that time: for each start from 0 an event with the "
        "modulus as old final and 0 as new start index; read it more often than it can go round",
    ),
    _Rule(
        code="exchange",
        flag=Flag.EXCHANGE,
        but=Flag.RESET,
        severity=Severity.INFO,
        problem="a declared meter event was counted through",
        remedy="nothing to do",
    ),
    _Rule(
        code="wrap",
        flag=Flag.WRAP,
        severity=Severity.INFO,
        problem="the counter started again from 0 at its modulus and was counted through",
        remedy="nothing to do",
    ),
    _Rule(
        code="bad_readings",
        flag=Flag.BAD,
        but=Flag.GAP,
        severity=Severity.INFO,
        problem="readings without a value were bridged",
        remedy="if it goes on, look at the wiring and the timeout of the device",
        bridge_ms=DAY_MS,
        is_state=True,
    ),
    _Rule(
        code="conflict",
        flag=Flag.CONFLICT,
        problem="there are two different values for one instant, of which neither is used",
        remedy="find the second source that writes to this point: a doubled gateway or a repeated import",
        bridge_ms=DAY_MS,
    ),
    _Rule(
        code="spike",
        flag=Flag.SPIKE,
        problem="readings were left out as physically impossible beside their neighbours",
        remedy="look at the wiring, the word order and the restarts of the meter",
        bridge_ms=DAY_MS,
    ),
    _Rule(
        code="clock.doubtful",
        flag=Flag.DOUBTFUL,
        problem="the instants of readings are doubtful: the clock was set or not yet synchronised",
        remedy="see that the gateway keeps its clock by NTP, also before the agent starts",
        bridge_ms=DAY_MS,
        is_state=True,
    ),
)


def flag_findings(point: Point, windows: Windows) -> Iterator[Finding]:
    """Give a finding for each run of windows with a flag that says something."""
    for rule in _RULES:
        if windows.flags.any():
            for run in runs(windows, rule.chosen(windows), bridge_ms=rule.bridge_ms):
                yield finding(
                    point,
                    run,
                    rule.code,
                    rule.problem,
                    rule.remedy,
                    severity=rule.severity,
                    is_state=rule.is_state,
                )
    yield from _gaps(point, windows)


def _gaps(point: Point, windows: Windows) -> Iterator[Finding]:
    """Give a finding for each gap; none for the time before the first reading and for the current window."""
    has_gap = (windows.flags & Flag.GAP) != 0
    is_open = (windows.flags & Flag.OPEN) != 0
    is_nothing = np.isnan(windows.amount) & has_gap & ~is_open
    has_gap &= ~np.logical_and.accumulate(is_nothing)
    has_gap[-1] &= not is_open[-1]
    is_after = has_gap & is_open & (windows.coverage == 0.0)
    found = [*runs(windows, has_gap & ~is_after), *runs(windows, is_after)]
    for run in sorted(found, key=lambda run: run.first):
        unseen_h = float(np.sum((1.0 - run.of(windows.coverage)) * _lengths_h(run)))
        problem = f"there is no good reading for {unseen_h:.1f} h; {_meaning(point, run)}"
        remedy = "look at the power, the cable and the gateway of the device"
        yield finding(point, run, "gap", problem, remedy, is_state=True, unseen_h=round(unseen_h, 3))


def _meaning(point: Point, run: Run) -> str:
    """Return what a gap does to what is known of its time."""
    if not point.is_counter:
        return "nothing is added for that time"
    is_known = np.isfinite(run.of(run.windows.amount))
    if is_known.all():
        return "its total is exact, its course is not known: it is spread evenly and graded estimated"
    if not np.isfinite(run.windows.amount).any():
        return "nothing is known of its consumption"
    if run.lasts and not is_known.any():
        return "what passes is not known until it is read again"
    return "its consumption in that time is not known, or held back"


def finding(
    point: Point,
    run: Run,
    code: str,
    problem: str,
    remedy: str,
    *,
    severity: Severity = Severity.WARNING,
    is_state: bool = False,
    **facts: float,
) -> Finding:
    """Return a finding about a run of windows of a point."""
    room = "" if "." in code else "counter." if point.is_counter else "gauge."
    return Finding(
        code=room + code,
        key=point.id,
        problem=problem,
        remedy=remedy,
        severity=severity,
        since=run.since,
        until=None if is_state and run.lasts else run.until,
        facts={"windows": float(run.end - run.first), **facts},
    )


def _lengths_h(run: Run) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return (run.windows.until - run.windows.since)[run.first : run.end] / HOUR_MS
