"""The inventory report: the plant's own statement, laid out after ISO 14064-1, with a way to each figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.app import page_routes
from dashboard.inventory_files import report as as_file
from dashboard.page import Asked, BadRequest
from dashboard.site import environment
from dashboard.views.inventory_report import InventoryReport, build
from dashboard.views.inventory_report_parts import Section
from dashboard.views.report_table import ReportTable
from dashboard.words import words_of
from dashboard.workbook import inventory_workbook
from domain.carbon_book import Booked, Calibrated, CarbonBook
from domain.carbon_entries import BaseYear, BaseYearReason
from domain.inventory import FigureChange, Inventory
from domain.periods import PeriodKind
from domain.seals import Seal
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of, site_of
from tests.dashboard.test_reports import sheets

YEAR = {"period": "year", "at": "2025-06-01"}
MONTH = {"period": "month", "at": "2026-10-15"}
RESTATED = {"period": "month", "at": "2026-02-15"}
HOUR_MS = 3_600_000


def asked(source: MadeSource, query: Mapping[str, str], language: str = "en", *, now: int = NOW) -> Asked:
    """Return a request for the report."""
    return Asked(
        path="/reports/inventory",
        query=query,
        now=now,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
    )


def report(source: MadeSource | None = None, language: str = "en", /, **query: str) -> InventoryReport:
    """Return the report's view model."""
    source = source or MadeSource()
    return build(source, asked(source, query, language))


def section(found: InventoryReport, id_: str) -> Section:
    """Return one section."""
    return next(each for each in found.sections if each.id == id_)


def table(found: InventoryReport, id_: str) -> ReportTable:
    """Return one table."""
    return next(each for part in found.sections for each in part.tables if each.id == id_)


def inventory(name: str) -> Inventory:
    """Return an inventory of the made plant."""
    found: Sequence[Inventory] = MadeSource().results("inventory")
    return next(each for each in found if each.period.name == name)


class Changed(MadeSource):
    """A plant whose October 2026 lost its gas, or whose ledger got another entry since."""

    def __init__(
        self,
        *,
        is_gas_known: bool = True,
        entered: Booked | None = None,
        booked: tuple[Booked, ...] | None = None,
        seals: tuple[Seal, ...] | None = None,
        calibrations: tuple[Calibrated, ...] | None = None,
        changes: tuple[FigureChange, ...] = (),
    ) -> None:
        super().__init__()
        self._seals, self._calibrations, self._changes = seals, calibrations, changes
        self._is_gas_known, self._entered, self._booked = is_gas_known, entered, booked

    def results(self, kind: str, **asked_for: Any) -> Sequence[Any]:
        found = super().results(kind, **asked_for)
        if kind != "inventory" or self._is_gas_known:
            return found
        return [replace(each, scope_1=replace(each.scope_1, tco2e=None, fixed_t=None)) for each in found]

    def carbon_book(self) -> CarbonBook:
        found = super().carbon_book()
        if self._seals is not None:
            found = replace(found, seals=self._seals)
        if self._calibrations is not None:
            found = replace(found, calibrations=self._calibrations)
        if self._changes:
            closings = (*found.closings[:-1], replace(found.closings[-1], changes=self._changes))
            found = replace(found, closings=closings)
        booked = found.booked if self._booked is None else self._booked
        return replace(found, booked=booked if self._entered is None else (*booked, self._entered))


BASE = BaseYear(year=2025, reason=BaseYearReason.METHOD, what="another boundary", approver="Chen Wei")
LATER = Booked(
    number=5000,
    at=NOW,
    who="Li Na",
    why="the plan was reviewed",
    kind="base_year",
    body=BASE,
)


def test_it_says_first_who_reports_for_what_time_and_that_nobody_has_verified_it() -> None:
    found = report(**YEAR)
    assert found.title == "Greenhouse gas inventory report 2025"
    assert "own statement" in found.notice and "not a verification" in found.notice
    facts = {name: str(text) for name, text in section(found, "organisation").facts}
    assert facts["Responsible for the report"] == "Chen Wei"
    assert facts["Reporting period"] == "2025-01-01 – 2025-12-31"
    assert found.sections[0].id == "organisation"
    assert section(found, "unverified").sentences[0].startswith("No third party has verified")


def test_every_item_of_clause_9_3_1_has_its_section() -> None:
    found = report(**MONTH)
    rows = table(found, "items").rows
    assert [row[0].value for row in rows] == [f"{letter})" for letter in "abcdefghijklmnopqrst"]
    numbers = {str(place): each.id for place, each in enumerate(found.sections, 1)}
    for row in rows:
        named = str(row[2].value).split(", ")
        assert row[2].figure.href == f"#{numbers[named[0]]}"
        assert all(each in numbers for each in named)


def test_each_category_has_what_the_inventory_says() -> None:
    one = inventory("2026-10")
    rows = {row[-1].value: row for row in table(report(**MONTH), "categories").rows}
    assert rows["scope_1"][1].value == one.scope_1.tco2e
    assert rows["scope_2_location"][3].value == one.scope_2_location.fixed_t
    both = (one.scope_1.tco2e or 0.0) + (one.scope_2_market.tco2e or 0.0)
    assert rows["scope_1_2_market"][1].value == pytest.approx(both)
    assert rows["scope_1"][2].value == pytest.approx(200.0 * (one.scope_1.uncertainty or 0.0))


def test_direct_emissions_are_told_by_gas_and_add_up() -> None:
    rows = table(report(**YEAR), "gases").rows
    direct = [row for row in rows if str(row[-1].value).startswith("line.1.")]
    [whole] = [row for row in rows if row[-1].value == "scope_1"]
    for place in range(1, 6):
        known = [value for row in direct if isinstance(value := row[place].value, float)]
        told = whole[place].value
        assert (told if isinstance(told, float) else 0.0) == pytest.approx(sum(known))
    assert any("Biogenic" in each for each in section(report(**YEAR), "emissions").sentences)


def test_what_is_not_known_is_a_dash_in_its_category_and_in_every_sum_with_it() -> None:
    rows = {
        row[-1].value: row for row in table(report(Changed(is_gas_known=False), **MONTH), "categories").rows
    }
    for figure in ("scope_1", "scope_1_2_location", "scope_1_2_market"):
        assert rows[figure][1].value is None
        assert rows[figure][1].figure.text == "–"
    assert rows["scope_3_1"][1].value is not None


def test_exclusions_are_named_with_their_reason_and_never_counted_as_zero() -> None:
    rows = table(report(**MONTH), "categories-inside").rows
    assert len(rows) == 6
    assert all(row[2].value and row[3].value for row in rows)
    assert "refrigerants" in str(rows[0][2].value)


def test_factors_stand_with_id_entry_value_source_validity_and_whether_they_are_verified() -> None:
    found = report(**MONTH)
    [row] = [row for row in table(found, "factors").rows if row[0].value == "grid-cn-gd-2023"]
    texts = [str(cell.figure) for cell in row]
    assert texts[2:4] == ["0.4419", "kgCO₂/kWh"]
    assert "2025-01-01" in texts[6] and texts[8] == "not verified"
    assert row[0].figure.href == "/why/factor/grid-cn-gd-2023"
    told = section(found, "unverified").sentences
    assert any("grid-cn-gd-2023" in each for each in told)
    potentials = dict(section(found, "method").facts)
    assert any("27 (IPCC AR6)" in str(text) for text in potentials.values())


def test_old_and_new_base_year_stand_side_by_side() -> None:
    compared = table(report(**YEAR), "base-years-compared")
    assert [each.name for each in compared.columns][1:3] == ["Old, 2023", "New, 2024"]
    rows = {str(row[0].value): row for row in compared.rows}
    assert rows["Scope 3 category 1 per output"][2].value == 14.982
    assert rows["Scope 1 and 2"][4].value == pytest.approx(100.0 * (4284.0 / 4180.0 - 1.0))


def test_the_only_base_year_has_its_figures_too() -> None:
    first = replace(LATER, number=90, body=replace(BASE, scope_1_2_t=4180.0, output=40_000.0))
    rows = table(report(Changed(booked=(first,)), **YEAR), "base-years-compared").rows
    assert [str(cell.figure) for cell in rows[0]] == ["Scope 1 and 2", "–", "4,180", "–", "tCO₂e", "–"]
    assert [str(cell.figure) for cell in rows[3]][2] == "0.1045"


def test_a_year_above_its_path_says_so_with_a_shape() -> None:
    found = report(period="year", at="2024-06-01")
    [row] = [row for row in table(found, "path-scope-3-1").rows if row[0].value == "2024"]
    assert row[-2].value == "▲ above the path"
    assert len(section(found, "paths").charts) == 2


def test_a_closed_report_does_not_change_with_the_day_nor_with_later_entries() -> None:
    def paper(source: MadeSource, now: int) -> str:
        request = asked(source, YEAR, now=now)
        template = environment(request.words).get_template("inventory_report_paper.html")
        return template.render(asked=request, view=as_file(source, request))

    first = paper(MadeSource(), NOW)
    assert paper(Changed(entered=LATER), NOW + 400 * HOUR_MS) == first
    assert "2026-01-20T16:00:00Z" in first
    opened = report(Changed(entered=LATER), period="year", at="2026-06-01")
    assert table(opened, "base-years").rows[-1][0].value == "2025"


def test_a_restated_month_names_both_records_with_their_hashes() -> None:
    found = report(**RESTATED)
    rows = table(found, "closings").rows
    assert [row[2].value for row in rows] == ["closing", "restatement"]
    facts = {name: str(text) for name, text in section(found, "closing").facts}
    assert facts["SHA-256 of the figures"] == rows[-1][-1].value
    assert str(rows[-1][-1].value)[:12] in found.running


def test_a_period_that_is_not_closed_has_nobody_responsible_yet_and_is_provisional() -> None:
    found = report(**MONTH)
    assert found.is_provisional and not found.instant
    facts = {name: str(text) for name, text in section(found, "organisation").facts}
    assert facts["Responsible for the report"].startswith("nobody yet")
    assert "not closed" in found.running


def test_the_root_of_the_last_sealed_day_of_the_period_is_told_once_no_later_one_of_it_can_come() -> None:
    seals = MadeSource().carbon_book().seals

    def root(period: str, *days: str) -> str:
        listed = tuple(replace(seals[0], day=day, root=f"root of {day}") for day in days)
        found = report(Changed(seals=listed), period="month", at=period)
        return str(dict(section(found, "closing").facts)["Root of the hash chain"])

    assert root("2026-10-15", "2026-09-30", "2026-10-29", "2026-11-01") == "root of 2026-10-29"
    assert "not sealed yet" in root("2026-10-15", "2026-09-30", "2026-10-29")
    assert root("2026-11-15", "2026-10-31", "2026-11-21") == "root of 2026-11-21"
    assert "energy-agent verify" in root("2026-10-15")


@pytest.mark.parametrize(("language", "query"), [("en", YEAR), ("zh_Hans_CN", RESTATED)])
def test_the_workbook_has_the_pages_figures_with_numbers_as_numbers(
    language: str, query: dict[str, str]
) -> None:
    source = MadeSource()
    request = asked(source, query, language)
    page = build(source, request)
    book = list(sheets(inventory_workbook(page, request)).values())
    statements, tables = (
        book[0],
        [each for part in page.sections for each in (*part.tables, *part.sheets)],
    )
    assert len(book) == len(tables) + 1
    for each, rows in zip(tables, book[1:], strict=True):
        for cells, row in zip(rows[-len(each.rows) :], each.rows, strict=True):
            known = [cell.value for cell in row if cell.value not in (None, "")]
            found = [cell for cell in cells if cell != ""]
            assert len(found) == len(known)
            for text, value in zip(found, known, strict=True):
                assert text == value if isinstance(value, str) else float(text) == pytest.approx(value)
    said = {text for row in statements for text in row}
    assert page.notice in said
    assert {str(text) for part in page.sections for _, text in part.facts} <= said


def test_a_closed_period_gives_the_same_workbook_again() -> None:
    source = MadeSource()
    request = asked(source, RESTATED)
    assert inventory_workbook(build(source, request), request) == inventory_workbook(
        build(source, request), request
    )


def test_every_figure_of_the_page_leads_to_what_it_rests_on() -> None:
    app = app_of(MadeSource())
    pages = [
        asked_of(app, "/reports/inventory?" + "&".join(f"{k}={v}" for k, v in q.items()))
        for q in (MONTH, YEAR)
    ]
    links = [set(re.findall(r'<a class="figure" href="(/[^"]+)"', each.text)) for each in pages]
    month, year = links
    assert len(month) > 40
    assert any(each.startswith("/why/inventory/2026-10/line.1.gas") for each in month)
    seldom = {each for each in year if "/path." in each or "/certificates" in each or "2025-03" in each}
    assert len(seldom) > 8
    for each in sorted(month | seldom):
        assert asked_of(app, each).status_code == 200, each


def test_a_period_without_inventory_says_so_and_gives_no_file() -> None:
    source = MadeSource(empty=True)
    answer = asked_of(app_of(source), "/reports/inventory?period=month&at=2026-10-15")
    assert answer.status_code == 200
    assert "There is no inventory of this period." in answer.text
    routed = Starlette(routes=list(page_routes(site_of(source))))
    for ending in ("pdf", "xlsx"):
        answer = asked_of(routed, f"/reports/inventory.{ending}?period=month&at=2026-10-15")
        assert answer.status_code == 404
        assert "there is no inventory of October 2026" in answer.text


def test_it_is_of_a_month_or_a_year() -> None:
    for query in ({"period": "day"}, {"range": "7d"}):
        with pytest.raises(BadRequest, match="month or a year"):
            report(**query)


def test_a_name_that_is_a_script_is_text() -> None:
    source = MadeSource(
        names={"coil": "<script>alert(1)</script>", "gas_main": "<img src=file:///etc/passwd>"}
    )
    text = asked_of(app_of(source), "/reports/inventory?period=month&at=2026-10-15").text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text and "<img" not in text


def test_the_energy_report_leads_to_it_and_tells_the_same_greenhouse_gases() -> None:
    answer = asked_of(app_of(MadeSource()), "/reports?period=month&at=2026-10-15")
    assert "/reports/inventory?period=month&amp;at=2026-10-15" in answer.text
    told = f"{inventory('2026-10').scope_1.tco2e:,.1f}"
    assert f'href="/why/inventory/2026-10/scope_1">{told}</a>' in answer.text


def test_the_workbook_comes_as_a_file_with_plant_period_and_language_in_its_name() -> None:
    routed = Starlette(routes=list(page_routes(site_of(MadeSource()))))
    answer: httpx.Response = asked_of(routed, "/reports/inventory.xlsx?period=month&at=2026-10-15&lang=zh")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('inventory-month-2026-10-15-zh.xlsx"')
    assert PeriodKind.MONTH.value in answer.headers["content-disposition"]
