"""What people declare for the carbon inventory, as a file or a single row -> bodies, or every fault. Pure.

A single row is what somebody typed, or filled into a form: it is read by the same rules as a row of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.carbon_columns import KINDS, Table
from config.carbon_energy_rows import certificates_of, contract_of, fuel_of, invoice_of
from config.carbon_factor_row import factor_of
from config.carbon_lot_rows import base_year_of, explained_of, lot_of
from config.carbon_row import CarbonRules, Fault, Row
from config.codes import error, shown, suggest
from config.spreadsheet import NoTable, Sheet, read_sheet
from config.table_rows import NOTE, cell_faults, header_of, line_fault, width_fault
from domain.carbon_book import Declaration
from domain.findings import Finding

__all__ = ["KINDS", "CarbonRules", "Fault", "ParsedCarbon", "Read", "parse_table", "typed_row"]

_MAKERS: Mapping[str, Callable[[Row], Declaration]] = {
    "emission_factor": factor_of,
    "fuel_use": fuel_of,
    "invoice": invoice_of,
    "certificates": certificates_of,
    "green_contract": contract_of,
    "aluminium_lot": lot_of,
    "base_year": base_year_of,
    "explained": explained_of,
}
_EVERY = 1000
_SPAN = ("date", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A row that is good by itself."""

    place: str
    """Where it is said: `lots.csv:7`, or "" when typed in."""
    order: int
    """Line, for what is reported first."""
    body: Declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCarbon:
    """What a file says."""

    encoding: str = ""
    separator: str = ""
    rows: int = 0
    """Below the header, without empty ones."""
    read: tuple[Read, ...] = ()
    findings: tuple[Finding, ...] = ()


def parse_table(
    content: bytes,
    name: str,
    kind: str,
    rules: CarbonRules,
    *,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> ParsedCarbon:
    """Return what the bytes of a file say; `kind` is of `KINDS`."""
    table = KINDS[kind]
    try:
        sheet = read_sheet(content)
    except NoTable as fault:
        return ParsedCarbon(findings=(error("entry.file", name, fault.problem, fault.remedy),))
    columns, findings = _columns(sheet, f"{name}:{sheet.header_line}", table)
    encoding, separator = sheet.encoding, sheet.separator_name
    if findings:
        return ParsedCarbon(encoding=encoding, separator=separator, findings=tuple(findings))
    rows, read = 0, []
    total = len(sheet.lines)
    for line, cells in sheet.rows():
        rows += 1
        place = f"{name}:{line}"
        found = _line(cells, columns, sheet, table=table, rules=rules, place=place)
        if isinstance(found, list):
            findings += found
        else:
            read.append(Read(place=place, order=line, body=found))
        if line % _EVERY == 0:
            advance(line, total)
    advance(total, total)
    if not rows:
        findings.append(error("entry.empty", name, "has no rows below its header", "add rows"))
    return ParsedCarbon(
        encoding=encoding, separator=separator, rows=rows, read=tuple(read), findings=tuple(findings)
    )


def typed_row(kind: str, fields: Mapping[str, str], rules: CarbonRules) -> Declaration | tuple[Fault, ...]:
    """Return what one row says, by column, or every fault of it; a column may have any of its names."""
    table = KINDS[kind]
    names, cells, faults = table.names, dict[str, str](), []
    for given, text in fields.items():
        column = names.get(given.strip().lower())
        if column is None:
            remedy = suggest(given, [each.name for each in table.columns])
            problem = f"{shown(given)} is no field of {table.word}"
            faults.append(Fault(field=given, code="entry.header", problem=problem, remedy=remedy))
        elif cells.setdefault(column, text.strip()) != text.strip() and column != NOTE:
            problem = f"two fields mean {column}"
            faults.append(Fault(field=column, code="entry.header", problem=problem, remedy="take one out"))
    found = _made(cells, table, rules, decimal_comma=False)
    if faults:
        return (*faults, *(found if isinstance(found, tuple) else ()))
    return found


def _columns(sheet: Sheet, place: str, table: Table) -> tuple[dict[str, int], list[Finding]]:
    """Return column -> place in a row, and what is wrong with the header."""
    needed = [each.name for each in table.columns if each.is_needed]
    expected = ",".join([*needed, *(["date"] if table.has_span else [])])
    columns, findings = header_of(sheet, table.names, place, room="entry", expected=expected)
    if not columns:
        return {}, findings
    missing = [name for name in needed if name not in columns]
    has_ends = "since" in columns or "until" in columns
    if table.has_span:
        missing += [name for name in (_SPAN[1:] if has_ends else _SPAN[:1]) if name not in columns]
        if has_ends and "date" in columns:
            problem = "date beside since and until says the time twice"
            findings.append(error("entry.header", place, problem, "keep one of them"))
    if missing:
        problem = f"there is no column {' and no '.join(missing)}"
        findings.append(error("entry.header", place, problem, f"the table needs {expected}"))
    return columns, findings


def _line(
    cells: Sequence[str] | str,
    columns: Mapping[str, int],
    sheet: Sheet,
    *,
    table: Table,
    rules: CarbonRules,
    place: str,
) -> Declaration | list[Finding]:
    """Return what one line of a file says, or every fault of it."""
    if isinstance(cells, str):
        return [line_fault(cells, place, room="entry")]
    row = {name: cells[index] if index < len(cells) else "" for name, index in columns.items()}
    found = _made(row, table, rules, decimal_comma=sheet.separator == ";")
    wide = width_fault(cells, len(sheet.header), place, room="entry")
    if not isinstance(found, tuple) and wide is None:
        return found
    faults = found if isinstance(found, tuple) else ()
    findings = [error(fault.code, place, fault.problem, fault.remedy) for fault in faults]
    return [wide, *findings] if wide is not None else findings


def _made(
    cells: Mapping[str, str], table: Table, rules: CarbonRules, *, decimal_comma: bool
) -> Declaration | tuple[Fault, ...]:
    """Return the body of a row, or every fault of it."""
    needed = {each.name for each in table.columns if each.is_needed}
    if table.has_span:
        has_ends = bool(cells.get("since") or cells.get("until"))
        needed |= set(_SPAN[1:] if has_ends else _SPAN[:1])
    given = dict.fromkeys(sorted(needed), "") | dict(cells)
    faults = [
        Fault(field=each.column, code=f"entry.{each.what}", problem=each.problem, remedy=each.remedy)
        for each in cell_faults(given, given.keys() - needed)
    ]
    if table.has_span and has_ends and cells.get("date"):
        problem, remedy = "date beside since and until says the time twice", "keep one of them"
        faults.append(Fault(field="date", code="entry.two_times", problem=problem, remedy=remedy))
    if any(fault.code == "entry.formula" for fault in faults):
        return tuple(faults)
    row = Row(table, given, rules, decimal_comma=decimal_comma)
    body = _MAKERS[table.kind](row)
    faults += row.faults
    return tuple(faults) if faults else body
