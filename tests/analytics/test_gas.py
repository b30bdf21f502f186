from __future__ import annotations

import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI

from analytics.gas import (
    co2_kg,
    compressibility_ratio,
    energy_kwh,
    gas_findings,
    gas_windows,
    methane_z,
    monthly_ncv,
    nm3_factor,
    quality_findings,
)
from domain.ledger import GasQuality
from domain.method import GasMethod
from domain.plant import Carrier, Point
from domain.registers import Reference
from domain.windows import Flag, Grade, no_windows
from tests.analytics.made import NAN, START, hours, point, span


def meter(reference: Reference | None) -> Point:
    return point("gas", Carrier.GAS, unit="m3", reference=reference)


METER = meter(Reference.ACTUAL)


def test_a_volume_at_20_c_becomes_nm3_by_the_digits_of_the_method() -> None:
    factor = nm3_factor(Reference.AT_20C)
    assert factor == 273.15 / 293.15
    assert round(factor, 7) == 0.9317755


def test_a_volume_at_0_c_is_nm3_and_one_at_15_c_nearly() -> None:
    assert nm3_factor(Reference.AT_0C) == 1.0
    assert nm3_factor(Reference.AT_15C) == pytest.approx(0.9479438, abs=5e-8)


@pytest.mark.parametrize("reference", [Reference.ACTUAL, Reference.CONFIGURED, None])
def test_a_volume_without_reference_conditions_has_no_factor(reference: Reference | None) -> None:
    assert nm3_factor(reference) is None


def test_taking_a_20_c_volume_for_nm3_is_an_error_of_7_3_percent() -> None:
    read = hours("gas", [1000.0] * 24)
    right = gas_windows(meter(Reference.AT_20C), read, temperature=None, pressure=None)
    wrong = gas_windows(meter(Reference.AT_0C), read, temperature=None, pressure=None)
    assert wrong.amount.sum() / right.amount.sum() - 1 == pytest.approx(0.0732, abs=5e-5)


def test_co2_of_gas_is_that_of_the_standard_to_the_digit() -> None:
    assert round(co2_kg(1.0, GasMethod()), 6) == 2.162189
    variant = GasMethod(carbon_t_per_tj=15.32)
    assert co2_kg(1.0, variant) / co2_kg(1.0, GasMethod()) == pytest.approx(15.32 / 15.3)


def test_energy_of_gas_is_by_net_calorific_value() -> None:
    assert energy_kwh(1.0, GasMethod()) == pytest.approx(10.814167, abs=5e-7)
    np.testing.assert_allclose(energy_kwh(np.array([0.0, 3.6]), GasMethod()), [0.0, 38.931], rtol=1e-15)


# The supplier's calorific value


def test_the_suppliers_value_wins_in_its_month_and_in_no_other() -> None:
    windows = hours("gas", [100.0, 100.0, 100.0])
    monthly = monthly_ncv([GasQuality(since=span(1, 2)[0], until=span(1, 2)[1], ncv_mj_per_nm3=36.0)])
    energy = energy_kwh(windows.amount, GasMethod(), since=windows.since, monthly=monthly)
    np.testing.assert_allclose(energy, [1081.416667, 1000.0, 1081.416667], atol=5e-7)
    co2 = co2_kg(windows.amount, GasMethod(), since=windows.since, monthly=monthly)
    np.testing.assert_allclose(co2[1] / co2[0], 36.0 / 38.931, rtol=1e-15)


def test_a_later_statement_for_the_same_month_wins() -> None:
    since, until = span(0, 10)
    early, late = span(5, 20)
    stated = [
        GasQuality(since=since, until=until, ncv_mj_per_nm3=35.0),
        GasQuality(since=early, until=late, ncv_mj_per_nm3=36.0),
        GasQuality(since=since, until=until, ncv_mj_per_nm3=37.0),
    ]
    at = np.array([START, span(6, 7)[0], span(12, 13)[0]])
    found = energy_kwh(np.full(3, 3.6), GasMethod(), since=at, monthly=monthly_ncv(stated))
    np.testing.assert_allclose(found, [37.0, 37.0, 36.0])


def test_a_value_in_another_unit_is_left_out_and_named() -> None:
    wrong = GasQuality(since=START, until=span(0, 9)[1], ncv_mj_per_nm3=8500.0, source="invoice 7")
    assert monthly_ncv([wrong]) == {}
    (finding,) = quality_findings([wrong])
    assert (finding.code, finding.key) == ("gas.impossible_ncv", "invoice 7")
    assert quality_findings([GasQuality(since=0, until=1, ncv_mj_per_nm3=36.0)]) == ()


# Actual conditions


def test_an_actual_volume_is_converted_window_by_window() -> None:
    found = gas_windows(
        METER,
        hours("gas", [100.0, 100.0, 0.0]),
        temperature=hours("t", [20.0, 0.0, 20.0]),
        pressure=hours("p", [101.325, 103.325, 101.325]),
    )
    np.testing.assert_allclose(found.amount, [93.17755416, 101.9738465, 0.0], atol=5e-8)
    assert found.flags.tolist() == [0, 0, 0]


def test_a_converted_window_is_as_good_as_its_worst_part() -> None:
    found = gas_windows(
        METER,
        hours("gas", [1.0, 1.0], coverage=0.9, flags=Flag.WRAP),
        temperature=hours("t", [20.0, 20.0], grade=[Grade.BRIDGED, Grade.MEASURED], coverage=[0.5, 1.0]),
        pressure=hours("p", [102.0, 102.0], grade=[Grade.MEASURED, Grade.ESTIMATED], flags=Flag.GAP),
    )
    assert found.grade.tolist() == [Grade.BRIDGED, Grade.ESTIMATED]
    assert found.coverage.tolist() == [0.5, 0.9]
    assert found.flags.tolist() == [Flag.WRAP | Flag.GAP] * 2


@pytest.mark.parametrize(
    ("temperature", "pressure"),
    [(NAN, 102.0), (20.0, NAN), (20.0, 2.3), (-273.15, 102.0), (20.0, 5000.0)],
    ids=["no temperature", "no pressure", "gauge pressure", "absolute zero", "too dense"],
)
def test_an_actual_volume_without_usable_conditions_has_no_amount(
    temperature: float, pressure: float
) -> None:
    found = gas_windows(
        METER,
        hours("gas", [100.0, 100.0]),
        temperature=hours("t", [temperature, 20.0]),
        pressure=hours("p", [pressure, 101.325]),
    )
    assert np.isnan(found.amount[0])
    assert found.flags.tolist() == [Flag.NO_CONDITIONS, 0]
    assert found.amount[1] == pytest.approx(93.17755416)


def test_conditions_with_other_windows_do_not_count_for_these() -> None:
    found = gas_windows(
        METER,
        hours("gas", [1.0, 1.0]),
        temperature=hours("t", [20.0], start=span(1, 2)[0]),
        pressure=hours("p", [101.325, 101.325]),
    )
    assert found.flags.tolist() == [Flag.NO_CONDITIONS, 0]
    assert found.coverage.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("reference", [Reference.ACTUAL, Reference.CONFIGURED, None])
def test_a_volume_at_conditions_that_nobody_told_is_held_back(reference: Reference | None) -> None:
    read = hours("gas", [100.0])
    found = gas_windows(meter(reference), read, temperature=None, pressure=None)
    assert np.isnan(found.amount).all()
    assert found.flags.tolist() == [Flag.NO_CONDITIONS]
    (finding,) = gas_findings(meter(reference), read, temperature=None, pressure=None)
    assert (finding.code, finding.key) == ("gas.no_conditions", "gas.gas")


def test_no_windows_stay_no_windows() -> None:
    empty = no_windows("gas")
    assert len(gas_windows(METER, empty, temperature=empty, pressure=empty)) == 0
    assert gas_findings(METER, empty, temperature=None, pressure=None) == ()


def test_findings_tell_missing_from_impossible_conditions() -> None:
    found = gas_findings(
        METER,
        hours("gas", [1.0, 1.0, 1.0]),
        temperature=hours("t", [20.0, NAN, 20.0]),
        pressure=hours("p", [102.0, 102.0, 1.5]),
    )
    assert [(each.code, each.since, each.until) for each in found] == [
        ("gas.no_conditions", *span(1, 2)),
        ("gas.impossible_conditions", *span(2, 3)),
    ]


def test_good_conditions_at_low_pressure_give_no_finding() -> None:
    conditions = {"temperature": hours("t", [5.0, 35.0]), "pressure": hours("p", [101.0, 111.3])}
    assert gas_findings(METER, hours("gas", [1.0, NAN]), **conditions) == ()
    at_20c = gas_findings(meter(Reference.AT_20C), hours("gas", [1.0]), temperature=None, pressure=None)
    assert at_20c == ()


# Compressibility


def test_z_is_1_below_a_tenth_of_a_bar_gauge() -> None:
    pressures = np.array([95.0, 101.325, 111.32])
    assert compressibility_ratio(np.array([0.0, 20.0, 40.0]), pressures).tolist() == [1.0, 1.0, 1.0]


def test_z_of_methane_is_that_of_the_reference_equation() -> None:
    for pressure in (111.325, 201.325, 401.325, 801.325, 1100.0):
        for warm in (-20.0, 0.0, 20.0, 40.0, 60.0):
            found = methane_z(np.array([warm]), np.array([pressure]))[0]
            exact = PropsSI("Z", "T", warm + 273.15, "P", pressure * 1e3, "Methane")
            assert found == pytest.approx(exact, rel=4e-4), (pressure, warm)


RICH = "Methane[0.88]&Ethane[0.08]&Propane[0.03]&Nitrogen[0.01]"


@pytest.mark.parametrize("warm", [0.0, 20.0, 40.0])
@pytest.mark.parametrize("pressure", [201.325, 401.325])
def test_methane_leaves_less_error_than_none_and_the_finding_bounds_it(warm: float, pressure: float) -> None:
    exact = PropsSI("Z", "T", 273.15, "P", 101325.0, RICH) / PropsSI(
        "Z", "T", warm + 273.15, "P", pressure * 1e3, RICH
    )
    ours = compressibility_ratio(np.array([warm]), np.array([pressure]))[0]
    (finding,) = gas_findings(
        METER,
        hours("gas", [1.0]),
        temperature=hours("t", [warm]),
        pressure=hours("p", [pressure]),
    )
    assert finding.code == "gas.compressibility"
    assert abs(exact - ours) < 0.4 * abs(exact - 1.0)
    assert abs(exact - ours) < float(finding.facts["doubt"])
