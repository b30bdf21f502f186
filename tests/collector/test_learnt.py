"""Reads go round what a device refuses, until all that it has is read and nothing else is asked for."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.blocks import Block, plan_blocks
from collector.learnt import Learnt
from domain.errors import DeviceRefused
from domain.reading import Quality
from domain.registers import DataType, DeviceProfile, ReadableRange, Register, Space
from domain.units import SCALE_FACTOR
from tests.simulators.wire import profile, register

U16 = DataType.U16


def refusal(block: Block, code: int = 2) -> DeviceRefused:
    return DeviceRefused("d", code, space=block.space, address=block.first, count=block.count)


def holding(first: int, end: int) -> ReadableRange:
    return ReadableRange(space=Space.HOLDING, first=first, end=end)


class Device:
    """A device that has some addresses and answers reads up to some length."""

    def __init__(self, addresses: set[int], longest: int = 125) -> None:
        self.addresses = addresses
        self.longest = longest

    def refuses(self, block: Block) -> bool:
        asked = set(range(block.first, block.first + block.count))
        return not asked <= self.addresses or block.count > self.longest


def settled(lie: DeviceProfile, device: Device) -> tuple[Learnt, tuple[Block, ...], int]:
    """Poll until nothing is refused; return what was learnt, the reads and how many polls that took."""
    learnt, planned = Learnt(), plan_blocks(lie)
    for poll in range(60):
        refused = [block for block in planned if device.refuses(block)]
        if not refused:
            return learnt, planned, poll
        for block in refused:
            learnt = learnt.after(block, refusal(block))
        planned = learnt.plan(plan_blocks(lie))
    raise AssertionError("it never settles")


def test_a_hole_that_cannot_be_read_is_gone_round_at_the_next_poll() -> None:
    lie = profile(register("a", 0), register("b", 2), register("c", 10), readable=(holding(0, 20),))
    learnt, planned, polls = settled(lie, Device({0, 1, 2, 10}))
    assert [(block.first, block.count) for block in planned] == [(0, 3), (10, 1)]
    assert polls == 1
    said = learnt.text(planned)
    assert said.startswith("the profile, it seems, and not the meter; holding 0..10 is refused whole")
    assert "3..9 cannot be read, so correct [[readable]]" in said


def test_a_block_that_is_too_long_is_halved_and_max_block_is_named() -> None:
    lie = profile(*(register(f"r{n}", n) for n in range(40)))
    learnt, planned, polls = settled(lie, Device(set(range(40)), longest=12))
    assert [block.count for block in planned] == [10, 10, 10, 10]
    assert polls == 2
    assert "40 words are too many at once, so lower max_block" in learnt.text(planned)


def test_a_register_that_the_device_has_not_is_left_out_and_named() -> None:
    lie = profile(*(register(f"r{n}", n) for n in range(16)))
    learnt, planned, polls = settled(lie, Device(set(range(16)) - {5}))
    assert learnt.names == {"r5": Quality.ILLEGAL_ADDRESS}
    assert polls == 5
    assert sorted(r.name for block in planned for r in block.registers) == sorted(
        f"r{n}" for n in range(16) if n != 5
    )
    assert "the device has no r5 (holding 5..5)" in learnt.text(planned)


def test_without_its_scale_factor_a_value_is_not_read() -> None:
    lie = profile(
        register("power", 0, scale_register="power_sf"),
        register("power_sf", 1, DataType.I16, SCALE_FACTOR),
        register("code", 2, unit="code"),
    )
    _, planned, _ = settled(lie, Device({0, 2}))
    assert [r.name for block in planned for r in block.registers] == ["code"]


def test_a_cut_parts_no_value_from_its_scale_factor_while_there_is_another_place() -> None:
    """The widest hole lies between them; the next widest is taken."""
    lie = profile(
        register("code", 0, unit="code"),
        register("power", 3, scale_register="power_sf"),
        register("power_sf", 9, DataType.I16, SCALE_FACTOR),
        readable=(ReadableRange(space=Space.HOLDING, first=0, end=10),),
    )
    _, planned, _ = settled(lie, Device(set(range(10)), longest=7))
    assert [{r.name for r in block.registers} for block in planned] == [{"code"}, {"power", "power_sf"}]


def test_a_value_that_cannot_be_read_with_its_scale_factor_is_not_read_at_all() -> None:
    """A factor of another read may be another one: 1000 in place of 100 is worse than nothing."""
    lie = profile(
        register("power", 0, scale_register="power_sf"),
        register("voltage", 4, unit="V", scale_register="power_sf"),
        register("power_sf", 6, DataType.I16, SCALE_FACTOR),
        readable=(holding(0, 10),),
    )
    learnt, planned, _ = settled(lie, Device({0, 4, 5, 6}, longest=4))
    assert [[r.name for r in block.registers] for block in planned] == [["voltage", "power_sf"]]
    assert set(learnt.names) == {"power"}
    learnt, planned, _ = settled(lie, Device({0, 4, 6}))
    assert planned == ()


def test_a_refusal_that_speaks_of_the_devices_health_teaches_nothing() -> None:
    [block] = plan_blocks(profile(register("a", 0), register("b", 1)))
    assert Learnt().after(block, refusal(block, 4)) == Learnt()
    assert Learnt().after(block, refusal(block, 6)) == Learnt()
    assert not Learnt()
    assert Learnt().text([block]) == ""


def test_registers_that_show_the_same_words_are_parted_too() -> None:
    one, two = register("a", 0, DataType.U32), register("b", 0)
    lie = profile(replace(one, overlaps=frozenset({"b"})), two)
    learnt, planned, _ = settled(lie, Device({0}))
    assert set(learnt.names) == {"a"}
    assert [r.name for block in planned for r in block.registers] == ["b"]


@settings(max_examples=150)
@given(
    registers=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, 2])), min_size=1, max_size=14),
    gone=st.sets(st.integers(0, 60), max_size=20),
    longest=st.integers(2, 40),
)
def test_all_that_a_device_has_is_read_in_the_end_and_nothing_else_is_asked_for(
    registers: list[tuple[int, int]], gone: set[int], longest: int
) -> None:
    members: list[Register] = []
    address = 0
    for number, (hole, width) in enumerate(registers):
        address += hole
        members.append(register(f"r{number}", address, DataType.U32 if width == 2 else U16))
        address += width
    lie = profile(*members, readable=(holding(0, address + 1),))
    has = set(range(address + 1)) - gone
    learnt, planned, polls = settled(lie, Device(has, longest))
    read = {r.name for block in planned for r in block.registers}
    assert read == {r.name for r in members if set(range(r.address, r.end)) <= has}
    assert read | set(learnt.names) == {r.name for r in members}
    assert polls <= 2 + len(members)
