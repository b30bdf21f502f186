"""The bench's Modbus TCP server in a process of its own: answers are bytes that lie ready.

python -m simulators.fast --devices 50 --registers 40 --base-port 15100 [--one-port] [--silent-unit 17]

Device n (1, 2, ...) has float32 holding and input registers at address 0, 2, 4, ...; register r shows
1000 * n + r. It listens on base-port + n - 1 for every unit id, or with --one-port is unit n of base-port.
The first line on stdout says "ready" and the ports; on SIGTERM a JSON line gives requests and CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from simulators.frames import Frame, FrameCutter, Framing

_REQUEST = 12
"""Bytes of a read request on TCP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to serve."""

    devices: int = 50
    registers: int = 40
    host: str = "127.0.0.1"
    base_port: int = 0
    one_port: bool = False
    silent_unit: int | None = None
    """Number of a device that never answers."""


def shown(device: int, register: int) -> float:
    """Return what a register of a device shows."""
    return 1000.0 * device + register


def answer_of(load: Load, device: int, frame: Frame) -> bytes:
    """Return the answer from the MBAP length on; empty for silence."""
    if device == load.silent_unit:
        return b""
    pdu = bytes((frame.pdu[0] | 0x80, 0x0B))
    if 1 <= device <= load.devices:
        pdu = _read(load, device, frame.pdu)
    return struct.pack(">HB", len(pdu) + 1, frame.unit_id) + pdu


def _read(load: Load, device: int, pdu: bytes) -> bytes:
    function = pdu[0]
    if function not in (3, 4):
        return bytes((function | 0x80, 1))
    address, count = struct.unpack(">HH", pdu[1:5])
    if not 1 <= count <= 125:
        return bytes((function | 0x80, 3))
    if address + count > 2 * load.registers:
        return bytes((function | 0x80, 2))
    values = [shown(device, register) for register in range(load.registers)]
    words = struct.pack(f">{load.registers}f", *values)
    return bytes((function, 2 * count)) + words[2 * address : 2 * (address + count)]


class FastServer:
    """All listeners of one load."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.ports: list[int] = []
        self.requests = 0
        self.ready_cpu_s = 0.0
        """CPU used before the first request: the interpreter's start."""
        self._listeners: list[asyncio.Server] = []

    async def start(self) -> None:
        """Listen on every port."""
        loop = asyncio.get_running_loop()
        numbers: list[int | None] = [None]
        if not self.load.one_port:
            numbers = list(range(1, self.load.devices + 1))
        for place, number in enumerate(numbers):
            port = self.load.base_port + place if self.load.base_port else 0
            answers: dict[bytes, bytes] = {}
            listener = await loop.create_server(
                lambda number=number, answers=answers: FastConnection(self, number, answers),  # type: ignore[misc]
                self.load.host,
                port,
            )
            self._listeners.append(listener)
            self.ports.append(listener.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.close()


class FastConnection(asyncio.Protocol):
    """One client: a request seen before costs one look-up and one write."""

    def __init__(self, server: FastServer, device: int | None, answers: dict[bytes, bytes]) -> None:
        self._server = server
        self._device = device
        self._answers = answers
        self._cutter = FrameCutter(Framing.TCP)
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection; asyncio's callback."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer; asyncio's callback."""
        transport = self._transport
        assert transport is not None
        if len(data) == _REQUEST and not self._cutter.waiting:
            tail = self._answers.get(data[6:])
            if tail is not None:
                self._server.requests += 1
                if tail:
                    transport.write(data[:4] + tail)
                return
        for frame in self._cutter.feed(data):
            self._server.requests += 1
            tail = answer_of(self._server.load, self._device or frame.unit_id, frame)
            if len(frame.pdu) == 5:
                self._answers[bytes((frame.unit_id,)) + frame.pdu] = tail
            if tail:
                transport.write(struct.pack(">HH", frame.transaction, 0) + tail)


def parse(arguments: Sequence[str]) -> Load:
    """Return the load that a command line asks for."""
    parser = argparse.ArgumentParser(
        prog="simulators.fast", description="Fast Modbus TCP server for the bench."
    )
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--registers", type=int, default=40, help="float32 registers a device")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--base-port", type=int, default=0, help="0: any free ports")
    parser.add_argument("--one-port", action="store_true", help="all devices behind one port")
    parser.add_argument("--silent-unit", type=int, default=None, help="number of a device that never answers")
    found = parser.parse_args(arguments)
    return Load(**vars(found))


async def serve(load: Load) -> FastServer:
    """Serve until SIGTERM or SIGINT."""
    server = FastServer(load)
    await server.start()
    server.ready_cpu_s = _cpu_s()
    sys.stdout.write(f"ready {' '.join(str(port) for port in server.ports)}\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()
    return server


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Serve, then say what it cost."""
    server = asyncio.run(serve(parse(sys.argv[1:])))
    cpu_s = _cpu_s() - server.ready_cpu_s
    cost_us = cpu_s * 1e6 / max(1, server.requests)
    told = {"requests": server.requests, "cpu_s": round(cpu_s, 3), "cpu_us_per_request": round(cost_us, 1)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
