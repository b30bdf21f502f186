"""What every line of the inventory rests on: the months, the chosen factors, the day of the base year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from analytics.declared_carbon import DeclaredCarbon
from analytics.factor_choice import Chosen, Factors
from analytics.prepared import Prepared
from domain.factors import BY_REGION, FactorUsed
from domain.findings import Finding
from domain.inventory import Line
from domain.method import CarbonMethod
from domain.periods import Period, PeriodKind, PlantCalendar


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """A prepared span as the inventory looks at it."""

    prepared: Prepared
    now: int
    months: tuple[Period, ...]
    """From the first window on, in order; the last has at least one hour that is over."""
    chosen: Chosen
    base_day: date
    """Whose factors the fixed-factor path uses."""

    @property
    def carbon(self) -> DeclaredCarbon:
        """Return what is declared for the inventory."""
        return self.prepared.declared.carbon

    @property
    def method(self) -> CarbonMethod:
        """Return how the inventory is made."""
        return self.prepared.method.carbon

    def is_over(self, period: Period) -> bool:
        """Say whether a period is over."""
        return period.until <= self.now


def basis_of(prepared: Prepared, now: int) -> Basis:
    """Return the basis of every month from the first window to the hour that runs at `now`."""
    running = int(prepared.calendar.edges(now, now + 1)[0])
    since = prepared.since
    return Basis(
        prepared=prepared,
        now=now,
        months=tuple(prepared.calendar.periods(PeriodKind.MONTH, since, max(since + 1, running))),
        chosen=Chosen(prepared.declared.carbon.factors),
        base_day=date(prepared.method.target.base_year, 7, 1),
    )


def first_day(month: Period) -> date:
    """Return the day whose factors hold for a month."""
    return date.fromisoformat(f"{month.name}-01")


def first_year(months: Sequence[Period], calendar: PlantCalendar) -> tuple[int, int]:
    """Return the span of the first year that has an inventory: where what counts nowhere is shown."""
    year = calendar.period(PeriodKind.YEAR, months[0].since)
    return months[0].since, year.until if year is not None else months[-1].until


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A use that no factor of the ledger holds for in a month."""

    use: str
    region: str
    month: Period
    is_base: bool = False
    """It is a factor of the base year that is missing."""
    days: Period | None = None
    """The part of the month; None: all of it."""

    @property
    def span(self) -> Period:
        """Return what it is missing in."""
        return self.days or self.month


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLines:
    """Lines of one source, by month, and what is wrong with them."""

    lines: Mapping[str, Line]
    """Name of the month -> line; no key where there is nothing to tell."""
    missing: tuple[Missing, ...] = ()
    findings: tuple[Finding, ...] = ()
    unsaid: Mapping[str, str] = field(default_factory=dict)
    """Name of a month that lacks a line that should be there -> code for the sum."""


def factor_codes(factors: Iterable[FactorUsed], year: int) -> tuple[str, ...]:
    """Return the codes that used factors give a line of a year."""
    return ("factor.other_year",) if any(each.year not in (None, year) for each in factors) else ()


def runs(months: Sequence[Period]) -> Iterator[tuple[Period, Period]]:
    """Give the first and the last of each run of months in a row; months in order, each once."""
    first = last = None
    for month in months:
        if first is None or last is None or last.until != month.since:
            if first is not None and last is not None:
                yield first, last
            first = month
        last = month
    if first is not None and last is not None:
        yield first, last


def ordered(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes in order, each once."""
    return tuple(sorted(set(codes)))


def missing_findings(factors: Factors, missing: Sequence[Missing], base_day: date) -> Iterator[Finding]:
    """Give one finding for each run of months in a row that miss the same factor."""
    by_use = sorted(set(missing), key=lambda each: (each.use, each.region, each.is_base, each.span.since))
    for _, group in groupby(by_use, lambda each: (each.use, each.region, each.is_base)):
        of_use = list(group)
        for first, last in runs([each.span for each in of_use]):
            yield _none(factors, of_use[0], base_day, (first, last))


def _none(factors: Factors, missing: Missing, base_day: date, span: tuple[Period, Period]) -> Finding:
    use, region, is_base = missing.use, missing.region, missing.is_base
    known = sorted(
        f"{each.body.id} ({each.body.valid_from} to {each.body.valid_until or 'open'})"
        for each in factors
        if each.body.use == use and (use not in BY_REGION or each.body.region == region)
    )
    where = f" of {region}" if region else ""
    first, last = span
    time = first.name if first is last else f"{first.name} to {last.name}"
    when = f"on {base_day}, for the fixed-factor path" if is_base else f"in {time}"
    return Finding(
        code="factor.none_base_year" if is_base else "factor.none",
        key=f"{use}/{region}" if region else use,
        problem=f"no factor for {use}{where} holds {when}"
        + (f"; there are {', '.join(known)}" if known else ""),
        remedy="enter the factor with its validity and source; until then the figure is not known",
        since=first.since,
        until=last.until,
        facts={"use": use, "region": region, "known": ", ".join(known), "time": time},
    )
