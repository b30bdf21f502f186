"""Modbus devices that answer whatever a script says, on real sockets and a real pseudo-terminal.

What they say goes to the newest connection, as a transparent serial server does it. All bytes that
arrive are kept. A device says one thing after the other, as it was asked, however late its clock wakes.
"""

from __future__ import annotations

import asyncio
import os
import struct
import tty
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from collector.unit import ModbusLink
from domain.plant import Link, LinkKind
from domain.registers import Space
from simulators.frames import crc16

CUT = None
"""In the place of bytes: cut the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    ordinal: int
    unit_id: int
    function: int
    address: int
    count: int
    transaction: int
    is_rtu: bool

    def frame(self, pdu: bytes, *, unit_id: int | None = None, transaction: int | None = None) -> bytes:
        """Return an answer around a PDU."""
        unit = self.unit_id if unit_id is None else unit_id
        if self.is_rtu:
            body = bytes([unit]) + pdu
            return body + crc16(body)
        number = self.transaction if transaction is None else transaction
        return struct.pack(">HHHB", number, 0, len(pdu) + 1, unit) + pdu

    def payload(self) -> bytes:
        """Return data that names this very request: its ordinal in every word."""
        if self.function in (1, 2):
            size = (self.count + 7) // 8
            return (self.ordinal.to_bytes(2, "little") * size)[:size]
        return struct.pack(">H", self.ordinal) * self.count

    def good(self) -> bytes:
        """Return the right answer."""
        payload = self.payload()
        return self.frame(bytes([self.function, len(payload)]) + payload)

    def refusal(self, code: int) -> bytes:
        """Return an exception."""
        return self.frame(bytes([self.function | 0x80, code]))


Step = tuple[float, bytes | None]
Script = Callable[[Asked], Sequence[Step]]


def honest(asked: Asked) -> Sequence[Step]:
    """Answer at once and right."""
    return [(0.0, asked.good())]


@dataclass
class Device:
    """What hears and what says, whatever the wire."""

    kind: LinkKind
    script: Script = honest
    received: bytearray = field(default_factory=bytearray)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    say: Callable[[bytes], None] = lambda content: None
    cut: Callable[[], None] = lambda: None
    link: Link = field(default_factory=lambda: Link(id="l", kind=LinkKind.TCP))
    _part: bytes = b""
    _to_say: deque[tuple[float, bytes | None]] = field(default_factory=deque)
    """(second of the loop's clock from which on it may be said, what), in the order of the requests."""

    def hear(self, content: bytes) -> None:
        """Take bytes from the client and carry out the script for each request."""
        self.received += content
        self._part += content
        size = 12 if self.kind is LinkKind.TCP else 8
        while len(self._part) >= size:
            request, self._part = self._part[:size], self._part[size:]
            self.asked.append(self._parse(request))
            for delay_s, step in self.script(self.asked[-1]):
                self._say_later(delay_s, step)

    def restart_stream(self) -> None:
        """Forget half a request: a new connection begins."""
        self._part = b""

    def _parse(self, request: bytes) -> Asked:
        is_rtu = self.kind is not LinkKind.TCP
        transaction = 0 if is_rtu else int.from_bytes(request[:2], "big")
        unit_id, function, address, count = struct.unpack(">BBHH", request[:6] if is_rtu else request[6:])
        return Asked(
            ordinal=len(self.asked) + 1,
            unit_id=unit_id,
            function=function,
            address=address,
            count=count,
            transaction=transaction,
            is_rtu=is_rtu,
        )

    def _say_later(self, delay_s: float, step: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s
        self._to_say.append((due, step))
        if delay_s:
            loop.call_at(due, self._say_due, due)
        else:
            self._say_due(due)

    def _say_due(self, until: float) -> None:
        # Timers of a busy loop run behind the requests that came meanwhile: what is older goes first.
        while self._to_say and self._to_say[0][0] <= until:
            _, step = self._to_say.popleft()
            if step is CUT:
                self.cut()
            else:
                self.say(step)


class _Connection(asyncio.Protocol):
    def __init__(self, device: Device) -> None:
        self._device = device

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        device = self._device
        device.connections += 1
        device.restart_stream()

        def say(content: bytes) -> None:
            if not transport.is_closing():
                transport.write(content)

        device.say, device.cut = say, transport.abort

    def data_received(self, data: bytes) -> None:
        self._device.hear(data)


@asynccontextmanager
async def scripted(
    kind: LinkKind, script: Script = honest, *, timeout_s: float = 0.5
) -> AsyncIterator[Device]:
    """Give a device of the kind on a fresh port or pseudo-terminal, with the link that leads to it."""
    device = Device(kind=kind, script=script)
    loop = asyncio.get_running_loop()
    if kind is not LinkKind.SERIAL:
        server = await loop.create_server(lambda: _Connection(device), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        device.link = Link(id="l", kind=kind, host="127.0.0.1", port=port, timeout_s=timeout_s)
        try:
            yield device
        finally:
            server.close()
            device.cut()
        return
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    device.link = Link(id="l", kind=kind, path=os.ttyname(theirs), baudrate=115200, timeout_s=timeout_s)

    def say(content: bytes) -> None:
        os.write(ours, content)

    device.say = say
    loop.add_reader(ours, lambda: device.hear(os.read(ours, 4096)))
    try:
        yield device
    finally:
        loop.remove_reader(ours)
        device.say = lambda content: None
        os.close(ours)
        os.close(theirs)


@asynccontextmanager
async def opened(device: Device) -> AsyncIterator[ModbusLink]:
    """Give the link under test, closed at the end."""
    link = ModbusLink(device.link)
    try:
        yield link
    finally:
        await link.close()
        await asyncio.sleep(0)


def ordinal_of(space: Space, answer: bytes) -> int:
    """Return which request an answer belongs to; fails when it is a mixture."""
    if space.is_bits:
        return sum(bit << place for place, bit in enumerate(answer[:16]))
    words = {answer[place : place + 2] for place in range(0, len(answer), 2)}
    assert len(words) == 1, answer.hex(" ")
    return int.from_bytes(words.pop(), "big")


async def read(link: ModbusLink, count: int = 2, *, unit_id: int = 1, timeout_s: float = 0.5) -> int:
    """Read holding registers; return the ordinal of the request that the answer belongs to."""
    answer = await link.read(unit_id, Space.HOLDING, 100, count, timeout_s=timeout_s)
    assert len(answer) == 2 * count
    return ordinal_of(Space.HOLDING, answer)


def once(first: Callable[[Asked], Sequence[Step]]) -> Callable[[Asked], Sequence[Step]]:
    """Do something else with the first request; be honest from then on."""
    return lambda asked: first(asked) if asked.ordinal == 1 else honest(asked)
