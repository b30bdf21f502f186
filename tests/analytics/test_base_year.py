"""The base year: who may change it, when it must change, and both versions side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analytics.base_year import base_year_findings, compared, due
from domain.carbon_entries import BaseYear, BaseYearReason
from domain.evidence import Evidence
from domain.findings import Finding
from domain.inventory import Avoided, Inventory, PerOutput, Total
from domain.method import CarbonMethod
from domain.periods import PeriodKind
from tests.analytics.green import CALENDAR, carbon, day

FIRST = BaseYear(year=2023, reason=BaseYearReason.FIRST, approver="Chen")
"""The plan's first base year, of which it states no figure."""
MOVED = BaseYear(
    year=2024,
    intensity_1_2=0.102,
    intensity_3_1=14.982,
    reason=BaseYearReason.STRUCTURAL,
    what="a new line",
    approver="Chen",
)
"""The plan's base year since its review of March 2025."""
FIGURES = BaseYear(
    year=2024,
    scope_1_2_t=1020.0,
    scope_3_1_t=149_820.0,
    output=10_000.0,
    reason=BaseYearReason.FIRST,
    approver="Chen",
)
NOTHING = Evidence(shares={}, coverage=1.0, is_complete=True)


def codes(*bodies: BaseYear) -> list[str]:
    return [each.code for each in base_year_findings(carbon(*bodies), CarbonMethod())]


def test_nothing_declared_and_an_honest_first_year_give_no_doubt() -> None:
    assert codes() == []
    assert codes(FIGURES) == []


def test_the_plans_own_move_stands_side_by_side_and_says_that_nothing_can_be_compared() -> None:
    rows = {each.figure: each for each in compared(FIRST, MOVED)}
    assert (rows["year"].old, rows["year"].new, rows["year"].change) == (2023.0, 2024.0, None)
    assert (rows["intensity_1_2"].old, rows["intensity_1_2"].new) == (None, 0.102)
    assert (rows["intensity_3_1"].new, rows["intensity_3_1"].unit) == (14.982, "tCO2e/t")
    assert all(each.change is None for each in rows.values())
    assert rows["scope_1_2_t"].new is None
    assert codes(FIRST, MOVED) == ["base_year.not_compared"]


def test_figures_of_both_show_their_relative_change_and_intensities_follow_from_the_sums() -> None:
    new = replace(FIGURES, scope_1_2_t=1122.0, reason=BaseYearReason.ERROR)
    rows = {each.figure: each for each in compared(FIGURES, new)}
    assert rows["scope_1_2_t"].change == pytest.approx(0.1)
    assert rows["scope_3_1_t"].change == 0.0
    assert (rows["intensity_1_2"].old, rows["intensity_1_2"].new) == (0.102, 0.1122)
    assert [each.old for each in compared(None, new)] == [None] * 6


def test_outputs_of_two_units_are_not_compared() -> None:
    rows = {each.figure: each for each in compared(FIGURES, replace(FIGURES, output_unit="m2"))}
    assert {name for name, each in rows.items() if each.change is not None} == {"scope_1_2_t", "scope_3_1_t"}


@pytest.mark.parametrize(
    ("tonnes", "expected"), [(1060.0, ["base_year.below_threshold"]), (1080.0, []), (960.0, [])]
)
def test_a_recalculation_needs_a_change_above_the_threshold(tonnes: float, expected: list[str]) -> None:
    assert codes(FIGURES, replace(FIGURES, scope_1_2_t=tonnes, reason=BaseYearReason.ERROR)) == expected


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"approver": " "}, "base_year.no_approver"),
        ({"output": 0.0}, "base_year.output"),
        ({"output": float("nan")}, "base_year.output"),
        ({"scope_1_2_t": -1.0}, "base_year.impossible"),
        ({"threshold": 0.0}, "base_year.impossible"),
        ({"intensity_1_2": 0.2}, "base_year.contradiction"),
        ({"threshold": 0.5}, "base_year.other_threshold"),
    ],
)
def test_each_doubt_about_an_entry_is_told(more: dict[str, Any], code: str) -> None:
    assert codes(replace(FIGURES, **more)) == [code]


def test_a_rounded_intensity_is_no_contradiction() -> None:
    assert codes(replace(FIGURES, scope_1_2_t=1021.9, intensity_1_2=0.102)) == []


def test_a_second_first_year_is_a_finding() -> None:
    assert codes(FIGURES, replace(FIGURES, scope_1_2_t=2000.0)) == ["base_year.first_twice"]


# due


def year(scope_1: float | None, scope_3_1: float | None, *, is_over: bool = True) -> Inventory:
    """Return the inventory of 2024: 20 t of Scope 2 by market, 10 000 t of output."""

    def total(tonnes: float | None) -> Total:
        return Total(tco2e=tonnes, known_t=tonnes or 0.0, fixed_t=None, uncertainty=None, evidence=NOTHING)

    period = CALENDAR.period(PeriodKind.YEAR, day(2024, 6))
    assert period is not None
    both = None if scope_1 is None else (scope_1 + 20.0) / 10_000.0
    per_t = PerOutput(
        unit="t",
        output=10_000.0,
        scope_1=None,
        scope_1_2_location=None,
        scope_1_2_market=both,
        scope_3_1=None if scope_3_1 is None else scope_3_1 / 10_000.0,
    )
    return Inventory(
        period=period,
        is_over=is_over,
        state="open",
        entry=None,
        closed_months=(),
        lines=(),
        scope_1=total(scope_1),
        scope_2_location=total(5000.0),
        scope_2_market=total(20.0),
        scope_3_1=total(scope_3_1),
        per_output=(per_t,),
        covers=(),
        reconciled=(),
        avoided=Avoided(
            pv_kwh=None,
            pv_plan_kwh=None,
            pv_generated_kwh=None,
            pv_t=None,
            heat_kwh=None,
            heat_plan_kwh=None,
            heat_t=None,
            evidence=NOTHING,
        ),
        paths=(),
        findings=(),
    )


def found_due(stated: BaseYear, inventory: Inventory) -> list[Finding]:
    return list(due(inventory, stated))


def test_an_inventory_as_stated_asks_for_nothing() -> None:
    assert found_due(FIGURES, year(1000.0, 149_820.0)) == []
    assert found_due(MOVED, year(1000.0, 149_820.0)) == []


def test_an_inventory_that_differs_by_more_than_the_threshold_asks_for_a_recalculation() -> None:
    (finding,) = found_due(FIGURES, year(1100.0, 149_820.0))
    assert (finding.code, finding.key) == ("base_year.recalculation_due", "2024")
    assert finding.facts["figure"] == "scope_1_2_t"
    assert (finding.facts["stated"], finding.facts["actual"]) == (1020.0, 1120.0)
    assert "1020" in finding.problem
    assert "1120" in finding.problem


def test_stated_intensities_are_held_against_those_of_the_inventory() -> None:
    (finding,) = found_due(MOVED, year(1000.0, 170_000.0))
    assert (finding.facts["figure"], finding.facts["actual"]) == ("intensity_3_1", 17.0)


@pytest.mark.parametrize(
    "inventory", [year(None, None), year(5000.0, 9.0, is_over=False), replace(year(9.0, 9.0), per_output=())]
)
def test_what_is_not_known_or_not_over_asks_for_nothing(inventory: Inventory) -> None:
    assert found_due(MOVED, inventory) == []


def test_another_year_is_not_held_against_the_base_year() -> None:
    assert found_due(replace(FIGURES, year=2023), year(9.0, 9.0)) == []


def test_a_stated_zero_that_is_none_asks_for_a_recalculation() -> None:
    (finding,) = found_due(replace(FIGURES, scope_1_2_t=0.0), year(1000.0, 149_820.0))
    assert finding.facts["figure"] == "scope_1_2_t"
