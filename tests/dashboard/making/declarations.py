"""Alerts of a made plant and what its people did: alerts with steps, baselines, entries of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from domain.declared import AlertPicture, BaselinePicture, EntryPicture, Step
from domain.findings import Finding, Severity
from domain.periods import DAY_MS, PeriodKind
from domain.results import Alert, AlertKind, AlertState, Baseline, Suspect
from tests.dashboard.making.courses import BASELINES, DRIFT_ALERT, WAITING_BASELINE
from tests.dashboard.making.hours import (
    BASELINE_SINCE,
    BASELINE_UNTIL,
    CO2_PER_NM3,
    DRIFT,
    DRIFT_SINCE,
    NOW,
    PROCESSES,
    Hours,
    at,
)
from tests.dashboard.making.moment import SILENT_MS, States

SILENT_SINCE = NOW - SILENT_MS
BALANCE_ALERT = f"data-data.balance-electricity-{at('2026-11-19')}"
SPIKE_ALERT = f"data-data.spike-gas_coil.volume_reference-{at('2026-11-17T10:00')}"
OLD_DRIFT = "drift-sheet-20260714"


def silent_alert(device: str) -> str:
    """Return the id of the alert of a silent device."""
    return f"data-data.silent-{device}-{SILENT_SINCE}"


def _drift(hours: Hours) -> Alert:
    until = at("2026-11-22")
    span = hours.span(DRIFT_SINCE, until)
    more = float(hours.gas["coil"][span].sum() - hours.expected["coil"][span].sum())
    days = (until - DRIFT_SINCE) / DAY_MS
    facts: dict[str, float | str] = {
        "since": "2026-10-25",
        "shift_percent": 100.0 * DRIFT,
        "shift_percent_low": 2.6,
        "shift_percent_high": 3.6,
        "standard_error_percent": 0.3,
        "sigma": 2.1,
        "rows": 28.0,
        "rows_to_alarm": 6.0,
        "level_before": 1.0,
        "excess_nm3": more,
        "excess_nm3_per_day": more / days,
        "excess_co2_kg": more * CO2_PER_NM3,
        "ewma": 1.62,
        "ewma_limit": 0.76,
        "ewma_agrees": "yes",
        "false_alarms_per_year": 1.0,
        "probability": 0.998,
        "cost": more * 3.6,
        "cost_per_day": more / days * 3.6,
        "currency": "CNY",
    }
    return Alert(
        id=DRIFT_ALERT,
        kind=AlertKind.DRIFT,
        code="drift.up",
        subject="coil",
        severity=Severity.WARNING,
        since=DRIFT_SINCE,
        detected=at("2026-10-31"),
        until=None,
        state=AlertState.OPEN,
        problem=(
            "coil has burnt 3.1 % more gas for the same work since 2026-10-25 (2.6 to 3.6 %): "
            f"{more:,.0f} Nm3 in {days:.0f} days"
        ),
        remedy=(
            "look first at what moved with it: oven_temperature (244.8 before, 251.3 since); check burner, "
            "air-fuel ratio, oven seals, product mix and the meter; close the alert with its cause"
        ),
        facts=facts,
        suspects=(
            Suspect(variable="oven_temperature", before=244.8, after=251.3, deviations=3.4),
            Suspect(variable="ambient_temperature", before=22.4, after=17.9, deviations=-1.2),
        ),
    )  # fmt: skip


def _data(
    code: str,
    subject: str,
    since: int,
    *,
    problem: str,
    remedy: str,
    severity: Severity = Severity.WARNING,
    until: int | None = None,
    facts: Mapping[str, float | str] = MappingProxyType({}),
) -> Alert:
    return Alert(
        id=f"data-{code}-{subject}-{since}",
        kind=AlertKind.DATA,
        code=code,
        subject=subject,
        severity=severity,
        since=since,
        detected=since,
        until=until,
        state=AlertState.OPEN if until is None else AlertState.RECOVERED,
        problem=problem,
        remedy=remedy,
        facts=dict(facts),
    )


def _silent(device: str) -> Alert:
    return _data(
        "data.silent",
        device,
        SILENT_SINCE,
        severity=Severity.ERROR,
        problem=f"{device} has given no good reading for 4 min",
        remedy="look at its power, its cable and its gateway; `energy-agent read` says what it answers",
        facts={"silent_min": 4.0},
    )


def _stuck() -> Alert:
    return _data(
        "data.stuck",
        "heat_sheet.heat_energy",
        at("2026-11-21T20:00"),
        problem="a signal that always moves has shown one value for 18.5 h",
        remedy="look whether water flows, then at the meter",
        facts={"stuck_h": 18.5},
    )


def _balance() -> Alert:
    return _data(
        "data.balance",
        "electricity",
        at("2026-11-19"),
        problem="the sub-meters of electricity show 6.2 % less than the main meter for 2 days",
        remedy="look for a meter that stands or a user without a meter",
        facts={"share_percent": 6.2, "days": 2.0},
    )


def _spike() -> Alert:
    return _data(
        "data.spike",
        "gas_coil.volume_reference",
        at("2026-11-17T10:00"),
        until=at("2026-11-17T11:00"),
        problem="one reading was physically impossible beside its neighbours and was left out",
        remedy="nothing, unless it comes again: then check the meter's connection",
    )


_TAKEN = Step(
    number=41,
    at=at("2026-11-21T09:12"),
    action="acknowledged",
    who="李工",
    why="the new compressor has no meter yet",
    cause="",
)
_CLOSED = Step(
    number=27,
    at=at("2026-07-22T16:40"),
    action="closed",
    who="王工",
    why="air valve repaired",
    cause="burner",
)


def alerts(hours: Hours, states: States) -> tuple[AlertPicture, ...]:
    """Return silent devices, an open drift, a stuck meter, one taken over, one recovered, one closed."""
    if states.empty:
        return ()
    drift = _drift(hours)
    spike = _spike()
    return (
        *(_picture(_silent(device)) for device in sorted(states.stale)),
        replace(
            _picture(drift),
            nm3_per_day=float(drift.facts["excess_nm3_per_day"]),
            cost_per_day=float(drift.facts["cost_per_day"]),
        ),
        _picture(_stuck()),
        _picture(_balance(), "acknowledged", _TAKEN),
        _picture(spike, "recovered"),
        AlertPicture(id=OLD_DRIFT, state="closed", subject="sheet", alert=None, steps=(_CLOSED,)),
    )


def _picture(alert: Alert, state: str = "open", *steps: Step) -> AlertPicture:
    return AlertPicture(id=alert.id, state=state, subject=alert.subject, alert=alert, steps=steps)


def _baseline(hours: Hours, process: str, name: str, since: int, until: int) -> Baseline:
    span = hours.span(since, until)
    gas, output = float(hours.gas[process][span].sum()), float(hours.output[process][span].sum())
    rows = round((until - since) / DAY_MS) - 10
    return Baseline(
        id=name,
        process=process,
        interval=PeriodKind.DAY,
        since=since,
        until=until,
        variables=("output", "operating_hours"),
        coefficients=(38.4, 21.9, 23.6),
        standard_errors=(6.1, 0.4, 1.1),
        inverse=((0.12, -0.001, -0.002), (-0.001, 0.0004, 0.0), (-0.002, 0.0, 0.003)),
        residual_sd=42.7,
        rows=rows,
        autocorrelation=0.11,
        r_squared=0.987,
        f_statistic=13_240.0,
        f_p_value=1e-9,
        p_values=(0.0001, 1e-9, 1e-9),
        cv_rmse=0.017,
        durbin_watson=1.84,
        lows=(36.0, 10.0),
        highs=(97.0, 16.0),
        means=(78.0, 14.8),
        deviations=(14.0, 2.1),
        standing_mean=23.0,
        standing_sd=1.1,
        standing_rows=10,
        gas=gas,
        output=output,
        coverage=1.0,
        data_hash=name.partition("-")[2] * 5,
        failures=(),
    )


def baselines(hours: Hours, states: States) -> tuple[BaselinePicture, ...]:
    """Return a baseline in use of each process, and one of sheet that waits for approval."""
    if states.empty:
        return ()
    waiting = BaselinePicture(
        baseline=_baseline(hours, "sheet", WAITING_BASELINE, at("2025-07-01"), at("2026-07-01")),
        fitted_at=at("2026-11-20T10:05"), fitted_by="李工", approved_at=None, approved_by="",
        valid_from=None, is_in_use=False,
    )  # fmt: skip
    used = (
        BaselinePicture(
            baseline=_baseline(hours, process, BASELINES[process], BASELINE_SINCE, BASELINE_UNTIL),
            fitted_at=at("2026-01-05T09:00"), fitted_by="李工", approved_at=at("2026-01-06T08:30"),
            approved_by="陈经理", valid_from=BASELINE_SINCE, is_in_use=True,
        )
        for process in PROCESSES
    )  # fmt: skip
    return (waiting, *used)


def entries(states: States) -> tuple[EntryPicture, ...]:
    """Return rows of the ledger, newest first; one was voided."""
    if states.empty:
        return ()
    rows = (
        (42, "2026-11-21T17:20", "王工", "calibration certificate came", "calibration",
         "gas_main.volume_reference", "calibrated, certificate GZ-2026-1187", False),
        (41, "2026-11-21T09:12", "李工", "the new compressor has no meter yet", "alert", BALANCE_ALERT,
         "acknowledged", False),
        (40, "2026-11-20T10:05", "李工", "a newer year", "baseline", WAITING_BASELINE,
         "baseline of sheet, 2025-07-01 to 2026-06-30", False),
        (39, "2026-11-06T08:02", "张三", "counter card was lost", "production", "coil",
         "coil: 5.2 t from 2026-11-05 00:00 to 01:00", False),
        (38, "2026-11-06T07:58", "张三", "typed in", "production", "coil",
         "coil: 52 t from 2026-11-05 00:00 to 01:00", True),
        (31, "2026-10-25T08:15", "王工", "meter worn out", "exchange", "gas_sheet.volume_reference",
         "gas_sheet.volume_reference exchanged at 2026-10-25 08:00, 812,044.5 to 0", False),
    )  # fmt: skip
    return tuple(
        EntryPicture(
            number=number, at=at(when), who=who, why=why, kind=kind, subject=subject, text=text,
            is_voided=voided,
        )
        for number, when, who, why, kind, subject, text, voided in rows
    )  # fmt: skip


def findings(states: States) -> tuple[Finding, ...]:
    """Return doubts about data: a gap, a spike."""
    if states.empty:
        return ()
    return (
        Finding(
            code="data.gap",
            key="gas_sheet.volume_reference",
            problem="no reading for 6.0 h",
            remedy="the total is exact, its distribution is not; look at the gateway's log",
            severity=Severity.WARNING,
            since=at("2026-11-12T02:00"),
            until=at("2026-11-12T08:00"),
        ),
        Finding(
            code="data.spike",
            key="gas_coil.volume_reference",
            problem="one reading was physically impossible beside its neighbours and was left out",
            remedy="nothing, unless it comes again: then check the meter's connection",
            severity=Severity.WARNING,
            since=at("2026-11-17T10:00"),
            until=at("2026-11-17T11:00"),
        ),
    )
