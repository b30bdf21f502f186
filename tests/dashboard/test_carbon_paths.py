"""Carbon on the page about 2030: totals by the inventory, the paths of the plan, what is over them in red."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.views.figure import text_of
from dashboard.views.target_carbon import CarbonView, PathView, carbon_view
from domain.inventory import Inventory
from tests.dashboard.carbon_asking import Otherwise, asked, without_metal
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of


def carbon(source: MadeSource, year: int = 2026, language: str = "en") -> CarbonView:
    """Return the carbon of a year as the page shows it."""
    return carbon_view(source, year, asked(source, language))


def path(view: CarbonView, name: str) -> PathView:
    """Return a path of the page."""
    return next(each for each in view.paths if each.id == name)


def test_each_total_is_that_of_the_inventory_and_leads_to_what_it_rests_on() -> None:
    facts = {name: figure for name, figure, _ in carbon(MadeSource()).facts}
    assert facts["Scope 1"].text == "2,762.1\u00a0tCO₂e"
    assert facts["Scope 2, market-based"].href == "/why/inventory/2026/scope_2_market"
    assert facts["Scope 1 and 2, market-based, per t"].text == "0.093\u00a0tCO₂e/t"


def test_what_nobody_entered_is_not_known_and_never_zero() -> None:
    facts = {name: (figure, note) for name, figure, note in carbon(Otherwise(without_metal)).facts}
    figure, note = facts["Scope 3, category 1: aluminium"]
    assert (figure.text, note) == ("–", "nothing is entered of it")


def test_without_an_inventory_the_plans_own_figure_is_held_against_its_path() -> None:
    rows = {row.year: row for row in path(carbon(Otherwise(without_metal)), "scope_3_1").rows}
    assert (rows[2024].achieved.text, rows[2025].achieved.text) == ("14.982", "–")
    bare = {row.year: row for row in path(carbon(MadeSource(empty=True)), "scope_3_1").rows}
    assert (bare[2024].is_over, bare[2024].source) == (True, "stated: reduction plan 2024")


def test_the_year_above_its_path_stands_in_red_with_a_shape_and_a_word() -> None:
    scope_3 = path(carbon(MadeSource()), "scope_3_1")
    first = scope_3.rows[0]
    assert (first.year, first.allowed, first.achieved.text, first.is_over) == (2024, "14.90", "14.982", True)
    assert text_of(scope_3.finding).startswith("Above the path in 2024;")
    assert "s-alarm" in scope_3.chart
    text = asked_of(app_of(MadeSource()), "/target").text
    assert re.search(r'<td class="n alarm-text">[^\n]*14\.982[^\n]* ▲ above the path</td>', text)


def test_a_running_year_is_judged_by_what_it_is_expected_to_end_at() -> None:
    row = next(each for each in path(carbon(MadeSource()), "scope_3_1").rows if each.year == 2026)
    assert (row.achieved.text, row.is_over) == ("13.400", False)
    assert row.projection.text == "13.454 (13.239 – 13.668 with 90\u00a0%)"
    assert "13.454 at the year&#39;s end" in path(carbon(MadeSource()), "scope_3_1").chart

    def dearer(found: Inventory) -> Inventory:
        return replace(found, paths=tuple(replace(each, is_over=True) for each in found.paths))

    row = next(each for each in path(carbon(Otherwise(dearer)), "scope_3_1").rows if each.year == 2026)
    assert row.is_over


def test_the_location_based_figure_stands_beside_the_market_based_one() -> None:
    view = carbon(MadeSource())
    rows = {row.year: row for row in path(view, "scope_1_2").rows}
    assert (rows[2024].achieved.text, rows[2024].location.text) == ("0.079", "0.125")
    assert rows[2024].source == "by the inventory; the plan states 0.102"
    assert rows[2026].achieved.href == "/why/inventory/2026/path.scope_1_2"
    assert (rows[2028].achieved.text, rows[2028].allowed) == ("–", "1.09")
    assert not path(view, "scope_3_1").has_location


def test_a_year_says_whether_its_figures_stand() -> None:
    assert carbon(MadeSource()).badge == ("not closed", "stale")
    assert carbon(MadeSource(), 2025).badge == ("closed, stands", "good")
    assert carbon(MadeSource(empty=True)).badge == ("", "")


@pytest.mark.parametrize("name", ["scope_1_2", "scope_3_1"])
def test_the_chinese_page_says_the_same_figures(name: str) -> None:
    english, chinese = carbon(MadeSource()), carbon(MadeSource(), language="zh_Hans_CN")
    for one, other in zip(path(english, name).rows, path(chinese, name).rows, strict=True):
        assert one.achieved.text == other.achieved.text
    assert [figure.text for _, figure, _ in english.facts] == [figure.text for _, figure, _ in chinese.facts]
