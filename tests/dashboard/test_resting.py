"""With a meter stopped, every section whose figures rest on it says so, and no other one."""

from __future__ import annotations

import pytest

from dashboard.live import live_texts
from dashboard.resting import rested
from tests.dashboard import served
from tests.dashboard.made import MadeSource
from tests.dashboard.overviewed import LANGUAGES, asked_of, part_of
from tests.dashboard.parsed import Node, Tree

COIL = {"verdict", "cusum", "path-coil"}
LOAD, TABLE, FLOWS, SUMS = {"load"}, {"lines"}, {"flows"}, {"energy"}
ON_OVERVIEW = {
    "gas_main": LOAD | FLOWS | SUMS,
    "gas_coil": COIL | LOAD | TABLE | FLOWS,
    "gas_sheet": {"path-sheet"} | LOAD | TABLE | FLOWS,
    "gas_boiler": FLOWS,
    "em_main": LOAD | FLOWS | SUMS,
    "em_coil": FLOWS,
    "em_sheet": FLOWS,
    "em_utilities": FLOWS,
    "em_office": FLOWS,
    "pv_1": LOAD | FLOWS | SUMS,
    "pv_2": LOAD | FLOWS | SUMS,
    "heat_coil": LOAD | FLOWS | SUMS,
    "heat_sheet": LOAD | FLOWS | SUMS,
    # It has the hall's temperature too, which every line is held against.
    "oven_coil": COIL | {"path-sheet"} | LOAD | TABLE,
    "oven_sheet": {"path-sheet"} | LOAD | TABLE,
    "plc_coil": COIL | LOAD | TABLE,
    "plc_sheet": {"path-sheet"} | LOAD | TABLE,
}
CARBON = {"carbon", "path-scope_1_2"}
ON_TARGET = {
    "gas_main": CARBON | {"change"},
    "gas_coil": {"track-coil", "change"},
    "gas_sheet": {"track-sheet", "change"},
    "em_main": CARBON,
    "oven_coil": {"track-coil", "track-sheet"},
    "oven_sheet": {"track-sheet"},
    "plc_coil": {"track-coil", "change"} | CARBON,
    "plc_sheet": {"track-sheet", "change"} | CARBON,
}
DEVICES = [device.id for device in MadeSource().plant.devices]


def page(path: str, **states: object) -> Node:
    """Return a page of a made plant as a browser gets it."""
    source = MadeSource(**states)  # type: ignore[arg-type]
    return Tree(served.asked_of(served.app_of(source), path).text).root


def marked(root: Node) -> dict[str, str]:
    """Return (section -> what its mark says) of those whose mark is seen."""
    found: dict[str, str] = {}
    name = ""

    def follow(node: Node) -> None:
        nonlocal name
        named = node.attributes.get("id", "")
        if node.tag in ("h1", "h2") and named:
            name = named.removesuffix("-heading")
        elif node.tag == "section" and named:
            name = named
        if node.has("rests") and node.attributes["data-state"] != "good":
            assert name not in found
            found[name] = node.text
        for each in node.children:
            follow(each)

    follow(root)
    return found


@pytest.mark.parametrize("device", DEVICES)
def test_exactly_the_sections_of_the_overview_that_rest_on_a_stopped_meter_say_so(device: str) -> None:
    assert set(marked(page("/", stale={device}))) == ON_OVERVIEW[device]


@pytest.mark.parametrize("device", DEVICES)
def test_exactly_the_sections_of_targets_and_carbon_that_rest_on_it_say_so(device: str) -> None:
    assert set(marked(page("/target", stale={device}))) == ON_TARGET.get(device, set())


def test_what_is_over_rests_on_no_meter_of_now() -> None:
    """The path of a line has this year in it whichever year is asked for."""
    root = page("/target?year=2025", stale=DEVICES)
    assert set(marked(root)) == {"track-coil", "track-sheet", "path-scope_1_2"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mark_begins_with_what_the_stream_will_say(language: str) -> None:
    source = MadeSource(stale={"gas_coil", "heat_sheet"}, ahead={"pv_1"})
    asked = asked_of(source, language)
    texts, states = live_texts(source.now(), asked)
    for path in ("/", "/target"):
        seen = page(f"{path}?lang={language[:2]}", stale={"gas_coil", "heat_sheet"}, ahead={"pv_1"})
        marks = seen.all(lambda node: node.has("rests") or node.has("rests-row"))
        assert len(marks) > 4
        for mark in marks:
            key = mark.attributes["data-state-of"]
            assert mark.attributes["data-state"] == states[key]
            assert mark.has("rests-row") or (mark.text, mark.attributes["data-live"]) == (texts[key], key)
    assert {key for key in states if key.startswith("rests.")} == {
        f"rests.{each}" for each in rested(source.plant)
    }


def test_a_mark_says_which_meters_and_since_how_long() -> None:
    def says(**states: object) -> str:
        return marked(page("/", **states))["flows"]

    assert says(stale={"gas_main"}) == "⚠ Rests on meters without fresh data: Gas main meter (4 min)"
    assert says(ahead={"pv_1"}).endswith("PV phase 1 (ahead of time)")
    assert says(empty=True).endswith("Gas, coil coating (no reading yet) and 11 more")
    assert says(stale={"gas_main", "em_main", "pv_1"}).endswith("(4 min) and 1 more")


def test_a_part_that_is_fetched_again_has_its_mark() -> None:
    source = MadeSource(stale={"gas_coil"})
    assert part_of(source, "cusum").rests["process.coil"].state == "stale"
    answer = served.asked_of(served.app_of(source), "/part/overview/cusum")
    assert "⚠ Rests on meters without fresh data: Gas, coil coating (4 min)" in answer.text
