"""Sections of an inventory report about emissions: by category, by gas, by source, per output."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

from dashboard.page import Asked
from dashboard.said import thing
from dashboard.views.carbon_figures import (
    GASES,
    SCOPE_OF,
    SCOPES,
    gases_of,
    line_id,
    line_name,
    per_output_unit,
    total_of,
    unit_text,
    why_figure,
)
from dashboard.views.carbon_scopes import PARTS_OF, sum_of
from dashboard.views.inventory_report_parts import (
    Other,
    Reported,
    Section,
    counted,
    entries,
    reference,
    spaced,
    tonnes,
    tonnes_column,
    twofold,
)
from dashboard.views.inventory_report_words import scope_name
from dashboard.views.report_table import Cell, Column, ReportTable, written
from domain.inventory import Line, PerOutput

_PER_OUTPUT = 4


def emissions(reported: Reported) -> Section:
    """Return what was emitted, by category and by gas."""
    words = reported.asked.words
    return Section(
        id="emissions",
        title=words("Quantified emissions"),
        sentences=(
            words(
                "Biogenic CO₂: none is stated, no biogenic fuel is entered. Removals of greenhouse gases:"
                " none are quantified. HFCs, PFCs, SF₆ and NF₃: none are quantified."
            ),
            words(
                "Own solar power and recovered heat stand beside the inventory and are never subtracted from"
                " it; carbon credits are not counted."
            ),
        ),
        tables=(_categories(reported), _gases(reported), *_months(reported)),
    )


def _categories(reported: Reported) -> ReportTable:
    asked, found = reported.asked, reported.inventory
    words = asked.words
    names = {
        **{SCOPE_OF[scope]: scope_name(scope, asked) for scope in SCOPE_OF},
        "scope_1_2_location": words("Categories 1 and 2, location-based"),
        "scope_1_2_market": words("Categories 1 and 2, market-based"),
    }
    rows = []
    for figure, name in names.items():
        amount, uncertainty, fixed = sum_of(found, figure)
        href = reported.why(figure)
        parts = [] if figure in PARTS_OF else [total_of(found, figure)]
        rows.append(
            (
                written(name, href),
                tonnes(asked.numbers, amount, href),
                twofold(asked.numbers, uncertainty),
                tonnes(asked.numbers, fixed, href),
                *(reported.grade(each.evidence) for each in parts),
                *([] if parts else [written(words("its parts above"))]),
                reference(figure, href),
            )
        )
    return ReportTable(
        id="categories",
        title=words("Emissions by category"),
        note=words(
            "By base-year factors: the same activity with the factors chosen for 1 July of the base year,"
            " which shows what the plant did and not what the grid did. A dash: not known, never 0."
        ),
        columns=(
            Column(name=words("Category")),
            tonnes_column(words("Emissions")),
            Column(name=words("Uncertainty, k = 2"), unit="%", decimals=1),
            tonnes_column(words("By base-year factors")),
            Column(name=words("Rests on")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(rows),
    )


def _gases(reported: Reported) -> ReportTable:
    asked = reported.asked
    words = asked.words
    rows = []
    for scope in ("1", "2_location", "2_market", "3_1"):
        of = [line for line in reported.inventory.lines if line.scope == scope]
        lines = [(line_name(each, asked), line_id(each), [each]) for each in of if scope == "1"]
        rows += [_gas_row(reported, (name, figure), each, each[0].tco2e) for name, figure, each in lines]
        if of:
            whole = total_of(reported.inventory, SCOPE_OF[scope]).tco2e
            rows.append(_gas_row(reported, (scope_name(scope, asked), SCOPE_OF[scope]), of, whole))
    return ReportTable(
        id="gases",
        title=words("Emissions by gas"),
        note=words(
            "Each gas in tonnes of CO₂e. Not split: sources whose factor is given for all gases together, as"
            " those of aluminium; factors of the grid are of CO₂ alone."
        ),
        columns=(
            Column(name=words("Source")),
            tonnes_column("CO₂"),
            tonnes_column("CH₄"),
            tonnes_column("N₂O"),
            tonnes_column(words("Not split")),
            tonnes_column(words("All")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(rows),
    )


def _gas_row(
    reported: Reported, named: tuple[str, str], lines: Sequence[Line], whole: float | None
) -> tuple[Cell, ...]:
    """Return a source or a sum, by name and figure; one gas that is all of it is the same number."""
    numbers, (name, figure) = reported.asked.numbers, named
    href, told = reported.why(figure), gases_of(lines)
    if whole is not None and len(told) == 1 and isclose(next(iter(told.values())), whole):
        told = dict.fromkeys(told, whole)
    cells = [tonnes(numbers, told.get(gas), href) for gas in GASES]
    return (written(name, href), *cells, tonnes(numbers, whole, href), reference(figure, href))


def _months(reported: Reported) -> tuple[ReportTable, ...]:
    """Return the months of a year."""
    if not reported.months:
        return ()
    words = reported.asked.words
    return (
        ReportTable(
            id="months",
            title=words("Emissions by month"),
            note=words("A month that was restated since stands with the figures that this report knows.")
            if any(each.restated_by is not None for each in reported.months)
            else "",
            columns=(
                Column(name=words("Month"), is_whole=True),
                tonnes_column(words("Category 1")),
                tonnes_column(words("Category 2, location-based")),
                tonnes_column(words("Category 2, market-based")),
                tonnes_column(words("Category 4, aluminium")),
                Column(name=words("State")),
            ),
            rows=tuple(_month(each, reported.asked) for each in reported.months),
        ),
    )


def _month(month: Other, asked: Asked) -> tuple[Cell, ...]:
    words, numbers, name = asked.words, asked.numbers, month.name
    word = {"open": words("open"), "closed": words("closed")}.get(month.state, words("restated"))
    since = month.restated_by
    return (
        written(name, f"/why/inventory/{name}"),
        *(
            tonnes(numbers, month.stated.totals[scope], why_figure(name, scope) if since is None else "")
            for scope in SCOPES
        ),
        written(word)
        if since is None
        else written(
            words("%(state)s; restated since, by entry %(number)s", state=word, number=since),
            f"/why/restatement/{name}",
        ),
    )


# activity data


def activity(reported: Reported) -> Section:
    """Return what was burnt and bought, and what the figures of each source rest on."""
    words = reported.asked.words
    lines = [line for line in reported.inventory.lines if line.scope != "3_1"]
    return Section(
        id="activity",
        title=words("Activity data"),
        tables=(
            ReportTable(
                id="activity-data",
                title=words("Activity data by source"),
                note=words("Aluminium stands in its own section."),
                columns=(
                    Column(name=words("Source")),
                    Column(name=words("Activity"), decimals=3),
                    Column(name=words("Unit"), is_whole=True),
                    tonnes_column(words("Emissions")),
                    Column(name=words("Formula"), is_whole=True),
                    Column(name=words("Meters and entries")),
                    Column(name=words("Rests on")),
                    Column(name=words("Evidence"), is_whole=True),
                ),
                rows=tuple(_activity(reported, line) for line in lines),
            ),
        ),
    )


def _activity(reported: Reported, line: Line) -> tuple[Cell, ...]:
    asked, href = reported.asked, reported.why(line_id(line))
    words = asked.words
    market = {"2_location": words("location-based"), "2_market": words("market-based")}.get(line.scope, "")
    meters = words(", ").join(thing(each, asked) for each in line.points)
    typed = words("entries %(numbers)s", numbers=entries(line.entries)) if line.entries else ""
    return (
        written(spaced(asked, line_name(line, asked), market), href),
        counted(asked.numbers, line.activity, 3 if line.unit == "t" else 0, href),
        written(unit_text(line.unit)),
        tonnes(asked.numbers, line.tco2e, href),
        written(line.formula),
        written(spaced(asked, meters, typed) or "–"),
        reported.grade(line.evidence),
        reference(line_id(line), href),
    )


# per output


def intensities(reported: Reported) -> Section:
    """Return emissions per output."""
    words = reported.asked.words
    per = [
        (name, part)
        for part, name in (
            ("scope_1", words("Category 1")),
            ("scope_1_2_location", words("Categories 1 and 2, location-based")),
            ("scope_1_2_market", words("Categories 1 and 2, market-based")),
            ("scope_3_1", words("Category 4, aluminium")),
        )
    ]
    rows = [
        _intensity(reported, each, name, part) for each in reported.inventory.per_output for name, part in per
    ]
    table = ReportTable(
        id="per-output",
        title=words("Emissions per output"),
        note=words("Emissions of the period by output of the period; never a mean of ratios."),
        columns=(
            Column(name=words("Category")),
            Column(name=words("Output"), decimals=1),
            Column(name=words("Per output"), decimals=_PER_OUTPUT),
            Column(name=words("Unit")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(rows),
    )
    nothing = words("No output is known for this period: there are no intensities.")
    return Section(
        id="intensities",
        title=words("Intensities"),
        sentences=() if rows else (nothing,),
        tables=(table,) if rows else (),
    )


def _intensity(reported: Reported, per: PerOutput, name: str, part: str) -> tuple[Cell, ...]:
    numbers, figure = reported.asked.numbers, f"per_output.{per.unit}.{part}"
    value: float | None = getattr(per, part)
    href, is_small = reported.why(figure), per.unit == "m2"
    return (
        written(name, href),
        counted(numbers, per.output, 1, href),
        counted(numbers, None if value is None else value * (1000.0 if is_small else 1.0), _PER_OUTPUT, href),
        written(per_output_unit(per.unit)),
        reference(figure, href),
    )
