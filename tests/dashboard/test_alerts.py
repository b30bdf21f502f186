"""Alerts: what waits first, how large, what speaks for it, and what people did about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.page import BadRequest, NotHere
from dashboard.views import alerts
from dashboard.views.alert_evidence import devices_of
from domain.declared import AlertPicture
from domain.results import AlertKind, Suspect
from tests.dashboard.asking import asked_of, html_of
from tests.dashboard.made import MadeSource
from tests.dashboard.making.courses import DRIFT_ALERT
from tests.dashboard.making.declarations import BALANCE_ALERT, OLD_DRIFT, silent_alert
from tests.dashboard.parsed import Tree


class Reset(MadeSource):
    """Its only alert is a counter that fell and nobody said why."""

    def alerts(self) -> tuple[AlertPicture, ...]:
        (first, *_) = super().alerts()
        assert first.alert is not None
        told = replace(
            first.alert,
            code="counter.reset_undeclared",
            subject="gas_coil.volume_reference",
            kind=AlertKind.DATA,
        )
        return (replace(first, alert=replace(told, problem="", remedy="")),)


def drift_of(source: MadeSource, language: str = "en") -> alerts.AlertItem:
    return alerts.build_one(source, asked_of(source, language=language, alert=DRIFT_ALERT)).item


def test_what_waits_is_shown_in_the_order_of_the_agent() -> None:
    source = MadeSource(stale=("gas_coil",))
    view = alerts.build(source, asked_of(source))
    waiting = [each.id for each in source.alerts() if each.is_waiting]
    assert [item.id for item in view.items] == waiting
    assert {DRIFT_ALERT, silent_alert("gas_coil"), BALANCE_ALERT} <= set(waiting)
    assert view.others == len(source.alerts()) - len(waiting)
    assert view.headline.startswith(f"{len(waiting)} alerts wait. First: {view.items[0].sentence.text}")


def test_the_filter_is_in_the_address_and_shows_the_others_last() -> None:
    source = MadeSource()
    view = alerts.build(source, asked_of(source, show="all"))
    states = [item.is_waiting for item in view.items]
    assert states == sorted(states, reverse=True)
    assert OLD_DRIFT in [item.id for item in view.items]
    assert view.part == "/part/alerts/list?show=all"
    with pytest.raises(BadRequest):
        alerts.build(source, asked_of(source, show="some"))


def test_a_drift_says_how_large_against_what_with_its_interval_and_cost() -> None:
    source = MadeSource()
    (picture,) = [each for each in source.alerts() if each.id == DRIFT_ALERT]
    assert picture.alert is not None
    item = drift_of(source)
    facts = {fact.name: fact.text for fact in item.facts}
    assert facts["How large"] == (
        "+3.1\u00a0% against the level before (90 % interval +2.6\u00a0% to +3.6\u00a0%)"
    )
    per_day, so_far = picture.cost_per_day, picture.alert.facts["cost"]
    assert isinstance(so_far, float)
    assert facts["Cost"] == f"+{per_day:,.0f}\u00a0CNY a day, +{so_far:,.0f}\u00a0CNY so far"
    gas = picture.alert.facts["excess_nm3"]
    assert isinstance(gas, float)
    assert facts["Gas, against the level before"].endswith(f"a day, +{gas:,.0f}\u00a0Nm³ so far")
    assert facts["Probability"] == "99.8\u00a0%"
    assert item.since == "since 2026-10-25 (28 d)"
    assert item.why == f"/why/alert/{DRIFT_ALERT}"


def test_the_priority_is_a_word_by_the_severity() -> None:
    source = MadeSource(stale=("gas_coil",))
    found = {item.id: (item.level, item.priority) for item in alerts.build(source, asked_of(source)).items}
    assert found[silent_alert("gas_coil")] == ("alarm", "high")
    assert found[BALANCE_ALERT] == ("warning", "medium")
    chinese = alerts.build(source, asked_of(source, language="zh_Hans_CN"))
    assert {item.priority for item in chinese.items} <= {"高", "中", "低"}


def test_the_suspects_say_what_moved_from_what_to_what() -> None:
    assert drift_of(MadeSource()).suspects[0] == (
        "oven temperature: 244.8 before, 251.3 since (+3.4 standard deviations)"
    )
    meter = Suspect(variable="meter.exchange", before=0.0, after=0.2, deviations=9.0)
    said = alerts.suspect_text(meter, asked_of(MadeSource()))
    assert said == "a meter exchange: in 0\u00a0% of the rows before, 20\u00a0% since"


def test_a_drift_shows_its_cusum_with_a_table_of_the_same_sum() -> None:
    found = drift_of(MadeSource()).evidence
    assert found is not None
    assert found.chart.count("<svg") == 2
    total = found.rows[-1][2]
    assert total.startswith("+")
    assert found.title.endswith(f": {total}\u00a0Nm³")
    assert total in found.chart


def test_a_doubt_about_data_shows_what_was_observed_and_the_newest_value() -> None:
    source = MadeSource(stale=("gas_coil",))
    view = alerts.build_one(source, asked_of(source, alert=silent_alert("gas_coil")))
    found = view.item.evidence
    assert found is not None
    assert found.is_open
    assert [row[3:] for row in found.rows] == [("2026-11-22 14:28:00", "4 min")]


@pytest.mark.parametrize(
    ("subject", "devices"),
    [
        ("gas_coil.volume_reference", {"gas_coil"}),
        ("oven_coil", {"oven_coil"}),
        ("pv", {"pv_1", "pv_2"}),
        ("coil", {"gas_coil", "em_coil", "heat_coil", "plc_coil"}),
        ("statement 12", set()),
    ],
)
def test_the_devices_behind_an_alert(subject: str, devices: set[str]) -> None:
    assert devices_of(subject, asked_of(MadeSource())) == devices


def test_an_undeclared_reset_leads_to_the_form_that_settles_it() -> None:
    source = Reset()
    (item,) = alerts.build(source, asked_of(source)).items
    assert item.exchange.startswith("/declare/exchange?point=gas_coil.volume_reference&at=2026-10-25")
    page = html_of(alerts.PAGE, source)
    assert f'href="{item.exchange.replace("&", "&amp;")}"' in page


def test_each_alert_of_the_list_can_be_reached_by_its_id() -> None:
    source = MadeSource()
    tree = Tree(html_of(alerts.PAGE, source)).root
    found = {node.attributes["id"] for node in tree.all(lambda node: node.tag == "article")}
    assert {each.id for each in source.alerts() if each.is_waiting} == found


def test_steps_say_who_did_what_and_why() -> None:
    source = MadeSource()
    taken = alerts.build_one(source, asked_of(source, alert=BALANCE_ALERT))
    assert [(step.who, step.action) for step in taken.item.steps] == [("李工", "taken over")]
    assert taken.acknowledge is None
    assert taken.close is not None
    closed = alerts.build_one(source, asked_of(source, alert=OLD_DRIFT))
    assert closed.item.steps[-1].action == "closed, cause: burner"
    assert closed.close is None


def test_a_drift_of_a_process_that_the_plant_no_longer_has_is_still_shown() -> None:
    class Gone(MadeSource):
        def alerts(self) -> tuple[AlertPicture, ...]:
            (first, *_) = [each for each in super().alerts() if each.id == DRIFT_ALERT]
            assert first.alert is not None
            return (replace(first, subject="roll", alert=replace(first.alert, subject="roll")),)

    item = drift_of(Gone())
    assert item.evidence is None
    assert item.sentence.text == "roll: gas for the same work is up by 3.1\u00a0%."


def test_an_alert_that_is_not_there_is_not_found() -> None:
    source = MadeSource()
    with pytest.raises(NotHere):
        alerts.build_one(source, asked_of(source, alert="drift-nothing"))


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_a_plant_without_alerts_says_so(language: str) -> None:
    source = MadeSource(empty=True)
    view = alerts.build(source, asked_of(source, language=language))
    assert view.items == ()
    assert (
        view.headline
        == {
            "en": "No alert yet: alerts come from readings, and drifts need an approved baseline.",
            "zh_Hans_CN": "尚无告警：告警来自读数，漂移需要已批准的基线。",
        }[language]
    )
    assert html_of(alerts.PAGE, source, language)


def test_what_people_named_is_text_and_never_markup() -> None:
    source = MadeSource(names={"coil": "<b>coil</b>"})
    assert "<b>coil" not in html_of(alerts.PAGE, source) + html_of(alerts.ONE, source, alert=DRIFT_ALERT)
