"""A file with a calendar that holds from a day on: the keys of [calendar], and `valid_from`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from config.check_method import check_calendar
from config.codes import error
from config.method import build_calendar
from config.method_tables import CalendarTable
from config.tables import given, missing_keys, validate
from config.toml_file import read_toml
from config.values import Day
from domain.findings import Finding
from domain.periods import WorkingCalendar

_FIRST_YEAR, _LAST_YEAR = 2000, 2099


class CalendarFile(CalendarTable):
    """The whole file."""

    required: ClassVar[tuple[str, ...]] = ("valid_from",)
    valid_from: Day | None = None


def read_calendar(path: Path) -> tuple[WorkingCalendar | None, tuple[Finding, ...]]:
    """Return (calendar, ()) or (None, every fault of the file)."""
    raw, findings = read_toml(path, path.name)
    if raw is None:
        return None, findings
    file, faults, _ = validate(CalendarFile, raw)
    wrong = {fault.key for fault in faults}
    faults += tuple(fault for fault in missing_keys(file) if fault.key not in wrong)
    if faults:
        return None, faults
    found = [replace(fault, key=fault.key.removeprefix("calendar.")) for fault in check_calendar(file)]
    valid_from = given(file.valid_from)
    if not _FIRST_YEAR <= valid_from.year <= _LAST_YEAR:
        remedy = "write a day of this century: 2026-04-01"
        found.append(error("config.wrong_value", "valid_from", f"is {valid_from}", remedy))
    if found:
        return None, tuple(found)
    return replace(build_calendar(file), valid_from=valid_from), ()
