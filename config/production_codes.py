"""The registry of finding codes for production and plans that people state."""

from __future__ import annotations

CODES: dict[str, str] = {
    "production.file": "the file is no table",
    "production.empty": "the table has no rows",
    "production.header": "the columns are not those of a production table",
    "production.columns": "a row does not fit the columns",
    "production.long_line": "a line is too long for a row",
    "production.formula": "a cell holds a formula or an error of the spreadsheet",
    "production.missing": "a cell that is needed is empty",
    "production.unknown_process": "no process has this id or name",
    "production.other_process": "the row is of another process than the one asked for",
    "production.bad_date": "a date or instant cannot be read",
    "production.unknown_shift": "the calendar has no such shift on that day",
    "production.wrong_unit": "the unit is not one the process counts in",
    "production.bad_number": "a quantity is not a number",
    "production.thousands": "a quantity has separators of thousands, or may have",
    "production.negative": "a quantity is below zero",
    "production.empty_span": "a span ends at or before its start",
    "production.too_old": "a span begins before 2000",
    "production.too_far": "a span ends after 2100",
    "production.future": "output is stated for a time that is not over",
    "production.impossible": "more than the process's counter can count in that time",
    "production.overlap": "two statements are about the same time",
}
"""Code -> what it means, in one line. Codes are stable: other programs may match on them."""
