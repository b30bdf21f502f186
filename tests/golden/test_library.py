"""The library as a whole: how many, how honest, and how few reads each meter costs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import combinations

from collector.blocks import plan_blocks
from config.profiles import BUILT_IN, load_catalogue
from domain.codec import DeviceDecoder
from domain.registers import KINDS, DeviceProfile, Space
from domain.sunspec import has_models, header_name, placed
from simulators.device import SimulatedDevice
from tests.golden.cases import cases, chain_of

CASES = {case.name: case for case in cases()}
PROFILES = {
    name: placed(profile, chain_of(CASES[name])) if has_models(profile) else profile
    for name, profile in load_catalogue([BUILT_IN]).profiles.items()
}
"""Those of SunSpec models as a device of the golden case shows them."""
HEADERS = {header_name(model) for model in range(1, 1000)}
"""Registers that a placed profile has for the first words of its models."""
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


def faults(find: Callable[[DeviceProfile], object]) -> dict[str, object]:
    """Return what is found against each profile, by id."""
    return {profile.id: found for profile in PROFILES.values() if (found := find(profile))}


def test_a_poll_takes_the_fewest_reads_that_any_plan_gives() -> None:
    def too_many(profile: DeviceProfile) -> int:
        spaces = {register.space for register in profile.registers}
        return len(plan_blocks(profile)) - sum(fewest_reads(space, profile) for space in spaces)

    assert not faults(too_many)


def test_a_value_comes_in_one_read_with_its_scale_factor() -> None:
    def apart(profile: DeviceProfile) -> list[str]:
        blocks = [{register.name for register in block.registers} for block in plan_blocks(profile)]
        scaled = [(r.name, r.scale_register) for r in profile.points if r.scale_register]
        return [name for name, by in scaled if not any({name, by} <= block for block in blocks)]

    assert not faults(apart)


def test_no_two_registers_share_addresses_unless_declared() -> None:
    def shared(profile: DeviceProfile) -> list[tuple[str, str]]:
        return [
            (one.name, other.name)
            for one, other in combinations(profile.registers, 2)
            if (one.space, one.model) == (other.space, other.model)
            and max(one.address, other.address) < min(one.end, other.end)
            and one.name not in other.overlaps
            and other.name not in one.overlaps
        ]

    assert not faults(shared)


def test_a_simulated_meter_of_each_profile_is_read_as_it_means() -> None:
    """The simulators write words by themselves: where the codec disagrees with them, one is wrong."""

    def misread(profile: DeviceProfile) -> list[tuple[str, float | None, float | None]]:
        meter = SimulatedDevice(profile, {}, now_ms=lambda: 0)
        blocks = plan_blocks(profile)
        decoder = DeviceDecoder([(block.first, block.registers) for block in blocks])
        values, _ = decoder.decode([meter.read(block.space, block.first, block.count) for block in blocks])
        meant = {register.name: meter.expected(register.name, 0) for register in profile.points}
        return [
            (register.name, values[register.name], meant[register.name])
            for register in profile.points
            if not is_same(values[register.name], meant[register.name], is_float=register.type.is_float)
        ]

    assert not faults(misread)


def is_same(value: float | None, meant: float | None, *, is_float: bool) -> bool:
    """Say whether two values are one; a float that is shifted (kelvin) is rounded twice."""
    if value is None or meant is None or not is_float:
        return value == meant
    return math.isclose(value, meant, rel_tol=1e-12)


def test_each_profile_says_where_its_facts_are_from() -> None:
    def unsaid(profile: DeviceProfile) -> list[str]:
        found = [name for name in ("manual", "source", "revision") if not getattr(profile, name).strip()]
        found += [f"page of {r.name}" for r in profile.registers if not (r.page.strip() or r.name in HEADERS)]
        if profile.hardware != "unverified" and len(profile.hardware) <= 20:
            found.append("who verified it on what")
        for source in profile.source.split(" and "):
            is_pinned = PINNED.fullmatch(source) or not source.startswith("https://github.com/")
            if not is_pinned or not re.fullmatch(r"https?://\S+", source):
                found.append(source)
        return found

    assert not faults(unsaid)


def test_each_volume_of_gas_says_its_conditions() -> None:
    def bare(profile: DeviceProfile) -> list[str]:
        if profile.kind not in ("gas_meter", "volume_corrector"):
            return []
        return [r.name for r in profile.points if r.canonical_unit in ("m3", "m3/h") and r.reference is None]

    assert not faults(bare)


def test_labels_name_every_point_in_both_languages() -> None:
    assert not faults(lambda profile: [r.name for r in profile.points if not {"zh", "en"} <= r.label.keys()])


def test_the_library_covers_what_plants_have() -> None:
    kinds = Counter(profile.kind for profile in PROFILES.values())
    assert len(PROFILES) >= 60
    assert set(kinds) == set(KINDS)
