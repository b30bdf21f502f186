"""Entries of the ledger as a person reads them."""

from __future__ import annotations

from agent.carbon_text import carbon_summary
from agent.ledger import Desk
from config.method_tables import WEEKDAYS
from domain.ledger import (
    AlertEntry,
    BaselineApproved,
    BaselineFitted,
    Body,
    CalendarChange,
    GasQuality,
    MeterEvent,
    MeterEventKind,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.periods import WorkingCalendar


def summary(body: Body, desk: Desk) -> str:
    """Return what an entry says, in one line."""
    if isinstance(body, Production | ProductionPlan):
        product = f" of {body.product}" if isinstance(body, Production) and body.product else ""
        source = f" ({body.source})" if isinstance(body, Production) and body.source else ""
        span = f"{desk.local(body.since)} to {desk.local(body.until)}"
        return f"{body.process}: {body.quantity:,.15g} {body.unit}{product}, {span}{source}"
    if isinstance(body, MeterEvent):
        return _meter_event(body, desk)
    if isinstance(body, StaticFactor):
        return _static_factor(body, desk)
    if isinstance(body, GasQuality):
        span = f"{desk.local(body.since)} to {desk.local(body.until)}"
        source = f" ({body.source})" if body.source else ""
        return f"gas of {body.ncv_mj_per_nm3:.9g} MJ/Nm3 net, {span}{source}"
    if isinstance(body, CalendarChange):
        return _calendar(body.calendar)
    if isinstance(body, BaselineFitted):
        baseline = body.baseline
        span = f"{desk.local(baseline.since)} to {desk.local(baseline.until)}"
        return f"{baseline.process}: baseline {baseline.id}, {baseline.rows} rows, {span}"
    if isinstance(body, BaselineApproved):
        return f"{body.process}: baseline {body.baseline} approved from {desk.local(body.valid_from)}"
    if isinstance(body, AlertEntry):
        cause = f": {body.cause}" if body.cause else ""
        return f"{body.subject}: alert {body.alert} {body.action.value} at {desk.local(body.at)}{cause}"
    if isinstance(body, Voided):
        return f"voids entry {body.entry}"
    return carbon_summary(body, desk)


def _meter_event(event: MeterEvent, desk: Desk) -> str:
    certificate = f", certificate {event.certificate}" if event.certificate else ""
    text = f"{event.point}: {event.kind.value} at {desk.local(event.at)}"
    if event.kind is MeterEventKind.CALIBRATION:
        return f"{text}, valid until {event.valid_until}{certificate}"
    units = {point.id: f" {point.unit}" for point in desk.loaded.plant.points}
    unit = units.get(event.point, "")
    return f"{text}, from index {event.old_final:.15g}{unit} to {event.new_start:.15g}{unit}{certificate}"


def _static_factor(factor: StaticFactor, desk: Desk) -> str:
    until = "" if factor.until is None else f" to {desk.local(factor.until)}"
    changes = [f"{factor.share * 100:+.10g} %"] if factor.share else []
    changes += [f"{factor.nm3_per_day:+,.10g} Nm3 a day"] if factor.nm3_per_day else []
    expected = f"expected gas {' and '.join(changes)}" if changes else "expected gas as before"
    approver = f", approved by {factor.approver}" if factor.approver else ""
    return f"{factor.process}: {factor.what}, {expected}, from {desk.local(factor.since)}{until}{approver}"


def _calendar(calendar: WorkingCalendar) -> str:
    shifts = ", ".join(
        f"{shift.name} {_time(shift.start_min)}-{_time(shift.end_min)}" for shift in calendar.shifts
    )
    rest = ", ".join(WEEKDAYS[day] for day in sorted(calendar.rest_days))
    return (
        f"calendar from {calendar.valid_from}: days begin at {_time(calendar.day_start_min)}, "
        f"shifts {shifts or 'none'}, rest days {rest or 'none'}, holidays {len(calendar.holidays) or 'none'}"
    )


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
