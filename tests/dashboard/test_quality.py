"""Data quality: what was observed, what is doubtful, and which figures rest on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dashboard.live import live_texts
from dashboard.page import BadRequest
from dashboard.views import baselines, declare, ledger, quality
from dashboard.views.quality_figures import affected, figures
from domain.courses import Completeness
from domain.declared import BaselinePicture
from domain.findings import Finding
from domain.ledger import MeterEventKind
from domain.periods import PeriodKind
from domain.windows import Flag
from storage.ledger_rows import KINDS
from tests.dashboard.asking import asked_of, html_of
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.parsed import Node, Tree

DAY_MS = 86_400_000


class Doubtful(MadeSource):
    """One meter with a flag on one day, and one more finding."""

    def __init__(self, flag: Flag, finding: Finding | None = None) -> None:
        super().__init__()
        self.flag, self.finding = flag, finding

    def completeness(self, *, since: int, until: int) -> tuple[Completeness, ...]:
        def flagged(row: Completeness) -> Completeness:
            first = replace(row.days[0], flags=int(self.flag))
            return replace(row, days=(first, *row.days[1:]))

        rows = super().completeness(since=since, until=until)
        return tuple(flagged(row) if row.device == "gas_main" else row for row in rows)

    def results(self, kind: str, *, since: int = 0, until: int = 2**53, period: PeriodKind | None = None,
                subject: str | None = None) -> Sequence[Any]:  # fmt: skip
        found = super().results(kind, since=since, until=until, period=period, subject=subject)
        return (*found, self.finding) if kind == "finding" and self.finding else found


def view_of(source: MadeSource, language: str = "en", **query: str) -> quality.QualityView:
    return quality.build(source, asked_of(source, "/quality", language, **query))


def text_of(page: str, device: str, key: str) -> Node:
    (found,) = Tree(page).root.all(lambda node: node.attributes.get(key, "").startswith(f"device.{device}"))
    return found


def test_a_meter_with_too_little_observed_is_named_with_the_figures_on_it() -> None:
    view = view_of(MadeSource())
    assert view.headline == "1 of 17 meters is weak: Gas, sheet coating"
    assert {each.name: each.rests_on for each in view.affected} == dict.fromkeys(
        (
            "Sheet coating: gas per output",
            "Sheet coating: expected gas, saving and drift",
            "Natural gas: what no sub-meter shows",
        ),
        "rests on Gas, sheet coating (1 day below 90 %)",
    )


def test_days_without_a_weak_meter_say_so() -> None:
    view = view_of(MadeSource(), period="month", at="2026-09-15")
    assert view.headline == "All 17 meters are sound: every figure of these days rests on whole readings."
    assert view.affected == ()


def test_a_silent_main_meter_weakens_every_total_that_rests_on_it() -> None:
    view = view_of(MadeSource(stale=("em_main",)), **{"from_": "2026-11-22"})
    names = {each.name for each in view.affected}
    assert {"Electricity of the plant", "Carbon, Scopes 1 and 2"} <= names
    assert all("Main incomer (no data for 4 min)" in each.rests_on for each in view.affected)


@pytest.mark.parametrize("flag", [Flag.RESET, Flag.STUCK, Flag.CONFLICT, Flag.DOUBTFUL, Flag.NO_CONDITIONS])
def test_a_doubtful_flag_weakens_its_meter(flag: Flag) -> None:
    source = Doubtful(flag)
    word = quality.flag_names(asked_of(source))[flag]
    assert f"rests on Gas main meter ({word})" in [each.rests_on for each in view_of(source).affected]


@pytest.mark.parametrize("flag", [Flag.SPIKE, Flag.EXCHANGE, Flag.WRAP])
def test_a_settled_flag_is_told_and_weakens_nothing(flag: Flag) -> None:
    source = Doubtful(flag)
    view = view_of(source)
    (row,) = [each for each in view.meters if each.device == "gas_main"]
    assert row.flags == f"{quality.flag_names(asked_of(source))[flag]} (1 day)"
    assert not any("Gas main meter" in each.rests_on for each in view.affected)


def test_every_flag_but_an_open_window_has_a_word() -> None:
    assert set(quality.flag_names(asked_of(MadeSource()))) == set(Flag) - {Flag.OPEN}


def test_every_figure_names_at_least_one_meter_of_the_demo() -> None:
    found = list(figures(asked_of(MadeSource())))
    assert len(found) == 13
    assert all(figure.points for figure in found)
    assert affected({}, asked_of(MadeSource())) == ()


def test_a_meter_says_its_age_against_its_own_interval() -> None:
    rows = {each.device: each for each in view_of(MadeSource(stale=("gas_coil",))).meters}
    silent, fresh = rows["gas_coil"], rows["em_main"]
    assert (silent.state, silent.age, silent.interval) == ("stale", "4 min", "2 s")
    assert (fresh.state, fresh.interval) == ("good", "1 s")
    assert fresh.value.endswith(" kWh")
    assert fresh.point == "/point/em_main.active_energy_import"
    assert silent.flags


def test_state_and_age_of_each_meter_follow_the_live_values() -> None:
    source = MadeSource(stale=("gas_coil",))
    page = html_of(quality.PAGE, source)
    texts, states = live_texts(source.now(), asked_of(source))
    for device in source.plant.devices:
        assert (
            text_of(page, device.id, "data-state-of").attributes["data-state"]
            == states[f"device.{device.id}"]
        )
        assert text_of(page, device.id, "data-live").text == texts[f"device.{device.id}.age"]


def test_doubts_of_the_days_come_with_code_cure_and_the_form_that_settles_them() -> None:
    reset = Finding(
        code="counter.reset_undeclared", key="gas_main.volume_reference", problem="fell", remedy="declare",
        since=NOW - DAY_MS, until=NOW,
    )  # fmt: skip
    source = Doubtful(Flag.RESET, reset)
    first, *_ = view_of(source).findings
    assert (first.code, first.word, first.level) == ("counter.reset_undeclared", "error", "alarm")
    assert "no meter event explains it" in first.sentence.text
    assert first.exchange.startswith("/declare/exchange?point=gas_main.volume_reference&at=2026-11-21")
    page = html_of(quality.PAGE, source)
    assert "<code>counter.reset_undeclared</code>" in page
    assert "point=gas_main.volume_reference" in page


def test_doubts_of_other_days_are_not_shown() -> None:
    codes = [each.code for each in view_of(MadeSource(), period="month", at="2026-09-15").findings]
    assert "data.gap" not in codes
    assert "data.gap" in [each.code for each in view_of(MadeSource()).findings]


def test_the_picker_goes_month_by_month_and_never_ahead() -> None:
    view = view_of(MadeSource(), period="month", at="2026-10-15")
    assert view.days.name == "October 2026"
    assert view.days.before == "/quality?period=month&at=2026-09-01"
    assert view.days.after == "/quality?period=month&at=2026-11-01"
    assert view_of(MadeSource()).days.after == ""
    assert view_of(MadeSource()).days.name == "2026-10-23 – 2026-11-22"
    with pytest.raises(BadRequest):
        view_of(MadeSource(), period="year")


def test_the_table_beside_the_grid_has_every_meter_with_its_worst_day() -> None:
    rows = {each.device: each for each in view_of(MadeSource()).meters}
    assert len(rows) == 17
    assert rows["gas_sheet"].worst == "2026-11-12 75.0\u00a0%"
    assert rows["gas_main"].worst == ""
    assert rows["gas_main"].observed == "100.0\u00a0%"


def test_a_day_that_is_not_whole_leads_to_its_readings() -> None:
    links = set(re.findall(r'<a href="([^"]*)"', view_of(MadeSource()).grid))
    assert links == {"/point/gas_sheet.volume_reference?from=2026-11-12&amp;to=2026-11-13"}


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
@pytest.mark.parametrize(
    "spec",
    [
        quality.PAGE,
        declare.PAGE,
        declare.EXCHANGE,
        declare.PRODUCTION,
        baselines.PAGE,
        baselines.FIT,
        ledger.PAGE,
    ],
    ids=lambda spec: spec.name,
)
def test_pages_of_a_plant_without_readings_are_whole(spec: Any, language: str) -> None:
    page = html_of(spec, MadeSource(empty=True), language)
    assert Tree(page).root.all(lambda node: node.tag == "h1")
    assert "None" not in re.sub(r"<[^>]*>", "", page)


# what is in the ledger


def test_the_ledger_shows_who_what_and_why_and_what_was_voided() -> None:
    source = MadeSource()
    view = ledger.build(source, asked_of(source))
    assert [row.number for row in view.rows] == [42, 41, 40, 39, 38, 31]
    (voided,) = [row for row in view.rows if row.is_voided]
    assert (voided.number, voided.who, voided.kind) == (38, "张三", "production")
    only = ledger.build(source, asked_of(source, kind="exchange"))
    assert [row.number for row in only.rows] == [31]
    with pytest.raises(BadRequest):
        ledger.build(source, asked_of(source, kind="secret"))


def test_every_kind_of_entry_has_a_name() -> None:
    stored = {kind.partition(".")[0] for kind in KINDS} - {"meter_event"}
    assert set(ledger.kind_names(asked_of(MadeSource()))) == stored | set(MeterEventKind)


def test_the_form_for_production_lists_what_the_ledger_has_already() -> None:
    source = MadeSource()
    found = declare.production(source, asked_of(source))
    assert [row.number for row in found.entries] == [39, 38]
    assert [row.number for row in declare.exchange(source, asked_of(source)).entries] == [42, 31]


def test_a_baseline_says_what_it_rests_on_and_which_gates_it_passes() -> None:
    source = MadeSource()
    waiting, used, *_ = baselines.build(source, asked_of(source)).items
    assert (waiting.state_word, waiting.may_be_approved) == ("waits for approval", True)
    assert (used.state_word, used.may_be_approved) == ("in use", False)
    assert (used.r_squared, used.cv_rmse, used.period) == ("0.987", "1.7\u00a0%", "2025-01-01 to 2025-12-31")
    assert used.model == "Gas of a day, Nm³ = 38.4 + 21.900 × output + 23.600 × operating hours"
    assert len(used.gates) == 7
    assert all(gate.is_passed for gate in used.gates)
    assert used.approved == "陈经理 on 2026-01-06 08:30, from 2025-01-01 on"


def test_a_gate_that_was_failed_says_its_cure_and_keeps_the_baseline_from_approval() -> None:
    class Failed(MadeSource):
        def baselines(self) -> tuple[BaselinePicture, ...]:
            first, *others = super().baselines()
            failed = replace(first.baseline, failures=("baseline.r_squared",))
            return (replace(first, baseline=failed), *others)

    source = Failed()
    item, *_ = baselines.build(source, asked_of(source)).items
    assert (item.state, item.may_be_approved) == ("alarm", False)
    (gate,) = [gate for gate in item.gates if not gate.is_passed]
    assert gate.cure == "Add the variable that moves the gas, or use weekly or monthly rows."
