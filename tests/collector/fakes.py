"""A clock that stands still until somebody waits, and units that answer in its time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from agent.clock import PlantClock
from collector.poller import LinkPoller
from domain.errors import DeviceError, NoAnswer
from domain.plant import Device, Link, LinkKind, Point
from domain.reading import ALL_POINTS, Gap, Poll, Quality
from domain.registers import DataType, DeviceProfile, Register, Space
from tests.domain.registers import register

START_S = 1_763_800_000.25
"""The wall clock at the start, off every full second on purpose."""


class FakeTime:
    """Host time under test control; `until` ends what runs on it."""

    def __init__(self) -> None:
        self.mono_s = 5000.0
        self.wall_s = START_S
        self.until_s = self.mono_s
        self.is_over = asyncio.Event()
        self.events: list[tuple[float, Callable[[], None]]] = []
        """(monotonic second, what happens then), in order."""

    def run(self, seconds: float) -> None:
        """Let time pass, and what is due in it happen."""
        self.mono_s += seconds
        self.wall_s += seconds
        while self.events and self.events[0][0] <= self.mono_s:
            self.events.pop(0)[1]()

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Plan an event so many seconds from now."""
        self.events.append((self.mono_s + seconds, event))
        self.events.sort(key=lambda planned: planned[0])


class FakeClock(PlantClock):
    """The plant's clock on fake time: waiting takes no time, and the time it says."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__(wall=lambda: time.wall_s, monotonic=lambda: time.mono_s)
        self.time = time

    async def sleep(self, seconds: float) -> None:
        if self.time.mono_s >= self.time.until_s:
            self.time.is_over.set()
            await asyncio.Event().wait()
        self.time.run(seconds)
        await asyncio.sleep(0)


Answer = bytes | DeviceError | None
"""Data, a failure, or None for silence."""


@dataclass
class FakeUnits:
    """What is on the link: unit id -> what it answers and how long it takes."""

    time: FakeTime
    answer: Callable[[int, Space, int, int], Answer] = lambda unit, space, address, count: b"\0\5" * count
    latency_s: Callable[[int], float] = lambda unit: 0.005
    asked: dict[int, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """Unit id -> (monotonic second, timeout) of each request."""
    closed: int = 0

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        self.asked[unit_id].append((self.time.mono_s, timeout_s))
        answer = self.answer(unit_id, space, address, count)
        latency_s = self.latency_s(unit_id)
        await asyncio.sleep(0)
        if answer is None or (latency_s > timeout_s and not isinstance(answer, DeviceError)):
            self.time.run(timeout_s)
            raise NoAnswer(f"unit {unit_id}", "no answer")
        self.time.run(latency_s)
        if isinstance(answer, DeviceError):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1


def device(
    unit_id: int,
    *,
    interval_s: float = 1.0,
    registers: tuple[Register, ...] = (register(DataType.U16, name="p", unit="kW"),),
    **point: Any,
) -> Device:
    """Return a device of one or more registers; `point` says more about every point."""
    name = f"d{unit_id}"
    profile = DeviceProfile(
        id="p", maker="m", model="m", kind="k", manual="", source="", hardware="", registers=registers
    )
    points = tuple(
        Point(device=name, name=r.name, unit=r.canonical_unit, is_counter=False, **point)
        for r in profile.points
    )
    return Device(id=name, link="l", unit_id=unit_id, profile=profile, interval_s=interval_s, points=points)


@dataclass
class Bench:
    """One poller on fake time."""

    devices: list[Device]
    link: Link = field(default_factory=lambda: Link(id="l", kind=LinkKind.RTU_TCP, host="127.0.0.1"))
    time: FakeTime = field(default_factory=FakeTime)
    items: list[tuple[float, Poll | Gap]] = field(default_factory=list)
    """(monotonic second, what was handed on)."""

    def __post_init__(self) -> None:
        self.clock = FakeClock(self.time)
        self.units = FakeUnits(self.time)
        self.poller = LinkPoller(
            self.link,
            self.devices,
            unit=self.units,
            clock=self.clock,
            sink=lambda item: self.items.append((self.time.mono_s, item)),
            worded={point.id for device in self.devices for point in device.points},
        )
        self._task: asyncio.Task[None] | None = None

    async def run(self, seconds: float) -> None:
        """Poll for so many seconds, then stop."""
        self.time.until_s = self.time.mono_s + seconds
        task = asyncio.create_task(self.poller.run())
        over = asyncio.create_task(self.time.is_over.wait())
        await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and (error := task.exception()):
            raise error

    def polls(self, name: str) -> list[Poll]:
        """Return the polls of a device."""
        return [item for _, item in self.items if isinstance(item, Poll) and item.device == name]

    def gaps(self, name: str) -> list[Gap]:
        """Return the gaps of a device."""
        return [item for _, item in self.items if isinstance(item, Gap) and item.device == name]


def failures(polls: list[Poll]) -> list[Quality]:
    return [poll.quality[ALL_POINTS] for poll in polls if ALL_POINTS in poll.quality]


def good(polls: list[Poll]) -> list[Poll]:
    return [poll for poll in polls if any(value is not None for value in poll.values.values())]


def biggest_gap_s(bench: Bench, name: str, *, after_s: float = 0.0) -> float:
    """Return the longest time between two good polls of a device, monotonic."""
    start = bench.items[0][0]
    times = [
        at
        for at, item in bench.items
        if isinstance(item, Poll) and item.device == name and good([item]) and at - start >= after_s
    ]
    return max(later - earlier for earlier, later in pairwise(times))


def first_good(bench: Bench, name: str, *, after: float = 0.0) -> float:
    """Return when the first good poll of a device was handed on, monotonic."""
    polls = ((at, item) for at, item in bench.items if isinstance(item, Poll) and item.device == name)
    return next(at for at, poll in polls if at > after and good([poll]))
