"""From a simulated meter on real Modbus TCP into the store: the words kept are those that it served."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.codec import compile_words
from domain.plant import Plant
from domain.ports import Envelope
from domain.reading import Gap, Poll
from domain.wire import decode_item, encode_item, item_topic
from simulators.plant import PlantSimulator
from storage.duckdb import DuckStore
from storage.source import devices_of, source_of
from tests.simulators.wire import Clock, small_plant


def converted_plant() -> Plant:
    """Return a plant whose gas meter is converted with the temperature beside it."""
    plant = small_plant()
    gas, *others = plant.devices
    volume, temperature = gas.points
    gas = replace(gas, points=(replace(volume, temperature_point=temperature.id), temperature))
    return replace(plant, devices=(gas, *others))


async def polled(plant: Plant) -> list[Poll]:
    """Return a good poll of every device."""
    found: dict[str, Poll] = {}
    is_whole = asyncio.Event()

    def sink(item: Poll | Gap) -> None:
        assert isinstance(item, Poll)
        if item.values:
            found[item.device] = item
        if len(found) == len(plant.devices):
            is_whole.set()

    link = plant.links[0]
    unit = ModbusLink(link)
    poller = LinkPoller(link, plant.devices, unit=unit, clock=PlantClock(), sink=sink, worded=plant.worded)
    task = asyncio.create_task(poller.run())
    await asyncio.wait_for(is_whole.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return list(found.values())


async def test_the_stored_words_are_those_that_the_meter_served_and_mean_the_stored_value(
    tmp_path: Path,
) -> None:
    clock = Clock()
    plant = converted_plant()
    async with PlantSimulator(plant, now_ms=clock, seed=3) as simulator:
        polls = await polled(
            replace(simulator.plant, devices=tuple(replace(each, interval_s=0.2) for each in plant.devices))
        )
    store = DuckStore(tmp_path / "store.duckdb", devices_of([source_of(plant)]))
    sent = [(item_topic("s", "g", poll), encode_item(poll, "j", seq)) for seq, poll in enumerate(polls, 1)]
    batch: list[Envelope] = [decode_item(topic, content, received_ms=0) for topic, content in sent]
    assert store.write(batch).rejected == {}
    kept = set()
    for device in plant.devices:
        registers = {register.name: register for register in device.profile.registers}
        for point in device.points:
            [reading] = store.readings([point.id], since=0, until=2**53)
            if reading.words is None:
                continue
            served = 0
            for word in simulator.devices[device.id].words(point.name, clock.now):
                served = served << 16 | word
            assert reading.words == served
            assert compile_words(registers[point.name])(reading.words, 0)[1] == reading.value
            kept.add(point.id)
    assert kept == plant.worded == {
        "gas_coil.volume_reference", "gas_coil.gas_temperature", "em_coil.active_energy_import",
        "plc_coil.produced_mass",
    }  # fmt: skip
    store.close()
