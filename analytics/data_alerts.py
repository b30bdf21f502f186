"""Doubts about data that need a person, as alerts: silent devices, resets, stuck values, spikes, balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

from domain.findings import Finding, Severity
from domain.method import Method
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.results import Alert, AlertKind, AlertState, Balance
from domain.windows import Grade

_UNTIL_DECLARED = frozenset(
    {"counter.reset_undeclared", "counter.wraps_unknown", "counter.event_unfit", "counter.conflict"}
)
"""Doubts that time does not settle: they stay open until somebody declares what happened."""
_ESTIMATED, _MOST_ESTIMATED = Grade.ESTIMATED.code, 0.05
RECENT_MS = 14 * DAY_MS
"""A doubt that is over is an alert, recovered, for so long."""


def silent_devices(
    plant: Plant,
    method: Method,
    last_good: Mapping[str, int],
    *,
    now: int,
    since: int,
    watched_since: int = 0,
) -> Iterator[Alert]:
    """Give an alert for each device without a good reading for `method.silent_ms`.

    `last_good` is device id -> instant; a device that never gave one is silent from `since` on. Time before
    `watched_since`, when nobody polled, is no silence of a device.
    """
    for device in plant.devices:
        last = max(last_good.get(device.id, since), since)
        if now - max(last, watched_since) <= method.silent_ms:
            continue
        minutes = (now - last) / 60_000
        yield Alert(
            id=alert_id(AlertKind.DATA, "data.silent", device.id, last),
            kind=AlertKind.DATA,
            code="data.silent",
            subject=device.id,
            severity=Severity.ERROR,
            since=last,
            detected=last + method.silent_ms,
            until=None,
            state=AlertState.OPEN,
            problem=f"{device.id} has given no good reading for {minutes:.0f} min",
            remedy="look at its power, its cable and its gateway; `energy-agent read` says what it answers",
            facts={"silent_min": round(minutes, 1)},
        )


def of_findings(findings: Iterable[Finding], *, now: int) -> Iterator[Alert]:
    """Give an alert for each finding about data that is open or was over not long ago.

    Several findings of one code, key and instant are one alert, told by the first.
    """
    told: set[str] = set()
    for finding in findings:
        if finding.since is None or finding.severity is Severity.INFO:
            continue
        lasts = finding.until is None or finding.code in _UNTIL_DECLARED
        if not lasts and finding.until is not None and finding.until < now - RECENT_MS:
            continue
        is_open = lasts or (finding.until is not None and finding.until >= now)
        name = alert_id(AlertKind.DATA, finding.code, finding.key, finding.since)
        if name in told:
            continue
        told.add(name)
        yield Alert(
            id=name,
            kind=AlertKind.DATA,
            code=finding.code,
            subject=finding.key,
            severity=finding.severity,
            since=finding.since,
            detected=finding.until if finding.until is not None else finding.since,
            until=None if is_open else finding.until,
            state=AlertState.OPEN if is_open else AlertState.RECOVERED,
            problem=finding.problem,
            remedy=finding.remedy,
            facts=dict(finding.facts),
        )


def of_balances(
    balances: Sequence[Balance], method: Method, calendar: PlantCalendar, *, now: int
) -> Iterator[Alert]:
    """Give an alert for each run of whole days whose unallocated share is beyond the tolerance."""
    days = [each for each in balances if each.period.kind is PeriodKind.DAY and each.evidence.is_complete]
    for carrier in sorted({each.carrier for each in days}):
        run: list[Balance] = []
        for each in sorted((d for d in days if d.carrier == carrier), key=lambda d: d.period.since):
            is_off = _is_off(each, method)
            if is_off and (not run or run[-1].period.until == each.period.since):
                run.append(each)
                continue
            yield from _balance(run, method, now=now)
            run = [each] if is_off else []
        yield from _balance(run, method, now=now, today=calendar.day_start(calendar.day_of(now)))


def _is_off(balance: Balance, method: Method) -> bool:
    """Say whether a balance does not close; a main meter that shows nothing closes with no sub-meter."""
    if balance.evidence.shares.get(_ESTIMATED, 0.0) > _MOST_ESTIMATED:
        return False  # a gap that is spread evenly moves consumption between hours and days
    if balance.share is None:
        return balance.unallocated is not None and balance.unallocated != 0.0
    return abs(balance.share) > method.balance_tolerance


def _balance(
    run: Sequence[Balance], method: Method, *, now: int, today: int | None = None
) -> Iterator[Alert]:
    if not run:
        return
    last = run[-1].period.until
    is_open = today is not None and last >= today
    if not is_open and last < now - RECENT_MS:
        return
    carrier, since = run[0].carrier, run[0].period.since
    main = sum(each.main or 0.0 for each in run)
    unallocated = sum(each.unallocated or 0.0 for each in run)
    share = unallocated / main if main else float("nan")
    problem, remedy = _words(carrier, share, method)
    yield Alert(
        id=alert_id(AlertKind.DATA, "data.balance", carrier, since),
        kind=AlertKind.DATA,
        code="data.balance",
        subject=carrier,
        severity=Severity.WARNING,
        since=since,
        detected=run[0].period.until,
        until=None if is_open else last,
        state=AlertState.OPEN if is_open else AlertState.RECOVERED,
        problem=problem,
        remedy=remedy,
        facts={"unallocated": unallocated, "main": main}
        | ({"share_percent": round(share * 100, 3)} if isfinite(share) else {}),
    )


def _words(carrier: str, share: float, method: Method) -> tuple[str, str]:
    allowed = f"(more than {method.balance_tolerance:.0%})"
    if share > 0.0:
        problem = f"{share:.1%} of the {carrier} of the main meter is on no sub-meter {allowed}"
        return problem, "look for a sub-meter that fails, a consumer without a meter, or a leak"
    remedy = (
        "look for a main meter that fails; compare multipliers, reference conditions and roles of the meters"
    )
    if isfinite(share):
        return f"the sub-meters show {-share:.1%} more {carrier} than the main meter {allowed}", remedy
    return f"the sub-meters show {carrier} and the main meter shows none", remedy


def alert_id(kind: AlertKind, code: str, subject: str, since: int) -> str:
    """Return the stable id of an alert."""
    return f"{kind}-{code}-{subject}-{since}"
