"""Tiles, alerts and processes: states in words, the most urgent first, no judgement on what is not known."""

from __future__ import annotations

import pytest

from dashboard import live
from dashboard.numbers import Quantity
from dashboard.views.overview import overview
from domain.periods import DAY_MS, PeriodKind
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.overviewed import LANGUAGES, asked_of, html_of, page, part_of
from tests.dashboard.parsed import Tree


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


def test_a_rate_far_from_what_is_usual_stands_out() -> None:
    states = {card.key: card.state for card in overview(MadeSource(), asked_of(MadeSource())).tiles}
    assert states == {"tile.gas": "good", "tile.electricity": "good", "tile.pv": "good", "tile.heat": "high"}


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
