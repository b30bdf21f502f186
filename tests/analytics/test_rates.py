"""What flows now: which meters make a carrier's total, and how old what they say is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from analytics.rates import RateNow, points_of_rates, rate_now, rate_points
from domain.now import Freshness
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.reading import Quality, Reading
from domain.registers import Reference
from domain.series import Series, no_series
from tests.analytics.made import plant, point
from tests.analytics.readings import MINUTE, START, series

NOW = START + 60 * MINUTE
"""Devices of these plants are asked every 60 s."""

GAS, POWER = Carrier.GAS, Carrier.ELECTRICITY


def power(device: str, name: str = "active_power", unit: str = "kW") -> Point:
    return point(name, device=device, unit=unit, is_counter=False)


def gas(device: str, role: MeterRole = MeterRole.SUB, reference: Reference = Reference.AT_20C) -> Point:
    return point("volume_reference", GAS, role, device=device, unit="m3", reference=reference)


def flow(device: str, reference: Reference = Reference.AT_20C, name: str = "flow_reference") -> Point:
    return point(name, device=device, unit="m3/h", is_counter=False, reference=reference)


def reading(name: str, value: float | None, ago_s: float = 0.0) -> Reading:
    quality = Quality.GOOD if value is not None else Quality.NO_ANSWER
    return Reading(point=name, at=NOW - round(ago_s * 1000), value=value, quality=quality)


def now_of(
    of: Plant, carrier: Carrier, *readings: Reading, recent: Mapping[str, Series] | None = None
) -> RateNow:
    return rate_now(
        of, carrier, readings={each.point: each for each in readings}, series=recent or {}, now=NOW
    )


INCOMER = (
    point("active_energy_import", POWER, MeterRole.MAIN, device="em_main"),
    point("active_energy_export", POWER, MeterRole.EXPORT, device="em_main"),
    power("em_main", "active_power_l1"),
    power("em_main"),
)
FEEDERS = (point("active_energy_import", POWER, device="em_coil"), power("em_coil"))
ROOFS = (
    point("ac_energy", Carrier.PV, device="pv_1"),
    power("pv_1", "dc_power"),
    power("pv_1", "ac_power"),
    point("ac_energy", Carrier.PV, device="pv_2"),
    power("pv_2", "ac_power"),
)


def test_a_main_meter_goes_before_sub_meters() -> None:
    both = plant(gas("coil"), gas("main", MeterRole.MAIN), gas("boiler"))
    assert [each.amount.device for each in rate_points(both, GAS)] == ["main"]
    subs = plant(gas("coil"), gas("boiler"))
    assert [each.amount.device for each in rate_points(subs, GAS)] == ["coil", "boiler"]
    assert rate_points(plant(*FEEDERS), GAS) == ()


def test_electricity_used_is_import_less_export_plus_generation() -> None:
    found = rate_points(plant(*INCOMER, *FEEDERS, *ROOFS), POWER)
    assert [(each.amount.id, each.factor) for each in found] == [
        ("em_main.active_energy_import", 1.0),
        ("em_main.active_energy_export", -1.0),
        ("pv_1.ac_energy", 1.0),
        ("pv_2.ac_energy", 1.0),
    ]
    # Feeders show what is used, generation included: nothing is added to them.
    assert [each.amount.device for each in rate_points(plant(*FEEDERS, *ROOFS), POWER)] == ["em_coil"]


def test_the_power_of_a_device_is_neither_a_phase_nor_direct_current() -> None:
    of = plant(*INCOMER, *ROOFS)
    named = {each.amount.device: each.power.name for each in rate_points(of, POWER) if each.power is not None}
    assert named == {"em_main": "active_power", "pv_1": "ac_power", "pv_2": "ac_power"}
    only_phases = plant(INCOMER[0], power("em_main", "active_power_l1"), power("em_main", "active_power_l2"))
    assert rate_points(only_phases, POWER)[0].power is None
    for name in ("active_power_l1", "dc_power", "power_demand"):
        assert rate_points(plant(INCOMER[0], power("em_main", name)), POWER)[0].power is None
    (found,) = rate_points(plant(INCOMER[0], power("em_main", "total_power")), POWER)
    assert found.power is not None


def test_a_flow_counts_only_at_the_conditions_of_its_counter() -> None:
    (found,) = rate_points(
        plant(gas("main"), flow("main", Reference.ACTUAL, "flow_actual"), flow("main")), GAS
    )
    assert found.power is not None
    assert found.power.name == "flow_reference"
    assert found.factor == pytest.approx(273.15 / 293.15)
    (found,) = rate_points(plant(gas("main"), flow("main", Reference.ACTUAL, "flow_actual")), GAS)
    assert found.power is None


def test_heat_in_water_without_an_energy_register_needs_temperatures() -> None:
    energy = point("heat_energy", Carrier.HEAT, device="heat_coil")
    water = point(
        "volume",
        Carrier.HEAT,
        device="heat_sheet",
        unit="m3",
        supply_point="heat_sheet.ts",
        return_point="heat_sheet.tr",
    )
    extra = (power("heat_coil", "heat_power"), power("heat_sheet", "ts", "C"), power("heat_sheet", "tr", "C"))
    of = plant(energy, water, *extra)
    found = rate_points(of, Carrier.HEAT)
    assert [(each.amount.id, each.factor) for each in found] == [
        ("heat_coil.heat_energy", 1.0),
        ("heat_sheet.volume", None),
    ]
    assert {each.id for each in points_of_rates(of)} >= {"heat_sheet.ts", "heat_sheet.tr"}
    recent = {"heat_sheet.volume": series(range(50, 61), [m / 6 for m in range(11)])}
    now = now_of(
        of,
        Carrier.HEAT,
        reading("heat_coil.heat_power", 100.0),
        reading("heat_sheet.ts", 58.0),
        reading("heat_sheet.tr", 28.0),
        recent=recent,
    )
    assert now.rate == pytest.approx(100.0 + 10.0 * 1.156370 * 30.0, rel=1e-4)


# now


def test_a_plant_that_was_never_read_waits_and_has_no_rate() -> None:
    of = plant(gas("main", MeterRole.MAIN), flow("main"))
    found = now_of(of, GAS)
    assert found == RateNow(
        rate=None,
        at=None,
        points=("main.flow_reference",),
        stale=("main.flow_reference",),
        freshness=Freshness.WAITING,
    )
    assert now_of(of, Carrier.PV).freshness is Freshness.WAITING
    assert now_of(of, Carrier.PV).points == ()


def test_planted_powers_are_added_once_a_device() -> None:
    of = plant(*INCOMER, *FEEDERS, *ROOFS)
    readings = (
        reading("em_main.active_power", -120.0, 5),
        reading("em_main.active_power_l1", -40.0),
        reading("em_coil.active_power", 300.0),
        reading("pv_1.ac_power", 500.0, 20),
        reading("pv_2.ac_power", 250.0),
        reading("pv_1.dc_power", 512.0),
    )
    found = now_of(of, POWER, *readings)
    assert found.rate == pytest.approx(630.0)
    assert found.at == NOW - 20_000
    assert found.points == ("em_main.active_power", "pv_1.ac_power", "pv_2.ac_power")
    assert found.stale == ()
    assert found.freshness is Freshness.GOOD
    assert now_of(of, Carrier.PV, *readings).rate == pytest.approx(750.0)


def test_an_export_meter_of_its_own_counts_power_towards_the_grid_as_negative() -> None:
    out = point("active_energy_export", POWER, MeterRole.EXPORT, device="em_out")
    turned = replace(out, name="active_energy_import")
    for each, value in ((out, -120.0), (turned, 120.0)):
        of = plant(INCOMER[0], power("em_main"), each, power("em_out"))
        readings = (reading("em_main.active_power", 500.0), reading("em_out.active_power", value))
        assert now_of(of, POWER, *readings).rate == pytest.approx(380.0)


def test_gas_is_converted_by_the_conditions_of_its_meter() -> None:
    of = plant(gas("main", MeterRole.MAIN), flow("main"))
    found = now_of(of, GAS, reading("main.flow_reference", 100.0))
    assert found.rate == pytest.approx(93.17755, abs=1e-4)
    actual = replace(
        gas("main", reference=Reference.ACTUAL), temperature_point="main.t", pressure_point="main.p"
    )
    gauges = (power("main", "t", "C"), power("main", "p", "kPa"))
    of = plant(actual, flow("main", Reference.ACTUAL, "flow_actual"), *gauges)
    readings = (reading("main.flow_actual", 100.0), reading("main.t", 20.0), reading("main.p", 101.325))
    assert now_of(of, GAS, *readings).rate == pytest.approx(93.17755, abs=1e-4)
    without = now_of(of, GAS, *readings[:2])
    assert without.rate is None
    assert without.stale == ("main.p",)


def test_a_counter_alone_gives_its_rise_over_the_last_minutes() -> None:
    of = plant(gas("main", MeterRole.MAIN))
    recent = {"main.volume_reference": series(range(40, 61), [100.0 + m for m in range(21)])}
    found = now_of(of, GAS, reading("main.volume_reference", 120.0), recent=recent)
    assert found.rate == pytest.approx(60.0 * 273.15 / 293.15)
    assert found.at == NOW
    # One reading shows no rise yet.
    one = {"main.volume_reference": series([60], [120.0])}
    assert now_of(of, GAS, reading("main.volume_reference", 120.0), recent=one).rate is None
    fallen = {"main.volume_reference": series([58, 59, 60], [120.0, 121.0, 3.0])}
    assert now_of(of, GAS, recent=fallen).rate is None


@pytest.mark.parametrize(
    ("ago_s", "freshness"),
    [
        (0, Freshness.GOOD),
        (180, Freshness.GOOD),
        (181, Freshness.STALE),
        (-120, Freshness.GOOD),
        (-121, Freshness.AHEAD),
    ],
)
def test_a_meter_is_stale_after_three_of_its_intervals(ago_s: float, freshness: Freshness) -> None:
    of = plant(gas("main", MeterRole.MAIN), flow("main"))
    found = now_of(of, GAS, reading("main.flow_reference", 100.0, ago_s))
    assert found.freshness is freshness
    assert found.rate == pytest.approx(93.17755, abs=1e-4)
    assert found.stale == (("main.flow_reference",) if freshness is Freshness.STALE else ())


def test_one_stale_meter_makes_the_whole_stale_and_keeps_what_it_last_said() -> None:
    of = plant(*ROOFS)
    found = now_of(of, Carrier.PV, reading("pv_1.ac_power", 500.0, 600), reading("pv_2.ac_power", 250.0))
    assert (found.rate, found.at, found.stale) == (750.0, NOW - 600_000, ("pv_1.ac_power",))
    assert found.freshness is Freshness.STALE


def test_a_failed_poll_does_not_hide_the_good_reading_before_it() -> None:
    of = plant(gas("main", MeterRole.MAIN), flow("main"))
    recent = {"main.flow_reference": series([57, 58, 59, 60], [90.0, 95.0, 100.0, None])}
    found = now_of(of, GAS, reading("main.flow_reference", None), recent=recent)
    assert found.rate == pytest.approx(93.17755, abs=1e-4)
    assert found.at == NOW - MINUTE
    assert found.freshness is Freshness.GOOD
    older = now_of(of, GAS, reading("main.flow_reference", 10.0, 150), recent=recent)
    assert older == found
    none = now_of(
        of, GAS, reading("main.flow_reference", None), recent={"main.flow_reference": no_series("x")}
    )
    assert (none.rate, none.freshness) == (None, Freshness.WAITING)


def test_one_meter_that_never_spoke_makes_the_sum_doubtful() -> None:
    found = now_of(plant(*ROOFS), Carrier.PV, reading("pv_2.ac_power", 250.0))
    assert (found.rate, found.stale, found.freshness) == (250.0, ("pv_1.ac_power",), Freshness.STALE)


def test_an_inverter_that_takes_a_little_at_night_generates_nothing() -> None:
    found = now_of(plant(*ROOFS), Carrier.PV, reading("pv_1.ac_power", -0.04), reading("pv_2.ac_power", 0.0))
    assert found.rate == 0.0
