"""What a request asks for: who reads, in which language, which span. Views get nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from dashboard.numbers import Numbers
from dashboard.words import TAGS, Words
from domain.periods import DAY_MS, HOUR_MS, Period, PeriodKind, PlantCalendar
from domain.plant import Plant

_RANGES_H = {"24h": 24, "48h": 48, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}
_PERIODS = {
    "day": PeriodKind.DAY,
    "week": PeriodKind.WEEK,
    "month": PeriodKind.MONTH,
    "year": PeriodKind.YEAR,
}
_LONGEST_MS = 10 * 366 * DAY_MS


class BadRequest(ValueError):
    """The address asks for something that cannot be: `name` of the parameter, what is wrong, the cure."""

    status = 400

    def __init__(self, name: str, problem: str, hint: str) -> None:
        super().__init__(f"{name}: {problem}; {hint}")
        self.name, self.problem, self.hint = name, problem, hint


class NotHere(BadRequest):
    """The address names something that is not there; the cure says what there is."""

    status = 404


class NoProcess(NotHere):
    """The plant file names no process: what is asked for comes when it does."""

    def __init__(self) -> None:
        super().__init__("process", "the plant file names none", "add [[processes]] and give them points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads."""

    name: str = ""
    role: str = ""
    """viewer, operator, admin; empty: nobody is logged in."""
    csrf: str = ""

    def may(self, role: str) -> bool:
        """Say whether the reader has at least this role."""
        order = ("", "viewer", "operator", "admin")
        return order.index(self.role) >= order.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open span of plant time that the address asks for."""

    since: int
    until: int
    """May lie ahead of now, where a period is not over."""
    query: Mapping[str, str]
    """The parameters that name it, for links."""
    period: Period | None = None
    """The calendar period that it is, None for any other span."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    query: Mapping[str, str]
    now: int
    plant: Plant
    calendar: PlantCalendar
    words: Words
    theme: str = "auto"
    """auto, light, dark."""
    reader: Reader = Reader()

    @property
    def language(self) -> str:
        """Return zh_Hans_CN or en."""
        return self.words.language

    @property
    def tag(self) -> str:
        """Return the language as HTML names it."""
        return TAGS[self.words.language]

    @cached_property
    def numbers(self) -> Numbers:
        """Return how this reader sees numbers."""
        return Numbers(self.words, self.calendar)

    def url(self, path: str | None = None, /, **changes: str | None) -> str:
        """Return a link to this page or another with parameters changed; None takes one out."""
        kept = dict(self.query) if path is None else {}
        kept |= {name.rstrip("_"): value for name, value in changes.items() if value is not None}
        for name, value in changes.items():
            if value is None:
                kept.pop(name.rstrip("_"), None)
        return (path or self.path) + ("?" + urlencode(kept) if kept else "")

    def name_of(self, id_: str) -> str:
        """Return the name of a process, a device or a point in the reader's language; the id without one."""
        return self._names.get(id_, id_)

    @cached_property
    def _names(self) -> dict[str, str]:
        words, found = self.words, {}
        for process in self.plant.processes:
            found[process.id] = words.label(dict(process.label), process.id)
        for device in self.plant.devices:
            found.setdefault(device.id, words.label(dict(device.label), device.id))
            for point in device.points:
                own = words.label(dict(point.label), "") if point.label else ""
                found[point.id] = own or f"{found[device.id]} · {point.name}"
        return found

    @property
    def site_name(self) -> str:
        """Return the plant's name."""
        return self.words.label(dict(self.plant.label), self.plant.site)

    def process(self) -> str:
        """Return the process that `?process=` names, the first one without it."""
        known = [process.id for process in self.plant.processes]
        if not known:
            raise NoProcess
        asked = self.query.get("process", known[0])
        if asked not in known:
            raise BadRequest("process", f"{asked!r} is not a process", f"there are {', '.join(known)}")
        return asked

    def year(self) -> int:
        """Return the year that `?year=` names, this one without it."""
        text = self.query.get("year", "")
        if not text:
            return self.calendar.local(self.now).year
        if not (text.isascii() and text.isdigit() and len(text) == 4 and 2000 <= int(text) <= 2200):
            raise BadRequest("year", f"{text!r} is no year", "write 2026")
        return int(text)

    def span(self, otherwise: str = "day") -> Span:
        """Return the span that the address asks for.

        `?period=day|week|month|year&at=2026-11-22` (any day in it; today without `at`),
        `?range=24h|48h|7d|30d|90d` up to now, or
        `?from=2026-11-01&to=2026-11-22T08:00`, plant time, half-open.
        """
        query = self.query
        if "from" in query or "to" in query:
            return self._from_to()
        if "range" in query or ("period" not in query and otherwise in _RANGES_H):
            name = query.get("range", otherwise)
            if name not in _RANGES_H:
                raise BadRequest("range", f"{name!r} is no range", f"one of {', '.join(_RANGES_H)}")
            since = self.now - _RANGES_H[name] * HOUR_MS
            return Span(since=since, until=self.now, query={"range": name})
        name = query.get("period", otherwise)
        if name not in _PERIODS:
            raise BadRequest("period", f"{name!r} is no period", f"one of {', '.join(_PERIODS)}")
        at = self.instant("at", query["at"]) if query.get("at") else self.now
        period = self.calendar.period(_PERIODS[name], at)
        assert period is not None
        query = {"period": name, "at": self.calendar.day_of(at).isoformat()}
        return Span(since=period.since, until=period.until, query=query, period=period)

    def _from_to(self) -> Span:
        since = self.instant("from", self.query.get("from", ""))
        until = self.instant("to", self.query["to"]) if self.query.get("to") else self.now
        if since >= until:
            raise BadRequest("to", "is not after from", "let the span have a length")
        if until - since > _LONGEST_MS:
            raise BadRequest("from", "is more than ten years before to", "ask for less")
        query = {name: self.query[name] for name in ("from", "to") if self.query.get(name)}
        return Span(since=since, until=until, query=query)

    def instant(self, name: str, text: str) -> int:
        """Return the instant that a parameter names: plant time, or 13 digits of milliseconds."""
        if text.isascii() and text.isdigit() and len(text) == 13:
            return int(text)  # milliseconds, as Grafana gives them
        for pattern in ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m", "%Y"):
            try:
                local = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007  # plant time, below
            except ValueError:
                continue
            if not 2000 <= local.year <= 2200:
                break
            if pattern in ("%Y-%m-%d", "%Y-%m", "%Y"):
                return self.calendar.day_start(local.date())
            return self.calendar.instant(local.date(), local.hour * 60 + local.minute)
        raise BadRequest(name, f"{text!r} is no instant", "write 2026-11-22 or 2026-11-22T08:00, plant time")
