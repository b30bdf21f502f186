"""What the collector knows about each device, for status and metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class DeviceHealth:
    """Counts and last events of one device. Written by its poller only."""

    device: str
    link: str
    interval_s: float
    polls: int = 0
    """Polls that were due."""
    good: int = 0
    """Polls that gave at least one value."""
    failures: Counter[str] = field(default_factory=Counter)
    """Quality code -> polls that gave none for that reason."""
    bad_answers: Counter[str] = field(default_factory=Counter)
    """Kind of malformed answer -> how many."""
    failing_since: int | None = None
    """Instant of the first failure in a row, ms; None while the device answers."""
    failures_in_a_row: int = 0
    last_good_at: int | None = None
    last_error: str = ""
    latency_s: float = 0.0
    """How long the last good poll took on the wire."""
    lateness_s: float = 0.0
    """How long after its time the last poll began."""
