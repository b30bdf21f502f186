"""Each hostile behaviour puts exactly the bytes on the wire that it is named for."""

from __future__ import annotations

import asyncio
import struct
import time

import pytest

from domain.registers import DataType
from simulators.device import SimulatedDevice
from simulators.effects import Source
from simulators.frames import Frame, Framing
from simulators.hostile import GARBAGE, Cut, Deafen, Hostility, Kind, Send, spoil
from simulators.server import ModbusServer
from tests.simulators.wire import Clock, RawClient, profile, register, request, rtu_request, slow_crc

ASKED = request(0x0102, 5, 3, 0, 2)
HONEST = "0102 0000 0007 05 03 04 42c8 0000"
ON_TCP = [
    (Hostility(kind=Kind.WRONG_TRANSACTION), "5457 0000 0007 05 03 04 42c8 0000"),
    (Hostility(kind=Kind.ZERO_TRANSACTION), "0000 0000 0007 05 03 04 42c8 0000"),
    (Hostility(kind=Kind.WRONG_UNIT), "0102 0000 0007 06 03 04 42c8 0000"),
    (Hostility(kind=Kind.WRONG_FUNCTION), "0102 0000 0007 05 04 04 42c8 0000"),
    (Hostility(kind=Kind.SHORT_PAYLOAD), "0102 0000 0005 05 03 02 42c8"),
    (Hostility(kind=Kind.LONG_PAYLOAD), "0102 0000 0009 05 03 06 42c8 0000 dead"),
    (Hostility(kind=Kind.EMPTY_PAYLOAD), "0102 0000 0003 05 03 00"),
    (Hostility(kind=Kind.ODD_PAYLOAD), "0102 0000 0006 05 03 03 42c8 00"),
    (Hostility(kind=Kind.LYING_LENGTH, extra=5), "0102 0000 000c 05 03 04 42c8 0000"),
    (Hostility(kind=Kind.LYING_LENGTH, extra=-3), "0102 0000 0004 05 03 04 42c8 0000"),
    (Hostility(kind=Kind.GARBAGE), GARBAGE.hex()),
    (Hostility(kind=Kind.FRAGMENTS), HONEST),
    (Hostility(kind=Kind.FRAGMENTS, delay_s=0.001), HONEST),
    (Hostility(kind=Kind.DISCONNECT), "0102 0000 0007"),
    (Hostility(kind=Kind.SILENT), ""),
    (Hostility(kind=Kind.BAD_CRC), HONEST),
    (Hostility(kind=Kind.NAN), "0102 0000 0007 05 03 04 7fc0 0000"),
    (Hostility(kind=Kind.INF), "0102 0000 0007 05 03 04 7f80 0000"),
    *[
        (Hostility(kind=Kind.EXCEPTION, code=code), f"0102 0000 0003 05 83 {code:02x}")
        for code in (*range(1, 12), 0x77)
    ],
]
ON_RTU = [
    (Hostility(kind=Kind.WRONG_UNIT), "06 03 04 42c8 0000"),
    (Hostility(kind=Kind.ODD_PAYLOAD), "05 03 03 42c8 00"),
    (Hostility(kind=Kind.LYING_LENGTH, extra=5), "05 03 09 42c8 0000"),
    (Hostility(kind=Kind.ZERO_TRANSACTION), "05 03 04 42c8 0000"),
    (Hostility(kind=Kind.EXCEPTION, code=6), "05 83 06"),
]


def meter(clock: Clock | None = None) -> SimulatedDevice:
    made = profile(register("power", 0, DataType.F32, "kW"))
    return SimulatedDevice(
        made, {"power": Source(read=lambda _: 100.0, maximum=1e3)}, now_ms=clock or Clock()
    )


@pytest.mark.parametrize(("hostility", "expected"), ON_TCP, ids=lambda x: x if isinstance(x, str) else x.kind)
async def test_on_tcp_the_bytes_are_those_meant(hostility: Hostility, expected: str) -> None:
    unit = meter()
    async with ModbusServer({5: unit}) as server, RawClient(server.port) as client:
        assert await client.ask(ASKED) == bytes.fromhex(HONEST)
        unit.hostility = hostility
        assert await client.ask(ASKED) == bytes.fromhex(expected)


@pytest.mark.parametrize(("hostility", "expected"), ON_RTU, ids=lambda x: x if isinstance(x, str) else x.kind)
async def test_on_rtu_the_crc_fits_the_bytes_meant(hostility: Hostility, expected: str) -> None:
    unit, body = meter(), bytes.fromhex(expected)
    unit.hostility = hostility
    async with ModbusServer({5: unit}, framing=Framing.RTU) as server, RawClient(server.port) as client:
        assert await client.ask(rtu_request(5, 3, 0, 2)) == body + slow_crc(body)


async def test_a_bad_crc_is_bad_in_its_last_byte_only() -> None:
    unit = meter()
    async with ModbusServer({5: unit}, framing=Framing.RTU) as server, RawClient(server.port) as client:
        honest = await client.ask(rtu_request(5, 3, 0, 2))
        unit.hostility = Hostility(kind=Kind.BAD_CRC)
        bad = await client.ask(rtu_request(5, 3, 0, 2))
    assert bad == honest[:-1] + bytes((honest[-1] ^ 0xFF,))


@pytest.mark.parametrize("framing", Framing)
async def test_a_late_answer_is_right_and_after_the_clients_timeout(framing: Framing) -> None:
    unit = meter()
    unit.hostility = Hostility(kind=Kind.LATE, delay_s=0.15)
    asked = ASKED if framing is Framing.TCP else rtu_request(5, 3, 0, 2)
    async with ModbusServer({5: unit}, framing=framing) as server, RawClient(server.port) as client:
        assert await client.ask(asked, quiet_s=0.08) == b""
        unit.hostility = None
        late = await client.listen(0.15)
        assert bytes.fromhex("42c8") in late


async def test_a_disconnect_ends_the_connection_in_mid_answer() -> None:
    unit = meter()
    unit.hostility = Hostility(kind=Kind.DISCONNECT)
    async with ModbusServer({5: unit}) as server, RawClient(server.port) as client:
        await client.ask(ASKED)
        assert client.reader.at_eof()


async def test_a_half_open_connection_stays_open_and_dumb_while_new_ones_work() -> None:
    unit = meter()
    unit.hostility = Hostility(kind=Kind.HALF_OPEN)
    async with ModbusServer({5: unit}) as server, RawClient(server.port) as client:
        assert await client.ask(ASKED) == b""
        unit.hostility = None
        assert await client.ask(ASKED) == b""
        assert not client.reader.at_eof()
        async with RawClient(server.port) as other:
            assert await other.ask(ASKED) == bytes.fromhex(HONEST)


async def test_a_silent_unit_leaves_its_neighbours_alone() -> None:
    dead, alive = meter(), meter()
    dead.hostility = Hostility(kind=Kind.SILENT)
    async with ModbusServer({5: dead, 6: alive}) as server, RawClient(server.port) as client:
        assert await client.ask(request(1, 5, 3, 0, 2) + request(2, 6, 3, 0, 2)) == bytes.fromhex(
            "0002 0000 0007 06 03 04 42c8 0000"
        )


async def test_a_hostile_link_makes_all_its_units_hostile() -> None:
    async with ModbusServer({5: meter()}) as server, RawClient(server.port) as client:
        server.hostility = Hostility(kind=Kind.EXCEPTION, code=6)
        assert await client.ask(ASKED) == bytes.fromhex("0102 0000 0003 05 83 06")
        server.hostility = None
        assert await client.ask(ASKED) == bytes.fromhex(HONEST)


def test_fragments_are_single_bytes() -> None:
    answer = Frame(unit_id=1, pdu=b"\x03\x02\x00\x01", transaction=9)
    steps = spoil(answer, Framing.TCP, Hostility(kind=Kind.FRAGMENTS))
    sent = [step.content for step in steps if isinstance(step, Send)]
    assert {len(piece) for piece in sent} == {1}
    assert b"".join(sent) == bytes.fromhex("0009 0000 0005 01 03 02 0001")


def test_bits_lose_and_gain_whole_bytes() -> None:
    answer = Frame(unit_id=1, pdu=bytes.fromhex("01 02 ff 01"))
    (short,) = spoil(answer, Framing.TCP, Hostility(kind=Kind.SHORT_PAYLOAD))
    assert isinstance(short, Send)
    assert short.content.hex() == "000000000004" + "01" + "0101ff"


def test_a_cut_and_a_deaf_ear_are_steps_of_their_own() -> None:
    answer = Frame(unit_id=1, pdu=b"\x03\x02\x00\x01")
    assert isinstance(spoil(answer, Framing.TCP, Hostility(kind=Kind.DISCONNECT))[-1], Cut)
    assert spoil(answer, Framing.TCP, Hostility(kind=Kind.HALF_OPEN)) == (Deafen(),)


def test_integers_show_their_pattern_where_floats_show_nan() -> None:
    clock = Clock()
    made = profile(
        register("state", 0, DataType.I16, "code", not_available=frozenset({0x8000})),
        register("count", 1, DataType.U16, "code"),
    )
    unit = SimulatedDevice(made, {}, now_ms=clock)
    unit.hostility = Hostility(kind=Kind.NAN)
    assert unit.read(made.registers[0].space, 0, 2) == struct.pack(">HH", 0x8000, 0)
    unit.hostility = None
    assert unit.read(made.registers[0].space, 0, 2) == bytes(4)


async def test_requests_wait_behind_a_late_answer() -> None:
    unit = meter()
    unit.hostility = Hostility(kind=Kind.LATE, delay_s=0.05)
    async with ModbusServer({5: unit}) as server, RawClient(server.port) as client:
        began = time.monotonic()
        client.writer.write(request(1, 5, 3, 0, 2) + request(2, 5, 3, 0, 2))
        answers = await asyncio.wait_for(client.reader.readexactly(26), 1.0)
        assert time.monotonic() - began >= 0.1
    assert (answers[1], answers[14]) == (1, 2)
