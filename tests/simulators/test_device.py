"""A device shows f(floor(instant / refresh) * refresh), and refuses as real ones do."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.registers import DataType, ReadableRange, Space
from simulators.answering import Refusal
from simulators.device import SimulatedDevice, merge_runs
from simulators.effects import Source, Spell, below_modulus, exchanged, stuck
from simulators.hostile import Hostility, Kind
from tests.simulators.wire import Clock, profile, register

ENERGY = register("energy", 0, DataType.U32, "Wh", scale=Fraction(10), is_counter=True, modulus=100_000)


def ramp(now_ms: int) -> float:
    """One kWh a second."""
    return now_ms / 1000.0


def shown(unit: SimulatedDevice) -> float:
    raw: int = struct.unpack(">I", unit.read(Space.HOLDING, 0, 2))[0]
    return raw * 10 / 1000


@given(st.integers(1, 900_000), st.sampled_from([1000, 5000, 60_000]))
def test_what_is_read_is_f_at_the_floor_of_the_refresh(now_ms: int, refresh_ms: int) -> None:
    clock = Clock(now_ms)
    unit = SimulatedDevice(
        profile(ENERGY), {"energy": Source(read=ramp, maximum=1e3)}, now_ms=clock, refresh_ms=refresh_ms
    )
    assert shown(unit) == unit.expected("energy", now_ms) == float(now_ms // refresh_ms * refresh_ms // 1000)


def test_the_image_follows_the_clock() -> None:
    clock = Clock(10_000)
    unit = SimulatedDevice(profile(ENERGY), {"energy": Source(read=ramp, maximum=1e3)}, now_ms=clock)
    seen = []
    for now in (10_000, 10_999, 11_000, 9000):
        clock.now = now
        seen.append(shown(unit))
    assert seen == [10.0, 10.0, 11.0, 9.0]


def test_a_scale_register_holds_the_power_its_neighbours_need() -> None:
    made = profile(
        register("ac_power", 0, DataType.I16, "W", scale_register="ac_power_sf"),
        register("ac_power_sf", 1, DataType.I16, "sf"),
    )
    unit = SimulatedDevice(made, {"ac_power": Source(read=lambda _: 612.345, maximum=660.0)}, now_ms=Clock())
    assert struct.unpack(">hh", unit.read(Space.HOLDING, 0, 2)) == (6123, 2)
    assert unit.expected("ac_power", 0) == 612.3


def test_holes_are_zero_and_the_rest_is_refused() -> None:
    made = profile(
        register("a", 10),
        register("b", 30),
        register("c", 31),
        readable=(ReadableRange(space=Space.HOLDING, first=8, end=14),),
        max_block=4,
    )
    unit = SimulatedDevice(made, {}, now_ms=Clock(), extra_words={(Space.HOLDING, 12): 0x5375})
    assert unit.read(Space.HOLDING, 9, 4) == struct.pack(">4H", 0, 12, 0, 0x5375)
    assert len(unit.read(Space.HOLDING, 30, 2)) == 4
    for space, address, count, code in (
        (Space.HOLDING, 7, 2, 2),
        (Space.HOLDING, 13, 2, 2),
        (Space.HOLDING, 29, 2, 2),
        (Space.INPUT, 10, 1, 2),
        (Space.HOLDING, 8, 5, 3),
    ):
        with pytest.raises(Refusal) as caught:
            unit.read(space, address, count)
        assert caught.value.code == code


def test_runs_that_touch_become_one() -> None:
    assert merge_runs([(5, 7), (0, 2), (2, 4), (6, 9)]) == [(0, 4), (5, 9)]


def test_an_unknown_register_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no register nonsense"):
        SimulatedDevice(profile(ENERGY), {"nonsense": Source(read=ramp, maximum=1.0)}, now_ms=Clock())


def test_a_wrap_comes_after_the_headroom() -> None:
    source = below_modulus(Source(read=ramp, maximum=1e3), 50_000, 1000.0, 2.0)
    clock = Clock(50_000)
    unit = SimulatedDevice(profile(ENERGY), {"energy": source}, now_ms=clock)
    seen = []
    for clock.now in (50_000, 51_000, 52_000, 53_000):
        seen.append(shown(unit))
    assert seen == [998.0, 999.0, 0.0, 1.0]


def test_an_exchanged_meter_ends_at_one_index_and_starts_at_another() -> None:
    source = exchanged(Source(read=ramp, maximum=1e3), 50_000, 7.0, old_final=400.0)
    assert [source.read(at) for at in (49_000, 50_000, 53_000)] == [399.0, 7.0, 10.0]
    plain = exchanged(Source(read=ramp, maximum=1e3), 50_000, 0.0)
    assert [plain.read(at) for at in (49_000, 50_000)] == [49.0, 0.0]


def test_a_stuck_register_shows_its_first_value_until_the_end() -> None:
    source = stuck(Source(read=ramp, maximum=1e3), 10_000, 20_000)
    assert [source.read(at) for at in (9000, 10_000, 19_999, 20_000)] == [9.0, 10.0, 10.0, 20.0]


def test_a_spell_holds_in_its_half_open_window() -> None:
    clock = Clock(0)
    late = Spell(since_ms=10, until_ms=20, hostility=Hostility(kind=Kind.LATE, delay_s=1.0))
    dead = Spell(since_ms=20, until_ms=30, hostility=Hostility(kind=Kind.SILENT))
    slow = Spell(since_ms=5, until_ms=15, delay_s=0.2)
    source = Source(read=ramp, maximum=1e3)
    unit = SimulatedDevice(profile(ENERGY), {"energy": source}, now_ms=clock, spells=(late, dead, slow))
    seen = []
    for clock.now in (4, 5, 10, 15, 20, 30):
        seen.append((unit.hostility.kind if unit.hostility else None, unit.delay_s))
    assert seen == [
        (None, 0.0),
        (None, 0.2),
        (Kind.LATE, 0.2),
        (Kind.LATE, 0.0),
        (Kind.SILENT, 0.0),
        (None, 0.0),
    ]
    assert [unit.expected("energy", at) for at in (15, 20, 30)] == [0.0, None, 0.0]
