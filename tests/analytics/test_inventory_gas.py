"""Scope 1 of metered gas: METHOD's factors to the digit, the supplier's calorific value in its month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.inventory_gas import gas_lines
from domain.carbon_entries import Invoice
from domain.ledger import GasQuality
from domain.plant import Carrier
from tests.analytics.carbon_made import GAS_CO2, TRUTH, basis, entries, factor, factors, few, total
from tests.analytics.process import SHANGHAI
from tests.analytics.works import works_plant


def quality(since: date, until: date, ncv: float) -> GasQuality:
    first, end = SHANGHAI.day_start(since), SHANGHAI.day_start(until)
    return GasQuality(since=first, until=end, ncv_mj_per_nm3=ncv, source="statement 7")


def test_without_readings_gas_is_not_known() -> None:
    found = gas_lines(basis(few(truth={})))
    assert {line.activity for line in found.lines.values()} == {None}
    assert {line.tco2e for line in found.lines.values()} == {None}
    assert {line.codes for line in found.lines.values()} == {("inventory.no_data",)}
    assert found.missing == ()


def test_gas_of_a_month_is_what_the_main_meter_counted_times_the_method() -> None:
    january = gas_lines(basis(few())).lines["2024-01"]
    nm3 = total("gas_main.volume", 0, 31)
    assert january.activity == pytest.approx(nm3, rel=1e-12)
    assert january.tco2e is not None
    assert round(january.tco2e / nm3 * 1000.0, 6) == GAS_CO2
    assert january.fixed_t == pytest.approx(january.tco2e)
    assert january.points == ("gas_main.volume",)
    assert (january.unit, january.formula, january.scope) == ("Nm3", "gas.1", "1")
    assert [each.use for each in january.factors] == ["gas.ncv", "gas.carbon", "gas.oxidation"]
    assert january.evidence.is_complete
    assert january.codes == ("factor.no_split", "inventory.uncertainty_partial")


def test_the_variant_of_the_carbon_content_gives_its_own_digits() -> None:
    ledger = entries([*factors("gas.carbon"), factor("gas.carbon", 15.32)])
    january = gas_lines(basis(few(ledger=ledger))).lines["2024-01"]
    by_hand = 38.931e-3 * 15.32 * 0.99 * 44.0 / 12.0
    assert january.tco2e is not None
    assert january.activity is not None
    assert january.tco2e / january.activity * 1000.0 == pytest.approx(by_hand, rel=1e-12)
    assert round(by_hand, 6) == 2.165015


def test_ch4_and_n2o_count_with_their_warming_potentials() -> None:
    january = gas_lines(basis(few(ledger=entries(factors(split=True))))).lines["2024-01"]
    terajoules = total("gas_main.volume", 0, 31) * 38.931e-6
    assert january.gases["ch4"] == pytest.approx(terajoules * 27.0 / 1000.0)
    assert january.gases["n2o"] == pytest.approx(terajoules * 27.3 / 1000.0)
    assert january.tco2e == pytest.approx(sum(january.gases.values()))
    assert "factor.no_split" not in january.codes


def test_without_a_factor_the_tonnes_are_not_known_and_the_months_are_named() -> None:
    late = factor("gas.carbon", 15.3, since=date(2024, 3, 1))
    found = gas_lines(basis(few(ledger=entries([*factors("gas.carbon"), late]))))
    assert found.lines["2024-02"].tco2e is None
    assert "factor.none" in found.lines["2024-02"].codes
    assert found.lines["2024-02"].fixed_t is not None
    assert found.lines["2024-03"].tco2e is not None
    assert [(each.use, each.month.name) for each in found.missing] == [
        ("gas.carbon", "2024-01"),
        ("gas.carbon", "2024-02"),
    ]


def test_the_suppliers_calorific_value_wins_in_its_month_and_names_its_statement() -> None:
    plain = gas_lines(basis(few())).lines
    stated = gas_lines(basis(few(quality(date(2024, 3, 1), date(2024, 4, 1), 39.5)))).lines
    assert stated["2024-03"].tco2e == pytest.approx((plain["2024-03"].tco2e or 0.0) * 39.5 / 38.931)
    assert stated["2024-03"].fixed_t == plain["2024-03"].fixed_t
    assert stated["2024-02"] == plain["2024-02"]
    ncv = stated["2024-03"].factors[0]
    assert (ncv.use, ncv.value, ncv.source, ncv.uncertainty) == ("gas.ncv", 39.5, "statement 7", 0.03)
    assert stated["2024-03"].entries == (ncv.entry,)
    assert "inventory.mixed_ncv" not in stated["2024-03"].codes


def test_a_statement_of_half_a_month_holds_for_that_half_and_a_later_one_goes_over_it() -> None:
    half = quality(date(2024, 3, 1), date(2024, 3, 11), 36.0)
    over = quality(date(2024, 3, 6), date(2024, 3, 11), 40.0)
    march = gas_lines(basis(few(half, over))).lines["2024-03"]
    by_hand = sum(
        total("gas_main.volume", first, end) * ncv
        for first, end, ncv in ((60, 65, 36.0), (65, 70, 40.0), (70, 91, 38.931))
    )
    assert march.tco2e == pytest.approx(by_hand * 15.3 * 0.99 * 44.0 / 12.0 * 1e-6)
    assert "inventory.mixed_ncv" in march.codes
    assert {each.value for each in march.factors if each.use == "gas.ncv"} == {36.0, 40.0, 38.931}


def test_an_impossible_statement_does_not_count() -> None:
    kilojoules = quality(date(2024, 3, 1), date(2024, 4, 1), 38_931.0)
    assert gas_lines(basis(few(kilojoules))).lines["2024-03"].factors[0].value == 38.931


def test_sub_meters_stand_in_where_there_is_no_main_meter_and_no_gas_meter_gives_no_line() -> None:
    subs = gas_lines(basis(few(of=works_plant("gas_main")))).lines["2024-01"]
    assert subs.activity == pytest.approx(
        sum(total(f"gas_{name}.volume", 0, 31) for name in ("coil", "sheet", "boiler"))
    )
    assert len(subs.points) == 3
    bare = works_plant()
    bare = replace(
        bare,
        devices=tuple(
            each for each in bare.devices if not any(point.carrier is Carrier.GAS for point in each.points)
        ),
    )
    found = gas_lines(basis(few(of=bare)))
    assert (found.lines, found.unsaid) == ({}, {})
    bill = Invoice(
        carrier=Carrier.GAS,
        since=SHANGHAI.day_start(date(2024, 2, 10)),
        until=SHANGHAI.day_start(date(2024, 3, 10)),
        quantity=1000.0,
        unit="m3",
        number="G-1",
    )
    billed = gas_lines(basis(few(bill, of=bare))).unsaid
    assert billed == dict.fromkeys(("2024-02", "2024-03"), "inventory.no_meter")


def test_a_month_with_a_hole_is_known_in_part_and_says_so() -> None:
    holed = TRUTH | {"gas_main.volume": TRUTH["gas_main.volume"].copy()}
    holed["gas_main.volume"][24 * 10 : 24 * 14] = np.nan
    holed["gas_main.volume"][24 * 31 : 24 * 60] = np.nan
    lines = gas_lines(basis(few(truth=holed))).lines
    assert lines["2024-01"].activity == pytest.approx(float(np.nansum(holed["gas_main.volume"][: 24 * 31])))
    assert "inventory.partial" in lines["2024-01"].codes
    assert not lines["2024-01"].evidence.is_complete
    assert lines["2024-02"].activity is None
    assert "inventory.no_data" in lines["2024-02"].codes
    assert "inventory.partial" not in lines["2024-03"].codes


def test_cubic_metres_at_conditions_that_nobody_told_are_no_number() -> None:
    told = works_plant()
    untold = replace(
        told,
        devices=tuple(
            replace(each, points=tuple(replace(point, reference=None) for point in each.points))
            for each in told.devices
        ),
    )
    prepared = few(of=untold)
    january = gas_lines(basis(prepared)).lines["2024-01"]
    assert (january.activity, january.tco2e) == (None, None)
    assert "inventory.no_data" in january.codes
    assert "gas.no_conditions" in {each.code for each in prepared.findings}
