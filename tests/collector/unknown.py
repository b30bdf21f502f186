"""Devices that nobody named, asked as a scan asks them, without a wire between."""

from __future__ import annotations

from collections.abc import Iterable

from collector.heard import Heard
from collector.inquiry import Catalogue, Inquiry
from collector.pace import Pace
from collector.recognition import Recognition
from domain.errors import DeviceRefused
from domain.plant import Link, LinkKind
from domain.registers import DeviceProfile, Space
from simulators.answering import Refusal, Unit
from simulators.device import SimulatedDevice

LINK = Link(id="link", kind=LinkKind.TCP, host="127.0.0.1")


class Wired:
    """A simulated device as an open link shows it."""

    def __init__(self, device: Unit) -> None:
        self._device = device
        self.asked: list[tuple[Space, int, int]] = []

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        self.asked.append((space, address, count))
        try:
            return self._device.read(space, address, count)
        except Refusal as error:
            raise DeviceRefused("unit", error.code, space=space, address=address, count=count) from error

    async def close(self) -> None:
        pass


def simulated(profile: DeviceProfile) -> SimulatedDevice:
    """Return a device that shows a constant for each unit."""
    return SimulatedDevice(profile, {}, now_ms=lambda: 0)


async def ask(
    device: Unit, catalogue: Catalogue, *, familiar: Iterable[str] = ()
) -> tuple[Heard, Recognition]:
    """Return what was heard of a device, and what it probably is."""
    heard = Heard()
    inquiry = Inquiry(Pace(LINK, Wired(device)), 1, heard, catalogue, most_reads=200)
    await inquiry.run(list(familiar))
    return heard, catalogue.recognise(heard)
