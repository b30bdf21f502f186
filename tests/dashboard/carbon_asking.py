"""The made plant's inventory as a reader asks for it: pages, cells by row and column, other inventories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from dashboard.page import Asked, Reader
from dashboard.views.carbon import InventoryView, build
from dashboard.views.carbon_table import Cell, Table
from dashboard.views.why.inventory import build_figure, build_whole
from dashboard.views.why.inventory_model import WhyInventory
from dashboard.words import words_of
from domain.inventory import Inventory
from tests.dashboard.made import NOW, MadeSource

Change = Callable[[Inventory], Inventory]


class Otherwise(MadeSource):
    """The made plant with inventories that a test changes."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def results(self, kind: str, **which: Any) -> Sequence[Any]:
        found = super().results(kind, **which)
        return tuple(self._change(each) for each in found) if kind == "inventory" else found


def without_metal(found: Inventory) -> Inventory:
    """Return an inventory to which nobody entered a lot of aluminium."""
    nothing = replace(found.scope_3_1, tco2e=None, known_t=0.0, fixed_t=None, uncertainty=None, codes=())
    per = tuple(replace(each, scope_3_1=None) for each in found.per_output)
    paths = tuple(
        replace(each, actual=None, projection=None, is_over=None) if each.path == "scope_3_1" else each
        for each in found.paths
    )
    kept = tuple(line for line in found.lines if line.scope != "3_1")
    return replace(found, lines=kept, scope_3_1=nothing, per_output=per, paths=paths)


@cache
def made() -> MadeSource:
    """Return the plant; tests that only look share it."""
    return MadeSource()


def asked(source: MadeSource, language: str = "en", /, *, role: str = "admin", **query: str) -> Asked:
    """Return a request."""
    return Asked(
        path="/carbon",
        query=query,
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
        reader=Reader(name="Li", role=role),
    )


def page(source: MadeSource | None = None, language: str = "en", **query: str) -> InventoryView:
    """Return the page of an inventory."""
    shown = source or made()
    return build(shown, asked(shown, language, **query))


def figure(period: str, name: str, source: MadeSource | None = None) -> WhyInventory:
    """Return a figure taken apart."""
    shown = source or made()
    return build_figure(shown, asked(shown, inventory=period, figure=name))


def whole(period: str, source: MadeSource | None = None) -> WhyInventory:
    """Return all totals of a period."""
    shown = source or made()
    return build_whole(shown, asked(shown, inventory=period))


def table(view: InventoryView | WhyInventory, name: str) -> Table:
    """Return a table of a page."""
    return next(each for each in view.tables if each.id == name)


def text(cell: Cell) -> str:
    """Return what a cell says."""
    return ", ".join(each.text for each in cell.figures)


def row(of: Table, begin: str) -> dict[str, str]:
    """Return the first row whose first cell begins so: column -> text."""
    found = next(each for each in of.rows if text(each.cells[0]).startswith(begin))
    return {column.name: text(cell) for column, cell in zip(of.columns, found.cells, strict=True)}
