"""The overview: one sentence that is true, the same figure everywhere, and nothing said that is not known."""

from __future__ import annotations

import re

import pytest
from starlette.routing import compile_path

from dashboard.numbers import Quantity
from dashboard.pages import all_pages
from dashboard.site import environment
from dashboard.views.overview import PARTS, overview
from dashboard.words import words_of
from tests.dashboard import served
from tests.dashboard.api.conftest import api_of
from tests.dashboard.made import MadeSource
from tests.dashboard.overviewed import LANGUAGES, asked_of, html_of, is_chart, page, part_of, section, svg_of
from tests.dashboard.parsed import Node

# one figure, one string


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_year_is_the_same_string_in_verdict_chart_finding_and_table(language: str) -> None:
    root = page(language)
    source = MadeSource()
    asked = asked_of(source, language)
    track = source.results("track", subject="coil-2026")[0]
    ratio = asked.numbers.quantity(track.year_to_date, Quantity.PER_TONNE)
    gap = asked.numbers.percent(track.year_to_date / track.target - 1.0)
    headline = section(root, "verdict-heading").all(lambda node: node.tag == "h1")[0].text
    assert ratio in headline
    assert gap in headline
    path = section(root, "path-coil-heading")
    finding = path.all(lambda node: node.has("finding"))[0].text
    assert ratio in finding
    assert gap in finding
    labels = [node.text for node in svg_of(path).all(lambda node: node.tag == "text")]
    assert any(ratio.partition("\xa0")[0] in label for label in labels)
    cells = [node.text for node in path.all(lambda node: node.tag == "td")]
    assert ratio.partition("\xa0")[0] in cells


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drift_is_the_same_string_in_verdict_alert_and_cusum(language: str) -> None:
    root = page(language)
    verdict = section(root, "verdict-heading").text
    cusum = section(root, "cusum-heading")
    labels = [node.text for node in svg_of(cusum).all(lambda node: node.tag == "text")]
    titles = [node.text for node in root.all(lambda node: node.has("title") and node.tag == "div")]
    for text in (verdict, cusum.all(lambda node: node.has("finding"))[0].text, " ".join(labels), titles[0]):
        assert "3.1\xa0%" in text
    newest = cusum.all(lambda node: node.tag == "tbody")[0].children[0].children[-1].text
    assert newest in labels
    assert newest in cusum.all(lambda node: node.has("finding"))[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_todays_energy_is_the_same_string_in_diagram_and_table(language: str) -> None:
    flows = section(page(language), "flows-heading")
    table = flows.all(lambda node: node.tag == "table" and "aria-labelledby" in node.attributes)[0]
    rows = [[cell.text for cell in row.children] for row in table.all(lambda node: node.tag == "tr")[1:]]
    labels = " ".join(node.text for node in svg_of(flows).all(lambda node: node.tag == "text"))
    for name, _, energy, *_ in (rows[0], rows[1], rows[2], rows[4]):
        assert name in labels
        assert f"{energy}\xa0MWh" in labels
    finding = flows.all(lambda node: node.has("finding"))[0].text
    assert rows[0][4] in finding


@pytest.mark.parametrize("heading", ["load", "cusum", "path-coil", "path-sheet", "flows"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_has_heading_finding_table_and_csv(heading: str, language: str) -> None:
    found = section(page(language), f"{heading}-heading")
    finding = found.all(lambda node: node.has("finding"))[0].text
    drawings = found.all(is_chart)
    assert len(drawings) == 2, "one for screens, one for phones"
    for drawing in drawings:
        assert drawing.attributes["role"] in ("img", "group")
        (title, *_) = drawing.all(lambda node: node.tag == "title")
        assert title.text == finding
        assert title.attributes["id"] == drawing.attributes["aria-labelledby"]
    (twin,) = found.all(lambda node: node.tag == "details")
    assert len(twin.all(lambda node: node.tag == "tr")) > 3
    assert finding in twin.all(lambda node: node.tag == "caption")[0].text
    assert any("/api/v1/" in node.attributes.get("href", "") for node in found.all(is_link))
    assert found.all(lambda node: node.tag in ("h1", "h2"))


def is_link(node: Node) -> bool:
    return node.tag == "a"


def test_every_figure_leads_to_what_it_rests_on() -> None:
    figures = page().all(lambda node: node.has("figure") or node.has("value"))
    assert len(figures) > 25
    for figure in figures:
        assert figure.attributes["href"].startswith(("/why/", "/alerts/", "/processes?", "/target"))
    for row in section(page(), "flows-heading").all(lambda node: node.tag == "td"):
        if row.text and re.fullmatch(r"[\d.,]+", row.text):
            assert row.all(is_link), row.text


# what is incomplete


def test_incomplete_sums_are_marked_in_a_word() -> None:
    table = section(page(incomplete=True), "flows-heading")
    marked = table.all(lambda node: node.has("warning-text"))
    assert len(marked) >= 5
    assert all("incomplete" in node.text for node in marked)
    assert not section(page(), "flows-heading").all(lambda node: node.has("warning-text"))


def test_a_load_that_misses_meters_is_starred_and_not_in_the_finding() -> None:
    source = MadeSource(stale={"heat_sheet"})
    card = part_of(source, "load").load
    assert card is not None
    assert card.has_partial
    assert card.rows[-1][-1].endswith("*")
    assert not card.rows[0][-1].endswith("*")


# the page


def test_a_phone_reads_verdict_tiles_alerts_then_the_rest() -> None:
    (main,) = page().all(lambda node: node.tag == "main")
    kinds = [" ".join(sorted(set(each.attributes["class"].split()))) for each in main.children]
    assert kinds[0] == "verdict-row"
    assert all("tile" in kind for kind in kinds[1:5])
    assert "side" in kinds[5]
    assert "load" in kinds[6]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("empty", [False, True])
def test_the_page_has_no_inline_style_or_script_and_no_id_twice(language: str, *, empty: bool) -> None:
    root = page(language, empty=empty)
    assert not root.all(lambda node: "style" in node.attributes or node.tag == "style")
    assert not root.all(lambda node: node.tag == "script" and "src" not in node.attributes)
    assert not root.all(lambda node: any(name.startswith("on") for name in node.attributes))
    ids = [node.attributes["id"] for node in root.all(lambda node: "id" in node.attributes)]
    assert len(ids) == len(set(ids))


def test_names_of_the_plant_file_are_text_wherever_they_stand() -> None:
    evil = "<script>alert(1)</script>"
    source = MadeSource(names={"coil": evil, "gas_boiler": evil, "gas_coil": evil}, stale={"gas_coil"})
    html = html_of(source)
    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_part_asks_the_source_for_no_more_than_it_shows() -> None:
    source = MadeSource()
    whole = overview(source, asked_of(source))
    for part in PARTS:
        found = overview(source, asked_of(source, path=f"/part/overview/{part}", part=part))
        assert getattr(found, part) == getattr(whole, part)
        assert [name for name in PARTS if getattr(found, name)] == [part]
        values = {"asked": asked_of(source), "view": found}
        assert environment(words_of("en")).get_template(f"overview/{part}.html").render(**values).strip()


def test_a_parameter_of_the_page_is_no_part() -> None:
    source = MadeSource()
    assert overview(source, asked_of(source, part="load")).verdict is not None


# where it leads


def test_every_link_has_a_page_and_first_figures_are_explained_there() -> None:
    links = {node.attributes["href"].partition("#")[0] for node in page().all(is_link)}
    inside = {
        link for link in links if link.startswith(("/why/", "/alerts", "/processes", "/target", "/flows"))
    }
    assert len(inside) > 40
    patterns = [compile_path(spec.path)[0] for spec in all_pages()]
    for link in inside:
        assert any(pattern.match(link.partition("?")[0]) for pattern in patterns), link
    app = served.app_of(MadeSource())
    for start in ("/why/intensity/coil/span/", "/why/track/coil/2026", "/why/carrier/gas?", "/alerts/drift"):
        link = min(each for each in inside if each.startswith(start))
        assert served.asked_of(app, link).status_code == 200, link


def test_a_csv_has_the_rows_of_the_table_beside_it() -> None:
    app = api_of(MadeSource())
    for heading, more in (("load", 0), ("cusum", 0), ("path-coil", None), ("flows", 0)):
        found = section(page(), f"{heading}-heading")
        (link,) = {node.attributes["href"] for node in found.all(is_link) if node.text == "CSV"}
        answer = served.asked_of(app, link)
        assert answer.status_code == 200, link
        rows = answer.text.splitlines()[1:]
        twin = found.all(lambda node: node.has("twin"))[0]
        shown = twin.all(lambda node: node.tag == "tr")[1:]
        if more is not None:
            assert len(rows) == len(shown) + more, link
        assert rows
