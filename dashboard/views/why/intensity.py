"""Why gas per output is what it is: one period, or the days of a span."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from dashboard.numbers import Quantity
from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.proof import merged, proof
from dashboard.source import Source
from dashboard.views.comparable import comparable
from dashboard.views.figure import Figure, csv_of, why_intensity
from dashboard.views.why import pieces
from dashboard.views.why.model import Fact, Part, Parts, Why
from domain.carbon import Factor
from domain.periods import DAY_MS, Period, PeriodKind
from domain.plant import Carrier
from domain.results import Baseline, Intensity


def build(source: Source, asked: Asked) -> Why:
    """Return the evidence of the intensity of a process in a period."""
    process, kind, name = process_of(asked), asked.query["kind"], asked.query["name"]
    if kind == "span":
        return _span(source, asked, process, name)
    kinds = tuple(PeriodKind)
    if kind not in kinds:
        raise NotHere("kind", f"{kind!r} is no kind of period", f"there are {', '.join(kinds)}")
    period = period_of(asked, PeriodKind(kind), name)
    found: Sequence[Intensity] = source.results(
        "intensity", since=period.since, until=period.since + 1, period=period.kind, subject=process
    )
    one = next((each for each in found if each.period.name == period.name), None)
    if one is None:
        raise NotHere("name", f"nothing is known of {process} in {name}", "ask for a period with readings")
    return _whole(source, asked, one)


def process_of(asked: Asked) -> str:
    """Return the process of the path."""
    known = [process.id for process in asked.plant.processes]
    given = asked.query["process"]
    if given not in known:
        raise NotHere("process", f"{given!r} is not a process", f"there are {', '.join(known)}")
    return given


def period_of(asked: Asked, kind: PeriodKind, name: str) -> Period:
    """Return the period of a kind with a name."""
    try:
        first = _day(kind, name)
        start = asked.calendar.day_start(first)
        near = asked.calendar.periods(kind, start - DAY_MS, start + 3 * DAY_MS)
        found = next((each for each in near if each.name == name), None)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise NotHere("name", f"{name!r} is no {kind}", "write it as 2026-11-22, 2026-W47, 2026-11 or 2026")
    return found


def _day(kind: PeriodKind, name: str) -> date:
    if kind is PeriodKind.WEEK:
        year, _, week = name.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    text = {PeriodKind.YEAR: f"{name}-01-01", PeriodKind.MONTH: f"{name}-01"}.get(kind, name[:10])
    found = date.fromisoformat(text)
    if not 2000 <= found.year <= 2200:
        raise ValueError(name)
    return found


def _whole(source: Source, asked: Asked, one: Intensity) -> Why:
    words, period, process = asked.words, one.period, one.process
    points = pieces.points_of_process(asked, process)
    year = asked.calendar.day_of(period.since).year
    return Why(
        heading=words("Gas per output: %(process)s", process=asked.name_of(process)),
        span=period.name,
        value=asked.numbers.quantity(one.ratio, pieces.ratio_quantity(asked, process)),
        formula=_formula(one, _used(source, process), asked),
        facts=_facts(one, asked),
        proof=proof(one.evidence, asked, is_over=period.until <= asked.now),
        grades=pieces.grades(one.evidence, asked),
        doubts=pieces.doubts(one.evidence.codes, process, asked),
        meters=pieces.meters(points, source, asked, (period.since, period.until), process),
        parts=(_states(one, asked),),
        choices=pieces.gas_choices(source.method, _factors(source, period), asked),
        entries=pieces.entries(source, asked, (process, *(each.id for each in points))),
        links=(
            *baseline_link(source, asked, process),
            Figure(words("Target of the year"), f"/why/track/{process}/{year}"),
            Figure(words("CSV"), _csv(process, period.since, period.until, period.kind)),
        ),
    )


def _csv(process: str, since: int, until: int, by: str) -> str:
    return f"{csv_of('intensity', since, until)}&process={process}&by={by}"


def _factors(source: Source, period: Period) -> list[Factor]:
    """Return the emission factor of gas in a period."""
    return pieces.factors_of(source.flows(since=period.since, until=period.until), Carrier.GAS)


def _formula(one: Intensity, base: Baseline | None, asked: Asked) -> tuple[str, ...]:
    words, numbers = asked.words, asked.numbers
    ratio, output = pieces.ratio_quantity(asked, one.process), pieces.output_quantity(asked, one.process)
    said = {
        "gas": numbers.quantity(one.gas_nm3, Quantity.GAS),
        "output": numbers.quantity(one.output, output),
        "ratio": numbers.quantity(one.ratio, ratio),
        "expected": numbers.quantity(one.expected_nm3, Quantity.GAS),
        "index": numbers.number(one.index, 4),
        "normalised": numbers.quantity(one.normalised, ratio),
        "base": numbers.quantity(None if base is None else base.intensity, ratio),
    }
    found = [words("gas %(gas)s ÷ output %(output)s = %(ratio)s", **said)]
    one, not_yet = comparable(one, asked)
    if not_yet:
        said |= {"why": not_yet}
        return (*found, words("Without output it is not held against the baseline: %(why)s.", **said))
    if one.expected_nm3 is None:
        return (*found, words("Without an approved baseline nothing is expected, and no saving is known."))
    found.append(words("gas %(gas)s ÷ expected by the baseline %(expected)s = index %(index)s", **said))
    found.append(
        words(
            "intensity of the baseline period %(base)s × index %(index)s = normalised %(normalised)s", **said
        )
    )
    saving = one.saving_nm3
    if saving is not None:
        ends = {
            "saving": numbers.quantity(saving.value, Quantity.GAS, sign=True),
            "low": numbers.value(saving.low, Quantity.GAS, sign=True),
            "high": numbers.value(saving.high, Quantity.GAS, sign=True),
            "confidence": numbers.percent(saving.confidence, 0),
        }
        found.append(
            words(
                "expected %(expected)s − gas %(gas)s = saving %(saving)s"
                " (%(confidence)s sure: %(low)s to %(high)s)",
                **said,
                **ends,
            )
        )
        if not saving.excludes_zero:
            found.append(words("The interval includes no saving: it is not yet proven."))
    return tuple(found)


def _facts(one: Intensity, asked: Asked) -> tuple[Fact, ...]:
    words, numbers = asked.words, asked.numbers
    return (
        Fact(name=words("Gas"), value=Figure(numbers.quantity(one.gas_nm3, Quantity.GAS))),
        Fact(
            name=words("as energy"),
            value=Figure(numbers.quantity(one.gas_kwh, Quantity.ENERGY)),
            note=words("net calorific value"),
        ),
        Fact(
            name=words("as carbon"),
            value=Figure(numbers.quantity(one.co2_kg, Quantity.CARBON)),
            note=words("Scope 1"),
        ),
        Fact(
            name=words("Output"),
            value=Figure(numbers.quantity(one.output, pieces.output_quantity(asked, one.process))),
            note=words("stated output goes before counters"),
        ),
    )


def _states(one: Intensity, asked: Asked) -> Parts:
    """Return the gas by the state of the oven."""
    words, numbers = asked.words, asked.numbers
    rows = (
        (words("while there was output"), one.production_nm3, one.production_h),
        (words("hot without output"), one.idle_nm3, one.idle_h),
        (words("heating up"), one.startup_nm3, one.startup_h),
        (words("off"), one.off_nm3, None),
    )
    return Parts(
        title=words("Gas by the state of the oven"),
        columns=(words("State"), words("Gas"), words("Time")),
        rows=tuple(
            Part(
                cells=(
                    Figure(name),
                    Figure(numbers.quantity(gas, Quantity.GAS)),
                    Figure(numbers.quantity(hours, Quantity.HOURS)),
                )
            )
            for name, gas, hours in rows
        ),
    )


def _used(source: Source, process: str) -> Baseline | None:
    """Return the baseline that a process is held against now."""
    used = (each.baseline for each in source.baselines() if each.is_in_use)
    return next((each for each in used if each.process == process), None)


def baseline_link(source: Source, asked: Asked, process: str) -> tuple[Figure, ...]:
    """Return where the baseline of a process is explained; nothing without one."""
    used = _used(source, process)
    if used is None:
        return ()
    return (Figure(asked.words("Baseline %(id)s", id=used.id), f"/why/baseline/{quote(used.id)}"),)


def _span(source: Source, asked: Asked, process: str, name: str) -> Why:
    """Return the days of a span, `<since>-<until>` in milliseconds, added up."""
    words, numbers = asked.words, asked.numbers
    begin, _, end = name.partition("-")
    if not (begin.isascii() and begin.isdigit() and end.isascii() and end.isdigit() and len(name) == 27):
        raise NotHere("name", f"{name!r} is no span", "write its begin and end in milliseconds")
    since, until = int(begin), int(end)
    if not since < until <= since + 370 * DAY_MS:
        raise NotHere("name", f"{name!r} is no span of a year or less", "let it begin before it ends")
    days: Sequence[Intensity] = source.results(
        "intensity", since=since, until=until, period=PeriodKind.DAY, subject=process
    )
    known = [
        (each.gas_nm3, each.output) for each in days if each.gas_nm3 is not None and each.output is not None
    ]
    gas, output = sum(gas for gas, _ in known), sum(output for _, output in known)
    ratio = gas / output if output > 0.0 else None
    quantity = pieces.ratio_quantity(asked, process)
    evidence = merged(
        [(each.evidence, each.gas_nm3 or 0.0, each.period.until - each.period.since) for each in days]
    )
    points = pieces.points_of_process(asked, process)
    said = {
        "gas": numbers.quantity(gas, Quantity.GAS),
        "output": numbers.quantity(output, pieces.output_quantity(asked, process)),
        "ratio": numbers.quantity(ratio, quantity),
    }
    return Why(
        heading=words("Gas per output: %(process)s", process=asked.name_of(process)),
        span=f"{numbers.day(since)} – {numbers.day(until - 1)}",
        value=numbers.quantity(ratio, quantity),
        formula=(
            words("gas %(gas)s ÷ output %(output)s = %(ratio)s", **said),
            words("Days on which gas or output is not known count in neither; never a mean of ratios."),
        ),
        proof=proof(evidence, asked, is_over=until <= asked.now),
        grades=pieces.grades(evidence, asked) if evidence is not None else (),
        doubts=pieces.doubts(evidence.codes, process, asked) if evidence is not None else (),
        meters=pieces.meters(points, source, asked, (since, until), process),
        parts=(_days(days, asked),),
        choices=pieces.gas_choices(source.method, (), asked),
        entries=pieces.entries(source, asked, (process, *(each.id for each in points))),
        links=(Figure(words("CSV"), _csv(process, since, until, "day")),),
    )


def _days(days: Sequence[Intensity], asked: Asked) -> Parts:
    words, numbers = asked.words, asked.numbers
    return Parts(
        title=words("Its days"),
        columns=(words("Day"), words("Gas"), words("Output"), words("Gas per output")),
        rows=tuple(
            Part(
                cells=(
                    Figure(each.period.name, why_intensity(each.process, "day", each.period.name)),
                    Figure(numbers.quantity(each.gas_nm3, Quantity.GAS)),
                    Figure(numbers.quantity(each.output, pieces.output_quantity(asked, each.process))),
                    Figure(numbers.quantity(each.ratio, pieces.ratio_quantity(asked, each.process))),
                )
            )
            for each in days
        ),
    )


PAGE = PageSpec(
    name="why-intensity",
    path="/why/intensity/{process}/{kind}/{name:path}",
    title="What a figure rests on",
    template="why.html",
    view=build,
)
