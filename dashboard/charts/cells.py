"""Cells of a grid: few bytes for many, a shape beside the colour for what is out of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.svg import element, group, linked, number, titled

_SHARES = {"most": 0.55, "some": 0.25}
"""Share of a cell's height that is filled: seen without colours."""
_HATCHED = frozenset({"none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell."""

    x: float
    y: float
    classes: str
    """z0, u1, d1, ...: a share; whole, most, some: completeness; stand: a dash; none: hatched."""
    link: str | None = None
    title: str | None = None


def cells(drawn: Sequence[Cell], *, side: float, prefix: str, high: float | None = None) -> Markup:
    """Return the cells, those of one class in one group, those that say and open nothing in one path."""
    groups = []
    for classes in dict.fromkeys(cell.classes for cell in drawn):
        alike = [cell for cell in drawn if cell.classes == classes]
        plain = "".join(
            _shape(cell, side, high or side) for cell in alike if cell.link is None and cell.title is None
        )
        each = [
            linked(titled("path", cell.title, d=_shape(cell, side, high or side)), cell.link)
            for cell in alike
            if cell.link is not None or cell.title is not None
        ]
        groups.append(
            group(
                *([element("path", d=plain)] if plain else []),
                *each,
                class_=f"cell {classes}",
                fill=f"url(#{prefix}-hatch)" if classes in _HATCHED else None,
            )
        )
    return Markup("").join(groups)


def _shape(cell: Cell, side: float, high: float) -> str:
    """Return a cell's path: its whole area; a frame with its foot filled; a dash."""
    x, y, across, down = number(cell.x), number(cell.y), number(side), number(high)
    frame = f"M{x} {y}h{across}v{down}h-{across}z"
    if cell.classes in _SHARES:
        foot = high * _SHARES[cell.classes]
        inner = f"M{number(cell.x + 1)} {number(cell.y + 1)}"
        hollow = f"v{number(high - foot - 1)}h{number(side - 2)}v-{number(high - foot - 1)}z"
        return f"{frame}{inner}{hollow}"
    if cell.classes == "stand":
        return f"M{number(cell.x + 2)} {number(cell.y + high / 2)}h{number(side - 4)}"
    return frame
