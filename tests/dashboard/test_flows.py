"""The page of flows: it adds up as it is written, and what is not known is said, never summed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from dashboard.page import BadRequest
from dashboard.source import END, Source
from dashboard.views import flows as page
from dashboard.views.flows import PAGE, FlowsView
from dashboard.views.summed import covered
from domain.flows import Flows
from domain.method import Counterfactual, Method
from domain.periods import DAY_MS, PeriodKind
from domain.plant import Carrier
from tests.dashboard.asking import asked_of, html_of
from tests.dashboard.made import MadeSource
from tests.dashboard.making.hours import at

SPANS: tuple[dict[str, str], ...] = (
    {},
    {"period": "week"},
    {"period": "month", "at": "2026-10-05"},
    {"period": "year"},
    {"from_": "2026-03-02", "to": "2026-11-07"},
    {"from_": "2026-11-20T07:00", "to": "2026-11-20T19:00"},
)


class Changed(MadeSource):
    """The made plant with one thing changed."""

    def __init__(self, *, method: dict[str, Any] | None = None, without: str = "", **states: Any) -> None:
        super().__init__(**states)
        self._changes = method or {}
        self._without = without
        self.asked: list[tuple[str, PeriodKind | None, int]] = []
        self.drawn: dict[str, Any] = {}
        self.share = 0.0

    @property
    def method(self) -> Method:
        return replace(super().method, **self._changes)

    def flows(self, *, since: int, until: int) -> Flows:
        return replace(super().flows(since=since, until=until), **self.drawn)

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
        self.asked.append((kind, period, len(found)))
        if self.share and kind == "balance":
            found = [self._with_rest(each) for each in found]
        return [each for each in found if each.period.name != self._without]

    def _with_rest(self, each: Any) -> Any:
        codes = ("balance.negative",) if self.share < 0 else ("balance.over_tolerance",)
        proof = replace(each.evidence, codes=codes)
        rest = self.share * each.main
        return replace(each, subs=each.main - rest, unallocated=rest, share=self.share, evidence=proof)


@pytest.fixture(scope="module")
def source() -> MadeSource:
    return MadeSource()


def view_of(source: Source, language: str = "en", **query: str) -> FlowsView:
    return page.build(source, asked_of(source, "/flows", language, **query))


def value(text: str) -> float:
    """Return the number of `−1,234.5 MWh`."""
    return float(text.partition("\u00a0")[0].replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("query", SPANS, ids=str)
def test_what_came_in_is_the_sum_of_where_it_went_as_it_is_written(
    source: MadeSource, query: dict[str, str]
) -> None:
    view = view_of(source, **query)
    assert value(view.into.text) > 0.0
    assert sum(value(term.text) for term in view.terms) == pytest.approx(value(view.into.text), abs=1e-6)
    assert "not explained" not in {term.name for term in view.terms}


def test_a_span_to_come_has_not_begun_rather_than_gone_so_far(source: MadeSource) -> None:
    view = view_of(source, period="month", at="2031-01-05")
    assert [mark.text for mark in view.marks] == ["not begun"]
    assert view.picker.so_far == "not begun"


def test_what_nothing_explains_is_a_term_of_its_own() -> None:
    source = Changed()
    total = source.flows(since=at("2026-11-01"), until=at("2026-12-01")).total_kwh
    assert total is not None
    source.drawn = {"total_kwh": total + 7_000.0}
    view = view_of(source, period="month")
    rest = next(term for term in view.terms if term.name == "not explained")
    assert value(rest.text) == pytest.approx(7.0, abs=0.2)
    assert sum(value(term.text) for term in view.terms) == pytest.approx(value(view.into.text), abs=1e-6)


def test_a_carrier_has_one_share_in_title_carriers_and_nodes_whatever_its_sub_meters_show() -> None:
    source = Changed()
    whole = source.flows(since=at("2026-11-01"), until=at("2026-12-01"))
    nodes = [
        replace(node, kwh=node.kwh * 1.01) if node.kind == "carrier" and node.kwh else node
        for node in whole.nodes
    ]
    source.drawn = {"nodes": tuple(nodes)}
    view = view_of(source, period="month")
    by_name = {row.name: row for row in view.nodes}
    for row in view.carriers:
        assert by_name[row.name].share == row.share
        assert str(by_name[row.name].energy).partition("\u00a0")[0] == str(row.energy)
    assert f" is {by_name['Natural gas'].share} " in view.finding


def test_recovered_heat_is_in_no_term_and_has_no_share(source: MadeSource) -> None:
    view = view_of(source, period="month")
    assert [row.share for row in view.beside] == ["–"]
    assert {row.share for row in view.links if row.is_recovered} == {"–"}
    shares = sum(value(row.share) for row in view.carriers)
    assert shares == pytest.approx(100.0, abs=0.2)
    assert view.total.share == "100.0\u00a0%"


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_sentence_picture_and_table_say_the_same_figure(source: MadeSource, language: str) -> None:
    view = view_of(source, language)
    html = unescape(html_of(PAGE, source, language))
    gas = view.carriers[0]
    assert gas.share in view.finding
    titles = re.findall(r"<title id=[^>]*>([^<]*)</title>", html)
    assert titles == [view.finding, view.finding], "wide and narrow"
    assert html.count(f">{view.finding}<") == 3
    for node in view.nodes:
        assert f">{node.energy.text}</text>" in html, node.name
    assert "%(" not in html
    assert " style=" not in html


def test_every_node_and_link_is_in_the_table_twin_with_share_and_evidence(source: MadeSource) -> None:
    view = view_of(source)
    flows = source.flows(since=at("2026-11-22"), until=at("2026-11-23"))
    assert len(view.nodes) == len(flows.nodes)
    assert len(view.links) == len(flows.links)
    gas = next(row for row in view.nodes if row.name == "Natural gas")
    assert [(str(point), point.href.split("?")[0]) for point in gas.points] == [
        ("Gas main meter\u00a0· Volume at reference conditions", "/point/gas_main.volume_reference")
    ]
    assert (gas.proof.grade, gas.proof.coverage) == ("measured", "100\u00a0%")
    assert all(row.proof.grade == "measured" for row in view.links if row.source == "Natural gas")


def test_a_line_and_what_is_unmetered_have_the_evidence_of_their_own_meters(source: MadeSource) -> None:
    rows = {row.name: row.proof for row in view_of(source, period="month", at="2026-10-05").nodes}
    assert {proof.grade for proof in rows.values()} == {"measured"}
    silent = view_of(Changed(stale=("gas_coil",)))
    marked = {row.name for row in silent.nodes if "a meter is silent" in row.proof.why}
    assert marked == {"Coil coating"}


def test_carbon_links_to_its_factor(source: MadeSource) -> None:
    gas, bought, own = view_of(source, period="year").carriers
    assert gas.carbon.href.startswith("/why/carrier/gas?")
    assert "GB/T 32151.34-2024" in gas.factor
    assert value(bought.carbon.text) > 0.0
    assert own.carbon.text == "0.0"


def test_without_a_grid_factor_the_page_says_which_setting_is_missing() -> None:
    source = Changed(method={"carbon": replace(MadeSource().method.carbon, grid_kg_per_kwh=None)})
    assert "grid_kg_per_kwh" in html_of(PAGE, source)
    assert "grid_kg_per_kwh" not in html_of(PAGE, MadeSource())


def test_a_day_that_is_not_over_is_so_far_and_not_incomplete(source: MadeSource) -> None:
    view = view_of(source)
    assert [(mark.state, mark.text) for mark in view.marks] == [("stale", "so far, until 14:32")]
    assert 'data-part="/part/flows/body?period=day&amp;at=2026-11-22"' in html_of(PAGE, source)
    past = view_of(source, period="day", at="2026-11-20")
    assert past.marks == ()
    assert "data-part" not in html_of(PAGE, source, period="day", at="2026-11-20")


def test_what_is_missing_marks_the_span_its_carriers_and_their_sum() -> None:
    source = MadeSource(incomplete=True)
    view = view_of(source)
    assert ("warning", "incomplete") in [(mark.state, mark.text) for mark in view.marks]
    assert view.total.proof.mark == "incomplete"
    assert {row.proof.mark for row in view.carriers} == {"incomplete"}
    assert "readings of some meters are missing: sums are too small" in view.notes
    html = html_of(PAGE, source)
    assert '<span class="pill warning">⚠ incomplete</span>' in html
    assert view_of(source, period="month", at="2026-09-01").total.proof.mark == ""


def test_a_total_that_is_not_known_is_a_dash() -> None:
    source = Changed()
    source.drawn = {"total_kwh": None, "is_complete": False, "codes": ("flows.missing",)}
    view = view_of(source)
    assert (view.into.text, view.total.energy.text, view.total.share) == ("–", "–", "–")
    assert view.total.proof.mark == "incomplete"


def test_a_silent_meter_is_named_where_the_span_waits_for_it() -> None:
    source = MadeSource(stale={"gas_main"})
    name = asked_of(source).name_of("gas_main")
    expected = f"{name} has been silent since 14:28: what passed since then is not in these figures"
    assert expected in view_of(source).notes
    assert expected not in view_of(source, period="month", at="2026-10-01").notes


def test_many_silent_meters_are_counted_in_one_sentence() -> None:
    notes = view_of(MadeSource(stale={"gas_main", "gas_coil", "em_main"})).notes
    assert sum("silent" in note for note in notes) == 1
    assert any(note.startswith("3 meters are silent, ") for note in notes)


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_a_span_without_figures_says_why_and_what_to_do(language: str) -> None:
    source = MadeSource(empty=True)
    view = view_of(source, language)
    html = html_of(PAGE, source, language)
    assert view.is_empty and not view.notes
    assert 'class="empty"' in html
    assert 'href="/quality"' in html
    assert 'class="wide"' not in html
    assert 'class="wide"' in html_of(PAGE, MadeSource(), language)
    assert "0.0\u00a0MWh" not in html


# beside the flows


@pytest.mark.parametrize(
    ("counterfactual", "efficiency", "words"),
    [
        (Counterfactual.GAS, 0.9, "Counterfactual: a gas boiler of 90\u00a0% efficiency"),
        (
            Counterfactual.ELECTRICITY,
            3.2,
            "Counterfactual: electric heating with 3.20 kWh of heat for each kWh",
        ),
        (Counterfactual.NONE, 0.9, "No counterfactual is declared"),
    ],
)
def test_heat_says_what_it_stands_in_for(
    counterfactual: Counterfactual, efficiency: float, words: str
) -> None:
    source = Changed(method={"counterfactual": counterfactual, "heat_efficiency": efficiency})
    heat = view_of(source, period="month").heat
    assert heat is not None
    assert heat.counterfactual.startswith(words)
    assert bool(heat.avoided) is (counterfactual is not Counterfactual.NONE)
    assert "never subtracted" in html_of(PAGE, source, period="month")
    if counterfactual is Counterfactual.GAS:
        assert heat.total is not None
        parts = [value(row.avoided) for row in heat.rows]
        assert value(heat.total.avoided) == pytest.approx(sum(parts), abs=1.0)
        assert heat.total.avoided in heat.finding


def test_generation_of_an_odd_span_is_the_sum_of_its_days(source: MadeSource) -> None:
    month = view_of(source, period="month", at="2026-10-01").pv
    same = view_of(source, from_="2026-10-01", to="2026-11-01").pv
    assert month is not None and same is not None
    assert [(name, str(figure)) for name, figure in same.rows] == [
        (name, str(figure)) for name, figure in month.rows
    ]
    assert same.note == ""


def test_a_day_without_results_makes_the_sum_incomplete() -> None:
    pv = view_of(Changed(without="2026-10-12"), from_="2026-10-01", to="2026-11-01").pv
    assert pv is not None
    assert (pv.proof.mark, pv.proof.coverage) == ("incomplete", "97\u00a0%")


def test_hours_around_whole_days_are_said_to_be_left_out(source: MadeSource) -> None:
    pv = view_of(source, from_="2026-10-01T06:00", to="2026-10-04T12:00").pv
    assert pv is not None
    assert pv.note == "Whole days only: 2026-10-02 00:00 to 2026-10-04 00:00"
    short = view_of(source, from_="2026-10-01T06:00", to="2026-10-01T12:00")
    assert short.pv is not None
    assert short.pv.rows[0][1].text == "–"
    assert short.pv.note == "The span has not one whole day: choose a longer one"
    assert short.balance == ()
    assert "needs a main meter" in html_of(PAGE, source, from_="2026-10-01T06:00", to="2026-10-01T12:00")


@pytest.mark.parametrize(
    ("share", "state", "judgement"),
    [(0.012, "good", "within"), (0.07, "warning", "over"), (-0.04, "warning", "below 0")],
)
def test_what_is_left_over_is_held_against_the_tolerance(share: float, state: str, judgement: str) -> None:
    source = Changed()
    source.share = share
    rows = view_of(source, period="month", at="2026-10-01").balance
    assert [row.name for row in rows] == ["Natural gas", "Electricity"]
    assert {(row.state, row.judgement) for row in rows} == {(state, judgement)}
    assert value(rows[0].share) == pytest.approx(100.0 * share)


def test_a_plant_without_a_roof_has_no_card_for_it() -> None:
    source = MadeSource()
    devices = tuple(
        replace(each, points=tuple(point for point in each.points if point.carrier is not Carrier.PV))
        for each in source.plant.devices
    )
    asked = replace(asked_of(source, "/flows"), plant=replace(source.plant, devices=devices))
    assert page.build(source, asked).pv is None


# the span


def test_periods_lead_to_the_one_before_and_after_but_never_ahead_of_now(source: MadeSource) -> None:
    now = view_of(source).picker
    assert (now.name, now.after, now.so_far) == ("2026-11-22", "", "until 14:32")
    assert now.before == "/flows?period=day&at=2026-11-21"
    past = view_of(source, period="month", at="2026-03-10").picker
    assert (past.name, past.so_far) == ("March 2026", "")
    assert (past.before, past.after) == (
        "/flows?period=month&at=2026-02-28",
        "/flows?period=month&at=2026-04-01",
    )
    assert [each.url for each in past.kinds if each.is_current] == ["/flows?period=month&at=2026-03-31"]
    odd = view_of(source, from_="2026-03-02", to="2026-03-09T12:00").picker
    assert (odd.before, odd.after, odd.since, odd.until) == ("", "", "2026-03-02T00:00", "2026-03-09T12:00")


def test_a_wider_period_is_the_one_that_was_looked_at(source: MadeSource) -> None:
    kinds = view_of(source, period="day", at="2026-03-10").picker.kinds
    assert kinds[2].url == "/flows?period=month&at=2026-03-10"
    week = view_of(source, period="week", at="2026-03-10").picker
    assert week.name == "2026-W11 (03-09 –\u00a003-15)"


def test_a_span_that_cannot_be_names_the_parameter(source: MadeSource) -> None:
    with pytest.raises(BadRequest, match="to: is not after from"):
        view_of(source, from_="2026-03-02", to="2026-03-01")


def test_a_long_span_is_asked_for_in_months_and_never_in_hours() -> None:
    source = Changed()
    asked = asked_of(source, "/flows", from_="2024-01-03", to="2026-11-20")
    runs = covered(asked.span(), asked).runs
    assert [run.kind for run in runs] == [PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.DAY]
    assert runs[0].since == at("2024-01-03") and runs[-1].until == at("2026-11-20")
    assert all(one.until == next_.since for one, next_ in pairwise(runs))
    page.build(source, asked)
    assert {period for _, period, _ in source.asked} == {PeriodKind.DAY, PeriodKind.MONTH}
    assert sum(count for *_, count in source.asked) < 400


def test_a_short_span_is_its_days(source: MadeSource) -> None:
    asked = asked_of(source, "/flows", from_="2026-10-05", to="2026-10-09")
    found = covered(asked.span(), asked)
    assert [(run.kind, (run.until - run.since) // DAY_MS) for run in found.runs] == [(PeriodKind.DAY, 4)]
    assert found.is_whole
