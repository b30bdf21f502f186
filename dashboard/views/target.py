"""Will we make 2030? Each process on its path, what moved the gas, what may still be burnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.numbers import INTENSITIES, MISSING, OUTPUTS, Quantity
from dashboard.page import Asked
from dashboard.pages import PageSpec
from dashboard.resting import Rests, all_rests
from dashboard.source import Source
from dashboard.views.figure import Figure, linked, text_of, why_track
from dashboard.views.target_carbon import CarbonView, carbon_view
from dashboard.views.target_change import ChangeView, change_view
from dashboard.views.track_day import last_day, year_name
from domain.results import Track

_SURE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRow:
    """One year of a process, as the table says it."""

    year: int
    name: str
    """`2026 to 11-22` for the year that runs."""
    target: str
    achieved: Figure
    against: str
    """Of the target of that year, signed."""
    is_over: bool
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """One way to read "2 % a year"."""

    name: str
    target: str
    verdict: str
    state: str
    commits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTrack:
    """One process."""

    process: str
    name: str
    finding: Markup
    chart: Markup
    years: tuple[YearRow, ...]
    facts: tuple[tuple[str, Figure | str], ...]
    readings: tuple[ReadingRow, ...]
    state: str
    verdict: str
    csv: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """The page."""

    year: int
    title: str
    processes: tuple[ProcessTrack, ...]
    change: ChangeView | None
    carbon: CarbonView
    rests: Mapping[str, Rests]
    """What is said of silent meters, by what rests on them."""
    is_running: bool
    """The year is not over: its sums wait for meters that are silent now."""


def build(source: Source, asked: Asked) -> TargetView:
    """Return the page for the year that is asked for, this one by default."""
    year = asked.year()
    tracks: Sequence[Track] = source.results("track")
    found = tuple(
        process_track(
            process.id, [each for each in tracks if each.process == process.id], year, source, asked
        )
        for process in asked.plant.processes
    )
    target = source.method.target
    rate = asked.numbers.percent(target.yearly_reduction)
    title = asked.words(
        "Gas per output: at least %(rate)s a year less, %(base)s to %(end)s",
        rate=rate,
        base=target.base_year,
        end=target.target_year,
    )
    change = source.change(year)
    return TargetView(
        year=year,
        title=title,
        processes=found,
        change=change_view(change, asked) if change.after is not None else None,
        carbon=carbon_view(source, year, asked),
        rests=all_rests(source.now(), asked),
        is_running=year == asked.calendar.local(asked.now).year,
    )


def process_track(
    process: str,
    tracks: Sequence[Track],
    year: int,
    source: Source,
    asked: Asked,
    *,
    width: int | None = None,
) -> ProcessTrack:
    """Return a process on its path; `width` is that of the chart on screens."""
    by_year = {track.year: track for track in tracks}
    track = by_year.get(year)
    finding, state, verdict = _judge(track, asked)
    rows = _years(process, by_year, source, asked)
    return ProcessTrack(
        process=process,
        name=asked.name_of(process),
        finding=finding,
        chart=both(
            partial(
                _glide,
                process,
                by_year,
                source=source,
                asked=asked,
                title=text_of(finding),
                width=width,
            ),
            prefix=f"glide-{process}",
        ),
        years=rows,
        facts=_facts(track, asked),
        readings=_readings(track, source, asked),
        state=state,
        verdict=verdict,
        csv=f"/api/v1/tracks.csv?process={process}",
    )


def _judge(track: Track | None, asked: Asked) -> tuple[Markup, str, str]:
    """Return (finding, state, one word) of a process in the year."""
    words, numbers = asked.words, asked.numbers
    if track is None or track.year_to_date is None:
        said = linked(words("No figures of this year yet: output and gas of the line are needed."))
        return said, "stale", words("not known")
    quantity = _quantity(track.process, asked)
    href = why_track(track.process, track.year)
    ratio = Figure(numbers.quantity(track.year_to_date, quantity), href)
    if not track.target:
        said = linked(
            words("%(year)s: %(ratio)s; no target applies"), year=year_name(track, asked), ratio=ratio
        )
        return said, "stale", words("no target")
    gap = track.year_to_date / track.target - 1.0
    values: dict[str, Figure | str] = {
        "year": year_name(track, asked),
        "ratio": ratio,
        "gap": Figure(numbers.percent(abs(gap)), href),
        "target": Figure(numbers.quantity(track.target, quantity), href),
    }
    message = (
        words("%(year)s: %(ratio)s, %(gap)s above the target of %(target)s")
        if gap > 0
        else words("%(year)s: %(ratio)s, %(gap)s below the target of %(target)s")
    )
    if gap > 0:
        return linked(message, **values), "warning", words("above target")
    if not track.is_proven:
        return linked(message, **values), "stale", words("not yet proven")
    return linked(message, **values), "good", words("on target")


def _years(process: str, by_year: dict[int, Track], source: Source, asked: Asked) -> tuple[YearRow, ...]:
    numbers, quantity = asked.numbers, _quantity(process, asked)
    running, rows = asked.calendar.local(asked.now).year, []
    for each in _path_years(source, by_year):
        track = by_year.get(each)
        target, achieved = _target(process, each, by_year, source), track.year_to_date if track else None
        gap = achieved / target - 1.0 if achieved is not None and target else None
        href = why_track(process, each) if achieved is not None else ""
        rows.append(
            YearRow(
                year=each,
                name=year_name(track, asked) if track and each == running else str(each),
                target=numbers.value(target, quantity),
                achieved=Figure(numbers.value(achieved, quantity), href),
                against=numbers.percent(gap, sign=True),
                is_over=gap is not None and gap > 0,
                is_running=each == running,
            )
        )
    return tuple(rows)


def _path_years(source: Source, by_year: dict[int, Track]) -> range:
    target = source.method.target
    return range(target.base_year, max(target.target_year, *by_year, target.base_year) + 1)


def _target(process: str, year: int, by_year: dict[int, Track], source: Source) -> float | None:
    """Return what is allowed in a year: as the track says it, else by the path from the base year."""
    track = by_year.get(year)
    method = source.method.target
    if year == method.base_year:
        return next((each.base_intensity for each in by_year.values()), None)
    if track is not None:
        return track.target
    base = next((each.base_intensity for each in by_year.values() if each.base_intensity), None)
    if base is None:
        return None
    steps = year - method.base_year
    if method.reading == "linear":
        return float(base * (1.0 - method.yearly_reduction * steps))
    return float(base * (1.0 - method.yearly_reduction) ** steps)


def _glide(
    process: str,
    by_year: dict[int, Track],
    size: Size,
    prefix: str,
    *,
    source: Source,
    asked: Asked,
    title: str,
    width: int | None,
) -> Markup:
    numbers, words, quantity = asked.numbers, asked.words, _quantity(process, asked)
    running = asked.calendar.local(asked.now).year
    years = []
    for each in _path_years(source, by_year):
        track = by_year.get(each)
        achieved = track.year_to_date if track is not None and each < running else None
        label = numbers.value(achieved, quantity) if achieved is not None else ""
        target = _target(process, each, by_year, source)
        years.append(GlideYear(year=each, target=target, achieved=achieved, label=label))
    now = by_year.get(running)
    to_date = None
    if now is not None and now.year_to_date is not None:
        ending = now.projection
        to_date = GlideToDate(
            year=running,
            value=now.year_to_date,
            low=ending.low if ending else None,
            high=ending.high if ending else None,
            label=words(
                "%(figure)s to %(day)s",
                figure=numbers.value(now.year_to_date, quantity),
                day=last_day(now, asked),
            ),
        )
    last = years[-1].target if years else None
    return glidepath_chart(
        years,
        to_date=to_date,
        words=GlideWords(
            axis=quantity.unit,
            target=words("Target %(figure)s", figure=numbers.value(last, quantity)),
            achieved=words("Achieved"),
            over=words("Above the path"),
            nothing=words("No path yet: the base year has no figures"),
        ),
        title=title,
        prefix=prefix,
        format_value=lambda value: numbers.number(value, quantity.value.decimals - 1),
        size=size,
        width=width if size is Size.WIDE else None,
    )


def _facts(track: Track | None, asked: Asked) -> tuple[tuple[str, Figure | str], ...]:
    if track is None:
        return ()
    words, numbers, quantity = asked.words, asked.numbers, _quantity(track.process, asked)
    href = why_track(track.process, track.year)
    output = OUTPUTS[asked.plant.process(track.process).output_unit]

    def figure(text: str) -> Figure:
        return Figure(text, href if text != MISSING else "")

    ending = track.projection
    facts: list[tuple[str, Figure | str]] = [
        (
            words("Base year %(year)s", year=track.base_year),
            figure(numbers.quantity(track.base_intensity, quantity)),
        ),
        (
            words("Target %(year)s", year=track.target_year),
            figure(numbers.quantity(track.target_final, quantity)),
        ),
        (
            words("%(year)s, normalised for output", year=year_name(track, asked)),
            figure(numbers.quantity(track.year_to_date_normalised, quantity)),
        ),
        (words("Reduced a year since the base year"), figure(numbers.percent(track.achieved_rate, 2))),
        (words("Still needed a year to the end"), figure(numbers.percent(track.required_rate, 2))),
        (words("Gas still allowed this year"), figure(numbers.quantity(track.gas_allowed, Quantity.GAS))),
        (
            words("Output still to come (%(source)s)", source=_plan(track.plan_source, asked)),
            figure(numbers.quantity(track.planned_output, output)),
        ),
    ]
    if ending is not None:
        span = f"{numbers.value(ending.low, quantity)} – {numbers.value(ending.high, quantity)}"
        text = words(
            "%(figure)s (%(span)s with %(confidence)s)",
            figure=numbers.quantity(ending.value, quantity),
            span=span,
            confidence=numbers.percent(ending.confidence, 0),
        )
        facts.insert(3, (words("At the year's end"), figure(text)))
    if track.probability is not None:
        facts.append((words("Target met with a probability of"), figure(_chance(track.probability, asked))))
    return tuple(facts)


def _plan(source: str, asked: Asked) -> str:
    words = asked.words
    return {
        "ledger": words("as planned"),
        "last_year": words("as last year"),
        "none": words("no plan"),
    }.get(source, source)


def _chance(probability: float, asked: Asked) -> str:
    if probability > _SURE:
        return asked.words("above %(chance)s", chance=asked.numbers.percent(_SURE))
    if probability < 1 - _SURE:
        return asked.words("below %(chance)s", chance=asked.numbers.percent(1 - _SURE))
    return asked.numbers.percent(probability, 0)


def _readings(track: Track | None, source: Source, asked: Asked) -> tuple[ReadingRow, ...]:
    if track is None:
        return ()
    words, quantity = asked.words, _quantity(track.process, asked)
    names = {
        "geometric": words("On average, geometric"),
        "linear": words("On average, linear"),
        "every_year": words("Every single year"),
    }
    verdicts = {
        True: (words("on course"), "good"),
        False: (words("not on course"), "warning"),
        None: (words("not known"), "stale"),
    }
    return tuple(
        ReadingRow(
            name=names.get(each.name, each.name),
            target=asked.numbers.quantity(each.target, quantity),
            verdict=verdicts[each.is_met][0],
            state=verdicts[each.is_met][1],
            commits=each.name == source.method.target.reading,
        )
        for each in track.readings
    )


def _quantity(process: str, asked: Asked) -> Quantity:
    return INTENSITIES[asked.plant.process(process).output_unit]


PAGE = PageSpec(
    name="target", path="/target", title="Target and carbon", template="target.html", view=build, in_nav=True
)
