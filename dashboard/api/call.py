"""One request of a program: which span, which subject, how many rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from dashboard.api.faults import Fault, nothing_of
from dashboard.api.shapes import SpanFields, iso, iso_or_none, span_fields
from dashboard.page import Asked, BadRequest, Span
from dashboard.source import END, Source
from domain.periods import PeriodKind, PlantCalendar

MOST_ROWS, USUAL_ROWS = 100_000, 10_000
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+ -]\d\d:?\d\d)", re.ASCII | re.I)
_WITH_SECONDS = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, of which source."""

    source: Source
    asked: Asked
    """Its query has the parameters of the path too."""
    spans: list[Span] = field(default_factory=list)
    """The spans that were asked for, usual ones included: the rest of a long answer keeps to the last."""

    @property
    def calendar(self) -> PlantCalendar:
        """Return the plant's calendar."""
        return self.asked.calendar

    def text(self, name: str, otherwise: str = "") -> str:
        """Return a parameter as it was given."""
        return self.asked.query.get(name, otherwise)

    # instants

    def iso(self, at: int) -> str:
        """Return an instant in plant time."""
        return iso(self.calendar, at)

    def iso_or_none(self, at: int | None) -> str | None:
        """Return an instant in plant time, None for none."""
        return iso_or_none(self.calendar, at)

    def fields(self, since: int, until: int) -> SpanFields:
        """Return a span as rows have it."""
        return span_fields(self.calendar, since, until)

    # parameters

    def span(self, otherwise: str = "day") -> Span:
        """Return the span that is asked for."""
        query = dict(self.asked.query)
        for name in ("from", "to", "at"):
            if query.get(name):
                query[name] = plain_instant(name, query[name], self.calendar)
        self.spans.append(replace(self.asked, query=query).span(otherwise))
        return self.spans[-1]

    def span_if_any(self) -> tuple[int, int]:
        """Return the span that is asked for; all of time when none is."""
        if any(self.text(name) for name in ("from", "to", "range", "period", "at")):
            span = self.span()
            return span.since, span.until
        return 0, END

    def instant(self, name: str) -> int:
        """Return an instant that has to be given."""
        if not self.text(name):
            raise Fault(400, name, "is missing", "say which instant: 2026-11-22T08:00, or milliseconds")
        return self.asked.instant(name, plain_instant(name, self.text(name), self.calendar))

    def whole(self, name: str, otherwise: int, least: int, most: int) -> int:
        """Return a whole number between two others."""
        given = self.text(name)
        if not given:
            return otherwise
        if not (given.isascii() and given.isdigit() and len(given) < 16):
            raise Fault(400, name, f"{given!r} is no whole number", f"write a number from {least} to {most}")
        number = int(given)
        if not least <= number <= most:
            raise Fault(422, name, f"{number} is out of range", f"write a number from {least} to {most}")
        return number

    def one_of(self, name: str, known: list[str] | tuple[str, ...], otherwise: str = "") -> str:
        """Return one of some words."""
        given = self.text(name, otherwise) or otherwise
        if given and given not in known:
            raise Fault(400, name, f"{given!r} is none that is known", f"one of {', '.join(known)}")
        return given

    def kind(self, span: Span) -> PeriodKind | None:
        """Return which periods are asked for; by default the one that the span is, or days."""
        usual = span.period.kind.value if span.period is not None else "day"
        return PeriodKind(self.one_of("by", tuple(PeriodKind), usual))

    # names of the path: 404 for one that is not there

    def process(self) -> str:
        """Return the process of the path."""
        return self._known("process", [each.id for each in self.asked.plant.processes])

    def process_if_any(self) -> str | None:
        """Return the process that is asked for, None for all."""
        return self.one_of("process", [each.id for each in self.asked.plant.processes]) or None

    def point(self) -> str:
        """Return the point of the path."""
        return self._known("point", [each.id for each in self.asked.plant.points])

    def year(self) -> int:
        """Return the year of the path; one that has not begun is not there."""
        year = self.asked.year()
        now = self.calendar.local(self.asked.now).year
        if year > now:
            raise Fault(404, "year", f"{year} has not begun", f"ask for {now} or a year before")
        return year

    def _known(self, name: str, known: list[str]) -> str:
        given = self.text(name)
        if given not in known:
            raise nothing_of(name, given, known)
        return given


def plain_instant(name: str, text: str, calendar: PlantCalendar) -> str:
    """Return an instant with seconds or an offset as milliseconds; any other text as it is."""
    text = text.strip()
    if _ZONED.fullmatch(text):
        ready = re.sub(r" (\d\d:?\d\d)$", r"+\1", text)  # a plus sign that nobody quoted is a space
        ready = ready[:10] + "T" + ready[11:]
    elif _WITH_SECONDS.fullmatch(text):
        ready = text
    else:
        return text
    try:
        moment = datetime.fromisoformat(ready.replace(",", ".").upper())
    except ValueError as fault:
        raise BadRequest(name, f"{text!r} is no instant", "write 2026-11-22T08:00:00+08:00") from fault
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=calendar.zone)
    try:
        at = round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        at = 0
    if len(str(at)) != 13:
        raise BadRequest(name, f"{text!r} is too early", "ask for an instant after 2001-09-09")
    return str(at)
