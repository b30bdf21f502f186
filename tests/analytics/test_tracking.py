"""The track of each year from hours, plans and baseline: what is observed, assumed or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from analytics.baseline import fit
from analytics.declared import declare
from analytics.hours import ProcessHours
from analytics.prepared import Prepared
from analytics.rows import model_rows
from analytics.tracking import tracks
from domain.ledger import BaselineApproved, BaselineFitted, Body, Entry, ProductionPlan
from domain.method import Method, ProcessMethod
from domain.periods import HOUR_MS, PeriodKind
from domain.plant import Process
from domain.results import Baseline, Track
from tests.analytics.made import NAN, plant
from tests.analytics.planted import G_2024, P_2024
from tests.analytics.process import SHANGHAI, cut, months_of

MONTH = ProcessMethod(interval=PeriodKind.MONTH)
METHOD = Method(processes={"melting": MONTH})
I_2024 = 82.417416


def instant(year: int, month: int = 1, day: int = 1) -> int:
    return SHANGHAI.day_start(date(year, month, day))


@cache
def three_years() -> ProcessHours:
    """Return 2024 to 2026: the output of example B, 3 % less gas each year."""
    years = []
    for number, year in enumerate((2024, 2025, 2026)):
        gas = tuple(each * 0.97**number for each in G_2024)
        years.append(months_of(gas, P_2024, year=year, seed=number))
    return joined(years)


def joined(parts: list[ProcessHours]) -> ProcessHours:
    names = [name for name in parts[0].__slots__ if name not in ("process", "variables")]
    return ProcessHours(
        process="melting",
        variables={},
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
    )


def base_line() -> Baseline:
    rows = model_rows(three_years(), SHANGHAI, MONTH)
    found, _ = fit(rows, since=instant(2024), until=instant(2025))
    assert found is not None
    return found


def between(hours: ProcessHours, since: int, until: int) -> ProcessHours:
    first, end = np.searchsorted(hours.since, [since, until])
    return cut(hours, slice(int(first), int(end)))


def of(hours: ProcessHours, now: int, *bodies: Body) -> dict[int, Track]:
    entries = [Entry(number=k, at=0, who="", why="", body=body) for k, body in enumerate(bodies, 1)]
    prepared = Prepared(
        plant=plant(processes=(Process(id="melting", output_unit="t"),)),
        method=METHOD,
        declared=declare(entries, METHOD),
        calendar=SHANGHAI,
        edges=np.append(hours.since, hours.until[-1:]),
        windows={},
        as_read={},
        monthly={},
        hours={"melting": hours},
        rows={"melting": model_rows(hours, SHANGHAI, MONTH)},
        findings=(),
    )
    return {track.year: track for track in tracks(prepared, now)}


def approved() -> tuple[Body, Body]:
    found = base_line()
    return BaselineFitted(baseline=found), BaselineApproved(
        baseline=found.id, process="melting", valid_from=0
    )


def plan(since: int, until: int, quantity: float) -> ProductionPlan:
    return ProductionPlan(process="melting", since=since, until=until, quantity=quantity, unit="t")


def test_the_base_year_comes_from_the_data() -> None:
    found = of(between(three_years(), 0, instant(2026, 7)), instant(2026, 7))
    assert sorted(found) == [2024, 2025, 2026]
    assert round(found[2026].base_intensity or 0, 6) == I_2024
    assert found[2026].target == pytest.approx(I_2024 * 0.98**2, abs=1e-6)
    assert found[2025].year_to_date == pytest.approx(I_2024 * 0.97, abs=1e-6)
    assert found[2025].achieved_rate == pytest.approx(0.03)
    assert "track.base_year" in found[2024].codes


def test_no_change_achieves_nothing_and_misses_its_target() -> None:
    hours = joined([months_of(G_2024, P_2024, year=year, seed=year) for year in (2024, 2025)])
    found = of(hours, instant(2026), *approved())[2025]
    assert found.achieved_rate == pytest.approx(0.0, abs=1e-9)
    assert found.probability == 0.0
    assert not found.is_proven


def test_the_approved_baseline_speaks_for_a_base_year_that_the_data_do_not_reach() -> None:
    late = between(three_years(), instant(2025), instant(2026, 7))
    assert "track.no_base_year" in of(late, instant(2026, 7))[2026].codes
    found = of(late, instant(2026, 7), *approved())[2026]
    assert round(found.base_intensity or 0, 6) == I_2024


def test_a_baseline_of_half_a_year_does_not_speak_for_its_year() -> None:
    late = between(three_years(), instant(2025), instant(2026, 7))
    half = replace(base_line(), until=instant(2024, 7))
    entries = (
        BaselineFitted(baseline=half),
        BaselineApproved(baseline=half.id, process="melting", valid_from=0),
    )
    assert of(late, instant(2026, 7), *entries)[2026].base_intensity is None


def test_a_base_year_observed_for_less_than_90_percent_is_none() -> None:
    whole = three_years()
    for since, known in ((instant(2024, 2), True), (instant(2024, 3), False)):
        found = of(between(whole, since, instant(2026, 7)), instant(2026, 7))
        assert (found[2026].base_intensity is not None) == known


def test_hours_without_an_amount_are_not_observed_however_the_meter_was_covered() -> None:
    """Two months whose consumption is held back by a reset are no part of a base year."""
    hours = between(three_years(), 0, instant(2026, 7))
    gas = hours.gas.copy()
    gas[24 * 60 : 24 * 120] = NAN
    assert of(replace(hours, gas=gas), instant(2026, 7))[2026].base_intensity is None


def test_a_year_that_was_only_partly_observed_says_so() -> None:
    hours = between(three_years(), 0, instant(2026, 7))
    assert "track.partly_observed" not in {
        code for each in of(hours, instant(2026, 7)).values() for code in each.codes
    }
    gas = hours.gas.copy()
    gas[24 * 400 : 24 * 500] = NAN
    found = of(replace(hours, gas=gas), instant(2026, 7))
    assert "track.partly_observed" in found[2025].codes
    assert "track.partly_observed" not in found[2026].codes


def test_the_rest_of_the_year_goes_by_the_plan_in_the_ledger() -> None:
    hours = between(three_years(), 0, instant(2026, 7))
    planned = plan(instant(2026, 7), instant(2027), 6000.0)
    found = of(hours, instant(2026, 7), *approved(), planned)[2026]
    assert (found.plan_source, found.planned_output) == ("ledger", 6000.0)
    assert found.output_to_date == pytest.approx(sum(P_2024[:6]))
    assert found.gas_to_date == pytest.approx(sum(G_2024[:6]) * 0.97**2)
    target = I_2024 * 0.98**2
    assert found.gas_allowed == pytest.approx(
        target * (sum(P_2024[:6]) + 6000.0) - sum(G_2024[:6]) * 0.97**2, rel=1e-6
    )
    assert found.projection is not None
    assert found.probability is not None
    assert found.probability > 0.9
    assert found.is_proven


def test_a_plan_for_the_whole_year_counts_for_what_is_left_of_it() -> None:
    hours = between(three_years(), 0, instant(2026, 7))
    whole = plan(instant(2026), instant(2027), 3650.0)
    found = of(hours, instant(2026, 7), *approved(), whole)[2026]
    assert found.planned_output == pytest.approx(3650.0 * 184 / 365)


def test_without_a_plan_last_year_stands_in() -> None:
    hours = between(three_years(), 0, instant(2026, 7))
    found = of(hours, instant(2026, 7), *approved())[2026]
    assert found.plan_source == "last_year"
    assert found.planned_output == pytest.approx(sum(P_2024[6:]))


def test_without_a_plan_and_a_last_year_nothing_is_projected() -> None:
    hours = between(three_years(), instant(2026), instant(2026, 7))
    found = of(hours, instant(2026, 7), *approved())[2026]
    assert (found.plan_source, found.planned_output, found.projection) == ("none", None, None)
    assert "track.no_plan" in found.codes
    assert found.year_to_date is not None


def test_data_that_stop_leave_the_rest_to_the_plan_from_there_on() -> None:
    stopped = between(three_years(), 0, instant(2026, 4, 12))
    found = of(stopped, instant(2026, 7), *approved())[2026]
    assert found.output_to_date == pytest.approx(sum(P_2024[:3]))
    assert found.planned_output == pytest.approx(sum(P_2024[3:]), rel=1e-9)


def test_a_row_that_is_not_over_is_left_to_the_plan() -> None:
    amid = between(three_years(), 0, instant(2026, 6, 20) + 5 * HOUR_MS)
    found = of(amid, instant(2026, 6, 20) + 5 * HOUR_MS, *approved())[2026]
    assert found.output_to_date == pytest.approx(sum(P_2024[:5]))
    assert found.planned_output == pytest.approx(sum(P_2024[5:]))


def test_a_year_that_has_just_begun_is_planned_whole() -> None:
    begun = between(three_years(), 0, instant(2026) + 3 * HOUR_MS)
    found = of(begun, instant(2026) + 3 * HOUR_MS, *approved())[2026]
    assert (found.gas_to_date, found.output_to_date, found.year_to_date) == (None, None, None)
    assert found.planned_output == pytest.approx(sum(P_2024))
    assert found.target is not None
    assert "track.partly_observed" not in found.codes


def test_a_year_that_is_over_is_known_and_its_projection_is_what_it_came_to() -> None:
    found = of(three_years(), instant(2027), *approved())[2026]
    assert found.projection is not None
    assert found.projection.low == found.projection.high == pytest.approx(I_2024 * 0.97**2, abs=1e-5)
    assert found.probability == 1.0
    assert found.planned_output == 0.0


def test_data_that_stopped_a_year_ago_give_no_figure_of_this_year() -> None:
    old = between(three_years(), 0, instant(2025, 6))
    found = of(old, instant(2026, 3), *approved())
    assert found[2026].year_to_date is None
    assert found[2026].gas_to_date is None
    assert "track.no_output" in found[2026].codes
    assert "track.partly_observed" in found[2025].codes


def test_nothing_known_at_all_gives_tracks_that_say_why() -> None:
    hours = between(three_years(), 0, instant(2024, 2))
    nothing = replace(hours, gas=np.full(len(hours), NAN))
    found = of(nothing, instant(2024, 2))
    assert list(found) == [2024]
    assert found[2024].year_to_date is None
    assert {"track.no_output", "track.no_base_year", "track.no_baseline"} <= set(found[2024].codes)
