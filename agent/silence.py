"""When each device last gave a value, and which of them are silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.data_alerts import silent_devices
from domain.method import Method
from domain.plant import Plant, Point
from domain.ports import Store
from domain.results import Alert


class Heard:
    """What a store knows of the newest values, kept between two looks."""

    def __init__(self, store: Store, now: int) -> None:
        self.newest = 0
        """Newest value of all."""
        self._store = store
        self._watched_since = now
        self._good: dict[str, int] = {}
        """Device id -> newest instant of a value."""
        self._begun: dict[str, int] = {}
        """Device id -> when it came into the plant, of those that came later."""

    def begin(self, devices: Iterable[str], at: int) -> None:
        """Take devices in that nobody polled before: their silence begins now."""
        self._begun |= dict.fromkeys(devices, at)

    def look(self, points: Sequence[Point], now: int) -> None:
        """Take in the newest instant of a value of each device that ever gave one."""
        good = self._good
        for reading in self._store.latest().values():
            if reading.value is not None:
                device = reading.point.partition(".")[0]
                good[device] = max(good.get(device, 0), reading.at)
        lost = [point for point in points if point.device not in good]
        if lost:  # their newest polls failed: look further back, once
            found = self._store.last_good([point.id for point in lost], now)
            for point in lost:
                at = found[point.id].at if point.id in found else 0
                good[point.device] = max(good.get(point.device, 0), at)
        self.newest = max(good.values(), default=0)

    def silent(self, plant: Plant, method: Method, *, now: int, since: int) -> list[Alert]:
        """Return an alert for each device that is silent now; `since` is where figures begin."""
        begun = {device: max(self._good.get(device, 0), at) for device, at in self._begun.items()}
        found = silent_devices(
            plant,
            method,
            self._good | begun,
            now=now,
            since=since,
            watched_since=self._watched_since,
        )
        return list(found)
