"""Plan the fewest block reads that fetch a device's registers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.registers import DeviceProfile, ReadableRange, Register, Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One read request and the registers its answer holds, by address."""

    space: Space
    first: int
    count: int
    """Addresses asked for: words, or bits in the bit spaces."""
    registers: tuple[Register, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """Registers that one read must give together."""

    first: int
    end: int
    registers: tuple[Register, ...]


def plan_blocks(profile: DeviceProfile, names: Iterable[str] | None = None) -> tuple[Block, ...]:
    """Return the fewest reads for the named registers (default: all) and the scale registers they need.

    A block with a hole lies inside one readable range, none crosses the edge of a range, and none is
    longer than the profile's block limit or the protocol's. A value and its scale register come in one
    read wherever one read can give both, so a scale register may be read twice.
    """
    wanted = set(names) if names is not None else {register.name for register in profile.registers}
    wanted |= {r.scale_register for r in profile.registers if r.name in wanted and r.scale_register}
    blocks: list[Block] = []
    for space in Space:
        members = [r for r in profile.registers if r.space is space and r.name in wanted]
        blocks += _plan_space(space, members, profile)
    return tuple(blocks)


def _plan_space(space: Space, members: Sequence[Register], profile: DeviceProfile) -> list[Block]:
    """Go left to right and grow each block as far as allowed.

    That is optimal, because what a block may span it may also span in part.
    """
    ranges = [r for r in profile.readable if r.space is space]
    limit = space.protocol_limit if space.is_bits else min(profile.max_block, space.protocol_limit)
    asked = {address for register in members for address in range(register.address, register.end)}

    def may_sweep(first: int, end: int) -> bool:
        return end - first <= limit and _is_allowed(first, end, ranges, asked)

    blocks: list[Block] = []
    left = sorted(_needs(members, may_sweep), key=lambda need: (need.first, need.end))
    while left:
        first = left[0].first
        taken = [left[0], *(need for need in left[1:] if may_sweep(first, max(need.end, left[0].end)))]
        blocks.append(_block(space, taken))
        left = [need for need in left if need not in taken]
    return blocks


def _needs(members: Sequence[Register], may_sweep: Callable[[int, int], bool]) -> Iterator[_Need]:
    """Give what must come together: a value with its scale register, if one read can give both."""
    named = {register.name: register for register in members}
    paired: set[str] = set()
    for register in members:
        scale = named.get(register.scale_register or "")
        if scale is not None:
            first, end = min(register.address, scale.address), max(register.end, scale.end)
            if may_sweep(first, end):
                paired |= {register.name, scale.name}
                yield _Need(first=first, end=end, registers=(register, scale))
    for register in members:
        if register.name not in paired:
            yield _Need(first=register.address, end=register.end, registers=(register,))


def _is_allowed(first: int, end: int, ranges: Sequence[ReadableRange], asked: Collection[int]) -> bool:
    """Say whether one read may take [first, end): inside one range, or without a hole and across no edge."""
    if any(r.first <= first and end <= r.end for r in ranges):
        return True
    if any(first < edge < end for r in ranges for edge in (r.first, r.end)):
        return False
    return all(address in asked for address in range(first, end))


def _block(space: Space, needs: Sequence[_Need]) -> Block:
    registers = {register.name: register for need in needs for register in need.registers}
    first = min(need.first for need in needs)
    return Block(
        space=space,
        first=first,
        count=max(need.end for need in needs) - first,
        registers=tuple(sorted(registers.values(), key=lambda register: (register.address, register.end))),
    )
