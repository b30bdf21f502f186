"""What happens to a register over time: wraps, exchanges, stuck spells and scale factors that change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulators.hostile import Hostility
from simulators.noise import Floats, Ints

Reader = Callable[[int], float]
"""Instant (milliseconds since 1970 UTC) -> canonical value."""
SeriesReader = Callable[[Ints], Floats]
"""Instants -> canonical values, bit for bit those of the reader."""
FOR_EVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a register shows, before it is encoded."""

    read: Reader
    maximum: float
    read_series: SeriesReader | None = None
    """The same for many instants; None: one after the other."""

    def series(self, at_ms: Ints) -> Floats:
        """Return what the source shows at many instants, in any order."""
        if self.read_series is not None:
            return self.read_series(at_ms)
        return np.array([self.read(at) for at in at_ms.tolist()], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A behaviour of a device in [since_ms, until_ms)."""

    since_ms: int
    until_ms: int = FOR_EVER
    hostility: Hostility | None = None
    delay_s: float = 0.0

    def covers(self, at_ms: int) -> bool:
        """Say whether the spell holds at an instant."""
        return self.since_ms <= at_ms < self.until_ms

    @property
    def loses_value(self) -> bool:
        """Say whether no correct reader can get a value while the spell holds."""
        return self.hostility is not None and not self.hostility.gives_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescale:
    """A scale factor that is `by` powers of ten away from its own in every second period of a spell."""

    since_ms: int
    until_ms: int = FOR_EVER
    by: int = 1
    every_ms: int = 1000

    def power(self, own: int, at_ms: int) -> int:
        """Return the power of ten at an instant, inside what SunSpec allows."""
        if not self.since_ms <= at_ms < self.until_ms or (at_ms - self.since_ms) // self.every_ms % 2:
            return own
        return max(-10, min(10, own + self.by))


def shifted(source: Source, by: float) -> Source:
    """Return a source with another index."""
    return Source(
        read=lambda at_ms: source.read(at_ms) + by,
        read_series=lambda at_ms: source.series(at_ms) + by,
        maximum=source.maximum + max(0.0, by),
    )


def below_modulus(source: Source, at_ms: int, modulus: float, headroom: float) -> Source:
    """Return a source that shows modulus - headroom at an instant, so that it wraps soon."""
    return shifted(source, modulus - headroom - source.read(at_ms))


def exchanged(source: Source, at_ms: int, new_start: float, old_final: float | None = None) -> Source:
    """Return a source whose meter is exchanged: the old one ends at one index, the new starts at another."""
    at_exchange = source.read(at_ms)
    before = 0.0 if old_final is None else old_final - at_exchange

    def read(now_ms: int) -> float:
        value = source.read(now_ms)
        return value + before if now_ms < at_ms else value - at_exchange + new_start

    def series(now_ms: Ints) -> Floats:
        values = source.series(now_ms)
        return np.where(now_ms < at_ms, values + before, values - at_exchange + new_start)

    return Source(read=read, read_series=series, maximum=source.maximum + max(0.0, before, new_start))


def stuck(source: Source, since_ms: int, until_ms: int) -> Source:
    """Return a source that shows its first value of [since_ms, until_ms) all along."""

    def read(now_ms: int) -> float:
        return source.read(since_ms if since_ms <= now_ms < until_ms else now_ms)

    def series(now_ms: Ints) -> Floats:
        return source.series(np.where((since_ms <= now_ms) & (now_ms < until_ms), since_ms, now_ms))

    return Source(read=read, read_series=series, maximum=source.maximum)
