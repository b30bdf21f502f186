"""Columns of values are shown by a register as each value alone is, bit for bit."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.registers import DataType, Order, Register
from simulators.columns import Words, shortest_decimals, shown, words_shown
from simulators.noise import Floats
from simulators.registers import meaning, shortest_decimal_of_f32, words_of
from tests.simulators.wire import register

SCALES = (Fraction(1), Fraction(1, 100), Fraction(1, 3), Fraction(25, 4), Fraction(1000), Fraction(10**12))
UNITS = ("kWh", "Wh", "MJ", "K", "L/s", "1")


def one_by_one(found: Register, values: Floats, power: int) -> Floats:
    meant = [meaning(found, words_of(found, value, power), power) for value in values.tolist()]
    return np.array([np.nan if value is None else value for value in meant])


def words_one_by_one(found: Register, values: Floats, power: int) -> Words:
    texts = ["".join(f"{word:04x}" for word in words_of(found, value, power)) for value in values.tolist()]
    return np.array([int(text, 16) for text in texts], np.uint64)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    kind = draw(st.sampled_from(DataType))
    is_counter = draw(st.booleans()) and kind is not DataType.BIT
    modulus = draw(st.sampled_from((None, 10**4, 2**16))) if is_counter else None
    return register(
        "r",
        0,
        kind,
        draw(st.sampled_from(UNITS)),
        scale=draw(st.sampled_from(SCALES)),
        offset=draw(st.sampled_from((Fraction(0), Fraction(-40), Fraction(1, 10)))),
        is_counter=is_counter,
        modulus=modulus,
        word_order=draw(st.sampled_from(Order)),
        byte_order=draw(st.sampled_from(Order)),
        not_available=frozenset(
            draw(st.lists(st.sampled_from((0, 1, 0x8000, 0xFFFF, 2**32 - 1)), max_size=2))
        ),
    )


VALUES = st.one_of(
    st.floats(-1e9, 1e9),
    st.integers(-(2**20), 2**33).map(float),
    st.integers(-(2**20), 2**20).map(lambda whole: whole / 100 + 0.005),
    st.integers(0, 2**20).map(lambda whole: whole / 3.6),
    st.sampled_from((0.0, -0.0, 1e-300, 1e17, -1e17, 2.0**53, 65535.0, 65535.5, 1e30)),
)


@settings(max_examples=150, deadline=None)
@given(found=registers(), values=st.lists(VALUES, min_size=1, max_size=20), power=st.integers(-3, 11))
def test_a_column_is_shown_as_its_values_one_by_one(found: Register, values: list[float], power: int) -> None:
    column = np.array(values)
    assert shown(found, column, power).tobytes() == one_by_one(found, column, power).tobytes()
    assert words_shown(found, column, power).tolist() == words_one_by_one(found, column, power).tolist()


@pytest.mark.parametrize("text", ["1/100", "1/1000", "1/3", "1"])
def test_counts_next_to_a_step_of_the_register_are_not_rounded_across_it(text: str) -> None:
    scale = Fraction(text)
    found = register("r", 0, DataType.U32, "m3", scale=scale, is_counter=True, modulus=10**9)
    steps = np.array([float(count * scale) for count in range(10**8, 10**8 + 300)])
    column = np.concatenate([np.nextafter(steps, 0.0), steps, np.nextafter(steps, np.inf)])
    assert shown(found, column).tobytes() == one_by_one(found, column, 0).tobytes()
    assert words_shown(found, column).tolist() == words_one_by_one(found, column, 0).tolist()


def test_a_column_of_shortest_decimals_is_that_of_each_float32() -> None:
    patterns = np.random.default_rng(1).integers(0, 2**32, 3000, dtype=np.uint32)
    halves = np.arange(2_000_000, 2_000_600, dtype=np.float64) * 0.5
    powers = 2.0 ** np.arange(-40, 60)
    column = np.concatenate([patterns.view(np.float32), halves.astype(np.float32), powers.astype(np.float32)])
    column = np.concatenate([column, np.array([0.0, -0.0, 12.5, 0.1, 16777216.0, 9.9999998e14], np.float32)])
    column = column[np.isfinite(column)]
    expected = np.array([shortest_decimal_of_f32(value) for value in column.tolist()])
    found = shortest_decimals(column)
    assert found.tobytes() == expected.tobytes()
    assert struct.pack(f">{len(column)}f", *found.tolist()) == column.astype(">f4").tobytes()


def test_an_empty_column_is_empty() -> None:
    assert len(shown(register("r", 0), np.empty(0))) == len(words_shown(register("r", 0), np.empty(0))) == 0
