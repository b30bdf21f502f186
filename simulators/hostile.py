"""Faults of the wire: an honest answer -> the exact bytes, waits and cuts that are sent instead."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from domain.reading import Quality
from simulators.frames import Frame, Framing, wrap

GARBAGE = bytes.fromhex("deadbeef00112233445566778899aabbcc")


class Kind(StrEnum):
    """What a device or link does wrong."""

    LATE = "late"
    """Answers right, `delay_s` later; further requests wait behind it."""
    WRONG_TRANSACTION = "wrong_transaction"
    ZERO_TRANSACTION = "zero_transaction"
    WRONG_UNIT = "wrong_unit"
    WRONG_FUNCTION = "wrong_function"
    SHORT_PAYLOAD = "short_payload"
    """One word (or byte of bits) too few, byte count to match."""
    LONG_PAYLOAD = "long_payload"
    """One word 0xDEAD too many, byte count to match."""
    EMPTY_PAYLOAD = "empty_payload"
    ODD_PAYLOAD = "odd_payload"
    """Last byte missing, byte count to match."""
    LYING_LENGTH = "lying_length"
    """MBAP length (RTU: byte count) says `extra` bytes more than follow."""
    GARBAGE = "garbage"
    FRAGMENTS = "fragments"
    """One byte a segment, `delay_s` between them; the answer is right."""
    EXCEPTION = "exception"
    """Modbus exception `code`."""
    BAD_CRC = "bad_crc"
    DISCONNECT = "disconnect"
    """Half of the answer, then the connection is cut."""
    SILENT = "silent"
    HALF_OPEN = "half_open"
    """The connection stays open and is never answered, read or closed again."""
    NAN = "nan"
    """Floats show NaN; other types their not-available pattern, where they have one."""
    INF = "inf"
    """Floats show +inf."""


_QUALITIES = {
    Kind.SILENT: Quality.NO_ANSWER,
    Kind.HALF_OPEN: Quality.NO_ANSWER,
    Kind.DISCONNECT: Quality.LINK_DOWN,
    Kind.NAN: Quality.NOT_AVAILABLE,
    Kind.INF: Quality.NOT_AVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostility:
    """One behaviour with its parameters."""

    kind: Kind
    delay_s: float = 0.0
    code: int = 4
    extra: int = 5

    @property
    def gives_value(self) -> bool:
        """Say whether a patient, correct reader still gets the right value."""
        return self.kind in (Kind.LATE, Kind.FRAGMENTS)


def quality_of(hostility: Hostility) -> Quality:
    """Return what a poll of a unit that behaves so must say."""
    if hostility.gives_value:
        return Quality.GOOD
    if hostility.kind is Kind.EXCEPTION:
        return Quality.of_exception(hostility.code)
    return _QUALITIES.get(hostility.kind, Quality.BAD_ANSWER)


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Drop the connection."""


@dataclass(frozen=True, slots=True)
class Deafen:
    """Never read or answer this connection again, and keep it open."""


Step = Send | Wait | Cut | Deafen


def spoil(answer: Frame, framing: Framing, hostility: Hostility | None) -> tuple[Step, ...]:
    """Return what is done instead of sending the honest answer.

    Transaction faults on RTU and CRC faults on TCP have no place in the frame: the answer is sent as it is.
    """
    honest = wrap(answer, framing)
    if hostility is None:
        return (Send(honest),)
    match hostility.kind:
        case Kind.SILENT:
            return ()
        case Kind.LATE:
            return (Wait(hostility.delay_s), Send(honest))
        case Kind.FRAGMENTS:
            pieces = [Send(honest[place : place + 1]) for place in range(len(honest))]
            rest = Wait(hostility.delay_s)
            return tuple(step for piece in pieces for step in (piece, rest))[:-1]
        case Kind.GARBAGE:
            return (Send(GARBAGE),)
        case Kind.DISCONNECT:
            return (Send(honest[: len(honest) // 2]), Cut())
        case Kind.HALF_OPEN:
            return (Deafen(),)
        case Kind.LYING_LENGTH:
            return (Send(_lie(answer, framing, hostility.extra)),)
        case Kind.BAD_CRC if framing is Framing.RTU:
            return (Send(honest[:-1] + bytes((honest[-1] ^ 0xFF,))),)
        case _:
            return (Send(wrap(_altered(answer, hostility), framing)),)


def _altered(answer: Frame, hostility: Hostility) -> Frame:
    transaction, unit_id, pdu = answer.transaction, answer.unit_id, answer.pdu
    match hostility.kind:
        case Kind.WRONG_TRANSACTION:
            transaction ^= 0x5555
        case Kind.ZERO_TRANSACTION:
            transaction = 0
        case Kind.WRONG_UNIT:
            unit_id = (unit_id + 1) % 256
        case Kind.WRONG_FUNCTION:
            pdu = bytes((4 if pdu[0] == 3 else 3,)) + pdu[1:]
        case Kind.EXCEPTION:
            pdu = bytes((pdu[0] | 0x80, hostility.code))
        case Kind.SHORT_PAYLOAD:
            pdu = _with_payload(pdu, pdu[2 : -1 if pdu[0] in (1, 2) else -2])
        case Kind.LONG_PAYLOAD:
            pdu = _with_payload(pdu, pdu[2:] + b"\xde\xad")
        case Kind.EMPTY_PAYLOAD:
            pdu = _with_payload(pdu, b"")
        case Kind.ODD_PAYLOAD:
            pdu = _with_payload(pdu, pdu[2:-1])
        case _:
            pass
    return Frame(unit_id=unit_id, pdu=pdu, transaction=transaction)


def _with_payload(pdu: bytes, payload: bytes) -> bytes:
    """Return the answer with another payload; exceptions have none and stay."""
    return pdu if pdu[0] & 0x80 else bytes((pdu[0], len(payload) % 256)) + payload


def _lie(answer: Frame, framing: Framing, extra: int) -> bytes:
    if framing is Framing.TCP:
        length = len(answer.pdu) + 1 + extra
        return struct.pack(">HHHB", answer.transaction, 0, length, answer.unit_id) + answer.pdu
    lying = answer.pdu[:1] + bytes(((answer.pdu[1] + extra) % 256,)) + answer.pdu[2:]
    return wrap(Frame(unit_id=answer.unit_id, pdu=lying), framing)
