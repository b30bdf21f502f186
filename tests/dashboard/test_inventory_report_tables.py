"""Tables of the inventory report: restatements, meters, many lots, what base years come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import hypot
from typing import Any

import pytest

from dashboard.views.carbon_changes import cause_text
from domain.carbon_book import Calibrated
from domain.inventory import FigureChange, Inventory, Line
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of
from tests.dashboard.test_inventory_report import (
    BASE,
    HOUR_MS,
    LATER,
    MONTH,
    RESTATED,
    YEAR,
    Changed,
    asked,
    inventory,
    report,
    section,
    table,
)


def test_what_a_base_year_does_not_state_stands_beside_it_as_computed() -> None:
    old, new = (replace(LATER, number=90 + k, body=replace(BASE, year=2024 + k)) for k in (0, 1))
    compared = table(report(Changed(booked=(old, new)), **YEAR), "base-years-compared")
    names = [each.name for each in compared.columns]
    assert names[1:5] == ["Old, 2024", "Old, 2024, computed", "New, 2025", "New, 2025, computed"]
    was, now = inventory("2024"), inventory("2025")
    aluminium = compared.rows[1]
    assert [aluminium[k].value for k in (1, 2, 3, 4)] == [
        None,
        was.scope_3_1.tco2e,
        None,
        now.scope_3_1.tco2e,
    ]
    assert compared.rows[4][4].value == now.per_output[0].scope_3_1
    change = (now.scope_3_1.tco2e or 0.0) / (was.scope_3_1.tco2e or 1.0) - 1.0
    assert aluminium[-1].value == pytest.approx(100.0 * change)
    running = report(Changed(booked=(replace(new, body=replace(BASE, year=2026)),)), period="year")
    note = table(running, "base-years-compared").note
    assert (
        note == "Of 2026 the entry states no figures, and it has no inventory of a whole year."
    )  # it still runs


def test_a_restated_month_tells_each_figure_before_and_after_with_the_reason() -> None:
    found = report(**RESTATED)
    changed = table(found, "changed-935")
    assert changed.note == "Reason: a late invoice of diesel"
    rows = {str(row[-1].value): row for row in changed.rows}
    one = inventory("2026-02")
    for figure, after in (("scope_1", one.scope_1.tco2e), ("line.1.diesel", 3.869887)):
        before, now, difference = (row.value for row in rows[figure][1:4])
        assert now == pytest.approx(after)
        assert isinstance(before, float) and isinstance(now, float) and before < now
        assert difference == pytest.approx(now - before, abs=0.001)  # of the figures as they are shown
    assert str(rows["line.1.diesel"][6].value).startswith("entries of the ledger: +")
    assert rows["per_output.t.scope_1"][2].value == one.per_output[0].scope_1
    links = {row[0].figure.href for row in changed.rows if row[0].figure.href}
    assert len(links) > 6
    app = app_of(MadeSource())
    assert {asked_of(app, each).status_code for each in links} == {200}


def test_a_restatement_of_many_figures_shows_the_main_ones_and_the_workbook_has_all() -> None:
    names = [f"line.3_1.L{k}.activity" for k in range(40)] + [
        "line.3_1.L1",
        "per_output.t.scope_1",
        "scope_1",
    ]
    names += [f"factor.1.gas.gas.ncv.f{k}" for k in range(20)]
    many = tuple(FigureChange(figure=each, before=1.0, after=2.0, unit="t", cause="method") for each in names)
    found = report(Changed(changes=many), **RESTATED)
    shown = table(found, "changed-935")
    assert [row[-1].value for row in shown.rows] == ["scope_1", "per_output.t.scope_1", "line.3_1.L1"]
    assert "The workbook has 60 more figures." in shown.note
    [sheet] = section(found, "closing").sheets
    assert [row[-1].value for row in sheet.rows] == names


def test_meters_behind_the_figures_have_their_calibration_at_the_end_of_the_period() -> None:
    def told(source: MadeSource, **query: str) -> dict[str, list[str]]:
        rows = table(report(source, **query), "meters").rows
        return {row[0].figure.href: [str(cell.figure) for cell in row[2:]] for row in rows}

    gas, power = "/point/gas_main.volume_reference", "/point/em_main.active_energy_import"
    year = told(MadeSource(), period="year", at="2024-06-01")
    assert year[gas] == ["3.0", "2023-05-10", "JL-2023-0417", "2025-05-09", "valid", "60"]
    assert year[power] == ["2.0", "–", "–", "–", "none declared", "–"]
    assert told(MadeSource(), **YEAR)[gas][4] == "▲ expired"
    assert told(MadeSource(), **MONTH)[gas][2:5] == ["JL-2026-0982", "2028-09-11", "valid"]
    late = Calibrated(number=5000, point=gas[7:], at=NOW - HOUR_MS, valid_until=None, certificate="")
    early = replace(late, at=MadeSource().carbon_book().calibrations[0].at + HOUR_MS)
    assert told(Changed(calibrations=(late,)), **MONTH)[gas][4] == "none declared"  # after its end
    assert told(Changed(calibrations=(early,)), **MONTH)[gas][4] == "no end stated"
    assert told(Changed(calibrations=(early,)), **YEAR)[gas][4] == "none declared"  # closed before it came


@pytest.mark.parametrize(("last", "standing"), [(30, "▲ expired"), (31, "valid")])
def test_the_last_day_of_a_calibration_counts(last: int, standing: str) -> None:
    known = MadeSource().carbon_book().calibrations[0]
    source = Changed(calibrations=(replace(known, valid_until=date(2026, 10, last)),))
    assert {str(row[6].figure) for row in table(report(source, **MONTH), "meters").rows} == {
        standing,
        "none declared",
    }


def test_many_lots_are_summed_by_supplier_and_method_and_listed_in_the_workbook() -> None:
    found, whole = report(**YEAR), inventory("2025").scope_3_1.tco2e
    *groups, total = table(found, "lots").rows
    assert [[row[0].value, row[1].value, row[2].value] for row in groups] == [
        ["Mingtai", "hybrid", 12],
        ["Nanshan", "supplier-specific", 12],
        ["Yunnan green", "average data", 12],
    ]
    assert total[5].value == pytest.approx(whole)
    assert sum(float(row[5].value or 0.0) for row in groups) == pytest.approx(whole)
    assert groups[1][4].value == pytest.approx(13.265)
    [listed] = section(found, "aluminium").sheets
    assert len(listed.rows) == total[2].value == 36
    assert len(table(report(**MONTH), "lots").rows) == 3
    assert not section(report(**MONTH), "aluminium").sheets


class Mixed(MadeSource):
    """A plant one of whose lots was counted by another method than its supplier's others, to no figure."""

    def results(self, kind: str, **asked_for: Any) -> Sequence[Any]:
        found: Sequence[Inventory] = super().results(kind, **asked_for)
        return [replace(each, lines=tuple(self._line(line) for line in each.lines)) for each in found]

    def _line(self, line: Line) -> Line:
        return replace(line, formula="lot.average.1", tco2e=None) if line.id == "AL-2025-01-1" else line


def test_a_lot_that_is_not_known_leaves_its_own_group_and_the_sum_open() -> None:
    rows = table(report(Mixed(), **YEAR), "lots").rows
    told = {(str(row[0].value), str(row[1].value)): (row[2].value, row[5].figure.text) for row in rows}
    assert told == {
        ("Mingtai", "hybrid"): (12, "177,028.731"),
        ("Nanshan", "average data"): (1, "–"),
        ("Nanshan", "supplier-specific"): (11, "279,811.910"),
        ("Yunnan green", "average data"): (12, "94,892.930"),
        ("All", "–"): (36, "–"),
    }


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (
            "diesel: entries: +12 -7; gas: windows: gas_main.volume",
            "柴油: 台账条目: +12 -7; 天然气: 表计读数: gas_main.volume",
        ),
        ("gas.ncv: old-1 (1) -> none", "天然气：低位发热量: old-1 (1) -> 无"),
        ("formula: gas.1 -> gas.2", "公式: gas.1 -> gas.2"),
        ("AL-1: method; +3", "AL-1: 方法或软件; +3"),
        ("method", "方法或软件"),
    ],
)
def test_causes_are_told_in_the_readers_language_and_ids_stay(cause: str, told: str) -> None:
    assert cause_text(cause, asked(MadeSource(), MONTH, "zh_Hans_CN")) == told


class DieselUntold(MadeSource):
    """A plant whose factors of diesel state no uncertainty."""

    def results(self, kind: str, **which: Any) -> Sequence[Any]:
        found = super().results(kind, **which)
        return tuple(map(self._untold, found)) if kind == "inventory" else found

    def _untold(self, each: Inventory) -> Inventory:
        return replace(
            each,
            lines=tuple(
                replace(line, uncertainty=None) if line.id == "diesel" else line for line in each.lines
            ),
        )


def test_tonnes_of_an_uncertainty_are_of_the_sources_that_state_one() -> None:
    one = inventory("2026-10")
    assert table(report(**MONTH), "data-quality").note == ""
    quality = table(report(DieselUntold(), **MONTH), "data-quality")
    told = {row[-1].value: row for row in quality.rows}
    assert "of the other sources alone" in quality.note
    [diesel] = [line.tco2e for line in one.lines if line.id == "diesel"]
    assert one.scope_1.tco2e and one.scope_1.uncertainty and diesel
    base = one.scope_1.tco2e - diesel
    assert told["line.1.diesel"][4].value is None
    assert told["scope_1"][4].value == pytest.approx(2.0 * one.scope_1.uncertainty * base)
    assert one.scope_2_market.tco2e and one.scope_2_market.uncertainty
    spread = hypot(one.scope_1.uncertainty * base, one.scope_2_market.uncertainty * one.scope_2_market.tco2e)
    rows = {row[-1].value: row for row in table(report(DieselUntold(), **MONTH), "categories").rows}
    both = rows["scope_1_2_market"][2].value
    assert both == pytest.approx(200.0 * spread / (base + one.scope_2_market.tco2e))


class OnTheEdge(MadeSource):
    """A plant whose aluminium is summed in two ways that differ in the last bits, on the edge of a digit."""

    def results(self, kind: str, **which: Any) -> Sequence[Any]:
        found = super().results(kind, **which)
        return tuple(map(self._edged, found)) if kind == "inventory" else found

    def _edged(self, each: Inventory) -> Inventory:
        lot = next(line for line in each.lines if line.scope == "3_1")
        part = 591_173.4084999999 / 25
        lots = [
            replace(lot, id=f"L{k}", tco2e=part, gases={"co2e": part}, subject=f"S{k % 2}") for k in range(25)
        ]
        others = [line for line in each.lines if line.scope != "3_1"]
        total = replace(each.scope_3_1, tco2e=591_173.4085000001)
        return replace(each, lines=(*others, *lots), scope_3_1=total)


def test_one_figure_is_printed_the_same_wherever_it_stands() -> None:
    found = report(OnTheEdge(), **MONTH)
    [category] = [row for row in table(found, "categories").rows if row[-1].value == "scope_3_1"]
    [gases] = [row for row in table(found, "gases").rows if row[-1].value == "scope_3_1"]
    lots = table(found, "lots").rows[-1]
    told = {str(cell.figure) for cell in (category[1], gases[4], gases[5], lots[5])}
    assert told == {"591,173.409"}
