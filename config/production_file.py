"""A table of output, or of planned output, as a plant keeps it -> statements, or every fault of it. Pure.

Columns, in any order, English or Chinese, either

    process, date [, shift], quantity, unit [, product]        date: a production day, 2026-03 or 2026-W09
    process, since, until, quantity, unit [, product]          until not included
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from config.codes import error, shown, suggest
from config.plant_time import UnknownShift, Unreadable, instant_of, shift_of, span_of
from config.production_rules import Rules, Stated, check_stated, in_output_unit, quantity_of
from config.spreadsheet import NoTable, Sheet, read_sheet
from config.table_rows import cell_faults, header_of, line_fault, width_fault
from domain.findings import Finding
from domain.plant import Process

COLUMNS: dict[str, tuple[str, ...]] = {
    "process": ("line", "工序", "产线", "生产线"),
    "date": ("day", "month", "period", "日期", "生产日期", "月份"),
    "shift": ("班次", "班"),
    "since": ("from", "start", "开始", "开始时间", "起"),
    "until": ("to", "end", "结束", "结束时间", "止"),
    "quantity": ("output", "production", "产量", "数量", "计划产量", "计划"),
    "unit": ("单位",),
    "product": ("alloy", "产品", "合金", "牌号"),
    "note": ("notes", "remark", "remarks", "备注"),
}
"""Column -> its other names. A note is read by nobody."""
_TOTALS = ("total", "sum", "subtotal", "合计", "总计", "小计")
_EVERY = 1000
_EXPECTED = "process,date,quantity,unit or process,since,until,quantity,unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a file says."""

    encoding: str = ""
    separator: str = ""
    rows: int = 0
    """Below the header, without empty ones."""
    stated: tuple[Stated, ...] = ()
    """The rows that are good by themselves."""
    findings: tuple[Finding, ...] = ()


def parse_production(
    content: bytes,
    name: str,
    rules: Rules,
    *,
    process: str | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Parsed:
    """Return what the bytes of a file say; `process` is of rows that name none, and the only one allowed."""
    try:
        sheet = read_sheet(content)
    except NoTable as fault:
        return Parsed(findings=(error("production.file", name, fault.problem, fault.remedy),))
    columns, findings = _columns(sheet, name, rules, process)
    if findings:
        encoding, separator = sheet.encoding, sheet.separator_name
        return Parsed(encoding=encoding, separator=separator, findings=findings)
    reader = _Reader(sheet, columns, rules, process)
    total = len(sheet.lines)
    for line, cells in sheet.rows():
        reader.read(line, cells, f"{name}:{line}")
        if line % _EVERY == 0:
            advance(line, total)
    advance(total, total)
    if not reader.rows:
        reader.findings.append(error("production.empty", name, "has no rows below its header", "add rows"))
    return Parsed(
        encoding=sheet.encoding,
        separator=sheet.separator_name,
        rows=reader.rows,
        stated=tuple(reader.stated),
        findings=tuple(reader.findings),
    )


def _columns(
    sheet: Sheet, name: str, rules: Rules, process: str | None
) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
    """Return column -> place in a row, and what is wrong with the header."""
    place = f"{name}:{sheet.header_line}"
    names = {
        other: column
        for column, others in COLUMNS.items()
        if not (column == "product" and rules.is_plan)
        for other in (column, *others)
    }
    columns, findings = header_of(sheet, names, place, room="production", expected=_EXPECTED)
    if not columns:
        return {}, tuple(findings)
    needed = {"quantity", "unit"} if process else {"process", "quantity", "unit"}
    has_span = bool({"since", "until"} & columns.keys())
    needed |= {"since", "until"} if has_span else {"date"}
    if missing := sorted(needed - columns.keys()):
        problem = f"there is no column {' and no '.join(missing)}"
        findings.append(error("production.header", place, problem, f"the columns are {_EXPECTED}"))
    if has_span and (extra := sorted({"date", "shift"} & columns.keys())):
        problem = f"{' and '.join(extra)} beside since and until say the time twice"
        findings.append(error("production.header", place, problem, "keep one of them"))
    return columns, tuple(findings)


class _Reader:
    """Reads row after row; what recurs (days, processes) is looked up once."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, int], rules: Rules, process: str | None) -> None:
        self.rows = 0
        self.stated: list[Stated] = []
        self.findings: list[Finding] = []
        self._columns = columns
        self._width = len(sheet.header)
        self._decimal_comma = sheet.separator == ";"
        self._rules = rules
        self._process = process
        self._by_name = _by_name(list(rules.processes.values()))
        self._spans: dict[tuple[str, ...], tuple[int, int] | Unreadable] = {}

    def read(self, line: int, cells: Sequence[str] | str, place: str) -> None:
        """Read one row: one statement more, or every fault of it."""
        self.rows += 1
        if isinstance(cells, str):
            self.findings.append(line_fault(cells, place, room="production"))
            return
        findings = self._check_cells(cells, place)
        stated = None if findings else self._stated(line, cells, place, findings)
        if stated is not None:
            findings.extend(check_stated(stated, self._rules))
        if stated is None or findings:
            self.findings.extend(findings)
        else:
            self.stated.append(stated)

    def _check_cells(self, cells: Sequence[str], place: str) -> list[Finding]:
        wide = width_fault(cells, self._width, place, room="production")
        row = {name: self._cell(cells, name) for name in self._columns}
        faults = [
            error(f"production.{fault.what}", place, fault.problem, fault.remedy)
            for fault in cell_faults(row, ("shift", "product"))
        ]
        return [wide, *faults] if wide is not None else faults

    def _stated(self, line: int, cells: Sequence[str], place: str, findings: list[Finding]) -> Stated | None:
        """Return the row as a statement, or None and its faults in `findings`."""
        process = self._process_of(self._cell(cells, "process"), place, findings)
        span = self._span_of(cells)
        if isinstance(span, Unreadable):
            findings.append(_time_fault(span, place))
        number = quantity_of(self._cell(cells, "quantity"), place, decimal_comma=self._decimal_comma)
        if isinstance(number, Finding):
            findings.append(number)
        if process is None:
            return None
        unit = self._cell(cells, "unit")
        exact = Decimal(0) if isinstance(number, Finding) else number
        quantity = in_output_unit(exact, unit, process, place)
        if isinstance(quantity, Finding):
            findings.append(quantity)
            return None
        if findings or isinstance(span, Unreadable):
            return None
        return Stated(
            place=place,
            order=line,
            process=process.id,
            since=span[0],
            until=span[1],
            quantity=quantity,
            unit=process.output_unit,
            product=self._cell(cells, "product"),
        )

    def _cell(self, cells: Sequence[str], name: str) -> str:
        index = self._columns.get(name)
        return cells[index] if index is not None and index < len(cells) else ""

    def _process_of(self, text: str, place: str, findings: list[Finding]) -> Process | None:
        wanted = self._process
        found = self._by_name.get((text or wanted or "").lower())
        if found is None:
            remedy = suggest(text, self._rules.processes)
            if text.lower() in _TOTALS:
                remedy = "take rows with totals out"
            problem = f"{shown(text)} is not the id or name of a process"
            findings.append(error("production.unknown_process", place, problem, remedy))
        elif wanted is not None and found.id != wanted:
            problem = f"the row is of {found.id!r}, asked for is {wanted!r}"
            findings.append(
                error("production.other_process", place, problem, "leave --process out, or take the row out")
            )
        return found

    def _span_of(self, cells: Sequence[str]) -> tuple[int, int] | Unreadable:
        day, shift, since, until = (self._cell(cells, name) for name in ("date", "shift", "since", "until"))
        key = (day, shift, since, until)
        found = self._spans.get(key)
        if found is None:
            try:
                found = _span(day, shift, since, until, self._rules)
            except Unreadable as fault:
                found = fault
            self._spans[key] = found
        return found


def _by_name(processes: Collection[Process]) -> dict[str, Process]:
    """Return processes by label and by id, in small letters; a label that two of them have names none."""
    labels = [(label.lower(), process) for process in processes for label in process.label.values()]
    counts = Counter(label for label, _ in {(label, process.id) for label, process in labels})
    found = {label: process for label, process in labels if counts[label] == 1}
    return found | {process.id.lower(): process for process in processes}


def _span(day: str, shift: str, since: str, until: str, rules: Rules) -> tuple[int, int]:
    """Return [since, until) of a row; Unreadable when it names none."""
    if since:
        return instant_of(since, rules.calendar), instant_of(until, rules.calendar)
    if shift:
        return shift_of(day, shift, rules.calendar)
    return span_of(day, rules.calendar)


def _time_fault(fault: Unreadable, place: str) -> Finding:
    code = "production.unknown_shift" if isinstance(fault, UnknownShift) else "production.bad_date"
    return error(code, place, fault.problem, fault.remedy)
