"""The same answers read in every word and byte order, the most plausible first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from collector.apart import Answers
from collector.plausibility import Plausibility, judge
from domain.codec import DeviceDecoder
from domain.registers import DataType, Order, Register

MARGIN = 3.0
"""Weight by which another order must fit better before it is named: one clear sign is 4, a weak one 0.25."""
_AS_FLOAT = {
    DataType.U32: DataType.F32,
    DataType.I32: DataType.F32,
    DataType.U64: DataType.F64,
    DataType.I64: DataType.F64,
}
_AS_WHOLE = {DataType.F32: DataType.U32, DataType.F64: DataType.U64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the words of an answer are read, against the profile."""

    words_swapped: bool = False
    bytes_swapped: bool = False
    types_swapped: bool = False
    """Whole numbers as floats and floats as whole numbers."""

    @property
    def text(self) -> str:
        """Return it in words, as a change to the profile."""
        changes = [
            said
            for is_so, said in (
                (self.words_swapped, "the other word_order"),
                (self.bytes_swapped, "the other byte_order"),
                (self.types_swapped, "floats for whole numbers and the reverse"),
            )
            if is_so
        ]
        return " and ".join(changes) if changes else "as the profile says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one way makes of the answers."""

    way: Way
    values: Mapping[str, float | None]
    plausibility: Plausibility

    @property
    def weight(self) -> float:
        """Return what speaks for this way, less what speaks against it."""
        return self.plausibility.support - self.plausibility.against


def trials(
    answers: Answers, earlier: Answers | None = None, *, elapsed_s: float | None = None
) -> tuple[Trial, ...]:
    """Return every way of reading the answers, the most plausible first; of equals the profile's own.

    `earlier` are answers to the same blocks, `elapsed_s` before: counters that only rise tell, too.
    """
    ways = [
        Way(words_swapped=words, bytes_swapped=in_bytes, types_swapped=types)
        for types in (False, True)
        for in_bytes in (False, True)
        for words in (False, True)
    ]
    found = [trial_of(way, answers, earlier, elapsed_s) for way in ways]
    return tuple(sorted(found, key=lambda trial: -trial.weight))


def better_way(found: tuple[Trial, ...]) -> Trial | None:
    """Return the way that fits clearly better than the profile's own, None where there is none."""
    best = found[0]
    own = next(trial for trial in found if trial.way == Way())
    return best if best.weight >= own.weight + MARGIN and best.weight > 0 else None


def trial_of(way: Way, answers: Answers, earlier: Answers | None, elapsed_s: float | None) -> Trial:
    """Return what one way makes of the answers; `earlier` and `elapsed_s` as of `trials`."""
    values = _decoded(way, answers)
    before = None
    if earlier is not None and [b.first for b in earlier.blocks] == [b.first for b in answers.blocks]:
        before = _decoded(way, earlier)
    registers = [_seen(register, way) for register in answers.registers]
    raw = {
        register.name: payload[start : start + register.type.width * size]
        for block, payload in zip(answers.blocks, answers.payloads, strict=True)
        for register in block.registers
        for size in (1 if block.space.is_bits else 2,)
        for start in ((register.address - block.first) * size,)
    }
    plausibility = judge(registers, values, before, elapsed_s=elapsed_s, raw=raw)
    return Trial(way=way, values=values, plausibility=plausibility)


def _decoded(way: Way, answers: Answers) -> Mapping[str, float | None]:
    blocks = [(block.first, [_seen(r, way) for r in block.registers]) for block in answers.decodable]
    values, _ = DeviceDecoder(blocks).decode(answers.payloads)
    return values


def _seen(register: Register, way: Way) -> Register:
    """Return the register as this way reads it."""
    if register.space.is_bits:
        return register
    kind = register.type
    if way.types_swapped:
        kind = _AS_FLOAT.get(kind) or _AS_WHOLE.get(kind) or kind
    return replace(
        register,
        type=kind,
        word_order=_other(register.word_order) if way.words_swapped else register.word_order,
        byte_order=_other(register.byte_order) if way.bytes_swapped else register.byte_order,
        not_available=register.not_available if kind is register.type else frozenset(),
        modulus=register.modulus if kind is register.type else None,
    )


def _other(order: Order) -> Order:
    return Order.LITTLE if order is Order.BIG else Order.BIG
