"""One point in a span: windows with grade and versions, raw readings, gaps, what was done to the meter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from urllib.parse import quote, urlencode

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked, NotHere, Span
from dashboard.pages import PageSpec
from dashboard.proof import doubts
from dashboard.said import thing
from dashboard.source import Source
from dashboard.views.figure import Figure, csv_of
from dashboard.views.ledger import Row as LedgerRow
from dashboard.views.ledger import row_of
from dashboard.views.picker import Picker, picker, span_name
from dashboard.views.why.model import Fact
from dashboard.views.why.pieces import role_name
from dashboard.views.words import Explainer, WordsRow, formula, register_text
from domain.courses import ReadingsPicture, WindowPicture
from domain.plant import Device, Point
from domain.registers import Register
from domain.windows import Flag, Grade, WindowVersion

MOST_WINDOWS, MOST_READINGS = 400, 1000
_MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """One window."""

    name: str
    amount: str
    amount_nm3: str
    grade: str
    is_doubtful: bool
    coverage: str
    flags: str
    versions: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """What was said about a window once."""

    version: str
    recorded: str
    amount: str
    grade: str
    coverage: str
    flags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """One raw reading."""

    at: str
    words: WordsRow
    value: str
    quality: str
    is_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """Polls that left no reading."""

    since: str
    until: str
    length: str
    quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """The page."""

    heading: str
    point: str
    path: str
    pick: Picker
    span: str
    unit: str
    facts: tuple[Fact, ...]
    has_nm3: bool
    windows: tuple[WindowRow, ...]
    more_windows: str
    """Address of the next windows; empty without."""
    history: str
    """Name of the window whose versions are shown; empty without."""
    versions: tuple[VersionRow, ...]
    readings: tuple[ReadingRow, ...]
    has_words: bool
    register: str
    """Where the register is and how it is read; empty without one."""
    formula: str
    readings_since: str
    more_readings: str
    gaps: tuple[GapRow, ...]
    entries: tuple[LedgerRow, ...]
    csv_windows: str
    csv_readings: str


def build(source: Source, asked: Asked) -> PointView:
    """Return what is known of a point."""
    device, point = _point(asked)
    span, path = asked.span("24h"), f"/point/{quote(point.id)}"
    windows = source.windows(point.id, since=_at(asked, "windows", span), until=span.until)
    shown, rest = windows[:MOST_WINDOWS], windows[MOST_WINDOWS:]
    begin = _at(asked, "readings", span)
    readings = source.readings(point.id, since=begin, until=span.until, limit=MOST_READINGS)
    window = asked.instant("window", asked.query["window"]) if asked.query.get("window") else None
    link, register = _Links(path, span), device.register(point.name)
    return PointView(
        heading=thing(point.id, asked),
        point=point.id,
        path=path,
        pick=picker(span, asked, path),
        span=span_name(span, asked),
        unit=_unit(point.unit),
        facts=_facts(device, point, source, asked),
        has_nm3=any(each.amount_nm3 is not None for each in shown),
        windows=tuple(_window(each, point, asked, link) for each in shown),
        more_windows=link.to(windows=rest[0].since) if rest else "",
        history=asked.numbers.instant(window) if window is not None else "",
        versions=tuple(_version(each, point, asked) for each in source.versions(point.id, window))
        if window is not None
        else (),
        readings=_readings(readings, register, point, asked),
        has_words=any(readings.words),
        register=register_text(register, asked) if register is not None else "",
        formula=formula(register, _unit(point.unit), asked) if register is not None else "",
        readings_since=asked.numbers.instant_s(begin),
        more_readings=link.to(readings=readings.at[-1] + 1) if readings.is_cut and readings.at else "",
        gaps=_gaps(device.id, source, asked, span),
        entries=tuple(
            row_of(each, asked)
            for each in source.entries(limit=_MOST_ENTRIES)
            if each.subject in (point.id, device.id)
        ),
        csv_windows=csv_of(f"windows/{quote(point.id)}", span.since, span.until),
        csv_readings=csv_of(f"readings/{quote(point.id)}", span.since, span.until),
    )


def _readings(
    found: ReadingsPicture, register: Register | None, point: Point, asked: Asked
) -> tuple[ReadingRow, ...]:
    explainer = Explainer(register, point, asked) if register is not None else None
    words = found.words if explainer is not None else ()
    return tuple(
        ReadingRow(
            at=_exact(at, asked),
            words=explainer.row(text, value, quality) if explainer is not None else WordsRow(),
            value=_amount(value, point, asked),
            quality=quality_name(quality, asked),
            is_good=quality == "good",
        )
        for at, value, quality, text in zip(
            found.at, found.value, found.quality, words or repeat(""), strict=False
        )
    )


def _point(asked: Asked) -> tuple[Device, Point]:
    given = asked.query["point"]
    for device in asked.plant.devices:
        for point in device.points:
            if point.id == given:
                return device, point
    near = [each.id for each in asked.plant.points if each.device == given.partition(".")[0]]
    known = near or [each.id for each in asked.plant.devices]
    raise NotHere("point", f"there is no point {given!r}", f"there are {', '.join(known)}")


def _at(asked: Asked, name: str, span: Span) -> int:
    """Return where a list goes on; the begin of the span without."""
    given = asked.query.get(name)
    return max(span.since, asked.instant(name, given)) if given else span.since


@dataclass(frozen=True, slots=True)
class _Links:
    path: str
    span: Span

    def to(self, **more: int) -> str:
        """Return this page of the same span, further on."""
        query = {"from": str(self.span.since), "to": str(self.span.until)}
        return f"{self.path}?{urlencode(query | {name: str(at) for name, at in more.items()})}"


def _facts(device: Device, point: Point, source: Source, asked: Asked) -> tuple[Fact, ...]:
    words, numbers = asked.words, asked.numbers
    newest = next((each for each in source.points_now() if each.point == point.id), None)
    shares = ", ".join(
        f"{asked.name_of(name)} {numbers.percent(share, 0)}" for name, share in point.shares.items()
    )
    kind = words("counter") if point.is_counter else words("signal")
    facts = [
        Fact(
            name=words("What it is"),
            value=Figure(f"{kind}, {_unit(point.unit)}"),
            note=role_name(point, asked),
        ),
        Fact(name=words("Meter"), value=Figure(asked.name_of(device.id)), note=device.id),
        Fact(name=words("Read every"), value=Figure(numbers.age(round(device.interval_s * 1000)))),
    ]
    if shares:
        facts.append(Fact(name=words("Counts for"), value=Figure(shares)))
    if newest is not None and newest.at is not None:
        said = quality_name(newest.quality, asked)
        facts.append(
            Fact(
                name=words("Newest reading"),
                value=Figure(_amount(newest.value, point, asked)),
                note=f"{numbers.instant_s(newest.at)} · {said}",
            )
        )
    return tuple(facts)


def _window(each: WindowPicture, point: Point, asked: Asked, link: _Links) -> WindowRow:
    numbers = asked.numbers
    text = numbers.number(each.versions)
    versions = Figure(text, link.to(window=each.since) + "#versions") if each.versions > 1 else Figure(text)
    return WindowRow(
        name=f"{numbers.instant(each.since)} – {numbers.clock(each.until)}",
        amount=_amount(each.amount, point, asked),
        amount_nm3=numbers.number(each.amount_nm3, 2),
        grade=grade_name(each.grade, asked),
        is_doubtful=each.grade is not Grade.MEASURED or each.coverage < 0.9,
        coverage=numbers.percent(each.coverage, 0),
        flags=flag_words(each.flags, asked),
        versions=versions,
    )


def _version(each: WindowVersion, point: Point, asked: Asked) -> VersionRow:
    return VersionRow(
        version=str(each.version),
        recorded=asked.numbers.instant_s(each.recorded),
        amount=_amount(each.amount, point, asked),
        grade=grade_name(each.grade, asked),
        coverage=asked.numbers.percent(each.coverage, 0),
        flags=flag_words(int(each.flags), asked),
    )


def _gaps(device: str, source: Source, asked: Asked, span: Span) -> tuple[GapRow, ...]:
    numbers = asked.numbers
    return tuple(
        GapRow(
            since=numbers.instant_s(each.since),
            until=numbers.instant_s(each.until),
            length=numbers.age(each.until - each.since),
            quality=quality_name(each.quality.code, asked),
        )
        for each in source.gaps(since=span.since, until=span.until)
        if each.device == device
    )


def _amount(value: float | None, point: Point, asked: Asked) -> str:
    """Return a value as precise as a register shows it."""
    text = asked.numbers.number(value, 3 if point.unit != "code" else 0)
    return text if text == MISSING else f"{text}{NBSP}{_unit(point.unit)}".rstrip()


def _exact(at: int, asked: Asked) -> str:
    """Return an instant to the millisecond."""
    return f"{asked.numbers.instant_s(at)}.{at % 1000:03d}"


def _unit(unit: str) -> str:
    shown = {
        "1": "",
        "code": "",
        "C": Quantity.TEMPERATURE.unit,
        "m3": "m³",
        "m3/h": "m³/h",
        "m2": "m²",
        "W/m2": "W/m²",
    }
    return shown.get(unit, unit)


def grade_name(grade: Grade, asked: Asked) -> str:
    """Return what a grade is called."""
    words = asked.words
    return {
        Grade.MEASURED: words("measured"),
        Grade.BRIDGED: words("bridged"),
        Grade.ESTIMATED: words("estimated"),
        Grade.MANUAL: words("typed in"),
        Grade.RESTATED: words("restated"),
    }[grade]


def flag_words(flags: int, asked: Asked) -> str:
    """Return what the flags of a window say."""
    codes = [f"data.{str(flag.name).lower()}" for flag in Flag if flag and flags & flag]
    return " · ".join(doubts(codes, asked))


def quality_name(code: str, asked: Asked) -> str:
    """Return what the quality of a reading says; a Modbus exception keeps its code."""
    words = asked.words
    known = {
        "good": words("good"),
        "clock_stepped": words("the clock was set"),
        "clock_unsynced": words("the clock was not set yet"),
        "no_answer": words("no answer"),
        "link_down": words("connection lost"),
        "bad_answer": words("a broken answer"),
        "not_available": words("the meter has no value"),
        "out_of_range": words("impossible value, left out"),
        "overrun": words("no time left to ask"),
        "agent_down": words("the agent was down"),
        "journal_full": words("the journal was full"),
    }
    return known.get(code) or words("the meter refused: %(code)s", code=code)


PAGE = PageSpec(
    name="point",
    path="/point/{point:path}",
    title="Windows and readings",
    template="point.html",
    view=build,
)
