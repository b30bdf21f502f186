"""The CUSUM of a process and the rows of its model say what saving and watch say of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analytics.course import cusum_of, model_rows_of
from analytics.whole import analyse, intensities_of
from domain.ledger import StaticFactor
from domain.periods import DAY_MS, PeriodKind
from domain.results import Alert, AlertKind, AlertState
from domain.windows import Windows
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.works import BASE, PER_TONNE, amounts, made_windows, prepared_works

DAYS, BASELINE, RISE_DAY = 240, 120, 180


def noisy(rise: float) -> dict[str, Windows]:
    """Return the works with 1 % scatter a day in the gas of coil, and a rise of it."""
    found = amounts(DAYS)
    by_day = np.random.default_rng(4).normal(1.0, 0.01, DAYS)
    by_day[RISE_DAY:] *= 1.0 + rise
    found["gas_coil.volume"] = found["gas_coil.volume"] * by_day.repeat(24)
    return made_windows(found)


QUIET = prepared_works(noisy(0.0), baseline_days=BASELINE)
RISEN = prepared_works(noisy(0.06), baseline_days=BASELINE)
NOW = START + DAYS * DAY_MS


def open_drift(alerts: Sequence[Alert]) -> Alert:
    (found,) = [each for each in alerts if each.code == "drift.up" and each.state is AlertState.OPEN]
    return found


def test_without_a_baseline_there_is_no_cusum_and_rows_have_no_expectation() -> None:
    bare = prepared_works(noisy(0.0))
    assert cusum_of(bare, "coil", since=0, alerts=()) is None
    assert cusum_of(QUIET, "paint", since=0, alerts=()) is None
    found = model_rows_of(bare, "coil")
    assert (found.baseline, found.constant, found.slope, found.r_squared) == (None, None, None, None)
    assert len(found.rows) == DAYS
    assert {row.expected_nm3 for row in found.rows} == {None}
    assert not any(row.is_in_baseline for row in found.rows)
    assert found.output_unit == "t"


def test_a_quiet_process_wanders_about_zero() -> None:
    alerts = analyse(QUIET, now=NOW, hours_since=NOW).alerts
    found = cusum_of(QUIET, "coil", since=0, alerts=alerts)
    assert found is not None
    assert (found.alert, found.onset, found.shift) == (None, None, None)
    assert found.total[BASELINE - 1] == pytest.approx(0.0, abs=1e-6)  # least squares
    assert abs(found.total[-1] or 0.0) < 0.01 * 1300.0 * (DAYS - BASELINE)


def test_a_planted_rise_shows_in_sum_alert_onset_and_size() -> None:
    alerts = analyse(RISEN, now=NOW, hours_since=NOW).alerts
    alert = open_drift(alerts)
    found = cusum_of(RISEN, "coil", since=START + RISE_DAY * DAY_MS, alerts=alerts)
    assert found is not None
    assert found.since[0] == START + RISE_DAY * DAY_MS
    assert len(found.since) == DAYS - RISE_DAY
    truth = 0.06 * amounts(DAYS)["gas_coil.volume"][RISE_DAY * 24 :].sum()
    assert found.total[-1] == pytest.approx(truth, rel=0.15)
    assert found.alert == alert.id
    assert found.onset == alert.since
    assert found.shift == pytest.approx(0.06, abs=0.01)
    assert found.interval == "day"


def test_only_an_open_drift_of_this_process_is_named() -> None:
    alert = open_drift(analyse(RISEN, now=NOW, hours_since=NOW).alerts)
    over = replace(alert, state=AlertState.RECOVERED)
    for others in ([over], [replace(alert, subject="sheet")], [replace(alert, kind=AlertKind.DATA)]):
        found = cusum_of(RISEN, "coil", since=0, alerts=others)
        assert found is not None
        assert found.alert is None


@pytest.mark.parametrize("kind", [PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.YEAR])
def test_excess_of_complete_rows_is_the_saving_with_its_sign_turned(kind: PeriodKind) -> None:
    windows = noisy(0.06)
    gap = windows["gas_coil.volume"]
    windows["gas_coil.volume"] = replace(
        gap, amount=np.where(np.arange(len(gap)) == 200 * 24 + 9, np.nan, gap.amount)
    )
    holed = prepared_works(windows, baseline_days=BASELINE)
    factor = StaticFactor(
        process="coil", since=START + 150 * DAY_MS, what="oven", share=0.03, nm3_per_day=5.0
    )
    adjusted = replace(holed, declared=replace(holed.declared, factors={"coil": (factor,)}))
    for prepared in (holed, adjusted):
        found = cusum_of(prepared, "coil", since=0, alerts=())
        assert found is not None
        assert found.excess[200] is None
        assert found.total[200] == found.total[199]
        periods = list(prepared.calendar.periods(kind, START, NOW))
        checked = 0
        for each in intensities_of(prepared, periods):
            if each.process == "coil" and each.saving_nm3 is not None:
                inside = [
                    excess or 0.0
                    for since, until, excess in zip(found.since, found.until, found.excess, strict=True)
                    if each.period.since <= since and until <= each.period.until
                ]
                assert sum(inside) == pytest.approx(-each.saving_nm3.value, abs=1e-6)
                checked += 1
        assert checked


def test_a_row_that_was_hardly_observed_takes_part_in_no_sum() -> None:
    windows = noisy(0.0)
    seen = windows["gas_coil.volume"]
    half = np.where(np.arange(len(seen)) // 24 == 150, 0.5, 1.0)
    windows["gas_coil.volume"] = replace(seen, coverage=half)
    found = cusum_of(prepared_works(windows, baseline_days=BASELINE), "coil", since=0, alerts=())
    assert found is not None
    assert [place for place, value in enumerate(found.excess) if value is None] == [150]


def test_model_rows_have_the_line_and_the_planted_coefficients() -> None:
    clean = prepared_works(made_windows(amounts(60)), baseline_days=30)
    found = model_rows_of(clean, "coil")
    assert found.constant == pytest.approx(24 * BASE)
    assert found.slope == pytest.approx(PER_TONNE)
    assert found.r_squared == pytest.approx(1.0)
    assert [row.is_in_baseline for row in found.rows] == [True] * 30 + [False] * 30
    assert all(row.is_operating for row in found.rows)
    for row in found.rows:
        assert row.output is not None
        assert row.expected_nm3 == pytest.approx(24 * BASE + PER_TONNE * row.output)
        assert row.gas_nm3 == pytest.approx(row.expected_nm3)


def test_the_line_holds_other_variables_at_their_means() -> None:
    (valid_from, fitted) = QUIET.declared.approvals["coil"][0]
    wider = replace(
        fitted,
        variables=("output", "ambient_temperature"),
        coefficients=(300.0, 30.0, -2.0),
        means=(*fitted.means, 15.0),
    )
    declared = replace(QUIET.declared, approvals={"coil": ((valid_from, wider),)})
    found = model_rows_of(replace(QUIET, declared=declared), "coil")
    assert (found.constant, found.slope) == (270.0, 30.0)
    # The rows know no ambient temperature: the line is drawn, and nothing is expected of them.
    assert {row.expected_nm3 for row in found.rows} == {None}


def test_a_row_that_is_not_known_has_no_figures() -> None:
    windows = noisy(0.0)
    hole = windows["plc_coil.mass"]
    windows["plc_coil.mass"] = replace(hole, amount=np.where(np.arange(len(hole)) == 30, np.nan, hole.amount))
    row = model_rows_of(prepared_works(windows, baseline_days=BASELINE), "coil").rows[1]
    assert (row.output, row.expected_nm3, row.is_operating) == (None, None, False)
    assert row.gas_nm3 is not None
