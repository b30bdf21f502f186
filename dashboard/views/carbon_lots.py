"""Aluminium that was bought, supplier by supplier and lot by lot: how it was counted, and what it weighs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from markupsafe import Markup

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import (
    activity_text,
    code_texts,
    level_name,
    line_id,
    plus_minus,
    tonnes,
    why_figure,
)
from dashboard.views.carbon_table import Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure, linked
from domain.carbon_book import Booked, CarbonBook
from domain.carbon_entries import AluminiumLot
from domain.inventory import Inventory, Line

_MOST_SUPPLIERS = 15
"""As many as the reduction plan asks to reduce too."""
LEVELS = ("lot.supplier.1", "lot.hybrid.1", "lot.average.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """The lots of one supplier in a period."""

    name: str
    lots: tuple[Line, ...]

    @property
    def mass_t(self) -> float:
        """Return the mass of the lots."""
        return sum(line.activity or 0.0 for line in self.lots)

    @property
    def tco2e(self) -> float | None:
        """Return the sum of its lots; None where one is not known."""
        known = [line.tco2e for line in self.lots if line.tco2e is not None]
        return sum(known) if len(known) == len(self.lots) else None


def suppliers_of(found: Inventory) -> tuple[Supplier, ...]:
    """Return the suppliers of a period, the heaviest in carbon first; unknown ones before all."""
    lots: dict[str, list[Line]] = defaultdict(list)
    for line in found.lines:
        if line.scope == "3_1":
            lots[line.subject].append(line)
    made = (Supplier(name=name, lots=tuple(of)) for name, of in lots.items())
    return tuple(sorted(made, key=lambda each: (each.tco2e is not None, -(each.tco2e or 0.0), each.name)))


def groups_of(found: Inventory) -> tuple[tuple[Line, ...], ...]:
    """Return the lots of a period by supplier and method, in order."""
    lots: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in found.lines:
        if line.scope == "3_1":
            lots[line.subject, line.formula].append(line)
    return tuple(tuple(each) for _, each in sorted(lots.items()))


def summed(amounts: Sequence[float | None]) -> float | None:
    """Return a sum; None where a part of it is not known."""
    known = [each for each in amounts if each is not None]
    return fsum(known) if len(known) == len(amounts) else None


def suppliers_table(found: Inventory, asked: Asked) -> Table:
    """Return the suppliers that weigh most."""
    words = asked.words
    all_of = suppliers_of(found)
    return Table(
        id="suppliers",
        title=words("Aluminium by supplier (Scope 3, category 1)"),
        finding=_levels(found, asked),
        columns=(
            *texts(words("Supplier")),
            *numeric(
                words("Lots"),
                words("Mass"),
                words("Mean factor, tCO₂e/t"),
                Quantity.CARBON_T.unit,
                words("Share of the total"),
            ),
        ),
        rows=tuple(_supplier_row(each, found, asked) for each in all_of[:_MOST_SUPPLIERS]),
        note=words("The first %(most)s of %(count)s suppliers.", most=_MOST_SUPPLIERS, count=len(all_of))
        if len(all_of) > _MOST_SUPPLIERS
        else "",
        empty=words("No lot of aluminium is entered for this period: Scope 3 category 1 is not known."),
    )


def _supplier_row(supplier: Supplier, found: Inventory, asked: Asked) -> Row:
    numbers = asked.numbers
    href = why_figure(found.period.name, f"supplier.{supplier.name}")
    amount, mass = supplier.tco2e, supplier.mass_t
    return Row(
        cells=(
            cell(Figure(supplier.name or MISSING, href)),
            cell(numbers.number(len(supplier.lots))),
            cell(Figure(numbers.quantity(mass, Quantity.OUTPUT_T), href)),
            cell(numbers.number(amount / mass if amount is not None and mass else None, 3)),
            cell(tonnes(amount, href, asked)),
            cell(numbers.percent(share_of(amount, found))),
        )
    )


def share_of(amount: float | None, found: Inventory) -> float | None:
    """Return the share of an amount in all of category 1, as far as it is known."""
    whole = found.scope_3_1.known_t
    return amount / whole if amount is not None and whole else None


def _levels(found: Inventory, asked: Asked) -> Markup | str:
    """Return how much was counted by which of the three methods."""
    words = asked.words
    lots = [line for line in found.lines if line.scope == "3_1"]
    shares = {
        level: share_of(sum(line.tco2e or 0.0 for line in lots if line.formula == level), found)
        for level in LEVELS
    }
    if not lots or shares["lot.supplier.1"] is None:
        return ""
    return linked(
        words(
            "By factors of the suppliers %(supplier)s, by shares of primary and recycled metal %(hybrid)s,"
            " by average data %(average)s."
        ),
        supplier=asked.numbers.percent(shares["lot.supplier.1"], 0),
        hybrid=asked.numbers.percent(shares["lot.hybrid.1"], 0),
        average=asked.numbers.percent(shares["lot.average.1"], 0),
    )


# lots


def lots_table(found: Inventory, book: CarbonBook, asked: Asked) -> Table:
    """Return every lot, the heaviest in carbon first."""
    words = asked.words
    lots = sorted(
        (line for line in found.lines if line.scope == "3_1"),
        key=lambda line: (line.tco2e is not None, -(line.tco2e or 0.0), line.id),
    )
    return Table(
        id="lots",
        title=words("Lots of aluminium"),
        columns=(
            *texts(words("Lot"), words("Supplier"), words("Method")),
            *numeric(words("Mass"), words("Factor, tCO₂e/t"), Quantity.CARBON_T.unit),
            *numeric(words("Uncertainty"), words("Share of the total")),
            *texts(words("Boundary, verifier")),
        ),
        rows=_lot_rows(lots, found, book, asked),
        empty=words("No lot of aluminium is entered for this period: Scope 3 category 1 is not known."),
        is_long=True,
    )


def _lot_rows(lots: Sequence[Line], found: Inventory, book: CarbonBook, asked: Asked) -> tuple[Row, ...]:
    entries = {each.number: each for each in book.booked if isinstance(each.body, AluminiumLot)}
    return tuple(
        _lot_row(line, next((entries[n] for n in line.entries if n in entries), None), found, asked)
        for line in lots
    )


def _lot_row(line: Line, entry: Booked | None, found: Inventory, asked: Asked) -> Row:
    numbers = asked.numbers
    href = why_figure(found.period.name, line_id(line))
    factor = line.tco2e / line.activity if line.tco2e is not None and line.activity else None
    return Row(
        cells=(
            cell(Figure(line.id, href), " · ".join(code_texts(line.codes, asked))),
            cell(line.subject or MISSING),
            cell(level_name(line, asked)),
            cell(activity_text(line, asked)),
            cell(Figure(numbers.number(factor, 3), href if factor is not None else "")),
            cell(tonnes(line.tco2e, href, asked)),
            cell(plus_minus(line.uncertainty, asked)),
            cell(numbers.percent(share_of(line.tco2e, found))),
            cell(_boundary(entry, asked)),
        )
    )


def _boundary(entry: Booked | None, asked: Asked) -> str:
    if entry is None or not isinstance(entry.body, AluminiumLot):
        return MISSING
    body, words = entry.body, asked.words
    told = [body.boundary, str(body.year) if body.year is not None else ""]
    told.append(words("verified by %(who)s", who=body.verifier) if body.verifier else "")
    return f",{NBSP}".join(each for each in told if each) or MISSING
