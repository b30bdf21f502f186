"""The page of processes: against baseline, target and the past; a standing line is idle, never infinite."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from dashboard.charts.heatmap import DayState
from dashboard.page import BadRequest
from dashboard.source import END
from dashboard.views import process_days
from dashboard.views import processes as page
from dashboard.views.processes import PAGE, ProcessesView
from domain.courses import Cusum, ModelRowsPicture
from domain.declared import BaselinePicture
from domain.periods import PeriodKind
from domain.results import Intensity
from tests.dashboard.asking import asked_of, html_of
from tests.dashboard.made import MadeSource
from tests.dashboard.making.courses import DRIFT_ALERT

Change = Callable[[Intensity], Intensity | None]


class Changed(MadeSource):
    """The made plant with other intensities, or without a baseline in use."""

    def __init__(self, change: Change = lambda each: each, *, baselines: str = "used", **states: Any) -> None:
        super().__init__(**states)
        self._change = change
        self._baselines = baselines
        self.asked: list[tuple[str, PeriodKind | None]] = []

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        self.asked.append((kind, period))
        found = super().results(kind, since=since, until=until, period=period, subject=subject)
        if kind != "intensity":
            return found
        return [each for each in map(self._change, found) if each is not None]

    def baselines(self) -> tuple[BaselinePicture, ...]:
        found = super().baselines()
        if self._baselines == "none":
            return ()
        if self._baselines == "waiting":
            return tuple(replace(each, approved_at=None, is_in_use=False) for each in found)
        if self._baselines == "failing":
            codes = ("baseline.r_squared", "baseline.too_few_rows")
            return tuple(replace(each, baseline=replace(each.baseline, failures=codes)) for each in found)
        return found

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        return None if self._baselines in ("none", "waiting") else super().cusum(process, since=since)

    def model_rows(self, process: str) -> ModelRowsPicture:
        found = super().model_rows(process)
        if self._baselines not in ("none", "waiting"):
            return found
        rows = tuple(replace(row, expected_nm3=None) for row in found.rows)
        return replace(found, baseline=None, constant=None, slope=None, r_squared=None, rows=rows)


def unheld(each: Intensity) -> Intensity:
    """Return an intensity as it is without a baseline."""
    proof = replace(each.evidence, codes=("baseline.none",))
    return replace(each, expected_nm3=None, index=None, normalised=None, saving_nm3=None, evidence=proof)


def stood(name: str) -> Change:
    """Make the line stand on a day."""

    def change(each: Intensity) -> Intensity:
        if each.period.name != name:
            return each
        return replace(each, output=0.0, ratio=None)

    return change


def lost(name: str) -> Change:
    """Lose a day."""
    return lambda each: None if each.period.name == name else each


@pytest.fixture(scope="module")
def source() -> MadeSource:
    return MadeSource()


def view_of(source: MadeSource, language: str = "en", **query: str) -> ProcessesView:
    return page.build(source, asked_of(source, "/processes", language, **query))


# the head


def test_the_year_stands_against_its_target_with_the_figure_of_the_track(source: MadeSource) -> None:
    view = view_of(source)
    year = view.heads[2]
    track = source.results("track", subject="coil-2026")[0]
    assert year.value.text == f"{track.year_to_date:.2f}"
    gap = abs(track.year_to_date / track.target - 1.0)
    assert year.note == f"{100 * gap:.1f}\u00a0% above the target of {track.target:.2f}\u00a0Nm³/t"
    assert (year.state, year.shape) == ("warning", "▲")
    assert year.value.href == "/why/intensity/coil/year/2026"
    assert view.heads[0].value.href == "/why/intensity/coil/month/2026-11"


def test_the_normalised_figure_stands_against_the_baseline(source: MadeSource) -> None:
    month = view_of(source).heads[1]
    assert month.note.endswith("above the baseline of 25.44\u00a0Nm³/t")
    assert view_of(source, process="sheet").heads[3].shape == "▼"


def test_a_drift_says_since_when_and_leads_to_its_alert(source: MadeSource) -> None:
    view = view_of(source)
    assert view.finding.startswith("Since 2026-10-25 3.1\u00a0% more gas than before for the same work; ")
    assert view.alert == f"/why/alert/{DRIFT_ALERT}"
    assert view.state == "warning"
    html = html_of(PAGE, source)
    assert html.count(f'href="/why/alert/{DRIFT_ALERT}"') == 2


def test_without_a_drift_nothing_is_pointed_out(source: MadeSource) -> None:
    view = view_of(source, process="sheet")
    assert view.finding.startswith("No drift is open")
    assert (view.alert, view.state) == ("", "good")


def test_a_line_that_stands_now_is_idle() -> None:
    html = html_of(PAGE, MadeSource(standing={"coil"}))
    assert '<span class="pill stale">Line idle now</span>' in html
    assert "Line idle now" not in html_of(PAGE, MadeSource(standing={"sheet"}))


def test_a_silent_meter_of_the_process_is_named() -> None:
    source = MadeSource(stale={"gas_coil"})
    name = asked_of(source).name_of("gas_coil")
    assert [note.split(" has been")[0] for note in view_of(source).notes] == [name]
    assert view_of(source, process="sheet").notes == ()


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_each_finding_is_the_title_of_both_pictures(source: MadeSource, language: str) -> None:
    view = view_of(source, language)
    html = unescape(html_of(PAGE, source, language))
    titles = re.findall(r'<title id="[a-z]+-[wn]-title">([^<]*)</title>', html)
    findings = (view.cusum.finding, view.scatter.finding, view.days.finding, view.standby.finding)
    assert titles == [finding for finding in findings for _ in range(2)]
    assert "%(" not in html
    assert " style=" not in html


# without a baseline


@pytest.mark.parametrize(
    ("baselines", "todo"),
    [
        ("none", "No baseline yet: fit one over a year of normal work"),
        ("waiting", "Baseline coil-3f9a0c51d2e7 waits for approval"),
    ],
)
def test_without_a_baseline_the_page_says_what_to_do(baselines: str, todo: str) -> None:
    source = Changed(unheld, baselines=baselines)
    view = view_of(source)
    assert view.baseline.todo.startswith(todo)
    assert view.days.finding == "No day has an expectation yet: no baseline is approved"
    assert view.heads[1].value.text == "–"
    assert view.heads[1].note == "No approved baseline yet"
    assert {row.expected for row in view.history.rows} == {"–"}
    assert {row.saving for row in view.history.rows} == {"–"}
    html = html_of(PAGE, source)
    assert html.count('href="/baselines"') == 3
    assert "nan" not in html and "inf" not in re.sub("inform|information", "", html)


def test_gates_that_the_baseline_fails_are_said_in_words() -> None:
    source = Changed(baselines="failing")
    assert view_of(source).failures == (
        "the model explains less than half of the gas (R²)",
        "the baseline rests on too few rows",
    )
    assert "all gates passed" not in html_of(PAGE, source)
    assert "all gates passed" in html_of(PAGE, MadeSource())


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_a_plant_without_readings_says_what_the_page_needs(language: str) -> None:
    source = MadeSource(empty=True)
    view = view_of(source, language)
    html = html_of(PAGE, source, language)
    assert [(head.value.text, head.state) for head in view.heads] == [("–", "stale")] * 4
    assert view.history.rows == ()
    assert view.cusum.is_empty and view.scatter.is_empty and view.days.is_empty and view.standby.is_empty
    assert 'class="empty"' in html
    assert 'href="/quality"' in html


# days and months


def test_each_day_of_twelve_months_leads_to_its_explanation(source: MadeSource) -> None:
    view = view_of(source)
    days = [day for row in view.days.rows for day in row.days if day is not None]
    assert len(days) == 31 + 31 + 28 + 31 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 21
    assert "/why/intensity/coil/day/2026-11-21" in {day.href for day in days}
    links = html_of(PAGE, source).count('href="/why/intensity/coil/day/2026-11-21"')
    assert links == 4, "both pictures, the table of days, the history"


@pytest.mark.parametrize(("language", "word"), [("en", "idle"), ("zh_Hans_CN", "停机")])
def test_a_standing_day_is_idle_and_never_infinite(language: str, word: str) -> None:
    source = Changed(stood("2026-11-18"))
    view = view_of(source, language)
    row = next(row for row in view.history.rows if str(row.name) == "2026-11-18")
    assert (row.ratio, row.normalised, row.note) == ("–", "–", word)
    days = {day.href[-10:]: day.text for week in view.days.rows for day in week.days if day is not None}
    assert days["2026-11-18"] == word
    html = html_of(PAGE, source, language)
    assert "∞" not in html
    assert f"2026-11-18: {word}</title>" in html


def test_a_day_without_figures_is_a_gap_and_counted() -> None:
    asked = asked_of(MadeSource(), "/processes")
    found = MadeSource().results(
        "intensity", period=PeriodKind.DAY, subject="coil", since=asked.now - 4 * 86_400_000
    )
    kept = [each for each in found if each.period.name != "2026-11-20"]
    days = process_days._days(kept, asked)
    assert {day.day: day.state for day in days}["2026-11-20"] is DayState.MISSING
    view = view_of(Changed(lost("2026-11-20")))
    assert view.days.finding.endswith("1 not known")
    assert view.history.note == "1 period of this span has no figures"


def test_standby_is_all_that_was_burnt_without_output(source: MadeSource) -> None:
    view = view_of(source)
    months = source.results("intensity", period=PeriodKind.MONTH, subject="coil")[-12:]
    idle = sum(each.idle_nm3 + each.startup_nm3 + each.off_nm3 for each in months)
    total = sum(each.gas_nm3 for each in months)
    assert view.standby.finding.startswith(
        f"{100 * idle / total:.1f}\u00a0% of the gas ({idle:,.0f}\u00a0Nm³)"
    )
    assert len(view.standby.rows) == 12
    assert str(view.standby.rows[0].name) == "2026-11"


def test_a_month_whose_states_are_not_known_has_a_dash_and_no_share() -> None:
    def change(each: Intensity) -> Intensity:
        is_chosen = each.period.name == "2026-07"
        return replace(each, idle_nm3=None) if is_chosen else each

    row = next(row for row in view_of(Changed(change)).standby.rows if str(row.name) == "2026-07")
    assert (row.gas[1], row.share) == ("–", "–")


# history


def test_history_is_by_day_week_or_month_of_the_span_in_the_address(source: MadeSource) -> None:
    assert [row.name.text for row in view_of(source).history.rows][:2] == ["2026-11-22", "2026-11-21"]
    year = view_of(source, period="year").history
    assert [row.name.text for row in year.rows] == [f"2026-{month:02d}" for month in range(11, 0, -1)]
    weeks = view_of(source, period="month", at="2026-10-01", by="week").history
    assert [row.name.text for row in weeks.rows] == ["2026-W44", "2026-W43", "2026-W42", "2026-W41"]
    odd = view_of(source, from_="2026-10-05", to="2026-10-09", process="sheet")
    assert len(odd.history.rows) == 4
    assert odd.history.by[1].url == "/processes?from=2026-10-05&to=2026-10-09&process=sheet&by=week#history-h"
    assert odd.choices[0].url == "/processes?process=coil&from=2026-10-05&to=2026-10-09"


def test_a_saving_has_its_interval_and_what_is_not_over_is_provisional(source: MadeSource) -> None:
    today, yesterday = view_of(source).history.rows[:2]
    assert (today.is_open, today.proof.mark, today.proof.state) == (True, "provisional", "stale")
    assert (yesterday.is_open, yesterday.proof.mark) == (False, "")
    (each,) = source.results(
        "intensity", since=1_795_190_400_000, until=1_795_190_400_001, subject="coil", period=PeriodKind.DAY
    )
    assert each.period.name == "2026-11-21"
    half = (each.saving_nm3.high - each.saving_nm3.low) / 2
    assert yesterday.saving == f"−{abs(each.saving_nm3.value):.0f} ± {half:.0f}"


def test_what_was_not_measured_says_so_with_its_share(source: MadeSource) -> None:
    rows = view_of(source, process="sheet").history.rows
    row = next(row for row in rows if str(row.name) == "2026-11-12")
    assert row.proof.grade == "estimated\u00a025.0\u00a0%, otherwise measured"
    assert row.proof.why == ("there are gaps in the readings",)


def test_missing_readings_mark_the_month() -> None:
    source = MadeSource(incomplete=True)
    assert view_of(source).heads[0].proof.mark == "incomplete"
    assert view_of(source).history.rows[0].proof.mark == "incomplete"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"by": "hour"}, "by: 'hour' is no step; one of day, week, month"),
        ({"by": "day", "from_": "2024-01-01"}, "by: days of more than 400 days are too many"),
        ({"process": "paint"}, "process: 'paint' is not a process; there are coil, sheet"),
    ],
)
def test_what_cannot_be_shown_names_the_parameter_and_the_cure(
    source: MadeSource, query: dict[str, str], said: str
) -> None:
    with pytest.raises(BadRequest, match=re.escape(said)):
        view_of(source, **query)


def test_the_part_that_follows_live_figures_links_to_the_page_and_not_to_itself(source: MadeSource) -> None:
    asked = asked_of(source, "/part/processes/body", process="sheet", by="week", part="body")
    view = page.build(source, asked)
    urls = [each.url for each in (*view.choices, *view.picker.kinds, *view.history.by)]
    assert {url.partition("?")[0] for url in urls} == {"/processes"}
    assert not [url for url in urls if "part=" in url]
    assert view.query == "process=sheet&period=month&at=2026-11-22&by=week"


def test_no_page_asks_for_hours() -> None:
    source = Changed()
    view_of(source, from_="2024-01-01", to="2026-11-22")
    kinds = {period for kind, period in source.asked if kind == "intensity"}
    assert kinds == {PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR}
