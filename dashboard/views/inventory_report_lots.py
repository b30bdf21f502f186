"""The section of an inventory report about purchased aluminium: lot by lot, many of them summed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

from dashboard.numbers import MISSING
from dashboard.views.carbon_figures import level_name, line_id
from dashboard.views.carbon_lots import groups_of, summed
from dashboard.views.inventory_report_parts import (
    Reported,
    Section,
    counted,
    entries,
    exact,
    spaced,
    tonnes,
    tonnes_column,
    twofold,
)
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon_entries import AluminiumLot, ScrapMethod
from domain.inventory import Line

_MOST = 24
"""Lots that a report lists one by one; more are summed, and the workbook has the list."""


def aluminium(reported: Reported) -> Section:
    """Return the aluminium that was bought, lot by lot."""
    words = reported.asked.words
    lines = [line for line in reported.inventory.lines if line.scope == "3_1"]
    nothing = words("No aluminium is entered for this period: category 4 is not known.")
    return Section(
        id="aluminium",
        title=words("Purchased aluminium"),
        sentences=(
            words(
                "The supplier's own factor goes before shares of primary metal and scrap, these before the"
                " average of primary metal. Scrap by cut-off carries only its remelting; as a co-product it"
                " carries the burden of primary metal."
            ),
        )
        if lines
        else (nothing,),
        tables=(_lots(reported, lines) if len(lines) <= _MOST else _summed(reported, lines),)
        if lines
        else (),
        sheets=(_lots(reported, lines),) if len(lines) > _MOST else (),
    )


def _summed(reported: Reported, lines: list[Line]) -> ReportTable:
    """Return lots by supplier and method."""
    words = reported.asked.words
    whole = summed([line.tco2e for line in lines])
    total = reported.inventory.scope_3_1.tco2e
    if whole is not None and total is not None and isclose(whole, total):
        whole = total
    return ReportTable(
        id="lots",
        title=words("Aluminium by supplier and method"),
        note=words(
            "Each lot stands in the workbook and on the carbon page. Mean factor: emissions by mass; a dash"
            " where a lot is not known."
        ),
        columns=(
            Column(name=words("Supplier")),
            Column(name=words("Method")),
            Column(name=words("Lots"), decimals=0),
            Column(name=words("Mass"), unit="t", decimals=1),
            Column(name=words("Mean factor"), unit="tCO₂e/t", decimals=4),
            tonnes_column(words("Emissions")),
            Column(name=words("Share"), unit="%", decimals=1),
            Column(name=words("Formula"), is_whole=True),
        ),
        rows=(
            *(_group(reported, each, whole) for each in groups_of(reported.inventory)),
            _group(reported, lines, whole, is_all=True),
        ),
    )


def _group(
    reported: Reported, lines: Sequence[Line], whole: float | None, *, is_all: bool = False
) -> tuple[Cell, ...]:
    """Return some lots together."""
    asked, href = reported.asked, reported.why("scope_3_1")
    numbers = asked.numbers
    mass = summed([line.activity for line in lines])
    emitted = whole if is_all else summed([line.tco2e for line in lines])
    return (
        written(asked.words("All") if is_all else lines[0].subject or MISSING, href),
        written(MISSING if is_all else level_name(lines[0], asked)),
        counted(numbers, len(lines), 0),
        counted(numbers, mass, 1, href),
        counted(numbers, None if emitted is None or not mass else emitted / mass, 4, href),
        tonnes(numbers, emitted, href),
        share(numbers, None if emitted is None or not whole else emitted / whole),
        written(MISSING if is_all else lines[0].formula),
    )


def _lots(reported: Reported, lines: list[Line]) -> ReportTable:
    words = reported.asked.words
    return ReportTable(
        id="lots",
        title=words("Lots of aluminium"),
        note=words(
            "Shares: primary metal / scrap before use / scrap after use. Evidence: line.3_1. and the lot."
        ),
        columns=(
            Column(name=words("Lot"), is_whole=True),
            Column(name=words("Supplier")),
            Column(name=words("Mass"), unit="t", decimals=1),
            Column(name=words("Factor"), unit="tCO₂e/t", is_exact=True),
            tonnes_column(words("Emissions")),
            Column(name=words("Uncertainty, k = 2"), unit="%", decimals=1),
            Column(name=words("Shares, scrap method")),
            Column(name=words("Boundary, year, verifier")),
            Column(name=words("Formula"), is_whole=True),
            Column(name=words("Entry")),
        ),
        rows=tuple(_lot(reported, line) for line in lines),
    )


def _lot(reported: Reported, line: Line) -> tuple[Cell, ...]:
    asked, href = reported.asked, reported.why(line_id(line))
    words, numbers = asked.words, asked.numbers
    lot = reported.body(line.entries, AluminiumLot)
    factor = line.tco2e / line.activity if line.tco2e is not None and line.activity else None
    shares, stated = MISSING, MISSING
    if isinstance(lot, AluminiumLot):
        if lot.primary is not None:
            parts = (lot.primary, lot.pre_consumer, lot.post_consumer)
            method = words("cut-off") if lot.scrap_method is ScrapMethod.CUT_OFF else words("co-product")
            shares = spaced(asked, " / ".join(numbers.percent(each, 0) for each in parts), method)
        year = str(lot.year) if lot.year is not None else ""
        stated = (
            spaced(asked, lot.boundary, year, lot.verifier or words("no verifier"))
            if lot.factor_t_per_t
            else MISSING
        )
    return (
        written(line.id, href),
        written(line.subject or MISSING),
        counted(numbers, line.activity, 1, href),
        exact(None if factor is None else round(factor, 6), href),
        tonnes(numbers, line.tco2e, href),
        twofold(numbers, line.uncertainty),
        written(shares),
        written(stated),
        written(line.formula),
        written(entries(line.entries) or MISSING),
    )
