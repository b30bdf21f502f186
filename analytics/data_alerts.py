"""Doubts about data that need a person, as alerts: silent devices, resets, stuck values, spikes, balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.findings import Finding, Severity
from domain.method import Method
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.results import Alert, AlertKind, AlertState, Balance

_UNTIL_DECLARED = frozenset({"counter.reset_undeclared", "counter.event_unfit", "counter.conflict"})
"""Doubts that time does not settle: they stay open until somebody declares what happened."""
RECENT_MS = 14 * DAY_MS
"""A doubt that is over is an alert, recovered, for so long."""


def silent_devices(
    plant: Plant, method: Method, last_good: Mapping[str, int], *, now: int, since: int
) -> Iterator[Alert]:
    """Give an alert for each device without a good reading for `method.silent_ms`.

    `last_good` is device id -> instant; a device that never gave one is silent from `since` on.
    """
    for device in plant.devices:
        last = max(last_good.get(device.id, since), since)
        if now - last <= method.silent_ms:
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
    """Give an alert for each finding about data that is open or was over not long ago."""
    for finding in findings:
        if finding.since is None or finding.severity is Severity.INFO:
            continue
        lasts = finding.until is None or finding.code in _UNTIL_DECLARED
        if not lasts and finding.until is not None and finding.until < now - RECENT_MS:
            continue
        is_open = lasts or (finding.until is not None and finding.until >= now)
        yield Alert(
            id=alert_id(AlertKind.DATA, finding.code, finding.key, finding.since),
            kind=AlertKind.DATA,
            code=finding.code,
            subject=finding.key,
            severity=finding.severity,
            since=finding.since,
            detected=finding.until if finding.until is not None else now,
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
            is_off = each.share is not None and abs(each.share) > method.balance_tolerance
            if is_off and (not run or run[-1].period.until == each.period.since):
                run.append(each)
                continue
            yield from _balance(run, method, now=now)
            run = [each] if is_off else []
        yield from _balance(run, method, now=now, today=calendar.day_start(calendar.day_of(now)))


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
    share = unallocated / main if main else 0.0
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
        problem=f"{share:.1%} of the {carrier} of the main meter is on no sub-meter "
        f"(more than {method.balance_tolerance:.0%})",
        remedy="look for a sub-meter that fails, a consumer without a meter, or a leak",
        facts={"share_percent": round(share * 100, 3), "unallocated": unallocated, "main": main},
    )


def alert_id(kind: AlertKind, code: str, subject: str, since: int) -> str:
    """Return the stable id of an alert."""
    return f"{kind}-{code}-{subject}-{since}"
