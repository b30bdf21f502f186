"""The library as a whole: how many, how honest, and how few reads each meter costs."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from itertools import combinations

import pytest

from collector.blocks import plan_blocks
from config.profiles import BUILT_IN, load_catalogue
from domain.codec import DeviceDecoder
from domain.registers import KINDS, DeviceProfile, Space
from domain.sunspec import has_models, placed
from simulators.device import SimulatedDevice
from tests.golden.cases import cases, chain_of

CASES = {case.name: case for case in cases()}
PROFILES = {
    name: placed(profile, chain_of(CASES[name])) if has_models(profile) else profile
    for name, profile in load_catalogue([BUILT_IN]).profiles.items()
}
"""Those of SunSpec models as a device of the golden case shows them."""
each_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.id)
PINNED = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(blob|tree)/[0-9a-f]{40}(/\S+)?")


def may_be_one_read(first: int, end: int, space: Space, profile: DeviceProfile) -> bool:
    """Say whether a device of this profile answers one read of these addresses, by the rule of the file."""
    if end - first > (2000 if space.is_bits else min(125, profile.max_block)):
        return False
    ranges = [(r.first, r.end) for r in profile.readable if r.space is space]
    if any(low <= first and end <= high for low, high in ranges):
        return True
    known = {address for r in profile.registers if r.space is space for address in range(r.address, r.end)}
    crosses = any(first < edge < end for low, high in ranges for edge in (low, high))
    return set(range(first, end)) <= known and not crosses


def needs_of(space: Space, profile: DeviceProfile) -> frozenset[tuple[int, int]]:
    """Return what one read must give together: a register, with its scale factor where one read can."""
    named = {register.name: register for register in profile.registers}
    needs = set()
    for register in profile.registers:
        if register.space is not space:
            continue
        scale = named.get(register.scale_register or "", register)
        both = (min(register.address, scale.address), max(register.end, scale.end))
        is_one = scale.space is space and may_be_one_read(*both, space, profile)
        needs.add(both if is_one else (register.address, register.end))
    return frozenset(needs)


def fewest_reads(space: Space, profile: DeviceProfile) -> int:
    """Return the least reads that give all needs: every end is tried of the read for the first one left."""
    all_needs = needs_of(space, profile)
    ends = sorted({end for _, end in all_needs})

    @cache
    def fewest(left: frozenset[tuple[int, int]]) -> int:
        if not left:
            return 0
        first, least = min(left)
        ways = []
        for end in ends:
            # A single need is asked for whatever the rule says: there is no other way to have it.
            if end >= least and (end == least or may_be_one_read(first, end, space, profile)):
                given = frozenset(need for need in left if first <= need[0] and need[1] <= end)
                ways.append(1 + fewest(left - given))
        return min(ways)

    return fewest(all_needs)


@each_profile
def test_a_poll_takes_the_fewest_reads_that_any_plan_gives(profile: DeviceProfile) -> None:
    spaces = {register.space for register in profile.registers}
    assert len(plan_blocks(profile)) == sum(fewest_reads(space, profile) for space in spaces)


@each_profile
def test_a_value_comes_in_one_read_with_its_scale_factor(profile: DeviceProfile) -> None:
    blocks = [{register.name for register in block.registers} for block in plan_blocks(profile)]
    scaled = [(r.name, r.scale_register) for r in profile.points if r.scale_register]
    assert [name for name, by in scaled if not any({name, by} <= block for block in blocks)] == []


@each_profile
def test_no_two_registers_share_addresses_unless_declared(profile: DeviceProfile) -> None:
    for one, other in combinations(profile.registers, 2):
        if (one.space, one.model) != (other.space, other.model):
            continue
        shared = set(range(one.address, one.end)) & set(range(other.address, other.end))
        assert not shared or one.name in other.overlaps or other.name in one.overlaps, (one.name, other.name)


@each_profile
def test_a_simulated_meter_of_each_profile_is_read_as_it_means(profile: DeviceProfile) -> None:
    """The simulators write words by themselves: where the codec disagrees with them, one is wrong."""
    meter = SimulatedDevice(profile, {}, now_ms=lambda: 0)
    blocks = plan_blocks(profile)
    decoder = DeviceDecoder([(block.first, block.registers) for block in blocks])
    values, _ = decoder.decode([meter.read(block.space, block.first, block.count) for block in blocks])
    for register in profile.points:
        meant = meter.expected(register.name, 0)
        rounding = 1e-12 if register.type.is_float else 0.0  # scaled and shifted floats are rounded twice
        is_same = values[register.name] == meant or (
            meant is not None and math.isclose(values[register.name] or 0.0, meant, rel_tol=rounding)
        )
        assert is_same, (register.name, values[register.name], meant)


@each_profile
def test_each_profile_says_where_its_facts_are_from(profile: DeviceProfile) -> None:
    assert profile.revision, "which edition of the manual, or which commit"
    assert profile.kind in KINDS
    assert profile.hardware == "unverified" or len(profile.hardware) > 20, "who verified it on what"
    for source in profile.source.split(" and "):
        if source.startswith("https://github.com/"):
            assert PINNED.fullmatch(source), source
        else:
            assert re.fullmatch(r"https?://\S+", source), source


@pytest.mark.parametrize(
    "profile",
    [profile for profile in PROFILES.values() if profile.kind in ("gas_meter", "volume_corrector")],
    ids=lambda profile: profile.id,
)
def test_each_volume_of_gas_says_its_conditions(profile: DeviceProfile) -> None:
    bare = [r.name for r in profile.points if r.canonical_unit in ("m3", "m3/h") and r.reference is None]
    assert bare == []


@each_profile
def test_labels_name_every_point_in_both_languages(profile: DeviceProfile) -> None:
    assert [r.name for r in profile.points if not {"zh", "en"} <= r.label.keys()] == []


def test_the_library_covers_what_plants_have() -> None:
    kinds = Counter(profile.kind for profile in PROFILES.values())
    assert len(PROFILES) >= 60
    assert set(kinds) == set(KINDS)
