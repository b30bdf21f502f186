"""What the tests know of Modbus by themselves: frames by hand, a raw socket client, small profiles."""

from __future__ import annotations

import asyncio
import struct
from fractions import Fraction
from types import TracebackType

from domain.plant import Device, Link, LinkKind, Plant, Point
from domain.registers import DataType, DeviceProfile, ReadableRange, Register, Space


def request(transaction: int, unit_id: int, function: int, address: int, count: int) -> bytes:
    return struct.pack(">HHHBBHH", transaction, 0, 6, unit_id, function, address, count)


def rtu_request(unit_id: int, function: int, address: int, count: int) -> bytes:
    body = struct.pack(">BBHH", unit_id, function, address, count)
    return body + slow_crc(body)


def slow_crc(body: bytes) -> bytes:
    """CRC-16 bit by bit, as the serial line guide writes it."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return bytes((crc & 0xFF, crc >> 8))


class RawClient:
    """A socket and nothing else."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> RawClient:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.transport.abort()

    async def ask(self, message: bytes, quiet_s: float = 0.05) -> bytes:
        """Send, and return all bytes until the line is quiet or closed."""
        self.writer.write(message)
        return await self.listen(quiet_s)

    async def listen(self, quiet_s: float = 0.05) -> bytes:
        heard = b""
        while True:
            try:
                chunk = await asyncio.wait_for(self.reader.read(4096), quiet_s)
            except TimeoutError:
                return heard
            if not chunk:
                return heard
            heard += chunk


class Clock:
    def __init__(self, now_ms: int = 1_767_600_000_000) -> None:
        self.now = now_ms

    def __call__(self) -> int:
        return self.now


def register(
    name: str, address: int, kind: DataType = DataType.U16, unit: str = "kW", **more: object
) -> Register:
    space = more.pop("space", Space.HOLDING)
    scale = more.pop("scale", Fraction(1))
    return Register(name=name, address=address, type=kind, unit=unit, space=space, scale=scale, **more)  # type: ignore[arg-type]


def profile(
    *registers: Register, readable: tuple[ReadableRange, ...] = (), max_block: int = 125
) -> DeviceProfile:
    return DeviceProfile(
        id="test",
        maker="us",
        model="t",
        kind="meter",
        manual="",
        source="",
        hardware="unverified",
        registers=registers,
        readable=readable,
        max_block=max_block,
    )


def small_plant(kind: LinkKind = LinkKind.TCP, path: str = "") -> Plant:
    """A gas meter, a feeder and a line's counter on one link."""
    gas = profile(
        register(
            "volume_reference", 0, DataType.U32, "m3", scale=Fraction(1, 100), is_counter=True, modulus=10**9
        ),
        register("gas_temperature", 2, DataType.F32, "C"),
    )
    feeder = profile(
        register("active_energy_import", 0, DataType.U64, "Wh", is_counter=True),
        register("active_power", 4, DataType.F32, "W"),
    )
    plc = profile(register("produced_mass", 0, DataType.U32, "kg", is_counter=True))
    found = (("gas_coil", 1, gas), ("em_coil", 2, feeder), ("plc_coil", 3, plc))
    link = Link(id="bus", kind=kind, host="127.0.0.1", port=0, path=path, baudrate=115200)
    return Plant(
        site="s",
        gateway="g",
        time_zone="Asia/Shanghai",
        label={},
        is_demo=True,
        processes=(),
        links=(link,),
        devices=tuple(_device(name, unit_id, found_profile) for name, unit_id, found_profile in found),
    )


def _device(name: str, unit_id: int, made: DeviceProfile) -> Device:
    points = tuple(
        Point(device=name, name=point.name, unit=point.canonical_unit, is_counter=point.is_counter)
        for point in made.points
    )
    return Device(id=name, link="bus", unit_id=unit_id, profile=made, interval_s=1.0, points=points)
