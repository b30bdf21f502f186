"""A closed report keeps the months and years that it was made of, whatever is restated after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dashboard.views.inventory_report_others import now_of
from domain.carbon_book import CarbonBook
from domain.inventory import Inventory
from tests.dashboard.made import MadeSource
from tests.dashboard.test_inventory_report import YEAR, inventory, report, table

_LATER = 2000


class RestatedSince(MadeSource):
    """A plant of which a closed period was given other figures after everything else was closed."""

    def __init__(self, period: str, *, is_readable: bool = True) -> None:
        super().__init__()
        self._period, self._is_readable = period, is_readable

    def results(self, kind: str, **which: Any) -> Sequence[Any]:
        found = super().results(kind, **which)
        return tuple(map(self._moved, found)) if kind == "inventory" else found

    def _moved(self, each: Inventory) -> Inventory:
        if each.period.name != self._period:
            return each
        paths = tuple(replace(point, actual=99.0, is_over=True) for point in each.paths)
        scope_1 = replace(each.scope_1, tco2e=9_999.0)
        return replace(each, state="restated", entry=_LATER, scope_1=scope_1, paths=paths)

    def carbon_book(self) -> CarbonBook:
        found = super().carbon_book()
        stated = now_of(inventory(self._period)).stated if self._is_readable else None
        [before] = [each for each in found.closings if each.period == self._period]
        kept = [replace(each, stated=stated) if each is before else each for each in found.closings]
        after = replace(before, number=_LATER, is_restatement=True, before=before.number)
        return replace(found, closings=(*kept, after))


def test_a_month_restated_after_its_year_was_closed_stays_as_the_year_knows_it() -> None:
    months = table(report(RestatedSince("2025-03"), **YEAR), "months")
    assert [row[0].value for row in months.rows] == [f"2025-{number:02}" for number in range(1, 13)]
    told = [value for row in months.rows if isinstance(value := row[1].value, float)]
    assert sum(told) == pytest.approx(inventory("2025").scope_1.tco2e)
    march = months.rows[2]
    assert march[1].figure.href == ""
    assert str(march[-1].figure) == "closed; restated since, by entry 2000"
    assert march[-1].figure.href == "/why/restatement/2025-03"
    assert months.note


def test_a_month_whose_closing_cannot_be_read_is_a_dash_and_not_left_out() -> None:
    months = table(report(RestatedSince("2025-03", is_readable=False), **YEAR), "months")
    assert [str(cell.figure) for cell in months.rows[2][:2]] == ["2025-03", "–"]


def test_a_year_restated_after_a_later_one_was_closed_stays_on_its_path() -> None:
    path = table(report(RestatedSince("2024"), **YEAR), "path-scope-3-1")
    [row] = [row for row in path.rows if row[0].value == "2024"]
    [point] = [each for each in inventory("2024").paths if each.path == "scope_3_1"]
    assert row[3].value == point.actual
    assert "2024: restated since, by entry 2000" in path.note


def test_a_report_that_is_not_closed_has_what_stands_now() -> None:
    path = table(report(RestatedSince("2024"), period="year", at="2026-06-01"), "path-scope-3-1")
    [row] = [row for row in path.rows if row[0].value == "2024"]
    assert (row[3].value, "restated" in path.note) == (99.0, False)
