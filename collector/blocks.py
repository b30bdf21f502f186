"""Plan the fewest block reads that fetch a device's registers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def plan_blocks(profile: DeviceProfile, names: Iterable[str] | None = None) -> tuple[Block, ...]:
    """Return the fewest reads for the named registers (default: all) and the scale registers they need.

    A block with a hole lies inside one readable range, none crosses the edge of a range, and none is
    longer than the profile's block limit or the protocol's. Going left to right and growing as far as
    allowed is optimal, because a block that may span two registers may span everything between them.
    """
    wanted = set(names) if names is not None else {register.name for register in profile.registers}
    wanted |= {r.scale_register for r in profile.registers if r.name in wanted and r.scale_register}
    blocks: list[Block] = []
    for space in Space:
        members = [r for r in profile.registers if r.space is space and r.name in wanted]
        members.sort(key=lambda register: (register.address, register.end))
        ranges = [r for r in profile.readable if r.space is space]
        limit = space.protocol_limit if space.is_bits else min(profile.max_block, space.protocol_limit)
        blocks += _plan_space(space, members, ranges, limit)
    return tuple(blocks)


def _plan_space(
    space: Space, members: Sequence[Register], ranges: Sequence[ReadableRange], limit: int
) -> list[Block]:
    blocks: list[Block] = []
    open_members: list[Register] = []
    first = end = 0
    is_solid = True
    """No hole in the open block yet."""
    for register in members:
        grown = max(end, register.end)
        still_solid = is_solid and register.address <= end
        if open_members and grown - first <= limit and _may_sweep(first, grown, ranges, is_solid=still_solid):
            is_solid = still_solid
        else:
            if open_members:
                blocks.append(_block(space, first, end, open_members))
            open_members, first, grown, is_solid = [], register.address, register.end, True
        open_members.append(register)
        end = grown
    if open_members:
        blocks.append(_block(space, first, end, open_members))
    return blocks


def _may_sweep(first: int, end: int, ranges: Sequence[ReadableRange], *, is_solid: bool) -> bool:
    """Say whether one read may take [first, end): inside one range, or without a hole and across no edge."""
    if any(r.first <= first and end <= r.end for r in ranges):
        return True
    return is_solid and not any(first < edge < end for r in ranges for edge in (r.first, r.end))


def _block(space: Space, first: int, end: int, registers: Sequence[Register]) -> Block:
    return Block(space=space, first=first, count=end - first, registers=tuple(registers))
