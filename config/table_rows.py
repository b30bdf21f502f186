"""What every table has, whatever it is of: a header whose columns are known, rows that fit it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from config.codes import error, shown, suggest
from config.spreadsheet import LONGEST_LINE, Sheet
from domain.findings import Finding

NOTE = "note"
"""A column for the plant itself: read by nobody, and there may be several."""
_FORMULA = re.compile(r"[=@]|#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#+$)|[+-][A-Za-z(]")


def header_of(
    sheet: Sheet, names: Mapping[str, str], place: str, *, room: str, expected: str
) -> tuple[dict[str, int], list[Finding]]:
    """Return column -> place in a row, and what is wrong with the header.

    `names` has every way to write a column, in small letters. Without a known one there is no column at all.
    """
    code = f"{room}.header"
    columns: dict[str, int] = {}
    findings: list[Finding] = []
    if not any(text.lower() in names for text in sheet.header):
        problem = f"the first line names no columns: {shown(' '.join(sheet.header))}"
        return {}, [error(code, place, problem, f"begin the table with {expected}")]
    for index, text in enumerate(sheet.header):
        column = names.get(text.lower())
        if column is None:
            remedy = f"{suggest(text, dict.fromkeys(names.values()))} A column for yourself is called {NOTE}"
            findings.append(error(code, place, f"{shown(text)} is no column", remedy))
        elif column in columns and column != NOTE:
            findings.append(error(code, place, f"two columns mean {column}", "take one out"))
        else:
            columns[column] = index
    return columns, findings


def line_fault(problem: str, place: str, *, room: str) -> Finding:
    """Return the finding of a line that has no cells, by what `Sheet.rows` says of it."""
    is_long = "characters" in problem
    code = f"{room}.long_line" if is_long else f"{room}.columns"
    remedy = f"a row has at most {LONGEST_LINE:,}" if is_long else "correct the quotes of that line"
    return error(code, place, f"the line {problem}", remedy)


def width_fault(cells: Sequence[str], width: int, place: str, *, room: str) -> Finding | None:
    """Return the finding of a row with more cells than its header, None when it fits."""
    if not any(cells[width:]):
        return None
    problem = f"the row has {len(cells)} cells, the header {width}"
    remedy = "quote a text that holds the separator; a decimal comma needs semicolons as separators"
    return error(f"{room}.columns", place, problem, remedy)


def is_formula(text: str) -> bool:
    """Say whether a cell holds what a spreadsheet computes, or an error of it."""
    return _FORMULA.match(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """What is wrong with a cell before anybody reads it."""

    column: str
    what: str
    """missing or formula."""
    problem: str
    remedy: str


def cell_faults(row: Mapping[str, str], may_be_empty: Collection[str]) -> list[CellFault]:
    """Return what is wrong with the cells of a row, by column."""
    found = []
    for name, text in row.items():
        if not text and name not in may_be_empty and name != NOTE:
            problem, remedy = f"{name} is empty", f"fill in {name}"
            found.append(CellFault(column=name, what="missing", problem=problem, remedy=remedy))
        elif name != NOTE and is_formula(text):
            problem = f"{name} is a formula or an error of the spreadsheet: {shown(text)}"
            remedy = "copy the column and paste its values only"
            found.append(CellFault(column=name, what="formula", problem=problem, remedy=remedy))
    return found
