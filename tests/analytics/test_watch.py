"""What the watch says of a process: alerts, their numbers, and when it stays silent."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.rows import ModelRows
from analytics.watch import watch
from domain.findings import Severity
from domain.ledger import AlertAction, AlertEntry
from domain.method import GasMethod, ProcessMethod
from domain.periods import DAY_MS, PeriodKind
from domain.results import AlertState
from tests.analytics.plants import BASE_ROWS, expected_of, fitted, plants, watched

ONSET = BASE_ROWS + 40


def one(rows: int, planted: dict[int, float] | None = None, *, seed: int = 1, phi: float = 0.35) -> ModelRows:
    return plants(1, rows, seed=seed, phi=phi, planted=planted)[0]


def closed(alert: str, at: int, *, is_permanent: bool = True) -> AlertEntry:
    return AlertEntry(
        alert=alert, action=AlertAction.CLOSED, at=at, subject="coil", cause="oven", is_permanent=is_permanent
    )


def test_a_rise_of_6_percent_is_an_alert_with_its_numbers() -> None:
    rows = one(ONSET + 60, {ONSET: 0.06})
    _, alerts, findings = watched(rows, gas=GasMethod(price_per_nm3=3.5))
    (alert,) = alerts
    assert alert.code == "drift.up"
    assert alert.severity is Severity.ERROR
    assert alert.state is AlertState.OPEN and alert.until is None
    assert abs(alert.since - rows.since[ONSET]) <= 3 * DAY_MS
    assert rows.since[ONSET] < alert.detected <= rows.since[ONSET] + 4 * DAY_MS
    facts: dict[str, Any] = dict(alert.facts)
    assert facts["shift_percent_low"] < 6.0 < facts["shift_percent_high"]
    assert facts["shift_percent_high"] - facts["shift_percent_low"] < 1.5
    since = rows.since >= alert.since
    true_excess = float(np.sum(rows.gas[rows.since >= rows.since[ONSET]]) * 0.06 / 1.06)
    assert facts["excess_nm3"] == pytest.approx(true_excess, rel=0.1)
    assert facts["excess_nm3_per_day"] == pytest.approx(facts["excess_nm3"] / np.count_nonzero(since))
    assert facts["excess_co2_kg"] == pytest.approx(facts["excess_nm3"] * 2.162189, rel=1e-5)
    assert facts["cost"] == pytest.approx(3.5 * facts["excess_nm3"])
    assert facts["currency"] == "CNY"
    assert facts["probability"] > 0.999
    assert facts["ewma_agrees"] == "yes"
    assert f"{facts['shift_percent']:.1f} % more gas" in alert.problem
    assert "CNY" in alert.problem
    spikes = [finding for finding in findings if finding.code == "drift.spike"]
    assert not [spike for spike in spikes if (spike.since or 0) >= alert.since]


def test_without_a_price_there_is_no_cost() -> None:
    (alert,) = watched(one(ONSET + 60, {ONSET: 0.06}))[1]
    assert "cost" not in alert.facts and "currency" not in alert.facts


def test_an_alert_keeps_its_id_and_onset_whatever_comes_later() -> None:
    rows = one(ONSET + 120, {ONSET: 0.03}, seed=3)
    baseline = fitted(rows)
    seen: dict[str, tuple[int, int]] = {}
    for count in range(ONSET, len(rows), 5):
        for alert in watched(rows.pick(slice(0, count)), baseline)[1]:
            assert seen.setdefault(alert.id, (alert.since, alert.detected)) == (alert.since, alert.detected)
    assert len(seen) == len(watched(rows, baseline)[1]) >= 1
    (last,) = [alert for alert in watched(rows, baseline)[1] if alert.detected > rows.since[ONSET]]
    assert last.id == f"drift-coil-{str(np.datetime64(last.since + DAY_MS // 2, 'ms'))[:10].replace('-', '')}"


def test_the_alert_recovers_when_the_gas_is_back() -> None:
    back = ONSET + 50
    rows = one(back + 60, {ONSET: 0.04, back: 0.0}, seed=2)
    (alert,) = watched(rows)[1]
    assert alert.state is AlertState.RECOVERED
    assert alert.until is not None
    assert abs(alert.until - rows.since[back]) <= 4 * DAY_MS
    state, _, _ = watched(rows)
    assert state is not None and state.level == pytest.approx(1.0, abs=0.004)


def test_an_improvement_is_information_and_a_later_rise_is_seen_against_the_new_level() -> None:
    rise = ONSET + 100
    rows = one(rise + 40, {ONSET: -0.03, rise: 0.01}, seed=5)
    state, (down, up), _ = watched(rows)
    assert (down.code, down.severity, down.state) == ("drift.down", Severity.INFO, AlertState.RECOVERED)
    assert float(down.facts["excess_nm3"]) < 0.0
    assert "less gas" in down.problem
    assert up.code == "drift.up"
    assert abs(up.since - rows.since[rise]) <= 5 * DAY_MS
    low, high = float(up.facts["shift_percent_low"]), float(up.facts["shift_percent_high"])
    assert low < 100 * (1.01 / 0.97 - 1) < high
    assert up.facts["level_before"] == pytest.approx(0.97, abs=0.006)
    assert state is not None and state.level == up.facts["level_before"]


def test_closed_as_permanent_the_new_level_is_normal_and_the_watch_goes_on() -> None:
    second = ONSET + 120
    rows = one(second + 40, {ONSET: 0.04, second: 0.08}, seed=8)
    (alert,) = watched(rows)[1]
    at = int(rows.since[ONSET + 40]) + DAY_MS // 2
    state, alerts, _ = watched(rows, entries=[closed(alert.id, at)])
    first, later = alerts
    assert (first.id, first.until, first.state) == (alert.id, at, AlertState.RECOVERED)
    assert first.facts["accepted"] == "yes"
    assert abs(later.since - rows.since[second]) <= 3 * DAY_MS
    assert later.facts["level_before"] == pytest.approx(1.04, abs=0.005)
    assert state is not None and state.rows > 100


def test_entries_count_by_their_instant_not_by_their_order() -> None:
    rows = one(ONSET + 120, {ONSET: 0.04}, seed=6)
    (alert,) = watched(rows)[1]
    entries = [closed(alert.id, int(rows.since[ONSET + day])) for day in (60, 40)]
    entries.append(closed("drift-coil-19990101", 0))
    entries.append(closed(alert.id, int(rows.since[ONSET + 20]), is_permanent=False))
    assert watched(rows, entries=entries) == watched(rows, entries=entries[::-1])
    assert watched(rows, entries=entries)[1][0].until == rows.since[ONSET + 40]


def test_a_single_wild_row_is_a_finding_and_no_alert() -> None:
    rows = one(BASE_ROWS + 60, seed=9, phi=0.0)
    gas = rows.gas.copy()
    gas[BASE_ROWS + 30] *= 1.25
    rows = replace(rows, gas=gas)
    _, alerts, findings = watched(rows)
    (spike,) = [finding for finding in findings if finding.code == "drift.spike"]
    assert alerts == ()
    assert spike.since == rows.since[BASE_ROWS + 30]
    assert spike.facts["shift_percent"] == pytest.approx(25.0, abs=5.0)


def test_rows_that_are_incomplete_unknown_standing_or_in_the_baseline_are_not_watched() -> None:
    rows = one(ONSET + 30, seed=10)
    baseline = fitted(rows)
    gas, x, complete = rows.gas.copy(), rows.x.copy(), rows.is_complete.copy()
    gas[100:200] *= 1.5  # in the baseline period, after the fit
    gas[ONSET : ONSET + 10] *= 2.0
    complete[ONSET : ONSET + 5] = False
    x[ONSET + 5 : ONSET + 8] = 0.0
    gas[ONSET + 8 : ONSET + 10] = np.nan
    _, alerts, findings = watched(replace(rows, gas=gas, x=x, is_complete=complete), baseline)
    assert alerts == ()
    assert not {"drift.spike", "drift.outside_baseline"} & {finding.code for finding in findings}


def test_rows_beyond_the_baseline_are_left_out_and_named() -> None:
    rows = one(ONSET + 30, seed=10)
    x = rows.x.copy()
    x[ONSET : ONSET + 4] = 3.0
    state, alerts, findings = watched(replace(rows, x=x), fitted(rows))
    (outside,) = [finding for finding in findings if finding.code == "drift.outside_baseline"]
    assert outside.facts["rows"] == 4.0
    assert alerts == ()
    assert state is not None and state.rows == 66


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows": 8}, "drift.too_few_rows"),
        ({"failures": ("baseline.r_squared",)}, "drift.no_baseline"),
        ({"interval": PeriodKind.WEEK}, "drift.no_baseline"),
        ({"variables": ("output", "starts")}, "drift.no_baseline"),
        ({"residual_sd": 0.0}, "drift.no_baseline"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_a_finding_not_an_alarm(change: dict[str, Any], code: str) -> None:
    rows = one(ONSET + 60, {ONSET: 0.06})
    state, alerts, (finding,) = watched(rows, replace(fitted(rows), **change))
    assert state is None and alerts == ()
    assert (finding.code, finding.key) == (code, "coil")


def test_without_a_baseline_there_is_a_finding() -> None:
    rows = one(ONSET)
    found = watch(
        rows,
        baseline=None,
        expected=rows.gas,
        method=ProcessMethod(),
        gas=GasMethod(),
        now_ms=int(rows.until[-1]),
    )
    assert found[:2] == (None, ())
    assert found[2][0].code == "drift.no_baseline"


def test_no_rows_after_the_baseline_is_a_watch_that_has_seen_nothing() -> None:
    rows = one(BASE_ROWS)
    state, alerts, _ = watched(rows)
    assert state is not None and (state.rows, state.level, state.upper) == (0, 1.0, 0.0)
    assert alerts == ()


def test_an_adjusted_expectation_takes_the_alarm_away() -> None:
    rows = one(ONSET + 60, {ONSET: 0.06})
    baseline = fitted(rows)
    share = np.where(rows.since >= rows.since[ONSET], 0.06, 0.0)
    _, alerts, _ = watch(
        rows,
        baseline=baseline,
        expected=expected_of(baseline, rows) * (1.0 + share),
        method=ProcessMethod(),
        gas=GasMethod(),
        now_ms=int(rows.until[-1]),
    )
    assert alerts == ()
