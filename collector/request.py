"""What is asked on a link now, and the judgement of what came back. Pure but for the future."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from domain.errors import BadAnswer, DeviceRefused
from domain.registers import Space


@dataclass(slots=True, kw_only=True)
class Request:
    """One read in flight."""

    link_id: str
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
    def subject(self) -> str:
        """Return who is asked, for errors."""
        return f"{self.link_id} unit {self.unit_id}"

    @property
    def payload_bytes(self) -> int:
        """Return how many data bytes its answer has."""
        return data_bytes(self.space, self.count)

    def payload(self, pdu: bytes) -> bytes:
        """Return the data of a PDU that answers the request, or raise what is wrong with it."""
        function, expected = pdu[0], self.space.function_code
        if function == expected | 0x80 and len(pdu) == 2:
            raise DeviceRefused(
                self.subject, pdu[1], space=self.space, address=self.address, count=self.count
            )
        if function != expected:
            raise self.bad("function", f"function code {function}")
        size = self.payload_bytes
        if len(pdu) != 2 + size or pdu[1] != size:
            raise self.bad("length", f"{len(pdu) - 2} data bytes instead of {size}")
        if not self.space.is_bits:
            return pdu[2:]
        bits = int.from_bytes(pdu[2:], "little")
        return bytes(bits >> place & 1 for place in range(self.count))

    def bad(self, kind: str, what: str) -> BadAnswer:
        """Return the error for an answer that is none."""
        return BadAnswer(
            self.subject,
            f"answered {self.space.value} {self.address}+{self.count} with {what}",
            "check unit id, framing and cabling; two masters on one bus look like this, too",
            kind=kind,
        )


def data_bytes(space: Space, count: int) -> int:
    """Return how many data bytes so many registers or bits take in an answer."""
    return (count + 7) // 8 if space.is_bits else 2 * count
