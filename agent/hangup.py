"""SIGHUP: follow the plant file; where the terminal has gone, end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from agent.reloading import Reloading

_INPUT = 0


class Hangup:
    """Listens for SIGHUP until it is closed; made in the loop that follows."""

    def __init__(self, reloading: Reloading, stop: Callable[[], None]) -> None:
        self._reloading = reloading
        self._stop = stop
        self._has_terminal = os.isatty(_INPUT)
        self._wanted = asyncio.Event()
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
