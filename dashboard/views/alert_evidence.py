"""What speaks for an alert: gas against the baseline for a drift, what was read for a doubt about data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.completeness import CompletenessWords, completeness_grid
from dashboard.charts.cusum import CusumWords, cusum_chart
from dashboard.charts.svg import Size
from dashboard.numbers import Quantity
from dashboard.page import Asked
from dashboard.said import thing, unit_name
from dashboard.source import Source
from domain.courses import Completeness, Cusum, DayCompleteness
from domain.periods import DAY_MS, PeriodKind
from domain.plant import Device, Point
from domain.results import Alert, AlertKind

BEFORE_MS = 56 * DAY_MS
"""So much of the time before a drift is shown."""
SHOWN_DAYS = 31
_MOST_ROWS = 60
WHOLE = 0.99
"""From so much on a day counts as whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A chart with its table and the address of the same as CSV."""

    title: str
    chart: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv: str
    is_open: bool = False
    """The table is worth as much as the chart: shown at once."""


def evidence(alert: Alert, source: Source, asked: Asked, prefix: str) -> Evidence | None:
    """Return what speaks for an alert; None where nothing is drawn for it."""
    if alert.kind is AlertKind.DRIFT:
        if alert.subject not in [process.id for process in asked.plant.processes]:
            return None  # a process that the plant file no longer has
        return _of_drift(alert, source, asked, prefix)
    return _of_data(alert.subject, source, asked, prefix) if devices_of(alert.subject, asked) else None


def devices_of(subject: str, asked: Asked) -> frozenset[str]:
    """Return the devices behind a device, a point, a carrier or a process."""
    head, plant = subject.partition(".")[0], asked.plant
    if head in [device.id for device in plant.devices]:
        return frozenset({head})
    points = [point for point in plant.points if point.carrier is not None]
    return frozenset(point.device for point in points if head in point.shares or head == str(point.carrier))


def _of_drift(alert: Alert, source: Source, asked: Asked, prefix: str) -> Evidence | None:
    words, numbers = asked.words, asked.numbers
    cusum = source.cusum(alert.subject, since=alert.since - BEFORE_MS)
    if cusum is None or not cusum.since:
        return None
    known = [total for total in cusum.total if total is not None]
    end = numbers.quantity(known[-1] if known else None, Quantity.GAS, sign=True)
    title = words(
        "%(process)s: gas against the baseline, added up since %(day)s: %(sum)s",
        process=thing(alert.subject, asked),
        day=numbers.day(cusum.since[0]),
        sum=end,
    )
    shift = alert.facts.get("shift_percent")
    said = CusumWords(
        axis=words("Gas beyond the baseline, added up, Nm³ (above 0: too much)"),
        onset=words("Drift since %(day)s", day=numbers.month_day(alert.since)),
        slope=numbers.percent(shift / 100.0, sign=True) if isinstance(shift, int | float) else "",
        end=end,
        nothing=words("No baseline is approved"),
    )

    def draw(size: Size, name: str) -> Markup:
        return cusum_chart(
            cusum,
            words=said,
            title=title,
            prefix=name,
            ticks=week_begins(cusum.since[0], cusum.until[-1], asked),
            format_value=numbers.number,
            format_time=numbers.month_day,
            size=size,
        )

    return Evidence(
        title=title,
        chart=both(draw, prefix=prefix),
        columns=(words("Row"), words("Gas − baseline, Nm³"), words("Added up, Nm³")),
        rows=tuple(_cusum_rows(cusum, asked))[-_MOST_ROWS:],
        csv=asked.url(f"/api/v1/cusum/{alert.subject}.csv"),
    )


def _cusum_rows(cusum: Cusum, asked: Asked) -> list[tuple[str, ...]]:
    numbers = asked.numbers
    return [
        (
            numbers.day(since),
            numbers.value(excess, Quantity.GAS, sign=True),
            numbers.value(total, Quantity.GAS, sign=True),
        )
        for since, excess, total in zip(cusum.since, cusum.excess, cusum.total, strict=True)
    ]


def week_begins(since: int, until: int, asked: Asked) -> list[int]:
    """Return where weeks begin, or months in a span of more than half a year."""
    kind = PeriodKind.MONTH if until - since > 183 * DAY_MS else PeriodKind.WEEK
    return [period.since for period in asked.calendar.periods(kind, since, until)]


def _of_data(subject: str, source: Source, asked: Asked, prefix: str) -> Evidence:
    words, numbers, devices = asked.words, asked.numbers, devices_of(subject, asked)
    since, until = last_days(asked, SHOWN_DAYS)
    shown = [each for each in source.completeness(since=since, until=until) if each.device in devices]
    title = words(
        "%(thing)s: observed share of each of the last %(n)s days", thing=thing(subject, asked), n=SHOWN_DAYS
    )
    newest = [
        (
            thing(point.point, asked),
            numbers.number(point.value, 1),
            unit_name(point.unit),
            numbers.instant_s(point.at) if point.at is not None else words("never"),
            numbers.age(asked.now - point.at) if point.at is not None else numbers.number(None),
        )
        for point in source.points_now()
        if point.point.partition(".")[0] in devices and point.carrier is not None
    ]
    return Evidence(
        title=title,
        chart=grid(shown, asked, title=title, prefix=prefix),
        columns=(words("Point"), words("Last value"), words("Unit"), words("At"), words("Age")),
        rows=tuple(newest),
        csv=f"/api/v1/completeness.csv?from={numbers.day(since)}",
        is_open=True,
    )


def main_point(device: Device) -> Point | None:
    """Return the point of a device that figures rest on first of all."""
    return min(device.points, key=lambda p: (p.carrier is None, p.variable is None), default=None)


def last_days(asked: Asked, days: int) -> tuple[int, int]:
    """Return [since, until) of the last production days, today included."""
    calendar = asked.calendar
    today = calendar.day_of(asked.now)
    first, after = today - timedelta(days=days - 1), today + timedelta(days=1)
    return calendar.day_start(first), calendar.day_start(after)


def grid(rows: list[Completeness], asked: Asked, *, title: str, prefix: str) -> Markup:
    """Return the grid of meters and days, wide and narrow; a day that is not whole leads to its readings."""
    words, numbers = asked.words, asked.numbers
    points = {device.id: main_point(device) for device in asked.plant.devices}

    def describe(device: str, day: DayCompleteness) -> str | None:
        if day.coverage is not None and day.coverage >= WHOLE:
            return None  # a whole day needs no words, and costs no bytes
        return f"{asked.name_of(device)}, {day.day}: {numbers.percent(day.coverage, 0)}"

    def link(device: str, day: DayCompleteness) -> str | None:
        point = points.get(device)
        if point is None or (day.coverage is not None and day.coverage >= WHOLE) or day.since >= asked.now:
            return None
        return asked.url(
            f"/point/{point.id}", **{"from": numbers.day(day.since), "to": numbers.day(day.until)}
        )

    def draw(size: Size, name: str) -> Markup:
        return completeness_grid(
            rows,
            link=link,
            names={each.device: asked.name_of(each.device) for each in rows},
            words=CompletenessWords(
                whole=words("99 % or more"),
                most=words("90 to 99 %"),
                some=words("less than 90 %"),
                none=words("nothing"),
                nothing=words("No readings are kept of these days"),
            ),
            title=title,
            prefix=name,
            format_day=numbers.month_day,
            describe=describe,
            size=size,
        )

    return both(draw, prefix=prefix)
