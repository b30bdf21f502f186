"""Figures of a restatement are named, rounded and linked so that a reader can follow each of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from analytics.restatement import difference
from dashboard.views.carbon_changes import amounts_of, change_href, change_name
from domain.inventory import FigureChange, Inventory, Line, Total
from tests.dashboard.carbon_asking import asked, made
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of
from tests.dashboard.test_carbon_evidence import inventory


def _total(found: Total) -> Total:
    amount, fixed = (None if each is None else each * 1.01 for each in (found.tco2e, found.fixed_t))
    return replace(found, tco2e=amount, known_t=found.known_t * 1.01, fixed_t=fixed, uncertainty=0.5)


def _line(found: Line) -> Line:
    factors = tuple(replace(each, value=each.value * 1.01) for each in found.factors)
    gases = {name: 1.01 * value for name, value in found.gases.items()}
    coverage = replace(found.evidence, coverage=0.5)
    return replace(
        found, tco2e=1.0, activity=1.0, fixed_t=1.0, gases=gases, factors=factors, evidence=coverage
    )


def _otherwise(found: Inventory) -> Inventory:
    """Return an inventory of which every figure is another, with one lot more."""
    metal = next(line for line in found.lines if line.scope == "3_1")
    avoided = replace(
        found.avoided, pv_kwh=1.0, pv_plan_kwh=1.0, pv_generated_kwh=1.0, pv_t=1.0, heat_kwh=1.0,
        heat_plan_kwh=1.0, heat_t=1.0,
    )  # fmt: skip
    return replace(
        found,
        lines=(*map(_line, found.lines), replace(_line(metal), id="AL-NEW.7")),
        scope_1=_total(found.scope_1),
        scope_2_location=_total(found.scope_2_location),
        scope_2_market=_total(found.scope_2_market),
        scope_3_1=_total(found.scope_3_1),
        per_output=tuple(
            replace(
                each, output=1.0, scope_1=1.0, scope_1_2_location=1.0, scope_1_2_market=1.0, scope_3_1=1.0
            )
            for each in found.per_output
        ),
        covers=tuple(replace(each, kwh=1.0) for each in found.covers),
        reconciled=tuple(replace(each, main=1.0, other=1.0) for each in found.reconciled),
        avoided=avoided,
        paths=tuple(
            replace(each, allowed=1.0, stated=1.0, actual=1.0, actual_location=1.0) for each in found.paths
        ),
    )


def changes(name: str) -> tuple[FigureChange, ...]:
    """Return every kind of change that a period can have."""
    return difference(inventory(name), _otherwise(inventory(name)))


@pytest.mark.parametrize("period", ["2025", "2026-02"])
def test_a_figure_without_a_page_of_its_own_has_no_link(period: str) -> None:
    found, app = inventory(period), app_of(MadeSource())
    links = {each.figure: change_href(each.figure, found) for each in changes(period)}
    assert {links[name] for name in ("line.3_1.AL-NEW.7", "scope_1.known", "avoided.pv_t")} == {""}
    assert links["scope_1"] and links["line.1.gas"] and links["per_output.t.scope_1"]
    seen = {each for each in links.values() if each}
    for each in sorted(seen)[:: max(1, len(seen) // 4)]:
        assert asked_of(app, each).status_code == 200, each


@pytest.mark.parametrize("period", ["2025", "2026-02"])
def test_no_figure_has_its_bare_name_in_the_readers_language(period: str) -> None:
    request = asked(made(), "zh_Hans_CN")
    told = {each.figure: change_name(each.figure, request) for each in changes(period)}
    assert len(told) > 60
    for name, text in told.items():
        assert not re.search(
            r"(^|[ ：，])(scope|line|factor|cover|path|avoided|reconciled|per_output)[._]", text
        )
        assert re.search(r"[\u4e00-\u9fff]", text), name
    assert len(set(told.values())) == len(told)


def test_names_say_what_a_figure_is() -> None:
    request = asked(made())
    names = {
        "scope_3_1.known": "Scope 3, category 1: aluminium, what is known of it",
        "line.3_1.AL.7.coverage": "Scope 3, category 1: aluminium: AL.7, coverage",
        "factor.1.gas.gas.ncv": "Natural gas: net calorific value of Scope 1: Natural gas",
        "factor.2_location.electricity.grid.location.cn-1.5.12": (
            "grid factor, location-based of Scope 2, location-based: Bought electricity, cn-1.5 (12)"
        ),
        "avoided.pv_t": "Avoided by PV",
        "path.scope_3_1.2025.actual": "Path: Scope 3, category 1: aluminium, 2025, by this inventory",
        "reconciled.gas.subs.2025-03.main": "Gas: main meter and sub-meters, 2025-03, main meter or supply",
    }
    assert {each: change_name(each, request) for each in names} == names


@pytest.mark.parametrize(
    ("figure", "unit", "before", "after", "told"),
    [
        ("per_output.m2.scope_1", "tCO2e/m2", 0.000328124, 0.000329351, (0.32812, 0.32935, 0.00123)),
        ("line.1.gas.coverage", "1", 0.9, 0.99, (90.0, 99.0, 9.0)),
        ("scope_1", "tCO2e", 4154.71234, 4159.67244, (4154.712, 4159.672, 4.96)),
        ("factor.1.gas.gas.oxidation", "1", 0.99, 0.995, (0.99, 0.995, 0.005)),
        ("line.3_1.L", "tCO2e", None, 12.34567, (None, 12.346, None)),
    ],
)
def test_a_row_subtracts_and_has_the_unit_of_the_other_pages(
    figure: str, unit: str, before: float | None, after: float, told: tuple[float | None, ...]
) -> None:
    found = amounts_of(FigureChange(figure=figure, before=before, after=after, unit=unit))
    shown = [
        None if each is None else round(each, found.decimals)
        for each in (found.before, found.after, found.difference)
    ]
    assert tuple(shown) == told
    units = {"tCO2e/m2": "kgCO₂e/m²", "tCO2e": "tCO₂e", "1": "%" if figure.endswith("coverage") else ""}
    assert found.unit == units[unit]
