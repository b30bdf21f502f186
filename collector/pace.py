"""How fast a link of unknown devices is asked: one read at a time, a rest before each, patience as needed."""

from __future__ import annotations

import asyncio

from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown
from domain.plant import Link, LinkKind
from domain.ports import ModbusUnit
from domain.registers import Space

_BITS_PER_BYTE = 11
"""Modbus over Serial Line V1.02, 2.5.1."""
_FRAME_BYTES = 13
"""Request, and of the answer all but its words."""
_BEHIND_GATEWAY_BAUD = 9600
"""What a bus behind a gateway is taken for: nobody says."""
_LEAST_THINKING_S = 0.1
_COME_BACK_S = 1.0
"""A device with one connection may not take the next one at once."""
_PATIENCE = 4.0
"""Times the slowest answer so far."""


def is_link_fault(error: DeviceError) -> bool:
    """Say whether the link does not open; a device that only closed the connection is still there."""
    return isinstance(error, LinkDown) and error.__cause__ is not None


class Pace:
    """The one way to the link; remembers how long answers take."""

    def __init__(self, link: Link, unit: ModbusUnit) -> None:
        self._link = link
        self._unit = unit
        self._slowest_s: float | None = None
        """The longest that a device thought, without the time its words take on the wire."""
        self._free_at = 0.0
        self.requests = 0
        self.garbled = 0
        """Answers that were none."""

    @property
    def may_ignore_unit_ids(self) -> bool:
        """Say whether one device may answer all unit ids: on TCP it is alone, on a bus it is not."""
        return self._link.kind is LinkKind.TCP

    @property
    def patient_s(self) -> float:
        """Return the longest that an answer is waited for."""
        return self._link.timeout_s

    @property
    def quick_s(self) -> float:
        """Return how long is enough for most: half of the patience, less once answers have been measured.

        Not less on TCP: a gateway waits for its own bus, and what is asked meanwhile waits behind that.
        """
        half_s = self._link.timeout_s / 2
        if self._slowest_s is None or self._link.kind is LinkKind.TCP:
            return half_s
        return min(half_s, max(_LEAST_THINKING_S, _PATIENCE * self._slowest_s))

    @property
    def second_s(self) -> float:
        """Return how long the second try waits: all of the patience until anybody has answered at all."""
        return self.patient_s if self._slowest_s is None else max(self.quick_s, self.patient_s / 2)

    def estimate_s(self, silent_units: int) -> float:
        """Return how long so many units take at most if nobody is there: asked twice each."""
        return silent_units * (self.quick_s + self.second_s + 2 * (self._wire_s(1) + self._link.pause_s))

    async def ask(
        self, unit_id: int, space: Space, first: int, count: int, *, thinking_s: float | None = None
    ) -> bytes:
        """Return the answer to one read; DeviceError as `ModbusUnit.read`.

        `thinking_s` is how long the device may take before its answer begins to come: by default patience.
        """
        loop = asyncio.get_running_loop()
        wait_s = self._free_at + self._link.pause_s - loop.time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        wire_s = self._wire_s(count)
        timeout_s = (self.patient_s if thinking_s is None else thinking_s) + wire_s
        began = loop.time()
        self.requests += 1
        try:
            answer = await self._read(unit_id, space, first, count, timeout_s)
        except DeviceRefused:
            self._note(loop.time() - began)
            raise
        except BadAnswer:
            self.garbled += 1
            raise
        finally:
            self._free_at = loop.time()
        self._note(loop.time() - began - wire_s)
        return answer

    async def _read(self, unit_id: int, space: Space, first: int, count: int, timeout_s: float) -> bytes:
        """Read; a link that has answered before and does not open is given a second to come back."""
        try:
            return await self._unit.read(unit_id, space, first, count, timeout_s=timeout_s)
        except LinkDown as error:
            if self._slowest_s is None or not is_link_fault(error):
                raise
        await asyncio.sleep(_COME_BACK_S)
        return await self._unit.read(unit_id, space, first, count, timeout_s=timeout_s)

    def _note(self, thought_s: float) -> None:
        self._slowest_s = max(self._slowest_s or 0.0, thought_s)

    def _wire_s(self, count: int) -> float:
        baudrate = self._link.baudrate if self._link.kind is LinkKind.SERIAL else _BEHIND_GATEWAY_BAUD
        return (_FRAME_BYTES + 2 * count) * _BITS_PER_BYTE / baudrate
