"""Sums of the inventory by gas, by supplier, by instrument: what the report prints, with the same digits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import fsum, isclose

from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import (
    GASES,
    gases_of,
    level_name,
    line_id,
    line_name,
    lines_of,
    total_of,
    why_figure,
)
from dashboard.views.carbon_lots import groups_of, summed
from dashboard.views.carbon_table import Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from domain.inventory import Inventory, Line

_TONNES, _FACTOR = 3, 4
"""Decimals, as in the report."""


def gases_table(scope: str, found: Inventory, asked: Asked) -> Table:
    """Return a total by gas; of direct emissions each source too."""
    words, numbers = asked.words, asked.numbers
    lines = lines_of(found, scope)
    parts = [(line_name(line, asked), line_id(line), [line], line.tco2e) for line in lines]
    whole = (words("All"), scope, list(lines), total_of(found, scope).tco2e)
    rows = []
    for name, figure, of, amount in (*(parts if scope == "scope_1" else ()), whole):
        told = gases_of(of)
        if amount is not None and len(told) == 1 and isclose(next(iter(told.values())), amount):
            told = dict.fromkeys(told, amount)
        rows.append(
            Row(
                cells=(
                    cell(Figure(name, why_figure(found.period.name, figure))),
                    *(cell(numbers.number(told.get(gas), _TONNES)) for gas in GASES),
                    cell(numbers.number(amount, _TONNES)),
                ),
                is_sum=figure == scope,
            )
        )
    return Table(
        id="gases",
        title=words("By gas"),
        columns=(
            *texts(words("Source of emissions")),
            *numeric("CO₂", "CH₄", "N₂O", words("Not split"), words("All")),
        ),
        rows=tuple(rows) if lines else (),
        note=words("In tonnes of CO₂e."),
        empty=words("Nothing is entered or metered of it: it is not known, and not 0."),
    )


def groups_table(found: Inventory, asked: Asked) -> Table:
    """Return the aluminium by supplier and method, and all of it."""
    words = asked.words
    rows = []
    for lots in groups_of(found):
        supplier = lots[0].subject
        name = Figure(supplier or MISSING, why_figure(found.period.name, f"supplier.{supplier}"))
        rows.append(_group_row(name, level_name(lots[0], asked), lots, asked))
    lines = lines_of(found, "scope_3_1")
    rows.append(_group_row(Figure(words("All")), "", lines, asked, is_sum=True))
    return Table(
        id="suppliers",
        title=words("Aluminium by supplier and method"),
        columns=(
            *texts(words("Supplier"), words("Method")),
            *numeric(words("Lots"), words("Mass"), words("Mean factor, tCO₂e/t"), Quantity.CARBON_T.unit),
        ),
        rows=tuple(rows),
        is_long=len(rows) > 16,
    )


def _group_row(name: Figure, method: str, lots: Sequence[Line], asked: Asked, *, is_sum: bool = False) -> Row:
    numbers = asked.numbers
    mass, emitted = summed([line.activity for line in lots]), summed([line.tco2e for line in lots])
    mean = None if emitted is None or not mass else emitted / mass
    return Row(
        cells=(
            cell(name),
            cell(method),
            cell(numbers.number(len(lots))),
            cell(numbers.quantity(mass, Quantity.OUTPUT_T)),
            cell(numbers.number(mean, _FACTOR)),
            cell(numbers.number(emitted, _TONNES)),
        ),
        is_sum=is_sum,
    )


def instruments_table(found: Inventory, asked: Asked) -> Table:
    """Return what each block of certificates and each contract covers of the period."""
    words = asked.words
    covered: dict[tuple[str, int], list[float]] = defaultdict(list)
    for each in found.covers:
        covered[each.instrument, each.entry].append(each.kwh)
    return Table(
        id="instruments",
        title=words("Instruments"),
        columns=(*texts(words("Certificates or contract")), *numeric("kWh")),
        rows=tuple(
            Row(
                cells=(
                    cell(
                        Figure(
                            name.replace("..", " … "), why_figure(found.period.name, f"instrument.{entry}")
                        )
                    ),
                    cell(asked.numbers.number(fsum(kwh))),
                )
            )
            for (name, entry), kwh in covered.items()
        ),
        empty=words("Nothing covers it: all of it counts as residual mix."),
        is_long=len(covered) > 16,
    )
