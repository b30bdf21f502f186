"""Why a year stands where it stands: target of a process, change against the year before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.proof import proof
from dashboard.said import thing
from dashboard.source import Source
from dashboard.views.figure import Figure, csv_of, why_intensity
from dashboard.views.why import pieces
from dashboard.views.why.intensity import baseline_link, process_of
from dashboard.views.why.model import Choice, Fact, Part, Parts, Why
from domain.carbon import Change
from domain.method import TargetMethod
from domain.periods import Period, PeriodKind
from domain.plant import Carrier
from domain.results import Intensity, Track


def build_track(source: Source, asked: Asked) -> Why:
    """Return what a year of a process against its target rests on."""
    process, year = process_of(asked), year_of(asked)
    found: Sequence[Track] = [each for each in source.results("track") if each.process == process]
    track = next((each for each in found if each.year == year), None)
    if track is None:
        known = ", ".join(str(each.year) for each in found)
        raise NotHere("year", f"there is no track of {process} in {year}", f"there are {known or 'none yet'}")
    words, period = asked.words, _year_period(asked, year)
    quantity = pieces.ratio_quantity(asked, process)
    points = pieces.points_of_process(asked, process)
    years: Sequence[Intensity] = source.results(
        "intensity", since=period.since, until=period.since + 1, period=PeriodKind.YEAR, subject=process
    )
    evidence = years[0].evidence if years else None
    codes = [*track.codes, *(evidence.codes if evidence is not None else ())]
    return Why(
        heading=words("Year against target: %(process)s", process=asked.name_of(process)),
        span=str(year),
        value=asked.numbers.quantity(track.year_to_date, quantity),
        formula=_track_formula(track, asked),
        facts=_track_facts(track, asked),
        proof=proof(evidence, asked, is_over=period.until <= asked.now) if evidence is not None else None,
        grades=pieces.grades(evidence, asked) if evidence is not None else (),
        doubts=pieces.doubts(codes, f"{process}.{year}", asked),
        meters=pieces.meters(points, source, asked, (period.since, period.until), process),
        parts=(_months(source, asked, process, period),),
        choices=_target_choices(source.method.target, asked),
        entries=pieces.entries(source, asked, (process, *(each.id for each in points))),
        links=(
            Figure(words("Intensity of the year"), why_intensity(process, "year", str(year))),
            Figure(words("Intensity of the base year"), why_intensity(process, "year", str(track.base_year))),
            *baseline_link(source, asked, process),
            Figure(words("CSV"), f"{csv_of('tracks')}?process={process}&year={year}"),
        ),
    )


def year_of(asked: Asked) -> int:
    """Return the year of the path; one that has not begun is not there."""
    year, now = asked.year(), asked.calendar.local(asked.now).year
    if year > now:
        raise NotHere("year", f"{year} has not begun", f"ask for {now} or a year before")
    return year


def _year_period(asked: Asked, year: int) -> Period:
    start = asked.calendar.instant(asked.calendar.local(asked.now).date().replace(year=year, month=7, day=1))
    found = asked.calendar.period(PeriodKind.YEAR, start)
    assert found is not None
    return found


def _track_formula(track: Track, asked: Asked) -> tuple[str, ...]:
    words, numbers = asked.words, asked.numbers
    ratio, output = (
        pieces.ratio_quantity(asked, track.process),
        pieces.output_quantity(asked, track.process),
    )
    said = {
        "gas": numbers.quantity(track.gas_to_date, Quantity.GAS),
        "output": numbers.quantity(track.output_to_date, output),
        "ratio": numbers.quantity(track.year_to_date, ratio),
        "base": numbers.quantity(track.base_intensity, ratio),
        "base_year": track.base_year,
        "target": numbers.quantity(track.target, ratio),
        "planned": numbers.quantity(track.planned_output, output),
        "allowed": numbers.quantity(track.gas_allowed, Quantity.GAS),
        "years": track.year - track.base_year,
    }
    lines = [words("gas so far %(gas)s ÷ output so far %(output)s = %(ratio)s", **said)]
    if track.target is not None:
        lines.append(
            words(
                "intensity of %(base_year)s %(base)s, lowered for %(years)s years = target %(target)s", **said
            )
        )
    if track.gas_allowed is not None:
        lines.append(
            words(
                "target %(target)s × (output so far %(output)s + planned %(planned)s)"
                " − gas so far %(gas)s = still allowed %(allowed)s",
                **said,
            )
        )
    return tuple(lines)


def _track_facts(track: Track, asked: Asked) -> tuple[Fact, ...]:
    words, numbers = asked.words, asked.numbers
    ratio = pieces.ratio_quantity(asked, track.process)
    plans = {
        "ledger": words("planned in the ledger"),
        "last_year": words("as last year"),
        "none": words("no plan"),
    }
    facts = [
        Fact(
            name=words("achieved a year since the base year"),
            value=Figure(numbers.percent(track.achieved_rate, 2)),
        ),
        Fact(name=words("still required a year"), value=Figure(numbers.percent(track.required_rate, 2))),
        Fact(
            name=words("output of the rest of the year"),
            value=Figure(
                numbers.quantity(track.planned_output, pieces.output_quantity(asked, track.process))
            ),
            note=plans.get(track.plan_source, track.plan_source),
        ),
        Fact(
            name=words("probability of meeting the target"),
            value=Figure(numbers.percent(track.probability, 0)),
        ),
    ]
    if track.projection is not None:
        ends = (numbers.value(track.projection.low, ratio), numbers.value(track.projection.high, ratio))
        facts.append(
            Fact(
                name=words("projected at the year's end"),
                value=Figure(numbers.quantity(track.projection.value, ratio)),
                note=words("%(low)s to %(high)s", low=ends[0], high=ends[1]),
            )
        )
    names = {
        "geometric": words("target, geometric mean"),
        "linear": words("target, linear"),
        "every_year": words("target, every single year"),
    }
    met = {True: words("met so far"), False: words("not met so far"), None: ""}
    facts += [
        Fact(
            name=names.get(each.name, each.name),
            value=Figure(numbers.quantity(each.target, ratio)),
            note=met[each.is_met],
        )
        for each in track.readings
    ]
    return tuple(facts)


def _months(source: Source, asked: Asked, process: str, year: Period) -> Parts:
    words, numbers = asked.words, asked.numbers
    months = source.results(
        "intensity", since=year.since, until=year.until, period=PeriodKind.MONTH, subject=process
    )
    return Parts(
        title=words("Its months"),
        columns=(words("Month"), words("Gas"), words("Output"), words("Gas per output")),
        rows=tuple(
            Part(
                cells=(
                    Figure(each.period.name, why_intensity(process, "month", each.period.name)),
                    Figure(numbers.quantity(each.gas_nm3, Quantity.GAS)),
                    Figure(numbers.quantity(each.output, pieces.output_quantity(asked, process))),
                    Figure(numbers.quantity(each.ratio, pieces.ratio_quantity(asked, process))),
                )
            )
            for each in months
        ),
    )


def _target_choices(target: TargetMethod, asked: Asked) -> tuple[Choice, ...]:
    words, place = asked.words, asked.words("plant file")
    return (
        Choice(name=words("base year"), value=str(target.base_year), source=place),
        Choice(name=words("target year"), value=str(target.target_year), source=place),
        Choice(
            name=words("reduction a year"),
            value=asked.numbers.percent(target.yearly_reduction),
            source=place,
        ),
        Choice(name=words("how the promise is read"), value=target.reading.value, source=place),
    )


# change


def build_change(source: Source, asked: Asked) -> Why:
    """Return what the change of gas against the year before rests on."""
    words, numbers, year = asked.words, asked.numbers, year_of(asked)
    found = source.change(year)
    difference = None if found.before is None or found.after is None else found.after - found.before
    said = {
        "before": numbers.quantity(found.before, Quantity.GAS),
        "after": numbers.quantity(found.after, Quantity.GAS),
        "change": numbers.quantity(difference, Quantity.GAS, sign=True),
    }
    points = [each for each in asked.plant.points if each.carrier in (Carrier.GAS, Carrier.PRODUCTION)]
    return Why(
        heading=words("Gas against the year before"),
        span=f"{numbers.day(found.since)} – {numbers.day(found.until - 1)}",
        value=numbers.quantity(difference, Quantity.GAS, sign=True),
        formula=(
            words("%(after)s − %(before)s in the same days of the year before = %(change)s", **said),
            words("output: (output now − output then) × gas per output then"),
            words("intensity: output now × (gas per output now − gas per output then)"),
        ),
        doubts=pieces.doubts(found.codes, "", asked),
        meters=pieces.meters(points, source, asked, (found.since, found.until)),
        parts=(_steps(found, asked),),
        choices=pieces.gas_choices(source.method, (), asked),
        links=(
            *(
                Figure(asked.name_of(each.id), why_intensity(each.id, "year", str(year)))
                for each in asked.plant.processes
            ),
            Figure(words("CSV"), csv_of(f"change/{year}")),
        ),
    )


def _steps(found: Change, asked: Asked) -> Parts:
    words = asked.words
    causes = {
        "output": words("more or less output"),
        "intensity": words("gas per output"),
        "other": words("other gas"),
    }
    return Parts(
        title=words("By cause"),
        columns=(words("Subject"), words("Cause"), words("Gas")),
        rows=tuple(
            Part(
                cells=(
                    Figure(
                        words("outside the processes")
                        if each.subject == "other"
                        else thing(each.subject, asked)
                    ),
                    Figure(causes.get(each.cause, each.cause)),
                    Figure(asked.numbers.quantity(each.nm3, Quantity.GAS, sign=True) or MISSING),
                )
            )
            for each in found.steps
        ),
    )


def _page(name: str, path: str, view: Callable[[Source, Asked], Why]) -> PageSpec:
    return PageSpec(name=name, path=path, title="What a figure rests on", template="why.html", view=view)


TRACK = _page("why-track", "/why/track/{process}/{year}", build_track)
CHANGE = _page("why-change", "/why/change/{year}", build_change)
