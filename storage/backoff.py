"""How long to wait before a failed store is tried again."""

from __future__ import annotations

from collections.abc import Callable

MAX_RETRY_AFTER_S = 300.0
"""The longest wait a server may ask for."""


class Backoff:
    """Doubles from `first_s` to `most_s`, with full jitter; a server's own wish is the least."""

    def __init__(self, jitter: Callable[[], float], *, first_s: float, most_s: float) -> None:
        self._jitter = jitter
        self._first_s = first_s
        self._most_s = most_s
        self.attempts = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Return the next wait, seconds; `jitter` gives a number in [0, 1)."""
        ceiling = min(self._most_s, self._first_s * 2.0 ** min(self.attempts, 30))
        self.attempts += 1
        wished = min(retry_after_s or 0.0, MAX_RETRY_AFTER_S)
        return max(0.0, wished) + ceiling * (0.5 + 0.5 * self._jitter())

    def reset(self) -> None:
        """Start again from the first wait."""
        self.attempts = 0
