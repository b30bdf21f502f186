"""The report of a month or a year: the same figures on the page, on paper and in the workbook."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest

from dashboard.page import Asked, BadRequest
from dashboard.views.reports import Report, build
from dashboard.words import words_of
from dashboard.workbook import report_workbook
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of

_NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def asked(source: MadeSource, language: str = "en", **query: str) -> Asked:
    """Return a request for a report."""
    return Asked(
        path="/reports",
        query=query,
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
    )


def report(source: MadeSource | None = None, /, **query: str) -> Report:
    """Return the report's view model."""
    source = source or MadeSource()
    return build(source, asked(source, **query))


def sheets(body: bytes) -> dict[str, list[list[str]]]:
    """Return the texts and numbers of each sheet of a workbook, read without the library that wrote it."""
    with zipfile.ZipFile(BytesIO(body)) as book:
        shared = [
            "".join(t.text or "" for t in each.iter(f"{{{_NS['x']}}}t"))
            for each in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [
            s.attrib["name"] for s in ET.fromstring(book.read("xl/workbook.xml")).iterfind(".//x:sheet", _NS)
        ]
        found = {}
        for number, name in enumerate(names, 1):
            root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert root.find(".//x:f", _NS) is None, "a formula"
            found[name] = [
                [
                    shared[int(c.findtext("x:v", "0", _NS))]
                    if c.get("t") == "s"
                    else c.findtext("x:v", "", _NS)
                    for c in row.iterfind("x:c", _NS)
                ]
                for row in root.iterfind(".//x:row", _NS)
            ]
    return found


def _text(cell: ET.Element, shared: list[str]) -> str:
    value = cell.findtext("x:v", "", _NS)
    return shared[int(value)] if cell.get("t") == "s" else value


def test_a_month_names_itself_its_plant_and_its_method() -> None:
    found = report(period="month", at="2026-10-15")
    assert found.title == "Energy report October 2026"
    assert not found.is_provisional
    method = dict(found.method)
    assert method["Gas volume"] == "Nm³ at 0 °C and 101.325 kPa"
    assert "38.931" in method["Energy of gas"]
    assert "approved by" in method["Baseline of Coil coating"]
    assert method["Software"].startswith("energy-agent")
    assert "not verified" in " ".join(text for name, text in found.method if name == "Factor")


def test_a_month_that_is_not_over_says_so() -> None:
    found = report()
    assert found.title == "Energy report November 2026, with today, so far"
    assert found.is_provisional


def test_a_month_so_far_says_to_which_instant_it_goes_and_compares_what_it_shows() -> None:
    [table] = [each for each in report().tables if each.id == "processes"]
    assert "With today, so far: to 2026-11-22 14:32." in table.note
    for row in table.rows:
        ratio, target, gap = (float(row[place].figure.text.replace("−", "-")) for place in (4, 6, 7))
        assert gap == pytest.approx((ratio / target - 1.0) * 100.0, abs=0.06)
    [over] = [each for each in report(period="month", at="2026-10-15").tables if each.id == "processes"]
    assert "so far" not in over.note


def test_a_month_to_come_has_not_begun() -> None:
    assert report(period="month", at="2027-05-01").title == "Energy report May 2027, not begun"


def test_the_process_table_says_what_the_month_says() -> None:
    source = MadeSource()
    found = report(source, period="month", at="2026-10-15")
    table = next(each for each in found.tables if each.id == "processes")
    [october] = [
        each for each in source.results("intensity", subject="coil") if each.period.name == "2026-10"
    ]
    row = table.rows[0]
    assert row[1].value == pytest.approx(october.gas_nm3)
    assert row[4].figure.text == f"{october.ratio:.2f}"
    assert row[4].figure.href == "/why/intensity/coil/month/2026-10"


def test_days_of_a_month_and_months_of_a_year_add_up_to_it() -> None:
    for query, parts in (
        ({"period": "month", "at": "2026-10-01"}, 31),
        ({"period": "year", "at": "2025-06-01"}, 12),
    ):
        found = report(**query)
        whole = next(each for each in found.tables if each.id == "processes").rows[0][1].value
        rows = next(each for each in found.tables if each.id == "process-coil").rows
        assert len(rows) == parts
        amounts = [row[2].value for row in rows]
        assert sum(each for each in amounts if isinstance(each, float)) == pytest.approx(whole)


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_the_workbook_has_the_pages_tables_with_numbers_as_numbers(language: str) -> None:
    source = MadeSource()
    request = asked(source, language, period="month", at="2026-10-15")
    book, page = sheets(report_workbook(source, request)), build(source, request)
    assert len(book) == len(page.tables) + 2
    for table, rows in zip(page.tables, book.values(), strict=False):
        body = rows[-len(table.rows) :]
        for cells, row in zip(body, table.rows, strict=True):
            known = [cell.value for cell in row if cell.value not in (None, "")]
            found = [cell for cell in cells if cell != ""]
            assert len(found) == len(known)
            for text, value in zip(found, known, strict=True):
                assert text == value if isinstance(value, str) else float(text) == pytest.approx(value)


def test_a_name_like_a_formula_is_text_in_the_workbook() -> None:
    source = MadeSource(names={"coil": "=cmd|'/c calc'!A1"})
    book = sheets(report_workbook(source, asked(source, period="month", at="2026-10-15")))
    assert any("=cmd|" in cell for rows in book.values() for row in rows for cell in row)


def test_what_is_not_known_is_an_empty_cell_and_a_dash() -> None:
    found = report(MadeSource(incomplete=True))
    for table in found.tables:
        for row in table.rows:
            for cell in row:
                assert (cell.value is None) == (cell.figure.text == "–" and cell.value != "–")


def test_a_report_is_of_a_month_or_a_year() -> None:
    for query in ({"period": "day"}, {"range": "7d"}, {"from": "2026-01-01", "to": "2026-02-01"}):
        with pytest.raises(BadRequest, match="month or a year"):
            report(**query)


def test_the_page_prints_title_tables_and_method() -> None:
    answer = asked_of(app_of(MadeSource()), "/reports?period=month&at=2026-10-15")
    assert answer.status_code == 200
    assert "<h1>Energy report October 2026</h1>" in answer.text
    assert 'id="method"' in answer.text
    assert not re.search(r"\bnan\b|None", answer.text)


def test_the_name_of_a_month_never_breaks() -> None:
    text = asked_of(app_of(MadeSource()), "/reports?period=year").text
    assert (
        '<td class="nowrap"><a class="figure" href="/why/intensity/sheet/month/2026-01">2026-01</a></td>'
        in text
    )


def test_an_empty_plant_has_an_empty_report() -> None:
    answer = asked_of(app_of(MadeSource(empty=True)), "/reports")
    assert answer.status_code == 200
    assert "There are no figures of this period." in answer.text or "<table>" in answer.text


RESTS = {
    "gas_main": {"carriers", "balance", "carbon"},
    "gas_coil": {"processes", "process-coil", "balance"},
    "gas_boiler": {"balance"},
    "plc_sheet": {"processes", "process-sheet", "carbon"},
    "em_main": {"carriers", "balance", "pv", "carbon"},
    "em_office": {"balance"},
    "pv_1": {"carriers", "pv"},
    "heat_sheet": {"carriers", "balance", "heat"},
}


@pytest.mark.parametrize("device", RESTS)
def test_each_table_says_that_a_meter_it_rests_on_is_silent(device: str) -> None:
    source = MadeSource(stale=[device])
    request = asked(source)
    name = request.name_of(device)
    found = build(source, request)
    assert {table.id for table in found.tables if name in table.rests} == RESTS[device]
    assert all("without fresh data" in table.rests for table in found.tables if table.rests)
    assert "data-state" in asked_of(app_of(source), "/reports").text.partition('id="title"')[2]


def test_every_table_of_a_plant_whose_meters_are_all_silent_says_so_in_the_workbook_too() -> None:
    source = MadeSource(stale=[device.id for device in MadeSource().plant.devices])
    request = asked(source)
    found, book = build(source, request), sheets(report_workbook(source, request))
    assert all(table.rests for table in found.tables)
    for table, rows in zip(found.tables, book.values(), strict=False):
        assert [table.rests] in rows


def test_a_silent_meter_makes_a_month_so_far_provisional_as_it_does_on_the_page_of_flows() -> None:
    source = MadeSource(stale=["gas_main"])
    [table] = [each for each in report(source).tables if each.id == "carriers"]
    assert str(table.rows[0][-1].figure) == "measured · 97\u00a0% · provisional"


def test_a_month_that_is_over_does_not_wait_for_a_meter_of_now() -> None:
    found = report(MadeSource(stale=["gas_main"]), period="month", at="2026-10-15")
    assert not any(table.rests for table in found.tables)


def test_heat_meters_are_told_apart_by_their_device() -> None:
    [table] = [each for each in report().tables if each.id == "heat"]
    names = [str(row[0].figure) for row in table.rows]
    assert len(set(names)) == len(names) == 2
    source = MadeSource()
    assert all(
        asked(source).name_of(f"heat_{each}") in name
        for each, name in zip(("coil", "sheet"), names, strict=True)
    )
