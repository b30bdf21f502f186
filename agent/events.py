"""What was typed of an event -> an entry's body, or a usage error that says what does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import click

from agent.declaring import counter_named, day, instant, process_named
from agent.ledger import Desk, standing
from config.calendar_file import read_calendar
from config.production_rules import Stated, check_stated, in_output_unit, quantity_of, rules_of, sort_out
from domain.carbon_entries import Closed, Restated
from domain.errors import ConfigError
from domain.findings import Finding
from domain.ledger import (
    CalendarChange,
    MeterEvent,
    MeterEventKind,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.plant import Point

_MOST = 100_000
_RANGE = re.compile(r"([1-9]\d{0,11})(?:-([1-9]\d{0,11}))?", re.ASCII)


def meter_event(
    desk: Desk,
    kind: MeterEventKind,
    name: str,
    at: str,
    *,
    old_final: float,
    new_start: float,
    certificate: str,
) -> MeterEvent:
    """Return an exchange or a reset of a counter."""
    point = counter_named(desk.loaded.plant, name)
    _check_index(point, old_final, "--old-final")
    _check_index(point, new_start, "--new-start")
    found = MeterEvent(
        kind=kind,
        point=point.id,
        at=_minute(desk, at),
        old_final=old_final,
        new_start=new_start,
        certificate=certificate,
    )
    _check_other_events(desk, found)
    return found


def calibration(desk: Desk, name: str, at: str, *, valid_until: str, certificate: str) -> MeterEvent:
    """Return a calibration of a counter."""
    point = counter_named(desk.loaded.plant, name)
    when, last = instant(desk, at, "--at"), day(valid_until, "--valid-until")
    if last < desk.calendar.local(when).date():
        raise click.BadParameter(f"{last} is before the calibration itself", param_hint="--valid-until")
    found = MeterEvent(
        kind=MeterEventKind.CALIBRATION, point=point.id, at=when, certificate=certificate, valid_until=last
    )
    _check_other_events(desk, found)
    return found


def _minute(desk: Desk, text: str) -> int:
    """Return an instant that was typed with its time: an index belongs to a minute, not to a day."""
    at = instant(desk, text, "--at")
    if ":" not in text:
        raise click.BadParameter(f"{text.strip()!r} has no time; write 2026-03-01T08:00", param_hint="--at")
    return at


def _check_index(point: Point, index: float, option: str) -> None:
    if index < 0 or (point.modulus is not None and index >= point.modulus):
        most = "" if point.modulus is None else f" and below {point.modulus:,.15g}"
        problem = f"{index:.15g} is no index of {point.id}; it is in {point.unit}, from 0 on{most}"
        raise click.BadParameter(problem, param_hint=option)


def _check_other_events(desk: Desk, new: MeterEvent) -> None:
    """Refuse a second event of one meter at one instant; a calibration stands beside the others."""
    is_calibration = new.kind is MeterEventKind.CALIBRATION
    for number, entry in standing(desk.entries).items():
        old = entry.body
        if (
            isinstance(old, MeterEvent)
            and (old.point, old.at) == (new.point, new.at)
            and (old.kind is MeterEventKind.CALIBRATION) == is_calibration
        ):
            problem = f"entry {number} says already what was done to {new.point} at {desk.local(new.at)}"
            remedy = f"if it is wrong, void it first: energy-agent event void {number} --why ..."
            raise click.UsageError(f"{problem}; {remedy}")


def static_factor(
    desk: Desk,
    name: str,
    *,
    since: str,
    until: str | None,
    what: str,
    share: float,
    nm3_per_day: float,
    approver: str,
) -> StaticFactor:
    """Return a dated change of what normally does not change."""
    process = process_named(desk.loaded.plant, name)
    first = instant(desk, since, "--since")
    end = None if until is None else instant(desk, until, "--until", may_be_future=True)
    if end is not None and end <= first:
        raise click.BadParameter(f"{desk.local(end)} is not after --since", param_hint="--until")
    if not -1 < share <= 1:
        problem = f"{share:.15g} is not between -1 and 1; 0.05 means 5 % more gas expected"
        raise click.BadParameter(problem, param_hint="--share")
    return StaticFactor(
        process=process.id,
        since=first,
        until=end,
        what=what,
        share=share,
        nm3_per_day=nm3_per_day,
        approver=approver,
    )


def calendar_change(path: Path) -> CalendarChange:
    """Return the calendar in a file; ConfigError with every fault of it."""
    calendar, findings = read_calendar(path)
    if calendar is None:
        raise ConfigError(str(path), findings)
    return CalendarChange(calendar=calendar)


def production(
    desk: Desk,
    name: str,
    *,
    since: str,
    until: str,
    quantity: str,
    unit: str | None,
    product: str,
    is_plan: bool,
) -> Production | ProductionPlan:
    """Return output, or planned output, that was typed in; it is judged like a row of a file."""
    plant = desk.loaded.plant
    process = process_named(plant, name)
    number = quantity_of(quantity.strip(), process.id)
    if isinstance(number, Finding):
        _refuse(number)
    amount = in_output_unit(number, unit or process.output_unit, process, process.id)
    if isinstance(amount, Finding):
        _refuse(amount)
    stated = Stated(
        place=process.id,
        order=0,
        process=process.id,
        since=instant(desk, since, "--since", may_be_future=True),
        until=instant(desk, until, "--until", may_be_future=True),
        quantity=amount,
        unit=process.output_unit,
        product=product,
    )
    rules = rules_of(plant, desk.calendar, now=desk.now, is_plan=is_plan)
    for finding in check_stated(stated, rules):
        _refuse(finding)
    kind = ProductionPlan if is_plan else Production
    known = {number: e.body for number, e in standing(desk.entries).items() if isinstance(e.body, kind)}
    found = sort_out((stated,), known, rules)
    for finding in found.findings:
        _refuse(finding)
    if found.already:
        raise click.UsageError(f"entry {found.already[0][1]} says so already; nothing written")
    return body_of(stated, is_plan=is_plan)


def body_of(stated: Stated, *, is_plan: bool, source: str = "") -> Production | ProductionPlan:
    """Return a statement as the body of an entry."""
    if is_plan:
        return ProductionPlan(
            process=stated.process,
            since=stated.since,
            until=stated.until,
            quantity=stated.quantity,
            unit=stated.unit,
        )
    return Production(
        process=stated.process,
        since=stated.since,
        until=stated.until,
        quantity=stated.quantity,
        unit=stated.unit,
        product=stated.product,
        source=source,
    )


def voids(desk: Desk, named: Iterable[str]) -> Sequence[Voided]:
    """Return what voids the entries that `12` and `5-63` name."""
    there = standing(desk.entries)
    numbers: dict[int, None] = {}
    for text in named:
        found = _RANGE.fullmatch(text)
        first = int(found[1]) if found else 0
        last = int(found[2] or first) if found else -1
        if not 0 < first <= last or last - first >= _MOST:
            problem = f"{text[:40]!r} is no number of an entry; write 12, or 5-63 for all from 5 to 63"
            raise click.BadParameter(problem, param_hint="NUMBER")
        numbers.update(dict.fromkeys(range(first, last + 1)))
    for number in numbers:
        if number not in there:
            is_there = number <= len(desk.entries)
            problem = "is void already, or voids another one" if is_there else "does not exist"
            look = "look with `energy-agent event list`"
            raise click.BadParameter(f"entry {number} {problem}; {look}", param_hint="NUMBER")
        body = there[number].body
        if isinstance(body, Closed | Restated):
            problem = f"entry {number} closes {body.period}, and what was signed is not taken back"
            remedy = f"give it other figures: energy-agent restate {body.period}"
            raise click.BadParameter(f"{problem}; {remedy}", param_hint="NUMBER")
    return tuple(Voided(entry=number) for number in numbers)


def _refuse(finding: Finding) -> NoReturn:
    raise click.UsageError(f"{finding.problem}; {finding.remedy} [{finding.code}]")
