"""Sizes, onsets and suspects over many seeds with a planted truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.rows import ModelRows
from domain.periods import DAY_MS
from domain.results import Alert, AlertState
from domain.windows import Flag
from tests.analytics.plants import BASE, BASE_ROWS, MARGINAL, plants, watched

Rises = list[tuple[ModelRows, Alert]]
SEEDS = 200
ONSET = BASE_ROWS + 20


@pytest.fixture(scope="module")
def rises() -> Rises:
    """Give the alert of a planted 6 % in each seed, 30 rows after the onset, and its rows."""
    found: Rises = []
    for rows in plants(SEEDS, ONSET + 30, seed=21, planted={ONSET: 0.06}):
        alerts = watched(rows)[1]
        assert alerts and alerts[-1].state is AlertState.OPEN and alerts[-1].code == "drift.up"
        # Where a false alarm was open, the rise is part of it.
        found += [(rows, alert) for alert in alerts if alert.detected > rows.since[ONSET]][:1]
    return found


def test_a_planted_rise_is_found_in_every_seed_with_one_alert_of_its_own_in_nearly_all(rises: Rises) -> None:
    assert len(rises) > 0.95 * SEEDS


def test_the_size_of_a_rise_is_right_and_its_interval_covers_it_nine_times_in_ten(rises: Rises) -> None:
    facts: list[dict[str, Any]] = [dict(alert.facts) for _, alert in rises]
    sizes = np.array([each["shift_percent"] for each in facts])
    covered = np.mean([each["shift_percent_low"] <= 6.0 <= each["shift_percent_high"] for each in facts])
    print(f"size {sizes.mean():.3f} +- {sizes.std() / len(sizes) ** 0.5:.3f}, covered {covered:.3f}")
    assert sizes.mean() == pytest.approx(6.0, abs=0.15)
    assert 0.86 <= covered <= 0.94


def test_rows_that_were_high_by_chance_before_a_rise_do_not_dilute_it() -> None:
    """At the alarm the run looks like one shift; the rows after it tell where it began."""
    rises = []
    for rows in plants(20, ONSET + 30, seed=24, phi=0.0, planted={ONSET: 0.06}):
        expected = BASE + MARGINAL * rows.output
        gas = rows.gas.copy()
        gas[ONSET - 4 : ONSET + 1] = expected[ONSET - 4 : ONSET + 1] * [1.03, 1.02, 1.03, 1.03, 1.035]
        alert = watched(replace(rows, gas=gas))[1][-1]
        assert alert.since <= rows.since[ONSET - 3]
        rises.append(float(alert.facts["shift_percent"]))
    assert np.mean(rises) == pytest.approx(6.0, abs=0.2)


def test_the_onset_is_right_in_the_middle_and_early_rather_than_late(rises: Rises) -> None:
    """A run may have begun by chance before the change: METHOD's onset is the first step of the run."""
    days = np.array([(alert.since - rows.since[ONSET]) / DAY_MS for rows, alert in rises])
    print(f"onset bias {days.mean():.2f} rows, median {np.median(days):.1f}")
    assert abs(np.median(days)) <= 1.0
    assert -3.0 < days.mean() <= 0.0


def test_nothing_is_suspected_where_nothing_moved_with_it() -> None:
    suspected = 0
    for place, rows in enumerate(plants(SEEDS, ONSET + 15, seed=22, planted={ONSET: 0.06})):
        rng = np.random.default_rng([22, place])
        slow = np.cumsum(rng.normal(0.0, 1.0, len(rows))) * 0.2 + 22.0  # wanders as weather does
        extra = {"oven_temperature": rng.normal(245.0, 2.0, len(rows)), "ambient_temperature": slow}
        flags = np.where(rng.random(len(rows)) < 0.1, Flag.GAP, 0).astype(np.uint16)
        alerts = watched(rows, extra=extra, meter_flags=flags)[1]
        suspected += bool(alerts and alerts[-1].suspects)
    print(f"suspects in {suspected} of {SEEDS} seeds")
    assert suspected < 0.1 * SEEDS


def test_what_moved_is_suspected_first() -> None:
    for rows in plants(10, ONSET + 15, seed=23, planted={ONSET: 0.06}):
        rng = np.random.default_rng(7)
        oven = rng.normal(245.0, 2.0, len(rows)) + np.where(rows.since >= rows.since[ONSET], 8.0, 0.0)
        flags = np.where(rows.since == rows.since[ONSET], Flag.EXCHANGE, Flag.NONE).astype(np.uint16)
        alert = watched(rows, extra={"oven_temperature": oven}, meter_flags=flags)[1][-1]
        names = [suspect.variable for suspect in alert.suspects]
        assert set(names[:2]) == {"oven_temperature", "meter.exchange"}
        heat = next(suspect for suspect in alert.suspects if suspect.variable == "oven_temperature")
        assert heat.after - heat.before == pytest.approx(8.0, abs=1.5)
        assert "oven_temperature" in alert.remedy
