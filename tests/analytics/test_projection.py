"""The rest of a year as it is assumed to go, and planted truths about where the year ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.baseline import fit
from analytics.reduction import track
from analytics.remaining import Rest, planned_rest
from analytics.rows import ModelRows
from domain.ledger import ProductionPlan
from domain.periods import DAY_MS, PlantCalendar, WorkingCalendar
from domain.results import Track
from tests.analytics.planted import instant, rows, year_of
from tests.analytics.seasons import METHOD, SEEDS, UTC, half_year, rest_of

# the rest of the year


def days(n: int) -> ModelRows:
    """Return n days of 30 t from July 2025 on."""
    return rows(np.full(n, 2400.0), np.full(n, 30.0), start=instant(2025, 7))


def test_a_plan_counts_by_its_share_of_the_rest() -> None:
    plan = ProductionPlan(
        process="melting", since=instant(2026, 7), until=instant(2027), quantity=1840.0, unit="t"
    )
    other = replace(plan, process="sawing", quantity=1e9)
    found = planned_rest(
        [plan, other],
        days(10),
        None,
        calendar=UTC,
        since=instant(2026, 7, 2) + 43_200_000,
        until=instant(2027),
    )
    assert found.output == pytest.approx(1825.0)
    assert found.rows == pytest.approx(182.5)
    assert found.source == "ledger"


def test_without_a_plan_last_year_stands_in() -> None:
    found = rest_of(2026, 6, None, to_date=days(10), last_year=days(184))
    assert found.output == pytest.approx(184 * 30.0)
    assert found.source == "last_year"


def test_what_a_plan_leaves_open_is_filled_from_last_year_or_unknown() -> None:
    plan = ProductionPlan(
        process="melting", since=instant(2026, 7), until=instant(2026, 8), quantity=800.0, unit="t"
    )
    span = {"since": instant(2026, 7), "until": instant(2027)}
    found = planned_rest([plan], days(10), days(184), calendar=UTC, **span)
    assert found.output == pytest.approx(800.0 + 153 * 30.0)
    assert found.source == "last_year"
    alone = planned_rest([plan], days(10), None, calendar=UTC, **span)
    assert alone.output is None
    assert alone.source == "none"


def test_days_that_stand_are_told_by_weekday_and_by_the_calendar() -> None:
    rng = np.random.default_rng(1)
    first_days = year_of(rng, 60, week=5, start=instant(2026))
    since = int(first_days.until[-1])
    found = rest_of(2026, 6, 1000.0, to_date=first_days)
    span = np.arange((instant(2027) - instant(2026)) // DAY_MS) % 7 < 5
    assert found.operating == span[181:].sum()
    assert found.operating_variance == 0.0
    golden_week = frozenset(date(2026, 10, day) for day in range(1, 8))
    closed = PlantCalendar(ZoneInfo("UTC"), (WorkingCalendar(holidays=golden_week),))
    spared = planned_rest([], first_days, None, calendar=closed, since=since, until=instant(2027))
    # the pattern has no such days: they get the share of all its days, and their doubt
    assert spared.operating == pytest.approx(span[60:].sum() - 5 + 7 * 44 / 60)
    assert spared.operating_variance > 0.0


def test_a_plan_of_nothing_leaves_all_rows_standing() -> None:
    found = half_year(output=0.0)
    assert found.projection is not None
    # the baseline knows no standing months, nor did any stand lately: nothing is burnt
    assert found.projection.value == pytest.approx(363300 / 4270)


# planted truths


@cache
def five_days_a_week(days: int) -> Rest:
    """Return the rest of 2026 after so many days, without a plan: the same for all seeds."""
    to_date = year_of(np.random.default_rng(0), days, week=5, start=instant(2026))
    since = int(to_date.until[-1])
    return planned_rest([], to_date, None, calendar=UTC, since=since, until=instant(2027))


def season(
    seed: int, *, rho: float, factor: float, days: int, week: int = 5, idle: float = 0.0
) -> tuple[Track, float]:
    """Return the track after so many days of 2026, its plan as it came, and the intensity as it came."""
    rng = np.random.default_rng([seed, round(100 * rho), round(1000 * factor), days, week])
    before = year_of(rng, 366, rho=rho, week=week, idle=idle)
    baseline, _ = fit(before, since=instant(2024), until=instant(2025))
    assert baseline is not None
    whole = year_of(rng, 365, rho=rho, week=week, idle=idle, factor=factor, start=instant(2026))
    to_date, output = whole.pick(slice(0, days)), float(whole.output[days:].sum())
    since, until = int(whole.since[days]), instant(2027)
    rest = five_days_a_week(days)
    if idle:
        rest = planned_rest([], to_date, None, calendar=UTC, since=since, until=until)
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: baseline.intensity},
        rows=to_date,
        rest=replace(rest, output=output, source="ledger"),
        baseline=baseline,
    )
    return found, float(whole.gas.sum() / whole.output.sum())


@pytest.mark.parametrize(("rho", "days", "idle"), [(0.0, 60, 0.0), (0.35, 200, 0.0), (0.0, 120, 0.1)])
def test_nine_of_ten_projections_hold_the_year_as_it_ends(rho: float, days: int, idle: float) -> None:
    hits = []
    for seed in range(SEEDS):
        found, end = season(seed, rho=rho, factor=0.97, days=days, idle=idle)
        assert found.projection is not None
        hits.append(found.projection.low <= end <= found.projection.high)
    assert 0.86 <= np.mean(hits) <= 0.94


@pytest.mark.parametrize("rho", [0.0, 0.35])
def test_a_probability_is_how_often_it_comes_true_for_a_plant_at_exactly_two_percent(rho: float) -> None:
    said, came = [], []
    for seed in range(SEEDS):
        found, end = season(seed, rho=rho, factor=0.98**2, days=120)
        assert found.probability is not None
        assert found.target is not None
        said.append(found.probability)
        came.append(end <= found.target)
    p, hit = np.array(said), np.array(came, dtype=np.float64)
    scatter = np.sqrt((p * (1 - p)).sum()) / SEEDS
    assert abs(p.mean() - hit.mean()) < 2.6 * scatter  # 1 % by chance
    sure, doubtful = p > 0.7, p < 0.3
    for some in (sure, doubtful):
        scatter = np.sqrt((p * (1 - p))[some].sum()) / some.sum()
        assert abs(p[some].mean() - hit[some].mean()) < 2.6 * scatter


def test_a_plant_that_changed_nothing_has_proven_nothing() -> None:
    proven = [season(seed, rho=0.0, factor=1.0, days=120)[0].is_proven for seed in range(SEEDS)]
    assert 0.02 <= np.mean(proven) <= 0.09  # 5 % on the side of savings
