"""A table as spreadsheets export it: any of their encodings and separators, line by line. Pure.

Each line is a row of its own, so that one forgotten quote spoils one line and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE = 10_000
"""Characters; a row of ours has a hundred."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LINE_END = re.compile(r"\r\n|\n|\r")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f]")


class NoTable(Exception):
    """The content is no table: what it is instead, and the cure."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table that has at least a header."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    header_line: int
    lines: tuple[str, ...]
    """All lines of the file."""

    @property
    def separator_name(self) -> str:
        """Return what a person calls the separator."""
        return _SEPARATORS[self.separator]

    def rows(self) -> Iterator[tuple[int, list[str] | str]]:
        """Give (line number, cells) of each row below the header; why it has no cells instead, if so."""
        for number, line in enumerate(self.lines[self.header_line :], self.header_line + 1):
            if len(line) > LONGEST_LINE:
                yield number, f"has {len(line):,} characters"
            else:
                quoted = '"' in line
                cells = _quoted(line, self.separator) if quoted else _split(line, self.separator)
                if isinstance(cells, str) or any(cells):
                    yield number, cells


def read_sheet(content: bytes) -> Sheet:
    """Return the table in the bytes of a file; NoTable when there is none."""
    text, encoding = _decoded(content)
    lines = tuple(_LINE_END.split(text))
    first = next((place for place, line in enumerate(lines) if line.strip(",; \t")), None)
    separators = list(_SEPARATORS)
    if first is not None and re.fullmatch(r"sep=[,;\t]", lines[first]):  # Excel's own hint
        separators = [lines[first][-1]]
        rest = enumerate(lines[first + 1 :], first + 1)
        first = next((place for place, line in rest if line.strip(",; \t")), None)
    if first is None:
        raise NoTable("is empty", "export it again, with the names of the columns in the first line")
    if len(lines[first]) > LONGEST_LINE:
        raise NoTable(f"has a first line of {len(lines[first]):,} characters", "export the table as CSV")
    separator = max(separators, key=lines[first].count)
    cells = _quoted(lines[first], separator)
    if isinstance(cells, str):
        raise NoTable(f"has a first line that {cells}", "write the names of the columns in the first line")
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return Sheet(
        encoding=encoding, separator=separator, header=tuple(cells), header_line=first + 1, lines=lines
    )


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and what it was written in."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NoTable("is an Excel workbook", "save the sheet as CSV UTF-8 and import that")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        names = ["utf-16"]  # "Unicode text" of Excel
    elif b"\0" in content[:4096]:
        raise NoTable("is not text", "give the table as CSV")
    else:
        names = ["utf-8-sig", "gb18030"]
    for name in names:
        try:
            text = content.decode(name)
        except UnicodeError:
            continue
        if _UNPRINTABLE.search(text):
            break
        return text, {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}[name]
    raise NoTable("is not text in UTF-8 or GB18030", "save it as CSV UTF-8")


def _split(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in line.split(separator)]


def _quoted(line: str, separator: str) -> list[str] | str:
    """Return the cells of a line that may have quotes, or what is wrong with them."""
    try:
        rows = list(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error:
        return "has a quote that does not end, or text after one"
    return [cell.strip() for cell in rows[0]] if rows else []
