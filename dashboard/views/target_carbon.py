"""Carbon against the paths of the reduction plan, as far as meters tell it; nothing unknown is taken as 0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.factors import factor_value
from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof, proof
from dashboard.source import Source
from dashboard.views.figure import Figure, linked, text_of
from domain.carbon import Carbon, CarbonPath


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """One year of a path."""

    year: int
    allowed: str
    achieved: Figure
    source: str
    """Where the achieved figure comes from: the plan's own statement, or the meters."""
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """One path."""

    id: str
    name: str
    finding: Markup
    chart: Markup
    rows: tuple[PathRow, ...]
    source: str
    has_this_year: bool
    """Meters tell a year that is not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One month of the year."""

    name: str
    scope_1: Figure
    scope_2: Figure
    output: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """A factor as it was used."""

    id: str
    text: str
    source: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonView:
    """Carbon of the year and its paths."""

    year: int
    facts: tuple[tuple[str, Figure | str, str], ...]
    """Name, figure, note."""
    months: tuple[MonthRow, ...]
    factors: tuple[FactorRow, ...]
    paths: tuple[PathView, ...]
    proof: Proof
    csv: str


def carbon_view(source: Source, year: int, asked: Asked) -> CarbonView:
    """Return the carbon of a year."""
    carbon = source.carbon(year)
    href = f"/why/carbon/{year}"
    is_over = asked.calendar.local(asked.now).year > year
    return CarbonView(
        year=year,
        facts=_facts(carbon, href, asked),
        months=tuple(_month(carbon, place, href, asked) for place in range(len(carbon.months))),
        factors=tuple(
            FactorRow(
                id=each.id,
                text=factor_value(each),
                source=each.source,
                is_verified=each.is_verified,
            )
            for each in carbon.factors
        ),
        paths=tuple(_path(path, source, year, asked) for path in source.carbon_paths()),
        proof=proof(carbon.evidence, asked, is_over=is_over),
        csv=f"/api/v1/carbon/{year}.csv",
    )


def _facts(carbon: Carbon, href: str, asked: Asked) -> tuple[tuple[str, Figure | str, str], ...]:
    words, numbers = asked.words, asked.numbers

    def tonnes(value: float | None) -> Figure:
        return Figure(numbers.quantity(value, Quantity.CARBON_T), href if value is not None else "")

    per_output = Figure(
        numbers.quantity(carbon.intensity_1_2, Quantity.CARBON_PER_OUTPUT),
        href if carbon.intensity_1_2 is not None else "",
    )
    return (
        (words("Scope 1: gas"), tonnes(carbon.scope_1_t), words("without vehicles and refrigerants")),
        (
            words("Scope 2, location-based"),
            tonnes(carbon.scope_2_location_t),
            ""
            if carbon.scope_2_location_t is not None
            else words("no grid factor: see [carbon] in the plant file"),
        ),
        (
            words("Scope 2, market-based"),
            tonnes(carbon.scope_2_market_t),
            "" if carbon.scope_2_market_t is not None else words("not known: no certificates are entered"),
        ),
        (
            words("Scope 3, category 1: aluminium"),
            tonnes(carbon.scope_3_1_t),
            "" if carbon.scope_3_1_t is not None else words("not known: no purchases are entered"),
        ),
        (words("Scope 1 and 2 per output, location-based"), per_output, ""),
    )


def _month(carbon: Carbon, place: int, href: str, asked: Asked) -> MonthRow:
    month, numbers = carbon.months[place], asked.numbers

    def tonnes(value: float | None) -> Figure:
        return Figure(numbers.value(value, Quantity.CARBON_T), href if value is not None else "")

    return MonthRow(
        name=month.name,
        scope_1=tonnes(month.scope_1_t),
        scope_2=tonnes(month.scope_2_location_t),
        output=numbers.number(month.output, 1 if carbon.output_unit == "t" else 0),
        proof=proof(month.evidence, asked, is_over=month.until <= asked.now),
    )


def _path(path: CarbonPath, source: Source, year: int, asked: Asked) -> PathView:
    words = asked.words
    measured = _measured(path, source, year, asked)
    rows = tuple(
        _row(path, each, measured, asked) for each in sorted({*path.allowed, *path.stated, *measured})
    )
    name = {
        "scope_1_2": words("Scope 1 and 2, 1.5 °C path"),
        "scope_3_1": words("Scope 3 category 1, 1.5 °C path"),
    }.get(path.id, path.id)
    over = [row for row in rows if row.is_over]
    known = [row for row in rows if row.achieved.text != MISSING]
    if over:
        message = words("Above the path in %(years)s")
        finding = linked(message, years=words(", ").join(str(row.year) for row in over))
    elif known:
        finding = linked(words("Below the path as far as figures go"))
    else:
        finding = linked(words("No figures to hold against this path yet"))
    if path.id == "scope_1_2":
        finding += linked(words(" (years from meters are location-based: certificates are not entered yet)"))
    title = f"{name}: {text_of(finding)}"
    return PathView(
        id=path.id,
        name=name,
        finding=finding,
        chart=both(
            partial(_chart, path, measured, asked=asked, title=title),
            prefix=f"path-{path.id.replace('_', '-')}",
        ),
        rows=rows,
        source=path.source,
        has_this_year=asked.calendar.local(asked.now).year in measured,
    )


def _measured(path: CarbonPath, source: Source, year: int, asked: Asked) -> dict[int, float]:
    """Return what the meters say of each year of the path; only Scope 1 and 2 can be told yet."""
    if path.id != "scope_1_2":
        return {}
    this_year = asked.calendar.local(asked.now).year
    found = {}
    for each in range(min(path.allowed, default=year), min(max(path.allowed, default=year), this_year) + 1):
        value = source.carbon(each).intensity_1_2
        if value is not None:
            found[each] = value
    return found


def _row(path: CarbonPath, year: int, measured: dict[int, float], asked: Asked) -> PathRow:
    words, numbers = asked.words, asked.numbers
    value = path.stated.get(year, measured.get(year))
    allowed = path.allowed.get(year)
    href = f"/why/carbon/{year}" if year in measured and year not in path.stated else ""
    if year in path.stated:
        said = words("stated: %(source)s", source=path.source)
        if year in measured:
            said += words("; meters, location-based: %(figure)s", figure=numbers.number(measured[year], 3))
    else:
        said = words("meters, location-based") if year in measured else ""
    return PathRow(
        year=year,
        allowed=numbers.number(allowed, 2),
        achieved=Figure(numbers.number(value, 3), href),
        source=said,
        is_over=value is not None and allowed is not None and value > allowed,
    )


def _chart(
    path: CarbonPath, measured: dict[int, float], size: Size, prefix: str, *, asked: Asked, title: str
) -> Markup:
    words, numbers = asked.words, asked.numbers
    running = asked.calendar.local(asked.now).year
    years = []
    for year in sorted({*path.allowed, *path.stated}):
        value = path.stated.get(year, measured.get(year) if year < running else None)
        label = numbers.number(value, 3) if value is not None else ""
        years.append(GlideYear(year=year, target=path.allowed.get(year), achieved=value, label=label))
    to_date = None
    if running in measured and running not in path.stated:
        value = measured[running]
        label = words("%(figure)s so far", figure=numbers.number(value, 3))
        to_date = GlideToDate(year=running, value=value, low=None, high=None, label=label)
    last = years[-1].target if years else None
    return glidepath_chart(
        years,
        to_date=to_date,
        words=GlideWords(
            axis="tCO₂e/t",
            target=words("Path %(figure)s", figure=numbers.number(last, 2)),
            achieved=words("Achieved"),
            over=words("Above the path"),
            nothing=words("No path yet"),
        ),
        title=title,
        prefix=prefix,
        format_value=lambda value: numbers.number(value, 2),
        size=size,
    )
