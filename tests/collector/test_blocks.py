"""Planning of block reads: allowed, complete, and as few as an exhaustive search finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.blocks import Block, plan_blocks
from domain.codec import DeviceDecoder
from domain.registers import DataType, DeviceProfile, ReadableRange, Register, Space
from domain.units import SCALE_FACTOR
from tests.domain.registers import register

WIDE = [DataType.U16, DataType.U32, DataType.U48, DataType.F64]


def profile(
    registers: list[Register],
    ranges: list[tuple[int, int]],
    max_block: int = 125,
    space: Space = Space.HOLDING,
) -> DeviceProfile:
    return DeviceProfile(
        id="p", maker="m", model="m", kind="k", manual="", source="", hardware="", max_block=max_block,
        registers=tuple(registers),
        readable=tuple(ReadableRange(space=space, first=first, end=end) for first, end in ranges),
    )  # fmt: skip


@st.composite
def profiles(draw: st.DrawFn) -> DeviceProfile:
    """Give up to seven registers with holes, and up to three ranges that each lie anywhere."""
    registers, address = [], draw(st.integers(0, 3))
    for number in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(WIDE))
        registers.append(register(kind, address, name=f"r{number}"))
        address += kind.width + draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
    edges = st.integers(0, address + 2)
    ranges = draw(st.lists(st.tuples(edges, edges), max_size=3))
    whole = [(min(pair), max(pair) + 1) for pair in ranges]
    return profile(draw(st.permutations(registers)), whole, draw(st.sampled_from([4, 6, 10, 125])))


def allowed(members: list[Register], plan_for: DeviceProfile) -> bool:
    """Say whether one read may take these registers, by the rule as the profile's author knows it."""
    first, end = min(m.address for m in members), max(m.end for m in members)
    if len(members) == 1:
        return True
    if end - first > plan_for.max_block:
        return False
    if any(r.first <= first and end <= r.end for r in plan_for.readable):
        return True
    asked_for = {address for member in members for address in range(member.address, member.end)}
    inner_edges = any(first < edge < end for r in plan_for.readable for edge in (r.first, r.end))
    return asked_for == set(range(first, end)) and not inner_edges


def fewest(registers: list[Register], plan_for: DeviceProfile) -> int:
    """Return the least number of allowed groups, by trying every set of cuts."""
    ordered = sorted(registers, key=lambda r: r.address)
    best = len(ordered)
    for cuts in range(2 ** (len(ordered) - 1)):
        groups: list[list[Register]] = [[ordered[0]]]
        for place, member in enumerate(ordered[1:]):
            if cuts >> place & 1:
                groups.append([member])
            else:
                groups[-1].append(member)
        if len(groups) < best and all(allowed(group, plan_for) for group in groups):
            best = len(groups)
    return best


def check_block(block: Block, plan_for: DeviceProfile) -> None:
    assert allowed(list(block.registers), plan_for)
    assert block.first == min(r.address for r in block.registers)
    assert block.first + block.count == max(r.end for r in block.registers)
    assert all(r.space is block.space for r in block.registers)


@settings(max_examples=300)
@given(profiles())
def test_blocks_are_allowed_complete_and_as_few_as_can_be(plan_for: DeviceProfile) -> None:
    blocks = plan_blocks(plan_for)
    for block in blocks:
        check_block(block, plan_for)
    names = [r.name for block in blocks for r in block.registers]
    assert sorted(names) == sorted(r.name for r in plan_for.registers)
    assert len(blocks) == fewest(list(plan_for.registers), plan_for)


def test_a_block_over_a_hole_does_not_grow_out_of_its_range_over_a_neighbour() -> None:
    three = [register(DataType.U16, address, name=f"r{address}") for address in (0, 5, 6)]
    blocks = plan_blocks(profile(three, [(0, 6)]))
    assert [(block.first, block.count) for block in blocks] == [(0, 6), (6, 1)]


def test_neighbours_in_two_ranges_are_two_reads() -> None:
    pair = [register(DataType.U32, 8, name="a"), register(DataType.U32, 10, name="b")]
    assert len(plan_blocks(profile(pair, [(0, 10), (10, 20)]))) == 2
    assert len(plan_blocks(profile(pair, [(0, 20)]))) == 1
    assert len(plan_blocks(profile(pair, []))) == 1


@pytest.mark.parametrize(("space", "limit"), [(Space.HOLDING, 125), (Space.COIL, 2000)])
def test_no_block_is_longer_than_the_protocol_allows(space: Space, limit: int) -> None:
    kind = DataType.BIT if space.is_bits else DataType.U16
    many = [register(kind, address, name=f"r{address}", space=space) for address in range(limit + 1)]
    blocks = plan_blocks(profile(many, [(0, 5000)], max_block=4000, space=space))
    assert [block.count for block in blocks] == [limit, 1]


def test_spaces_are_never_mixed_and_ranges_count_only_in_their_own() -> None:
    both = [
        register(DataType.U16, 0, name="a", space=Space.INPUT),
        register(DataType.U16, 1, name="b", space=Space.HOLDING),
        register(DataType.U16, 3, name="c", space=Space.INPUT),
    ]
    blocks = plan_blocks(profile(both, [(0, 10)], space=Space.HOLDING))
    assert sorted((block.space, block.first) for block in blocks) == [
        (Space.HOLDING, 1), (Space.INPUT, 0), (Space.INPUT, 3),
    ]  # fmt: skip


def test_only_what_is_wanted_is_read_and_the_scale_factors_it_needs() -> None:
    registers = [
        register(DataType.U16, 0, name="a"),
        register(DataType.U16, 1, name="b", scale_register="sf"),
        register(DataType.I16, 2, name="sf", unit=SCALE_FACTOR),
    ]
    blocks = plan_blocks(profile(registers, []), ["b"])
    assert [[r.name for r in block.registers] for block in blocks] == [["b", "sf"]]
    assert plan_blocks(profile(registers, []), []) == ()


@st.composite
def scaled_profiles(draw: st.DrawFn) -> DeviceProfile:
    """Give values whose scale factors lie somewhere among them, in one range that is longer than a block."""
    count = draw(st.integers(2, 8))
    scales = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=3, unique=True))
    registers = [
        register(DataType.I16, place, name=f"r{place}", unit=SCALE_FACTOR)
        if place in scales
        else register(
            DataType.U16,
            place,
            name=f"r{place}",
            scale_register=draw(st.sampled_from([None, *(f"r{scale}" for scale in scales)])),
        )
        for place in range(count)
    ]
    return profile(registers, draw(st.sampled_from([[], [(0, count)]])), draw(st.integers(2, 8)))


@given(scaled_profiles())
def test_a_value_and_its_scale_factor_come_in_one_read_wherever_one_can_give_both(
    plan_for: DeviceProfile,
) -> None:
    blocks = plan_blocks(plan_for)
    together = [{r.name for r in block.registers} for block in blocks]
    places = {r.name: r.address for r in plan_for.registers}
    for block in blocks:
        assert block.count <= plan_for.max_block
    for each in plan_for.registers:
        assert any(each.name in names for names in together)
        if each.scale_register is None:
            continue
        if abs(places[each.scale_register] - each.address) < plan_for.max_block:
            assert any({each.name, each.scale_register} <= names for names in together)


def test_each_value_is_scaled_by_the_factor_of_its_own_read() -> None:
    """The factor in the middle is read twice and changes in between."""
    registers = [
        register(DataType.U16, 0, name="a", unit="kW", scale_register="sf"),
        register(DataType.I16, 1, name="sf", unit=SCALE_FACTOR),
        register(DataType.U16, 2, name="b", unit="kW", scale_register="sf"),
    ]
    blocks = plan_blocks(profile(registers, [(0, 3)], max_block=2))
    assert [(block.first, block.count) for block in blocks] == [(0, 2), (1, 2)]
    decoder = DeviceDecoder([(block.first, block.registers) for block in blocks])
    values, _ = decoder.decode([bytes((0, 7, 0, 1)), bytes((0, 2, 0, 7))])
    assert values == {"a": 70.0, "b": 700.0}
