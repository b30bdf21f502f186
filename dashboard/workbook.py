"""Reports as Excel workbooks: a page's tables with numbers as numbers; nothing is ever a formula."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.inventory_report import InventoryReport
from dashboard.views.report_table import ReportTable
from dashboard.views.reports import Report, build

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET = 31
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_BEGIN = datetime(1980, 1, 1, tzinfo=UTC)
"""When a file of a period that is still open says it was made: nothing tells the same again."""


def report_workbook(source: Source, asked: Asked) -> bytes:
    """Return the report that a request asks for."""
    words = asked.words
    headings = (words("Since"), words("What"), words("State"), words("Cause"))
    return workbook(build(source, asked), method=words("Method"), alerts=words("Alerts"), headings=headings)


def workbook(report: Report, *, method: str, alerts: str, headings: tuple[str, str, str, str]) -> bytes:
    """Return the file; `method` and `alerts` are names of sheets, `headings` those of the alerts."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, _OPTIONS)
    formats = _Formats(book)
    names: set[str] = set()
    heading = f"{report.plant}: {report.title}"
    for table in report.tables:
        _table(book.add_worksheet(_sheet_name(table.title, names)), heading, table, formats)
    sheet = book.add_worksheet(_sheet_name(method, names))
    rows = [("", report.title), ("", report.plant), ("", report.made), *report.method]
    rows += [("", doubt) for doubt in report.doubts]
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    if report.alerts:
        sheet = book.add_worksheet(_sheet_name(alerts, names))
        for number, row_of in enumerate((headings, *report.alerts)):
            for place, text in enumerate(row_of):
                sheet.write_string(number, place, text)
        sheet.set_column(1, 1, 80)
    book.close()
    return file.getvalue()


def inventory_workbook(report: InventoryReport, asked: Asked) -> bytes:
    """Return an inventory report: what it states on the first sheet, then a sheet for each table.

    The same report gives the same bytes: a closed one bears the instant of its closing.
    """
    file = BytesIO()
    book = xlsxwriter.Workbook(file, _OPTIONS)
    created = datetime.fromisoformat(report.instant) if report.instant else _BEGIN
    book.set_properties({"title": report.title, "company": report.plant, "created": created})
    formats, names = _Formats(book), set[str]()
    heading = f"{report.plant}: {report.title}"
    _statements(book.add_worksheet(_sheet_name(asked.words("Report"), names)), report, formats)
    for place, section in enumerate(report.sections, 1):
        for table in (*section.tables, *section.sheets):
            sheet = book.add_worksheet(_sheet_name(f"{place} {table.title}", names))
            _table(sheet, heading, table, formats)
    book.close()
    return file.getvalue()


def _statements(sheet: Any, report: InventoryReport, formats: _Formats) -> None:
    """Write everything of a report that is no table."""
    sheet.write_string(0, 0, f"{report.plant}: {report.title}", formats.title)
    rows = [("", report.made), ("", report.notice)]
    for place, section in enumerate(report.sections, 1):
        rows.append((f"{place} {section.title}", ""))
        rows += [("", each) for each in section.sentences]
        rows += [(name, str(text)) for name, text in section.facts]
    for number, (name, text) in enumerate(rows, 1):
        sheet.write_string(number, 0, name, formats.bold if not text else formats.text)
        sheet.write_string(number, 1, text, formats.text)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    sheet.fit_to_pages(1, 0)


class _Formats:
    """The few looks of cells, made once a book."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[int, Any] = {}
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.exact = book.add_format({"num_format": "General"})

    def number(self, decimals: int) -> Any:
        """Return the look of a number."""
        if decimals not in self._numbers:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._numbers[decimals] = self._book.add_format({"num_format": pattern})
        return self._numbers[decimals]


def _table(sheet: Any, heading: str, table: ReportTable, formats: _Formats) -> None:
    sheet.write_string(0, 0, heading, formats.title)
    sheet.write_string(1, 0, table.title)
    sheet.write_string(2, 0, table.note)
    if table.rests:
        sheet.write_string(3, 0, table.rests)
    for place, each in enumerate(table.columns):
        head = f"{each.name} ({each.unit})" if each.unit else each.name
        sheet.write_string(4, place, head, formats.head)
        sheet.set_column(place, place, max(10, min(40, len(head) + 2)))
    for number, row in enumerate(table.rows, 5):
        for place, (cell, each) in enumerate(zip(row, table.columns, strict=True)):
            if isinstance(cell.value, str):
                sheet.write_string(number, place, cell.value)
            elif cell.value is not None:  # what is not known stays empty
                decimals = each.decimals if each.decimals is not None else 2
                look = formats.exact if each.is_exact else formats.number(decimals)
                sheet.write_number(number, place, cell.value, look)
    sheet.freeze_panes(5, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(4)


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes, and that no other sheet has in any case."""
    name = _FORBIDDEN.sub(" ", title).strip()[:_LONGEST_SHEET] or "-"
    number = 2
    while name.casefold() in taken:
        name = f"{name[: _LONGEST_SHEET - 3]} {number}"
        number += 1
    taken.add(name.casefold())
    return name
