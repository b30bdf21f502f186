"""The only file that reads the host's clock.

Polls are timed by the monotonic clock. Instants follow the host's clock, with one exception: they
never go back, because two readings of one meter at one instant, or a counter that seems to run
backwards, cannot be told from a fault later. When the host's clock is set back, our instants run on
at nine tenths of the speed until it has caught up, and readings are marked `clock_stepped` meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from domain.errors import EnergyAgentError
from domain.plant import Plant

_STEP_MS = 1000
"""A difference between host clock and monotonic clock beyond this is a step, not a slew."""
_CATCH_UP = 0.9


class PlantClock:
    """Instants and waits of the plant; thread-safe."""

    def __init__(
        self,
        *,
        floor_ms: int = 0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last_mono = monotonic()
        self._last_ms = max(int(wall() * 1000), floor_ms)
        self._doubtful_until = 0.0
        self.steps = 0
        """How often the host's clock was set while we ran."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC; never less than before."""
        with self._lock:
            mono, wall_ms = self._monotonic(), int(self._wall() * 1000)
            running_ms = int(self._last_ms + (mono - self._last_mono) * 1000)
            ahead = running_ms - wall_ms
            if abs(ahead) <= _STEP_MS:
                now = max(wall_ms, self._last_ms)
            elif ahead < 0:
                self._note_step(mono, 60.0)
                now = wall_ms
            else:
                self._note_step(mono, 1.0)
                now = int(self._last_ms + (mono - self._last_mono) * 1000 * _CATCH_UP)
            self._last_ms, self._last_mono = max(now, self._last_ms), mono
            return self._last_ms

    def _note_step(self, mono: float, doubtful_s: float) -> None:
        if mono >= self._doubtful_until:
            self.steps += 1
        self._doubtful_until = mono + doubtful_s

    def is_doubtful(self) -> bool:
        """Say whether the host's clock was set lately, or our instants still wait for it."""
        self.now_ms()
        with self._lock:
            return self._monotonic() < self._doubtful_until

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


def clock_for(plant: Plant, last_ms: int, spec: str | None) -> PlantClock | FastClock:
    """Return the clock of a plant that never goes behind `last_ms`; compressed time is for demo plants only."""
    if spec is None:
        return PlantClock(floor_ms=last_ms)
    if not plant.is_demo:
        raise EnergyAgentError("--clock", "compressed time is for demo plants", "leave --clock out")
    try:
        return FastClock.from_spec(spec)
    except ValueError as error:
        raise EnergyAgentError("--clock", f"{spec!r} is no clock", "write origin_ms:started_ms:speed") from error
