"""What a device's refusals taught of a profile that says too much, and the reads that go round it. Pure.

A block that is refused is cut in two at the next poll, until what the device has answers and what it has
not stands alone; that is left out. So a lie of the profile costs a few polls of those values, no request
more, and none of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from collector.blocks import Block
from domain.errors import DeviceRefused
from domain.reading import Quality
from domain.registers import Register, Space

NOT_THERE = frozenset({1, 2, 3})
"""Exceptions that speak of the request (illegal function, address, value), not of the device's health."""
FORGOTTEN_AFTER_S = 3600.0
"""Then, at the earliest, the profile is believed again: a device that starts up may refuse what it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What is known against a profile; empty: nothing."""

    cuts: Mapping[tuple[Space, int], Block] = field(default_factory=dict)
    """(space, address) that no read may cross -> the refused block that taught it."""
    absent: Mapping[str, tuple[Register, Quality]] = field(default_factory=dict)
    """Name of a register that is refused alone -> it, and what its values are marked with."""

    def __bool__(self) -> bool:
        return bool(self.cuts or self.absent)

    @property
    def names(self) -> Mapping[str, Quality]:
        """Return the names of the absent registers, with what their values are marked with."""
        return {name: quality for name, (_, quality) in self.absent.items()}

    def after(self, block: Block, error: DeviceRefused) -> Learnt:
        """Return what is known when this block was refused; the same if the refusal does not speak of it."""
        if error.code not in NOT_THERE:
            return self
        cut = _middle(block)
        if cut is not None:
            return replace(self, cuts={**self.cuts, (block.space, cut): block})
        worst = _worst(block.registers)
        return replace(self, absent={**self.absent, worst.name: (worst, error.quality)})

    def plan(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        """Return planned reads without what is absent, cut where they were refused; perhaps none at all."""
        planned: list[Block] = []
        for block in blocks:
            there = [register for register in block.registers if self._is_there(register)]
            cuts = sorted(address for space, address in self.cuts if space is block.space)
            parts: dict[int, list[Register]] = {}
            for register in there:
                place = sum(cut <= register.address for cut in cuts)
                parts.setdefault(place, []).append(register)
            planned += [_block(block.space, members) for members in parts.values()]
        idle = _factors(blocks) - _factors(planned)
        return tuple(found for block in planned if (found := _without(block, idle)) is not None)

    def text(self, planned: Collection[Block]) -> str:
        """Return who is to be looked at and why, "" while nothing is known; `planned` are the reads now."""
        return "; ".join(self._said(planned))

    def _said(self, planned: Collection[Block]) -> Iterator[str]:
        if not self:
            return
        yield "the profile, it seems, and not the meter"
        for refused in self._outermost():
            inside = [b for b in planned if b.space is refused.space and _within(b, refused)]
            if len(inside) > 1:
                yield f"{_place(refused)} is refused whole and answered in parts: {_why(refused, inside)}"
        for register in sorted(
            (each for each, _ in self.absent.values()), key=lambda r: (r.space, r.address)
        ):
            place = f"{register.space.value} {register.address}..{register.end - 1}"
            yield f"the device has no {register.name} ({place}): correct its address, type or space"

    def _outermost(self) -> list[Block]:
        """Return the refused blocks that lie in no other one."""
        known = list(
            {(block.space, block.first, block.count): block for block in self.cuts.values()}.values()
        )
        return [one for one in known if not any(one is not other and _within(one, other) for other in known)]

    def _is_there(self, register: Register) -> bool:
        """Say whether a register may be read: it and what scales it are not absent."""
        return register.name not in self.absent and register.scale_register not in self.absent


def _middle(block: Block) -> int | None:
    """Return the address to cut a block at: its widest hole, of equals the one nearest the middle.

    Never between a value and its scale register: a factor read later than its value may have changed. None
    where no other cut parts its registers.
    """
    ordered = sorted(block.registers, key=lambda register: register.address)
    middle = block.first + block.count / 2
    best: tuple[int, float, int] | None = None
    end = ordered[0].end
    for register in ordered[1:]:
        if register.address >= end and not _parts_scaled(ordered, register.address):
            at = register.address
            cut = (at - end, -abs(at - middle), at)
            best = cut if best is None else max(best, cut)
        end = max(end, register.end)
    return None if best is None else best[2]


def _parts_scaled(registers: Sequence[Register], at: int) -> bool:
    """Say whether a cut at an address parts a value from its scale register."""
    places = {register.name: register.address for register in registers}
    return any(
        (register.address < at) != (places[register.scale_register] < at)
        for register in registers
        if register.scale_register in places
    )


def _worst(registers: Sequence[Register]) -> Register:
    """Return which of registers that no cut may part is left out first: the one farthest from its factor."""
    places = {register.name: register for register in registers}
    scaled = [register for register in registers if register.scale_register in places]

    def reach(register: Register) -> int:
        factor = places[register.scale_register or ""]
        return max(register.end, factor.end) - min(register.address, factor.address)

    return max(scaled, key=reach) if scaled else max(registers, key=lambda register: register.end)


def _factors(blocks: Sequence[Block]) -> set[str | None]:
    """Return the names of the scale registers of what is read."""
    return {register.scale_register for block in blocks for register in block.registers}


def _without(block: Block, names: Collection[str | None]) -> Block | None:
    """Return a read without these registers; None where nothing is left."""
    members = [register for register in block.registers if register.name not in names]
    return _block(block.space, members) if members else None


def _block(space: Space, members: Sequence[Register]) -> Block:
    first = min(register.address for register in members)
    end = max(register.end for register in members)
    return Block(space=space, first=first, count=end - first, registers=tuple(members))


def _within(inner: Block, outer: Block) -> bool:
    return (
        inner.space is outer.space
        and outer.first <= inner.first
        and inner.first + inner.count <= outer.first + outer.count
    )


def _why(refused: Block, parts: Sequence[Block]) -> str:
    """Return what the cuts between the parts mean."""
    ordered = sorted(parts, key=lambda block: block.first)
    holes = [
        f"{one.first + one.count}..{other.first - 1}"
        for one, other in pairwise(ordered)
        if other.first > one.first + one.count
    ]
    if holes:
        return f"{', '.join(holes)} cannot be read, so correct [[readable]]"
    return f"{refused.count} words are too many at once, so lower max_block"


def _place(block: Block) -> str:
    return f"{block.space.value} {block.first}..{block.first + block.count - 1}"
