"""Whether values look like those of a plant."""

from __future__ import annotations

import pytest

from collector.plausibility import Plausibility, is_blank, judge
from domain.codec import DeviceDecoder
from domain.registers import DataType, Order, Register, Space
from simulators.registers import words_of


def register(name: str, unit: str, *, kind: DataType = DataType.F32, counter: bool = False) -> Register:
    return Register(name=name, space=Space.INPUT, address=0, type=kind, unit=unit, is_counter=counter)


def judged(name: str, unit: str, value: float, *, counter: bool = False) -> Plausibility:
    return judge([register(name, unit, counter=counter)], {name: value})


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("frequency", "Hz", 49.98), ("frequency", "Hz", 60.1), ("voltage_l1_n", "V", 231.4),
        ("voltage_l1_l2", "V", 398.0), ("voltage_l1_l2", "V", 10_120.0), ("voltage_l1_n", "V", 5_800.0),
        ("voltage_l1_l2", "V", 35_400.0), ("power_factor", "1", -0.98), ("temperature_1", "C", 245.0),
        ("gas_pressure", "kPa", 412.0), ("flow_actual", "m3/h", 88.0), ("current_l1", "A", 312.0),
    ],
)  # fmt: skip
def test_what_a_plant_shows_is_plausible(name: str, unit: str, value: float) -> None:
    found = judged(name, unit, value)
    assert (found.score, found.told, found.doubts) == (1.0, 1, ())


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("frequency", "Hz", 4998.0), ("frequency", "Hz", 5.0), ("voltage_l1_n", "V", 15_073_280.0),
        ("voltage_l1_n", "V", 1450.0), ("voltage_l1_n", "V", -230.0), ("power_factor", "1", 97.0),
        ("temperature_1", "C", 3276.7), ("gas_pressure", "kPa", -500.0), ("current_l1", "A", 1e6),
        ("active_power", "kW", 2.4e-41), ("active_power", "kW", -3.2e26), ("flow_actual", "m3/h", 1e30),
    ],
)  # fmt: skip
def test_what_no_plant_shows_is_a_doubt(name: str, unit: str, value: float) -> None:
    found = judged(name, unit, value)
    assert (found.score, found.told) == (0.0, 1)
    assert [doubt.name for doubt in found.doubts] == [name]


@pytest.mark.parametrize("unit", ["Hz", "V", "A", "kW", "C", "kWh", "1"])
def test_a_zero_tells_nothing(unit: str) -> None:
    found = judged("value", unit, 0.0, counter=unit == "kWh")
    assert (found.score, found.told) == (0.5, 0)


def test_words_that_are_all_ones_tell_nothing() -> None:
    one = register("frequency", "Hz", kind=DataType.U16)
    assert judge([one], {"frequency": 65535.0}).told == 1
    assert judge([one], {"frequency": 65535.0}, raw={"frequency": b"\xff\xff"}).told == 0
    assert not is_blank(b"")


@pytest.mark.parametrize("value", [230.0, 49.98, 0.97, 18.5, 1234.5])
def test_a_float_in_the_wrong_word_order_is_seen(value: float) -> None:
    right = register("active_power", "kW")
    wrong = Register(
        name="active_power", space=Space.INPUT, address=0, type=DataType.F32, unit="kW",
        word_order=Order.LITTLE,
    )  # fmt: skip
    answer = b"".join(word.to_bytes(2, "big") for word in words_of(right, value))
    score = {}
    for which in (right, wrong):
        values, _ = DeviceDecoder([(0, [which])]).decode([answer])
        score[which.word_order] = judge([which], values).score
    assert score == {Order.BIG: 1.0, Order.LITTLE: 0.0}


def rising(before: float, value: float, elapsed_s: float | None = 5.0) -> Plausibility:
    one = register("active_energy_import", "kWh", counter=True)
    return judge([one], {one.name: value}, {one.name: before}, elapsed_s=elapsed_s)


def test_a_counter_that_rises_is_a_sign_and_one_that_falls_a_doubt() -> None:
    assert "counter active_energy_import rises" in rising(1000.0, 1000.2).signs
    assert rising(1000.0, 1000.0).signs == ()
    assert "fell from 1000.5" in rising(1000.5, 1000.0).doubts[0].why
    assert "rose by 655 kWh within 5 s" in rising(1000.0, 1655.0).doubts[0].why


def test_a_counter_past_its_modulus_is_a_doubt() -> None:
    one = Register(
        name="volume", space=Space.INPUT, address=0, type=DataType.U32, unit="L", is_counter=True,
        modulus=10**8,
    )  # fmt: skip
    assert judge([one], {"volume": 99_999.0}).score == 1.0
    assert judge([one], {"volume": 100_000.0}).score == 0.0


METER = {
    "voltage_l1_n": 231.0, "voltage_l2_n": 230.0, "voltage_l3_n": 229.0, "voltage_l1_l2": 399.0,
    "current_l1": 10.0, "current_l2": 11.0, "current_l3": 9.0, "power_factor": 0.95,
    "active_power": 6.5, "active_power_l1": 2.2, "active_power_l2": 2.4, "active_power_l3": 1.9,
    "apparent_power": 6.9,
}  # fmt: skip
UNITS = {"voltage": "V", "current": "A", "power_factor": "1", "active": "kW", "apparent": "kVA"}


def meter(**changed: float) -> Plausibility:
    values = METER | changed
    units = {name: next(UNITS[key] for key in UNITS if name.startswith(key)) for name in values}
    return judge([register(name, unit) for name, unit in units.items()], values)


def test_values_that_belong_together_say_more_than_each_alone() -> None:
    found = meter()
    assert found.doubts == ()
    assert found.signs[:2] == ("active_power is the sum of its phases", "power is voltage times current")
    assert {"line voltage is 1.73 times phase voltage", "the three voltages are alike"} <= set(found.signs)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("active_power", 65.0, "is not the sum of its phases"),
        ("active_power", 65.0, "is not voltage times current"),
        ("apparent_power", 5.0, "is less than active power"),
        ("voltage_l1_l2", 231.0, "is not 1.73 times the phase voltage"),
    ],
)
def test_values_that_contradict_each_other_are_doubts(name: str, value: float, why: str) -> None:
    assert [doubt for doubt in meter(**{name: value}).doubts if doubt.name == name and why in doubt.why]


def test_a_reference_volume_far_from_the_actual_one_is_a_doubt() -> None:
    pair = [register(f"volume_{kind}", "m3", counter=True) for kind in ("actual", "reference")]
    assert not judge(pair, {"volume_actual": 100.0, "volume_reference": 480.0}).doubts
    [doubt] = judge(pair, {"volume_actual": 100.0, "volume_reference": 1.0}).doubts
    assert doubt == ("volume_reference", 1.0, "is 0.01 times volume_actual")


@pytest.mark.parametrize(("kind", "step"), [(DataType.U32, 1.0), (DataType.F32, 0.125)])
def test_a_counter_that_takes_its_smallest_step_between_two_reads_is_not_doubted(
    kind: DataType, step: float
) -> None:
    hours = register("running_hours", "h", kind=kind, counter=True)
    before = 800_000.0
    found = judge([hours], {hours.name: before + step}, {hours.name: before}, elapsed_s=2.0)
    assert found.doubts == ()
    leap = judge([hours], {hours.name: before + 65536.0}, {hours.name: before}, elapsed_s=2.0)
    assert [doubt.name for doubt in leap.doubts] == [hours.name]
