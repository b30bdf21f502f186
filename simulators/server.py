"""Modbus server on asyncio: TCP or RTU over TCP, several unit ids on one listener, loopback by default."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import Counter, deque
from collections.abc import Mapping
from types import TracebackType
from typing import cast

from simulators.answering import Answering, Unit
from simulators.frames import Frame, Framing
from simulators.hostile import Cut, Deafen, Hostility, Send, Step, Wait
from simulators.secured import SecuredConnection

_BACKLOG = 128


class ModbusServer:
    """One listener. `hostility` (all units) and each unit's own can be switched while it runs."""

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        framing: Framing = Framing.TCP,
        host: str = "127.0.0.1",
        port: int = 0,
        secured: ssl.SSLContext | None = None,
        has_one_place: bool = False,
    ) -> None:
        """`secured`: TLS. `has_one_place`: the first client keeps its place, others are taken and dropped."""
        self._secured = secured
        self._has_one_place = has_one_place
        self.answering = Answering(units, framing)
        self.host = host
        self.port = port
        """The port asked for; once listening, the port in use."""
        self.connections: set[Connection] = set()
        self.accepted = 0
        """Connections taken since the start."""
        self.opened_at = 0.0
        """Loop time at which the last connection was taken."""
        self._listener: asyncio.Server | None = None

    @property
    def requests(self) -> Counter[int]:
        """Return function code -> requests that arrived."""
        return self.answering.requests

    @property
    def has_place(self) -> bool:
        """Say whether another client is served."""
        return not (self._has_one_place and self.connections)

    @property
    def hostility(self) -> Hostility | None:
        """Return what all units do wrong, None to leave it to each."""
        return self.answering.hostility

    @hostility.setter
    def hostility(self, hostility: Hostility | None) -> None:
        self.answering.hostility = hostility

    async def start(self) -> None:
        """Listen; the second call does nothing."""
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(
                self._connection, self.host, self.port, backlog=_BACKLOG
            )
            self.port = self._listener.sockets[0].getsockname()[1]

    def _connection(self) -> asyncio.Protocol:
        plain = Connection(self)
        return plain if self._secured is None else SecuredConnection(plain, self._secured)

    async def refuse(self) -> None:
        """Close the listener and reset every connection; `start` opens the same port again."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        for connection in tuple(self.connections):
            connection.abort()
        if listener is not None:
            await listener.wait_closed()

    async def __aenter__(self) -> ModbusServer:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse()


class Connection(asyncio.Protocol):
    """One client: its requests are answered one after the other, in order."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._cutter = server.answering.cutter()
        self._todo: deque[Frame] = deque()
        self._steps: deque[Step] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._is_deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection; asyncio's callback."""
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.has_place:
            self._transport.abort()
            return
        self._server.connections.add(self)
        self._server.accepted += 1
        self._server.opened_at = asyncio.get_running_loop().time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and what was still to be sent; asyncio's callback."""
        self._server.connections.discard(self)
        self._todo.clear()
        self._steps.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are complete now; asyncio's callback."""
        if self._is_deaf:
            return
        self._todo.extend(self._cutter.feed(data))
        if self._timer is None:
            self._work()

    def eof_received(self) -> bool:
        """Keep a half-open connection open; asyncio's callback."""
        return self._is_deaf

    def abort(self) -> None:
        """Reset the connection: the client sees it at once."""
        if self._transport is not None:
            found: socket.socket = self._transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def _work(self) -> None:
        """Carry out steps until one has to wait or nothing is left."""
        self._timer = None
        while self._transport is not None and not self._is_deaf:
            if not self._steps:
                if not self._todo:
                    return
                self._steps.extend(self._server.answering.answer(self._todo.popleft()))
                continue
            match self._steps.popleft():
                case Send(content):
                    self._transport.write(content)
                case Wait(seconds):
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(seconds, self._work)
                    return
                case Cut():
                    self._steps.clear()
                    self._todo.clear()
                    self._transport.close()
                    return
                case Deafen():
                    self._is_deaf = True
                    self._transport.pause_reading()
