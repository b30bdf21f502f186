"""Simulated devices with SunSpec models: their chain is the standard's, their truth what a reader gets."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

import numpy as np
import pytest

from collector.compiled import compile_device
from collector.single import read_once
from collector.unit import ModbusLink
from config.profiles import BUILT_IN, read_profile
from domain.plant import Link, LinkKind, Plant
from domain.registers import DeviceProfile, Identity, Space
from domain.sunspec import Walk, has_models, placed
from simulators.assignment import Assignment
from simulators.device import SimulatedDevice
from simulators.effects import Rescale, Source
from simulators.plant import PlantSimulator
from simulators.scenario import parse_scenario
from tests.collector.sunspec_works import device_of, inverter
from tests.simulators.wire import Clock, profile, register

FILES = [
    path for path in sorted(BUILT_IN.glob("*.toml")) if re.search(r"^model = \d", path.read_text(), re.M)
]
SUNSPEC = [found for path in FILES if (found := read_profile(path)[0]) is not None and has_models(found)]
LENGTHS = {
    1: 66, 101: 50, 102: 50, 103: 50, 111: 60, 112: 60, 113: 60,
    201: 105, 202: 105, 203: 105, 204: 105, 211: 124, 212: 124, 213: 124, 214: 124, 701: 153,
}  # fmt: skip


def walked(unit: SimulatedDevice) -> Walk:
    way = Walk("simulated")
    while (at := way.wanted) is not None:
        way.take(unit.read(Space.HOLDING, at, 2))
    return way


@pytest.mark.parametrize("made", SUNSPEC, ids=lambda made: made.id)
def test_each_sunspec_profile_is_simulated_with_models_of_the_right_length(made: DeviceProfile) -> None:
    unit = SimulatedDevice(made, {}, now_ms=Clock())
    chain = walked(unit).chain
    assert chain is not None
    for model in chain.models:
        if model.id == 160:
            assert (model.length - 8) % 20 == 0
        else:
            assert model.length == LENGTHS[model.id]
    there = placed(made, chain)
    assert {each.name for each in there.points} == {each.name for each in made.points}
    assert all(
        identity.matches(unit.read(identity.space, identity.address, identity.count))
        for identity in there.identities
    )


@pytest.mark.parametrize("made", SUNSPEC, ids=lambda made: made.id)
def test_a_poll_reads_each_model_once_and_each_value_with_its_factor(made: DeviceProfile) -> None:
    chain = walked(SimulatedDevice(made, {}, now_ms=Clock())).chain
    blocks, _ = compile_device(device_of(made), chain=chain)
    assert len(blocks) == len({each.model for each in made.points})
    together = [{each.name for each in block.registers} for block in blocks]
    for each in made.points:
        assert any({each.name, each.scale_register or each.name} <= names for names in together), each.name


def test_the_common_model_names_maker_and_model() -> None:
    unit = SimulatedDevice(inverter(), {}, now_ms=Clock(), sunspec_base=0)
    assert unit.read(Space.HOLDING, 4, 32).replace(b"\0", b"") == b"ExamplePV 10"
    assert unit.read(Space.HOLDING, 2, 2) == struct.pack(">HH", 1, 66)


def test_a_device_without_models_shows_what_it_is_known_by() -> None:
    by_words = Identity(space=Space.INPUT, address=90, count=2, words=(0x70, 0x71))
    by_text = Identity(space=Space.HOLDING, address=500, count=6, text="SUN2000")
    made = profile(register("power", 0))
    unit = SimulatedDevice(replace(made, identities=(by_words, by_text)), {}, now_ms=Clock())
    assert unit.read(Space.INPUT, 90, 2) == bytes((0, 0x70, 0, 0x71))
    assert unit.read(Space.HOLDING, 500, 6) == b"SUN2000".ljust(12, b"\0")


def test_the_truth_for_many_instants_follows_a_factor_that_changes() -> None:
    source = Source(read=lambda at_ms: at_ms % 7919 / 1000, maximum=10.0)
    unit = SimulatedDevice(inverter(), {"ac_power": source}, now_ms=Clock())
    unit.rescales["ac_power_sf"] = Rescale(since_ms=2500, until_ms=90_000, by=2, every_ms=1000)
    at_ms = np.arange(0, 100_000, 333)
    values, words = unit.worded_series("ac_power", at_ms)
    assert values.tolist() == [unit.expected("ac_power", at) for at in at_ms.tolist()]
    assert words.tolist() == [unit.words("ac_power", at)[0] for at in at_ms.tolist()]
    assert unit.series("ac_power", at_ms).tolist() == values.tolist()
    assert len({unit.words("ac_power_sf", at) for at in at_ms.tolist()}) == 2


async def test_a_plant_with_a_sunspec_inverter_is_read_as_its_truth_says() -> None:
    clock = Clock()
    plant = Plant(
        site="s", gateway="g", time_zone="Asia/Shanghai", label={}, is_demo=True, processes=(),
        links=(Link(id="l", kind=LinkKind.TCP, host="127.0.0.1", port=0),),
        devices=(device_of(inverter(), name="pv_1"),),
    )  # fmt: skip
    scenario = parse_scenario({"effects": [{"kind": "rescale", "device": "pv_1", "from": "-1d", "by": 2}]})
    simulator = PlantSimulator(
        plant, now_ms=clock, scenario=scenario, assignment=Assignment(sunspec_base={"pv_1": 50000})
    )
    async with simulator:
        link = simulator.plant.links[0]
        unit = ModbusLink(link)
        try:
            for _ in range(4):
                clock.now += 1000
                poll = await read_once(plant.devices[0], link, unit)
                read = {each.name: each.value for each in poll.registers if each.unit != "sf"}
                assert read == {name: simulator.truth("pv_1", name, clock.now) for name in read}
                assert read["ac_energy"]
        finally:
            await unit.close()
