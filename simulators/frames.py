"""Modbus frames as bytes: MBAP (TCP) and RTU with CRC-16, cut out of a stream of any chunking."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

MAX_TCP_FRAME = 260
"""Modbus Messaging on TCP/IP V1.0b, 4.1: MBAP header and PDU."""
MAX_RTU_FRAME = 256
_WRITE_MULTIPLE = (15, 16)
_FIXED_8 = (1, 2, 3, 4, 5, 6)


class Framing(StrEnum):
    """How a PDU is wrapped."""

    TCP = "tcp"
    RTU = "rtu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One request or answer."""

    unit_id: int
    pdu: bytes
    transaction: int = 0
    """Only on TCP."""


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(message: bytes) -> bytes:
    """Return the two CRC bytes as sent, low byte first (Modbus over Serial Line V1.02, 6.2.2)."""
    crc = 0xFFFF
    for byte in message:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return struct.pack("<H", crc)


def wrap(frame: Frame, framing: Framing) -> bytes:
    """Return the bytes of a frame."""
    if framing is Framing.TCP:
        header = struct.pack(">HHHB", frame.transaction, 0, len(frame.pdu) + 1, frame.unit_id)
        return header + frame.pdu
    body = bytes((frame.unit_id,)) + frame.pdu
    return body + crc16(body)


class FrameCutter:
    """Cut requests out of a byte stream; fragments wait for their rest."""

    __slots__ = ("_buffer", "_framing", "malformed")

    def __init__(self, framing: Framing) -> None:
        self._buffer = bytearray()
        self._framing = framing
        self.malformed = 0
        """Bytes (RTU) or frames (TCP) that were no request."""

    @property
    def waiting(self) -> int:
        """Return how many bytes wait for the rest of their frame."""
        return len(self._buffer)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the requests completed by a chunk."""
        self._buffer += chunk
        cut = self._cut_tcp if self._framing is Framing.TCP else self._cut_rtu
        frames = []
        while (frame := cut()) is not None:
            frames.append(frame)
        return frames

    def _cut_tcp(self) -> Frame | None:
        while len(self._buffer) >= 8:
            transaction, protocol, length, unit_id = struct.unpack_from(">HHHB", self._buffer)
            if protocol != 0 or not 2 <= length <= MAX_TCP_FRAME - 6:
                self.malformed += 1
                self._buffer.clear()
                return None
            if len(self._buffer) < 6 + length:
                return None
            pdu = bytes(self._buffer[7 : 6 + length])
            del self._buffer[: 6 + length]
            return Frame(unit_id=unit_id, pdu=pdu, transaction=transaction)
        return None

    def _cut_rtu(self) -> Frame | None:
        while len(self._buffer) >= 4:
            size = self._rtu_size()
            if size is None or len(self._buffer) < size:
                return None
            message = bytes(self._buffer[:size])
            if message[-2:] == crc16(message[:-2]):
                del self._buffer[:size]
                return Frame(unit_id=message[0], pdu=message[1:-2])
            self.malformed += 1
            del self._buffer[0]
        return None

    def _rtu_size(self) -> int | None:
        """Return the length of the request at the buffer's head; None while that is unknown."""
        function = self._buffer[1]
        if function in _FIXED_8:
            return 8
        if function in _WRITE_MULTIPLE:
            return 9 + self._buffer[6] if len(self._buffer) > 6 else None
        return min(len(self._buffer), MAX_RTU_FRAME)
