"""The walk along a SunSpec chain over real sockets, and one poll of what it finds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from collector.compiled import compile_device
from collector.single import read_once
from collector.sunspec import walk
from collector.unit import ModbusLink
from domain.errors import BadAnswer, DeviceError, DeviceRefused, NoAnswer
from domain.plant import Link, LinkKind
from domain.registers import DataType, Space
from domain.sunspec import Chain, Model
from simulators.answering import Refusal, Unit
from simulators.device import SimulatedDevice
from simulators.effects import Source
from simulators.hostile import Hostility, Kind
from simulators.server import ModbusServer
from tests.collector.sunspec_works import WordsUnit, device_of, inverter
from tests.domain.registers import register
from tests.domain.test_sunspec import chain_words

MODELS = ((1, 66), (103, 50))


@asynccontextmanager
async def linked(unit: Unit, timeout_s: float = 5.0) -> AsyncIterator[tuple[Link, ModbusLink]]:
    """Serve one unit and give an open way to it."""
    async with ModbusServer({1: unit}) as server:
        link = Link(id="l", kind=LinkKind.TCP, host="127.0.0.1", port=server.port, timeout_s=timeout_s)
        way = ModbusLink(link)
        try:
            yield link, way
        finally:
            await way.close()


async def found(unit: Unit, timeout_s: float = 5.0) -> Chain:
    async with linked(unit) as (_, way):
        return await walk(way, 1, timeout_s=timeout_s)


@pytest.mark.parametrize(("base", "tried"), [(40000, 1), (50000, 2), (0, 3)])
async def test_a_chain_is_found_at_each_base_with_two_words_a_model(base: int, tried: int) -> None:
    unit = WordsUnit(chain_words(base, *MODELS))
    chain = await found(unit)
    assert (chain.base, [model.id for model in chain.models]) == (base, [1, 103])
    assert {count for _, count in unit.asked} == {2}
    assert len(unit.asked) == tried + len(MODELS) + 1
    assert len(set(unit.asked)) == len(unit.asked)


async def test_an_end_marker_without_its_length_ends_the_chain_all_the_same() -> None:
    words = chain_words(40000, *MODELS)
    del words[max(words)]
    unit = WordsUnit(words)
    assert [model.id for model in (await found(unit)).models] == [1, 103]
    assert unit.asked[-2:] == [(max(words), 2), (max(words), 1)]


class SilentBut(WordsUnit):
    """Says nothing at all where it has nothing, as some devices do."""

    def read(self, space: Space, address: int, count: int) -> bytes:
        self.hostility = None if address in self.words else Hostility(kind=Kind.SILENT)
        return super().read(space, address, count)


async def test_a_base_where_the_unit_is_silent_is_passed_over() -> None:
    chain = await found(SilentBut(chain_words(50000, *MODELS)), timeout_s=0.1)
    assert chain.base == 50000


async def test_a_unit_that_is_silent_everywhere_gives_no_answer() -> None:
    unit = WordsUnit({}, delay_s=9.0)
    with pytest.raises(NoAnswer):
        await found(unit, timeout_s=0.03)


class Busy(WordsUnit):
    def read(self, space: Space, address: int, count: int) -> bytes:
        raise Refusal(6)


async def test_a_busy_unit_is_not_said_to_have_no_models() -> None:
    with pytest.raises(DeviceRefused) as caught:
        await found(Busy({}))
    assert caught.value.code == 6


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words.update({40071: 48}),
        lambda words: words.update({40071: 60000}),
        lambda words: [words.pop(place) for place in (40122, 40123)],
        lambda words: words.update({40122: 0}),
        lambda words: words.update({40000: 0x7553}),
    ],
    ids=["length_lies", "length_beyond_all", "ends_early", "no_end", "wrong_marker"],
)
async def test_a_chain_that_lies_is_an_error_and_no_reading(
    spoil: Callable[[dict[int, int]], object],
) -> None:
    words = chain_words(40000, *MODELS)
    spoil(words)
    with pytest.raises(BadAnswer) as caught:
        await found(WordsUnit(words))
    assert caught.value.kind == "sunspec"


async def test_the_walk_rests_between_its_reads() -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    async with linked(WordsUnit(chain_words(40000, *MODELS))) as (_, way):
        await walk(way, 1, timeout_s=5.0, pause_s=0.25, sleep=rest)
    assert rests == [0.25] * 3


# One poll of what was found


def simulated(base: int = 40000, power_w: float = 6123.0) -> SimulatedDevice:
    sources = {
        "ac_power": Source(read=lambda at_ms: power_w / 1000, maximum=10.0),
        "ac_energy": Source(read=lambda at_ms: 4711.25, maximum=1e5),
    }
    return SimulatedDevice(inverter(), sources, now_ms=lambda: 0, sunspec_base=base)


@pytest.mark.parametrize("base", [40000, 50000, 0])
async def test_a_simulated_inverter_is_read_at_each_base(base: int) -> None:
    async with linked(simulated(base)) as (link, way):
        poll = await read_once(device_of(inverter()), link, way)
    values = {each.name: each.value for each in poll.registers if each.unit != "sf"}
    assert values == {"ac_power": 6.123, "ac_energy": 4711.25}
    assert {each.address for each in poll.registers if each.name == "ac_power"} == {base + 84}
    assert poll.requests == 1


async def test_a_model_that_the_device_has_not_reads_as_not_available() -> None:
    strings = register(DataType.U16, 12, name="string_current", unit="A", model=160)
    device = device_of(inverter(strings))
    async with linked(simulated()) as (link, way):
        chain = await walk(way, 1, timeout_s=5.0)
        blocks, decoder = compile_device(device, chain=chain)
        answers = [await way.read(1, b.space, b.first, b.count, timeout_s=5.0) for b in blocks]
        poll = await read_once(device, link, way)
    values, quality = decoder.decode(answers)
    assert values == {"string_current": None, "ac_power": 6.123, "ac_energy": 4711.25}
    assert {name: found.code for name, found in quality.items()} == {"string_current": "not_available"}
    shown = [(each.name, each.quality, each.model) for each in poll.registers if each.unit != "sf"]
    assert shown == [
        ("ac_power", "good", None),
        ("ac_energy", "good", None),
        ("string_current", "not_available", 160),
    ]


async def test_a_device_without_the_models_of_its_profile_is_told_what_it_has() -> None:
    async with linked(WordsUnit(chain_words(40000, (1, 66), (203, 105)))) as (link, way):
        with pytest.raises(DeviceError, match=r"models 1, 203 from 40000.* profile inverter reads 103"):
            await read_once(device_of(inverter()), link, way)


def test_no_block_takes_words_of_two_models() -> None:
    """Model 103 ends where 104 begins; its last word and the first of the next are wanted."""
    made = inverter(
        register(DataType.U16, 51, name="last", unit="code", model=103),
        register(DataType.U16, 0, name="first", unit="code", model=104),
    )
    chain = Chain(base=0, models=(Model(id=103, first=70, length=50), Model(id=104, first=122, length=9)))
    blocks, _ = compile_device(device_of(made), chain=chain)
    assert [(block.first, block.count) for block in blocks] == [(70, 52), (122, 2)]
