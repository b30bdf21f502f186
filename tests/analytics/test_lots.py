"""Scope 3 category 1: the supplier's factor before shares, shares before the average; never a guess."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from analytics.lots import lot_lines
from domain.carbon_entries import AluminiumLot, EmissionFactor, ScrapMethod
from domain.factors import USES
from domain.findings import Finding, Severity
from domain.inventory import Line
from domain.ledger import Body
from domain.method import CarbonMethod
from tests.analytics.carbon_made import few
from tests.analytics.carbon_made import found as inventories_of
from tests.analytics.green import CALENDAR, carbon, day, months
from tests.analytics.process import SHANGHAI

VALUES = {"aluminium.primary": 15.1, "aluminium.primary_green": 4.0, "aluminium.recycled": 0.6}
"""The first is METHOD's world average of 2022; the others are made up."""
LOT = AluminiumLot(id="A-1", supplier="Smelter", at=day(2026, 3, 5), mass_t=200.0, document="invoice 7")
SUPPLIERS = replace(LOT, factor_t_per_t=8.5, boundary="cradle-to-gate", year=2025, verifier="TUV")


def factor(use: str, value: float, **more: Any) -> EmissionFactor:
    usual = EmissionFactor(
        id=use,
        use=use,
        value=value,
        unit=USES[use],
        year=2026,
        valid_from=date(2020, 1, 1),
        source="a book",
        uncertainty=0.1,
    )
    return replace(usual, **more)


FACTORS = tuple(factor(use, value) for use, value in VALUES.items())


def lines(*bodies: Body, factors: tuple[EmissionFactor, ...] = FACTORS) -> tuple[list[Line], list[Finding]]:
    """Return all lines and findings of lots with the factors entered before them."""
    found, findings = lot_lines(
        carbon(*factors, *bodies), CarbonMethod(), months=months(), calendar=CALENDAR, base_year=2024
    )
    return [line for of_month in found.values() for line in of_month], list(findings)


def one(lot: AluminiumLot, factors: tuple[EmissionFactor, ...] = FACTORS) -> tuple[Line, list[str]]:
    (line,), findings = lines(lot, factors=factors)
    return line, [each.code for each in findings]


def test_without_lots_there_is_no_line_and_no_doubt() -> None:
    assert lot_lines(carbon(*FACTORS), months=months(), calendar=CALENDAR, base_year=2024) == ({}, ())


def test_a_lot_whose_id_is_written_in_two_ways_counts_once_and_the_later_entry_holds() -> None:
    found, _ = lines(LOT, replace(LOT, id="\uff41 -1", mass_t=100.0))
    assert [(line.activity, line.entries) for line in found] == [(100.0, (5,))]


def test_a_lot_of_unknown_make_is_average_primary_metal() -> None:
    line, codes = one(LOT)
    assert (line.tco2e, codes) == (200.0 * 15.1, [])
    assert (line.id, line.scope, line.activity, line.unit, line.subject) == (
        "A-1",
        "3_1",
        200.0,
        "t",
        "Smelter",
    )
    assert (line.formula, dict(line.gases)) == ("lot.average.1", {"co2e": 3020.0})
    assert [(each.id, each.entry) for each in line.factors] == [("aluminium.primary", 1)]
    assert (line.entries, dict(line.evidence.shares)) == ((4,), {"manual": 1.0})


def test_the_suppliers_factor_goes_before_shares() -> None:
    line, codes = one(replace(SUPPLIERS, primary=1.0, green_power=1.0))
    assert (line.tco2e, line.fixed_t, line.formula) == (1700.0, 1700.0, "lot.supplier.1")
    (used,) = line.factors
    assert (used.use, used.value, used.unit, used.year) == ("lot.factor", 8.5, "tCO2e/t", 2025)
    assert (used.is_verified, line.codes, codes) == (True, (), [])


def test_shares_go_before_the_average() -> None:
    lot = replace(LOT, primary=0.5, pre_consumer=0.3, post_consumer=0.2, green_power=0.4)
    line, codes = one(lot)
    assert line.tco2e == pytest.approx(200.0 * (0.3 * 15.1 + 0.2 * 4.0 + 0.5 * 0.6))
    assert (line.formula, codes) == ("lot.hybrid.1", [])
    assert {each.use for each in line.factors} == set(VALUES)


def test_scrap_as_co_product_carries_the_burden_of_primary_metal() -> None:
    lot = replace(LOT, primary=0.5, pre_consumer=0.5, scrap_method=ScrapMethod.CO_PRODUCT)
    assert one(lot)[0].tco2e == pytest.approx(200.0 * 15.1)
    assert one(replace(lot, scrap_method=ScrapMethod.CUT_OFF))[0].tco2e == pytest.approx(100.0 * 15.7)


@pytest.mark.parametrize("seed", range(3))
def test_a_year_of_planted_lots_is_found_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, lots = 0.0, []
    for number in range(60):
        mass, (primary, pre, post) = float(rng.uniform(1, 300)), rng.dirichlet([3, 1, 1]).tolist()
        green = float(rng.uniform(0, 1))
        at = day(2026, 1 + number % 12, 1 + number % 28)
        lots.append(
            replace(
                LOT,
                id=f"L{number}",
                at=at,
                mass_t=mass,
                primary=primary,
                pre_consumer=pre,
                post_consumer=post,
                green_power=green,
            )
        )
        truth += mass * (primary * (1 - green) * 15.1 + primary * green * 4.0 + (pre + post) * 0.6)
    found, findings = lines(*lots)
    assert math.fsum(line.tco2e or math.nan for line in found) == pytest.approx(truth)
    assert (len(found), findings) == (60, [])


def test_a_share_of_nothing_needs_no_factor_and_any_other_does() -> None:
    only_primary = FACTORS[:1]
    assert one(replace(LOT, primary=1.0, post_consumer=0.0), only_primary)[0].tco2e == pytest.approx(3020.0)
    line, codes = one(replace(LOT, primary=0.9, post_consumer=0.1), only_primary)
    assert (line.tco2e, dict(line.gases), codes) == (None, {}, ["lot.no_factor"])
    assert line.codes == ("lot.no_factor",)
    (finding,) = lines(replace(LOT, primary=0.9, post_consumer=0.1), factors=only_primary)[1]
    assert finding.facts["use"] == "aluminium.recycled"


@pytest.mark.parametrize(
    "more",
    [
        {"primary": 0.5, "post_consumer": 0.4},
        {"primary": 1.2, "post_consumer": -0.2},
        {"primary": 1.0, "green_power": 1.5},
        {"primary": math.nan, "post_consumer": 1.0},
    ],
)
def test_shares_that_do_not_add_up_give_no_number(more: dict[str, Any]) -> None:
    line, codes = one(replace(LOT, **more))
    assert (line.tco2e, line.fixed_t, codes) == (None, None, ["lot.shares"])


@pytest.mark.parametrize("more", [{"mass_t": -1.0}, {"mass_t": math.nan}, {"mass_t": 0.0}])
def test_a_mass_that_cannot_be_gives_no_number(more: dict[str, Any]) -> None:
    line, codes = one(replace(LOT, **more))
    assert (line.tco2e, line.activity, codes) == (None, None, ["lot.impossible"])


def test_a_suppliers_factor_that_cannot_be_gives_no_number() -> None:
    line, codes = one(replace(SUPPLIERS, factor_t_per_t=-3.0))
    assert (line.tco2e, codes) == (None, ["lot.impossible"])


@pytest.mark.parametrize("more", [{"boundary": ""}, {"year": None}])
def test_a_suppliers_factor_that_does_not_say_what_it_is_of_is_not_used(more: dict[str, Any]) -> None:
    line, codes = one(replace(SUPPLIERS, **more))
    assert (line.tco2e, line.formula, codes) == (3020.0, "lot.average.1", ["lot.no_boundary"])


def test_notes_say_who_did_not_verify_and_what_is_old() -> None:
    assert one(replace(SUPPLIERS, verifier=""))[0].codes == ("lot.unverified",)
    assert one(replace(SUPPLIERS, year=2023))[0].codes == ()
    assert one(replace(SUPPLIERS, year=2022))[0].codes == ("lot.old_factor",)
    assert one(LOT, (factor("aluminium.primary", 15.1, year=2022),))[0].codes == ("factor.other_year",)


def test_the_fixed_path_takes_the_factors_of_the_base_year() -> None:
    dated = (
        factor("aluminium.primary", 16.0, id="old", valid_until=date(2025, 12, 31)),
        factor("aluminium.primary", 15.1, id="new", valid_from=date(2026, 1, 1)),
    )
    line, _ = one(LOT, dated)
    assert (line.tco2e, line.fixed_t) == (3020.0, 3200.0)
    assert [each.id for each in line.factors] == ["new"]
    line, _ = one(LOT, dated[1:])
    assert (line.tco2e, line.fixed_t) == (3020.0, None)


def test_doubt_of_mass_and_factors_adds_up_as_root_sum_of_squares() -> None:
    assert one(LOT)[0].uncertainty == pytest.approx(math.hypot(0.1, 0.01))
    mixed = replace(LOT, primary=0.5, post_consumer=0.5)
    of_factors = math.hypot(0.5 * 15.1 * 0.1, 0.5 * 0.6 * 0.1) / (0.5 * 15.7)
    assert one(mixed)[0].uncertainty == pytest.approx(math.hypot(of_factors, 0.01))
    assert one(LOT, (factor("aluminium.primary", 15.1, uncertainty=None),))[0].uncertainty is None


def test_a_lot_counts_in_the_month_that_it_came_in() -> None:
    late = replace(LOT, id="B", at=day(2026, 4) - 1)
    first = replace(LOT, id="C", at=day(2026, 4))
    found, _ = lot_lines(carbon(*FACTORS, first, late), months=months(), calendar=CALENDAR, base_year=2024)
    assert {month: [line.id for line in of] for month, of in found.items()} == {
        "2026-03": ["B"],
        "2026-04": ["C"],
    }


def test_a_lot_outside_the_months_that_are_kept_counts_nowhere_and_says_so() -> None:
    found, findings = lines(replace(LOT, at=day(2062, 3)))
    assert (found, [each.code for each in findings]) == ([], ["lot.outside"])


@pytest.mark.parametrize("at", [date(2023, 5, 3), date(2062, 3, 1)])
def test_a_lot_outside_is_an_error_that_a_year_of_the_inventory_shows(at: date) -> None:
    made, findings = inventories_of(few(replace(LOT, at=SHANGHAI.instant(at))))
    (outside,) = [each for each in findings if each.code == "lot.outside"]
    assert outside.severity is Severity.ERROR
    assert outside in made["2024"].findings


def test_a_corrected_lot_counts_once() -> None:
    found, _ = lines(LOT, replace(LOT, mass_t=100.0))
    assert [line.tco2e for line in found] == [1510.0]
