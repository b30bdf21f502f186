"""One open Modbus link: request out, checked answer in. The only file that knows pymodbus.

pymodbus gives the framing (MBAP, RTU with CRC), the request PDUs and the serial transport. The
transaction is ours, because its client takes a late, short, long or foreign answer for a value
(docs/decisions/0002). Requests are the four reads, function codes 1 to 4; there is no other way out.
"""

from __future__ import annotations

import asyncio

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest
from pymodbus.transport.serialtransport import create_serial_connection

from collector.debts import Debts
from collector.faults import LINK_FAULTS, Stale, connection_closed, link_down, no_connection
from collector.request import Request, data_bytes
from collector.secured import tls_context
from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown, NoAnswer
from domain.plant import Link, LinkKind
from domain.registers import Space

_REQUESTS: dict[Space, type[ModbusPDU]] = {
    Space.COIL: ReadCoilsRequest,
    Space.DISCRETE: ReadDiscreteInputsRequest,
    Space.HOLDING: ReadHoldingRegistersRequest,
    Space.INPUT: ReadInputRegistersRequest,
}
_MAX_TRANSACTION = 65000
_SILENT_ANSWERS = 3
"""Timeouts in a row after which a TCP link is opened anew: a device slower than that never catches up."""
_BUFFER_LIMIT = 1024
"""Bytes of an unfinished answer that are kept."""
_FRAME_LIMIT = 260
"""Bytes of the longest Modbus frame."""
_SPACES = {space.function_code: space for space in Space}


class ModbusLink(asyncio.Protocol):
    """A TCP, RTU-over-TCP or serial link; opens itself at the first read and after every fault."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._is_rtu = link.kind is not LinkKind.TCP
        decoder = DecodePDU(is_server=False)
        self._framer = FramerRTU(decoder) if self._is_rtu else FramerSocket(decoder)
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._request: Request | None = None
        self._transaction = 0
        self._silent = 0
        self._has_answered = False
        """Bytes came on this connection."""
        self._lost: LinkDown | None = None
        """Why the last connection ended without us."""
        self._opened = asyncio.Event()
        self._debts = Debts()
        """RTU only: what may still come late, and what came though nobody asked."""

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        """Return the words as 2*count bytes as on the wire, or one byte 0/1 a bit.

        Raises LinkDown, NoAnswer, BadAnswer or DeviceRefused. A cancelled read closes the link, so
        that nothing of it can leak into the next one. Some gateways close the connection after each
        answer, which shows only when the next request is out: that one is asked once more.
        """
        if self._is_rtu and not unit_id:
            raise ValueError("unit id 0 is a broadcast on a serial bus, and nothing answers to it")
        self._refuse_surplus(unit_id, space, count)
        answer = await self._read_again_if_stale(unit_id, space, address, count, timeout_s)
        self._refuse_surplus(unit_id, space, count)  # what came in one portion with the answer
        return answer

    async def _read_again_if_stale(
        self, unit_id: int, space: Space, address: int, count: int, timeout_s: float
    ) -> bytes:
        is_reused = self._transport is not None
        now = asyncio.get_running_loop().time
        until = now() + timeout_s
        try:
            return await self._read(unit_id, space, address, count, timeout_s)
        except Stale:
            if not is_reused or now() >= until:
                raise
        await self._open(until - now())
        until += self._link.connect_pause_s
        return await self._read(unit_id, space, address, count, max(until - now(), 0.0))

    async def _read(self, unit_id: int, space: Space, address: int, count: int, timeout_s: float) -> bytes:
        if self._transport is None:
            await self._open(timeout_s)
        if self._is_rtu and unit_id in self._debts:
            await self._resynchronise(unit_id, space, address, count, timeout_s)
        return await self._ask(unit_id, space, address, count, timeout_s)

    async def close(self) -> None:
        """Close the link; a later read opens it again."""
        self._drop(None)

    async def _open(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        link = self._link
        self._opened.clear()
        try:
            async with asyncio.timeout(timeout_s):
                if link.kind is LinkKind.SERIAL:
                    await create_serial_connection(
                        loop,
                        lambda: self,
                        link.path,
                        baudrate=link.baudrate,
                        bytesize=link.data_bits,
                        parity=link.parity,
                        stopbits=link.stop_bits,
                        timeout=timeout_s,
                    )
                    await self._opened.wait()  # it returns before its transport is ours
                else:
                    secured = tls_context(link) if link.tls else None
                    await loop.create_connection(lambda: self, link.host, link.port, ssl=secured)
        except TimeoutError as error:
            raise no_connection(link) from error
        except LINK_FAULTS as error:
            # Without its frames, which would keep a half-open port and its lock.
            raise link_down(link, error) from error.with_traceback(None)
        await self._rest()

    async def _rest(self) -> None:
        """Give a device that was just connected the time that it needs before the first request."""
        if not self._link.connect_pause_s:
            return
        try:
            await asyncio.sleep(self._link.connect_pause_s)
        except asyncio.CancelledError:
            self._drop(None)
            raise

    async def _resynchronise(
        self, unit_id: int, space: Space, address: int, count: int, timeout_s: float
    ) -> None:
        """Ask a unit that owes answers for something they cannot be mixed up with, until they are over."""
        self._debts.forget(unit_id, asyncio.get_running_loop().time())
        for probe_space, probe_count in self._debts.probes(unit_id, space):
            if not self._debts.confuses(unit_id, space, data_bytes(space, count)):
                return
            first = min(address, 0x10000 - probe_count)
            try:
                await self._ask(unit_id, probe_space, first, probe_count, timeout_s)
            except DeviceRefused:
                continue  # an answer, too, if it cannot be an old one
        if self._debts.confuses(unit_id, space, data_bytes(space, count)):
            raise BadAnswer(
                f"{self._link.id} unit {unit_id}",
                "refuses whatever would tell a late answer from a new one",
                "raise the link's timeout_s above the time the unit takes to answer",
                kind="late",
            )

    def _refuse_surplus(self, unit_id: int, space: Space, count: int) -> None:
        """Raise BadAnswer when the unit answered more often than it was asked.

        Which of the answers was ours nobody can say. The unit is brought back into step at the next read.
        """
        now = asyncio.get_running_loop().time()
        if not self._debts.owe_surplus(unit_id, now):
            return
        self._debts.owe(unit_id, space, data_bytes(space, count), now)
        self._drop(None)
        raise BadAnswer(
            f"{self._link.id} unit {unit_id}",
            "answered once more than it was asked, so the last value may not be ours",
            "look for another master on the bus, or a gateway that gives answers twice",
            kind="surplus",
        )

    async def _ask(self, unit_id: int, space: Space, address: int, count: int, timeout_s: float) -> bytes:
        transport = self._transport
        if transport is None:
            raise self._lost or LinkDown(self._link.id, f"{self._link.address} closed the connection")
        loop = asyncio.get_running_loop()
        request = self._next_request(unit_id, space, address, count)
        pdu = _REQUESTS[space](
            address=address, count=count, dev_id=unit_id, transaction_id=request.transaction
        )
        self._request = request
        if self._is_rtu:
            self._buffer = b""
        try:
            transport.write(self._framer.buildFrame(pdu))
        except LINK_FAULTS as error:
            self._request = None
            self._drop(None)
            raise link_down(self._link, error) from error
        timer = loop.call_later(timeout_s, self._time_out, request, timeout_s)
        try:
            answer = await request.answer
        except DeviceRefused:
            self._conclude(request, is_certain=not self._debts.confuses_refusal(unit_id, space))
            raise
        except DeviceError:
            self._conclude(request, is_certain=False)
            raise
        except asyncio.CancelledError:
            self._conclude(request, is_certain=False)
            self._drop(None)
            raise
        finally:
            timer.cancel()
            self._request = None
        self._conclude(request, is_certain=True)
        return answer

    def _next_request(self, unit_id: int, space: Space, address: int, count: int) -> Request:
        self._transaction = self._transaction % _MAX_TRANSACTION + 1
        return Request(
            link_id=self._link.id,
            unit_id=unit_id,
            space=space,
            address=address,
            count=count,
            transaction=self._transaction,
            answer=asyncio.get_running_loop().create_future(),
        )

    def _conclude(self, request: Request, *, is_certain: bool) -> None:
        """Note whether the unit has said all it will say, or may still answer."""
        if not self._is_rtu:
            return
        if is_certain:
            self._debts.settle(request.unit_id)
        else:
            now = asyncio.get_running_loop().time()
            self._debts.owe(request.unit_id, request.space, request.payload_bytes, now)
        self._note_surplus()

    def _note_surplus(self) -> None:
        """Note the sound frames among bytes that nobody asked for; noise means nothing."""
        while found := _rtu_frame(self._buffer):
            start, end = found
            frame, self._buffer = self._buffer[start:end], self._buffer[end:]
            self._note_foreign(frame)
        self._buffer = self._buffer[-_FRAME_LIMIT:]

    def _note_foreign(self, frame: bytes) -> None:
        space = _SPACES.get(frame[1] & 0x7F)
        if space is not None:
            size = None if frame[1] & 0x80 else frame[2]
            self._debts.note(frame[0], space, size, asyncio.get_running_loop().time())

    def _time_out(self, request: Request, timeout_s: float) -> None:
        if request.answer.done():
            return
        self._silent += 1
        is_cut_off = bool(self._buffer)
        if is_cut_off and request.doubt is None:
            request.doubt = request.bad("frame", f"{len(self._buffer)} bytes that make no frame")
        request.answer.set_exception(
            request.doubt or NoAnswer(request.subject, f"no answer within {timeout_s:.3g} s")
        )
        if self._is_rtu or is_cut_off or self._silent >= _SILENT_ANSWERS:
            self._drop(None)

    def _drop(self, error: Exception | None) -> None:
        """Close the connection; whoever waits is told at once instead of after the timeout."""
        transport, self._transport = self._transport, None
        self._buffer = b""
        self._silent = 0
        if transport is not None:
            transport.abort()
        if self._request is not None and not self._request.answer.done():
            self._request.answer.set_exception(
                error or LinkDown(self._link.id, f"{self._link.address} was closed")
            )

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport of the connection just opened."""
        self._transport = transport  # type: ignore[assignment]
        self._silent = 0
        self._has_answered = False
        self._lost = None
        self._opened.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the waiting read, unless we closed it ourselves."""
        if self._transport is not None:
            is_stale = self._request is not None and not self._request.is_heard
            self._lost = connection_closed(
                self._link, exc, is_stale=is_stale, has_answered=self._has_answered
            )
            self._drop(self._lost)

    def data_received(self, data: bytes) -> None:
        """Take bytes in any portions; what nobody asked for is no value."""
        request = self._request
        self._buffer += data
        if request is None and self._is_rtu:
            self._note_surplus()
            return
        self._has_answered = True
        if request is not None:
            request.is_heard = True
        try:
            if not self._is_rtu:
                self._take_tcp(request)
            elif request is not None:
                self._take_rtu(request)
        except DeviceError as error:
            if request is not None:
                self._settle(request, error)
            if self._buffer and not self._is_rtu and isinstance(error, BadAnswer):
                self._drop(error)  # nobody knows where the next frame begins

    def _settle(self, request: Request, result: bytes | DeviceError) -> None:
        if request.answer.done():
            return
        self._silent = 0
        if isinstance(result, DeviceError):
            request.answer.set_exception(result)
        else:
            request.answer.set_result(result)

    def _take_tcp(self, request: Request | None) -> None:
        """Cut the stream into frames, also between two reads, so that it never loses its step."""
        while len(self._buffer) >= 8:
            length = int.from_bytes(self._buffer[4:6], "big")
            if self._buffer[2:4] != b"\0\0" or not 3 <= length <= 254:
                what = "bytes that are no Modbus TCP frame"
                self._drop(None if request is None else request.bad("frame", what))
                return
            if len(self._buffer) < 6 + length:
                return
            unit_id, transaction = self._buffer[6], int.from_bytes(self._buffer[:2], "big")
            pdu, self._buffer = self._buffer[7 : 6 + length], self._buffer[6 + length :]
            if request is None or request.answer.done():
                continue
            if transaction == request.transaction:
                if unit_id != request.unit_id:
                    raise request.bad("unit", f"an answer of unit {unit_id}")
                self._settle(request, request.payload(pdu))
                continue
            request.doubt = request.bad("transaction", f"an answer to request {transaction}")
            if transaction == 0:
                raise request.doubt

    def _take_rtu(self, request: Request) -> None:
        while not request.answer.done():
            found = _rtu_frame(self._buffer, request)
            if found is None:
                if len(self._buffer) > _BUFFER_LIMIT:
                    self._drop(request.bad("frame", "bytes without end that are no RTU frame"))
                return
            start, end = found
            frame, self._buffer = self._buffer[start:end], self._buffer[end:]
            if frame[0] != request.unit_id:
                request.doubt = request.bad("unit", f"an answer of unit {frame[0]}")
                self._note_foreign(frame)
            else:
                self._take_rtu_pdu(request, frame[1:-2])

    def _take_rtu_pdu(self, request: Request, pdu: bytes) -> None:
        try:
            self._settle(request, request.payload(pdu))
        except BadAnswer as error:
            if request.unit_id not in self._debts:
                raise
            request.doubt = error  # an answer owed from before; ours follows


def _rtu_frame(buffer: bytes, request: Request | None = None) -> tuple[int, int] | None:
    """Return (start, end) of the next sound frame of a read's answer; None while there is none.

    With a request, any answer is taken at the head. Behind noise (a glitch at line turn-around, the echo
    of our own request, half a frame) only one that names our unit and function code, lest data look
    like a frame.
    """
    for start in range(len(buffer) - 4):
        unit_id, function = buffer[start], buffer[start + 1]
        if start and request and (unit_id, function & 0x7F) != (request.unit_id, request.space.function_code):
            continue
        if function & 0x80:
            end = start + 5
        elif 1 <= function <= 4:
            end = start + 5 + buffer[start + 2]
        else:
            continue
        if end <= len(buffer):
            checksum = int.from_bytes(buffer[end - 2 : end], "big")
            if FramerRTU.check_CRC(buffer[start : end - 2], checksum):
                return start, end
    return None
