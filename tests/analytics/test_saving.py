"""A saving and its interval are what METHOD 4.4 and 4.5 say, and its intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline import expected, fit, saving
from domain.ledger import StaticFactor
from domain.results import Baseline
from tests.analytics.planted import (
    BASE,
    G_2024,
    G_LATER,
    MEAN,
    P_2024,
    P_LATER,
    SD,
    SLOPE,
    STANDING,
    instant,
    months,
    rows,
    year_of,
)

SEEDS = 200


def example_b() -> Baseline:
    found, _ = fit(months(G_2024, P_2024), since=instant(2024), until=instant(2025))
    assert found is not None
    return found


def test_example_b_to_every_digit() -> None:
    baseline, later = example_b(), months(G_LATER, P_LATER, 2025)
    total = float(expected(baseline, later).sum())
    assert round(total, 4) == 371230.1104
    assert later.gas.sum() == 363300
    found = saving(baseline, later)
    assert found is not None
    assert found.standard_error is not None
    assert round(found.value, 4) == 7930.1104
    assert round(100 * found.value / total, 4) == 2.1362
    assert round(found.standard_error, 4) == 1665.6508
    assert (round(found.low, 4), round(found.high, 4)) == (4911.1831, 10949.0377)
    wider = saving(baseline, later, confidence=0.95)
    assert wider is not None
    assert (round(wider.low, 4), round(wider.high, 4)) == (4218.8092, 11641.4116)
    ratio = later.gas.sum() / later.output.sum()
    assert round(float(ratio), 6) == 85.081967
    assert round(float(100 * (ratio / baseline.intensity - 1)), 4) == 3.2330
    index = later.gas.sum() / total
    assert round(float(index), 6) == 0.978638
    assert round(float(baseline.intensity * index), 6) == 80.656839


def test_the_month_that_is_not_over_takes_no_part() -> None:
    baseline, later = example_b(), months((*G_LATER, 20000.0), (*P_LATER, 250.0), 2025)
    later.is_complete[-1] = False
    assert saving(baseline, later) == saving(baseline, later.pick(slice(0, 6)))


def test_there_is_no_saving_without_rows() -> None:
    assert saving(example_b(), months((), (), 2025)) is None


def test_a_static_factor_moves_the_saving_by_its_adjustment() -> None:
    baseline, later = example_b(), months(G_LATER, P_LATER, 2025)
    plain = saving(baseline, later)
    factor = StaticFactor(process="melting", since=instant(2025), what="afterburner", nm3_per_day=10.0)
    moved = saving(baseline, later, [factor])
    assert plain is not None
    assert moved is not None
    assert moved.value - plain.value == pytest.approx(10.0 * 181)
    assert moved.standard_error == pytest.approx(plain.standard_error)


def test_no_interval_where_the_rows_say_too_little() -> None:
    wave = 300 * np.sin(np.arange(12) / 12 * 2 * np.pi)
    baseline, _ = fit(
        months(tuple(16800 + 63 * np.array(P_2024) + wave), P_2024), since=instant(2024), until=instant(2025)
    )
    assert baseline is not None
    assert "baseline.dependent_rows" in baseline.failures
    assert saving(baseline, months(G_LATER, P_LATER, 2025)) is None


def coverage(
    *, rho: float, m: int, factor: float = 1.0, mean: float = MEAN, week: int = 7, days: int = 300
) -> tuple[float, float, float]:
    """Return (share of intervals that hold the truth, mean error, its standard error) over the seeds."""
    hits, errors = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, m, round(100 * rho), week])
        before = year_of(rng, days, rho=rho, week=week)
        baseline, _ = fit(before, since=instant(2024), until=instant(2025))
        later = year_of(rng, m, rho=rho, factor=factor, mean=mean, start=instant(2025), week=week)
        assert baseline is not None
        found = saving(baseline, later)
        assert found is not None
        planted = np.where(later.is_operating, BASE + SLOPE * later.output, STANDING).sum() * (1 - factor)
        hits.append(found.low <= planted <= found.high)
        errors.append(found.value - planted)
    return float(np.mean(hits)), float(np.mean(errors)), float(np.std(errors) / np.sqrt(SEEDS))


@pytest.mark.parametrize("rho", [0.0, 0.35])
@pytest.mark.parametrize(("m", "mean"), [(60, MEAN), (150, MEAN), (60, MEAN - 2 * SD), (150, MEAN - 2 * SD)])
def test_nine_of_ten_intervals_hold_the_planted_saving(rho: float, m: int, mean: float) -> None:
    share, _, _ = coverage(rho=rho, m=m, factor=0.97, mean=mean)
    assert 0.86 <= share <= 0.94


@pytest.mark.parametrize("rho", [0.0, 0.35])
def test_no_change_is_no_saving(rho: float) -> None:
    share, error, scatter = coverage(rho=rho, m=100)
    assert 0.86 <= share <= 0.94
    assert abs(error) < 2.6 * scatter  # 1 % by chance


@pytest.mark.parametrize("factor", [1.0, 0.97])
def test_standing_days_bring_their_own_scatter(factor: float) -> None:
    share, error, scatter = coverage(rho=0.0, m=100, factor=factor, week=5)
    assert 0.86 <= share <= 0.94
    assert abs(error) < 2.6 * scatter


def test_monthly_intervals_hold_too() -> None:
    hits = []
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, 12])
        output = rng.normal(880, 95, 18)
        gas = 16800 + 63 * output + rng.normal(0, 375, 18)
        edges = np.array([instant(2024 + k // 12, k % 12 + 1) for k in range(19)])
        data = rows(gas, output, since=edges[:-1], until=edges[1:])
        baseline, _ = fit(data, since=instant(2024), until=instant(2025))
        assert baseline is not None
        found = saving(baseline, data.pick(slice(12, 18)))
        hits.append(found is not None and found.low <= 0.0 <= found.high)
    assert 0.86 <= np.mean(hits) <= 0.94
