"""Values to words against literal bytes written by hand, and back."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.registers import DataType, Order, Register, Space
from simulators.registers import canonical_modulus, choose_power, meaning, shortest_decimal_of_f32, words_of
from tests.simulators.wire import register

LITERAL = [
    (DataType.U16, 4660.0, "1234"),
    (DataType.I16, -2.0, "fffe"),
    (DataType.U32, 305419896.0, "12345678"),
    (DataType.I32, -2.0, "fffffffe"),
    (DataType.U48, 20015998343868.0, "123456789abc"),
    (DataType.U64, 78187493520.0, "0000001234567890"),
    (DataType.I64, -3.0, "fffffffffffffffd"),
    (DataType.F32, 230.1, "4366199a"),
    (DataType.F64, 230.1, "406cc33333333333"),
    (DataType.BCD16, 1234.0, "1234"),
    (DataType.BCD32, 12345678.0, "12345678"),
    (DataType.BCD48, 123456789012.0, "123456789012"),
    (DataType.BCD64, 1234567890123456.0, "1234567890123456"),
    (DataType.U32_F32, 123456.789, "0001e2403f49fbe7"),
    (DataType.I32_F32, -1.75, "fffffffe3e800000"),
    (DataType.BIT, 1.0, "0001"),
]


def as_hex(words: tuple[int, ...]) -> str:
    return struct.pack(f">{len(words)}H", *words).hex()


@pytest.mark.parametrize(("kind", "value", "expected"), LITERAL)
def test_each_type_has_the_bytes_written_by_hand(kind: DataType, value: float, expected: str) -> None:
    found = register("x", 0, kind, "kW")
    words = words_of(found, value)
    assert as_hex(words) == expected
    assert meaning(found, words) == value


@pytest.mark.parametrize(
    ("word_order", "byte_order", "expected"),
    [
        (Order.BIG, Order.BIG, "12345678"),
        (Order.LITTLE, Order.BIG, "56781234"),
        (Order.BIG, Order.LITTLE, "34127856"),
        (Order.LITTLE, Order.LITTLE, "78563412"),
    ],
)
def test_word_order_and_byte_order_are_two_things(
    word_order: Order, byte_order: Order, expected: str
) -> None:
    found = register("x", 0, DataType.U32, "kW", word_order=word_order, byte_order=byte_order)
    words = words_of(found, float(0x12345678))
    assert as_hex(words) == expected
    assert meaning(found, words) == 0x12345678


def test_a_u48_with_little_words_turns_all_three() -> None:
    found = register("x", 0, DataType.U48, "kW", word_order=Order.LITTLE)
    assert as_hex(words_of(found, float(0x123456789ABC))) == "9abc56781234"


def test_a_number_with_its_fraction_turns_each_by_itself() -> None:
    found = register("x", 0, DataType.U32_F32, "m3", word_order=Order.LITTLE, byte_order=Order.LITTLE)
    assert as_hex(words_of(found, 123456.789)) == "40e20100e7fb493f"
    assert meaning(found, words_of(found, 123456.789)) == 123456.789


def test_a_bit_in_a_bit_space_is_one_bit() -> None:
    found = register("x", 0, DataType.BIT, "code", space=Space.COIL)
    assert (words_of(found, 1.0), words_of(found, 0.0)) == ((1,), (0,))


def test_scale_offset_and_unit_are_undone_exactly() -> None:
    # canonical kPa = (raw * 0.5 - 100) mbar * 0.1
    found = register("p", 0, DataType.U16, "mbar", scale=Fraction(1, 2), offset=Fraction(-100))
    assert words_of(found, 126.3) == (2726,)
    assert meaning(found, (2726,)) == 126.3
    kelvin = register("t", 0, DataType.U16, "K", scale=Fraction(1, 10))
    assert words_of(kelvin, 25.0) == (2982,)  # 298.15 K rounds to 298.2
    assert meaning(kelvin, (2982,)) == 25.05


def test_the_scale_registers_power_shifts_the_raw_number() -> None:
    found = register("p", 0, DataType.I16, "W", scale_register="p_sf")
    assert words_of(found, 123.4, power=1) == (12340,)
    assert meaning(found, (12340,), power=1) == 123.4
    assert meaning(found, (12340,), power=-32768) is None


def test_the_chosen_power_is_the_finest_that_shows_the_maximum() -> None:
    found = register("p", 0, DataType.I16, "W")
    assert choose_power([found], [3.0]) == -1
    assert choose_power([found], [30.0]) == 0
    assert choose_power([found], [1100.0]) == 2


def test_a_counter_wraps_at_its_modulus_and_truncates() -> None:
    found = register("e", 0, DataType.U32, "Wh", is_counter=True, modulus=10**6)
    assert meaning(found, words_of(found, 999.9999)) == 999.999
    assert meaning(found, words_of(found, 1000.0015)) == 0.001
    assert canonical_modulus(found) == 1000.0
    natural = register("e", 0, DataType.U16, "kWh", is_counter=True)
    assert words_of(natural, 65537.0) == (1,)
    assert words_of(register("e", 0, DataType.BCD16, "kWh", is_counter=True), 10001.0) == (1,)


def test_what_is_no_counter_saturates() -> None:
    assert words_of(register("p", 0, DataType.I16, "kW"), 1e9) == (32767,)
    assert words_of(register("p", 0, DataType.I16, "kW"), -math.inf) == (32768,)
    assert words_of(register("p", 0, DataType.U16, "kW"), -5.0) == (0,)


def test_no_value_is_shown_by_the_pattern_or_not_at_all() -> None:
    marked = register("p", 0, DataType.I16, "kW", not_available=frozenset({0x8000}))
    assert words_of(marked, None) == (0x8000,)
    assert meaning(marked, (0x8000,)) is None
    assert words_of(register("p", 0, DataType.F32, "kW"), None) == (0x7FC0, 0)
    assert meaning(register("p", 0, DataType.F32, "kW"), (0x7F80, 0)) is None
    assert meaning(register("p", 0, DataType.BCD16, "kW"), (0x12AF,)) is None
    with pytest.raises(ValueError, match="shows no gap"):
        words_of(register("p", 0, DataType.U16, "kW"), None)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_shortest_decimal_of_a_float32_is_the_same_float32(value: float) -> None:
    assert struct.pack(">f", shortest_decimal_of_f32(value)) == struct.pack(">f", value)


_INTEGERS = [kind for kind in DataType if not kind.is_float and kind is not DataType.BIT]


def _registers() -> st.SearchStrategy[Register]:
    return st.builds(
        lambda kind, words, order, scale: register(
            "x", 0, kind, "kW", word_order=words, byte_order=order, scale=Fraction(scale)
        ),
        st.sampled_from(_INTEGERS),
        st.sampled_from(Order),
        st.sampled_from(Order),
        st.sampled_from(["1", "1/10", "1/1000", "60", "1/3"]),
    )


@given(_registers(), st.integers(0, 9999))
def test_what_words_mean_is_written_as_the_same_words(found: Register, raw: int) -> None:
    value = float(raw * found.scale)
    words = words_of(found, value)
    assert meaning(found, words) == value
    assert len(words) == found.type.width
