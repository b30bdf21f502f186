"""Gateways that close the connection after each answer, and how a closed port reads."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence

import pytest

from agent.clock import PlantClock
from collector.faults import link_down
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import LinkDown, NoAnswer
from domain.plant import Link, LinkKind
from domain.reading import Gap, Poll
from domain.registers import DataType
from tests.collector.fakes import device as meter
from tests.collector.fakes import good
from tests.collector.scripted import CUT, Asked, Device, Script, Step, opened, read, scripted
from tests.domain.registers import register


def one_each(device: Device) -> Script:
    """Answer once a connection, close it a moment later, and hear nothing that comes in between."""
    used: set[int] = set()

    def script(asked: Asked) -> Sequence[Step]:
        if device.connections in used:
            return []
        used.add(device.connections)
        return [(0, asked.good()), (0.002, CUT)]

    return script


async def test_a_gateway_that_closes_after_each_answer_is_read_all_the_same() -> None:
    async with scripted(LinkKind.TCP) as device, opened(device) as link:
        device.script = one_each(device)
        for _ in range(10):
            assert await read(link) == len(device.asked)
        assert device.connections == 10


async def test_a_meter_of_many_blocks_behind_it_gives_every_poll() -> None:
    registers = tuple(register(DataType.U16, 200 * n, name=f"r{n}", unit="kW") for n in range(5))
    items: list[Poll] = []

    def sink(item: Poll | Gap) -> None:
        assert isinstance(item, Poll)
        items.append(item)

    async with scripted(LinkKind.TCP) as device:
        device.script = one_each(device)
        link = ModbusLink(device.link)
        devices = [meter(1, interval_s=0.25, registers=registers)]
        poller = LinkPoller(device.link, devices, unit=link, clock=PlantClock(), sink=sink)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(1.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(items) >= 3
    assert good(items) == items


async def test_a_request_is_asked_again_only_once_and_within_its_time() -> None:
    async with scripted(LinkKind.TCP) as device, opened(device) as link:
        assert await read(link) == 1
        device.script = lambda asked: [(0, CUT)]
        with pytest.raises(LinkDown):
            await read(link)
        assert len(device.asked) == 3
        device.script = lambda asked: [(0, asked.good())]
        assert await read(link) == 4
        device.script = lambda asked: [(0.6, CUT)] if asked.ordinal == 5 else []
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            await read(link, timeout_s=0.8)
        assert 0.75 < time.monotonic() - started < 1.2  # asked with a whole timeout again it would be 1.4 s


async def test_a_connection_that_breaks_within_an_answer_or_is_new_is_not_tried_again() -> None:
    async with scripted(LinkKind.TCP, lambda asked: [(0, CUT)]) as device, opened(device) as link:
        with pytest.raises(LinkDown):
            await read(link)
        assert len(device.asked) == 1
        device.script = lambda asked: [(0, asked.good())]
        assert await read(link) == 2
        device.script = lambda asked: [(0, asked.good()[:5]), (0.005, CUT)]
        with pytest.raises(LinkDown):
            await read(link)
        assert len(device.asked) == 3


async def test_over_rtu_asking_again_takes_no_answer_to_the_request_before() -> None:
    """A transparent serial server gives late bytes to whoever is connected now."""

    def script(asked: Asked) -> Sequence[Step]:
        return [(0, CUT), (0.02, asked.good())] if asked.ordinal == 2 else [(0.03, asked.good())]

    async with scripted(LinkKind.RTU_TCP, script) as device, opened(device) as link:
        for _ in range(5):
            assert await read(link) == len(device.asked)


# How it reads


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
async def test_a_refused_connection_says_so_in_words_and_what_to_look_at(kind: LinkKind, host: str) -> None:
    async with scripted(kind) as device:
        port = device.link.port
    link = ModbusLink(Link(id="gas_room", kind=kind, host=host, port=port))
    with pytest.raises(LinkDown) as caught:
        await read(link)
    cure = "is the device on, are host and port right, and is no other client connected?"
    assert str(caught.value) == f"gas_room: {host}:{port}: Connection refused; {cure}"


async def test_a_missing_port_and_one_in_use_say_so_in_words() -> None:
    missing = ModbusLink(Link(id="l", kind=LinkKind.SERIAL, path="/dev/nothing-here"))
    with pytest.raises(LinkDown, match="/dev/nothing-here: No such file or directory; is the adapter"):
        await read(missing)
    async with scripted(LinkKind.SERIAL) as device, opened(device) as link, opened(device) as second:
        assert await read(link) == 1
        with pytest.raises(LinkDown, match="in use by another program"):
            await read(second)


def test_an_unknown_host_says_so_in_words() -> None:
    link = Link(id="l", kind=LinkKind.TCP, host="nowhere", port=1)
    error = link_down(link, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert str(error).startswith("l: nowhere:1: Name or service not known; is the device on")
