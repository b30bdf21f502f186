"""Tables of the inventory: cells that lead to what they rest on, with a word for what is judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.views.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell."""

    figures: tuple[Figure, ...]
    note: str = ""
    state: str = ""
    """good, warning, alarm, stale: the cell is a word of judgement."""
    is_over: bool = False
    """A figure above what it is held against: red, with a shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; numbers stand to the right."""

    name: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row."""

    cells: tuple[Cell, ...]
    is_sum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a card."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    finding: Markup | str = ""
    note: str = ""
    """Below it."""
    empty: str = ""
    """Why there is no row, and what to do."""
    is_long: bool = False
    """It scrolls in a box of its own."""
    links: tuple[Figure, ...] = ()


def cell(figure: Figure | str, note: str = "", *, state: str = "", is_over: bool = False) -> Cell:
    """Return a cell of one figure or text."""
    shown = figure if isinstance(figure, Figure) else Figure(figure)
    return Cell(figures=(shown,), note=note, state=state, is_over=is_over)


def cells(figures: Iterable[Figure], note: str = "") -> Cell:
    """Return a cell of several figures."""
    return Cell(figures=tuple(figures), note=note)


def texts(*names: str) -> tuple[Column, ...]:
    """Return columns of words."""
    return tuple(Column(name=name) for name in names)


def numeric(*names: str) -> tuple[Column, ...]:
    """Return columns of numbers."""
    return tuple(Column(name=name, is_number=True) for name in names)
