"""A year against the plan's paths, and the projection of a running one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.inventory_paths import path_points, projected
from domain.carbon import CarbonPath
from domain.carbon_entries import AluminiumLot
from domain.inventory import Inventory, PathPoint
from domain.method import CarbonMethod, Method
from domain.series import Floats
from tests.analytics.carbon_made import TRUTH, diesel, factor, found, works
from tests.analytics.process import SHANGHAI

ONE = CarbonPath(id="scope_1_2", unit="tCO2e/t", allowed={2024: 0.15, 2025: 0.10})
THREE = CarbonPath(id="scope_3_1", unit="tCO2e/t", allowed={2024: 14.9, 2025: 14.4}, stated={2024: 14.982})
METHOD = Method(carbon=CarbonMethod(grid_region="CN-GD", paths=(ONE, THREE)))
HALF = SHANGHAI.day_start(date(2025, 7, 1))


def points(inventory: Inventory) -> dict[str, PathPoint]:
    return {each.path: each for each in inventory.paths}


def same_twice(factor: float = 1.0) -> dict[str, Floats]:
    """Return two half years whose months are equal, energy of the second times a factor."""
    leap = slice(24 * 59, 24 * 60)
    made = {}
    for name, each in TRUTH.items():
        again = np.delete(each[: 24 * 182], np.s_[leap]) * (1.0 if name.startswith("plc_") else factor)
        made[name] = np.concatenate((each[: 24 * 366], again))
    return made


def test_14_982_is_above_14_9_by_statement_alone() -> None:
    made, _ = found(works(method=METHOD))
    three = points(made["2024"])["scope_3_1"]
    assert (three.actual, three.allowed, three.stated) == (None, 14.9, 14.982)
    assert three.is_over is True


def test_a_year_is_held_market_based_against_its_path() -> None:
    made, _ = found(works(method=METHOD))
    one = points(made["2024"])["scope_1_2"]
    (by_tonne,) = made["2024"].per_output
    assert one.actual == by_tonne.scope_1_2_market
    assert one.actual_location == by_tonne.scope_1_2_location
    assert one.actual is not None
    assert one.is_over is (one.actual > 0.15)
    assert one.projection is None


def test_the_comparison_is_of_the_figures_not_of_what_is_shown() -> None:
    made, _ = found(works(method=METHOD))
    actual = made["2024"].per_output[0].scope_1_2_market
    assert actual is not None
    for allowed, is_over in ((actual, False), (actual * (1 - 1e-9), True), (actual * (1 + 1e-9), False)):
        path = replace(ONE, allowed={2024: allowed})
        (point,) = path_points(made["2024"], [path], months=[made["2024-01"]], before=[], confidence=0.9)
        assert point.is_over is is_over


def test_a_year_or_path_that_nobody_knows_has_no_verdict() -> None:
    silent = {name: each for name, each in TRUTH.items() if not name.startswith("plc_")}
    made, _ = found(works(truth=silent, method=METHOD))
    assert points(made["2024"])["scope_1_2"].is_over is None
    assert points(made["2025"])["scope_1_2"].projection is None
    other = CarbonPath(id="scope_9", unit="tCO2e/t", allowed={2024: 1.0})
    (point,) = path_points(made["2024"], [other], months=[made["2024-01"]], before=[], confidence=0.9)
    assert (point.actual, point.is_over) == (None, None)


def test_a_year_like_the_one_before_is_projected_to_end_like_it() -> None:
    made, _ = found(works(truth=same_twice(), method=METHOD), HALF)
    one, before = points(made["2025"])["scope_1_2"], points(made["2024"])["scope_1_2"]
    assert one.projection is not None
    assert one.projection.value == pytest.approx(before.actual, rel=0.01)
    assert one.projection.low <= one.projection.value <= one.projection.high


def test_a_planted_rise_is_carried_into_the_months_to_come() -> None:
    made, _ = found(works(truth=same_twice(1.2), method=METHOD), HALF)
    plain, _ = found(works(truth=same_twice(), method=METHOD), HALF)
    risen, level = (points(each["2025"])["scope_1_2"].projection for each in (made, plain))
    assert risen is not None
    assert level is not None
    assert risen.value == pytest.approx(1.2 * level.value, rel=1e-9)


def test_the_interval_is_of_the_spread_of_monthly_ratios() -> None:
    made, _ = found(works(method=METHOD), HALF)
    months = [made[f"2025-{month:02}"] for month in range(1, 7)]
    before = [made[f"2024-{month:02}"] for month in range(1, 13)]
    at = {"months": months, "before": before}
    narrow = projected("scope_1_2", "t", confidence=0.5, **at)
    wide = projected("scope_1_2", "t", confidence=0.95, **at)
    assert narrow is not None
    assert wide is not None
    assert wide.value == narrow.value
    # Student's t of five degrees of freedom: 0.727 and 2.571.
    assert (wide.high - wide.value) / (narrow.high - narrow.value) == pytest.approx(2.571 / 0.727, rel=1e-3)


def test_without_the_year_before_or_with_one_month_alone_there_is_no_projection() -> None:
    made, _ = found(works(method=METHOD), HALF)
    months = [made[f"2025-{month:02}"] for month in range(1, 7)]
    before = [made[f"2024-{month:02}"] for month in range(1, 13)]
    assert projected("scope_1_2", "t", months=months, before=[], confidence=0.9) is None
    assert projected("scope_1_2", "t", months=months[:1], before=before, confidence=0.9) is None
    assert projected("scope_1_2", "t", months=months, before=before[:-1], confidence=0.9) is None
    assert projected("scope_1_2", "t", months=months, before=before, confidence=0.9) is not None


def test_a_year_whose_first_months_are_not_there_is_judged_by_its_statement() -> None:
    start = SHANGHAI.day_start(date(2024, 7, 1))
    stated = replace(ONE, allowed={2024: 0.10}, stated={2024: 0.09})
    method = Method(carbon=CarbonMethod(grid_region="CN-GD", paths=(stated,)))
    made, _ = found(works(start=start, method=method), SHANGHAI.day_start(date(2025, 3, 1)))
    point = points(made["2024"])["scope_1_2"]
    assert (point.actual or 0.0) > 0.10
    assert point.is_over is False
    assert made["2024"].scope_1.evidence.coverage == pytest.approx(184 / 366)
    assert made["2024"].scope_1.evidence.is_provisional


def bought(*months: date) -> list[AluminiumLot]:
    """Return a lot of 1000 t in each month."""
    return [
        AluminiumLot(
            id=f"A-{each}", supplier="Smelter", at=SHANGHAI.instant(each), mass_t=1000.0, document="invoice"
        )
        for each in months
    ]


PRIMARY = factor("aluminium.primary", 15.1)
IN_2024 = [date(2024, month, 5) for month in range(1, 13)]
IN_2025 = [date(2025, month, 5) for month in range(1, 7)]


def test_a_month_without_lots_is_estimated_like_one_to_come_and_never_0_t() -> None:
    whole, _ = found(works(PRIMARY, *bought(*IN_2024, *IN_2025), truth=same_twice(), method=METHOD), HALF)
    holed = works(PRIMARY, *bought(*IN_2024, *IN_2025[:4]), truth=same_twice(), method=METHOD)
    made, findings = found(holed, HALF)
    true, told = (points(each["2025"])["scope_3_1"].projection for each in (whole, made))
    assert true is not None
    assert told is not None
    assert told.value == pytest.approx(true.value, rel=0.01)
    (finding,) = [each for each in findings if each.code == "inventory.no_lots"]
    assert (finding.since, finding.until) == (made["2025-05"].period.since, made["2025-06"].period.until)
    assert finding in made["2025"].findings
    assert finding in made["2025-05"].findings
    assert finding not in made["2025-04"].findings


def test_a_year_that_is_over_with_months_without_lots_is_never_below_its_path() -> None:
    later = SHANGHAI.day_start(date(2025, 1, 1))
    truth = {name: each[: 24 * 366] for name, each in TRUTH.items()}
    made, findings = found(works(PRIMARY, *bought(*IN_2024[:9]), truth=truth, method=METHOD), later)
    point = points(made["2024"])["scope_3_1"]
    assert (point.actual or 0.0) < 14.9  # of nine months, and there is no year before
    assert point.is_over is True  # as stated
    fair = replace(THREE, stated={2024: 14.5})
    at = {"months": [made[f"2024-{month:02}"] for month in range(1, 13)], "before": []}
    assert path_points(made["2024"], [fair], confidence=0.9, **at)[0].is_over is None
    assert not made["2024"].scope_3_1.evidence.is_complete
    assert [each.facts["first"] for each in findings if each.code == "inventory.no_lots"] == ["2024-10"]


def test_a_month_without_its_fuel_is_estimated_too() -> None:
    months = [(date(y, m, 1), date(y + m // 12, m % 12 + 1, 1)) for y in (2024, 2025) for m in range(1, 13)]
    burnt = [diesel(*month, 200.0, document=f"D-{month[0]}") for month in months[:18]]
    whole, _ = found(works(*burnt, truth=same_twice(), method=METHOD), HALF)
    holed, _ = found(works(*burnt[:17], truth=same_twice(), method=METHOD), HALF)
    true, told = (points(each["2025"])["scope_1_2"].projection for each in (whole, holed))
    assert true is not None
    assert told is not None
    assert told.value == pytest.approx(true.value, rel=0.005)


def test_one_month_of_the_year_before_that_is_not_known_leaves_a_projection() -> None:
    holed = same_twice()
    holed["gas_main.volume"][24 * 300 : 24 * 320] = np.nan
    made, _ = found(works(truth=holed, method=METHOD), HALF)
    whole, _ = found(works(truth=same_twice(), method=METHOD), HALF)
    true, told = (points(each["2025"])["scope_1_2"].projection for each in (whole, made))
    assert true is not None
    assert told is not None
    assert told.value == pytest.approx(true.value, rel=0.01)


def test_months_of_too_little_energy_never_scale_the_months_to_come() -> None:
    holed = same_twice()
    holed["gas_main.volume"][24 * (366 + 31) : 24 * (366 + 31 + 13)] = np.nan
    made, _ = found(works(truth=holed, method=METHOD), HALF)
    whole, _ = found(works(truth=same_twice(), method=METHOD), HALF)
    true, told = (points(each["2025"])["scope_1_2"].projection for each in (whole, made))
    assert true is not None
    assert told is not None
    assert told.value == pytest.approx(true.value, rel=1e-3)
