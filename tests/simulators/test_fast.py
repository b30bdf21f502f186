"""The bench's server in its own process: right answers, silence where asked, and a count at the end."""

from __future__ import annotations

import asyncio
import json
import signal
import struct
import sys
from pathlib import Path

from simulators.fast import parse, shown
from tests.simulators.wire import RawClient, request

ROOT = Path(__file__).parents[2]


async def started(*arguments: str) -> tuple[asyncio.subprocess.Process, list[int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators.fast", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 10.0)
    return process, [int(port) for port in line.split()[1:]]


async def stopped(process: asyncio.subprocess.Process) -> dict[str, float]:
    process.send_signal(signal.SIGTERM)
    told, _ = await asyncio.wait_for(process.communicate(), 10.0)
    found: dict[str, float] = json.loads(told)
    return found


async def test_each_device_has_its_port_and_one_is_silent() -> None:
    process, ports = await started("--devices", "3", "--registers", "4", "--silent-unit", "2")
    expected = struct.pack(">HHHBBB2f", 7, 0, 11, 9, 3, 8, shown(3, 1), shown(3, 2))
    async with RawClient(ports[2]) as client, RawClient(ports[1]) as silent:
        for _ in range(2):  # worked out, then looked up
            assert await client.ask(request(7, 9, 3, 2, 4)) == expected
            assert await silent.ask(request(7, 9, 3, 2, 4)) == b""
        assert (await client.ask(request(7, 9, 3, 6, 4)))[7:] == b"\x83\x02"
        assert (await client.ask(request(7, 9, 6, 6, 4)))[7:] == b"\x86\x01"
        both = await client.ask(request(7, 9, 3, 2, 4) * 2)
        assert both == expected * 2
    told = await stopped(process)
    assert (len(ports), told["requests"]) == (3, 8)


async def test_all_devices_may_stand_behind_one_port() -> None:
    process, ports = await started("--devices", "3", "--registers", "4", "--one-port")
    async with RawClient(ports[0]) as client:
        answer = await client.ask(request(1, 2, 4, 0, 2))
        assert struct.unpack(">f", answer[9:]) == (shown(2, 0),)
        assert (await client.ask(request(1, 4, 4, 0, 2)))[7:] == b"\x84\x0b"
    await stopped(process)


def test_the_command_line_is_the_benchs() -> None:
    load = parse(["--devices", "50", "--registers", "40", "--base-port", "15100", "--silent-unit", "17"])
    assert (load.devices, load.registers, load.base_port, load.silent_unit) == (50, 40, 15100, 17)
