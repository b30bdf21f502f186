"""What commands say of the tables for carbon: columns, an example to type, an example as a file."""

from __future__ import annotations

import csv
import io
import shlex
import textwrap
from collections.abc import Iterator

from config.carbon_columns import Column, Table, Value
from domain.factors import USES

_WIDTH = 98
_HOW = {
    Value.SHARE: "0.25 or 25 %",
    Value.YEAR: "2025",
    Value.DAY: "2026-03-01",
    Value.INSTANT: "2026-03-01T08:00 or the day",
    Value.SPAN: "2026-03-01, 2026-W09, 2026-03 or 2026",
    Value.FLAG: "yes or no",
}
"""How a cell is written, where its help does not say so by itself."""


def columns_text(table: Table) -> str:
    """Return the columns of a table, one a line, as help of a command prints them: `\\b` keeps the lines."""
    lines = ["\b", "Columns (* is needed):"]
    width = max(len(each.name) for each in table.columns) + 1
    for each in table.columns:
        needed = "*" if each.is_needed or each.name == "date" else ""
        rest = textwrap.wrap("; ".join(_parts(each)), _WIDTH - width - 4)
        lines += [
            f"  {(each.name + needed) if no == 0 else '':{width}}  {text}" for no, text in enumerate(rest)
        ]
    return "\n".join(lines)


def _parts(column: Column) -> Iterator[str]:
    yield column.help
    if column.name == "use" and column.choices == tuple(USES):
        yield ", ".join(f"{use} ({unit})" for use, unit in USES.items())
    elif column.choices:
        yield ", ".join(column.choices)
    elif column.value in _HOW:
        yield _HOW[column.value]
    yield " ".join(column.zh)


def typed_example(table: Table) -> str:
    """Return the line that types the table's example."""
    fields = [shlex.quote(f"{name}={text}") for name, text in table.example.items()]
    words = [f"energy-agent enter {table.word}", *fields, '--why "..."']
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > _WIDTH - 8:
            lines[-1] += " \\"
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(f"  {line}" for line in lines)


def csv_example(table: Table) -> str:
    """Return the table's example as a file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([table.example, table.example.values()])
    return text.getvalue()
