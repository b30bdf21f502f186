"""Words on the wire -> raw numbers -> values in canonical units.

Everything that can be known before a poll is compiled once: one permutation of bytes and one
struct format a block, one conversion a register. Integers are scaled as exact fractions and
rounded once, so 1234567 * 0.001 is 1234.567 and not its neighbour.
"""

from __future__ import annotations

import functools
import math
import struct
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter

from domain.errors import CodecError
from domain.reading import Quality
from domain.registers import DataType, Order, Register
from domain.units import CONVERSIONS

Raw = int | float
Converted = float | Quality
"""A value, or the reason why there is none."""

_FORMAT = {
    DataType.BIT: "B",
    DataType.U16: "H",
    DataType.I16: "h",
    DataType.U32: "I",
    DataType.I32: "i",
    DataType.U48: "Q",
    DataType.U64: "Q",
    DataType.I64: "q",
    DataType.F32: "f",
    DataType.F64: "d",
    DataType.BCD16: "H",
    DataType.BCD32: "I",
    DataType.BCD48: "Q",
    DataType.BCD64: "Q",
    DataType.U32_F32: "Q",
    DataType.I32_F32: "Q",
}
_FAR = 1e290
"""A float beyond may leave the doubles when it is scaled: then it is out of range, not an error."""
_MAX_SCALE_POWER = 10
"""SunSpec: scale factors run from -10 to 10 (Device Information Model specification V1.2, 4.3.1)."""


def shortest_f32(values: Sequence[float]) -> list[float]:
    """Return for each float32 a double of few digits that is the same float32: seven where they do.

    230.1 on the wire arrives as 230.10000610351562; a person wants 230.1. Not-finite stays as it is.
    """
    numbers = _floats(len(values))
    short = [float("%.7g" % value) for value in values]
    try:
        again = numbers.unpack(numbers.pack(*short))
    except OverflowError:  # seven digits of the largest float32 lie above it
        return [_more_digits(value) for value in values]
    for place, value in enumerate(values):
        if again[place] != value:
            short[place] = _more_digits(value)
    return short


@functools.cache
def _floats(count: int) -> struct.Struct:
    return struct.Struct(f">{count}f")


def _more_digits(value: float) -> float:
    one = _floats(1)
    for form in ("%.7g", "%.8g"):
        short = float(form % value)
        try:
            if one.unpack(one.pack(short))[0] == value:
                return short
        except OverflowError:
            continue
    return float("%.9g" % value)


def compile_block(registers: Sequence[Register], first: int) -> Callable[[bytes], tuple[Raw, ...]]:
    """Return a function from a block's bytes to the raw numbers of its registers, in their order.

    Words: two bytes an address from `first` on; bits: one byte 0 or 1 an address.
    The function raises CodecError when the block is too short.
    """
    indexes: list[int] = []
    size = 0
    for register in registers:
        picked = _byte_indexes(register, first)
        if picked:
            size = max(size, max(picked) + 1)
        if register.type.width == 3:
            picked = [-1, -1, *picked]
        indexes += picked
    numbers = struct.Struct(">" + "".join(_FORMAT[register.type] for register in registers))
    in_order = indexes == list(range(size))
    # A zero byte is put behind the block, so that index -1 pads 48 bits to the eight bytes struct knows.
    permute = itemgetter(*indexes) if len(indexes) > 1 else lambda block: tuple(block[i] for i in indexes)
    name = registers[0].name if registers else "block"

    def decode(block: bytes) -> tuple[Raw, ...]:
        if len(block) < size:
            raise CodecError(name, f"needs {size} bytes, the block has {len(block)}")
        if in_order:
            return numbers.unpack_from(block)
        return numbers.unpack(bytes(permute(block + b"\0")))

    return decode


def _byte_indexes(register: Register, first: int) -> list[int]:
    """Return where in the block the bytes of a register are, most significant first."""
    start = register.address - first
    if register.type is DataType.BIT and register.space.is_bits:
        return [start]
    if register.type is DataType.BIT:
        # A word used as a flag: its least significant byte.
        return [2 * start + (1 if register.byte_order is Order.BIG else 0)]
    words = list(range(start, start + register.type.width))
    if register.word_order is Order.LITTLE:
        words.reverse()
        if register.type.is_joined:  # reversed are the words of each number, not the two numbers
            words = words[2:] + words[:2]
    pair = (0, 1) if register.byte_order is Order.BIG else (1, 0)
    return [2 * word + byte for word in words for byte in pair]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Physically possible range of a value, canonical unit."""

    minimum: float = -math.inf
    maximum: float = math.inf

    @classmethod
    def between(cls, minimum: float | None, maximum: float | None) -> Limits:
        """Return the range of a point; None leaves a side open."""
        return cls(
            minimum=-math.inf if minimum is None else minimum,
            maximum=math.inf if maximum is None else maximum,
        )


def compile_conversion(register: Register, limits: Limits | None = None) -> Callable[[Raw, int], Converted]:
    """Return a function (raw number, power of ten) -> canonical value, or the quality that says why not.

    The power is that of the register's scale register, 0 without one.
    """
    conversion = CONVERSIONS[register.unit]
    factor = register.scale * conversion.factor
    offset = register.offset * conversion.factor + conversion.offset
    missing = frozenset(_pattern_as_raw(register, pattern) for pattern in register.not_available)
    low = max(limits.minimum if limits else -math.inf, -sys.float_info.max)
    high = min(limits.maximum if limits else math.inf, sys.float_info.max)
    scaled = _scaled_float if register.type.is_float else _scaled_int
    is_plain = register.type.is_float and factor == 1 and not offset

    def convert(raw: Raw, power: int = 0) -> Converted:
        if raw in missing or raw != raw:
            return Quality.NOT_AVAILABLE
        value = scaled(raw, factor, offset, power)  # type: ignore[arg-type]
        return value if low <= value <= high else Quality.OUT_OF_RANGE

    def convert_bcd(raw: Raw, power: int = 0) -> Converted:
        digits = f"{raw:x}"
        if raw in missing:
            return Quality.NOT_AVAILABLE
        if not digits.isdecimal():
            return Quality.OUT_OF_RANGE
        value = _scaled_int(int(digits), factor, offset, power)
        return value if low <= value <= high else Quality.OUT_OF_RANGE

    def convert_joined(raw: Raw, power: int = 0) -> Converted:
        if raw in missing:
            return Quality.NOT_AVAILABLE
        return convert(_joined(register.type, int(raw)), power)

    def convert_plain(raw: Raw, power: int = 0) -> Converted:
        if low <= raw <= high and not power and raw not in missing:
            return raw
        return convert(raw, power)

    if register.type.is_bcd:
        return convert_bcd
    if register.type.is_joined:
        return convert_joined
    return convert_plain if is_plain else convert


def _joined(kind: DataType, pattern: int) -> float:
    """Return a whole number with its fraction; NaN where the fraction is no number."""
    form = ">If" if kind is DataType.U32_F32 else ">if"
    whole, fraction = struct.unpack(form, pattern.to_bytes(8, "big"))
    return float(whole + shortest_f32([fraction])[0])


def _scaled_int(raw: int, factor: Fraction, offset: Fraction, power: int) -> float:
    """Return raw * factor * 10**power + offset, rounded once."""
    numerator, denominator = raw * factor.numerator, factor.denominator
    if power > 0:
        numerator *= 10**power
    elif power < 0:
        denominator *= 10**-power
    if offset:
        numerator = numerator * offset.denominator + offset.numerator * denominator
        denominator *= offset.denominator
    return numerator / denominator


def _scaled_float(raw: float, factor: Fraction, offset: Fraction, power: int) -> float:
    if 1 in (factor.numerator, factor.denominator) or not abs(raw) < _FAR:
        value = raw * factor.numerator / factor.denominator
    else:  # GJ to kWh is 2500/9: exact, and rounded once, like whole numbers
        numerator, denominator = raw.as_integer_ratio()
        value = numerator * factor.numerator / (denominator * factor.denominator)
    if power:
        value = value * 10**power if power > 0 else value / 10**-power
    return value + float(offset) if offset else value


def _pattern_as_raw(register: Register, pattern: int) -> Raw:
    """Return a raw unsigned pattern as struct gives it: signed, float, or as it is."""
    size = max(2, 2 * register.type.width)
    form = _FORMAT[register.type]
    if register.type.width == 3 or register.type.is_joined or register.type is DataType.BIT:
        return pattern
    number: Raw = struct.unpack(f">{form}", pattern.to_bytes(size, "big"))[0]
    return _more_digits(number) if register.type is DataType.F32 else number


def words_text(register: Register, words: int) -> str:
    """Return the words of a register, kept as one number, four hexadecimal digits each."""
    return f"{words:0{4 * register.type.width}x}"


def compile_words(
    register: Register, limits: Limits | None = None
) -> Callable[[int, int], tuple[Raw, Converted]]:
    """Return a function (words kept as one number, power of ten) -> (raw number, value or why there is none).

    It raises CodecError for words that are too many for the register.
    """
    decode = compile_block([register], register.address)
    convert = compile_conversion(register, limits)
    size = 1 if register.space.is_bits else 2 * register.type.width

    def read(words: int, power: int = 0) -> tuple[Raw, Converted]:
        if words.bit_length() > 8 * size:
            raise CodecError(register.name, f"has {size} bytes, the words are more")
        [raw] = decode(words.to_bytes(size, "big"))
        if register.type is DataType.F32:
            [raw] = shortest_f32([raw])
        shown = _joined(register.type, int(raw)) if register.type.is_joined else raw
        if abs(power) > _MAX_SCALE_POWER:
            return shown, Quality.NOT_AVAILABLE
        return shown, convert(raw, power)

    return read


def powers_giving(
    register: Register, read: Callable[[int, int], tuple[Raw, Converted]], words: int, value: float
) -> list[int]:
    """Return the powers of ten of its scale register with which the words of a register mean that value.

    `read` is what `compile_words` made of it.
    """
    powers = range(-_MAX_SCALE_POWER, _MAX_SCALE_POWER + 1) if register.scale_register else (0,)
    return [power for power in powers if read(words, power)[1] == value]


class DeviceDecoder:
    """Turn the answers of one poll into values and qualities of the device's points.

    `blocks` are (first address, registers) as planned; answers come in the same order. `kept` are the names
    of the registers whose words are evidence, `absent` those of points that this device has not.
    """

    __slots__ = ("_absent", "_decode", "_f32", "_kept", "_plain", "_scaled")

    def __init__(
        self,
        blocks: Sequence[tuple[int, Sequence[Register]]],
        limits: Mapping[str, Limits] | None = None,
        kept: Collection[str] = (),
        absent: Collection[str] = (),
    ) -> None:
        self._absent = tuple(absent)
        registers = [register for _, members in blocks for register in members]
        block_of = [number for number, (_, members) in enumerate(blocks) for _ in members]
        place = {register.name: index for index, register in enumerate(registers)}
        beside = {(block_of[index], register.name): index for index, register in enumerate(registers)}
        self._decode = [compile_block(members, first) for first, members in blocks]
        self._f32 = [i for i, register in enumerate(registers) if register.type is DataType.F32]
        self._plain: list[tuple[str, int, Callable[[Raw, int], Converted]]] = []
        self._scaled: list[tuple[str, int, int, Callable[[Raw, int], Converted]]] = []
        for index, register in enumerate(registers):
            if not register.is_point:
                continue
            convert = compile_conversion(register, (limits or {}).get(register.name))
            if register.scale_register is None:
                self._plain.append((register.name, index, convert))
            elif register.scale_register in place:
                # A scale register may be read twice: only that of the same read is as old as the value.
                at = beside.get((block_of[index], register.scale_register), place[register.scale_register])
                self._scaled.append((register.name, index, at, convert))
            else:
                raise CodecError(register.name, f"its scale register {register.scale_register} is not read")

        self._kept = [
            (register.name, number, slice(start, start + register.type.width * size), "00" * (2 - size))
            for number, (first, members) in enumerate(blocks)
            for register in members
            if register.name in kept and register.is_point
            for size in (1 if register.space.is_bits else 2,)
            for start in ((register.address - first) * size,)
        ]

    def words(self, answers: Sequence[bytes]) -> dict[str, str]:
        """Return the words of the kept registers as they came, hexadecimal, four digits a word."""
        return {name: pad + answers[block][part].hex() for name, block, part, pad in self._kept}

    def decode(self, answers: Sequence[bytes]) -> tuple[dict[str, float | None], dict[str, Quality]]:
        """Return (values, qualities of what is not good); CodecError when an answer is too short."""
        raw: list[Raw] = []
        for decode, answer in zip(self._decode, answers, strict=True):
            raw += decode(answer)
        if self._f32:
            places = self._f32
            for place, value in zip(places, shortest_f32([raw[i] for i in places]), strict=True):
                raw[place] = value
        values: dict[str, float | None] = dict.fromkeys(self._absent)
        quality: dict[str, Quality] = dict.fromkeys(self._absent, Quality.NOT_AVAILABLE)
        for name, index, convert in self._plain:
            _put(name, convert(raw[index], 0), values, quality)
        for name, index, at, convert in self._scaled:
            power = int(raw[at])
            if abs(power) > _MAX_SCALE_POWER:  # includes 0x8000, SunSpec's "not implemented"
                _put(name, Quality.NOT_AVAILABLE, values, quality)
            else:
                _put(name, convert(raw[index], power), values, quality)
        return values, quality


def _put(
    name: str,
    result: Converted,
    values: dict[str, float | None],
    quality: dict[str, Quality],
) -> None:
    if isinstance(result, Quality):
        values[name] = None
        quality[name] = result
    else:
        values[name] = result
