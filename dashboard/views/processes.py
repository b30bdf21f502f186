"""Which line, since when, why: one process against its baseline, its target and its own past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.page import Asked
from dashboard.pages import PageSpec
from dashboard.proof import doubts
from dashboard.source import Source
from dashboard.views import process_cusum, process_days, process_head, process_history, process_model
from dashboard.views.picker import Choice, Picker, picker
from dashboard.views.silent import silent_meters
from domain.periods import PeriodKind
from domain.results import Intensity, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesView:
    """The page."""

    process: str
    name: str
    choices: tuple[Choice, ...]
    picker: Picker
    query: str
    """The page's own address, for its part."""
    finding: str
    state: str
    alert: str
    is_idle: bool
    notes: tuple[str, ...]
    """Meters of the process that are silent."""
    heads: tuple[process_head.Head, ...]
    track_href: str
    baseline: process_head.BaselineFacts
    failures: tuple[str, ...]
    """Gates that the baseline fails, in words."""
    scatter: process_model.ModelCard
    cusum: process_cusum.CusumCard
    days: process_days.DaysCard
    standby: process_days.StandbyCard
    history: process_history.History


def build(source: Source, asked: Asked) -> ProcessesView:
    """Return the page of the process and span that are asked for."""
    process, span = asked.process(), asked.span("month")
    now, calendar = source.now(), asked.calendar
    since = calendar.day_start(process_days.first_month(asked))
    months = _intensities(source, process, PeriodKind.MONTH, since, asked)
    days = _intensities(source, process, PeriodKind.DAY, since, asked)
    this_year = calendar.period(PeriodKind.YEAR, asked.now)
    assert this_year is not None
    years = _intensities(source, process, PeriodKind.YEAR, this_year.since, asked)
    baselines = source.baselines()
    used = next((each for each in baselines if each.is_in_use and each.baseline.process == process), None)
    track = _track(source, process, int(this_year.name))
    this_month = months[-1] if months and months[-1].period.until > asked.now else None
    cusum = process_cusum.cusum_card(source.cusum(process, since=min(since, span.since)), asked)
    facts = process_head.baseline_facts(used, baselines, process, asked)
    meters = {point.device for point in asked.plant.points if process in point.shares}
    pick = picker(span, asked, "/processes", keep=("process", "by"))
    return ProcessesView(
        process=process,
        name=asked.name_of(process),
        choices=tuple(_choice(each.id, process, pick.query, asked) for each in asked.plant.processes),
        picker=pick,
        query=urlencode({"process": process, **span.query, **_by(asked)}),
        finding=cusum.finding,
        state=cusum.state,
        alert=cusum.alert,
        is_idle=process in now.standing,
        notes=silent_meters(now, meters, asked),
        heads=process_head.heads((this_month, years[-1] if years else None), track, used, process, asked),
        track_href=process_head.track_href(process, track),
        baseline=facts,
        failures=doubts(facts.failures, asked),
        scatter=process_model.scatter_card(source.model_rows(process), asked),
        cusum=cusum,
        days=process_days.days_card(days, process, asked),
        standby=process_days.standby_card(months, asked),
        history=process_history.history(source, process, span, asked),
    )


def _intensities(
    source: Source, process: str, kind: PeriodKind, since: int, asked: Asked
) -> Sequence[Intensity]:
    found = source.results("intensity", since=since, until=asked.now, period=kind, subject=process)
    return sorted(found, key=lambda each: each.period.since)


def _track(source: Source, process: str, year: int) -> Track | None:
    tracks = source.results("track")
    return next((each for each in tracks if each.process == process and each.year == year), None)


def _choice(process: str, current: str, query: str, asked: Asked) -> Choice:
    by = "".join(f"&by={value}" for value in _by(asked).values())
    return Choice(asked.name_of(process), f"/processes?process={process}&{query}{by}", process == current)


def _by(asked: Asked) -> dict[str, str]:
    return {"by": asked.query["by"]} if asked.query.get("by") else {}


PAGE = PageSpec(
    name="processes",
    path="/processes",
    title="Processes",
    template="processes.html",
    view=build,
    parts=("body",),
    in_nav=True,
)
