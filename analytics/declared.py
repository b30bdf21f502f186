"""The ledger's entries as what holds now: voided ones left out, corrections applied."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import TypeVar

from analytics.declared_carbon import DeclaredCarbon, declare_carbon
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
    approvals: Mapping[str, tuple[tuple[int, Baseline], ...]]
    """Process id -> (valid from, baseline) in the order of validity; of one instant the later counts."""
    gas_quality: tuple[GasQuality, ...]
    """Statements of the supplier in the order of recording."""
    alerts: Mapping[str, tuple[AlertEntry, ...]]
    """Alert id -> its steps in the order of recording."""
    carbon: DeclaredCarbon = field(default_factory=DeclaredCarbon)

    @property
    def baselines(self) -> Mapping[str, Baseline]:
        """Return the baseline of each process that is valid last."""
        return {process: found[-1][1] for process, found in self.approvals.items()}

    def baseline(self, process: str, at: int) -> Baseline | None:
        """Return what a process is held against at an instant; before the first approval, that one too.

        A later approval leaves figures that begin before it as they were.
        """
        found = self.approvals.get(process, ())
        if not found:
            return None
        place = bisect_right(found, at, key=lambda each: each[0])
        return found[max(0, place - 1)][1]


def declare(entries: Sequence[Entry], method: Method) -> Declared:
    """Return what the entries, in any order, amount to."""
    ordered = sorted(entries, key=lambda entry: entry.number)
    voided = {entry.body.entry for entry in ordered if isinstance(entry.body, Voided)}
    standing = [entry for entry in ordered if entry.number not in voided]
    bodies = [entry.body for entry in standing]
    return Declared(
        production=_spans(body for body in bodies if isinstance(body, Production)),
        plans=_spans(body for body in bodies if isinstance(body, ProductionPlan)),
        meter_events=_meter_events(body for body in bodies if isinstance(body, MeterEvent)),
        factors=_factors(body for body in bodies if isinstance(body, StaticFactor)),
        calendars=_calendars((body for body in bodies if isinstance(body, CalendarChange)), method),
        approvals=_approvals(bodies),
        gas_quality=tuple(body for body in bodies if isinstance(body, GasQuality)),
        alerts=_alerts(body for body in bodies if isinstance(body, AlertEntry)),
        carbon=declare_carbon(standing, [entry for entry in ordered if entry.number in voided]),
    )


def _spans(items: Iterable[T]) -> dict[str, tuple[T, ...]]:
    """Return the spans of each process; a later entry takes its whole span away from earlier ones."""
    found: dict[str, dict[str, list[T]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        _lay(found[item.process][getattr(item, "product", "")], item)
    return {
        process: tuple(
            sorted(chain(*by_product.values()), key=lambda span: (span.since, span.until, span.quantity))
        )
        for process, by_product in found.items()
    }


def _lay(spans: list[T], item: T) -> None:
    """Put a span over ordered ones that do not overlap; what it covers of them goes."""
    first = bisect_right(spans, item.since, key=lambda span: span.until)
    end = bisect_left(spans, item.until, key=lambda span: span.since)
    left: list[T] = []
    right: list[T] = []
    for old in spans[first:end]:
        left.extend(_part(old, old.since, item.since))
        right.extend(_part(old, item.until, old.until))
    left.append(item)
    left.extend(right)
    spans[first:end] = left


def _part(old: T, since: int, until: int) -> list[T]:
    """Return the part of a span in [since, until), its quantity by its share of the time."""
    if since >= until:
        return []
    share = (until - since) / (old.until - old.since)
    return [replace(old, since=since, until=until, quantity=old.quantity * share)]


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


def _approvals(bodies: Iterable[object]) -> dict[str, tuple[tuple[int, Baseline], ...]]:
    fitted: dict[str, Baseline] = {}
    approved: dict[str, dict[int, Baseline]] = defaultdict(dict)
    for body in bodies:
        if isinstance(body, BaselineFitted):
            fitted[body.baseline.id] = body.baseline
        elif isinstance(body, BaselineApproved):
            found = fitted.get(body.baseline)
            if found is not None and found.process == body.process:
                approved[body.process][body.valid_from] = found
    return {process: tuple(sorted(of.items(), key=lambda each: each[0])) for process, of in approved.items()}


def _alerts(steps: Iterable[AlertEntry]) -> dict[str, tuple[AlertEntry, ...]]:
    found: dict[str, list[AlertEntry]] = defaultdict(list)
    for step in steps:
        found[step.alert].append(step)
    return {alert: tuple(of) for alert, of in found.items()}
