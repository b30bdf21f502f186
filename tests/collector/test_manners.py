"""How a link treats its devices: pauses, one connection for many units, and room for other clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import LinkDown
from domain.plant import Device, Link, LinkKind
from domain.reading import Gap, Poll
from domain.registers import DataType, Space
from simulators.answering import Unit
from simulators.frames import Framing
from simulators.server import ModbusServer
from tests.collector.fakes import device
from tests.collector.sunspec_works import WordsUnit
from tests.domain.registers import register

TWO_BLOCKS = (register(DataType.U16, 0, name="a", unit="kW"), register(DataType.U16, 50, name="b", unit="kW"))
RESOLUTION_S = 0.002


@dataclass
class Timed(WordsUnit):
    """Notes when each request arrived, loop seconds."""

    at: list[float] = field(default_factory=list)

    def read(self, space: Space, address: int, count: int) -> bytes:
        self.at.append(asyncio.get_running_loop().time())
        return super().read(space, address, count)


def link_to(server: ModbusServer, **given: Any) -> Link:
    return replace(
        Link(id="l", kind=LinkKind.TCP, host="127.0.0.1", port=server.port, timeout_s=5.0), **given
    )


@asynccontextmanager
async def polling(link: Link, devices: Sequence[Device]) -> AsyncIterator[list[Poll | Gap]]:
    """Poll as the agent does, and give what comes of it."""
    polls: list[Poll | Gap] = []
    poller = LinkPoller(link, devices, unit=ModbusLink(link), clock=PlantClock(), sink=polls.append)
    task = asyncio.create_task(poller.run())
    try:
        yield polls
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(2000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within 20 s")


@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
async def test_the_pause_between_two_requests_is_kept_on_the_wire(kind: LinkKind) -> None:
    unit = Timed({0: 1, 50: 2})
    framing = Framing.TCP if kind is LinkKind.TCP else Framing.RTU
    async with ModbusServer({1: unit, 2: unit}, framing=framing) as server:
        link = link_to(server, kind=kind, pause_s=0.06)
        devices = [device(number, interval_s=0.5, registers=TWO_BLOCKS) for number in (1, 2)]
        async with polling(link, devices):
            await until(lambda: len(unit.at) >= 6)
    assert min(later - earlier for earlier, later in pairwise(unit.at)) >= 0.06 - RESOLUTION_S


@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
async def test_a_device_rests_after_each_connection_before_its_first_request(kind: LinkKind) -> None:
    """Also where the device closes after each answer, and with a timeout shorter than the rest."""
    unit = Timed({0: 1})
    framing = Framing.TCP if kind is LinkKind.TCP else Framing.RTU
    async with ModbusServer({1: unit}, framing=framing) as server:
        link = ModbusLink(link_to(server, kind=kind, connect_pause_s=0.15, timeout_s=0.1))
        for opened in (1, 2):
            await link.read(1, Space.HOLDING, 0, 1, timeout_s=0.1)
            assert server.accepted == opened
            assert unit.at[-1] - server.opened_at >= 0.15 - RESOLUTION_S
            for connection in tuple(server.connections):
                connection.abort()
            if kind is LinkKind.TCP:
                await until(lambda: not server.connections)
        await link.close()


async def test_a_rest_that_is_cancelled_leaves_no_connection_behind() -> None:
    async with ModbusServer({1: Timed({0: 1})}) as server:
        link = ModbusLink(link_to(server, connect_pause_s=5.0))
        task = asyncio.create_task(link.read(1, Space.HOLDING, 0, 1, timeout_s=1.0))
        await until(lambda: server.accepted == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: not server.connections)
        assert server.requests == {}


async def test_thirty_units_behind_one_gateway_share_one_connection() -> None:
    units: dict[int, Unit] = {number: WordsUnit({0: number}) for number in range(1, 31) if number % 10}
    async with ModbusServer(units) as server:
        devices = [device(number, interval_s=0.5) for number in range(1, 31)]
        async with polling(link_to(server), devices) as polls:
            await until(lambda: len(polls) >= 60)
        assert server.accepted == 1
    last = {poll.device: poll for poll in polls if isinstance(poll, Poll)}
    for number in range(1, 31):
        poll = last[f"d{number}"]
        if number % 10:
            assert poll.values == {"p": float(number)}
        else:  # the gateway answers for a unit that does not
            assert poll.quality["*"].code == "gateway_target"


@pytest.mark.parametrize("rest_s", [0.0, 0.05])
async def test_a_device_with_one_place_keeps_its_first_client_and_the_second_is_told(rest_s: float) -> None:
    async with ModbusServer({1: WordsUnit({0: 5})}, has_one_place=True) as server:
        first, second = ModbusLink(link_to(server)), ModbusLink(link_to(server, connect_pause_s=rest_s))
        assert await first.read(1, Space.HOLDING, 0, 1, timeout_s=5.0) == b"\0\5"
        for _ in range(3):
            with pytest.raises(LinkDown, match="one client at a time: is another one connected"):
                await second.read(1, Space.HOLDING, 0, 1, timeout_s=5.0)
        assert await first.read(1, Space.HOLDING, 0, 1, timeout_s=5.0) == b"\0\5"
        assert server.accepted == 1
        await first.close()
        await until(lambda: not server.connections)
        assert await second.read(1, Space.HOLDING, 0, 1, timeout_s=5.0) == b"\0\5"
        await second.close()


def has_left(server: ModbusServer, polls: Sequence[Poll | Gap], count: int) -> bool:
    """Say whether so many polls are over and the device is free."""
    return len(polls) >= count and not server.connections


async def test_a_link_that_is_not_kept_open_leaves_its_place_to_others_between_polls() -> None:
    async with ModbusServer({1: WordsUnit({0: 5})}, has_one_place=True) as server:
        link, other = link_to(server, keep_open=False), ModbusLink(link_to(server))
        async with polling(link, [device(1, interval_s=0.4)]) as polls:
            for count in (1, 2):
                await until(partial(has_left, server, polls, count))
                assert await other.read(1, Space.HOLDING, 0, 1, timeout_s=5.0) == b"\0\5"
                await other.close()
        assert server.accepted >= 4
        assert sum(isinstance(poll, Poll) and poll.values == {"p": 5.0} for poll in polls) >= 2


async def test_a_link_that_is_not_kept_open_is_closed_after_a_poll_that_fails_too() -> None:
    async with ModbusServer({1: WordsUnit({7: 5})}) as server:
        link = link_to(server, keep_open=False)
        async with polling(link, [device(1, interval_s=0.4)]) as polls:
            await until(lambda: len(polls) >= 1 and not server.connections)
        assert server.accepted >= 1


@pytest.mark.parametrize("kind", [LinkKind.RTU_TCP, LinkKind.SERIAL])
async def test_nothing_leaves_for_unit_0_of_a_serial_bus(kind: LinkKind) -> None:
    """Unit 0 is a broadcast there: Modbus over Serial Line V1.02, 2.2."""
    async with ModbusServer({0: WordsUnit({0: 5})}, framing=Framing.RTU) as server:
        link = ModbusLink(link_to(server, kind=kind, path="/dev/nothing-here"))
        with pytest.raises(ValueError, match="broadcast"):
            await link.read(0, Space.HOLDING, 0, 1, timeout_s=0.2)
        assert server.accepted == 0
