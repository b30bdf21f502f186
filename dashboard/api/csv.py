"""Rows as CSV: UTF-8 with a mark for spreadsheets, RFC 4180, units in the header, no cell that calculates."""

from __future__ import annotations

import csv
import math
from dataclasses import fields
from io import StringIO
from typing import Any, get_args, get_type_hints

from msgspec import Meta

MARK = "\ufeff"
_CALCULATES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets take a text that begins so for a formula; full-width ones too."""


def csv_of(kind: Any, rows: tuple[Any, ...]) -> bytes:
    """Return the rows of one dataclass as CSV; the header has a unit where the field has one."""
    names = [field.name for field in fields(kind)]
    units = units_of(kind)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(f"{name} [{units[name]}]" if name in units else name for name in names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    return (MARK + out.getvalue()).encode()


def units_of(kind: Any) -> dict[str, str]:
    """Return the units of a dataclass's fields, by name."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for meta in get_args(hint)[1:]:
            if isinstance(meta, Meta) and meta.extra_json_schema and "x-unit" in meta.extra_json_schema:
                found[name] = str(meta.extra_json_schema["x-unit"])
    return found


def _cell(value: object) -> str | int | float:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = str(value)
    return "'" + text if text.startswith(_CALCULATES) else text
