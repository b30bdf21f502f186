"""A profile that lies is told from a meter that is broken, on a real socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from collector.apart import Answers, read_apart
from collector.blocks import plan_blocks
from collector.diagnosis import Blame, diagnose, of_error
from collector.single import read_once
from collector.trial import better_way, trials
from collector.unit import ModbusLink
from domain.errors import DeviceError
from domain.plant import Device, Link, LinkKind, Point
from domain.registers import DataType, DeviceProfile, Order, ReadableRange, Register, Space
from simulators.device import SimulatedDevice
from simulators.hostile import Hostility, Kind
from simulators.server import ModbusServer
from tests.simulators.wire import profile, register

F32 = DataType.F32
TRUE = profile(
    register("voltage_l1_n", 0, F32, "V"),
    register("voltage_l2_n", 2, F32, "V"),
    register("voltage_l3_n", 4, F32, "V"),
    register("frequency", 10, F32, "Hz"),
    register("power_factor", 12, DataType.I16, "%"),
    register("active_energy_import", 20, DataType.U32, "kWh", is_counter=True),
    readable=(ReadableRange(space=Space.HOLDING, first=0, end=6),),
    max_block=8,
)
"""Nothing answers between 6 and 9, and 13 and 19."""


def saying(**changes: Mapping[str, object]) -> DeviceProfile:
    """Return the profile with registers changed by name."""
    registers = tuple(replace(r, **changes.get(r.name, {})) for r in TRUE.registers)  # type: ignore[arg-type]
    return replace(TRUE, registers=registers)


async def answers_of(lie: DeviceProfile, hostility: Hostility | None = None) -> Answers:
    """Read a true meter as the profile says."""
    device = SimulatedDevice(TRUE, {}, now_ms=lambda: 0)
    device.hostility = hostility
    return await read_from(device, lie)


async def read_from(device: SimulatedDevice, lie: DeviceProfile) -> Answers:
    async with ModbusServer({1: device}) as server:
        unit = ModbusLink(Link(id="bus", kind=LinkKind.TCP, host="127.0.0.1", port=server.port))
        try:
            return await read_apart(
                plan_blocks(lie),
                lambda space, address, count: unit.read(1, space, address, count, timeout_s=0.3),
            )
        finally:
            await unit.close()


def holding(first: int, end: int) -> ReadableRange:
    return ReadableRange(space=Space.HOLDING, first=first, end=end)


async def test_an_honest_profile_of_a_sound_meter_raises_nothing() -> None:
    answers = await answers_of(TRUE)
    assert diagnose(answers) == ()
    assert {r.name for r in answers.registers} == {r.name for r in TRUE.registers}


@pytest.mark.parametrize(
    ("lie", "problem", "cure"),
    [
        (replace(TRUE, readable=(holding(0, 14),), max_block=20), "6..9 cannot be read", "[[readable]]"),
        (profile(register("alarm", 60, DataType.U16, "code")), "every address", "off by one"),
        (saying(active_energy_import={"type": DataType.F64}), "shorter", "correct type"),
        (saying(active_energy_import={"space": Space.INPUT}), "answers as holding", 'space = "holding"'),
        (saying(frequency={"address": 30}), "the device has no frequency", "correct its address"),
    ],
)  # fmt: skip
async def test_a_profile_that_lies_about_a_place_is_blamed_with_the_cure(
    lie: DeviceProfile, problem: str, cure: str
) -> None:
    found = diagnose(await answers_of(lie))
    assert [each.blame for each in found] == [Blame.PROFILE]
    assert problem in found[0].problem
    assert cure in found[0].cure


async def test_a_block_that_is_too_long_for_the_device_is_blamed_on_max_block() -> None:
    registers = tuple(register(f"voltage_{n}_n", n, DataType.U16, "V") for n in range(12))
    device = SimulatedDevice(profile(*registers, max_block=8), {}, now_ms=lambda: 0)
    [found] = diagnose(await read_from(device, profile(*registers)))
    assert (found.blame, "12 words are too many" in found.problem) == (Blame.PROFILE, True)
    assert "max_block" in found.cure


async def test_what_answers_alone_is_read_alone_so_that_a_lie_costs_no_value() -> None:
    answers = await answers_of(replace(TRUE, readable=(holding(0, 14),), max_block=20))
    assert {r.name for r in answers.registers} == {r.name for r in TRUE.registers}
    assert trials(answers)[0].values["frequency"] == 50.0


async def test_a_bit_in_the_other_bit_space_is_sought_there() -> None:
    bit = register("alarm", 3, DataType.BIT, "code", space=Space.DISCRETE)
    device = SimulatedDevice(profile(bit), {}, now_ms=lambda: 0)
    found = diagnose(await read_from(device, profile(replace(bit, space=Space.COIL))))
    assert [each.blame for each in found] == [Blame.PROFILE]
    assert "is refused as coil and answers as discrete" in found[0].problem


async def test_one_poll_by_hand_shows_what_the_meter_has_and_blames_the_profile_for_the_rest() -> None:
    lie = replace(TRUE, registers=(*TRUE.registers, register("alarm", 8, DataType.U16, "code")))
    points = tuple(
        Point(device="d", name=r.name, unit=r.canonical_unit, is_counter=r.is_counter) for r in lie.points
    )
    async with ModbusServer({1: SimulatedDevice(TRUE, {}, now_ms=lambda: 0)}) as server:
        link = Link(id="bus", kind=LinkKind.TCP, host="127.0.0.1", port=server.port)
        unit = ModbusLink(link)
        profile_ = replace(lie, readable=(holding(0, 14),), max_block=20)
        device = Device(id="d", link="bus", unit_id=1, profile=profile_, interval_s=1.0, points=points)
        try:
            poll = await read_once(device, link, unit)
        finally:
            await unit.close()
    values = {each.name: each.value for each in poll.registers}
    assert values["frequency"] == 50.0
    assert [each.name for each in poll.registers if each.quality != "good"] == ["alarm"]
    assert [doubt.startswith("the profile, it seems: the device has no alarm") for doubt in poll.doubts] == [
        True
    ]


@pytest.mark.parametrize(
    ("word_order", "byte_order", "said"),
    [
        (Order.LITTLE, Order.BIG, "the other word_order"),
        (Order.BIG, Order.LITTLE, "the other byte_order"),
        (Order.LITTLE, Order.LITTLE, "the other word_order and the other byte_order"),
    ],
)
async def test_a_wrong_order_is_found_by_the_values(word_order: Order, byte_order: Order, said: str) -> None:
    def turned(found: Register) -> Register:
        return replace(found, word_order=word_order, byte_order=byte_order)

    answers = await answers_of(replace(TRUE, registers=tuple(turned(r) for r in TRUE.registers)))
    [found] = diagnose(answers)
    assert found.blame is Blame.PROFILE
    assert found.problem.endswith(f"with {said}")
    best = better_way(trials(answers))
    assert best is not None
    assert best.values["voltage_l1_n"] == 230.0


async def test_floats_read_as_whole_numbers_are_found_by_the_values() -> None:
    names = ("voltage_l1_n", "voltage_l2_n", "voltage_l3_n", "frequency")
    lie = saying(**{name: {"type": DataType.U32} for name in names})
    [found] = diagnose(await answers_of(lie))
    assert found.problem.endswith("floats for whole numbers and the reverse")


@pytest.mark.parametrize(
    ("hostility", "blame", "said"),
    [
        (Hostility(kind=Kind.EXCEPTION, code=4), Blame.METER, "exception 4"),
        (Hostility(kind=Kind.EXCEPTION, code=6), Blame.METER, "exception 6"),
        (Hostility(kind=Kind.SILENT), Blame.METER, "no answer"),
        (Hostility(kind=Kind.SHORT_PAYLOAD), Blame.LINK, "data bytes"),
        (Hostility(kind=Kind.DISCONNECT), Blame.LINK, "closed the connection"),
    ],
)
async def test_a_broken_meter_or_link_is_not_blamed_on_the_profile(
    hostility: Hostility, blame: Blame, said: str
) -> None:
    with pytest.raises(DeviceError) as caught:
        await answers_of(TRUE, hostility)
    found = of_error(caught.value)
    assert found.blame is blame
    assert said in found.problem


async def test_a_meter_that_shows_nothing_is_told_as_such_and_no_order_is_named() -> None:
    zeros = replace(
        TRUE,
        registers=tuple(replace(r, scale=r.scale * 10**12) for r in TRUE.registers if not r.type.is_float),
    )
    device = SimulatedDevice(zeros, {}, now_ms=lambda: 0)
    found = diagnose(await read_from(device, zeros))
    assert [(each.blame, "nothing but zeros" in each.problem) for each in found] == [(Blame.METER, True)]


# Half of the words have no order to get wrong

HALF = tuple(
    register(name, place, kind, unit, is_counter=unit == "kWh")
    for place, name, kind, unit in (
        (0, "voltage_l1_n", DataType.U16, "V"),
        (1, "voltage_l2_n", DataType.U16, "V"),
        (2, "voltage_l3_n", DataType.U16, "V"),
        (3, "frequency", DataType.U16, "Hz"),
        (4, "active_energy_import", DataType.U32, "kWh"),
        (6, "active_power", DataType.U32, "W"),
    )
)

CURRENTS = tuple(register(f"current_l{n}", 6 + 2 * n, DataType.U32, "mA") for n in (1, 2, 3))


def shown(energy: int, power: int = 0) -> Answers:
    """Return the answers of such a meter as read low word first, though it sends the high word first."""
    raw = (230, 231, 229, 50, energy, power)
    payload = b"".join(value.to_bytes(2 * r.type.width, "big") for r, value in zip(HALF, raw, strict=True))
    lie = tuple(replace(r, word_order=Order.LITTLE) for r in HALF)
    return Answers(blocks=plan_blocks(profile(*lie)), payloads=(payload,))


def test_good_voltages_do_not_make_up_for_currents_that_cannot_be() -> None:
    registers = tuple(replace(r, word_order=Order.LITTLE) for r in (*HALF, *CURRENTS))
    currents = b"".join(value.to_bytes(4, "big") for value in (10000, 10100, 9900))
    payload = shown(12345, 6900).payloads[0] + currents
    [found] = diagnose(Answers(blocks=plan_blocks(profile(*registers)), payloads=(payload,)))
    assert (found.blame, "with the other word_order" in found.problem) == (Blame.PROFILE, True)


def test_a_counter_that_leaps_between_two_reads_is_blamed_on_the_word_order() -> None:
    assert diagnose(shown(12345)) == ()
    [found] = diagnose(shown(12346), shown(12345), elapsed_s=2.0)
    assert (found.blame, "with the other word_order" in found.problem) == (Blame.PROFILE, True)
