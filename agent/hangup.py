"""SIGHUP: follow the plant file; where the terminal has gone, end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.reloading import Reloading

_INPUT = 0


class EarlyHangup:
    """Notes a SIGHUP that comes while an agent starts, so that it neither ends it nor is lost."""

    def __init__(self) -> None:
        self.is_heard = False
        signal.signal(signal.SIGHUP, self)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take the signal in."""
        self.is_heard = True


class Hangup:
    """Listens for SIGHUP until it is closed; made in the loop that follows."""

    def __init__(self, reloading: Reloading, stop: Callable[[], None]) -> None:
        self._reloading = reloading
        self._stop = stop
        self._has_terminal = os.isatty(_INPUT)
        self._wanted = asyncio.Event()
        early = signal.getsignal(signal.SIGHUP)
        if isinstance(early, EarlyHangup) and early.is_heard:
            self._wanted.set()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._heard)

    def close(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    async def follow(self) -> None:
        """Reload once for all signals that came meanwhile, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._reloading.reload(who="signal SIGHUP")

    def _heard(self) -> None:
        # The same signal says that the terminal was closed, which is then no terminal any more.
        if self._has_terminal and not os.isatty(_INPUT):
            self._stop()
        else:
            self._wanted.set()
