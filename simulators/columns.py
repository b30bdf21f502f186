"""What a correct reader makes of a register, for many values at once: bit for bit `registers`, one by one.

Whole arrays go through plain double arithmetic wherever that is provably exact; the few values it leaves in
doubt (a count next to an integer, an odd scale) go through the fractions of `registers`, each once.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from domain.registers import DataType, Order, Register
from simulators.noise import Floats
from simulators.registers import line_of, meaning, modulus_of, raw_range, shortest_decimal_of_f32, words_of

_EXACT = 2**53
"""Integers up to here are doubles, and a quotient of two of them is rounded once."""
_FAR = 2.0**60
_SPLITTER = 2.0**27 + 1.0
_SLACK = 2.0**-50
"""More than three roundings of a double, relative."""
_LEAST_DOUBT = 1e-300
"""A count may be smaller than any double."""
_TOP_F32 = 3.4028234663852886e38
_LEAST = -5
_TENS = np.array([float(f"1e{power}") for power in range(_LEAST, 16)])
_EXACT_TENS = np.array([float(10**power) for power in range(23)])
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]


def shown(register: Register, values: Floats, power: int = 0) -> Floats:
    """Return `meaning(register, words_of(register, value, power), power)` of each value, NaN for None."""
    if not len(values):
        return np.empty(0)
    factor, offset = line_of(register, power)
    if abs(power) > 10 or register.type.is_joined or not np.all(np.isfinite(values)):
        return _one_by_one(register, values, power)
    if register.type.is_float:
        if offset or max(factor.numerator, factor.denominator) >= _EXACT or register.not_available:
            return _one_by_one(register, values, power)
        return _float_shown(register, values, factor, power)
    raw, is_sure = _raw(register, values, factor, offset)
    found = _whole_shown(register, raw, factor, offset)
    if found is None:
        return _one_by_one(register, values, power)
    found[~is_sure] = _one_by_one(register, values[~is_sure], power)
    return found


def words_shown(register: Register, values: Floats, power: int = 0) -> Words:
    """Return `words_of(register, value, power)` of each value as one number, the first word highest."""
    factor, offset = line_of(register, power)
    parts = (factor.numerator, factor.denominator)
    if register.type.is_joined or not np.all(np.isfinite(values)):
        return _words_one_by_one(register, values, power)
    if not register.type.is_float:
        raw, is_sure = _raw(register, values, factor, offset)
        patterns = _whole_patterns(register, np.where(is_sure, raw, 0.0))
    elif offset or any(float(part) != part or part >= _EXACT for part in parts):
        return _words_one_by_one(register, values, power)
    else:
        raw, wraps = _float_raw(register, values, factor)
        is_f32 = register.type is DataType.F32
        is_sure = ~wraps
        patterns = (raw.astype(np.float32).view(np.uint32) if is_f32 else raw.view(np.uint64)).astype(
            np.uint64
        )
    words = _split(register, patterns)
    words[~is_sure] = _words_one_by_one(register, values[~is_sure], power)
    return words


def _whole_patterns(register: Register, raw: Floats) -> Words:
    """Return whole numbers below 2**53 as the unsigned patterns of a register's type."""
    if register.type.is_bcd:
        left, found = raw.astype(np.uint64), np.zeros(len(raw), np.uint64)
        for place in range(4 * register.type.width):
            found |= left % np.uint64(10) << np.uint64(4 * place)
            left //= np.uint64(10)
        return found
    bits = 16 * register.type.width
    return raw.astype(np.int64).view(np.uint64) & np.uint64(2**bits - 1)


def _split(register: Register, patterns: Words) -> Words:
    """Return patterns with the words, and the bytes of each, in the order of the wire."""
    if register.space.is_bits:
        return patterns & np.uint64(1)
    width = register.type.width
    words = patterns.astype(">u8").view(np.uint8).reshape(-1, 4, 2)[:, 4 - width :]
    if register.word_order is Order.LITTLE:
        words = words[:, ::-1]
    if register.byte_order is Order.LITTLE:
        words = words[:, :, ::-1]
    found = np.zeros((len(patterns), 4, 2), np.uint8)
    found[:, 4 - width :] = words
    return found.reshape(len(patterns), 8).view(">u8")[:, 0].astype(np.uint64)


def _words_one_by_one(register: Register, values: Floats, power: int) -> Words:
    different, place = np.unique(values, return_inverse=True)
    found = [0] * len(different)
    for number, value in enumerate(different.tolist()):
        for word in words_of(register, value, power):
            found[number] = found[number] << 16 | word
    return np.array(found, np.uint64)[place]


def _one_by_one(register: Register, values: Floats, power: int) -> Floats:
    """Ask the fractions, once for each different value."""

    def ask(value: float) -> float:
        found = meaning(register, words_of(register, value, power), power)
        return np.nan if found is None else found

    return _each(values, ask)


def _each(values: Floats, ask: Callable[[float], float]) -> Floats:
    different, place = np.unique(values, return_inverse=True)
    answers: Floats = np.array([ask(value) for value in different.tolist()], dtype=np.float64)
    return answers[place]


def _raw(register: Register, values: Floats, factor: Fraction, offset: Fraction) -> tuple[Floats, Bools]:
    """Return the whole numbers that the register holds, and which of them are beyond doubt."""
    count = (values - float(offset)) * float(factor.denominator) / float(factor.numerator)
    doubt = np.zeros(len(values))
    if factor != 1 or offset:
        doubt = _LEAST_DOUBT + _SLACK * (np.abs(values) + abs(float(offset))) * abs(float(1 / factor))
    low, top = raw_range(register.type)
    if register.is_counter:
        whole = np.floor(count)
        is_sure = (count - whole >= doubt) & (whole + 1.0 - count > doubt) & (np.abs(count) < _EXACT)
        modulus = modulus_of(register)
        if modulus < _EXACT:
            whole = np.mod(whole, modulus)
        else:
            is_sure &= whole >= 0.0
    else:
        whole = np.rint(count)
        is_sure = (np.abs(np.abs(count - np.floor(count)) - 0.5) > doubt) & (np.abs(count) < _FAR)
        if not doubt.any():
            is_sure |= np.abs(count) < _EXACT
    return np.clip(whole, float(low), float(top)), is_sure & (np.abs(whole) < _EXACT)


def _whole_shown(register: Register, raw: Floats, factor: Fraction, offset: Fraction) -> Floats | None:
    """Return raw * factor + offset, rounded once; None where doubles do not hold the parts."""
    denominator = factor.denominator * offset.denominator
    slope, constant = factor.numerator * offset.denominator, offset.numerator * factor.denominator
    most = int(np.max(np.abs(raw))) * abs(slope) + abs(constant)
    if most >= _EXACT or denominator >= _EXACT:
        return None
    found: Floats = (raw * float(slope) + float(constant)) / float(denominator)
    found[np.isin(raw, [float(missing) for missing in _missing(register)])] = np.nan
    return found


def _missing(register: Register) -> list[int]:
    """Return the raw numbers whose patterns mean "no value"."""
    patterns = sorted(register.not_available)
    if register.type.is_bcd:
        return [int(f"{pattern:x}") for pattern in patterns if f"{pattern:x}".isdecimal()]
    low, top = raw_range(register.type)
    span = top - low + 1
    return [pattern - span if pattern > top else pattern for pattern in patterns]


def _float_shown(register: Register, values: Floats, factor: Fraction, power: int) -> Floats:
    """Return what a float register shows; its scale is a whole number or one over a whole number."""
    raw, wraps = _float_raw(register, values, factor)
    if register.type is DataType.F32:
        raw = shortest_decimals(raw.astype(np.float32))
    found, is_sure = _quotient(raw, float(factor.numerator), float(factor.denominator))
    is_sure &= ~wraps
    found[~is_sure] = _one_by_one(register, values[~is_sure], power)
    return found


def _quotient(raw: Floats, numerator: float, denominator: float) -> tuple[Floats, Bools]:
    """Return raw * numerator / denominator rounded once, and where that is beyond doubt."""
    product = raw * numerator
    found: Floats = product / denominator + 0.0
    if 1.0 in (numerator, denominator):
        return found, np.ones(len(raw), dtype=np.bool_)
    again = found * denominator
    left = (product - again) - _lost(found, denominator, again) + _lost(raw, numerator, product)
    correction = left / denominator
    ulp = np.spacing(np.abs(found))
    is_sure = (np.abs(np.abs(correction) - 0.5 * ulp) > 1e-3 * ulp) & (np.abs(found) > _LEAST_DOUBT)
    return found + correction, is_sure | (raw == 0.0)


def _lost(values: Floats, factor: float, product: Floats) -> Floats:
    """Return what rounding took from values * factor, exactly (T. J. Dekker, Numer. Math. 18, 1971)."""
    high = _upper_half(values)
    low, factor_high = values - high, float(_upper_half(np.array([factor]))[0])
    factor_low = factor - factor_high
    lost: Floats = ((high * factor_high - product) + high * factor_low + low * factor_high) + low * factor_low
    return lost


def _upper_half(values: Floats) -> Floats:
    """Return the 26 leading bits of each value."""
    wide = values * _SPLITTER
    half: Floats = wide - (wide - values)
    return half


def _float_raw(register: Register, values: Floats, factor: Fraction) -> tuple[Floats, Bools]:
    """Return what a float register holds, and where that is in doubt or its modulus may change it."""
    # The fractions know no -0.0, but round to it.
    raw, is_sure = _quotient(values + 0.0, float(factor.denominator), float(factor.numerator))
    if register.is_counter and register.modulus is not None:
        wraps = (raw >= register.modulus * (1.0 - _SLACK)) | (raw < 0.0)
    else:
        wraps = np.zeros(len(values), dtype=np.bool_)
    wraps |= ~is_sure
    if register.type is DataType.F32:
        raw = np.clip(raw, -_TOP_F32, _TOP_F32)
    return raw, wraps


def shortest_decimals(values: NDArray[np.float32]) -> Floats:
    """Return the double with the fewest digits that packs to each float32: `shortest_decimal_of_f32`.

    Decimal shifts by 12 places up or 15 down are exact, or too far from a tie to be rounded across it.
    """
    size = np.abs(values.astype(np.float64))
    found = np.zeros(len(values))
    is_plain = (size >= _TENS[0]) & (size < _TENS[-1])
    left = np.flatnonzero(is_plain)
    for digits in range(1, 10):
        if not left.size:
            break
        chosen = size[left]
        places = digits - 1 - (np.searchsorted(_TENS, chosen, side="right") - 1 + _LEAST)
        shift = _EXACT_TENS[np.abs(places)]
        up = places >= 0
        rounded = np.rint(np.where(up, chosen * shift, chosen / shift))
        short = np.where(up, rounded / shift, rounded * shift)
        fits = short.astype(np.float32).astype(np.float64) == chosen
        fits &= places <= 12  # beyond, the shift was rounded: those are asked for one by one
        found[left[fits]] = short[fits]
        left = left[~fits]
    odd = np.concatenate([left, np.flatnonzero(~is_plain & (size > 0.0))])
    found[odd] = _each(size[odd], shortest_decimal_of_f32)
    return np.copysign(found, values.astype(np.float64))
