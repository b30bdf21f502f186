"""Canonical value -> words of a register, and what those words mean to a correct reader.

Written apart from domain.codec on purpose: a fault of the codec shows as a disagreement of the two.
Everything is exact: integers go through fractions and are rounded once.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from fractions import Fraction

from domain.registers import DataType, Order, Register
from domain.units import CONVERSIONS

FINEST_POWER, COARSEST_POWER = -3, 10
"""Powers of ten that simulated SunSpec devices choose from."""
NOT_IMPLEMENTED = 0x8000
"""SunSpec: a scale factor that is not there."""
_BITS = {
    DataType.BIT: 1, DataType.U16: 16, DataType.I16: 16, DataType.U32: 32, DataType.I32: 32,
    DataType.U48: 48, DataType.U64: 64, DataType.I64: 64, DataType.F32: 32, DataType.F64: 64,
    DataType.BCD16: 16, DataType.BCD32: 32, DataType.BCD48: 48, DataType.BCD64: 64,
    DataType.U32_F32: 64, DataType.I32_F32: 64,
}  # fmt: skip
_SIGNED = (DataType.I16, DataType.I32, DataType.I64)


def words_of(register: Register, value: float | None, power: int = 0) -> tuple[int, ...]:
    """Return the 16-bit words, in address order, that show a canonical value; one 0/1 in a bit space.

    `power` is the content of the scale register. None asks for the "not available" pattern.
    Counters truncate and wrap at their modulus, everything else is rounded and saturates.
    """
    return split(register, pattern_of(register, value, power))


def meaning(register: Register, words: Sequence[int], power: int = 0) -> float | None:
    """Return the canonical value a correct reader must make of words; None where there is no value."""
    pattern = join(register, words)
    if pattern in register.not_available or abs(power) > 10:
        return None
    raw = _number(register.type, pattern)
    if raw is None:
        return None
    factor, offset = line_of(register, power)
    try:
        return float(raw * factor + offset)
    except OverflowError:
        return None


def pattern_of(register: Register, value: float | None, power: int = 0) -> int:
    """Return the raw unsigned number that shows a value, all bits of the register."""
    if value is None or value != value:
        return _missing(register)
    if register.type.is_joined:
        return _joined_pattern(register, value, power)
    if register.type.is_float:
        return _float_pattern(register, value, power)
    if math.isinf(value):
        return _saturated(register.type, 10**30 if value > 0 else -(10**30))
    factor, offset = line_of(register, power)
    exact = (Fraction(value) - offset) / factor
    if register.is_counter:
        return _saturated(register.type, math.floor(exact) % modulus_of(register))
    return _saturated(register.type, round(exact))


def split(register: Register, pattern: int) -> tuple[int, ...]:
    """Return an unsigned pattern as words in address order, word and byte order applied."""
    if register.space.is_bits:
        return (pattern & 1,)
    width = register.type.width
    words = [(pattern >> (16 * (width - 1 - place))) & 0xFFFF for place in range(width)]
    if register.word_order is Order.LITTLE:
        words = _turned(register, words)
    if register.byte_order is Order.LITTLE:
        words = [(word >> 8) | ((word & 0xFF) << 8) for word in words]
    return tuple(words)


def join(register: Register, words: Sequence[int]) -> int:
    """Return the unsigned pattern of words in address order: the inverse of `split`."""
    ordered = list(words)
    if register.space.is_bits:
        return ordered[0]
    if register.byte_order is Order.LITTLE:
        ordered = [(word >> 8) | ((word & 0xFF) << 8) for word in ordered]
    if register.word_order is Order.LITTLE:
        ordered = _turned(register, ordered)
    pattern = 0
    for word in ordered:
        pattern = (pattern << 16) | word
    return pattern & 0xFF if register.type is DataType.BIT else pattern


def _turned(register: Register, words: list[int]) -> list[int]:
    """Return words with the least significant ones first; of two numbers in one, each by itself."""
    if register.type.is_joined:
        return [words[1], words[0], words[3], words[2]]
    return words[::-1]


def modulus_of(register: Register) -> int:
    """Return the raw count at which a counter starts again: its own, or what its type can hold."""
    if register.modulus is not None:
        return register.modulus
    if register.type.is_bcd:
        return int(10 ** (_BITS[register.type] // 4))
    return int(2 ** (_BITS[register.type] - (register.type in _SIGNED)))


def canonical_modulus(register: Register, power: int = 0) -> float:
    """Return the modulus as a canonical value."""
    factor, _ = line_of(register, power)
    return float(modulus_of(register) * factor)


def choose_power(registers: Sequence[Register], maxima: Sequence[float]) -> int:
    """Return the finest power of ten with which every register can still show its maximum."""
    for power in range(FINEST_POWER, COARSEST_POWER + 1):
        fits = True
        for register, maximum in zip(registers, maxima, strict=True):
            factor, offset = line_of(register, power)
            top = 2 ** (_BITS[register.type] - (register.type in _SIGNED)) - 2
            fits = fits and (Fraction(maximum) - offset) / factor <= top
        if fits:
            return power
    return COARSEST_POWER


def shortest_decimal_of_f32(value: float) -> float:
    """Return the double with the fewest digits that packs to the same float32 as `value`."""
    wanted = struct.pack(">f", value)
    if not math.isfinite(value):
        return value
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        try:
            if struct.pack(">f", short) == wanted:
                return short
        except OverflowError:
            continue
    return value


def line_of(register: Register, power: int) -> tuple[Fraction, Fraction]:
    """Return (factor, offset) so that canonical = raw * factor + offset."""
    conversion = CONVERSIONS[register.unit]
    factor = register.scale * Fraction(10) ** power * conversion.factor
    return factor, register.offset * conversion.factor + conversion.offset


def raw_range(kind: DataType) -> tuple[int, int]:
    """Return the least and the greatest whole number that a type holds."""
    bits = _BITS[kind]
    if kind.is_bcd:
        return 0, int(10 ** (bits // 4)) - 1
    if kind in _SIGNED:
        return -int(2 ** (bits - 1)), int(2 ** (bits - 1)) - 1
    return 0, int(2**bits) - 1


def _missing(register: Register) -> int:
    if register.not_available:
        return min(register.not_available)
    if register.type is DataType.F32:
        return 0x7FC00000
    if register.type is DataType.F64:
        return 0x7FF8000000000000
    raise ValueError(f"{register.name}: a {register.type.value} without not_available shows no gap")


def _float_pattern(register: Register, value: float, power: int) -> int:
    form, top = (">f", 3.4028234663852886e38) if register.type is DataType.F32 else (">d", math.inf)
    if math.isfinite(value):
        factor, offset = line_of(register, power)
        exact = (Fraction(value) - offset) / factor
        if register.is_counter and register.modulus is not None:
            exact %= register.modulus
        value = max(-top, min(top, float(exact)))
    return int.from_bytes(struct.pack(form, value), "big")


def _joined_pattern(register: Register, value: float, power: int) -> int:
    """Return a whole number and, behind it, its fraction as a float."""
    if not math.isfinite(value):
        return 0x7FC00000
    factor, offset = line_of(register, power)
    exact = (Fraction(value) - offset) / factor
    if register.is_counter and register.modulus is not None:
        exact %= register.modulus
    low, top = (0, 2**32 - 1) if register.type is DataType.U32_F32 else (-(2**31), 2**31 - 1)
    whole = max(low, min(top, math.floor(exact)))
    fraction = struct.pack(">f", max(0.0, min(1.0, float(exact - whole))))
    return (whole % 2**32) << 32 | int.from_bytes(fraction, "big")


def _saturated(kind: DataType, raw: int) -> int:
    low, top = raw_range(kind)
    held = max(low, min(top, raw))
    return int(str(held), 16) if kind.is_bcd else int(held % 2 ** _BITS[kind])


def _number(kind: DataType, pattern: int) -> Fraction | None:
    """Return the raw number of a pattern, None where it is no number."""
    if kind.is_joined:
        whole = pattern >> 32
        if kind is DataType.I32_F32 and whole >= 2**31:
            whole -= 2**32
        fraction = _number(DataType.F32, pattern & 0xFFFFFFFF)
        return None if fraction is None else whole + fraction
    if kind.is_float:
        form, size = (">f", 4) if kind is DataType.F32 else (">d", 8)
        value = float(struct.unpack(form, pattern.to_bytes(size, "big"))[0])
        if not math.isfinite(value):
            return None
        return Fraction(shortest_decimal_of_f32(value) if kind is DataType.F32 else value)
    if kind.is_bcd:
        digits = f"{pattern:x}"
        return Fraction(int(digits)) if digits.isdecimal() else None
    if kind in _SIGNED and pattern >= 2 ** (_BITS[kind] - 1):
        return Fraction(pattern - 2 ** _BITS[kind])
    return Fraction(pattern)
