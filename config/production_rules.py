"""What can be wrong with a stated output, typed in or from a file. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from config.codes import error, shown
from config.table_numbers import UNIT_WORDS, exact_number
from domain.capacity import Overload, overloads
from domain.findings import Finding
from domain.ledger import Production, ProductionPlan
from domain.periods import HOUR_MS, PlantCalendar
from domain.plant import Carrier, Plant, Process
from domain.units import CONVERSIONS

_EARLIEST_MS = 946_684_800_000
"""2000-01-01 UTC."""
_LATEST_MS = 4_102_444_800_000
"""2100-01-01 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What somebody says a process has made, or is to make, in a span."""

    place: str
    """Where it is said: `march.csv:7`, or `coil` when typed in."""
    order: int
    """Line, for what is reported first."""
    process: str
    since: int
    until: int
    quantity: float
    unit: str
    product: str = ""

    @property
    def key(self) -> tuple[str, int, int, float, str, str]:
        """Return what makes two statements the same."""
        return (self.process, self.since, self.until, self.quantity, self.unit, self.product)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What statements are judged by."""

    processes: Mapping[str, Process]
    calendar: PlantCalendar
    most_per_hour: Mapping[str, float]
    """Process id -> what its counters can count in an hour, output unit; not there when not configured."""
    now: int
    is_plan: bool

    def span(self, since: int, until: int) -> str:
        """Return a span as a person reads it."""
        first, end = (self.calendar.local(at).strftime("%Y-%m-%d %H:%M") for at in (since, until))
        return f"{first} to {end}"


def rules_of(plant: Plant, calendar: PlantCalendar, *, now: int, is_plan: bool) -> Rules:
    """Return the rules of a plant."""
    processes = {process.id: process for process in plant.processes}
    most: defaultdict[str, float] = defaultdict(float)
    for point in plant.points:
        if point.carrier is Carrier.PRODUCTION and point.is_counter:
            for process, share in point.shares.items():
                is_same = process in processes and processes[process].output_unit == point.unit
                # A counter that may count any amount leaves its process without a limit.
                rated = point.rated_max_per_hour if is_same else None
                most[process] += math.inf if rated is None else share * rated
    return Rules(processes=processes, calendar=calendar, most_per_hour=dict(most), now=now, is_plan=is_plan)


def quantity_of(text: str, place: str, *, decimal_comma: bool = False) -> Decimal | Finding:
    """Return a number as written, exactly, or the finding that says why it is none."""
    found = exact_number(text, "quantity", decimal_comma=decimal_comma)
    if isinstance(found, Decimal):
        return found
    remedy = found.remedy
    if found.what == "negative":
        remedy = "output is never below zero; take a return or correction out of the row it belongs to"
    return error(f"production.{found.what}", place, found.problem, remedy)


def in_output_unit(number: Decimal, unit: str, process: Process, place: str) -> float | Finding:
    """Return a quantity in the process's output unit; kg for t are converted exactly."""
    name = UNIT_WORDS.get(unit, unit)
    conversion = CONVERSIONS.get(name)
    if conversion is None or conversion.canonical != process.output_unit:
        fitting = [known for known, each in CONVERSIONS.items() if each.canonical == process.output_unit]
        problem = f"unit {shown(unit)} is not one that {process.id!r} counts in ({process.output_unit})"
        return error("production.wrong_unit", place, problem, f"give it in {' or '.join(fitting)}")
    return float(Fraction(number) * conversion.factor)


def check_stated(stated: Stated, rules: Rules) -> Iterator[Finding]:
    """Give what is wrong with one statement by itself."""
    place = stated.place
    if stated.since >= stated.until:
        remedy = "let until be after since; until itself is not included"
        problem = f"the span is empty: {rules.span(stated.since, stated.until)}"
        yield error("production.empty_span", place, problem, remedy)
        return
    if stated.since < _EARLIEST_MS:
        problem = f"{rules.span(stated.since, stated.until)} begins before 2000"
        yield error("production.too_old", place, problem, "correct the year")
    if stated.until > _LATEST_MS:
        problem = f"{rules.span(stated.since, stated.until)} ends after 2100"
        yield error("production.too_far", place, problem, "correct the year")
    elif stated.until > rules.now and not rules.is_plan:
        now = rules.calendar.local(rules.now).strftime("%Y-%m-%d %H:%M")
        problem = f"{rules.span(stated.since, stated.until)} is not over (it is {now})"
        remedy = "state output when its time is over; what is planned is a plan"
        yield error("production.future", place, problem, remedy)
    most = rules.most_per_hour.get(stated.process)
    hours = (stated.until - stated.since) / HOUR_MS
    if most is not None and stated.quantity > most * hours * (1 + 1e-9):
        unit = stated.unit
        problem = f"{stated.quantity:,.10g} {unit} in {hours:.10g} h are more than the counter of "
        problem += f"{stated.process!r} can count ({most:.10g} {unit} an hour)"
        remedy = "correct quantity or unit, or rated_max_per_hour in the plant file"
        yield error("production.impossible", place, problem, remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Statements beside what the ledger says already."""

    new: tuple[Stated, ...]
    already: tuple[tuple[Stated, int], ...]
    """Those that the ledger has, with the entry's number."""
    findings: tuple[Finding, ...]
    """One for each statement about a time that another one is about too."""


def sort_out(
    stated: Sequence[Stated], recorded: Mapping[int, Production | ProductionPlan], rules: Rules
) -> Sorted:
    """Return what is new; `recorded` has the standing entries by number."""
    there = {_key(body): number for number, body in recorded.items()}
    already = tuple((each, there[each.key]) for each in stated if each.key in there)
    fresh = [each for each in stated if each.key not in there]
    clashes = _clashes(fresh, recorded)
    findings = [_overlap(each, *clashes[each.order], rules) for each in fresh if each.order in clashes]
    new = [each for each in fresh if each.order not in clashes]
    too_much = _overloaded(new, recorded, rules)
    return Sorted(
        new=tuple(each for each in new if each.order not in too_much),
        already=already,
        findings=(*findings, *(too_much[each.order] for each in new if each.order in too_much)),
    )


def _overloaded(
    new: Sequence[Stated], recorded: Mapping[int, Production | ProductionPlan], rules: Rules
) -> dict[int, Finding]:
    """Return order -> finding for statements that the counters cannot count together with the others.

    Each fits by itself: they are of different products, or of times that overlap.
    """
    found: dict[int, Finding] = {}
    for process, most in rules.most_per_hour.items():
        mine = [each for each in new if each.process == process]
        if not mine or math.isinf(most):
            continue
        there = [body for body in recorded.values() if body.process == process]
        spans = [(each.since, each.until, each.quantity) for each in (*mine, *there)]
        for overload in overloads(spans, most):
            faulty = [mine[place] for place in overload.members if place < len(mine)]
            if len(overload.members) > 1:  # one by itself is judged where it is read
                found |= {each.order: _too_much(each, overload, most, rules) for each in faulty}
    return found


def _too_much(stated: Stated, overload: Overload, most: float, rules: Rules) -> Finding:
    hours, unit = (overload.until - overload.since) / HOUR_MS, stated.unit
    problem = f"with {len(overload.members) - 1} more statement(s) it makes {overload.total:,.10g} {unit} in "
    problem += f"{hours:.10g} h, {rules.span(overload.since, overload.until)}: more than the counter of "
    problem += f"{stated.process!r} can count ({most:.10g} {unit} an hour)"
    remedy = "correct quantities or units, or rated_max_per_hour in the plant file"
    return error("production.impossible", stated.place, problem, remedy)


def _key(body: Production | ProductionPlan) -> tuple[str, int, int, float, str, str]:
    product = body.product if isinstance(body, Production) else ""
    return (body.process, body.since, body.until, body.quantity, body.unit, product)


def _clashes(
    fresh: Iterable[Stated], recorded: Mapping[int, Production | ProductionPlan]
) -> dict[int, tuple[Stated | None, int]]:
    """Return order -> (other statement, 0) or (None, entry) for statements that overlap another.

    Of one process, two different products may share a time. Both of two statements are named: nothing
    says which is right.
    """
    spans: list[tuple[str, int, int, int, str, Stated | None, int]] = [
        (each.process, each.since, each.order, each.until, each.product, each, 0) for each in fresh
    ]
    for number, body in recorded.items():
        process, since, until, *_, product = _key(body)
        spans.append((process, since, -1, until, product, None, number))
    spans.sort(key=lambda span: (*span[:3], span[6]))
    found: dict[int, tuple[Stated | None, int]] = {}
    open_: dict[str, tuple[int, Stated | None, int]] = {}
    at_process = None
    for process, since, _, until, product, statement, number in spans:
        if process != at_process:
            open_, at_process = {}, process
        others = open_.values() if product == "" else (open_[p] for p in (product, "") if p in open_)
        for other_until, other, other_number in others:
            if other_until > since:
                if statement is not None:
                    found.setdefault(statement.order, (other, other_number))
                if other is not None:
                    found.setdefault(other.order, (statement, number))
        if product not in open_ or until > open_[product][0]:
            open_[product] = (until, statement, number)
    return found


def _overlap(stated: Stated, other: Stated | None, number: int, rules: Rules) -> Finding:
    span = rules.span(stated.since, stated.until)
    if other is None:
        problem = f"{span} overlaps entry {number} of the ledger"
        remedy = f"take it out, or void that entry: energy-agent event void {number} --why ..."
        return error("production.overlap", stated.place, problem, remedy)
    problem = f"{span} overlaps {other.place}: {rules.span(other.since, other.until)}"
    remedy = "say each time once: add the rows up, or name the product of each"
    return error("production.overlap", stated.place, problem, remedy)
