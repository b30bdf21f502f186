"""What happens to a register over time: sources wrapped by wraps, exchanges and stuck spells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.hostile import Hostility

Reader = Callable[[int], float]
"""Instant (milliseconds since 1970 UTC) -> canonical value."""
FOR_EVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a register shows, before it is encoded."""

    read: Reader
    maximum: float


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


def shifted(source: Source, by: float) -> Source:
    """Return a source with another index."""
    read = source.read
    return Source(read=lambda at_ms: read(at_ms) + by, maximum=source.maximum + max(0.0, by))


def below_modulus(source: Source, at_ms: int, modulus: float, headroom: float) -> Source:
    """Return a source that shows modulus - headroom at an instant, so that it wraps soon."""
    return shifted(source, modulus - headroom - source.read(at_ms))


def exchanged(source: Source, at_ms: int, new_start: float, old_final: float | None = None) -> Source:
    """Return a source whose meter is exchanged: the old one ends at one index, the new starts at another."""
    read = source.read
    at_exchange = read(at_ms)
    before = 0.0 if old_final is None else old_final - at_exchange

    def read_both(now_ms: int) -> float:
        return read(now_ms) + before if now_ms < at_ms else read(now_ms) - at_exchange + new_start

    return Source(read=read_both, maximum=source.maximum + max(0.0, before, new_start))


def stuck(source: Source, since_ms: int, until_ms: int) -> Source:
    """Return a source that shows its first value of [since_ms, until_ms) all along."""
    read = source.read

    def read_stuck(now_ms: int) -> float:
        return read(since_ms) if since_ms <= now_ms < until_ms else read(now_ms)

    return Source(read=read_stuck, maximum=source.maximum)
