"""Whether two unit ids are one device: many answer whatever unit id they are asked for."""

from __future__ import annotations

from collector.blocks import Block
from collector.candidates import Candidate
from collector.inquiry import Inquiry
from collector.plausibility import is_blank

_TELLING_WORDS = 3
"""Words, neither zeros nor ones, that two devices without counters do not share by chance."""
_COUNTER_TOLERANCE = 1e-4
"""How far a counter may move, of its value, between two reads one right after the other."""


async def is_same_device(new: Inquiry, known: Inquiry, candidate: Candidate) -> bool:
    """Read what tells single devices apart from both, one right after the other, and compare.

    Two meters of one type differ in their counters; where none has counted yet nobody can say, and they
    are taken for two. `candidate` is what the known one is.
    """
    block = _telling_block(known, candidate)
    if block is None or not await new.read(block.space, block.first, block.count):
        return False
    if not await known.read(block.space, block.first, block.count):
        return False
    if not any(register.is_counter for register in block.registers):
        return _words_agree(new, known, block)
    names = [register.name for register in block.registers if register.is_counter]
    ours, theirs = candidate.values(new.heard), candidate.values(known.heard)
    pairs = [(ours.get(name), theirs.get(name)) for name in names]
    counted = [(one, other) for one, other in pairs if one and other]
    if len(counted) < sum(bool(one or other) for one, other in pairs):
        return False
    return bool(counted) and all(
        abs(one - other) <= _COUNTER_TOLERANCE * abs(other) for one, other in counted
    )


def _telling_block(known: Inquiry, candidate: Candidate) -> Block | None:
    """Return the answered read with the most counters, of those with words at all."""
    blocks = [
        block
        for block in candidate.blocks
        if not block.space.is_bits and known.heard.answer(block.space, block.first, block.count) is not None
    ]
    return max(blocks, key=lambda block: (_counters(block), block.count), default=None)


def _counters(block: Block) -> int:
    return sum(register.is_counter for register in block.registers)


def _words_agree(new: Inquiry, known: Inquiry, block: Block) -> bool:
    """Say whether all words are the same, and enough of them say something."""
    ours = new.heard.answer(block.space, block.first, block.count) or b""
    theirs = known.heard.answer(block.space, block.first, block.count) or b""
    words = {ours[place : place + 2] for place in range(0, len(ours), 2)}
    return ours == theirs and sum(not is_blank(word) for word in words) >= _TELLING_WORDS
