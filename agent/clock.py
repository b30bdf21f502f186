"""The only file that reads the host's clock.

Polls are timed by the monotonic clock. Instants follow the host's clock, with one exception: they
never go back, because two readings of one meter at one instant, or a counter that seems to run
backwards, cannot be told from a fault later. When the host's clock is set back, our instants run on
at nine tenths of the speed until it has caught up, and readings are marked `clock_stepped` meanwhile.
Beyond two hours that would take too long (a gateway that booted in another year): then the host's clock
is followed at once, marked too.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

from domain.errors import EnergyAgentError
from domain.plant import Plant
from domain.ports import Clock

_STEP_MS = 1000
"""A difference between host clock and monotonic clock beyond this is a step, not a slew."""
_CATCH_UP = 0.9
MAX_AHEAD_MS = 2 * 3_600_000
"""Farthest that our instants run ahead of a host's clock that was set back."""
_EARLIEST_MS = 1_793_491_200_000
"""2026-11-01 UTC: a host's clock before the first release of this agent has not been set yet."""
_DOUBT_S = 60.0
"""How long instants stay doubtful after a step: time daemons often need more than one."""


def is_far_ahead(at_ms: float, host_ms: float) -> bool:
    """Say whether an instant is so far ahead of a host's clock that it was itself made by a wrong one.

    A clock that has not been set since the boot (1970) proves nothing.
    """
    return at_ms - host_ms > MAX_AHEAD_MS and host_ms > _EARLIEST_MS


class AgentClock(Clock, Protocol):
    """A clock that can be told where the last run ended."""

    def not_before(self, at_ms: int) -> None:
        """Never show an instant before this one."""
        ...


class PlantClock:
    """Instants and waits of the plant; thread-safe."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._mono = monotonic()
        self._ms = wall() * 1000
        """Our instant at `_mono`, with its fraction: many short steps must add up."""
        self._ahead_ms = 0.0
        """How far our instants are before the host's clock."""
        self._doubtful_until = -math.inf
        self.steps = 0
        """How often the host's clock was set while we ran."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC; never less than before, but for a step back over two hours."""
        with self._lock:
            self._advance()
            return int(self._ms)

    def not_before(self, at_ms: int) -> None:
        """Never show an instant before this one."""
        with self._lock:
            self._advance()
            raised_ms = max(0.0, at_ms - self._ms)
            self._ms += raised_ms
            self._ahead_ms += raised_ms

    def is_doubtful(self) -> bool:
        """Say whether the host's clock was set lately, or our instants still wait for it."""
        with self._lock:
            self._advance()
            return self._ahead_ms > _STEP_MS or self._mono < self._doubtful_until

    def _advance(self) -> None:
        """Follow the host's clock; run slower, never back, while it is behind us."""
        mono, wall_ms = self._monotonic(), self._wall() * 1000
        passed_ms = max(0.0, mono - self._mono) * 1000
        expected_ahead_ms = self._ms + passed_ms - wall_ms
        if abs(expected_ahead_ms - self._ahead_ms) > _STEP_MS:
            self.steps += 1
            self._doubtful_until = mono + _DOUBT_S
        slowed_ms = self._ms + passed_ms * _CATCH_UP
        self._ms = wall_ms if is_far_ahead(slowed_ms, wall_ms) else max(wall_ms, slowed_ms)
        self._mono = max(mono, self._mono)
        self._ahead_ms = self._ms - wall_ms

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start, untouched by clock changes."""
        return self._monotonic()

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds so many plant seconds take: the same."""
        return seconds

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await asyncio.sleep(seconds)


class FastClock:
    """Compressed time for demo and endurance tests: `speed` plant seconds in one real second.

    Every process that is given the same origin and speed agrees on the instant, also after a restart.
    """

    steps = 0

    def __init__(self, *, origin_ms: int, started_ms: int, speed: float) -> None:
        self._origin_ms = origin_ms
        """Plant time at the real time `started_ms`."""
        self._started_ms = started_ms
        self._speed = speed

    @classmethod
    def starting_now(cls, *, origin_ms: int, speed: float) -> FastClock:
        """Return a clock that shows `origin_ms` now."""
        return cls(origin_ms=origin_ms, started_ms=int(time.time() * 1000), speed=speed)

    @property
    def spec(self) -> str:
        """Return `origin_ms:started_ms:speed`, from which another process makes the same clock."""
        return f"{self._origin_ms}:{self._started_ms}:{self._speed:g}"

    @classmethod
    def from_spec(cls, spec: str) -> FastClock:
        """Return the clock of a `spec`; ValueError for anything else."""
        origin, started, speed = spec.split(":")
        return cls(origin_ms=int(origin), started_ms=int(started), speed=float(speed))

    def now_ms(self) -> int:
        """Return plant milliseconds since 1970 UTC."""
        return int(self._origin_ms + (time.time() * 1000 - self._started_ms) * self._speed)

    def not_before(self, at_ms: int) -> None:
        """Do nothing: every process that shares a compressed clock agrees on the instant."""

    def is_doubtful(self) -> bool:
        """Say no: compressed time is what it is."""
        return False

    def monotonic(self) -> float:
        """Return plant seconds."""
        return time.monotonic() * self._speed

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds so many plant seconds take."""
        return seconds / self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait so many plant seconds."""
        await asyncio.sleep(seconds / self._speed)


def clock_for(plant: Plant, spec: str | None) -> AgentClock:
    """Return the clock of a plant; compressed time is for demo plants only."""
    if spec is None:
        return PlantClock()
    if not plant.is_demo:
        raise EnergyAgentError("--clock", "compressed time is for demo plants", "leave --clock out")
    try:
        return FastClock.from_spec(spec)
    except ValueError as error:
        raise EnergyAgentError(
            "--clock", f"{spec!r} is no clock", "write origin_ms:started_ms:speed"
        ) from error
