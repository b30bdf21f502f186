"""The library as a whole: how many, how honest, and how few reads each meter costs."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import combinations

import pytest

from collector.blocks import plan_blocks
from config.profiles import BUILT_IN, load_catalogue
from domain.registers import KINDS, DeviceProfile, Register, Space
from domain.units import SCALE_FACTOR

PROFILES = load_catalogue([BUILT_IN]).profiles
each_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.id)
PINNED = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(blob|tree)/[0-9a-f]{40}(/\S+)?")


def limit(space: Space, profile: DeviceProfile) -> int:
    return 2000 if space.is_bits else min(125, profile.max_block)


def may_be_one_read(members: tuple[Register, ...], profile: DeviceProfile) -> bool:
    """Say whether a device of this profile answers one read of these registers, by the rule of the file."""
    space = members[0].space
    first, end = min(m.address for m in members), max(m.end for m in members)
    if len(members) == 1:
        return True
    if end - first > limit(space, profile):
        return False
    ranges = [(r.first, r.end) for r in profile.readable if r.space is space]
    if any(low <= first and end <= high for low, high in ranges):
        return True
    asked_for = {address for member in members for address in range(member.address, member.end)}
    crosses = any(first < edge < end for low, high in ranges for edge in (low, high))
    return asked_for == set(range(first, end)) and not crosses


def fewest_reads(members: list[Register], profile: DeviceProfile) -> int:
    """Return the least reads of all ways to cut the registers, in the order of addresses, into reads."""
    ordered = tuple(sorted(members, key=lambda r: (r.address, r.end)))

    @cache
    def fewest_from(start: int) -> int:
        if start == len(ordered):
            return 0
        ways = [
            1 + fewest_from(end)
            for end in range(start + 1, len(ordered) + 1)
            if may_be_one_read(ordered[start:end], profile)
        ]
        return min(ways)

    return fewest_from(0)


def placed_alone(profile: DeviceProfile) -> bool:
    return all(register.model is None for register in profile.registers)


@each_profile
def test_a_poll_takes_the_fewest_reads_that_any_cutting_gives(profile: DeviceProfile) -> None:
    if not placed_alone(profile):
        pytest.skip("its addresses are known when a device was walked: see the SunSpec tests")
    best = sum(
        fewest_reads([r for r in profile.registers if r.space is space], profile)
        for space in {register.space for register in profile.registers}
    )
    assert len(plan_blocks(profile)) == best


@each_profile
def test_a_value_comes_in_one_read_with_its_scale_factor(profile: DeviceProfile) -> None:
    read_with = {r.name: number for number, block in enumerate(plan_blocks(profile)) for r in block.registers}
    apart = [
        r.name
        for r in profile.points
        if r.scale_register and read_with[r.name] != read_with[r.scale_register]
    ]
    assert apart == []


@each_profile
def test_no_two_registers_share_addresses_unless_declared(profile: DeviceProfile) -> None:
    for one, other in combinations(profile.registers, 2):
        if (one.space, one.model) != (other.space, other.model) or one.unit == other.unit == SCALE_FACTOR:
            continue
        shared = set(range(one.address, one.end)) & set(range(other.address, other.end))
        assert not shared or one.name in other.overlaps or other.name in one.overlaps, (one.name, other.name)


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
