"""A figure of the inventory taken apart: formula, numbers, factors, meters, entries, closing, restatement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import prod

import pytest

from dashboard.page import NotHere
from dashboard.views.why.inventory_change import build_restatement
from dashboard.views.why.inventory_factor import build_entry, build_factor
from dashboard.views.why.inventory_model import WhyInventory
from domain.carbon_entries import AluminiumLot
from domain.courses import Amount
from domain.inventory import Inventory
from domain.plant import Carrier
from tests.dashboard.carbon_asking import (
    Otherwise,
    asked,
    figure,
    made,
    row,
    table,
    text,
    whole,
    without_metal,
)
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of
from tests.dashboard.test_inventory_report import report
from tests.dashboard.test_inventory_report import table as printed_table


def inventory(name: str) -> Inventory:
    """Return an inventory of the made plant."""
    found: Sequence[Inventory] = made().results("inventory")
    return next(each for each in found if each.period.name == name)


def facts(view: WhyInventory) -> dict[str, str]:
    """Return the facts of a page."""
    return {each.name: each.value.text for each in view.facts}


def numbers(said: str) -> list[float]:
    """Return the numbers of one side of a formula, 44/12 as one."""
    found = re.findall(r"(?:^|× )([\d,.]+(?:/12)?)", said)
    return [44.0 / 12.0 if each == "44/12" else float(each.replace(",", "")) for each in found]


def test_the_numbers_of_a_gas_line_give_its_figure_back() -> None:
    view, line = figure("2026-10", "line.1.gas"), inventory("2026-10").lines[1]
    assert line.id == "gas"
    for said, gas, scale in zip(view.formula, ("co2", "ch4", "n2o"), (1e-6, 1e-9, 1e-9), strict=False):
        left = said.partition(": ")[2].partition(" = ")[0]
        assert prod(numbers(left)) * scale == pytest.approx(line.gases[gas], rel=1e-6)
    assert view.formula[-1] == "together 246.6\u00a0tCO₂e"
    assert view.version.startswith("gas.1: Nm3 * ncv * (carbon * oxidation * 44/12")
    assert facts(view)["before rounding"].startswith("246.5675")
    assert facts(view)["uncertainty (k = 2)"] == "±\u00a07.0\u00a0%"


def test_each_factor_has_its_entry_source_page_validity_and_whether_it_is_verified() -> None:
    view = figure("2026-10", "line.1.gas")
    ncv = row(table(view, "factors"), "gbt32151.34-gas-ncv")
    assert ncv["Value"] == "38.931\u00a0MJ/Nm³"
    assert (ncv["State"], ncv["Valid"], ncv["Entry"]) == ("verified", "from 2000-01-01 on", "entry 101")
    assert row(table(view, "factors"), "ipcc2006-gas-ch4")["State"] == "not verified"
    first = table(view, "factors").rows[0]
    assert first.cells[0].figures[0].href == "/why/factor/gbt32151.34-gas-ncv"
    assert first.cells[3].note == "table C.1"


def test_a_metered_line_leads_to_its_meters_and_an_entered_one_to_its_entries() -> None:
    gas, diesel = figure("2026-10", "line.1.gas"), figure("2026-10", "line.1.diesel")
    assert gas.meters is not None
    assert gas.meters[0].href.startswith("/point/gas_main.volume_reference?from=")
    assert diesel.meters is None
    entered = next(
        each for each in table(diesel, "entries").rows if "F-2026-10-diesel" in text(each.cells[3])
    )
    assert entered.cells[0].figures[0].href.startswith("/why/entry/")


class JustStarted(MadeSource):
    """An agent that has not computed its windows yet."""

    def amounts(self, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
        found = super().amounts(points, since=since, until=until)
        return tuple(replace(each, amount=None, windows=0, is_pending=True) for each in found)


def test_meters_of_an_agent_that_has_just_started_are_being_computed_not_unknown() -> None:
    gas = figure("2026-10", "line.1.gas", JustStarted())
    assert gas.meters is not None
    assert {each.doubt for each in gas.meters} == {"being computed: the agent has just started"}


def test_a_line_of_a_year_is_the_sum_of_its_months_each_with_its_own_page() -> None:
    view = figure("2025", "line.2_location.electricity")
    months = table(view, "months")
    assert len(months.rows) == 12
    assert months.rows[0].cells[0].figures[0].href == "/why/inventory/2025-01/line.2_location.electricity"
    assert view.formula == ("The sum of its months; each of them used its own factors.",)


def test_the_market_based_line_shows_what_covers_it_and_the_rest() -> None:
    covered, open_ = (
        figure("2026-07", "line.2_market.electricity"),
        figure("2026-10", "line.2_market.electricity"),
    )
    assert len(table(covered, "covers").rows) == 2
    assert covered.formula[0].endswith("= 0\u00a0kWh")
    assert "Nothing covers it" in table(open_, "covers").empty
    assert open_.formula[1].endswith("× residual mix 0.6096\u00a0kgCO₂/kWh")


def test_a_lot_shows_its_shares_its_method_and_the_suppliers_own_factor() -> None:
    own, hybrid = figure("2026", "line.3_1.AL-2026-03-1"), figure("2026", "line.3_1.AL-2026-03-2")
    assert facts(own)["method"] == "supplier-specific"
    assert text(table(own, "factors").rows[0].cells[1]) == "factor of the supplier"
    assert table(own, "factors").rows[0].cells[0].figures[0].href.startswith("/why/entry/")
    assert facts(hybrid)["primary metal"] == "93.0\u00a0%"
    assert facts(hybrid)["how pre-consumer scrap counts"] == "cut-off"


def test_a_total_is_the_sum_of_its_lines_with_all_their_factors() -> None:
    view = figure("2026-10", "scope_1")
    assert view.value in view.formula[0]
    assert len(table(view, "lines").rows) == 3
    factors = [text(each.cells[0]) for each in table(view, "factors").rows]
    assert len(factors) == len(set(factors)) == 13
    bare = figure("2026-10", "scope_3_1", Otherwise(without_metal))
    assert (bare.value, bare.formula[0]) == ("–", "A line of it is not known, so the sum is not known.")


def test_a_closed_period_says_by_which_entry_its_hash_and_who_closed_it() -> None:
    closing = next(each for each in made().carbon_book().closings if each.period == "2025-11")
    standing = {each.name: (each.value.text, each.note) for each in whole("2025-11").standing}
    assert standing["State"] == ("closed, stands", f"entry {closing.number} of the ledger")
    assert standing["SHA-256 of its figures"][0] == closing.sha256
    assert standing["Recorded"][1] == "Li Na; approved by Chen Wei"
    assert "/why/restatement/2025-11" in [each.href for each in whole("2025-11").links]
    assert [each.name for each in whole("2026-10").standing] == ["State"]
    restated = {each.name: each.value.text for each in whole("2026-02").standing}
    assert restated["In place of"].startswith("entry ")


def test_a_closed_period_is_held_against_now_figure_by_figure_with_the_cause() -> None:
    view = build_restatement(made(), asked(made(), inventory="2025-11"))
    assert view.value == "2 figures would differ."
    changed = row(table(view, "changes"), "Scope 2, location-based")
    assert (changed["Closed"], changed["Now"], changed["Difference"]) == ("166.041", "171.000", "+4.959")
    assert changed["Cause"].startswith("factor grid-cn-gd-2023")
    same = build_restatement(made(), asked(made(), inventory="2025-10"))
    assert (same.value, len(table(same, "changes").rows)) == ("It would come out the same.", 0)
    with pytest.raises(NotHere, match="2026-10 is not closed"):
        build_restatement(made(), asked(made(), inventory="2026-10"))


def test_a_factor_names_every_entry_of_its_id_and_every_month_that_used_it() -> None:
    view = build_factor(made(), asked(made(), factor="grid-cn-gd-2023"))
    assert view.value == "0.4419\u00a0kgCO₂/kWh"
    uses = table(view, "uses")
    assert [text(each.cells[0]) for each in uses.rows][-1] == "2025-01"
    assert len(uses.rows) == 23
    assert "20 closed months used it." in view.formula
    assert [text(each.cells[0]) for each in table(view, "others").rows] == ["grid-cn-gd-2022"]
    with pytest.raises(NotHere, match="no factor"):
        build_factor(made(), asked(made(), factor="coal"))


def test_an_entry_is_shown_field_by_field() -> None:
    lot = next(each for each in made().carbon_book().booked if isinstance(each.body, AluminiumLot))
    view = build_entry(made(), asked(made(), entry=str(lot.number)))
    fields = {text(each.cells[0]): text(each.cells[1]) for each in table(view, "fields").rows}
    assert (fields["id"], fields["verifier"], fields["boundary"]) == ("AL-2024-01-1", "SGS", "cradle-to-gate")
    with pytest.raises(NotHere, match="no standing entry"):
        build_entry(made(), asked(made(), entry="7"))


def test_output_of_zero_gives_no_number_per_output() -> None:
    def idle(found: Inventory) -> Inventory:
        nothing = tuple(
            replace(each, output=0.0, scope_1=None, scope_1_2_market=None, codes=("inventory.no_output",))
            for each in found.per_output
        )
        return replace(found, per_output=nothing)

    view = figure("2026-10", "per_output.t.scope_1", Otherwise(idle))
    assert view.value == "–"
    assert view.doubts


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("2024", "path.scope_3_1"),
        ("2026-07", "certificates"),
        ("2026-07", "avoided.pv"),
        ("2026-07", "avoided.heat"),
    ],
)
def test_what_stands_beside_the_inventory_is_taken_apart_too(period: str, name: str) -> None:
    assert figure(period, name).value != "–"


def test_a_comparison_shows_both_sides_and_its_tolerance() -> None:
    view = figure("2026-10", "reconciled.gas.invoices")
    assert view.formula == (
        "113,925\u00a0Nm³ − 110,051\u00a0Nm³ = 3,874\u00a0Nm³, +3.40\u00a0% of the main meter;"
        " tolerance 2.0\u00a0%",
    )
    assert "G-2026-10" in text(table(view, "entries").rows[0].cells[3])


def test_electricity_against_sub_meters_is_the_supply_with_own_solar_power_among_its_meters() -> None:
    view = figure("2026-10", "reconciled.electricity.subs")
    assert view.heading == "Electricity: supply (import − export + PV) and sub-meters"
    assert "of the supply" in view.formula[0]
    assert view.formula[1] == "Supply of electricity: imported − exported + own solar power."
    assert view.meters is not None
    held = {each.point for each in view.meters}
    assert {each.id for each in made().plant.points if each.carrier is Carrier.PV} <= held
    billed = figure("2026-10", "reconciled.electricity.invoices")
    assert billed.meters is not None and len(billed.meters) < len(held)
    assert "of the main meter" in billed.formula[0] and len(billed.formula) == 1


@pytest.mark.parametrize("period", ["2025", "2026-07"])
def test_what_the_report_prints_of_a_sum_stands_on_the_page_it_leads_to(period: str) -> None:
    printed = (
        report(period="year", at="2025-06-01")
        if period == "2025"
        else report(period="month", at="2026-07-15")
    )

    def on(page: WhyInventory) -> set[str]:
        return {
            part.text.partition("\u00a0")[0]
            for of in page.tables
            for line in of.rows
            for each in line.cells
            for part in each.figures
        }

    for line in printed_table(printed, "gases").rows:
        if str(line[-1].value).startswith("scope"):
            wanted = {cell.figure.text for cell in line[1:-1]} - {"–"}
            assert wanted <= on(figure(period, str(line[-1].value)))
    for line in printed_table(printed, "certificates").rows:
        assert line[6].figure.text in on(figure(period, "certificates"))
    if period == "2025":
        metal = on(figure(period, "scope_3_1"))
        for line in printed_table(printed, "lots").rows[:-1]:
            assert {line[place].figure.text for place in (2, 3, 4, 5)} <= metal


@pytest.mark.parametrize(
    ("period", "name", "said"),
    [
        ("2019", "scope_1", "there is no inventory of '2019'"),
        ("last", "scope_1", "there is no inventory of 'last'"),
        ("2026", "scope_9", "2026 has no figure 'scope_9'"),
        ("2026", "line.1.coal", "2026 has no figure 'line.1.coal'"),
        ("2026", "supplier.Nobody", "2026 has no figure"),
    ],
)
def test_a_figure_that_is_not_there_is_refused_by_name(period: str, name: str, said: str) -> None:
    with pytest.raises(NotHere, match=said):
        figure(period, name)


def test_the_pages_are_served_under_their_addresses() -> None:
    app = app_of(MadeSource())
    for path in ("/why/inventory/2026-10/line.1.gas", "/why/factor/ar6-gwp-ch4", "/why/restatement/2025-11"):
        answer = asked_of(app, path, **{"accept-language": "zh-CN"})
        assert answer.status_code == 200
        assert "None" not in answer.text
    assert asked_of(app, "/why/inventory/2026-10/line.1.coal").status_code == 404
