"""Carbon of the year by its inventory, and the paths of the reduction plan; nothing unknown is taken as 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof, proof
from dashboard.source import Source
from dashboard.views.carbon import held_value
from dashboard.views.carbon_figures import (
    carbon_href,
    code_texts,
    per_output_text,
    per_output_unit,
    plus_minus,
    proof_of,
    scope_name,
    state_word,
    total_of,
    unit_text,
    why_figure,
)
from dashboard.views.figure import Figure, linked, text_of
from domain.carbon import CarbonPath
from domain.inventory import Inventory, PathPoint
from domain.periods import PeriodKind

_SCOPES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3_1")
RESTS = {"scope_1_2": "carbon"}
"""Path -> the mark of silent meters; metal is bought whatever a meter shows, only output is metered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """One year of a path."""

    year: int
    allowed: str
    achieved: Figure
    location: Figure
    """Location-based, beside it; empty where the path has none."""
    projection: Figure
    """Of the running year's end, with its interval."""
    source: str
    """Where the achieved figure comes from: the inventory, or the plan's own statement."""
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """One path."""

    id: str
    name: str
    finding: Markup
    chart: Markup
    rows: tuple[PathRow, ...]
    has_location: bool
    source: str
    rests: str
    """Mark of silent meters for the year that runs; "" without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonView:
    """Carbon of the year and its paths."""

    year: int
    badge: tuple[str, str]
    """(word, state): not closed, closed, restated; empty without an inventory."""
    facts: tuple[tuple[str, Figure, str], ...]
    """Name, figure, note."""
    paths: tuple[PathView, ...]
    proof: Proof
    href: str
    """Page of the inventory."""


def carbon_view(source: Source, year: int, asked: Asked) -> CarbonView:
    """Return the carbon of a year."""
    found: Sequence[Inventory] = source.results("inventory", period=PeriodKind.YEAR)
    years = {int(each.period.name): each for each in found}
    shown = years.get(year)
    day = f"{year}-07-01"
    return CarbonView(
        year=year,
        badge=state_word(shown, asked) if shown is not None else ("", ""),
        facts=_facts(shown, asked) if shown is not None else (),
        paths=tuple(_path(path, years, asked) for path in source.carbon_paths()),
        proof=proof(None, asked)
        if shown is None
        else proof_of(shown.scope_1.evidence, asked, is_over=shown.is_over),
        href=carbon_href(shown.period, asked) if shown is not None else f"/carbon?period=year&at={day}",
    )


def _facts(found: Inventory, asked: Asked) -> tuple[tuple[str, Figure, str], ...]:
    words, name = asked.words, found.period.name
    facts = []
    for scope in _SCOPES:
        total = total_of(found, scope)
        shown = asked.numbers.quantity(total.tco2e, Quantity.CARBON_T)
        note = f"{plus_minus(total.uncertainty, asked)} (k = 2)" if total.uncertainty is not None else ""
        if total.tco2e is None:
            note = words(", ").join(code_texts(total.codes, asked)) or words("nothing is entered of it")
        facts.append((scope_name(scope, asked), Figure(shown, why_figure(name, scope)), note))
    for per in found.per_output[:1]:
        for scope, value in (
            ("scope_1_2_market", per.scope_1_2_market),
            ("scope_1_2_location", per.scope_1_2_location),
            ("scope_3_1", per.scope_3_1),
        ):
            text = per_output_text(value, per.unit, asked)
            shown = text if text == MISSING else f"{text}{NBSP}{per_output_unit(per.unit)}"
            label = words("%(scope)s, per %(unit)s", scope=scope_name(scope, asked), unit=unit_text(per.unit))
            facts.append((label, Figure(shown, why_figure(name, f"per_output.{per.unit}.{scope}")), ""))
    return tuple(facts)


# paths


def _path(path: CarbonPath, years: Mapping[int, Inventory], asked: Asked) -> PathView:
    words = asked.words
    points = {year: point for year, found in years.items() for point in found.paths if point.path == path.id}
    rows = tuple(
        _row(path, year, points.get(year), asked) for year in sorted({*path.allowed, *path.stated, *points})
    )
    name = {
        "scope_1_2": words("Scope 1 and 2, 1.5 °C path"),
        "scope_3_1": words("Scope 3 category 1, 1.5 °C path"),
    }.get(path.id, path.id)
    finding = _finding(rows, points, asked)
    running = asked.calendar.local(asked.now).year in points
    return PathView(
        id=path.id,
        name=name,
        finding=finding,
        chart=both(
            partial(_chart, path, points, asked=asked, title=f"{name}: {text_of(finding)}"),
            prefix=f"path-{path.id.replace('_', '-')}",
        ),
        rows=rows,
        has_location=any(row.location.text != "" for row in rows),
        source=path.source,
        rests=RESTS.get(path.id, "") if running else "",
    )


def _finding(rows: Sequence[PathRow], points: Mapping[int, PathPoint], asked: Asked) -> Markup:
    words = asked.words
    over = [row for row in rows if row.is_over]
    if over:
        years = words(", ").join(str(row.year) for row in over)
        finding = linked(words("Above the path in %(years)s"), years=years)
    elif any(row.achieved.text != MISSING for row in rows):
        finding = linked(words("Below the path as far as figures go"))
    else:
        return linked(words("No figures to hold against this path yet"))
    ending = next((row for row in rows if row.projection.text), None)
    if ending is not None:
        message = words("; %(year)s is expected to end at %(figure)s")
        finding += linked(message, year=str(ending.year), figure=ending.projection)
    return finding


def _row(path: CarbonPath, year: int, point: PathPoint | None, asked: Asked) -> PathRow:
    words, numbers = asked.words, asked.numbers
    actual = point.actual if point is not None else None
    stated, allowed = path.stated.get(year), path.allowed.get(year)
    value = actual if actual is not None else stated
    href = why_figure(str(year), f"path.{path.id}") if point is not None else ""
    ending = point.projection if point is not None else None
    projection = ""
    if ending is not None:
        span = f"{numbers.number(ending.low, 3)} – {numbers.number(ending.high, 3)}"
        share = numbers.percent(ending.confidence, 0)
        projection = words(
            "%(figure)s (%(span)s with %(confidence)s)",
            figure=numbers.number(ending.value, 3),
            span=span,
            confidence=share,
        )
    location = point.actual_location if point is not None else None
    is_over = (
        point.is_over if point is not None else value is not None and allowed is not None and value > allowed
    )
    return PathRow(
        year=year,
        allowed=numbers.number(allowed, 2),
        achieved=Figure(numbers.number(value, 3), href if value is not None else ""),
        location=Figure(numbers.number(location, 3), href) if location is not None else Figure(""),
        projection=Figure(projection, href if projection else ""),
        source=_source(path, actual, stated, asked),
        is_over=bool(is_over),
    )


def _source(path: CarbonPath, actual: float | None, stated: float | None, asked: Asked) -> str:
    """Return where a year's figure comes from; the plan's own statement stays beside it."""
    words = asked.words
    told = words("stated: %(source)s", source=path.source) if stated is not None else ""
    if actual is None:
        return told
    if not told:
        return words("by the inventory")
    figure = asked.numbers.number(stated, 3)
    return words("by the inventory; the plan states %(figure)s", figure=figure)


def _chart(
    path: CarbonPath, points: Mapping[int, PathPoint], size: Size, prefix: str, *, asked: Asked, title: str
) -> Markup:
    words, numbers = asked.words, asked.numbers
    years = []
    to_date = None
    for year in sorted({*path.allowed, *path.stated, *points}):
        point = points.get(year)
        ending = point.projection if point is not None else None
        value = path.stated.get(year) if point is None else held_value(point)
        if ending is not None:
            label = words("%(figure)s at the year's end", figure=numbers.number(ending.value, 3))
            to_date = GlideToDate(
                year=year, value=ending.value, low=ending.low, high=ending.high, label=label
            )
            value = None
        label = numbers.number(value, 3) if value is not None else ""
        years.append(GlideYear(year=year, target=path.allowed.get(year), achieved=value, label=label))
    last = years[-1].target if years else None
    return glidepath_chart(
        years,
        to_date=to_date,
        words=GlideWords(
            axis=unit_text(path.unit),
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
