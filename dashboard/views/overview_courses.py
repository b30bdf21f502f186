"""What happened: the load of the last 24 hours, and the CUSUM of the process that drifts most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.cusum import CusumWords, cusum_chart
from dashboard.charts.load import LoadWords, load_chart
from dashboard.charts.svg import Size
from dashboard.numbers import MINUS, MISSING, Quantity
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.alert_words import drift_size
from dashboard.views.figure import Figure, csv_of, plain, why_carrier, why_intensity
from domain.courses import Course, Cusum, Load
from domain.declared import AlertPicture
from domain.periods import DAY_MS, HOUR_MS, PeriodKind
from domain.plant import Carrier
from domain.results import AlertKind

STEP_MS = HOUR_MS // 4
_CUSUM_DAYS, _BEFORE_ONSET_DAYS = 90, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table twin."""

    title: str
    href: str
    """Where its figures are explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCard:
    """The last day."""

    finding: str
    chart: Markup
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    """Time, then a cell for each column; `*` ends one that is too small."""
    csv: str
    has_partial: bool


def load_card(source: Source, asked: Asked) -> LoadCard:
    """Return the last 24 hours in quarters of an hour."""
    until = asked.now
    since = (until - DAY_MS) // STEP_MS * STEP_MS
    load = source.load(since=since, until=until, step_ms=STEP_MS)
    finding = _load_finding(load, asked)
    columns, courses = _columns(load, asked)
    return LoadCard(
        finding=finding,
        chart=_load_chart(load, finding, asked),
        columns=columns,
        rows=tuple(
            (asked.numbers.instant(at)[5:], *(_cell(course, place, asked) for course in courses))
            for place, at in enumerate(load.at)
        ),
        csv=csv_of("load", since, until) + "&step=15m",
        has_partial=any(not all(course.is_whole) for course in courses),
    )


def _columns(load: Load, asked: Asked) -> tuple[tuple[Column, ...], list[Course]]:
    words = asked.words
    titles = (
        (load.gas, Carrier.GAS, words("Gas Nm³/h")),
        (load.gas_expected, Carrier.GAS, words("Expected Nm³/h")),
        (load.electricity, Carrier.ELECTRICITY, words("Electricity used kW")),
        (load.pv, Carrier.PV, words("of it solar kW")),
        (load.heat, Carrier.HEAT, words("Recovered heat kW")),
    )
    found = [(course, carrier, title) for course, carrier, title in titles if course is not None]
    columns = tuple(
        Column(title=title, href=why_carrier(carrier, load.since, load.until)) for _, carrier, title in found
    )
    return columns, [course for course, _, _ in found]


def _cell(course: Course, place: int, asked: Asked) -> str:
    text = asked.numbers.number(course.values[place])
    is_whole = not course.is_whole or course.is_whole[place] or text == MISSING
    return text if is_whole else f"{text}*"


def _load_finding(load: Load, asked: Asked) -> str:
    """Say how gas stood against its expectation; only steps that both know, and that are whole."""
    words, numbers = asked.words, asked.numbers
    if not any(value is not None for value in load.gas.values):
        return words("No load is known of the last 24 hours.")
    if load.gas_expected is None:
        return words("Gas has nothing to compare with: no baseline is approved.")
    whole = load.gas.is_whole or (True,) * len(load.at)
    pairs = [
        (gas, expected)
        for gas, expected, is_whole in zip(load.gas.values, load.gas_expected.values, whole, strict=True)
        if gas is not None and expected is not None and is_whole
    ]
    expected = sum(value for _, value in pairs)
    if expected <= 0.0:
        return words("Gas has nothing to compare with in the last 24 hours.")
    more = (sum(value for value, _ in pairs) - expected) * load.step_ms / HOUR_MS
    share = numbers.percent(more / (expected * load.step_ms / HOUR_MS), sign=True)
    return words(
        "Gas against model expectation: %(share)s, %(amount)s in 24 h",
        share=share,
        amount=numbers.quantity(more, Quantity.GAS, sign=True),
    )


def _load_chart(load: Load, title: str, asked: Asked) -> Markup:
    words, numbers = asked.words, asked.numbers
    said = LoadWords(
        gas=words("Gas Nm³/h"),
        expected=words("model expectation"),
        above=words("above expectation"),
        difference=words("actual − expected, Nm³/h"),
        electricity=words("Electricity used kW"),
        pv=words("of it solar kW"),
        partial=words("some meters missing"),
        nothing=words("No load is known of the last 24 hours."),
    )
    first = -(-load.since // HOUR_MS) * HOUR_MS
    hours = [at for at in range(first, load.until, HOUR_MS) if asked.calendar.local(at).hour % 2 == 0]

    def draw(size: Size, prefix: str) -> Markup:
        return load_chart(
            load,
            words=said,
            title=title,
            prefix=prefix,
            ticks=hours,
            format_value=numbers.number,
            format_time=numbers.clock,
            format_signed=lambda value: numbers.number(value, sign=True),
            size=size,
            width=800 if size is Size.WIDE else None,
        )

    return both(draw, prefix="load")


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumRow:
    """One row of the CUSUM's table."""

    period: str
    excess: Figure
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumCard:
    """The process that drifts most."""

    process: str
    heading: str
    finding: str
    chart: Markup
    rows: tuple[CusumRow, ...]
    csv: str
    href: str
    others: tuple[tuple[str, str], ...]
    """(name, address) of the other processes."""


def _drifts(alerts: Sequence[AlertPicture]) -> list[AlertPicture]:
    found = [
        each
        for each in alerts
        if each.is_waiting and each.alert is not None and each.alert.kind is AlertKind.DRIFT
    ]
    return sorted(found, key=lambda each: -(each.nm3_per_day or 0.0))


def drifting_process(alerts: Sequence[AlertPicture], asked: Asked) -> str | None:
    """Return the process whose open drift costs most, the plant's first one without any drift."""
    drifts = _drifts(alerts)
    if drifts:
        return drifts[0].subject
    return asked.plant.processes[0].id if asked.plant.processes else None


def cusum_card(
    source: Source, process: str | None, alerts: Sequence[AlertPicture], asked: Asked
) -> CusumCard | None:
    """Return the CUSUM of a process since well before its drift; None for a plant without processes."""
    if process is None:
        return None
    drift = next((each for each in _drifts(alerts) if each.subject == process), None)
    since = asked.now - _CUSUM_DAYS * DAY_MS
    if drift is not None and drift.alert is not None:
        since = min(since, drift.alert.since - _BEFORE_ONSET_DAYS * DAY_MS)
    cusum = source.cusum(process, since=since)
    name = asked.name_of(process)
    total = _newest(cusum, asked)
    finding = _cusum_finding(cusum, drift, total, asked)
    return CusumCard(
        process=process,
        heading=asked.words("%(process)s: gas against its baseline, added up (CUSUM)", process=name),
        finding=finding,
        chart=_cusum_chart(cusum, drift, total, finding, asked),
        rows=_cusum_rows(cusum, asked),
        csv=csv_of(f"cusum/{process}", since),
        href=f"/processes?process={process}",
        others=tuple(
            (asked.name_of(each.id), f"/processes?process={each.id}")
            for each in asked.plant.processes
            if each.id != process
        ),
    )


def _newest(cusum: Cusum | None, asked: Asked) -> str:
    """Return the newest sum, as the chart's end, the finding and the table have it."""
    known = [value for value in cusum.total if value is not None] if cusum is not None else []
    return asked.numbers.quantity(known[-1], Quantity.GAS, sign=True) if known else ""


def _cusum_finding(cusum: Cusum | None, drift: AlertPicture | None, total: str, asked: Asked) -> str:
    words = asked.words
    if cusum is None:
        return words("No baseline is approved: there is nothing to add up against.")
    if not total:
        return words("No row of the last months is known yet.")
    if drift is None or drift.alert is None:
        return words("No drift; the sum of the shown days is %(total)s.", total=total)
    said = (
        words("Since %(day)s %(size)s more than before; the sum of the shown days is %(total)s.")
        if drift.alert.code == "drift.up"
        else words("Since %(day)s %(size)s less than before; the sum of the shown days is %(total)s.")
    )
    day = asked.numbers.month_day(drift.alert.since)
    return plain(said, day=day, size=drift_size(drift, asked), total=total)


def _cusum_rows(cusum: Cusum | None, asked: Asked) -> tuple[CusumRow, ...]:
    if cusum is None:
        return ()
    rows = []
    for since, excess, total in zip(cusum.since, cusum.excess, cusum.total, strict=True):
        period = asked.numbers.day(since)
        href = why_intensity(cusum.process, cusum.interval, _name(cusum, since, asked))
        text = asked.numbers.quantity(excess, Quantity.GAS, sign=True)
        figure = Figure(text, href if excess is not None else "")
        rows.append(
            CusumRow(
                period=period, excess=figure, total=asked.numbers.quantity(total, Quantity.GAS, sign=True)
            )
        )
    return tuple(reversed(rows))


def _name(cusum: Cusum, since: int, asked: Asked) -> str:
    """Return the name of the row's period."""
    kind = {"day": PeriodKind.DAY, "week": PeriodKind.WEEK, "month": PeriodKind.MONTH}[cusum.interval]
    period = asked.calendar.period(kind, since)
    return period.name if period is not None else ""


def _cusum_chart(
    cusum: Cusum | None, drift: AlertPicture | None, total: str, title: str, asked: Asked
) -> Markup:
    words, numbers = asked.words, asked.numbers
    onset = slope = ""
    if drift is not None and drift.alert is not None:
        onset = words("drift began %(day)s", day=numbers.month_day(drift.alert.since))
        sign = "+" if drift.alert.code == "drift.up" else MINUS
        slope = words("%(size)s against before", size=f"{sign}{drift_size(drift, asked)}")
    said = CusumWords(
        axis=words("added up, Nm³ (above 0: more than expected)"),
        onset=onset,
        slope=slope,
        end=total,
        nothing=words("No baseline is approved."),
    )
    ticks = list(cusum.since[::14]) if cusum is not None else []

    def draw(size: Size, prefix: str) -> Markup:
        return cusum_chart(
            cusum,
            words=said,
            title=title,
            prefix=prefix,
            ticks=ticks,
            format_value=numbers.number,
            format_time=numbers.month_day,
            size=size,
        )

    return both(draw, prefix="cusum")
