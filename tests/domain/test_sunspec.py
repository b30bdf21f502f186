"""A chain of SunSpec models: found two words at a time, refused where it cannot be; profiles placed on it."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from domain.errors import BadAnswer
from domain.registers import DataType, DeviceProfile, Identity, ReadableRange, Register, Space
from domain.sunspec import BASES, Chain, Model, Walk, headers, missing_patterns, placed
from domain.units import SCALE_FACTOR
from tests.domain.registers import register

Words = dict[int, int]


def chain_words(base: int, *models: tuple[int, int], end: int | None = 0xFFFF) -> Words:
    """Return the words of marker and headers; (id, length said) of each model, its content all zeros."""
    words, place = {base: 0x5375, base + 1: 0x6E53}, base + 2
    for number, length in models:
        words |= {place: number, place + 1: length}
        words |= dict.fromkeys(range(place + 2, place + 2 + length), 0)
        place += 2 + length
    if end is not None:
        words |= {place: end, place + 1: 0}
    return words


def walked(words: Words) -> Chain:
    """Walk to the end; what is not among the words is refused."""
    way = Walk("meter")
    while (at := way.wanted) is not None:
        if at in words and at + 1 in words:
            way.take(struct.pack(">HH", words[at], words[at + 1]))
        else:
            way.pass_over()
    assert way.chain is not None
    return way.chain


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("common", [65, 66])
def test_a_chain_is_found_at_each_base_with_either_length_of_the_common_model(base: int, common: int) -> None:
    chain = walked(chain_words(base, (1, common), (103, 50), (64001, 7)))
    assert chain.base == base
    assert [(model.id, model.first - base, model.length) for model in chain.models] == [
        (1, 2, common),
        (103, 4 + common, 50),
        (64001, 56 + common, 7),
    ]
    assert chain.end == base + 67 + common


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({}, "no SunSpec marker at 40000, 50000 or 0; is SunSpec enabled"),
        (chain_words(40001, (1, 66)), "no SunSpec marker"),
        (chain_words(40000, (103, 50)), "begins with model 103 at 40002 and not with the common model"),
        (chain_words(40000, (1, 66), (103, 65000)), "gives model 103 at 40070 the length 65000"),
        (chain_words(40000, (1, 66), (103, 50), end=None), r"breaks off at 40122.* 103 \(length 50\)"),
        (chain_words(40000, (1, 66), (103, 50), end=0), "has no model id at 40122"),
        (chain_words(40000, (1, 66), *((103, 50),) * 200), "has no end after 128 models"),
    ],
    ids=["nothing", "one_off", "no_common", "too_long", "ends_early", "zeros", "never_ends"],
)
def test_a_chain_that_cannot_be_is_refused_with_what_was_found(words: Words, says: str) -> None:
    with pytest.raises(BadAnswer, match=says) as caught:
        walked(words)
    assert caught.value.kind == "sunspec"
    assert caught.value.hint


def test_a_length_that_lies_ends_in_data_that_is_no_model() -> None:
    """The next header is looked for inside the model, where zeros stand."""
    words = chain_words(40000, (1, 66), (103, 50))
    words[40071] = 48
    with pytest.raises(BadAnswer, match=r"no model id at 40120; before that came .*103 \(length 48\)"):
        walked(words)


# Placing

POWER = register(DataType.I16, 14, name="power", unit="W", model=103, scale_register="power_sf")
POWER_SF = register(DataType.I16, 15, name="power_sf", unit=SCALE_FACTOR, model=103)
ENERGY = register(DataType.U32, 24, name="energy", unit="Wh", model=103)
LATE = register(DataType.U16, 51, name="late", unit="code", model=103)
FIXED = register(DataType.U16, 7, name="fixed", unit="code")


def profile(*registers: Register, **more: Any) -> DeviceProfile:
    return DeviceProfile(
        id="p", maker="m", model="m", kind="k", manual="", source="", hardware="", registers=registers, **more
    )


def chain(*models: tuple[int, int, int]) -> Chain:
    """Return a chain of (id, address of the id word, length)."""
    return Chain(
        base=40000, models=tuple(Model(id=number, first=at, length=long) for number, at, long in models)
    )


def addresses(made: DeviceProfile) -> dict[str, int]:
    return {each.name: each.address for each in made.registers}


def test_registers_get_the_addresses_of_the_device_and_each_model_is_one_range() -> None:
    made = placed(profile(POWER, POWER_SF, FIXED), chain((1, 40002, 66), (103, 40070, 50)))
    assert addresses(made) == {"power": 40084, "power_sf": 40085, "fixed": 7, "model 103": 40070}
    assert [(each.first, each.end) for each in made.readable] == [(40002, 40070), (40070, 40122)]
    assert [each.name for each in made.points] == ["power", "fixed"]


def test_what_the_device_has_not_is_left_out_with_all_that_it_scales() -> None:
    other = register(DataType.U16, 5, name="other", unit="W", model=160, scale_register="power_sf")
    made = placed(profile(POWER, POWER_SF, ENERGY, LATE, other), chain((1, 40002, 66), (103, 40070, 50)))
    assert "other" not in addresses(made)
    assert addresses(made)["late"] == 40121
    short = placed(profile(POWER, POWER_SF, ENERGY, LATE), chain((1, 40002, 66), (103, 40070, 13)))
    assert "power" not in addresses(short)
    assert [each.name for each in placed(profile(POWER, POWER_SF), chain((1, 40002, 66))).registers] == []


def test_the_first_of_several_models_of_one_id_is_taken() -> None:
    found = chain((1, 40002, 66), (103, 40070, 50), (103, 40122, 52))
    assert addresses(placed(profile(ENERGY), found))["energy"] == 40094
    assert headers(found)["model 103"] == bytes((0, 103, 0, 50))


def test_a_range_of_the_profile_gives_way_where_the_chain_lies() -> None:
    ranges = tuple(
        ReadableRange(space=space, first=first, end=end)
        for space, first, end in (
            (Space.HOLDING, 39000, 40100),
            (Space.HOLDING, 0, 9),
            (Space.INPUT, 0, 65000),
        )
    )
    made = placed(profile(ENERGY, FIXED, readable=ranges), chain((1, 40002, 66), (103, 40070, 50)))
    assert [(each.space, each.first) for each in made.readable] == [
        (Space.HOLDING, 0),
        (Space.INPUT, 0),
        (Space.HOLDING, 40002),
        (Space.HOLDING, 40070),
    ]


def test_an_identity_in_a_model_is_placed_and_one_of_a_model_that_is_not_there_stays_unplaced() -> None:
    known = Identity(space=Space.HOLDING, address=2, count=16, text="Maker", model=1)
    absent = Identity(space=Space.HOLDING, address=0, count=1, words=(160,), model=160)
    made = placed(profile(ENERGY, identities=(known, absent)), chain((1, 40002, 66), (103, 40070, 50)))
    assert [(each.address, each.model) for each in made.identities] == [(40004, None), (0, 160)]


@pytest.mark.parametrize(
    ("kind", "is_counter", "pattern"),
    [
        (DataType.I16, False, {0x8000}),
        (DataType.U16, False, {0xFFFF}),
        (DataType.I32, False, {0x8000_0000}),
        (DataType.U32, False, {0xFFFF_FFFF}),
        (DataType.I64, False, {0x8000_0000_0000_0000}),
        (DataType.U64, False, {0xFFFF_FFFF_FFFF_FFFF}),
        (DataType.U16, True, {0}),
        (DataType.U32, True, {0}),
        (DataType.U64, True, {0}),
        (DataType.F32, False, set()),
        (DataType.F32, True, set()),
    ],
)
def test_each_type_has_its_own_mark_for_no_value(
    kind: DataType, *, is_counter: bool, pattern: set[int]
) -> None:
    assert missing_patterns(kind, is_counter=is_counter) == pattern
