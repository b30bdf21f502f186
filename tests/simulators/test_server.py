"""The server against a raw socket and against pymodbus."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from pymodbus.client import AsyncModbusTcpClient

from domain.registers import DataType, ReadableRange, Space
from simulators.device import SimulatedDevice
from simulators.effects import Source
from simulators.frames import Framing
from simulators.server import ModbusServer
from tests.simulators.wire import Clock, RawClient, profile, register, request, rtu_request, slow_crc


def device(clock: Clock) -> SimulatedDevice:
    made = profile(
        register("power", 10, DataType.U16, "kW"),
        register("energy", 11, DataType.U32, "kWh", is_counter=True),
        register("level", 4, DataType.F32, "C", space=Space.INPUT),
        register("is_on", 3, DataType.BIT, "code", space=Space.COIL),
        register("is_open", 9, DataType.BIT, "code", space=Space.DISCRETE),
        readable=(ReadableRange(space=Space.HOLDING, first=10, end=20),),
        max_block=8,
    )
    shows = {"power": 1234.0, "energy": 70000.0, "level": 21.5, "is_on": 1.0, "is_open": 1.0}
    sources = {name: Source(read=lambda _, value=value: value, maximum=1e6) for name, value in shows.items()}  # type: ignore[misc]
    return SimulatedDevice(made, sources, now_ms=clock)


@pytest.fixture
async def server() -> AsyncIterator[ModbusServer]:
    clock = Clock()
    async with ModbusServer({1: device(clock), 7: device(clock)}) as started:
        yield started


@pytest.fixture
async def rtu_server() -> AsyncIterator[ModbusServer]:
    async with ModbusServer({1: device(Clock())}, framing=Framing.RTU) as started:
        yield started


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ((3, 10, 3), "03 06 04d2 0001 1170"),
        ((3, 12, 2), "03 04 1170 0000"),  # a hole in the readable range is 0
        ((4, 4, 2), "04 04 41ac 0000"),
        ((1, 3, 1), "01 01 01"),
        ((2, 9, 1), "02 01 01"),
        ((3, 9, 1), "83 02"),
        ((3, 19, 2), "83 02"),
        ((3, 65535, 2), "83 02"),
        ((3, 10, 0), "83 03"),
        ((3, 10, 9), "83 03"),  # longer than the device takes
        ((3, 10, 126), "83 03"),
        ((1, 3, 2001), "81 03"),
        ((6, 10, 1), "86 01"),
        ((16, 10, 1), "90 01"),
        ((43, 10, 1), "ab 01"),
    ],
)
async def test_each_request_has_its_answer(
    server: ModbusServer, asked: tuple[int, int, int], answer: str
) -> None:
    pdu = bytes.fromhex(answer)
    async with RawClient(server.port) as client:
        found = await client.ask(request(0x1234, 7, *asked))
    assert found == struct.pack(">HHHB", 0x1234, 0, len(pdu) + 1, 7) + pdu


async def test_an_unknown_unit_is_the_gateways_exception_on_tcp(server: ModbusServer) -> None:
    async with RawClient(server.port) as client:
        assert await client.ask(request(1, 99, 3, 10, 1)) == bytes.fromhex("0001 0000 0003 63 83 0b")


async def test_an_unknown_unit_is_silence_on_rtu(rtu_server: ModbusServer) -> None:
    async with RawClient(rtu_server.port) as client:
        assert await client.ask(rtu_request(99, 3, 10, 1)) == b""
        body = bytes.fromhex("01 03 02 04d2")
        assert await client.ask(rtu_request(1, 3, 10, 1)) == body + slow_crc(body)


async def test_coalesced_and_fragmented_requests_are_answered_in_order(server: ModbusServer) -> None:
    stream = b"".join(request(n, 1, 3, 10, 1) for n in range(5))
    expected = b"".join(struct.pack(">HHHBBBH", n, 0, 5, 1, 3, 2, 1234) for n in range(5))
    async with RawClient(server.port) as client:
        assert await client.ask(stream) == expected
        for byte in stream:
            client.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert await client.listen() == expected


async def test_requests_are_counted_by_function_code(server: ModbusServer) -> None:
    async with RawClient(server.port) as client:
        for function in (1, 3, 3, 4, 6):
            await client.ask(request(1, 1, function, 10, 1), quiet_s=0.01)
    assert server.requests == {1: 1, 3: 2, 4: 1, 6: 1}


async def test_a_server_binds_loopback_unless_told(server: ModbusServer) -> None:
    assert server.host == "127.0.0.1"


async def test_refuse_resets_and_start_opens_the_same_port(server: ModbusServer) -> None:
    port = server.port
    async with RawClient(port) as client:
        await client.ask(request(1, 1, 3, 10, 1), quiet_s=0.01)
        await server.refuse()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(client.reader.readexactly(1), 1.0)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await server.start()
    async with RawClient(port) as client:
        assert len(await client.ask(request(1, 1, 3, 10, 1))) == 11


async def test_pymodbus_reads_every_space(server: ModbusServer) -> None:
    client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=1, retries=0)
    assert await client.connect()
    try:
        assert (await client.read_holding_registers(10, count=3, device_id=7)).registers == [1234, 1, 4464]
        assert (await client.read_input_registers(4, count=2, device_id=1)).registers == [0x41AC, 0]
        assert (await client.read_coils(3, count=1, device_id=1)).bits[0]
        assert (await client.read_discrete_inputs(9, count=1, device_id=1)).bits[0]
        refused = await client.read_holding_registers(9, count=1, device_id=1)
        assert (refused.isError(), refused.exception_code) == (True, 2)
    finally:
        client.close()
