"""Words to values, against an encoder of its own."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codec import DeviceDecoder, Limits, compile_block, compile_words, shortest_f32
from domain.errors import CodecError
from domain.reading import Quality
from domain.registers import DataType, Order, Register, Space
from domain.units import CONVERSIONS, SCALE_FACTOR
from tests.domain.registers import exact, register, words

INTEGERS = {
    DataType.BIT: (0, 1), DataType.U16: (0, 2**16 - 1), DataType.I16: (-(2**15), 2**15 - 1),
    DataType.U32: (0, 2**32 - 1), DataType.I32: (-(2**31), 2**31 - 1), DataType.U48: (0, 2**48 - 1),
    DataType.U64: (0, 2**64 - 1), DataType.I64: (-(2**63), 2**63 - 1), DataType.BCD16: (0, 10**4 - 1),
    DataType.BCD32: (0, 10**8 - 1), DataType.BCD48: (0, 10**12 - 1), DataType.BCD64: (0, 10**16 - 1),
}  # fmt: skip
SCALES = [Fraction(1), Fraction(1, 10), Fraction(1, 1000), Fraction(1000), Fraction(-1, 100), Fraction(3, 7)]
orders = st.sampled_from(list(Order))
scales = st.sampled_from(SCALES)


def decode_one(
    target: Register, content: bytes, limits: Limits | None = None
) -> tuple[float | None, Quality | None]:
    """Return value and quality of a single register read alone."""
    decoder = DeviceDecoder([(target.address, [target])], {target.name: limits} if limits else None)
    values, quality = decoder.decode([content])
    return values[target.name], quality.get(target.name)


# Round trips


@pytest.mark.parametrize("kind", list(INTEGERS))
@given(data=st.data(), word_order=orders, byte_order=orders, scale=scales)
def test_an_integer_is_scaled_exactly_and_rounded_once(
    kind: DataType, data: st.DataObject, word_order: Order, byte_order: Order, scale: Fraction
) -> None:
    raw = data.draw(st.integers(*INTEGERS[kind]))
    unit = data.draw(st.sampled_from(["kWh", "Wh", "MJ", "GJ", "L/min"]))
    target = register(kind, 7, unit=unit, scale=scale, word_order=word_order, byte_order=byte_order)
    content = words(kind, raw, word_order=word_order, byte_order=byte_order)
    value, quality = decode_one(target, content)
    assert quality is None
    assert value == float(exact(raw, scale, CONVERSIONS[unit].factor))


@given(
    raw=st.floats(allow_nan=False, allow_infinity=False, width=32),
    word_order=orders,
    byte_order=orders,
)
def test_a_float32_comes_back_as_the_same_float32(raw: float, word_order: Order, byte_order: Order) -> None:
    target = register(DataType.F32, word_order=word_order, byte_order=byte_order)
    content = words(DataType.F32, raw, word_order=word_order, byte_order=byte_order)
    value, quality = decode_one(target, content)
    assert quality is None
    assert value is not None
    assert struct.pack(">f", value) == struct.pack(">f", raw)


@given(raw=st.floats(min_value=-1e290, max_value=1e290), word_order=orders, byte_order=orders, scale=scales)
def test_a_float64_is_scaled_to_within_two_roundings(
    raw: float, word_order: Order, byte_order: Order, scale: Fraction
) -> None:
    target = register(DataType.F64, scale=scale, word_order=word_order, byte_order=byte_order)
    content = words(DataType.F64, raw, word_order=word_order, byte_order=byte_order)
    value, quality = decode_one(target, content)
    assert quality is None
    assert value == pytest.approx(float(exact(raw, scale, Fraction(1))), rel=1e-15, abs=1e-300)


@given(whole=st.integers(0, 2**32 - 1), thousandths=st.integers(0, 999), word_order=orders, byte_order=orders)
def test_a_whole_number_and_its_fraction_are_one_value(
    whole: int, thousandths: int, word_order: Order, byte_order: Order
) -> None:
    target = register(DataType.U32_F32, 3, unit="m3", word_order=word_order, byte_order=byte_order)
    content = b"".join(
        words(kind, raw, word_order=word_order, byte_order=byte_order)
        for kind, raw in ((DataType.U32, whole), (DataType.F32, thousandths / 1000))
    )
    assert decode_one(target, content) == (whole + thousandths / 1000, None)


def test_a_whole_number_with_a_fraction_that_is_none_has_no_value() -> None:
    target = register(DataType.I32_F32, unit="m3")
    assert decode_one(target, struct.pack(">if", -5, 0.25)) == (-4.75, None)
    assert decode_one(target, struct.pack(">if", 7, math.nan)) == (None, Quality.NOT_AVAILABLE)
    unset = register(DataType.U32_F32, unit="m3", not_available=frozenset({2**64 - 1}))
    assert decode_one(unset, b"\xff" * 8) == (None, Quality.NOT_AVAILABLE)
    assert compile_words(target)(int.from_bytes(struct.pack(">if", 7, 0.5), "big"), 0) == (7.5, 7.5)


@given(raw=st.floats(width=32, min_value=-(2.0**60), max_value=2.0**60), word_order=orders)
def test_a_float_in_gigajoules_is_rounded_once(raw: float, word_order: Order) -> None:
    target = register(DataType.F32, unit="GJ", word_order=word_order)
    content = words(DataType.F32, raw, word_order=word_order, byte_order=Order.BIG)
    [short] = shortest_f32([raw])
    assert decode_one(target, content) == (float(Fraction(short) * Fraction(2500, 9)), None)


def test_an_offset_is_in_the_registers_unit_and_kelvin_becomes_celsius() -> None:
    kelvin = register(DataType.U16, unit="K", scale=Fraction(1, 10))
    assert decode_one(kelvin, struct.pack(">H", 2932)) == (20.05, None)
    shifted = register(DataType.U16, unit="Wh", offset=Fraction(500))
    assert decode_one(shifted, struct.pack(">H", 1000)) == (1.5, None)


# shortest_f32


@given(st.lists(st.floats(width=32), max_size=30))
def test_the_short_double_is_the_same_float32(values: list[float]) -> None:
    for value, short in zip(values, shortest_f32(values), strict=True):
        assert short == value or struct.pack(">f", short) == struct.pack(">f", value) or short != short


@given(st.integers(1, 999_999), st.integers(-3, 1))
def test_a_number_of_six_digits_comes_back_with_those_digits(digits: int, power: int) -> None:
    shown = float(f"{digits}e{power}")
    wire: float = struct.unpack(">f", struct.pack(">f", shown))[0]
    assert shortest_f32([wire]) == [shown]


def test_a_person_sees_the_number_that_the_meter_shows() -> None:
    wire = [struct.unpack(">f", struct.pack(">f", value))[0] for value in (230.1, 0.1, 16777216.0, 49.98)]
    assert shortest_f32(wire) == [230.1, 0.1, 16777216.0, 49.98]


def test_one_odd_float_does_not_spoil_its_neighbours() -> None:
    largest = struct.unpack(">f", b"\x7f\x7f\xff\xff")[0]
    found = shortest_f32(
        [math.nan, math.inf, -math.inf, largest, struct.unpack(">f", b"\x43\x66\x19\x9a")[0]]
    )
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, 3.4028235e38, 230.1]


# What is no value


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (DataType.U16, 0xFFFF), (DataType.I16, 0x8000), (DataType.U32, 0xFFFFFFFF),
        (DataType.I32, 0x80000000),
        (DataType.U48, 0xFFFFFFFFFFFF), (DataType.U64, 2**64 - 1), (DataType.I64, 2**63),
        (DataType.F32, 0x7F7FFFFF), (DataType.F32, 0x42F6E979), (DataType.F32, 0xC61C3C00),
        (DataType.F64, 0x7FEFFFFFFFFFFFFF), (DataType.BCD32, 0xFFFFFFFF), (DataType.BCD16, 0x1234),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", list(Order))
def test_the_not_available_pattern_is_no_value(kind: DataType, pattern: int, order: Order) -> None:
    target = register(kind, not_available=frozenset({pattern}), word_order=order)
    content = pattern.to_bytes(2 * kind.width, "big")
    if order is Order.LITTLE:
        content = b"".join(content[place : place + 2] for place in reversed(range(0, len(content), 2)))
    assert decode_one(target, content) == (None, Quality.NOT_AVAILABLE)


def test_a_bcd_number_that_equals_the_pattern_only_in_decimal_is_a_value() -> None:
    target = register(DataType.BCD16, not_available=frozenset({0x1234}))
    assert decode_one(target, bytes.fromhex("4660")) == (4660.0, None)  # 0x1234 is 4660


@pytest.mark.parametrize("content", ["7fc00000", "ffc00000", "7f800001", "7fffffff"])
def test_not_a_number_is_not_available(content: str) -> None:
    assert decode_one(register(DataType.F32), bytes.fromhex(content)) == (None, Quality.NOT_AVAILABLE)
    double = bytes.fromhex("7ff8000000000000")
    assert decode_one(register(DataType.F64), double) == (None, Quality.NOT_AVAILABLE)


@pytest.mark.parametrize("content", ["7f800000", "ff800000"])
@pytest.mark.parametrize("scale", SCALES)
def test_infinity_is_out_of_range_with_limits_or_without(content: str, scale: Fraction) -> None:
    target = register(DataType.F32, scale=scale)
    assert decode_one(target, bytes.fromhex(content)) == (None, Quality.OUT_OF_RANGE)
    assert decode_one(target, bytes.fromhex(content), Limits()) == (None, Quality.OUT_OF_RANGE)


def test_a_double_that_overflows_when_scaled_is_out_of_range() -> None:
    target = register(DataType.F64, unit="GWh", scale=Fraction(1000))
    assert decode_one(target, struct.pack(">d", 1e305)) == (None, Quality.OUT_OF_RANGE)


@pytest.mark.parametrize("content", ["000A", "F000", "12C4"])
def test_a_digit_above_nine_in_bcd_is_out_of_range(content: str) -> None:
    assert decode_one(register(DataType.BCD16), bytes.fromhex(content)) == (None, Quality.OUT_OF_RANGE)


def test_the_limits_of_a_point_are_in_canonical_units_and_inclusive() -> None:
    target = register(DataType.I16, unit="W")
    limits = Limits(minimum=-1.0, maximum=2.0)
    assert decode_one(target, struct.pack(">h", 2000), limits) == (2.0, None)
    assert decode_one(target, struct.pack(">h", 2001), limits) == (None, Quality.OUT_OF_RANGE)
    assert decode_one(target, struct.pack(">h", -1001), limits) == (None, Quality.OUT_OF_RANGE)


# SunSpec scale factors


def scaled(raw: int, power: bytes) -> tuple[float | None, Quality | None]:
    value = register(DataType.U32, 10, name="energy", unit="Wh", scale_register="energy_sf")
    factor = register(DataType.I16, 12, name="energy_sf", unit=SCALE_FACTOR)
    values, quality = DeviceDecoder([(10, [value, factor])]).decode([struct.pack(">I", raw) + power])
    assert set(values) == {"energy"}
    return values["energy"], quality.get("energy")


@given(st.integers(0, 2**32 - 1), st.integers(-10, 10))
def test_a_scale_factor_is_a_power_of_ten_and_exact(raw: int, power: int) -> None:
    expected = float(exact(raw, Fraction(1), Fraction(1, 1000), power))
    assert scaled(raw, struct.pack(">h", power)) == (expected, None)


@pytest.mark.parametrize("power", [-(2**15), 11, -11, 2**15 - 1])
def test_a_scale_factor_that_is_none_takes_the_value_with_it(power: int) -> None:
    assert scaled(5, struct.pack(">h", power)) == (None, Quality.NOT_AVAILABLE)


def test_a_scale_factor_may_lie_in_another_block_but_must_be_read() -> None:
    value = register(DataType.U16, 10, name="power", unit="W", scale_register="power_sf")
    factor = register(DataType.I16, 300, name="power_sf", unit=SCALE_FACTOR)
    decoder = DeviceDecoder([(300, [factor]), (10, [value])])
    assert decoder.decode([b"\0\3", b"\0\7"]) == ({"power": 7.0}, {})
    with pytest.raises(CodecError, match="power_sf is not read"):
        DeviceDecoder([(10, [value])])


# Blocks


@given(data=st.data(), byte_order=orders)
def test_registers_in_any_order_with_holes_are_each_found_in_their_block(
    data: st.DataObject, byte_order: Order
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(INTEGERS)), min_size=1, max_size=8))
    address, content, targets, raws = 40, b"", [], []
    for number, kind in enumerate(kinds):
        hole = data.draw(st.integers(0, 2))
        content += data.draw(st.binary(min_size=2 * hole, max_size=2 * hole))
        address += hole
        word_order = data.draw(orders)
        raws.append(data.draw(st.integers(*INTEGERS[kind])))
        targets.append(
            register(kind, address, name=f"r{number}", word_order=word_order, byte_order=byte_order)
        )
        content += words(kind, raws[-1], word_order=word_order, byte_order=byte_order)
        address += kind.width
    places = data.draw(st.permutations(range(len(targets))))
    found = compile_block([targets[place] for place in places], 40)(content)
    for place, raw in zip(places, found, strict=True):
        seen = int(f"{raw:x}") if targets[place].type.is_bcd else raw
        assert seen == raws[place]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("kind", [DataType.U16, DataType.U32, DataType.U48, DataType.F64])
def test_a_block_that_is_too_short_is_an_error_with_a_name(kind: DataType, order: Order) -> None:
    decode = compile_block([register(kind, 12, name="energy", word_order=order)], 10)
    size = 4 + 2 * kind.width
    for short in (0, 1, size - 2, size - 1):
        with pytest.raises(CodecError, match="energy"):
            decode(bytes(short))
    assert decode(bytes(size)) == (0,)
    assert decode(bytes(size) + b"\xff\xff") == (0,)


def test_bits_are_one_byte_each_in_their_spaces_and_a_flag_word_uses_its_low_byte() -> None:
    coils = [register(DataType.BIT, place, name=f"c{place}", space=Space.COIL) for place in (3, 5)]
    assert compile_block(coils, 3)(bytes([1, 0, 0])) == (1, 0)
    assert compile_block([register(DataType.BIT)], 0)(b"\x00\x01") == (1,)
    assert compile_block([register(DataType.BIT, byte_order=Order.LITTLE)], 0)(b"\x01\x00") == (1,)


# Words whose meaning is written elsewhere


@pytest.mark.parametrize(
    ("target", "content", "expected"),
    [
        # Modbus Application Protocol V1.1b3, 6.3: registers 022B 0000 0064
        (register(DataType.U16), "022b", 555.0),
        (register(DataType.U16), "0064", 100.0),
        # IEEE 754 binary32, as ABCD, CDAB, BADC and DCBA
        (register(DataType.F32, unit="V"), "43663333", 230.2),
        (register(DataType.F32, unit="V", word_order=Order.LITTLE), "33334366", 230.2),
        (register(DataType.F32, unit="V", byte_order=Order.LITTLE), "66433333", 230.2),
        (
            register(DataType.F32, unit="V", word_order=Order.LITTLE, byte_order=Order.LITTLE),
            "33336643",
            230.2,
        ),
        # SunSpec: an acc32 of Wh
        (register(DataType.U32, unit="Wh"), "0012d687", 1234.567),
        (register(DataType.I32, unit="W", scale=Fraction(1, 10)), "fffffff6", -0.001),
        (register(DataType.BCD32, unit="m3", scale=Fraction(1, 100)), "12345678", 123456.78),
        (register(DataType.U48, unit="Wh"), "000100000000", 4294967.296),
    ],
)  # fmt: skip
def test_words_from_documents_mean_what_the_documents_say(
    target: Register, content: str, expected: float
) -> None:
    assert decode_one(target, bytes.fromhex(content)) == (expected, None)
