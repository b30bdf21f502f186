"""Tables of a report: one structure for the page, the print and the workbook, each figure made once."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.numbers import MISSING, Numbers, Quantity
from dashboard.proof import Proof
from dashboard.views.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column."""

    name: str
    unit: str = ""
    decimals: int | None = None
    """None: text."""
    is_whole: bool = False
    """Its cells never break: the name of a month or a day."""
    is_exact: bool = False
    """Numbers with all the digits that they have."""

    @property
    def look(self) -> str:
        """Return the class of its cells."""
        return "n" if self.is_number else "nowrap" if self.is_whole else "wrap"

    @property
    def is_number(self) -> bool:
        """Say whether the cells are numbers."""
        return self.decimals is not None or self.is_exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure or text."""

    figure: Figure
    """As the page writes it."""
    value: float | str | None
    """As the workbook keeps it, in the unit of the column; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table with its heading."""

    id: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rests: str = ""
    """Which of its meters give nothing fresh now; empty where all do, or the period is over."""


def column(name: str, quantity: Quantity) -> Column:
    """Return the column of a quantity."""
    return Column(name=name, unit=quantity.unit, decimals=quantity.value.decimals)


def written(text: str, href: str = "") -> Cell:
    """Return a text."""
    return Cell(figure=Figure(text, href), value=text)


def amount(
    numbers: Numbers, value: float | None, quantity: Quantity, href: str = "", *, sign: bool = False
) -> Cell:
    """Return a figure in the unit of its quantity."""
    text = numbers.value(value, quantity, sign=sign)
    scaled = None if value is None or text == MISSING else value * quantity.value.scale
    return Cell(figure=Figure(text, href if scaled is not None else ""), value=scaled)


def share(numbers: Numbers, value: float | None, href: str = "", *, sign: bool = False) -> Cell:
    """Return a share (0.02) in percent."""
    text = numbers.number(None if value is None else value * 100.0, 1, sign=sign)
    percent = None if value is None or text == MISSING else value * 100.0
    return Cell(figure=Figure(text, href if percent is not None else ""), value=percent)


PERCENT = "%"


def percent_column(name: str) -> Column:
    """Return a column of shares."""
    return Column(name=name, unit=PERCENT, decimals=1)


def grade(proof: Proof, not_yet: str = "") -> Cell:
    """Return what a figure rests on, as text, and why it is not compared yet."""
    parts = [proof.grade] if proof.grade != MISSING else []
    parts += [proof.coverage] if proof.coverage != MISSING else []
    parts += [each for each in (proof.mark, not_yet) if each]
    return written(" · ".join(parts) or MISSING)
