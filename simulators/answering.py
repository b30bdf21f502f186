"""Request PDU -> answer PDU for the units behind one listener: what is common to TCP, RTU and serial."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from domain.registers import Space
from simulators.frames import Frame, FrameCutter, Framing
from simulators.hostile import Hostility, Step, Wait, spoil

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
GATEWAY_TARGET_FAILED = 0x0B
_SPACES = {1: Space.COIL, 2: Space.DISCRETE, 3: Space.HOLDING, 4: Space.INPUT}


class Refusal(Exception):
    """The unit answers with a Modbus exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Unit(Protocol):
    """What stands behind one unit id."""

    @property
    def hostility(self) -> Hostility | None:
        """Return what the unit does wrong now."""

    @property
    def delay_s(self) -> float:
        """Return how long the unit thinks before every answer now."""

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Return the words as 2*count bytes, or one byte 0/1 a bit; raise Refusal."""


class Answering:
    """Answer frames for several units, and count what was asked."""

    def __init__(self, units: Mapping[int, Unit], framing: Framing) -> None:
        self.units = dict(units)
        self.framing = framing
        self.requests: Counter[int] = Counter()
        """Function code -> requests that arrived, answered or not."""
        self.hostility: Hostility | None = None
        """Overrides the units' own."""

    def cutter(self) -> FrameCutter:
        """Return a fresh cutter for one connection."""
        return FrameCutter(self.framing)

    def answer(self, request: Frame) -> tuple[Step, ...]:
        """Return what to do about a request; nothing at all where the unit stays silent."""
        self.requests[request.pdu[0]] += 1
        unit = self.units.get(request.unit_id)
        if unit is None and self.framing is Framing.RTU:
            return ()
        pdu = _refused(request.pdu, GATEWAY_TARGET_FAILED) if unit is None else answer_pdu(unit, request.pdu)
        answer = Frame(unit_id=request.unit_id, pdu=pdu, transaction=request.transaction)
        hostility = self.hostility or (unit.hostility if unit else None)
        steps = spoil(answer, self.framing, hostility)
        delay_s = unit.delay_s if unit else 0.0
        return (Wait(delay_s), *steps) if delay_s and steps else steps


def answer_pdu(unit: Unit, pdu: bytes) -> bytes:
    """Return the answer of a unit to one PDU, an exception where it must be one."""
    space = _SPACES.get(pdu[0])
    if space is None:
        return _refused(pdu, ILLEGAL_FUNCTION)
    if len(pdu) != 5:
        return _refused(pdu, ILLEGAL_VALUE)
    address, count = struct.unpack(">HH", pdu[1:])
    if not 1 <= count <= space.protocol_limit:
        return _refused(pdu, ILLEGAL_VALUE)
    if address + count > 0x10000:
        return _refused(pdu, ILLEGAL_ADDRESS)
    try:
        content = unit.read(space, address, count)
    except Refusal as refusal:
        return _refused(pdu, refusal.code)
    payload = _packed_bits(content) if space.is_bits else content
    return bytes((pdu[0], len(payload))) + payload


def _refused(pdu: bytes, code: int) -> bytes:
    return bytes((pdu[0] | 0x80, code))


def _packed_bits(bits: bytes) -> bytes:
    packed = bytearray((len(bits) + 7) // 8)
    for place, bit in enumerate(bits):
        packed[place // 8] |= (bit & 1) << (place % 8)
    return bytes(packed)
