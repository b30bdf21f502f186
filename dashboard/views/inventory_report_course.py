"""The section of an inventory report about the paths of the reduction plan."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.carbon_figures import why_figure
from dashboard.views.inventory_report_parts import (
    Reported,
    Section,
    counted,
    reference,
    spaced,
)
from dashboard.views.report_table import Cell, Column, ReportTable, written
from domain.carbon import CarbonPath
from domain.inventory import PathPoint
from domain.periods import PeriodKind

# paths


def paths(reported: Reported, source: Source) -> Section:
    """Return the plan's paths with what this and earlier years came to."""
    words = reported.asked.words
    title = words("Paths of the reduction plan")
    if reported.inventory.period.kind is not PeriodKind.YEAR:
        sentence = words("Paths go by year: the report of the year holds them.")
        return Section(id="paths", title=title, sentences=(sentence,))
    known = source.carbon_paths()
    if not known:
        return Section(id="paths", title=title, sentences=(words("The plant file states no path."),))
    points = [
        (
            path,
            {
                each.year: each
                for year in reported.years
                for each in year.stated.paths
                if each.path == path.id
            },
        )
        for path in known
    ]
    return Section(
        id="paths",
        title=title,
        sentences=tuple(
            spaced(reported.asked, _name(path, reported.asked), path.source) for path in known if path.source
        ),
        charts=tuple(_drawn(path, of, reported) for path, of in points),
        tables=tuple(_path(path, of, reported) for path, of in points),
    )


def _name(path: CarbonPath, asked: Asked) -> str:
    words = asked.words
    return {
        "scope_1_2": words("Scope 1 and 2, 1.5 °C path"),
        "scope_3_1": words("Scope 3 category 1, 1.5 °C path"),
    }.get(path.id, path.id)


def _path(path: CarbonPath, points: dict[int, PathPoint], reported: Reported) -> ReportTable:
    asked = reported.asked
    words, per = asked.words, path.unit.replace("CO2", "CO₂").replace("m2", "m²")
    location = [Column(name=words("Location-based"), unit=per, decimals=3)] if path.id == "scope_1_2" else []
    return ReportTable(
        id=f"path-{path.id.replace('_', '-')}",
        title=_name(path, asked),
        note=" ".join(
            [
                *([words("Actual: market-based, of the inventory of the year.")] if location else []),
                *(
                    words(
                        "%(period)s: restated since, by entry %(number)s; here as this report knows it.",
                        period=each.name,
                        number=each.restated_by,
                    )
                    for each in reported.years
                    if each.restated_by is not None
                ),
            ]
        ),
        columns=(
            Column(name=words("Year"), is_whole=True),
            Column(name=words("Allowed"), unit=per, decimals=2),
            Column(name=words("Stated by the plan"), unit=per, decimals=3),
            Column(name=words("Actual"), unit=per, decimals=3),
            *location,
            Column(name=words("Projected year end"), unit=per, decimals=3),
            Column(name=words("Against the path")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(
            _year(path, year, points.get(year), reported, has_location=bool(location))
            for year in sorted({*path.allowed, *path.stated})
        ),
    )


def _year(
    path: CarbonPath, year: int, point: PathPoint | None, reported: Reported, *, has_location: bool
) -> tuple[Cell, ...]:
    asked = reported.asked
    words, numbers = asked.words, asked.numbers
    allowed, stated = path.allowed.get(year), path.stated.get(year)
    is_over = point.is_over if point is not None else None
    if is_over is None and stated is not None and allowed is not None:
        is_over = stated > allowed
    figure = f"path.{path.id}"
    moved = {each.name for each in reported.years if each.restated_by is not None}
    href = why_figure(str(year), figure) if point is not None and str(year) not in moved else ""
    actual = point.actual if point is not None else None
    projection = point.projection.value if point is not None and point.projection is not None else None
    location = [counted(numbers, point.actual_location if point else None, 3, href)] if has_location else []
    return (
        written(str(year), href),
        counted(numbers, allowed, 2),
        counted(numbers, stated, 3),
        counted(numbers, actual, 3, href),
        *location,
        counted(numbers, projection, 3, href),
        written({True: words("▲ above the path"), False: words("within"), None: MISSING}[is_over]),
        reference(f"{year}/{figure}", href) if href else written(MISSING),
    )


def _drawn(path: CarbonPath, points: dict[int, PathPoint], reported: Reported) -> Markup:
    asked = reported.asked
    title = asked.words("%(path)s: allowed and actual by year", path=_name(path, asked))
    draw = partial(_chart, path, points, asked=asked, title=title)
    return both(draw, prefix=f"report-{path.id.replace('_', '-')}")


def _chart(
    path: CarbonPath, points: dict[int, PathPoint], size: Size, prefix: str, *, asked: Asked, title: str
) -> Markup:
    words, numbers = asked.words, asked.numbers
    years, to_date = [], None
    for year in sorted({*path.allowed, *path.stated}):
        point = points.get(year)
        value = point.actual if point is not None else path.stated.get(year)
        if point is not None and point.projection is not None:
            label = words("%(figure)s so far", figure=numbers.number(point.actual, 3))
            low, high = point.projection.low, point.projection.high
            to_date = GlideToDate(year=year, value=point.actual, low=low, high=high, label=label)
            value = None
        told = numbers.number(value, 3) if value is not None else ""
        years.append(GlideYear(year=year, target=path.allowed.get(year), achieved=value, label=told))
    return glidepath_chart(
        years,
        to_date=to_date,
        words=GlideWords(
            axis=path.unit.replace("CO2", "CO₂").replace("m2", "m²"),
            target=words("Path %(figure)s", figure=numbers.number(years[-1].target if years else None, 2)),
            achieved=words("Achieved"),
            over=words("Above the path"),
            nothing=words("No path yet"),
        ),
        title=title,
        prefix=prefix,
        format_value=lambda value: numbers.number(value, 2),
        size=size,
    )
