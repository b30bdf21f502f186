"""Which numbers are weak: what was observed, how old it is, what is doubtful, which figures rest on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from dashboard.numbers import MISSING
from dashboard.page import Asked, BadRequest, Span
from dashboard.pages import PageSpec
from dashboard.said import Sentence, of_finding, unit_name
from dashboard.source import Source
from dashboard.views.alert_evidence import SHOWN_DAYS, WHOLE, grid, last_days, main_point
from dashboard.views.alerts import exchange_form
from dashboard.views.quality_figures import Affected, affected
from domain.courses import Completeness, PointNow
from domain.findings import Finding, Severity
from domain.now import DeviceNow, Freshness
from domain.periods import DAY_MS
from domain.plant import Device
from domain.windows import Flag

_MOST_DAYS, _MOST_FINDINGS = 100, 60
_LITTLE = 0.90
"""METHOD 1: a day with less may not be reported."""
_DOUBTS = Flag.RESET | Flag.WRAPS_UNKNOWN | Flag.NO_CONDITIONS | Flag.CONFLICT | Flag.STUCK | Flag.DOUBTFUL
"""Flags that make what rests on a meter weak; all others are settled where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRow:
    """One meter."""

    device: str
    name: str
    state: str
    """good, stale, waiting, ahead."""
    age: str
    interval: str
    value: str
    """Its newest, with unit."""
    point: str
    """Address of what is known of that value's point."""
    observed: str
    """Of the span."""
    worst: str
    """Its worst day."""
    flags: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One doubt."""

    level: str
    word: str
    code: str
    sentence: Sentence
    span: str
    exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days shown and the ways to others."""

    name: str
    before: str
    after: str
    """Empty for months ahead."""
    since: str
    until: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """The page."""

    headline: str
    days: Days
    csv: str
    grid_title: str
    grid: Markup
    meters: tuple[MeterRow, ...]
    findings: tuple[FindingRow, ...]
    more_findings: int
    affected: tuple[Affected, ...]
    part: str
    may_declare: bool


def build(source: Source, asked: Asked) -> QualityView:
    """Return the page."""
    span = _span(asked)
    rows = list(source.completeness(since=span.since, until=span.until))
    now = {each.device: each for each in source.now().devices}
    found = _findings(source, span, asked)
    weak = _weak(rows, now, found, asked)
    title = _title(rows, weak, asked)
    return QualityView(
        headline=_headline(weak, asked),
        days=_picked(span, asked),
        csv=f"/api/v1/completeness.csv?from={asked.numbers.day(span.since)}&to={asked.numbers.day(span.until)}",
        grid_title=title,
        grid=grid(rows, asked, title=title, prefix="q"),
        meters=tuple(_meters(source, rows, now, asked)),
        findings=tuple(_finding(each, asked) for each in found[:_MOST_FINDINGS]),
        more_findings=max(0, len(found) - _MOST_FINDINGS),
        affected=affected(weak, asked),
        part=asked.url("/part/quality/findings", **{f"{name}_": value for name, value in span.query.items()}),
        may_declare=asked.reader.may("operator"),
    )


# which days


def _span(asked: Asked) -> Span:
    if not any(asked.query.get(name) for name in ("from", "to", "period", "range")):
        since, until = last_days(asked, SHOWN_DAYS)
        return Span(since=since, until=until, query={})
    span = asked.span("month")
    if span.until - span.since > _MOST_DAYS * DAY_MS:
        raise BadRequest("from", f"is more than {_MOST_DAYS} days before to", "ask for fewer days")
    return span


def _picked(span: Span, asked: Asked) -> Days:
    """Return what the page says of its days, and the ways to other months."""
    numbers, calendar = asked.numbers, asked.calendar
    first, last = calendar.day_of(span.since), calendar.day_of(span.until - 1)
    middle = calendar.day_of((span.since + span.until) // 2)
    before = (middle.replace(day=1) - timedelta(days=1)).replace(day=1)
    after = (middle.replace(day=28) + timedelta(days=4)).replace(day=1)
    name = f"{first.isoformat()} – {last.isoformat()}"
    if span.period is not None:
        name = numbers.month_name(first)
    return Days(
        name=name,
        before=_month(before, asked),
        after=_month(after, asked) if after <= calendar.day_of(asked.now) else "",
        since=first.isoformat(),
        until=(last + timedelta(days=1)).isoformat(),
        is_default=not span.query,
    )


def _month(first: date, asked: Asked) -> str:
    return asked.url("/quality", period="month", at=first.isoformat())


# meters


def _meters(
    source: Source, rows: Sequence[Completeness], now: Mapping[str, DeviceNow], asked: Asked
) -> list[MeterRow]:
    newest = {each.point: each for each in source.points_now()}
    kept = {each.device: each for each in rows}
    return [
        _meter(device, kept.get(device.id), now.get(device.id), newest, asked)
        for device in asked.plant.devices
    ]


def _meter(
    device: Device,
    kept: Completeness | None,
    now: DeviceNow | None,
    newest: Mapping[str, PointNow],
    asked: Asked,
) -> MeterRow:
    numbers, words = asked.numbers, asked.words
    point = main_point(device)
    shown = newest.get(point.id) if point is not None else None
    value = MISSING
    if shown is not None and shown.value is not None:
        value = f"{numbers.number(shown.value, 1)} {unit_name(shown.unit)}"
    days = [day for day in kept.days if day.coverage is not None and day.since < asked.now] if kept else []
    worst = min(days, key=lambda day: day.coverage or 0.0, default=None)
    observed = sum(day.coverage or 0.0 for day in days) / len(days) if days else None
    last = now.last_good_at if now is not None else None
    return MeterRow(
        device=device.id,
        name=asked.name_of(device.id),
        state=now.freshness.value if now is not None else Freshness.WAITING.value,
        age=numbers.age(asked.now - last) if last is not None else MISSING,
        interval=words("%(n)s s", n=numbers.number(device.interval_s, 0 if device.interval_s >= 1 else 1)),
        value=value,
        point=f"/point/{point.id}" if point is not None else "",
        observed=numbers.percent(observed),
        worst=f"{worst.day} {numbers.percent(worst.coverage)}"
        if worst is not None and (worst.coverage or 0.0) < WHOLE
        else "",
        flags=_flags(kept, asked),
        problem=now.problem if now is not None else "",
    )


def _flags(kept: Completeness | None, asked: Asked) -> str:
    """Return what was flagged, each with on how many days."""
    words = asked.words
    names = flag_names(asked)
    told = []
    for flag, name in names.items():
        days = sum(bool(day.flags & flag) for day in kept.days) if kept else 0
        if days:
            told.append(words.plural("%(flag)s (%(num)s day)", "%(flag)s (%(num)s days)", days, flag=name))
    return words("; ").join(told)


def flag_names(asked: Asked) -> dict[Flag, str]:
    """Return what flags of windows are called, worst first; `open` is no doubt."""
    words = asked.words
    return {
        Flag.RESET: words("undeclared reset"),
        Flag.WRAPS_UNKNOWN: words("turns not known"),
        Flag.NO_CONDITIONS: words("no temperature or pressure"),
        Flag.CONFLICT: words("two values at once"),
        Flag.STUCK: words("frozen"),
        Flag.SPIKE: words("spike"),
        Flag.DOUBTFUL: words("doubtful clock"),
        Flag.GAP: words("gap"),
        Flag.EXCHANGE: words("exchange"),
        Flag.WRAP: words("counted through 0"),
        Flag.BAD: words("readings without a value"),
        Flag.INTEGRATED: words("added up from a rate"),
    }


# doubts


def _findings(source: Source, span: Span, asked: Asked) -> list[Finding]:
    """Return the doubts of the days shown, those that weigh most first, then the newest."""
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    found = [
        each
        for each in source.results("finding", until=span.until)
        if (each.until if each.until is not None else asked.now) > span.since
        and (each.since is None or each.since < span.until)
    ]
    return sorted(found, key=lambda each: (order[each.severity], -(each.since or 0), each.key))


def _finding(finding: Finding, asked: Asked) -> FindingRow:
    words, numbers = asked.words, asked.numbers
    level, word = {
        Severity.ERROR: ("alarm", words("error")),
        Severity.WARNING: ("warning", words("warning")),
        Severity.INFO: ("stale", words("note")),
    }[finding.severity]
    span = ""
    if finding.since is not None and finding.until is not None:
        since, until = numbers.instant(finding.since), numbers.instant(finding.until)
        span = words("%(since)s to %(until)s", since=since, until=until)
    elif finding.since is not None:
        age = numbers.age(asked.now - finding.since)
        span = words("since %(since)s (%(age)s)", since=numbers.instant(finding.since), age=age)
    return FindingRow(
        level=level,
        word=word,
        code=finding.code,
        sentence=of_finding(finding, asked),
        span=span,
        exchange=exchange_form(finding.code, finding.key, finding.since, asked),
    )


def _weak(
    rows: Sequence[Completeness], now: Mapping[str, DeviceNow], found: Sequence[Finding], asked: Asked
) -> dict[str, str]:
    """Return each device whose readings are weak, and why in a few words."""
    words, reasons = asked.words, dict[str, list[str]]()
    names = flag_names(asked)
    for device, state in now.items():
        if state.freshness is Freshness.STALE and state.last_good_at is not None:
            age = asked.numbers.age(asked.now - state.last_good_at)
            reasons.setdefault(device, []).append(words("no data for %(age)s", age=age))
        elif state.freshness is Freshness.WAITING:
            reasons.setdefault(device, []).append(words("no reading yet"))
        elif state.freshness is Freshness.AHEAD:
            reasons.setdefault(device, []).append(words("clock ahead"))
    for row in rows:
        days = [day for day in row.days if day.since < asked.now]
        little = sum(day.coverage is not None and day.coverage < _LITTLE for day in days)
        if little:
            told = words.plural("%(num)s day below 90 %%", "%(num)s days below 90 %%", little)
            reasons.setdefault(row.device, []).append(told)
        for flag in names:
            if flag & _DOUBTS and any(day.flags & flag for day in days):
                reasons.setdefault(row.device, []).append(names[flag])
    for finding in found:
        device = finding.key.partition(".")[0]
        if finding.severity is Severity.ERROR and device in now and device not in reasons:
            reasons[device] = [words("an open error")]
    return {device: words(", ").join(told) for device, told in reasons.items()}


def _headline(weak: Mapping[str, str], asked: Asked) -> str:
    words, count = asked.words, len(asked.plant.devices)
    if not weak:
        return words(
            "All %(count)s meters are sound: every figure of these days rests on whole readings.", count=count
        )
    names = words("; ").join(asked.name_of(device) for device in list(weak)[:3])
    return words.plural(
        "%(num)s of %(count)s meters is weak: %(names)s",
        "%(num)s of %(count)s meters are weak: %(names)s",
        len(weak),
        count=count,
        names=names if len(weak) <= 3 else words("%(names)s and others", names=names),
    )


def _title(rows: Sequence[Completeness], weak: Mapping[str, str], asked: Asked) -> str:
    words = asked.words
    whole = sum(
        all(day.coverage is not None and day.coverage >= WHOLE for day in row.days if day.since < asked.now)
        for row in rows
    )
    return words(
        "Observed share of each day: %(whole)s of %(count)s meters are whole on every day",
        whole=whole,
        count=len(rows),
    )


PAGE = PageSpec(
    name="quality", path="/quality", title="Data quality", template="quality.html", view=build,
    parts=("findings",), in_nav=True,
)  # fmt: skip
