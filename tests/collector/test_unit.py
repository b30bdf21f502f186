"""ModbusLink on all three wires: reading, closing, breaking, opening again."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from collector.unit import ModbusLink
from domain.errors import DeviceError, LinkDown
from domain.plant import Link, LinkKind
from domain.registers import Space
from tests.collector.scripted import (
    CUT,
    Asked,
    Device,
    Step,
    once,
    opened,
    read,
    scripted,
)

KINDS = list(LinkKind)
RTU_KINDS = [LinkKind.RTU_TCP, LinkKind.SERIAL]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_rtu = pytest.mark.parametrize("kind", RTU_KINDS)


# What works


@every_kind
async def test_the_first_read_opens_the_link_and_brings_what_was_asked(kind: LinkKind) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
        assert await read(link, 125) == 2
        assert device.asked[0].address == 100
        assert device.asked[0].function == 3


@every_kind
@pytest.mark.parametrize("space", list(Space))
async def test_each_space_has_its_function_code_and_bits_come_one_byte_each(
    kind: LinkKind, space: Space
) -> None:
    async with scripted(kind) as device, opened(device) as link:
        for _ in range(5):
            answer = await link.read(7, space, 3, 16, timeout_s=0.5)
        assert device.asked[-1].function == space.function_code
        assert device.asked[-1].unit_id == 7
        expected = [1, 0, 1] + [0] * 13 if space.is_bits else [0, 5] * 16
        assert list(answer) == expected


@every_kind
async def test_an_answer_in_fragments_of_one_byte_is_fine(kind: LinkKind) -> None:
    def drip(asked: Asked) -> Sequence[Step]:
        return [(0.001 * n, bytes([byte])) for n, byte in enumerate(asked.good(), 1)]

    async with scripted(kind, drip) as device, opened(device) as link:
        assert [await read(link, 20) for _ in range(3)] == [1, 2, 3]


@every_kind
async def test_only_function_codes_one_to_four_reach_the_wire_whatever_happens(kind: LinkKind) -> None:
    dice = random.Random(13)

    def moody(asked: Asked) -> Sequence[Step]:
        choices: list[Sequence[Step]] = [
            [(0, asked.good())], [(0, asked.refusal(2))], [], [(0, dice.randbytes(9))], [(0, CUT)],
        ]  # fmt: skip
        return dice.choice(choices)

    async with scripted(kind, moody) as device, opened(device) as link, asyncio.timeout(30):
        while len(device.asked) < 50:  # on a busy machine opening may take the whole of the time
            space, wait_s = dice.choice(list(Space)), dice.choice((0.004, 0.05))
            try:
                await link.read(dice.randint(1, 3), space, dice.randint(0, 65000), 9, timeout_s=wait_s)
            except DeviceError:
                continue
        assert {asked.function for asked in device.asked} == {1, 2, 3, 4}
        size = 12 if kind is LinkKind.TCP else 8
        assert len(device.received) == size * len(device.asked)


# Cancelled, cut, closed, refused (fault 28 and reconnecting)


@every_kind
async def test_a_read_cancelled_midway_leaks_nothing_into_the_next(kind: LinkKind) -> None:
    async with scripted(kind, lambda asked: [(0.03, asked.good())]) as device, opened(device) as link:
        for wait_s in (0.0, 0.005, 0.02, 0.029, 0.0305):
            task = asyncio.create_task(read(link))
            await asyncio.sleep(wait_s)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert await read(link) == len(device.asked)


async def test_a_connection_dropped_midway_costs_no_full_timeout() -> None:
    for kind in (LinkKind.TCP, LinkKind.RTU_TCP):
        script = once(lambda asked: [(0, asked.good()[:6]), (0.01, CUT)])
        async with scripted(kind, script) as device, opened(device) as link:
            started = time.monotonic()
            with pytest.raises(LinkDown):
                await read(link, timeout_s=5.0)
            assert time.monotonic() - started < 1.0
            assert await read(link) == len(device.asked)


async def test_an_answer_to_a_cut_connection_does_not_count_on_the_new_one() -> None:
    """A transparent serial server gives late bytes to whoever is connected now."""

    def script(asked: Asked) -> Sequence[Step]:
        return [(0, CUT), (0.05, asked.good())] if asked.ordinal == 1 else [(0.06, asked.good())]

    async with scripted(LinkKind.RTU_TCP, script) as device, opened(device) as link:
        with pytest.raises(LinkDown):
            await read(link)
        for _ in range(4):
            assert await read(link) == len(device.asked)


@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
async def test_a_closed_port_is_a_link_down_at_once_and_reading_goes_on_after_the_restart(
    kind: LinkKind,
) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(LinkDown) as caught:
            await read(link, timeout_s=5.0)
    assert time.monotonic() - started < 1.0
    assert f"127.0.0.1:{device.link.port}" in str(caught.value)
    loop = asyncio.get_running_loop()
    async with scripted(kind) as other:
        server = await loop.create_server(lambda: _relay(other), "127.0.0.1", device.link.port)
        try:
            assert await read(link) == 1
        finally:
            await link.close()
            server.close()


def _relay(device: Device) -> asyncio.Protocol:
    from tests.collector.scripted import _Connection

    return _Connection(device)


async def test_a_host_that_does_not_exist_is_a_link_down() -> None:
    for host in ("nowhere.invalid", "a" * 70 + ".invalid", ""):
        link = ModbusLink(Link(id="l", kind=LinkKind.TCP, host=host, port=1))
        with pytest.raises(LinkDown):
            await link.read(1, Space.HOLDING, 0, 1, timeout_s=2.0)


@pytest.mark.parametrize("path", ["/dev/nothing-here", "/tmp", "/dev/null", "/etc/hostname"])
async def test_a_serial_path_that_is_no_port_is_a_link_down(path: str) -> None:
    link = ModbusLink(Link(id="l", kind=LinkKind.SERIAL, path=path))
    for _ in range(2):
        with pytest.raises(LinkDown):
            await link.read(1, Space.HOLDING, 0, 1, timeout_s=0.2)


async def test_a_serial_adapter_pulled_out_is_a_link_down_and_works_again_when_it_is_back() -> None:
    async with scripted(LinkKind.SERIAL) as device, opened(device) as link:
        assert await read(link) == 1
        stays = device.link.path
    with pytest.raises(LinkDown):
        await link.read(1, Space.HOLDING, 0, 2, timeout_s=0.2)
    async with scripted(LinkKind.SERIAL) as device:
        if device.link.path == stays:  # the same number again, as for a USB adapter
            assert await read(link) == 1
        await link.close()


async def test_close_during_a_read_tells_the_reader_at_once() -> None:
    async with scripted(LinkKind.TCP, lambda asked: []) as device, opened(device) as link:
        task = asyncio.create_task(read(link, timeout_s=5.0))
        await asyncio.sleep(0.02)
        await link.close()
        with pytest.raises(LinkDown):
            await task


# Serial ports that refuse their settings


@pytest.mark.parametrize("settings", [{"parity": "E", "stop_bits": 2}, {"baudrate": -1}, {"baudrate": 2**40}])
async def test_a_serial_port_that_refuses_its_settings_is_a_link_down_each_time(
    settings: dict[str, Any],
) -> None:
    async with scripted(LinkKind.SERIAL) as device:
        refused = ModbusLink(dataclasses.replace(device.link, **settings))
        said = set()
        for _ in range(3):
            with pytest.raises(LinkDown, match="stop_bits") as caught:
                await read(refused)
            said.add(str(caught.value))
            del caught
        assert len(said) == 1  # and not, the second time, that the port is locked
        async with opened(device) as link:
            assert await read(link) == 1


async def test_a_serial_port_that_fails_while_it_is_written_to_is_a_link_down() -> None:
    async with scripted(LinkKind.SERIAL) as device, opened(device) as link:
        assert await read(link) == 1
        assert link._transport is not None
        link._transport.write = lambda data: int("x")  # type: ignore[method-assign, assignment]
        with pytest.raises(LinkDown):
            await read(link)
        assert await read(link) == 2
