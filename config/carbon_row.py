"""One row of a table for carbon, cell by cell: each cell becomes a value, or a fault that names it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from config.carbon_columns import Table, Value
from config.carbon_units import amount_of
from config.codes import shown, suggest
from config.plant_time import Unreadable, day_of, instant_of, span_of
from config.table_numbers import exact_number
from domain.periods import PlantCalendar

LONGEST_TEXT = 2000
LONGEST_ID = 100
FIRST_YEAR, LAST_YEAR = 1990, 2099
_EARLIEST_MS = 946_684_800_000
"""2000-01-01 UTC."""
_LATEST_MS = 4_102_444_800_000
"""2100-01-01 UTC."""
_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "有"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无"), False),
}
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonRules:
    """What declarations for carbon are judged by."""

    calendar: PlantCalendar
    now: int
    regions: frozenset[str] = frozenset()
    """Grids that the plant names beside those that everybody knows."""
    threshold: float = 0.05
    """Of base years, by the plant file."""

    def local(self, at: int) -> str:
        """Return an instant as plant time for people."""
        return self.calendar.local(at).strftime("%Y-%m-%d %H:%M")

    @property
    def today(self) -> date:
        """Return the day that it is now."""
        return self.calendar.local(self.now).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one field of a row."""

    field: str
    code: str
    problem: str
    remedy: str


class Row:
    """Cells of one row. Who reads a faulty one gets a value of its kind all the same, and `faults` grows."""

    def __init__(
        self, table: Table, cells: Mapping[str, str], rules: CarbonRules, *, decimal_comma: bool = False
    ) -> None:
        self.rules = rules
        self.faults: list[Fault] = []
        self._table = table
        self._cells = cells
        self._decimal_comma = decimal_comma

    def given(self, name: str) -> str:
        """Return a cell as it is written."""
        return self._cells.get(name, "")

    def fault(self, name: str, code: str, problem: str, remedy: str) -> None:
        """Note what is wrong with a field; a cell that is read twice is wrong once."""
        found = Fault(field=name, code=code, problem=problem, remedy=remedy)
        if found not in self.faults:
            self.faults.append(found)

    def text(self, name: str) -> str:
        """Return a text that can be kept and shown on one line."""
        text = self.given(name)
        longest = LONGEST_ID if self._table.column(name).value is Value.ID else LONGEST_TEXT
        if len(text) > longest:
            problem = f"{name} has {len(text):,} characters"
            self.fault(name, "entry.text", problem, f"write at most {longest:,}")
        elif not text.isprintable():
            problem = f"{name} holds what cannot be printed: {shown(text)}"
            self.fault(name, "entry.text", problem, "write one line of plain text")
        return text

    def choice(self, name: str, words: Mapping[str, str], *, code: str = "") -> str:
        """Return one of the words of a column; `words` has what else people write for one."""
        text, column = self.given(name), self._table.column(name)
        found = {each.casefold(): each for each in column.choices}.get(text.casefold())
        found = found or words.get(text.casefold())
        if found is not None or not text:
            return found or ""
        problem = f"{shown(text)} is no {name.replace('_', ' ')}"
        self.fault(name, code or f"entry.unknown_{name}", problem, suggest(text, column.choices))
        return ""

    def flag(self, name: str) -> bool:
        """Return yes or no; empty is no."""
        text = self.given(name)
        found = _FLAGS.get(text.casefold())
        if found is None and text:
            self.fault(
                name, "entry.bad_flag", f"{name} {shown(text)} is neither yes nor no", "write yes or no"
            )
        return bool(found)

    def sha256(self, name: str) -> str:
        """Return a hash in small letters, or ""."""
        text = self.given(name).lower()
        if text and not _HASH.fullmatch(text):
            problem = f"{name} has {len(text)} characters, or others than 0-9 and a-f"
            self.fault(name, "entry.bad_sha256", problem, "write the 64 hex digits that sha256sum prints")
        return text

    def year(self, name: str) -> int | None:
        """Return a year that is not ahead; None when the cell is empty."""
        text = self.given(name).removesuffix("年")
        if not text:
            return None
        if not re.fullmatch(r"\d{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            self.fault(
                name, "entry.bad_year", f"{name} {shown(text)} is no year that can be meant", "write 2024"
            )
            return None
        if int(text) > self.rules.today.year:
            problem = f"{name} {text} has not begun (it is {self.rules.today.isoformat()})"
            self.fault(name, "entry.future", problem, "correct the year")
        return int(text)

    def exact(self, name: str) -> Decimal | None:
        """Return a number exactly; None when the cell is empty, or faulty."""
        text = self.given(name)
        if not text:
            return None
        found = exact_number(text, name, decimal_comma=self._decimal_comma)
        if isinstance(found, Decimal):
            return found
        self.fault(name, f"entry.{found.what}", found.problem, found.remedy)
        return None

    def number(self, name: str) -> float | None:
        """Return a number within the bounds of its column; None when the cell is empty, or faulty."""
        found = self.exact(name)
        return None if found is None else self.bounded(name, Fraction(found), "")

    def amount(self, name: str, factor: Fraction | None, unit: str) -> float | None:
        """Return a number times `factor`, in `unit`, within the bounds of its column."""
        found = self.exact(name)
        return None if found is None or factor is None else self.bounded(name, Fraction(found) * factor, unit)

    def bounded(self, name: str, exact: Fraction, unit: str) -> float | None:
        """Return what lies within the bounds of a column; None, and a fault, otherwise."""
        column, value = self._table.column(name), _float(exact)
        of_unit = f" {unit}" if unit else ""
        if exact <= column.low and column.is_above_low:
            problem = f"{name} {shown(self.given(name))} is not above {column.low:g}"
            self.fault(name, "entry.not_positive", problem, "write the amount, or leave the row out")
            return None
        if not column.low <= value <= column.high:
            problem = f"{name} of {value:,.10g}{of_unit} is not {column.low:,.10g} to {column.high:,.10g}"
            self.fault(name, "entry.implausible", problem, "correct the number or its unit")
            return None
        return value

    def share(self, name: str) -> float | None:
        """Return a share, 0.25 or 25 %; None when the cell is empty, or faulty."""
        text = self.given(name)
        number = text.removesuffix("%").removesuffix("％").strip()
        exact = exact_number(number, name, decimal_comma=self._decimal_comma) if text else None
        if exact is None:
            return None
        if not isinstance(exact, Decimal):
            self.fault(name, f"entry.{exact.what}", exact.problem, exact.remedy)
            return None
        column = self._table.column(name)
        value = float(Fraction(exact) / (1 if number == text else 100))
        if value > column.high or (value <= 0.0 and column.is_above_low):
            problem = f"{name} {shown(text)} is no share up to {column.high:g}"
            self.fault(name, "entry.bad_share", problem, "write 0.25 or 25 % for a quarter")
            return None
        return value

    def unit(
        self,
        units: Mapping[str, Fraction],
        what: str,
        *,
        others: tuple[str, ...] = (),
        code: str = "entry.wrong_unit",
    ) -> Fraction | None:
        """Return how many of ours one of the unit is; None, and a fault, when it is none of them."""
        text = self.given("unit")
        found = amount_of(text, units)
        if found is None and text:
            known = [*(each for each in units if each.isascii()), *others]
            problem = f"unit {shown(text)} is none of {what}"
            self.fault("unit", code, problem, f"give it in {' or '.join(known)}")
        return found

    def day(self, name: str) -> date | None:
        """Return a day; None when the cell is empty, or faulty."""
        text = self.given(name)
        if not text:
            return None
        try:
            found = day_of(text)
        except Unreadable as fault:
            self.fault(name, "entry.bad_date", fault.problem, fault.remedy)
            return None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            code = "entry.too_old" if found.year < FIRST_YEAR else "entry.too_far"
            self.fault(name, code, f"{name} {found} is in no year that can be meant", "correct the year")
            return None
        return found

    def instant(self, name: str) -> int:
        """Return an instant of the past; without a time it is the start of the day."""
        try:
            at = instant_of(self.given(name), self.rules.calendar)
        except Unreadable as fault:
            if self.given(name):
                self.fault(name, "entry.bad_date", fault.problem, fault.remedy)
            return 0
        self._check_old(name, at)
        if at > self.rules.now:
            problem = f"{self.rules.local(at)} is in the future (it is {self.rules.local(self.rules.now)})"
            self.fault(name, "entry.future", problem, "record it when it has happened")
        return at

    def span(self) -> tuple[int, int]:
        """Return [since, until) of a time that is over."""
        end = "until" if self.given("since") or self.given("until") else "date"
        try:
            if end == "date":
                since, until = span_of(self.given("date"), self.rules.calendar)
            else:
                since, until = (
                    instant_of(self.given(name), self.rules.calendar) for name in ("since", "until")
                )
        except Unreadable as fault:
            faulty = (
                end if end == "date" or _is_instant(self.given("since"), self.rules.calendar) else "since"
            )
            if self.given(faulty):
                self.fault(faulty, "entry.bad_date", fault.problem, fault.remedy)
            return 0, 0
        words = f"{self.rules.local(since)} to {self.rules.local(until)}"
        if since >= until:
            remedy = "let until be after since; until itself is not included"
            self.fault(end, "entry.empty_span", f"the span is empty: {words}", remedy)
            return since, until
        self._check_old("date" if end == "date" else "since", since)
        if until > _LATEST_MS:
            self.fault(end, "entry.too_far", f"{words} ends after 2100", "correct the year")
        elif until > self.rules.now:
            problem = f"{words} is not over (it is {self.rules.local(self.rules.now)})"
            self.fault(end, "entry.future", problem, "declare it when its time is over")
        return since, until

    def _check_old(self, name: str, at: int) -> None:
        if at < _EARLIEST_MS:
            self.fault(name, "entry.too_old", f"{self.rules.local(at)} is before 2000", "correct the year")


def _is_instant(text: str, calendar: PlantCalendar) -> bool:
    try:
        instant_of(text, calendar)
    except Unreadable:
        return False
    return True


def _float(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf
