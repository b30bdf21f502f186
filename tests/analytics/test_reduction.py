"""The track against 2 % a year is what METHOD 5 says; projection and probability hold what they promise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics import reduction, targets, tracking
from analytics.baseline import fit
from analytics.reduction import track
from analytics.remaining import Rest, planned_rest
from analytics.rows import ModelRows
from analytics.track_findings import WORDS, findings_of_track
from domain.ledger import ProductionPlan, StaticFactor
from domain.method import TargetMethod, TargetReading
from domain.periods import DAY_MS, PlantCalendar, WorkingCalendar
from domain.results import Baseline, Track
from tests.analytics.planted import G_2024, G_LATER, P_2024, P_LATER, instant, months, rows, year_of

METHOD = TargetMethod()
BASE = 82.417416
UTC = PlantCalendar(ZoneInfo("UTC"))
SEEDS = 200


def rest_of(
    year: int,
    month: int,
    output: float | None,
    *,
    to_date: ModelRows | None = None,
    last_year: ModelRows | None = None,
) -> Rest:
    """Return the rest of a year from the end of a month on, with one plan for all of it."""
    since, until = instant(year + month // 12, month % 12 + 1), instant(year + 1)
    plans = []
    if output is not None:
        plans = [ProductionPlan(process="melting", since=since, until=until, quantity=output, unit="t")]
    if to_date is None:
        to_date = months(G_2024[:month], P_2024[:month], year)
    return planned_rest(plans, to_date, last_year, calendar=UTC, since=since, until=until)


def example_b() -> Baseline:
    found, _ = fit(months(G_2024, P_2024), since=instant(2024), until=instant(2025))
    assert found is not None
    return found


def half_year(
    year: int = 2026,
    *,
    intensities: Mapping[int, float] | None = None,
    method: TargetMethod = METHOD,
    output: float | None = 5400.0,
    baseline: Baseline | None = None,
    factors: Sequence[StaticFactor] = (),
) -> Track:
    """Return the track after six months like those of example B."""
    return track(
        process="melting",
        year=year,
        method=method,
        intensities={2024: BASE, 2025: 82.0} if intensities is None else intensities,
        rows=months(G_LATER, P_LATER, year),
        rest=rest_of(year, 6, output),
        baseline=example_b() if baseline is None else baseline,
        factors=factors,
    )


# rates and targets


def test_two_percent_a_year_is_11_4158_percent_by_2030() -> None:
    found = half_year()
    assert found.target_final is not None
    assert found.base_intensity == BASE
    assert round(100 * (1 - found.target_final / BASE), 4) == 11.4158
    assert found.target == pytest.approx(BASE * 0.98**2)


def test_rates_are_geometric_means() -> None:
    found = half_year()
    assert found.year_to_date == pytest.approx(85.081967, abs=5e-7)
    assert found.achieved_rate == pytest.approx(1 - (85.0819672 / BASE) ** (1 / 2))
    assert found.projection is not None
    end = found.projection.value
    assert found.projected_rate == pytest.approx(1 - (end / BASE) ** 0.5)
    assert found.required_rate == pytest.approx(1 - (BASE * 0.98**6 / end) ** (1 / 4))


def test_a_plant_on_its_way_needs_two_percent_and_has_two_percent() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: 100.0, 2025: 98.0},
        rows=months(tuple(98.0 * 0.98 * p for p in P_2024), P_2024, 2026),
        rest=rest_of(2026, 12, None),
        baseline=None,
    )
    assert found.achieved_rate == pytest.approx(0.02)
    assert found.required_rate == pytest.approx(0.02)
    assert found.probability == 1.0
    assert [reading.is_met for reading in found.readings] == [True, False, True]
    assert [reading.target for reading in found.readings] == pytest.approx([96.04, 96.0, 96.04])


def test_the_projection_is_the_formula_of_the_method() -> None:
    found, baseline = half_year(), example_b()
    b0, b1 = baseline.coefficients
    q = 363300 / 371230.1104
    assert found.projection is not None
    assert found.projection.value == pytest.approx((363300 + q * (6 * b0 + b1 * 5400)) / (4270 + 5400))
    assert found.target is not None
    assert found.gas_allowed == pytest.approx(found.target * 9670 - 363300)
    assert found.year_to_date_normalised == pytest.approx(80.656839, abs=5e-7)
    assert found.planned_output == 5400.0
    assert found.plan_source == "ledger"
    assert found.is_proven
    assert found.codes == ()


def test_the_interval_is_the_delta_method_done_by_differences() -> None:
    """Error propagation by numerical derivatives of the same formula."""
    found, baseline = half_year(), example_b()
    x_now, x_rest = np.array([6.0, sum(P_LATER)]), np.array([6.0, 5400.0])
    b, covariance = np.array(baseline.coefficients), np.array(baseline.inverse) * baseline.residual_sd**2

    def rest(coefficients: np.ndarray, noise: float) -> float:
        return float((363300 + noise) / (x_now @ coefficients) * (x_rest @ coefficients))

    steps = np.diag(b * 1e-5)
    slope = np.array([(rest(b + h, 0) - rest(b - h, 0)) / (2 * h.sum()) for h in steps])
    noise = (rest(b, 1.0) - rest(b, -1.0)) / 2
    variance = slope @ covariance @ slope + baseline.residual_sd**2 * (6 * noise**2 + 6)
    assert found.projection is not None
    assert found.projection.standard_error == pytest.approx(np.sqrt(variance) / 9670, rel=1e-6)


def test_a_static_factor_changes_what_the_rest_may_burn() -> None:
    later = StaticFactor(process="melting", since=instant(2026, 7), what="afterburner", nm3_per_day=10.0)
    plain, moved = half_year(), half_year(factors=[later])
    assert plain.projection is not None
    assert moved.projection is not None
    q = 363300 / 371230.1104
    assert (moved.projection.value - plain.projection.value) * 9670 == pytest.approx(q * 10.0 * 184)


def test_other_readings_of_two_percent_stand_beside() -> None:
    found = half_year()
    assert [reading.name for reading in found.readings] == ["geometric", "linear", "every_year"]
    assert [reading.target for reading in found.readings] == pytest.approx(
        [BASE * 0.98**2, BASE * 0.96, 82.0 * 0.98]
    )


def test_linear_means_twelve_percent_by_2030() -> None:
    found = half_year(method=replace(METHOD, reading=TargetReading.LINEAR))
    assert found.target_final == pytest.approx(BASE * 0.88)
    assert found.target == pytest.approx(BASE * 0.96)


def test_every_year_counts_from_the_year_before() -> None:
    found = half_year(method=replace(METHOD, reading=TargetReading.EVERY_YEAR))
    assert found.target == pytest.approx(82.0 * 0.98)
    assert found.target_final == pytest.approx(82.0 * 0.98**5)
    # 2025 fell short of 2 %: no later year can mend that
    assert found.readings[2].is_met is False
    unknown = half_year(method=replace(METHOD, reading=TargetReading.EVERY_YEAR), intensities={2024: BASE})
    assert unknown.target is None
    assert unknown.gas_allowed is None
    assert unknown.probability is None
    assert "track.no_previous_year" in unknown.codes
    assert unknown.readings[2].is_met is None


# what cannot be said


def test_the_base_year_promises_nothing() -> None:
    found = half_year(2024)
    assert found.target is None
    assert found.achieved_rate is None
    assert found.readings == ()
    assert "track.base_year" in found.codes


def test_after_the_target_year_its_target_stays() -> None:
    found = half_year(2032)
    assert found.target == found.target_final == pytest.approx(BASE * 0.98**6)
    assert found.required_rate is None
    assert "track.after_target_year" in found.codes
    assert half_year(2030).required_rate is None


def test_without_a_base_year_there_is_no_target() -> None:
    found = half_year(intensities={2025: 82.0})
    assert (found.base_intensity, found.target, found.target_final, found.achieved_rate) == (None,) * 4
    assert found.gas_allowed is None
    assert found.probability is None
    assert "track.no_base_year" in found.codes


def test_without_a_plan_there_is_no_projection() -> None:
    found = half_year(output=None)
    assert (found.projection, found.probability, found.gas_allowed, found.required_rate) == (None,) * 4
    assert found.plan_source == "none"
    assert found.codes == ("track.no_plan",)
    assert found.achieved_rate is not None


def test_without_a_baseline_there_is_no_projection_but_gas_is_allowed() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months(G_LATER, P_LATER, 2026),
        rest=rest_of(2026, 6, 5400.0),
        baseline=None,
    )
    assert (found.projection, found.probability, found.year_to_date_normalised) == (None,) * 3
    assert not found.is_proven
    assert found.gas_allowed is not None
    assert found.codes == ("track.no_baseline",)


def test_a_year_without_rows_says_nothing() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months((), (), 2026),
        rest=rest_of(2026, 0, 10000.0),
        baseline=example_b(),
    )
    assert (found.year_to_date, found.gas_to_date, found.projection, found.gas_allowed) == (None,) * 4
    assert found.codes == ("track.no_output", "track.no_rows")


def test_gas_without_output_is_no_intensity() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months((9000.0,), (0.0,), 2026),
        rest=rest_of(2026, 1, 9000.0),
        baseline=example_b(),
    )
    assert found.year_to_date is None
    assert found.gas_to_date == 9000.0
    assert {"track.no_output", "track.no_rows", "baseline.no_standing"} == set(found.codes)


def test_more_than_the_process_has_ever_made_is_said() -> None:
    assert "track.plan_out_of_range" in half_year(output=6 * 961.0).codes
    assert half_year(output=6 * 959.0).codes == ()


def test_failed_gates_of_the_baseline_go_with_the_track() -> None:
    weak = replace(example_b(), failures=("baseline.r_squared",))
    assert half_year(baseline=weak).codes == ("baseline.r_squared",)


def test_rows_of_another_model_give_no_projection() -> None:
    later = months(G_LATER, P_LATER, 2026)
    wider = replace(later, variables=("output", "ambient"), x=np.column_stack((later.x, later.x)))
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=wider,
        rest=rest_of(2026, 6, 5400.0, to_date=wider),
        baseline=example_b(),
    )
    assert found.projection is None
    assert found.codes == ("track.no_rows", "baseline.other_model")
    assert found.year_to_date == pytest.approx(85.081967)


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


def test_the_same_rows_in_any_order_of_declaration_give_the_same_track() -> None:
    one = StaticFactor(process="melting", since=instant(2026, 2), what="oven", share=0.02)
    two = StaticFactor(process="melting", since=instant(2026, 3), what="fan", nm3_per_day=7.0)
    assert half_year(factors=[one, two]) == half_year(factors=[two, one])


def test_every_code_of_a_track_has_words_with_the_thing_and_the_cure() -> None:
    source = "".join(inspect.getsource(module) for module in (reduction, targets, tracking))
    assert set(re.findall(r'"(track\.\w+)"', source)) == set(WORDS)
    found = findings_of_track(half_year(output=None, intensities={2025: 82.0}))
    assert [finding.code for finding in found] == ["track.no_base_year", "track.no_plan"]
    assert found[0].key == "melting.2026"
    assert "2024" in found[0].problem
    assert findings_of_track(half_year()) == ()
