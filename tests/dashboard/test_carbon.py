"""The page of the inventory: verdict, scopes, sources, months, certificates, metal, base year, seals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.page import BadRequest
from dashboard.pages import all_pages
from dashboard.views.carbon import InventoryView, build
from dashboard.views.figure import Figure, text_of
from domain.inventory import Inventory
from tests.dashboard.carbon_asking import (
    Otherwise,
    asked,
    figure,
    made,
    page,
    row,
    table,
    text,
    without_metal,
)
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of

JULY, OCTOBER = "2026-07-01", "2026-10-01"


def number(said: str) -> float:
    """Return a written number."""
    return float(said.replace(",", "").replace("−", "-").split("\u00a0")[0])


def month(day: str) -> InventoryView:
    """Return the page of a month."""
    return page(period="month", at=day)


def figures(view: InventoryView) -> Iterator[Figure]:
    """Give every figure of the tables."""
    for each in view.tables:
        for line in each.rows:
            for cell in line.cells:
                yield from cell.figures


def test_the_verdict_says_the_figures_of_the_table_against_the_paths_and_whether_they_stand() -> None:
    view = page()
    scopes = table(view, "scopes")
    first, one, three, standing = (text_of(each) for each in view.verdict)
    for scope in ("Scope 1", "Scope 2, location-based", "Scope 2, market-based", "Scope 3, category 1"):
        assert row(scopes, scope)["tCO₂e"] in first
    assert first.startswith("2026 so far: ")
    assert one.endswith("expected at the year's end, within the path of 1.17\u00a0tCO₂e/t.")
    assert three.startswith("Scope 3, category 1: aluminium: 13.454\u00a0tCO₂e/t expected")
    assert standing == "Open: 8 months are closed, the others may still change."
    assert (view.badge, view.state) == (("not closed", "stale"), "stale")


def test_a_year_over_its_path_is_an_alarm_and_a_closed_one_says_by_which_entry() -> None:
    view = page(period="year", at="2024-05-01")
    assert view.state == "alarm"
    assert "14.982\u00a0tCO₂e/t, above the path of 14.90\u00a0tCO₂e/t." in text_of(view.verdict[2])
    assert text_of(view.verdict[3]) == "Closed: its figures stand in entry 913."


def test_a_path_that_nobody_could_judge_is_not_called_kept() -> None:
    def unjudged(found: Inventory) -> Inventory:
        return replace(found, paths=tuple(replace(each, is_over=None) for each in found.paths))

    said = [text_of(each) for each in page(Otherwise(unjudged)).verdict]
    assert said[1].endswith("nothing is known to hold against the path of 1.17\u00a0tCO₂e/t.")
    assert not any("within" in each for each in said)


def test_sums_of_scopes_are_those_of_their_parts_in_tonnes_and_per_output() -> None:
    scopes = table(page(), "scopes")
    one, market = row(scopes, "Scope 1"), row(scopes, "Scope 2, market-based")
    both = row(scopes, "Scope 1 and 2, market-based")
    assert number(both["tCO₂e"]) == pytest.approx(number(one["tCO₂e"]) + number(market["tCO₂e"]), abs=0.11)
    assert (both["tCO₂e/t"], both["kgCO₂e/m²"]) == ("0.093", "0.790")
    assert one["Uncertainty"] == "±\u00a06.9\u00a0%"


def test_what_is_not_known_is_a_dash_with_its_reason_and_never_zero() -> None:
    view = page(Otherwise(without_metal))
    scopes = table(view, "scopes")
    line = next(each for each in scopes.rows if text(each.cells[0]).startswith("Scope 3"))
    assert [text(cell) for cell in line.cells[1:5]] == ["–", "–", "–", "–"]
    assert line.cells[0].note == "nothing is entered of it"
    assert "Scope 3 category 1 –." in text_of(view.verdict[0])
    assert view.state == "warning"
    assert "Scope 3 category 1 is not known" in table(view, "lots").empty


def test_each_source_has_grade_uncertainty_and_the_factors_it_used() -> None:
    sources = table(month(JULY), "sources")
    gas = row(sources, "Natural gas")
    assert gas["Scope"] == "Scope 1"
    assert gas["Activity"].endswith("\u00a0Nm³")
    assert gas["Grade"] == "measured"
    assert gas["Factors"].startswith("gbt32151.34-gas-ncv, gbt32151.34-gas-carbon")
    assert row(sources, "Diesel")["Grade"] == "typed in"


def test_months_say_their_state_and_who_closed_them() -> None:
    months = table(page(), "months")
    states = {text(each.cells[0]): (text(each.cells[1]), each.cells[1].note) for each in months.rows}
    assert len(states) == 11
    assert states["2026-01"] == ("closed, stands", "Chen Wei, 2026-02-10")
    assert states["2026-02"] == ("restated", "Chen Wei, 2026-09-25")
    assert states["2026-11"] == ("not closed", "")
    assert months.rows[0].cells[0].figures[0].href == "/carbon?period=month&at=2026-01-01"


def test_what_covers_a_month_and_what_nothing_covers_add_up_to_what_was_bought() -> None:
    for each in table(page(), "covered").rows:
        bought, certificates, contracts, rest = (number(text(cell)) for cell in each.cells[1:])
        assert bought == pytest.approx(certificates + contracts + rest, abs=0.11)
    assert number(row(table(page(), "covered"), "2026-09")["Not covered"]) > 300.0


def test_certificates_show_what_is_used_here_and_what_is_left_of_all_periods() -> None:
    held = row(table(month(JULY), "instruments"), "GEC0000112000")
    year = row(table(page(), "instruments"), "GEC0000112000")
    assert number(held["Used in the period"]) < number(year["Used in the period"])
    assert held["Left"] == year["Left"]
    assert number(year["Left"]) == pytest.approx(2800.0 - number(year["Used in the period"]), abs=0.11)
    assert held["Retired"] == "2026-09-20"


def test_suppliers_and_lots_come_heaviest_first_and_their_shares_make_the_whole() -> None:
    view = page()
    suppliers = table(view, "suppliers")
    assert [text(each.cells[0]) for each in suppliers.rows] == ["Nanshan", "Mingtai", "Yunnan green"]
    assert sum(number(text(each.cells[5])) for each in suppliers.rows) == pytest.approx(100.0, abs=0.2)
    weights = [number(text(each.cells[5])) for each in table(view, "lots").rows]
    assert weights == sorted(weights, reverse=True)
    assert row(table(view, "lots"), "AL-2026-03-3")["Method"] == "average data"
    assert "verified by SGS" in row(table(view, "lots"), "AL-2026-03-1")["Boundary, verifier"]


def test_what_is_avoided_stands_beside_its_plan_and_changes_no_total() -> None:
    def sunny(found: Inventory) -> Inventory:
        more = replace(found.avoided, pv_kwh=9e6, pv_t=9e3)
        return replace(found, avoided=more)

    usual, other = page(), page(Otherwise(sunny))
    assert table(usual, "scopes") == table(other, "scopes")
    assert row(table(other, "avoided"), "PV, used")["Avoided"] == "9,000.0\u00a0tCO₂e"
    assert row(table(usual, "avoided"), "PV, generated")["Share of the plan"] == "63.0\u00a0%"


def test_comparisons_outside_their_tolerance_come_first_with_a_word() -> None:
    of = table(page(), "reconciled")
    states = [(text(each.cells[0]), text(each.cells[7]), each.cells[7].state) for each in of.rows[:4]]
    assert states[0] == ("2026-10", "outside tolerance", "alarm")
    assert states[1] == ("2026-05", "outside, explained", "warning")
    assert states[2] == ("2026-11", "not known", "stale")
    assert text(of.rows[2].cells[3]) == "–"
    assert of.finding == "2 of 42 comparisons are outside their tolerance."


def test_the_base_year_and_the_one_before_it_stand_side_by_side_with_the_reason() -> None:
    base = table(page(), "base-year")
    assert [each.name[:4] for each in base.columns[1:3]] == ["2023", "2024"]
    assert row(base, "Scope 3 category 1 per output")["2024 (2025-03-10)"] == "14.982"
    assert str(base.finding).startswith("structural change · second sheet line taken over")


def test_the_last_sealed_day_and_its_root_are_said() -> None:
    seals = table(page(), "seals")
    newest = made().carbon_book().seals[-1]
    assert newest.day in str(seals.finding)
    assert newest.root in str(seals.finding)


def test_findings_of_the_period_are_told_with_their_cure() -> None:
    view = month(OCTOBER)
    assert [each.said.remedy != "" for each in view.findings] == [True]
    assert [each.state for each in view.findings] == ["warning"]
    assert not page(period="month", at="2025-01-01").findings


def test_a_period_without_an_inventory_says_why() -> None:
    view = page(MadeSource(empty=True))
    assert view.verdict == ()
    text_ = asked_of(app_of(MadeSource(empty=True)), "/carbon").text
    assert "There is no inventory of this period" in text_


def test_a_period_that_is_no_month_and_no_year_is_refused() -> None:
    with pytest.raises(BadRequest, match="an inventory is of a month or a year"):
        page(period="day")


def test_only_those_who_may_are_led_to_close_and_restate() -> None:
    def links(role: str, day: str) -> list[str]:
        view = build(made(), asked(made(), role=role, period="month", at=day))
        return [each.href for each in view.links]

    assert "/close/2026-10" in links("admin", OCTOBER)
    assert "/restate/2026-07" in links("admin", JULY)
    deeds = ("/close", "/restate", "/declare")
    assert not [each for each in links("viewer", JULY) if each.startswith(deeds)]


def test_every_figure_leads_to_a_page_that_is_there() -> None:
    paths = {spec.path for spec in all_pages()}
    assert {"/carbon", "/why/inventory/{inventory}/{figure:path}", "/why/factor/{factor:path}"} <= paths
    begin = "/why/inventory/2026-10/"
    hrefs = {each.href for each in figures(month(OCTOBER)) if each.href.startswith(begin)}
    assert len(hrefs) > 30
    for href in sorted(hrefs):
        assert figure("2026-10", href.removeprefix(begin).replace("%20", " ")).value


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_page_is_whole_in_both_languages(language: str) -> None:
    headers = {"accept-language": language}
    answer = asked_of(app_of(made()), "/carbon", **headers)
    assert answer.status_code == 200
    assert "2,762.1" in answer.text
    assert "None" not in answer.text
    assert ("范围二（基于市场）" in answer.text) == (language == "zh-CN")


def test_a_doubt_of_two_parts_stands_once_in_the_row_of_their_sum() -> None:
    def doubted(found: Inventory) -> Inventory:
        partial, unknown = "inventory.uncertainty_partial", "inventory.uncertainty_unknown"
        return replace(
            found,
            scope_1=replace(found.scope_1, codes=(partial,)),
            scope_2_market=replace(found.scope_2_market, codes=(unknown,), uncertainty=None),
            scope_2_location=replace(found.scope_2_location, codes=(partial,)),
        )

    rows = table(page(Otherwise(doubted), period="month", at="2026-10-15"), "scopes").rows
    notes = {text(each.cells[0]): each.cells[0].note for each in rows}
    assert "of the others" in notes["Scope 1"]
    for name in ("Scope 1 and 2, location-based", "Scope 1 and 2, market-based"):
        assert notes[name].count("uncertainty:") == 1
