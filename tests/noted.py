"""Simulated devices that note when they answer, so that a slow poll is held against what it was shown."""

from __future__ import annotations

from collections.abc import Callable

from domain.registers import Space
from simulators.device import SimulatedDevice
from simulators.hostile import Hostility
from simulators.plant import PlantSimulator


class NotedUnit:
    """A simulated device that notes when it answers."""

    def __init__(self, device: SimulatedDevice, now_ms: Callable[[], int]) -> None:
        self._device = device
        self._now_ms = now_ms
        self.answered: list[int] = []
        """Plant instants, one just before and one just after the registers were looked at."""

    @property
    def hostility(self) -> Hostility | None:
        """Return what the device does wrong now."""
        return self._device.hostility

    @property
    def delay_s(self) -> float:
        """Return how long the device thinks now."""
        return self._device.delay_s

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Return the device's answer."""
        before = self._now_ms()
        content = self._device.read(space, address, count)
        self.answered += [before, self._now_ms()]
        return content


def note_answers(simulator: PlantSimulator, now_ms: Callable[[], int]) -> dict[str, list[int]]:
    """Have every device of the plant note its answers; return them by device."""
    answered = {}
    for device in simulator.plant.devices:
        unit = NotedUnit(simulator.devices[device.id], now_ms)
        simulator.listeners[device.link].answering.units[device.unit_id] = unit
        answered[device.id] = unit.answered
    return answered
