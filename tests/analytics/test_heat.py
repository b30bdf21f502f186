from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from analytics.heat import heat_kwh, heat_meters, recovered
from domain.method import Counterfactual, Method
from domain.plant import Carrier, FlowSide, Plant
from domain.results import RecoveredHeat
from domain.windows import Flag, Windows
from tests.analytics.made import NAN, hours, period, plant, point, span

GAS = Method(counterfactual=Counterfactual.GAS)
WATER = plant(
    point("volume", Carrier.HEAT, device="h", unit="m3", supply_point="h.supply", return_point="h.return"),
    point("supply", device="h", unit="C", is_counter=False),
    point("return", device="h", unit="C", is_counter=False),
)
REGISTER = plant(point("heat", Carrier.HEAT, device="h"))


def one(method: Method, *windows: Windows, of: Plant = REGISTER, n: int = 2) -> RecoveredHeat:
    (found,) = recovered(of, method, {each.point: each for each in windows}, [period(0, n)])
    return found


def water(volume: float, supply: float, back: float) -> tuple[Windows, Windows, Windows]:
    return hours("h.volume", [volume] * 2), hours("h.supply", [supply] * 2), hours("h.return", [back] * 2)


# Water


@pytest.mark.parametrize(("side", "k"), [(FlowSide.COLD, 1.156370), (FlowSide.HOT, 1.142419)])
def test_heat_per_m3_and_kelvin_is_that_of_the_method_to_the_digit(side: FlowSide, k: float) -> None:
    found = heat_kwh(np.ones(1), np.array([58.0]), np.array([28.0]), side=side, pressure_mpa=1.6)
    assert round(float(found[0]) / 30.0, 6) == k


def test_equal_temperatures_give_no_heat_and_swapped_ones_a_negative_one() -> None:
    found = heat_kwh(np.array([5.0, 5.0]), np.array([50.0, 28.0]), np.array([50.0, 58.0]))
    assert found[0] == 0.0
    assert found[1] < -170.0


def test_what_is_no_water_gives_no_heat() -> None:
    supply = np.array([NAN, 50.0, 50.0, 160.0, 20.0, 50.0])
    back = np.array([40.0, NAN, 40.0, 40.0, -3.0, 40.0])
    found = heat_kwh(np.array([1.0, 1.0, NAN, 1.0, 1.0, 1.0]), supply, back)
    assert np.isnan(found).tolist() == [True] * 5 + [False]
    steam = heat_kwh(np.ones(1), np.array([120.0]), np.array([90.0]), pressure_mpa=0.1)
    assert np.isnan(steam).all()
    assert len(heat_kwh(np.empty(0), np.empty(0), np.empty(0))) == 0


def test_the_pressure_that_nobody_told_hardly_matters() -> None:
    supply, back = np.array([30.0, 58.0, 95.0, 110.0]), np.array([10.0, 28.0, 60.0, 40.0])
    middle = heat_kwh(np.ones(4), supply, back)
    for pressure in (0.6, 2.6):
        other = heat_kwh(np.ones(4), supply, back, pressure_mpa=pressure)
        np.testing.assert_allclose(other, middle, rtol=3e-4)


def test_properties_of_water_are_loaded_only_when_they_are_needed() -> None:
    code = "import sys, analytics.heat; sys.exit('CoolProp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Which meters


def test_the_energy_register_wins_over_the_volume_of_the_same_device() -> None:
    both = plant(
        point("volume", Carrier.HEAT, device="h", unit="m3"),
        point("heat", Carrier.HEAT, device="h"),
        point("flow", Carrier.HEAT, device="w", unit="m3/h", is_counter=False),
        point("steam", Carrier.HEAT, device="s", unit="t"),
    )
    assert [each.id for each in heat_meters(both)] == ["h.heat", "w.flow"]


def test_heat_from_a_volume_is_that_of_water_and_estimated() -> None:
    found = one(GAS, *water(2.0, 58.0, 28.0), of=WATER)
    assert found.heat_kwh == pytest.approx(2 * 2.0 * 30.0 * 1.156370345, rel=1e-9)
    assert found.evidence.shares == {"estimated": 1.0}


def test_a_volume_without_its_temperatures_gives_no_heat_and_says_why() -> None:
    alone = plant(point("volume", Carrier.HEAT, device="h", unit="m3"))
    found = one(GAS, hours("h.volume", [1.0, 1.0]), of=alone)
    assert found.heat_kwh is None
    assert found.evidence.codes == ("heat.no_temperatures",)
    silent = one(GAS, water(1.0, 58.0, 28.0)[0], of=WATER)
    assert silent.heat_kwh is None
    assert not silent.evidence.is_complete


def test_swapped_sensors_give_no_heat_and_a_code() -> None:
    found = one(GAS, *water(1.0, 28.0, 58.0), of=WATER)
    assert found.heat_kwh is None
    assert found.evidence.codes == ("heat.reversed",)


def test_a_circuit_at_rest_gives_no_heat_and_no_code() -> None:
    found = one(GAS, *water(1.0, 40.0, 40.3), of=WATER)
    assert found.heat_kwh == 0.0
    assert found.evidence.codes == ()


# What it stands in for


def test_recovered_heat_is_gas_that_a_boiler_would_have_burnt() -> None:
    found = one(GAS, hours("h.heat", [50.0, 50.0]))
    assert found.heat_kwh == 100.0
    assert found.avoided_gas_nm3 == pytest.approx(100.0 * 3.6 / (38.931 * 0.9), rel=1e-15)
    assert found.avoided_electricity_kwh is None
    assert found.evidence.codes == ()
    assert found.evidence.is_complete


def test_the_suppliers_calorific_value_holds_for_avoided_gas_too() -> None:
    windows = {"h.heat": hours("h.heat", [50.0, 50.0])}
    (found,) = recovered(REGISTER, GAS, windows, [period(0, 2)], monthly={span(1, 2): 36.0})
    assert found.avoided_gas_nm3 == pytest.approx(50.0 * 4.0 / 38.931 + 50.0 * 4.0 / 36.0, rel=1e-15)


def test_recovered_heat_is_electricity_of_a_heat_pump() -> None:
    method = Method(counterfactual=Counterfactual.ELECTRICITY, heat_efficiency=3.2)
    found = one(method, hours("h.heat", [50.0, 50.0]))
    assert found.avoided_electricity_kwh == 31.25
    assert found.avoided_gas_nm3 is None


def test_without_a_counterfactual_nothing_is_avoided_and_a_code_says_so() -> None:
    found = one(Method(), hours("h.heat", [50.0, 50.0]))
    assert found.heat_kwh == 100.0
    assert (found.avoided_gas_nm3, found.avoided_electricity_kwh) == (None, None)
    assert found.evidence.codes == ("heat.no_counterfactual",)


@pytest.mark.parametrize("efficiency", [0.0, -1.0, NAN])
def test_an_efficiency_that_cannot_be_avoids_nothing(efficiency: float) -> None:
    method = Method(counterfactual=Counterfactual.GAS, heat_efficiency=efficiency)
    found = one(method, hours("h.heat", [50.0, 50.0]))
    assert found.avoided_gas_nm3 is None
    assert found.evidence.codes == ("heat.impossible_efficiency",)


def test_each_meter_has_each_period_in_order() -> None:
    two = plant(point("heat", Carrier.HEAT, device="a"), point("heat", Carrier.HEAT, device="b"))
    windows = {"a.heat": hours("a.heat", [1.0, 2.0, NAN], flags=[Flag.NONE, Flag.NONE, Flag.RESET])}
    found = recovered(two, GAS, windows, [period(0, 2), period(2, 3)])
    assert [(each.point, each.period.name, each.heat_kwh) for each in found] == [
        ("a.heat", "0-2", 3.0),
        ("a.heat", "2-3", None),
        ("b.heat", "0-2", None),
        ("b.heat", "2-3", None),
    ]
    assert found[1].evidence.codes == ("data.reset",)
    assert found[2].evidence.coverage == 0.0
