"""The verdict is one true sentence, and says what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from domain.periods import DAY_MS, HOUR_MS
from domain.results import Track
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.overviewed import LANGUAGES, Altered, page, said, section, verdict_of


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
    silent = Altered(partial(below_by_a_percent, is_proven=True), stale={"plc_coil", "plc_sheet"})
    assert verdict_of(silent).state == "stale"
    assert "1.0 %</a> below target" in str(verdict_of(below).headline).replace("\xa0", " ")
    unproven = Altered(partial(below_by_a_percent, is_proven=False))
    assert verdict_of(unproven).state == "stale"


def test_a_probability_is_never_written_as_certain() -> None:
    for probability, words in ((0.9999, "above 99.9 %"), (0.00001, "below 0.1 %"), (0.31, ">31 %<")):
        source = Altered(lambda track, p=probability: replace(track, probability=p))  # type: ignore[misc]
        assert words in said(verdict_of(source))


def test_the_verdict_says_that_it_rests_on_silent_meters_and_part_of_the_year() -> None:
    stale = verdict_of(MadeSource(stale={"gas_coil"}))
    assert stale.rests is not None
    assert "without fresh data: Gas, coil coating (4 min)" in stale.rests.text
    assert "Provisional" in said(verdict_of(MadeSource(incomplete=True)))
    for other in ("heat_coil", "gas_sheet", "plc_sheet"):
        rests = verdict_of(MadeSource(stale={other})).rests
        assert rests is not None
        assert (rests.state, rests.text) == ("good", ""), "it has no part in this"


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


@pytest.mark.parametrize(("language", "year"), [("en", "2026 to 11-21"), ("zh_Hans_CN", "2026 年截至 11-21")])
def test_figures_of_the_year_say_to_which_day_they_go(language: str, year: str) -> None:
    root = page(language)
    headline = section(root, "verdict-heading").all(lambda node: node.tag == "h1")[0].text
    assert headline.startswith(year)
    path = section(root, "path-coil-heading")
    assert path.all(lambda node: node.has("finding"))[0].text.startswith(year)
    assert year in [node.text for node in path.all(lambda node: node.tag == "th")]
    assert any("11-21" in node.text for node in path.all(lambda node: node.tag == "text"))
    assert "so far" not in path.text
    assert "至今" not in path.text


def test_the_day_is_that_of_the_last_row_which_is_over() -> None:
    weekly = Altered(lambda track: replace(track, until=NOW - NOW % DAY_MS - 8 * HOUR_MS - 6 * DAY_MS))
    assert verdict_of(weekly).headline.startswith("2026 to 11-15:")
