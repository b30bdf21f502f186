"""The last twelve months of a process: each day against its expectation, and what was burnt on standby."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import get_day_names, get_month_names
from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.bars import Bar, BarPart, BarsWords, Fill, stacked_bars
from dashboard.charts.heatmap import DayState, HeatDay, HeatmapWords, calendar_heatmap
from dashboard.charts.svg import Size
from dashboard.numbers import Quantity
from dashboard.page import Asked
from dashboard.views.figure import Figure, why_intensity
from domain.periods import PeriodKind
from domain.results import Intensity

MONTHS = 12
_FAR = 0.05
"""A day so far above its expectation is counted in the finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysCard:
    """The calendar."""

    finding: str
    chart: Markup
    since: str
    """The first day: 2025-12-01."""
    weekdays: tuple[str, ...]
    rows: tuple[WeekRow, ...]
    """Newest first."""
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One week of the table twin."""

    name: str
    """Its Monday."""
    days: tuple[Figure | None, ...]
    """Seven; None outside the twelve months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyCard:
    """Gas by the state of the oven."""

    finding: str
    chart: Markup
    rows: tuple[StandbyRow, ...]
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyRow:
    """One month."""

    name: Figure
    gas: tuple[str, ...]
    """In production, idle, heating up, off; Nm3."""
    share: str
    """All but production."""
    hours: tuple[str, ...]
    mark: str
    """`incomplete`, or empty."""


def first_month(asked: Asked) -> date:
    """Return the first day of the twelve months, this one included."""
    today = asked.calendar.day_of(asked.now)
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


# each day


def days_card(found: Sequence[Intensity], process: str, asked: Asked) -> DaysCard:
    """Return the calendar; a day without a figure is hatched, one without output stands."""
    days = _days(found, asked)
    finding = _days_finding(days, found, asked)
    has_index = any(day.value is not None for day in days)
    told = {day.day: _state(day, asked) for day in days} if has_index else {}
    return DaysCard(
        finding=finding,
        chart=_calendar(days if has_index else (), told, process, finding, asked),
        since=str(first_month(asked)),
        weekdays=_weekdays(asked),
        rows=tuple(_weeks(days, told, process)) if has_index else (),
        is_empty=not has_index,
    )


def _days(found: Sequence[Intensity], asked: Asked) -> tuple[HeatDay, ...]:
    """Return the days that are over: half a day says little against its expectation."""
    calendar = asked.calendar
    by_name = {each.period.name: each for each in found}
    since, until = calendar.day_start(first_month(asked)), calendar.day_start(calendar.day_of(asked.now))
    return tuple(
        _day(period.name, period.since, by_name.get(period.name))
        for period in calendar.periods(PeriodKind.DAY, since, until)
    )


def _day(name: str, since: int, each: Intensity | None) -> HeatDay:
    if each is not None and each.output is not None and each.output <= 0.0:
        return HeatDay(name, since, None, DayState.STANDING)
    if each is None or each.index is None or each.output is None:
        return HeatDay(name, since, None, DayState.MISSING)
    return HeatDay(name, since, each.index - 1.0, DayState.RUNNING)


def _days_finding(days: Sequence[HeatDay], found: Sequence[Intensity], asked: Asked) -> str:
    words, numbers = asked.words, asked.numbers
    running = [day.value for day in days if day.value is not None]
    if not running:
        if any(each.ratio is not None for each in found):
            return words("No day has an expectation yet: no baseline is approved")
        return words("No day of the last twelve months is known yet")
    said = {
        "far": numbers.number(sum(value > _FAR for value in running)),
        "all": numbers.number(len(running)),
        "share": numbers.percent(_FAR, 0),
        "idle": numbers.number(sum(day.state is DayState.STANDING for day in days)),
        "missing": numbers.number(sum(day.state is DayState.MISSING for day in days)),
    }
    return words(
        "%(far)s of %(all)s days lie over %(share)s above expectation; %(idle)s idle, %(missing)s not known",
        **said,
    )


def _calendar(
    days: Sequence[HeatDay], told: Mapping[str, str], process: str, title: str, asked: Asked
) -> Markup:
    words, numbers = asked.words, asked.numbers
    months = get_month_names("abbreviated", locale=asked.language)

    def draw(size: Size, prefix: str) -> Markup:
        return calendar_heatmap(
            days,
            words=HeatmapWords(
                weekdays=_weekdays(asked),
                standing=words("idle"),
                missing=words("not known"),
                nothing=title,
            ),
            title=title,
            prefix=prefix,
            format_value=lambda value: numbers.percent(value, 0, sign=True),
            format_month=lambda at: str(months[asked.calendar.day_of(at).month]),
            link=lambda day: why_intensity(process, "day", day.day),
            describe=lambda day: f"{day.day}: {told[day.day]}",
            size=size,
        )

    return both(draw, prefix="days")


def _state(day: HeatDay, asked: Asked) -> str:
    if day.state is DayState.STANDING:
        return asked.words("idle")
    if day.value is None:
        return asked.words("not known")
    return asked.numbers.percent(day.value, sign=True)


def _weekdays(asked: Asked) -> tuple[str, ...]:
    names = get_day_names("abbreviated", locale=asked.language)
    return tuple(names[place] for place in range(7))


def _weeks(days: Sequence[HeatDay], told: Mapping[str, str], process: str) -> list[WeekRow]:
    """Return the days as the picture has them, week by week, newest first."""
    weeks: dict[date, list[Figure | None]] = {}
    for each in days:
        day = date.fromisoformat(each.day)
        row = weeks.setdefault(day - timedelta(days=day.weekday()), [None] * 7)
        row[day.weekday()] = Figure(told[each.day], why_intensity(process, "day", each.day))
    return [WeekRow(name=str(monday), days=tuple(row)) for monday, row in reversed(weeks.items())]


# standby against running


def standby_card(months: Sequence[Intensity], asked: Asked) -> StandbyCard:
    """Return gas by the state of the oven, a bar for each month."""
    words, numbers = asked.words, asked.numbers
    known = [_parts(each) for each in months]
    total = sum(value or 0.0 for parts in known for value in parts)
    idle = sum(value or 0.0 for parts in known for value in parts[1:])
    if not total:
        finding = words("No month with a known state of the oven yet")
    else:
        share = numbers.percent(idle / total)
        gas = numbers.quantity(idle, Quantity.GAS)
        finding = words("%(share)s of the gas (%(gas)s) was burnt without output", share=share, gas=gas)
    return StandbyCard(
        finding=finding,
        chart=_bars(months if total else (), finding, asked),
        rows=tuple(_standby_row(each, asked) for each in reversed(months)) if total else (),
        is_empty=not total,
    )


def _parts(each: Intensity) -> tuple[float | None, ...]:
    return each.production_nm3, each.idle_nm3, each.startup_nm3, each.off_nm3


def _standby_row(each: Intensity, asked: Asked) -> StandbyRow:
    numbers, parts = asked.numbers, _parts(each)
    total = sum(value or 0.0 for value in parts)
    has_all = all(value is not None for value in parts)
    is_over = each.period.until <= asked.now
    doubtful = each.evidence.coverage < 0.90 or (is_over and not each.evidence.is_complete)
    return StandbyRow(
        name=Figure(each.period.name, why_intensity(each.process, each.period.kind.value, each.period.name)),
        gas=tuple(numbers.value(value, Quantity.GAS) for value in parts),
        share=numbers.percent(sum(v or 0.0 for v in parts[1:]) / total if total and has_all else None),
        hours=tuple(
            numbers.value(hours, Quantity.HOURS) for hours in (each.production_h, each.idle_h, each.startup_h)
        ),
        mark=asked.words("incomplete") if doubtful else "",
    )


def _bars(months: Sequence[Intensity], title: str, asked: Asked) -> Markup:
    words, numbers = asked.words, asked.numbers
    names = get_month_names("abbreviated", locale=asked.language)
    bars = [
        Bar(
            label=str(names[asked.calendar.day_of(each.period.since).month]),
            values=_parts(each),
            link=why_intensity(each.process, each.period.kind.value, each.period.name),
            title=f"{each.period.name}: {numbers.quantity(each.gas_nm3, Quantity.GAS)}",
        )
        for each in months
    ]

    def draw(size: Size, prefix: str) -> Markup:
        return stacked_bars(
            bars,
            parts=(
                BarPart(words=words("in production"), fill=Fill.SOLID),
                BarPart(words=words("hot without output"), fill=Fill.HATCHED),
                BarPart(words=words("heating up"), fill=Fill.PALE),
                BarPart(words=words("oven off"), fill=Fill.PALE, kind="s-stale"),
            ),
            words=BarsWords(axis="Nm³", nothing=title),
            title=title,
            prefix=prefix,
            format_value=lambda value: numbers.value(value, Quantity.GAS),
            size=size,
        )

    return both(draw, prefix="standby")
