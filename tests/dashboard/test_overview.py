"""The overview: one sentence that is true, the same figure everywhere, and nothing said that is not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from dashboard import live
from dashboard.numbers import Quantity
from dashboard.page import Asked
from dashboard.site import environment
from dashboard.source import END, Source
from dashboard.views.overview import PARTS, Overview, overview
from dashboard.views.overview_verdict import Verdict
from dashboard.words import words_of
from domain.periods import DAY_MS, PeriodKind
from domain.results import Track
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.parsed import Node, Tree

LANGUAGES = ("en", "zh_Hans_CN")


def asked_of(source: Source, language: str = "en", path: str = "/", **query: str) -> Asked:
    """Return a request at the source's own instant."""
    return Asked(
        path=path,
        query=query,
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
    )


def html_of(source: Source, language: str = "en") -> str:
    """Return the page without the frame's live header."""
    asked = asked_of(source, language)
    frame: dict[str, Any] = {
        "header": None,
        "nav": [],
        "prefs": lambda **_: "/",
        "page": "overview",
        "title": "Overview",
    }
    template = environment(words_of(language)).get_template("overview.html")
    return template.render(asked=asked, view=overview(source, asked), **frame)


@cache
def page(
    language: str = "en",
    *,
    empty: bool = False,
    incomplete: bool = False,
    standing: Collection[str] = frozenset(),
) -> Node:
    """Return the page of a made plant."""
    source = MadeSource(empty=empty, incomplete=incomplete, standing=standing)
    return Tree(html_of(source, language)).root


def section(root: Node, label: str) -> Node:
    """Return the section that an element names."""
    (found,) = root.all(
        lambda node: node.attributes.get("aria-labelledby") == label and node.tag == "section"
    )
    return found


def svg_of(node: Node) -> Node:
    """Return the drawing for wide screens."""
    return next(each for each in node.all(lambda n: n.tag == "svg" and n.attributes.get("role") == "img"))


class Altered(MadeSource):
    """A made plant whose tracks say something else."""

    def __init__(self, change: Callable[[Track], Track]) -> None:
        super().__init__()
        self.altered = change

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        found = super().results(kind, since=since, until=until, period=period, subject=subject)
        return [self.altered(each) for each in found] if kind == "track" else found


def part_of(source: Source, part: str, language: str = "en") -> Overview:
    """Return one part of the page alone."""
    return overview(source, asked_of(source, language, path=f"/part/overview/{part}", part=part))


def verdict_of(source: Source, language: str = "en") -> Verdict:
    found = part_of(source, "verdict", language).verdict
    assert found is not None
    return found


def said(verdict: Verdict) -> str:
    """Return the verdict as text."""
    return " ".join([verdict.headline, *verdict.details]).replace("\xa0", " ")


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
    assert any(cell.startswith(ratio) for cell in cells)


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
    drawings = found.all(lambda node: node.attributes.get("role") == "img")
    assert len(drawings) == 2, "one for screens, one for phones"
    for drawing in drawings:
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


# the verdict


def test_the_verdict_names_the_worst_process_and_what_drifts_since_when() -> None:
    verdict = verdict_of(MadeSource())
    text = said(verdict)
    assert verdict.state == "warning"
    assert "Coil coating" in verdict.headline
    assert "above target" in verdict.headline
    assert "Main cause: Coil coating has used" in text
    assert "since 10-25" in text
    assert verdict.href == "/why/track/coil/2026"


def test_a_saving_whose_interval_includes_none_is_not_yet_proven() -> None:
    assert "Not yet proven" in said(verdict_of(MadeSource()))
    proven = Altered(lambda track: replace(track, is_proven=True))
    assert "Not yet proven" not in said(verdict_of(proven))


def test_all_is_well_only_when_below_target_proven_and_without_doubt() -> None:
    def below_by_a_percent(track: Track, *, is_proven: bool) -> Track:
        assert track.target is not None
        return replace(track, year_to_date=track.target * 0.99, is_proven=is_proven)

    below = Altered(partial(below_by_a_percent, is_proven=True))
    assert verdict_of(below).state == "good"
    assert "1.0 %</a> below target" in str(verdict_of(below).headline).replace("\xa0", " ")
    unproven = Altered(partial(below_by_a_percent, is_proven=False))
    assert verdict_of(unproven).state == "stale"


def test_a_probability_is_never_written_as_certain() -> None:
    for probability, words in ((0.9999, "above 99.9 %"), (0.00001, "below 0.1 %"), (0.31, ">31 %<")):
        source = Altered(lambda track, p=probability: replace(track, probability=p))  # type: ignore[misc]
        assert words in said(verdict_of(source))


def test_the_verdict_says_that_it_rests_on_silent_meters_and_part_of_the_year() -> None:
    stale = verdict_of(MadeSource(stale={"gas_coil"}))
    assert "without fresh data: Gas, coil coating." in said(stale)
    assert "Provisional" in said(verdict_of(MadeSource(incomplete=True)))
    assert "fresh data" not in said(verdict_of(MadeSource(stale={"heat_sheet"}))), "heat has no part in it"


def test_without_a_baseline_no_saving_can_be_proven() -> None:
    lost = Altered(
        lambda track: replace(
            track, projection=None, probability=None, is_proven=False, codes=("track.no_baseline",)
        )
    )
    text = said(verdict_of(lost))
    assert "no baseline is approved" in text
    assert "Going on like this" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_plant_gets_no_verdict_but_what_to_do(language: str) -> None:
    root = page(language, empty=True)
    verdict = section(root, "verdict-heading")
    assert "energy-agent check" in verdict.text
    assert verdict.attributes["data-state"] == "stale"
    for figure in root.all(lambda node: node.has("value") or (node.tag == "td" and node.has("n"))):
        assert figure.text.split()[0] == "\N{EN DASH}", "what is not known is never 0"
    assert not root.all(lambda node: node.has("twin"))


def test_before_any_figure_the_verdict_says_that_it_waits() -> None:
    class Early(MadeSource):
        def results(self, kind: str, **asked: Any) -> Sequence[Any]:
            return ()

    assert "first figures come" in said(verdict_of(Early()))


# tiles, alerts, processes


@pytest.mark.parametrize("language", LANGUAGES)
def test_tiles_begin_with_what_the_stream_will_say(language: str) -> None:
    source = MadeSource(stale={"heat_sheet"}, ahead={"pv_1"})
    root = Tree(html_of(source, language)).root
    texts, states = live.live_texts(source.now(), asked_of(source, language))
    for key, text in texts.items():
        if key.startswith("tile."):
            (node,) = root.all(lambda each, key=key: each.attributes.get("data-live") == key)  # type: ignore[misc]
            assert node.text == text
    for key, state in states.items():
        if key.startswith("tile."):
            (node,) = root.all(lambda each, key=key: each.attributes.get("data-state-of") == key)  # type: ignore[misc]
            assert node.attributes["data-state"] == state
    assert states["tile.heat"] == "stale"
    assert states["tile.pv"] == "ahead"


def test_an_unknown_share_has_no_arrow_and_no_judgement() -> None:
    root = page(empty=True)
    side = next(node for node in root.all(lambda node: node.has("side")))
    assert not side.all(lambda node: node.has("warning-text") or node.has("good-text"))


def test_a_line_that_stands_is_idle_and_not_infinite() -> None:
    side = page(standing=frozenset({"coil"})).all(lambda node: node.has("side"))[0]
    rows = {row.children[0].text: row for row in side.all(lambda node: node.tag == "tr")[1:]}
    assert "Coil coating Line idle" in rows
    assert "Sheet coating" in rows
    assert "inf" not in side.text


def test_a_worse_line_is_told_by_shape_and_word_too() -> None:
    side = page().all(lambda node: node.has("side"))[0]
    cells = [node.text for node in side.all(lambda node: node.tag == "td")]
    assert cells[1].startswith("▲ +")
    assert cells[1].endswith("worse")
    assert cells[4].startswith("▼ \N{MINUS SIGN}")
    assert cells[4].endswith("better")


def test_the_last_seven_days_are_gas_over_output_not_a_mean_of_ratios() -> None:
    source = MadeSource()
    asked = asked_of(source)
    until = asked.calendar.day_start(asked.calendar.day_of(NOW))
    days = source.results(
        "intensity", since=until - 7 * DAY_MS, until=until, period=PeriodKind.DAY, subject="coil"
    )
    ratio = sum(day.gas_nm3 for day in days) / sum(day.output for day in days)
    side = part_of(source, "side").side
    assert side is not None
    assert len(days) == 7
    assert side.lines[0].ratio.text == asked.numbers.quantity(ratio, Quantity.PER_TONNE)


def test_few_alerts_are_listed_the_most_urgent_first_and_the_rest_is_counted() -> None:
    source = MadeSource(stale={"heat_sheet", "heat_coil", "gas_boiler"})
    side = part_of(source, "side").side
    assert side is not None
    assert [each.state for each in side.alerts] == ["alarm", "alarm", "alarm", "warning"]
    assert side.more == "2 more alerts"
    assert side.alerts[3].details[0] == "since 10-25"


def test_an_alert_taken_over_says_by_whom() -> None:
    source = MadeSource()
    source.acknowledge(source.alerts()[0].id, who="王工", why="burner service comes")
    side = part_of(source, "side").side
    assert side is not None
    assert "taken over by 王工" in side.alerts[0].details


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
