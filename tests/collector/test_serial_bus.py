"""Modbus RTU at 9600 baud on a pseudo-terminal, with the time that bytes take on a wire (fault 29)."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from config.profiles import BUILT_IN, load_catalogue
from domain.plant import Device, Link, LinkKind, Point
from domain.reading import ALL_POINTS, Gap, Poll, Quality
from domain.registers import DeviceProfile
from simulators.device import SimulatedDevice
from simulators.serial import SerialBus

PROFILES = load_catalogue([BUILT_IN]).profiles
LIVING = {1: "eastron_sdm630", 2: "fuxin_gas_meter"}
DEAD = 3


def device(unit_id: int, profile: DeviceProfile) -> Device:
    points = tuple(
        Point(device=f"d{unit_id}", name=r.name, unit=r.canonical_unit, is_counter=r.is_counter)
        for r in profile.points
    )
    return Device(
        id=f"d{unit_id}", link="bus", unit_id=unit_id, profile=profile, interval_s=1.0, points=points
    )


async def test_of_three_meters_at_9600_baud_one_dead_the_living_keep_their_interval(tmp_path: Path) -> None:
    path = str(tmp_path / "bus")
    items: list[Poll] = []

    def sink(item: Poll | Gap) -> None:
        assert isinstance(item, Poll)
        items.append(item)

    meters = {
        unit_id: SimulatedDevice(PROFILES[name], {}, now_ms=lambda: int(time.time() * 1000))
        for unit_id, name in LIVING.items()
    }
    link = Link(id="bus", kind=LinkKind.SERIAL, path=path, baudrate=9600, timeout_s=0.7)
    devices = [device(unit_id, PROFILES[name]) for unit_id, name in LIVING.items()]
    devices.append(device(DEAD, PROFILES["suto_s401"]))
    async with SerialBus(meters, path=path, baudrate=9600) as bus:
        poller = LinkPoller(link, devices, unit=ModbusLink(link), clock=PlantClock(), sink=sink)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(6.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert set(bus.requests) <= {3, 4}
    for unit_id, name in LIVING.items():
        mine = [poll for poll in items if poll.device == f"d{unit_id}"]
        assert len(mine) >= 5
        settled = [poll for poll in mine if poll.at > mine[0].at + 1500]
        for poll in settled:
            assert dict(poll.quality) == {}, name
            assert None not in poll.values.values()
        assert [b.at - a.at for a, b in pairwise(settled) if not 900 <= b.at - a.at <= 1100] == []
    dead = [poll for poll in items if poll.device == f"d{DEAD}"]
    assert len(dead) >= 5
    assert {poll.quality[ALL_POINTS] for poll in dead} == {Quality.NO_ANSWER}
