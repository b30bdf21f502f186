"""Doubts about data become alerts that begin once, keep their id while they last, and end."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.data_alerts import of_balances, of_findings, silent_devices
from domain.findings import Finding, Severity
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, Period, PeriodKind
from domain.plant import Carrier
from domain.results import Alert, AlertState, Balance, Evidence
from tests.analytics.made import START, plant, point
from tests.analytics.process import SHANGHAI

METHOD = Method()
PLANT = plant(point("gas", Carrier.GAS), point("oven"))
MINUTE = 60_000
NOW = START + 30 * DAY_MS + 10 * HOUR_MS


def silent(last: dict[str, int], *, now: int = NOW, since: int = START) -> list[Alert]:
    return list(silent_devices(PLANT, METHOD, last, now=now, since=since))


def test_devices_that_answer_are_no_alert() -> None:
    assert silent({"gas": NOW - 14 * MINUTE, "oven": NOW}) == []
    assert silent({"gas": NOW - METHOD.silent_ms, "oven": NOW}) == []


def test_a_device_without_a_good_reading_is_silent_since_its_last_one() -> None:
    [alert] = silent({"gas": NOW - 16 * MINUTE, "oven": NOW})
    assert (alert.code, alert.subject, alert.state) == ("data.silent", "gas", AlertState.OPEN)
    assert alert.since == NOW - 16 * MINUTE
    assert alert.detected == NOW - MINUTE
    assert alert.facts == {"silent_min": 16.0}
    assert "16 min" in alert.problem


def test_a_device_that_never_answered_is_silent_from_the_beginning() -> None:
    [alert] = silent({"oven": NOW})
    assert alert.since == START


def test_a_silent_device_keeps_its_id_until_it_answers_and_has_a_new_one_afterwards() -> None:
    first = {
        alert.id
        for now in range(NOW, NOW + DAY_MS, HOUR_MS)
        for alert in silent({"gas": NOW - HOUR_MS, "oven": now}, now=now)
    }
    assert len(first) == 1
    assert silent({"gas": NOW + DAY_MS, "oven": NOW + DAY_MS}, now=NOW + DAY_MS) == []
    [again] = silent({"gas": NOW + DAY_MS, "oven": NOW + 2 * DAY_MS}, now=NOW + 2 * DAY_MS)
    assert again.id not in first


def finding(**other: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "counter.gap",
        "key": "gas.volume",
        "problem": "p",
        "remedy": "r",
        "severity": Severity.WARNING,
        "since": NOW - HOUR_MS,
        "until": None,
    }
    return Finding(**{**values, **other})


def alerts(*findings: Finding, now: int = NOW) -> list[Alert]:
    return list(of_findings(findings, now=now))


def test_what_is_no_doubt_about_data_or_only_told_is_no_alert() -> None:
    assert alerts() == []
    assert alerts(finding(severity=Severity.INFO)) == []
    assert alerts(finding(since=None)) == []


def test_a_doubt_that_lasts_is_open_and_one_that_is_over_has_recovered() -> None:
    [lasting], [over] = alerts(finding()), alerts(finding(until=NOW - 1))
    assert (lasting.state, lasting.until) == (AlertState.OPEN, None)
    assert (over.state, over.until) == (AlertState.RECOVERED, NOW - 1)
    assert lasting.id == over.id
    assert over.detected == NOW - 1


def test_a_doubt_that_is_over_leaves_after_two_weeks() -> None:
    over = finding(since=NOW - DAY_MS, until=NOW)
    assert len(alerts(over, now=NOW + 14 * DAY_MS)) == 1
    assert alerts(over, now=NOW + 14 * DAY_MS + 1) == []


def test_a_doubt_that_reaches_to_now_is_open() -> None:
    assert alerts(finding(until=NOW))[0].state is AlertState.OPEN


@pytest.mark.parametrize("code", ["counter.reset_undeclared", "counter.event_unfit", "counter.conflict"])
def test_what_time_does_not_settle_stays_open_until_somebody_declares_it(code: str) -> None:
    old = finding(code=code, since=START, until=START + HOUR_MS)
    [alert] = alerts(old)
    assert (alert.state, alert.until, alert.detected) == (AlertState.OPEN, None, START + HOUR_MS)
    assert alerts(old, now=NOW + 900 * DAY_MS)[0].state is AlertState.OPEN
    assert alerts() == [], "declared: the finding is gone, and so is the alert"


def test_ids_are_stable_while_a_doubt_goes_on() -> None:
    ids = {
        alerts(finding(until=until), now=now)[0].id
        for now in range(NOW, NOW + DAY_MS, HOUR_MS)
        for until in (None, now)
    }
    assert len(ids) == 1


def test_several_doubts_of_one_thing_and_instant_are_one_alert() -> None:
    """Ids name alerts in the store: two of one id would stop everything."""
    found = alerts(finding(problem="first"), finding(problem="second"), finding(key="other"))
    assert [alert.problem for alert in found] == ["first", "p"]
    assert len({alert.id for alert in found}) == 2


# balances


def balance(
    day: int, share: float | None, *, carrier: str = "gas", main: float = 100.0, **other: Any
) -> Balance:
    since = START + day * DAY_MS
    evidence = Evidence(shares={}, coverage=1.0, is_complete=other.pop("is_complete", True))
    left = main * share if share is not None else other.pop("left", None)
    return Balance(
        carrier=carrier,
        period=Period(since=since, until=since + DAY_MS, kind=other.pop("kind", PeriodKind.DAY), name="d"),
        main=main,
        subs=None if left is None else main - left,
        unallocated=left,
        share=share,
        evidence=evidence,
    )


def off(*balances: Balance, now: int = NOW) -> list[Alert]:
    return list(of_balances(balances, METHOD, SHANGHAI, now=now))


def test_balances_that_close_are_no_alert() -> None:
    assert off(*(balance(day, 0.05) for day in range(30))) == []
    assert off() == []
    assert off(balance(29, None)) == []


def test_a_run_of_days_is_one_alert_that_is_open_while_it_reaches_today() -> None:
    run = [balance(day, 0.10 if day >= 27 else 0.01) for day in range(30)]
    [alert] = off(*run)
    assert (alert.state, alert.until, alert.since) == (AlertState.OPEN, None, START + 27 * DAY_MS)
    assert alert.detected == START + 28 * DAY_MS
    assert alert.facts == {"share_percent": 10.0, "unallocated": 30.0, "main": 300.0}
    [next_day] = off(*run, balance(30, 0.2), now=NOW + DAY_MS)
    assert next_day.id == alert.id
    [over] = off(*run, balance(30, 0.0), now=NOW + DAY_MS)
    assert (over.id, over.state, over.until) == (alert.id, AlertState.RECOVERED, START + 30 * DAY_MS)


def test_two_runs_are_two_alerts_and_old_ones_are_gone() -> None:
    shares = [0.1 if day in (1, 20, 21, 25) else 0.0 for day in range(30)]
    found = off(*(balance(day, share) for day, share in enumerate(shares)))
    assert [(alert.since - START) // DAY_MS for alert in found] == [20, 25]
    assert {alert.state for alert in found} == {AlertState.RECOVERED}


def test_only_whole_days_count_and_carriers_stand_apart() -> None:
    assert off(balance(29, 0.5, is_complete=False), balance(29, 0.5, kind=PeriodKind.MONTH)) == []
    found = off(balance(29, 0.5), balance(29, 0.5, carrier="electricity"))
    assert [alert.subject for alert in found] == ["electricity", "gas"]


def test_sub_meters_that_show_more_than_the_main_meter_are_said_so() -> None:
    [alert] = off(balance(29, -0.20))
    assert "sub-meters show 20.0% more gas" in alert.problem


def test_a_main_meter_that_shows_nothing_while_its_sub_meters_do_is_an_alert() -> None:
    [alert] = off(balance(29, None, main=0.0, left=-50.0))
    assert "main meter shows none" in alert.problem
    assert "share_percent" not in alert.facts
    assert off(balance(29, None, main=0.0, left=0.0)) == []
