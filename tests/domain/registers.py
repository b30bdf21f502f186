"""Registers for tests, and an encoder of words that shares nothing with domain.codec."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

from domain.registers import DataType, Order, Register, Space

FORMATS = {
    DataType.U16: ">H", DataType.I16: ">h", DataType.U32: ">I", DataType.I32: ">i", DataType.U64: ">Q",
    DataType.I64: ">q", DataType.F32: ">f", DataType.F64: ">d",
}  # fmt: skip


def register(kind: DataType = DataType.U16, address: int = 0, **other: Any) -> Register:
    """Return a register with defaults for what a test does not care about."""
    given: dict[str, Any] = {"name": "x", "space": Space.HOLDING, "unit": "kWh"}
    return Register(**{**given, **other}, address=address, type=kind)


def words(kind: DataType, raw: float, *, word_order: Order, byte_order: Order) -> bytes:
    """Return the bytes of a raw number as they lie on the wire."""
    if kind.is_bcd:
        size = 2 * kind.width
        big = bytes.fromhex(f"{int(raw):0{2 * size}d}")
    elif kind is DataType.U48:
        big = struct.pack(">Q", int(raw))[2:]
    elif kind is DataType.BIT:
        big = bytes([0, int(raw)])
    else:
        big = struct.pack(FORMATS[kind], raw)
    pairs = [big[place : place + 2] for place in range(0, len(big), 2)]
    if word_order is Order.LITTLE:
        pairs.reverse()
    if byte_order is Order.LITTLE:
        pairs = [pair[::-1] for pair in pairs]
    return b"".join(pairs)


def exact(raw: float, scale: Fraction, factor: Fraction, power: int = 0) -> Fraction:
    """Return what a raw number means, without any rounding."""
    return Fraction(raw) * scale * factor * Fraction(10) ** power
