"""Register words kept as evidence: what they were on the wire, what they mean, for every type and order."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codec import DeviceDecoder, Limits, compile_words, powers_giving, words_text
from domain.errors import CodecError
from domain.reading import WORDS, Quality
from domain.registers import DataType, Order, Register, Space
from domain.units import SCALE_FACTOR
from tests.domain.registers import register

orders = st.sampled_from(list(Order))


@st.composite
def kept_registers(draw: st.DrawFn) -> Register:
    return register(
        draw(st.sampled_from(list(DataType))),
        draw(st.integers(0, 9)),
        unit=draw(st.sampled_from(["kWh", "Wh", "K"])),
        scale=draw(st.sampled_from([Fraction(1), Fraction(1, 1000), Fraction(-3, 7)])),
        word_order=draw(orders),
        byte_order=draw(orders),
        not_available=frozenset({0}) if draw(st.booleans()) else frozenset(),
    )


@given(target=kept_registers(), data=st.data())
def test_the_kept_words_are_the_bytes_of_the_answer_and_mean_the_value_again(
    target: Register, data: st.DataObject
) -> None:
    before = data.draw(st.integers(0, target.address))
    size = 2 * target.type.width
    content = data.draw(st.binary(min_size=size, max_size=size))
    limits = {"x": Limits(minimum=-1e6, maximum=1e6)}
    decoder = DeviceDecoder([(target.address - before, [target])], limits, kept={"x"})
    answer = bytes(2 * before) + content
    values, quality = decoder.decode([answer])
    text = decoder.words([answer])["x"]
    assert WORDS.fullmatch(text)
    assert text == content.hex() == words_text(target, int(text, 16))
    _, found = compile_words(target, limits["x"])(int(text, 16), 0)
    assert found == quality.get("x", values["x"])
    assert type(found) is (Quality if "x" in quality else type(values["x"]))


def test_only_what_is_asked_for_is_kept_and_each_from_its_own_block() -> None:
    first, second = register(DataType.U16, 7, name="a"), register(DataType.U32, 9, name="b")
    third, bit = register(DataType.U16, 40, name="c"), register(DataType.BIT, 3, name="d", space=Space.COIL)
    blocks = [(7, [first, second]), (40, [third]), (2, [bit])]
    answers = [bytes.fromhex("0001ffff00020003"), b"\0\4", b"\0\1"]
    assert DeviceDecoder(blocks).words(answers) == {}
    kept = DeviceDecoder(blocks, kept=["b", "c", "d", "ghost"]).words(answers)
    assert kept == {"b": "00020003", "c": "0004", "d": "0001"}
    assert compile_words(bit)(int(kept["d"], 16), 0) == (1, 1.0)


def test_words_read_by_another_profile_say_another_value_or_are_too_many() -> None:
    wide, narrow = register(DataType.U32, unit="Wh"), register(DataType.U16)
    assert compile_words(wide)(0x0012D687, 0) == (1234567, 1234.567)
    turned = register(DataType.U32, unit="Wh", word_order=Order.LITTLE)
    assert compile_words(turned)(0x0012D687, 0) == (0xD6870012, 0xD6870012 / 1000)
    with pytest.raises(CodecError, match="the words are more"):
        compile_words(narrow)(0x0012D687, 0)


@given(raw=st.integers(1, 2**32 - 1), power=st.integers(-10, 10))
def test_the_power_of_a_scale_register_is_found_from_value_and_words(raw: int, power: int) -> None:
    target = register(DataType.U32, 10, unit="Wh", scale_register="sf")
    factor = register(DataType.I16, 12, name="sf", unit=SCALE_FACTOR)
    decoder = DeviceDecoder([(10, [target, factor])], kept={"x", "sf"})
    answer = struct.pack(">Ih", raw, power)
    value = decoder.decode([answer])[0]["x"]
    kept = decoder.words([answer])
    assert kept == {"x": f"{raw:08x}"}
    assert value is not None
    read = compile_words(target)
    assert powers_giving(target, read, raw, value) == [power]
    assert powers_giving(target, read, raw, -1.0) == []


def test_a_power_that_is_none_gives_no_value() -> None:
    target = register(DataType.U16, scale_register="sf")
    assert compile_words(target)(5, -(2**15)) == (5, Quality.NOT_AVAILABLE)
