"""Read a device's registers block by block, and where a block is refused, register by register.

What each answers alone tells a profile that lies from a meter that is broken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from collector.blocks import Block
from collector.learnt import NOT_THERE
from domain.errors import DeviceRefused
from domain.registers import Register, Space

Ask = Callable[[Space, int, int], Awaitable[bytes]]
"""(space, address, count) -> the answer; raises DeviceError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A planned read that the device refused, and what its registers answered alone."""

    block: Block
    error: DeviceRefused
    good: tuple[Register, ...] = ()
    """Answer alone."""
    narrow: tuple[Register, ...] = ()
    """Refused alone, while their first word answers."""
    twin: tuple[Register, ...] = ()
    """Refused alone, while the same addresses answer in the other space (holding, input)."""
    absent: tuple[Register, ...] = ()
    """Refused in every way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a device gave for the registers of its profile."""

    blocks: tuple[Block, ...]
    """Those that were answered; a refused block is here in parts."""
    payloads: tuple[bytes, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def registers(self) -> tuple[Register, ...]:
        """Return the registers that there is an answer for."""
        return tuple(register for block in self.blocks for register in block.registers)

    @property
    def decodable(self) -> tuple[Block, ...]:
        """Return the answered blocks without the registers whose scale factor was refused."""
        there = {None, *(register.name for register in self.registers)}
        return tuple(
            replace(block, registers=tuple(r for r in block.registers if r.scale_register in there))
            for block in self.blocks
        )


async def read_apart(blocks: Sequence[Block], ask: Ask) -> Answers:
    """Read the blocks; DeviceError when the device stops answering, or refuses for its own reasons."""
    answered: list[Block] = []
    payloads: list[bytes] = []
    refusals: list[Refusal] = []
    for block in blocks:
        try:
            payloads.append(await ask(block.space, block.first, block.count))
            answered.append(block)
        except DeviceRefused as error:
            if error.code not in NOT_THERE:
                raise
            refusal, parts = await take_apart(block, error, ask)
            refusals.append(refusal)
            for part, payload in parts:
                answered.append(part)
                payloads.append(payload)
    return Answers(blocks=tuple(answered), payloads=tuple(payloads), refusals=tuple(refusals))


async def take_apart(
    block: Block, error: DeviceRefused, ask: Ask
) -> tuple[Refusal, list[tuple[Block, bytes]]]:
    """Ask for each register of a refused block alone; return what came of it and the parts that answered."""
    kinds: dict[str, list[Register]] = {"good": [], "narrow": [], "twin": [], "absent": []}
    parts: list[tuple[Block, bytes]] = []
    for register in block.registers:
        width = register.end - register.address
        is_whole = len(block.registers) == 1 and width == block.count
        payload = None if is_whole else await _answer(ask, block.space, register.address, width)
        if payload is not None:
            kinds["good"].append(register)
            part = Block(space=block.space, first=register.address, count=width, registers=(register,))
            parts.append((part, payload))
        elif width > 1 and await _answer(ask, block.space, register.address, 1) is not None:
            kinds["narrow"].append(register)
        elif await _answer(ask, block.space.twin, register.address, width) is not None:
            kinds["twin"].append(register)
        else:
            kinds["absent"].append(register)
    found = {kind: tuple(members) for kind, members in kinds.items()}
    return Refusal(block=block, error=error, **found), parts


async def _answer(ask: Ask, space: Space, address: int, count: int) -> bytes | None:
    """Return the answer, None where the device has nothing there."""
    try:
        return await ask(space, address, count)
    except DeviceRefused as error:
        if error.code not in NOT_THERE:
            raise
        return None
