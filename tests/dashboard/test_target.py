"""The page about 2030: a path for each line, the gas of the year taken apart (carbon: test_carbon_paths)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dashboard.page import Asked
from dashboard.views.figure import text_of
from dashboard.views.target import TargetView, build
from dashboard.words import words_of
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of


def asked(source: MadeSource, language: str = "en", **query: str) -> Asked:
    """Return a request for the page."""
    return Asked(
        path="/target",
        query=query,
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
    )


def page(source: MadeSource, language: str = "en", **query: str) -> TargetView:
    """Return the page's view model."""
    return build(source, asked(source, language, **query))


def html(source: MadeSource, path: str = "/target") -> str:
    """Return the page as a browser gets it."""
    answer = asked_of(app_of(source), path)
    assert answer.status_code == 200
    return answer.text


def titles(markup: Any) -> set[str]:
    """Return the titles of the charts in some markup."""
    root = ET.fromstring(f"<x>{markup}</x>")
    return {each.text or "" for each in root.iter() if each.tag.endswith("title")}


def test_each_line_has_its_path_with_one_finding_in_sentence_and_chart() -> None:
    view = page(MadeSource())
    assert [each.process for each in view.processes] == ["coil", "sheet"]
    for each in view.processes:
        assert text_of(each.finding) in titles(each.chart)
        years = [row.year for row in each.years]
        assert years == list(range(2024, 2031))
        running = [row for row in each.years if row.is_running]
        assert [row.year for row in running] == [2026]
        # The table, the sentence and the label say one figure.
        figure = running[0].achieved.text
        assert figure in text_of(each.finding)
        assert figure in each.chart


def test_the_path_falls_by_two_percent_a_year_from_the_base_year() -> None:
    for each in page(MadeSource()).processes:
        path = [float(row.target) for row in each.years]
        for before, after in pairwise(path):
            assert after / before == pytest.approx(0.98, abs=0.0004)


def test_a_year_above_its_target_is_said_by_word_and_shape_not_by_colour_alone() -> None:
    view = page(MadeSource())
    over = [each for each in view.processes if each.state == "warning"]
    assert over
    assert all(each.verdict == "above target" for each in over)
    assert "▲" in html(MadeSource())


def test_what_moved_the_gas_adds_up() -> None:
    change = MadeSource().change(2026)
    assert change.before is not None
    assert change.after is not None
    assert change.before + sum(step.nm3 for step in change.steps) == pytest.approx(change.after)
    view = page(MadeSource()).change
    assert view is not None
    assert view.rows[0][0] == "2025"
    assert view.rows[-1][0] == "2026"
    assert len(view.rows) == len(change.steps) + 2


def test_a_plant_without_figures_says_what_is_missing() -> None:
    text = html(MadeSource(empty=True))
    assert "No figures of this year yet" in text
    assert "nan" not in text.lower()


def test_another_year_is_shown_by_its_address_and_a_wrong_one_is_refused() -> None:
    assert page(MadeSource(), year="2025").carbon.href == "/carbon?period=year&at=2025-01-01"
    answer = asked_of(app_of(MadeSource()), "/target?year=last")
    assert answer.status_code == 400
    assert "write 2026" in answer.text


def test_the_chinese_page_says_the_same_figures() -> None:
    english, chinese = page(MadeSource()), page(MadeSource(), "zh_Hans_CN")
    for one, other in zip(english.processes, chinese.processes, strict=True):
        assert [row.achieved.text for row in one.years] == [row.achieved.text for row in other.years]
        assert other.name in ("卷涂", "片涂")


def test_a_year_that_is_over_is_all_of_it_and_the_running_one_goes_to_a_day() -> None:
    coil, _ = page(MadeSource(), year="2025").processes
    assert text_of(coil.finding).startswith("All of 2025: ")
    assert [row.name for row in coil.years][:4] == ["2024", "2025", "2026 to 11-21", "2027"]
    coil, _ = page(MadeSource()).processes
    assert text_of(coil.finding).startswith("2026 to 11-21: ")
    assert "2026 to 11-21, normalised for output" in dict(coil.facts)
