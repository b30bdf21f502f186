"""Uncertainty of lines and sums: METHOD's example, what is independent and what is not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analytics.inventory_uncertainty import combined, with_uncertainty
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import Line
from domain.method import CarbonMethod

METHOD = CarbonMethod()
"""The gas meter 1.5 %."""


def used(use: str, uncertainty: float | None, name: str = "") -> FactorUsed:
    return FactorUsed(
        use=use, id=name or use, entry=1, value=1.0, unit="", source="", uncertainty=uncertainty
    )


GAS = Line(
    id="gas",
    scope="1",
    activity=1000.0,
    unit="Nm3",
    tco2e=100.0,
    gases={"co2": 100.0},
    fixed_t=None,
    factors=(used("gas.ncv", 0.03), used("gas.carbon", 0.01)),
    formula="gas.1",
    uncertainty=None,
    evidence=Evidence(shares={}, coverage=1.0, is_complete=True),
)
GRID = replace(
    GAS, id="electricity", scope="2_location", factors=(used("grid.location", 0.05),), formula="grid.1"
)


def test_the_methods_example_is_3_5_percent_and_7_0_at_k_2() -> None:
    found, codes = combined([GAS], METHOD)
    assert found == pytest.approx(0.035, rel=1e-12)
    assert 2 * (found or 0.0) == pytest.approx(0.07, rel=1e-12)
    assert codes == ()
    assert with_uncertainty(GAS, METHOD).uncertainty == found


def test_months_of_one_source_are_wrong_by_the_same_share() -> None:
    found, _ = combined([GAS] * 12, METHOD)
    assert found == pytest.approx(0.035, rel=1e-12)


def test_sources_with_nothing_in_common_are_independent() -> None:
    found, _ = combined([GAS, GRID], METHOD)
    by_hand = math.hypot(100 * 0.035, 100 * math.hypot(0.05, 0.01)) / 200
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_another_factor_in_another_year_is_independent_but_the_meter_is_the_same() -> None:
    later = replace(GRID, factors=(used("grid.location", 0.05, "grid-2025"),))
    found, _ = combined([GRID, later], METHOD)
    assert found == pytest.approx(math.sqrt(2 * 5.0**2 + 2.0**2) / 200, rel=1e-12)


def test_statements_of_the_supplier_are_of_one_instrument() -> None:
    months = [
        replace(GAS, factors=(used("gas.ncv", 0.03, f"statement-{n}"), used("gas.carbon", 0.01)))
        for n in (1, 2)
    ]
    assert combined(months, METHOD)[0] == pytest.approx(0.035, rel=1e-12)


def test_methane_moves_with_its_own_factor_alone() -> None:
    split = replace(
        GAS,
        gases={"co2": 90.0, "ch4": 10.0},
        factors=(*GAS.factors, used("gas.ch4", 0.5), used("gwp.ch4", 0.2)),
    )
    found, _ = combined([split], METHOD)
    parts = (100 * 0.03, 90 * 0.01, 10 * 0.5, 10 * 0.2, 100 * 0.015)
    assert found == pytest.approx(math.hypot(*parts) / 100, rel=1e-12)


def test_a_factor_that_states_none_is_named_where_it_matters() -> None:
    some = replace(GAS, factors=(*GAS.factors, used("gas.oxidation", None)))
    found, codes = combined([some], METHOD)
    assert found == pytest.approx(0.035)
    assert codes == ("inventory.uncertainty_partial",)
    trace = replace(GAS, gases={"co2": 99.5, "ch4": 0.5}, factors=(*GAS.factors, used("gas.ch4", None)))
    assert combined([trace], METHOD)[1] == ()
    none = replace(GAS, factors=(used("gas.ncv", None), used("gas.carbon", None)))
    assert combined([none], METHOD) == (None, ("inventory.uncertainty_unknown",))


def test_a_sum_with_a_part_of_unknown_uncertainty_is_unknown_unless_the_part_is_small() -> None:
    silent = replace(GRID, factors=(used("grid.location", None),))
    assert combined([GAS, silent], METHOD) == (None, ("inventory.uncertainty_unknown",))
    small = combined([GAS, replace(silent, tco2e=5.0)], METHOD)
    assert small == (combined([GAS], METHOD)[0], ("inventory.uncertainty_partial",))
    assert combined([GAS, replace(silent, tco2e=0.5)], METHOD)[1] == ()


def test_nothing_emitted_has_no_relative_uncertainty() -> None:
    assert combined([], METHOD) == (None, ())
    assert combined([replace(GAS, tco2e=0.0, gases={"co2": 0.0})], METHOD) == (None, ())
    assert combined([replace(GAS, tco2e=None, gases={})], METHOD) == (None, ())


def test_lots_by_one_factor_are_wrong_together() -> None:
    lot = replace(
        GAS,
        id="L-1",
        scope="3_1",
        formula="lot.average.1",
        factors=(used("aluminium.primary", 0.1),),
        uncertainty=0.1,
    )
    assert combined([lot, replace(lot, id="L-2")], METHOD)[0] == pytest.approx(0.1)
    other = replace(lot, id="L-3", factors=(used("lot.factor", 0.1, "supplier"),))
    assert combined([lot, other], METHOD)[0] == pytest.approx(0.1 / math.sqrt(2))
