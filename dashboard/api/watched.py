"""What needs a person: alerts with their steps, the drift watch, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from dashboard.api.call import Call
from dashboard.api.faults import nothing_of
from dashboard.api.shapes import Instant, Ms, Nm3, Rows, Share, unit
from domain.declared import AlertPicture
from domain.findings import Finding
from domain.results import Alert, DriftWatch


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """An alert; what the figures no longer say is null."""

    alert: str
    state: str
    subject: str
    kind: str | None
    code: str | None
    severity: str | None
    since: Instant | None
    since_ms: Ms | None
    detected: Instant | None
    until: Instant | None
    problem: str | None
    remedy: str | None
    excess_nm3_per_day: Nm3
    cost_per_day: Annotated[float | None, unit("currency")]
    currency: str
    steps: int
    """How often people did something about it."""


def alerts(call: Call) -> Rows[AlertRow]:
    """Return alerts, what waits for a person first."""
    since, until = call.span_if_any()
    return Rows(
        rows=tuple(
            _picture(call, each)
            for each in call.source.alerts()
            if each.alert is None or _touches(each.alert, since, until)
        )
    )


def _touches(alert: Alert, since: int, until: int) -> bool:
    return alert.since < until and (alert.until is None or alert.until > since)


def _picture(call: Call, each: AlertPicture) -> AlertRow:
    said = _said(call, each.alert) if each.alert is not None else None
    return AlertRow(
        alert=each.id,
        state=each.state,
        subject=each.subject,
        kind=said.kind if said else None,
        code=said.code if said else None,
        severity=said.severity if said else None,
        since=said.since if said else None,
        since_ms=said.since_ms if said else None,
        detected=said.detected if said else None,
        until=said.until if said else None,
        problem=said.problem if said else None,
        remedy=said.remedy if said else None,
        excess_nm3_per_day=each.nm3_per_day,
        cost_per_day=each.cost_per_day,
        currency=call.source.method.gas.currency,
        steps=len(each.steps),
    )


@dataclass(frozen=True, kw_only=True)
class AlertStepRow:
    """What a person did about the alert."""

    number: int
    at: Instant
    at_ms: Ms
    action: str
    who: str
    why: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class AlertAnswer(Rows[AlertStepRow]):
    """One alert."""

    alert: AlertRow
    facts: dict[str, float | str]
    suspects: tuple[SuspectShape, ...]


@dataclass(frozen=True, kw_only=True)
class SuspectShape:
    """A variable that moved with a drift."""

    variable: str
    before: float
    after: float
    deviations: float


def alert(call: Call) -> AlertAnswer:
    """Return one alert with its facts and its steps."""
    known = call.source.alerts()
    found = next((each for each in known if each.id == call.text("alert")), None)
    if found is None:
        raise nothing_of("alert", call.text("alert"), [each.id for each in known])
    said = found.alert
    rows = tuple(
        AlertStepRow(
            number=step.number,
            at=call.iso(step.at),
            at_ms=step.at,
            action=step.action,
            who=step.who,
            why=step.why,
            cause=step.cause,
        )
        for step in found.steps
    )
    suspects = said.suspects if said is not None else ()
    return AlertAnswer(
        rows=rows,
        alert=_picture(call, found),
        facts=dict(said.facts) if said is not None else {},
        suspects=tuple(
            SuspectShape(
                variable=each.variable, before=each.before, after=each.after, deviations=each.deviations
            )
            for each in suspects
        ),
    )


@dataclass(frozen=True, kw_only=True)
class SaidRow:
    """An alert as the figures say it, whatever people did about it."""

    alert: str
    kind: str
    code: str
    subject: str
    severity: str
    state: str
    since: Instant
    since_ms: Ms
    detected: Instant
    until: Instant | None
    problem: str
    remedy: str


def said_alerts(call: Call) -> Rows[SaidRow]:
    """Return the alerts of the figures."""
    since, until = call.span_if_any()
    subject = call.text("subject")
    found: Sequence[Alert] = call.source.results("alert")
    return Rows(
        rows=tuple(
            _said(call, each)
            for each in found
            if _touches(each, since, until) and subject in ("", each.subject)
        )
    )


def _said(call: Call, each: Alert) -> SaidRow:
    return SaidRow(
        alert=each.id,
        kind=each.kind,
        code=each.code,
        subject=each.subject,
        severity=each.severity,
        state=each.state,
        since=call.iso(each.since),
        since_ms=each.since,
        detected=call.iso(each.detected),
        until=call.iso_or_none(each.until),
        problem=each.problem,
        remedy=each.remedy,
    )


@dataclass(frozen=True, kw_only=True)
class WatchRow:
    """How a process is watched for drift, in standard deviations, and how it stands."""

    process: str
    interval: str
    false_alarms_per_year: float
    threshold: float
    allowance: float
    autocorrelation: float
    rows_per_year: float
    expected_delay_rows: float | None
    level: Share
    upper: float
    lower: float
    ewma: float
    ewma_limit: float
    rows: int


def watches(call: Call) -> Rows[WatchRow]:
    """Return the drift watch of each process."""
    found: Sequence[DriftWatch] = call.source.results("watch", subject=call.process_if_any())
    return Rows(
        rows=tuple(
            WatchRow(
                process=each.process,
                interval=each.interval,
                false_alarms_per_year=each.false_alarms_per_year,
                threshold=each.threshold,
                allowance=each.allowance,
                autocorrelation=each.autocorrelation,
                rows_per_year=each.rows_per_year,
                expected_delay_rows=each.expected_delay_rows,
                level=each.level,
                upper=each.upper,
                lower=each.lower,
                ewma=each.ewma,
                ewma_limit=each.ewma_limit,
                rows=each.rows,
            )
            for each in found
        )
    )


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """A doubt about data or configuration."""

    code: str
    key: str
    severity: str
    since: Instant | None
    since_ms: Ms | None
    until: Instant | None
    problem: str
    remedy: str


def findings(call: Call) -> Rows[FindingRow]:
    """Return what is doubtful, in the span if one is given."""
    since, until = call.span_if_any()
    found: Sequence[Finding] = call.source.results("finding")
    return Rows(
        rows=tuple(
            FindingRow(
                code=each.code,
                key=each.key,
                severity=each.severity,
                since=call.iso_or_none(each.since),
                since_ms=each.since,
                until=call.iso_or_none(each.until),
                problem=each.problem,
                remedy=each.remedy,
            )
            for each in found
            if (each.since or 0) < until and (each.until is None or each.until > since)
        )
    )
