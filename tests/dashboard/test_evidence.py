"""From any figure two clicks lead to the readings and the grade behind it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.pages import all_pages
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of

NAMED = [
    "/why/intensity/coil/hour/2026-11-21T08:00",
    "/why/intensity/coil/day/2026-11-21",
    "/why/intensity/sheet/week/2026-W46",
    "/why/intensity/coil/month/2026-11",
    "/why/intensity/coil/year/2026",
    "/why/intensity/coil/span/1794672000000-1795276800000",
    "/why/carrier/gas",
    "/why/carrier/electricity?period=month",
    "/why/carrier/pv?range=7d",
    "/why/carrier/heat?from=2026-11-20&to=2026-11-21T08:00",
    "/why/flows?period=week",
    "/why/track/coil/2026",
    "/why/change/2026",
]


DECLARED = ("/why/factor", "/why/entry")
"""What no meter tells: it leads to the ledger."""


def links(text: str, *starts: str) -> list[str]:
    """Return the addresses of a page that begin so, each once."""
    found = dict.fromkeys(unescape(each) for each in re.findall(r'href="([^"]+)"', text))
    return [each for each in found if each.startswith(starts)]


@pytest.fixture(scope="module")
def app() -> Starlette:
    return app_of(MadeSource())


@pytest.fixture(scope="module")
def named(app: Starlette) -> dict[str, httpx.Response]:
    """Return the evidence pages of one figure of each kind."""
    source = MadeSource()
    own = [f"/why/alert/{quote(each.id, safe='')}" for each in source.alerts()]
    own += [f"/why/baseline/{each.baseline.id}" for each in source.baselines()]
    return {path: asked_of(app, path) for path in (*NAMED, *own)}


def test_every_evidence_page_leads_to_readings_and_grade(
    app: Starlette, named: dict[str, httpx.Response]
) -> None:
    seen: set[str] = set()
    for path, answer in named.items():
        assert answer.status_code == 200, path
        points = links(answer.text, "/point/")
        assert points, path
        for point in points[:2]:
            if point.partition("?")[0] not in seen:
                seen.add(point.partition("?")[0])
                assert_readings(app, point)
    assert len(seen) > 5


def assert_readings(app: Starlette, point: str) -> None:
    """Check that a page of a point has readings, windows and their grade."""
    text = asked_of(app, point).text
    assert 'id="readings"' in text and 'id="windows"' in text, point
    assert re.search(r"<td class=\"nowrap\">\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}</td>", text), point
    assert ">measured</td>" in text or "⚠ estimated" in text, point


def test_each_figure_of_the_pages_is_two_clicks_from_readings(app: Starlette) -> None:
    figures: dict[str, str] = {}
    for spec in all_pages():
        if "{" not in spec.path and not spec.path.startswith(("/why", "/point")):
            for link in links(asked_of(app, spec.path).text, "/why/", "/point/"):
                figures.setdefault(kind_of(link), link)
    assert {"/why/intensity/day", "/why/carrier", "/why/track", "/why/alert"} <= figures.keys()
    for link in figures.values():
        if link.startswith("/point/"):
            assert_readings(app, link)
            continue
        answer = asked_of(app, link)
        assert answer.status_code == 200, link
        if kind_of(link) in DECLARED:
            continue
        points = links(answer.text, "/point/")
        assert points, link
        assert 'id="readings"' in asked_of(app, points[0]).text, link


def kind_of(link: str) -> str:
    """Return what kind of figure a link explains; links of one kind lead to one page."""
    parts = link.partition("?")[0].split("/")
    return "/".join(parts[:3]) + (f"/{parts[4]}" if parts[2] == "intensity" else "")


def test_the_formula_has_the_numbers_that_are_shown(named: dict[str, httpx.Response]) -> None:
    text = unescape(named["/why/intensity/coil/month/2026-11"].text).replace("\xa0", " ")
    assert '<p class="shown">26.37 Nm³/t</p>' in text
    assert "gas 45,422 Nm³ ÷ output 1,722.7 t = 26.37 Nm³/t" in text
    assert "intensity of the baseline period 25.44 Nm³/t × index 1.0319 = normalised 26.25 Nm³/t" in text
    assert "45,422 Nm³ ÷ expected by the baseline 44,020 Nm³ = index 1.0319" in text
    assert "readings do not reach its end yet" in text or "It is not over" in text


def test_factors_come_with_source_and_whether_they_are_verified(named: dict[str, httpx.Response]) -> None:
    text = named["/why/flows?period=week"].text
    assert "GB/T 32151.34-2024, table C.1" in text and "Guangdong 2023" in text
    assert '<span class="pill good">verified</span>' in text
    assert '<span class="pill warning">not verified</span>' in text


def test_meters_add_up_to_the_figure(named: dict[str, httpx.Response]) -> None:
    text = unescape(named["/why/intensity/coil/day/2026-11-21"].text).replace("\xa0", " ")
    shown = re.search(r"gas ([\d,]+) Nm³ ÷ output ([\d,.]+) t", text)
    assert shown is not None
    row = re.search(
        r"gas_coil\.volume_reference</small></td><td>sub-meter</td><td class=\"n\">([\d,]+) Nm³", text
    )
    assert row is not None and row[1] == shown[1]


def test_doubts_are_sentences(app: Starlette, named: dict[str, httpx.Response]) -> None:
    text = named["/why/intensity/sheet/week/2026-W46"].text
    assert "estimated" in text
    assert (
        "<li>readings do not reach its end yet</li>" in asked_of(app, "/why/inventory/2026-11/scope_1").text
    )
    assert not re.search(r"\b(data|track|baseline|intensity|flows)\.[a-z_]+ *<", text)


def test_what_was_done_to_a_meter_stands_on_its_page(app: Starlette) -> None:
    text = asked_of(app, "/point/gas_sheet.volume_reference?from=2026-10-25&to=2026-10-26").text
    assert "exchanged at 2026-10-25 08:00" in text


def test_gaps_and_grades_stand_on_the_page_of_a_point(app: Starlette) -> None:
    text = asked_of(app, "/point/gas_sheet.volume_reference?from=2026-11-12&to=2026-11-13").text
    assert "no answer" in text and "⚠ estimated" in text and "2026-11-12 02:00:00" in text


def test_versions_of_a_window_are_told(app: Starlette) -> None:
    path = "/point/gas_coil.volume_reference?from=2026-10-30&to=2026-10-31"
    onward = next(each for each in links(asked_of(app, path).text, "/point/") if "window=" in each)
    text = asked_of(app, onward.partition("#")[0]).text
    assert "Versions of the window 2026-10-30 09:00" in text
    assert text.partition('id="versions"')[2].partition("</section>")[0].count("<tr>") == 1 + 3


def test_readings_go_on_page_by_page(app: Starlette) -> None:
    path = "/point/gas_main.volume_reference?from=2026-11-20&to=2026-11-21"
    counts = []
    while path:
        text = asked_of(app, path).text.partition('id="readings"')[2]
        counts.append(text.count('<td class="nowrap">'))
        path = next((each.partition("#")[0] for each in links(text, "/point/") if "readings=" in each), "")
    assert counts == [1000, 440]


def test_windows_of_a_year_go_on_page_by_page(app: Starlette) -> None:
    text = asked_of(app, "/point/em_main.active_energy_import?from=2026-01-01&to=2026-03-01").text
    onward = next(each for each in links(text, "/point/") if "windows=" in each)
    first = asked_of(app, onward.partition("#")[0]).text.partition('id="windows"')[2]
    assert '<td class="nowrap">2026-01-17 16:00 – 17:00</td>' in first


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/why/intensity/paint/day/2026-11-21", "coil, sheet"),
        ("/why/intensity/coil/decade/2026", "month"),
        ("/why/intensity/coil/day/2026-13-01", "2026-W47"),
        ("/why/intensity/coil/span/1-2", "milliseconds"),
        ("/why/carrier/coal", "gas, electricity"),
        ("/why/track/coil/2027", "2026"),
        ("/why/track/coil/2020", "2024"),
        ("/why/baseline/none", "coil-"),
        ("/why/alert/none", "drift-coil-20261025"),
        ("/point/gas_coil.smell", "gas_coil.volume_reference"),
        ("/point/nothing", "gas_main"),
    ],
)
def test_an_unknown_name_is_404_and_says_what_there_is(app: Starlette, path: str, there: str) -> None:
    answer = asked_of(app, path)
    assert answer.status_code == 404 and there in unescape(answer.text)


def test_a_script_in_a_name_is_only_text() -> None:
    app = app_of(MadeSource(names={"gas_coil": "<script>alert(1)</script>", "coil": "<b>coil</b>"}))
    for path in ("/why/intensity/coil/day/2026-11-21", "/why/flows", "/point/gas_coil.volume_reference"):
        text = asked_of(app, path).text
        assert "<script>alert" not in text and "<b>coil" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_without_readings_every_page_says_so() -> None:
    app = app_of(MadeSource(empty=True))
    for path in ("/why/carrier/gas", "/why/flows", "/why/change/2026"):
        assert "–" in asked_of(app, path).text, path
    text = asked_of(app, "/point/gas_coil.volume_reference").text
    assert "There are no readings in this span." in text and "No window of this span is kept." in text
