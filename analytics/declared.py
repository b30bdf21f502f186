"""The ledger's entries as what holds now: voided ones left out, corrections applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from domain.ledger import (
    AlertEntry,
    BaselineApproved,
    BaselineFitted,
    CalendarChange,
    Entry,
    GasQuality,
    MeterEvent,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.method import Method
from domain.periods import WorkingCalendar
from domain.results import Baseline

T = TypeVar("T", Production, ProductionPlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What people have declared and decided. Mappings have no key for what nothing was said of."""

    production: Mapping[str, tuple[Production, ...]]
    """Process id -> spans in order, without overlap: where two overlap, the later entry counts."""
    plans: Mapping[str, tuple[ProductionPlan, ...]]
    meter_events: Mapping[str, tuple[MeterEvent, ...]]
    """Point id -> events by instant."""
    factors: Mapping[str, tuple[StaticFactor, ...]]
    """Process id -> static factors by instant."""
    calendars: tuple[WorkingCalendar, ...]
    """By their first day; the plant file's holds before the first."""
    baselines: Mapping[str, Baseline]
    """Process id -> the baseline approved last."""
    gas_quality: tuple[GasQuality, ...]
    """Statements of the supplier in the order of recording."""
    alerts: Mapping[str, tuple[AlertEntry, ...]]
    """Alert id -> its steps in the order of recording."""


def declare(entries: Sequence[Entry], method: Method) -> Declared:
    """Return what the entries, in any order, amount to."""
    ordered = sorted(entries, key=lambda entry: entry.number)
    voided = {entry.body.entry for entry in ordered if isinstance(entry.body, Voided)}
    bodies = [entry.body for entry in ordered if entry.number not in voided]
    return Declared(
        production=_spans(body for body in bodies if isinstance(body, Production)),
        plans=_spans(body for body in bodies if isinstance(body, ProductionPlan)),
        meter_events=_meter_events(body for body in bodies if isinstance(body, MeterEvent)),
        factors=_factors(body for body in bodies if isinstance(body, StaticFactor)),
        calendars=_calendars((body for body in bodies if isinstance(body, CalendarChange)), method),
        baselines=_baselines(bodies),
        gas_quality=tuple(body for body in bodies if isinstance(body, GasQuality)),
        alerts=_alerts(body for body in bodies if isinstance(body, AlertEntry)),
    )


def _spans(items: Iterable[T]) -> dict[str, tuple[T, ...]]:
    """Return the spans of each process; a later entry takes its whole span away from earlier ones."""
    found: dict[str, list[T]] = defaultdict(list)
    for item in items:
        rest: list[T] = []
        for old in found[item.process]:
            if getattr(old, "product", "") == getattr(item, "product", ""):
                rest.extend(_without(old, item.since, item.until))
            else:
                rest.append(old)
        rest.append(item)
        found[item.process] = rest
    return {
        process: tuple(sorted(spans, key=lambda span: (span.since, span.until)))
        for process, spans in found.items()
        if spans
    }


def _without(old: T, since: int, until: int) -> list[T]:
    """Return what is left of a span outside [since, until), its quantity by its share of the time."""
    if old.until <= since or old.since >= until:
        return [old]
    length = old.until - old.since
    left = ((old.since, min(old.until, since)), (max(old.since, until), old.until))
    return [
        replace(old, since=first, until=end, quantity=old.quantity * ((end - first) / length))
        for first, end in left
        if first < end
    ]


def _meter_events(events: Iterable[MeterEvent]) -> dict[str, tuple[MeterEvent, ...]]:
    """Return the events of each point; the later entry of one kind and instant corrects the earlier."""
    found: dict[str, dict[tuple[int, str], MeterEvent]] = defaultdict(dict)
    for event in events:
        found[event.point][event.at, event.kind] = event
    return {point: tuple(of[key] for key in sorted(of)) for point, of in found.items()}


def _factors(factors: Iterable[StaticFactor]) -> dict[str, tuple[StaticFactor, ...]]:
    found: dict[str, list[StaticFactor]] = defaultdict(list)
    for factor in factors:
        found[factor.process].append(factor)
    return {process: tuple(sorted(of, key=lambda each: each.since)) for process, of in found.items()}


def _calendars(changes: Iterable[CalendarChange], method: Method) -> tuple[WorkingCalendar, ...]:
    found: dict[date, WorkingCalendar] = {method.calendar.valid_from: method.calendar}
    for change in changes:
        found[change.calendar.valid_from] = change.calendar
    return tuple(found[day] for day in sorted(found))


def _baselines(bodies: Iterable[object]) -> dict[str, Baseline]:
    fitted: dict[str, Baseline] = {}
    approved: dict[str, Baseline] = {}
    for body in bodies:
        if isinstance(body, BaselineFitted):
            fitted[body.baseline.id] = body.baseline
        elif isinstance(body, BaselineApproved) and body.baseline in fitted:
            approved[body.process] = fitted[body.baseline]
    return approved


def _alerts(steps: Iterable[AlertEntry]) -> dict[str, tuple[AlertEntry, ...]]:
    found: dict[str, list[AlertEntry]] = defaultdict(list)
    for step in steps:
        found[step.alert].append(step)
    return {alert: tuple(of) for alert, of in found.items()}
