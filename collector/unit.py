"""One open Modbus link: request out, checked answer in. The only file that knows pymodbus.

pymodbus gives the framing (MBAP, RTU with CRC), the request PDUs and the serial transport. The
transaction is ours, because its client takes a late, short, long or foreign answer for a value
(docs/decisions/0002). Requests are the four reads, function codes 1 to 4; there is no other way out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest
from pymodbus.transport.serialtransport import create_serial_connection

from collector.debts import Debts
from collector.faults import LINK_FAULTS, link_down
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
"""Bytes of an unfinished answer that are kept; the longest Modbus frame has 260."""


@dataclass(slots=True)
class _Request:
    """What is asked now, and so what an answer must look like."""

    unit_id: int
    space: Space
    address: int
    count: int
    transaction: int
    answer: asyncio.Future[bytes]
    doubt: BadAnswer | None = None
    """A sound frame that was not ours: named when nothing better comes in time."""
    is_heard: bool = False
    """Bytes came since it was asked."""

    @property
    def payload_bytes(self) -> int:
        return _data_bytes(self.space, self.count)


class _Stale(LinkDown):
    """The peer closed the connection before a byte of the answer: it may never have seen the request."""


class ModbusLink(asyncio.Protocol):
    """A TCP, RTU-over-TCP or serial link; opens itself at the first read and after every fault."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._is_rtu = link.kind is not LinkKind.TCP
        decoder = DecodePDU(is_server=False)
        self._framer = FramerRTU(decoder) if self._is_rtu else FramerSocket(decoder)
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._request: _Request | None = None
        self._transaction = 0
        self._silent = 0
        self._opened = asyncio.Event()
        self._debts = Debts()
        """RTU only: what may still come late."""

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        """Return the words as 2*count bytes as on the wire, or one byte 0/1 a bit.

        Raises LinkDown, NoAnswer, BadAnswer or DeviceRefused. A cancelled read closes the link, so
        that nothing of it can leak into the next one. Some gateways close the connection after each
        answer, which shows only when the next request is out: that one is asked once more.
        """
        is_reused = self._transport is not None
        now = asyncio.get_running_loop().time
        until = now() + timeout_s
        try:
            return await self._read(unit_id, space, address, count, timeout_s)
        except _Stale:
            if not is_reused or now() >= until:
                raise
        await self._open(until - now())
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
                    await loop.create_connection(lambda: self, link.host, link.port)
        except TimeoutError as error:
            raise LinkDown(link.id, f"{link.address} does not take the connection") from error
        except LINK_FAULTS as error:
            # Without its frames, which would keep a half-open port and its lock.
            raise link_down(link, error) from error.with_traceback(None)

    async def _resynchronise(
        self, unit_id: int, space: Space, address: int, count: int, timeout_s: float
    ) -> None:
        """Ask a unit that owes answers for something they cannot be mixed up with, until they are over."""
        self._debts.forget(unit_id, asyncio.get_running_loop().time())
        for probe_space, probe_count in self._debts.probes(unit_id, space):
            if not self._debts.confuses(unit_id, space, _data_bytes(space, count)):
                return
            first = min(address, 0x10000 - probe_count)
            try:
                await self._ask(unit_id, probe_space, first, probe_count, timeout_s)
            except DeviceRefused:
                continue  # an answer, too, if it cannot be an old one
        if self._debts.confuses(unit_id, space, _data_bytes(space, count)):
            raise BadAnswer(
                f"{self._link.id} unit {unit_id}",
                "refuses whatever would tell a late answer from a new one",
                "raise the link's timeout_s above the time the unit takes to answer",
                kind="late",
            )

    async def _ask(self, unit_id: int, space: Space, address: int, count: int, timeout_s: float) -> bytes:
        transport = self._transport
        if transport is None:
            raise LinkDown(self._link.id, f"{self._link.address} closed the connection")
        loop = asyncio.get_running_loop()
        self._transaction = self._transaction % _MAX_TRANSACTION + 1
        pdu = _REQUESTS[space](address=address, count=count, dev_id=unit_id, transaction_id=self._transaction)
        request = _Request(unit_id, space, address, count, self._transaction, loop.create_future())
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

    def _conclude(self, request: _Request, *, is_certain: bool) -> None:
        """Note whether the unit has said all it will say, or may still answer."""
        if not self._is_rtu:
            return
        if is_certain:
            self._debts.settle(request.unit_id)
        else:
            now = asyncio.get_running_loop().time()
            self._debts.owe(request.unit_id, request.space, request.payload_bytes, now)

    def _time_out(self, request: _Request, timeout_s: float) -> None:
        if request.answer.done():
            return
        self._silent += 1
        is_cut_off = bool(self._buffer)
        if is_cut_off and request.doubt is None:
            request.doubt = self._bad(request, "frame", f"{len(self._buffer)} bytes that make no frame")
        subject = f"{self._link.id} unit {request.unit_id}"
        request.answer.set_exception(
            request.doubt or NoAnswer(subject, f"no answer within {timeout_s:.3g} s")
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
        self._opened.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the waiting read, unless we closed it ourselves."""
        if self._transport is not None:
            reason = f"{self._link.address} closed the connection"
            is_stale = self._request is not None and not self._request.is_heard
            broken = _Stale if is_stale else LinkDown
            self._drop(broken(self._link.id, f"{reason}: {exc}" if exc else reason))

    def data_received(self, data: bytes) -> None:
        """Take bytes in any portions; what nobody asked for is dropped."""
        request = self._request
        if request is None and self._is_rtu:
            return
        self._buffer += data
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

    def _settle(self, request: _Request, result: bytes | DeviceError) -> None:
        if request.answer.done():
            return
        self._silent = 0
        if isinstance(result, DeviceError):
            request.answer.set_exception(result)
        else:
            request.answer.set_result(result)

    def _take_tcp(self, request: _Request | None) -> None:
        """Cut the stream into frames, also between two reads, so that it never loses its step."""
        while len(self._buffer) >= 8:
            length = int.from_bytes(self._buffer[4:6], "big")
            if self._buffer[2:4] != b"\0\0" or not 3 <= length <= 254:
                what = "bytes that are no Modbus TCP frame"
                self._drop(None if request is None else self._bad(request, "frame", what))
                return
            if len(self._buffer) < 6 + length:
                return
            unit_id, transaction = self._buffer[6], int.from_bytes(self._buffer[:2], "big")
            pdu, self._buffer = self._buffer[7 : 6 + length], self._buffer[6 + length :]
            if request is None or request.answer.done():
                continue
            if transaction == request.transaction:
                if unit_id != request.unit_id:
                    raise self._bad(request, "unit", f"an answer of unit {unit_id}")
                self._settle(request, self._payload(request, pdu))
                continue
            request.doubt = self._bad(request, "transaction", f"an answer to request {transaction}")
            if transaction == 0:
                raise request.doubt

    def _take_rtu(self, request: _Request) -> None:
        while not request.answer.done():
            found = _rtu_frame(self._buffer, request)
            if found is None:
                if len(self._buffer) > _BUFFER_LIMIT:
                    self._drop(self._bad(request, "frame", "bytes without end that are no RTU frame"))
                return
            start, end = found
            unit_id, pdu = self._buffer[start], self._buffer[start + 1 : end - 2]
            self._buffer = self._buffer[end:]
            if unit_id != request.unit_id:
                request.doubt = self._bad(request, "unit", f"an answer of unit {unit_id}")
            else:
                self._take_rtu_pdu(request, pdu)

    def _take_rtu_pdu(self, request: _Request, pdu: bytes) -> None:
        try:
            self._settle(request, self._payload(request, pdu))
        except BadAnswer as error:
            if request.unit_id not in self._debts:
                raise
            request.doubt = error  # an answer owed from before; ours follows

    def _payload(self, request: _Request, pdu: bytes) -> bytes:
        """Return the data of a PDU that answers the request, or raise what is wrong with it."""
        function, expected = pdu[0], request.space.function_code
        if function == expected | 0x80 and len(pdu) == 2:
            raise DeviceRefused(
                f"{self._link.id} unit {request.unit_id}",
                pdu[1],
                space=request.space,
                address=request.address,
                count=request.count,
            )
        if function != expected:
            raise self._bad(request, "function", f"function code {function}")
        size = request.payload_bytes
        if len(pdu) != 2 + size or pdu[1] != size:
            raise self._bad(request, "length", f"{len(pdu) - 2} data bytes instead of {size}")
        if not request.space.is_bits:
            return pdu[2:]
        bits = int.from_bytes(pdu[2:], "little")
        return bytes(bits >> place & 1 for place in range(request.count))

    def _bad(self, request: _Request, kind: str, what: str) -> BadAnswer:
        return BadAnswer(
            f"{self._link.id} unit {request.unit_id}",
            f"answered {request.space.value} {request.address}+{request.count} with {what}",
            "check unit id, framing and cabling; two masters on one bus look like this, too",
            kind=kind,
        )


def _data_bytes(space: Space, count: int) -> int:
    return (count + 7) // 8 if space.is_bits else 2 * count


def _rtu_frame(buffer: bytes, request: _Request) -> tuple[int, int] | None:
    """Return (start, end) of the next sound frame; None while there is none.

    At the head any answer is taken. Behind noise (a glitch at line turn-around, the echo of our own
    request, half a frame) only one that names our unit and function code, lest data look like a frame.
    """
    ours = request.space.function_code
    for start in range(len(buffer) - 4):
        function = buffer[start + 1]
        if start and (buffer[start] != request.unit_id or function & 0x7F != ours):
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
