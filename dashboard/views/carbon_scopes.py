"""Scopes, sources and months of an inventory as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, hypot

from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import (
    SCOPE_OF,
    SCOPES,
    activity_text,
    carbon_href,
    closings_of,
    code_texts,
    intensity_of,
    line_id,
    line_name,
    lines_of,
    per_output_text,
    per_output_unit,
    plus_minus,
    proof_of,
    scope_name,
    state_word,
    tonnes,
    total_of,
    why_factor,
    why_figure,
)
from dashboard.views.carbon_table import Cell, Column, Row, Table, cell, cells, numeric, texts
from dashboard.views.figure import Figure
from domain.carbon_book import CarbonBook
from domain.inventory import Inventory, Line, Total
from domain.periods import PeriodKind

PARTS_OF: Mapping[str, tuple[str, ...]] = {
    "scope_1_2_location": ("scope_1", "scope_2_location"),
    "scope_1_2_market": ("scope_1", "scope_2_market"),
}
_PARTIAL, _UNKNOWN = "inventory.uncertainty_partial", "inventory.uncertainty_unknown"
_ORDER = (
    "scope_1",
    "scope_2_location",
    "scope_2_market",
    "scope_1_2_location",
    "scope_1_2_market",
    "scope_3_1",
)


def scopes_table(found: Inventory, asked: Asked) -> Table:
    """Return the totals, location- and market-based, in tonnes and per output."""
    words = asked.words
    units = [per.unit for per in found.per_output]
    return Table(
        id="scopes",
        title=words("Scopes"),
        finding=words(
            "Uncertainty at k = 2 (about 95 %). By factors of the base year: what the plant did, without what"
            " the grid did."
        ),
        columns=(
            *texts(words("Scope")),
            *numeric(
                Quantity.CARBON_T.unit,
                words("Uncertainty"),
                *(per_output_unit(unit) for unit in units),
                words("By factors of the base year"),
            ),
            *texts(words("Grade")),
        ),
        rows=tuple(_scope_row(scope, found, asked) for scope in _ORDER),
        note=_output_note(found, asked),
    )


def sum_of(found: Inventory, scope: str) -> tuple[float | None, float | None, float | None]:
    """Return (tCO2e, relative uncertainty, tCO2e by fixed factors) of a total or of a sum of two."""
    parts: tuple[Total, ...] = tuple(total_of(found, each) for each in PARTS_OF.get(scope, (scope,)))
    if len(parts) == 1:
        return parts[0].tco2e, parts[0].uncertainty, parts[0].fixed_t
    one, two = parts
    if one.tco2e is None or two.tco2e is None:
        return None, None, None
    amount = one.tco2e + two.tco2e
    fixed = None if one.fixed_t is None or two.fixed_t is None else one.fixed_t + two.fixed_t
    told = [told_t(found, each) or 0.0 for each in PARTS_OF[scope]]
    spread = hypot(told[0] * (one.uncertainty or 0.0), told[1] * (two.uncertainty or 0.0))
    # A part of 0 t has no spread of its own: certificates cover all of it.
    is_known = all(part.uncertainty is not None or part.tco2e == 0.0 for part in parts)
    return amount, spread / fsum(told) if is_known and fsum(told) else None, fixed


def told_t(found: Inventory, scope: str) -> float | None:
    """Return the tonnes of a total that its uncertainty is of: not those of sources that state none."""
    whole = total_of(found, scope).tco2e
    if whole is None:
        return None
    return whole - fsum(line.tco2e or 0.0 for line in lines_of(found, scope) if line.uncertainty is None)


def _scope_row(scope: str, found: Inventory, asked: Asked) -> Row:
    amount, uncertainty, fixed = sum_of(found, scope)
    name, href = found.period.name, why_figure(found.period.name, scope)
    parts = tuple(total_of(found, each) for each in PARTS_OF.get(scope, (scope,)))
    codes = [code for part in parts for code in part.codes]
    of_sum = [code for code in codes if code.startswith("inventory.")]
    if _UNKNOWN in of_sum:  # says it of both parts
        of_sum = [code for code in of_sum if code != _PARTIAL]
    return Row(
        cells=(
            cell(
                scope_name(scope, asked),
                _doubts(codes, asked) if amount is None else " ".join(code_texts(of_sum, asked)),
            ),
            cell(tonnes(amount, href, asked)),
            cell(Figure(plus_minus(uncertainty, asked), href if uncertainty is not None else "")),
            *(_per_cell(per.unit, intensity_of(per, scope), scope, name, asked) for per in found.per_output),
            cell(tonnes(fixed, href, asked)),
            cell(proof_of(parts[-1].evidence, asked, is_over=found.is_over).grade),
        ),
        is_sum=scope in PARTS_OF,
    )


def _doubts(codes: Sequence[str], asked: Asked) -> str:
    """Return why a total is not known."""
    return " · ".join(code_texts(codes, asked)) or asked.words("nothing is entered of it")


def _per_cell(unit: str, value: float | None, scope: str, name: str, asked: Asked) -> Cell:
    if scope in ("scope_2_location", "scope_2_market"):
        return cell("")  # said together with Scope 1
    href = why_figure(name, f"per_output.{unit}.{scope}")
    return cell(Figure(per_output_text(value, unit, asked), href))


def _output_note(found: Inventory, asked: Asked) -> str:
    words, numbers = asked.words, asked.numbers
    quantities = {"t": Quantity.OUTPUT_T, "m2": Quantity.OUTPUT_M2}
    known = [
        numbers.quantity(per.output, quantities[per.unit])
        for per in found.per_output
        if per.unit in quantities
    ]
    if not known:
        return words("No output in one unit: nothing is known per output.")
    return words("Output: %(amounts)s.", amounts=words(", ").join(known))


# sources


def lines_table(found: Inventory, asked: Asked) -> Table:
    """Return every source of Scopes 1 and 2; lots have a table of their own."""
    words = asked.words
    lines = [line for line in found.lines if line.scope != "3_1"]
    return Table(
        id="sources",
        title=words("Sources of Scopes 1 and 2"),
        finding=words("Each figure leads to its formula, factors, meters and readings."),
        columns=(
            *texts(words("Source of emissions"), words("Scope")),
            *numeric(words("Activity"), Quantity.CARBON_T.unit, words("Uncertainty")),
            *texts(words("Grade"), words("Factors")),
        ),
        rows=tuple(_line_row(line, found, asked) for line in lines),
        empty=words("No meter and no entry tells of gas, fuel or electricity in this period."),
    )


def _line_row(line: Line, found: Inventory, asked: Asked) -> Row:
    href = why_figure(found.period.name, line_id(line))
    shown = proof_of(line.evidence, asked, is_over=found.is_over)
    notes = [shown.mark, *code_texts(line.codes, asked)]
    return Row(
        cells=(
            cell(
                Figure(line_name(line, asked), href),
                " · ".join(dict.fromkeys(each for each in notes if each)),
            ),
            cell(scope_name(SCOPE_OF[line.scope], asked)),
            cell(Figure(activity_text(line, asked), href)),
            cell(tonnes(line.tco2e, href, asked)),
            cell(plus_minus(line.uncertainty, asked)),
            cell(shown.grade),
            cells(Figure(factor.id, why_factor(factor)) for factor in line.factors),
        )
    )


# months


def months_table(months: Sequence[Inventory], shown: Inventory, book: CarbonBook, asked: Asked) -> Table:
    """Return the months of the year with their state."""
    words = asked.words
    return Table(
        id="months",
        title=words("Months of %(year)s", year=shown.period.name[:4]),
        finding=words("A closed month stands, whatever is entered later; a change is a restatement."),
        columns=(
            *texts(words("Month"), words("State")),
            *numeric(*(scope_name(scope, asked) for scope in SCOPES)),
            Column(name=words("Scope 1 and 2, market-based, per t"), is_number=True),
        ),
        rows=tuple(_month_row(month, shown, book, asked) for month in months),
        empty=words("No month of this year has figures."),
    )


def _month_row(month: Inventory, shown: Inventory, book: CarbonBook, asked: Asked) -> Row:
    name, numbers = month.period.name, asked.numbers
    word, state = state_word(month, asked)
    closing = next((each for each in reversed(closings_of(book, name)) if each.number == month.entry), None)
    note = "" if closing is None else f"{closing.approver}, {numbers.day(closing.at)}"
    per = next((each for each in month.per_output if each.unit == "t"), None)
    value = per.scope_1_2_market if per is not None else None
    is_this = shown.period.kind is PeriodKind.MONTH and shown.period.name == name
    return Row(
        cells=(
            cell(Figure(name, "" if is_this else carbon_href(month.period, asked))),
            cell(Figure(word, f"/why/inventory/{name}"), note, state=state),
            *(cell(tonnes(total_of(month, scope).tco2e, why_figure(name, scope), asked)) for scope in SCOPES),
            cell(
                Figure(
                    per_output_text(value, "t", asked),
                    why_figure(name, "per_output.t.scope_1_2_market") if value is not None else "",
                )
                if per is not None
                else MISSING
            ),
        ),
        is_sum=is_this,
    )
