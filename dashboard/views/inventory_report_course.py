"""Sections of an inventory report about years: the base year and its recalculation, the plan's paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.numbers import MISSING, OUTPUTS
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.carbon_figures import why_figure
from dashboard.views.inventory_report_parts import (
    Reported,
    Section,
    counted,
    exact,
    reference,
    spaced,
)
from dashboard.views.inventory_report_words import reason_name
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon import CarbonPath
from domain.carbon_entries import BaseYear
from domain.inventory import PathPoint
from domain.periods import PeriodKind

# base year


def base_year(reported: Reported, source: Source) -> Section:
    """Return the base year, and the one before it side by side."""
    asked = reported.asked
    words = asked.words
    found = [(each.number, each.body) for each in reported.booked if isinstance(each.body, BaseYear)]
    threshold = asked.numbers.percent(source.method.carbon.base_year_threshold)
    sentences = [
        words(
            "It is recalculated for structural change, a change of method or factor, or an error beyond"
            " %(share)s; never for organic growth.",
            share=threshold,
        )
    ]
    if not found:
        sentences.insert(0, words("No base year is entered in the ledger."))
    bodies = [body for _, body in found]
    tables: tuple[ReportTable, ...] = ()
    if bodies:
        tables += (_versions(found, asked),)
        tables += (_compared(bodies[-2] if len(bodies) > 1 else None, bodies[-1], asked),)
    return Section(id="base-year", title=words("Base year"), sentences=tuple(sentences), tables=tables)


def _versions(found: Sequence[tuple[int, BaseYear]], asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    return ReportTable(
        id="base-years",
        title=words("Base years as they were set"),
        note=words("The last one holds."),
        columns=(
            Column(name=words("Year"), is_whole=True),
            Column(name=words("Reason")),
            Column(name=words("What has changed")),
            Column(name=words("Threshold"), unit="%", decimals=1),
            Column(name=words("Approved by")),
            Column(name=words("Document")),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(
            (
                written(str(body.year)),
                written(reason_name(body.reason.value, asked)),
                written(body.what or MISSING),
                share(numbers, body.threshold),
                written(body.approver or MISSING),
                written(body.document or MISSING),
                counted(numbers, number, 0),
            )
            for number, body in found
        ),
    )


def _compared(old: BaseYear | None, new: BaseYear, asked: Asked) -> ReportTable:
    """Return the figures of the base year beside those of the one before it; dashes where there was none."""
    words = asked.words
    unit = OUTPUTS[new.output_unit].unit if new.output_unit in OUTPUTS else new.output_unit
    per = f"tCO₂e/{unit}"
    rows = (
        (words("Scope 1 and 2"), "tCO₂e"),
        (words("Scope 3 category 1"), "tCO₂e"),
        (words("Output"), unit),
        (words("Scope 1 and 2 per output"), per),
        (words("Scope 3 category 1 per output"), per),
    )
    return ReportTable(
        id="base-years-compared",
        title=words("Old and new base year"),
        note="",
        columns=(
            Column(name=words("Figure")),
            Column(name=words("Old, %(year)s", year=old.year if old else MISSING), is_exact=True),
            Column(name=words("New, %(year)s", year=new.year), is_exact=True),
            Column(name=words("Unit")),
            Column(name=words("Change"), unit="%", decimals=1),
        ),
        rows=tuple(
            _change(asked, *row, before, after)
            for row, before, after in zip(rows, _figures(old), _figures(new), strict=True)
        ),
    )


def _change(asked: Asked, name: str, unit: str, old: float | None, new: float | None) -> tuple[Cell, ...]:
    change = None if old is None or new is None or not old else new / old - 1.0
    return (written(name), exact(old), exact(new), written(unit), share(asked.numbers, change, sign=True))


def _figures(each: BaseYear | None) -> tuple[float | None, ...]:
    """Return what a base year states: emissions, output, intensities."""
    if each is None:
        return (None,) * 5
    return (each.scope_1_2_t, each.scope_3_1_t, each.output, _per(each, "1_2"), _per(each, "3_1"))


def _per(each: BaseYear, part: str) -> float | None:
    """Return an intensity as stated, otherwise by the sums."""
    stated, amount = (
        (each.intensity_1_2, each.scope_1_2_t) if part == "1_2" else (each.intensity_3_1, each.scope_3_1_t)
    )
    if stated is not None or amount is None or not each.output:
        return stated
    return round(amount / each.output, 6)


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
        (path, {each.year: each for year in reported.years for each in year.paths if each.path == path.id})
        for path in known
    ]
    return Section(
        id="paths",
        title=title,
        sentences=tuple(spaced(_name(path, reported.asked), path.source) for path in known if path.source),
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
        note=words("Actual: market-based, of the inventory of the year.") if location else "",
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
    href = why_figure(str(year), figure) if point is not None else ""
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
