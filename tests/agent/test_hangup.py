"""SIGHUP before an agent listens to it: kept, and followed once it does."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import cast

from agent.hangup import EarlyHangup, Hangup
from agent.reloading import Reloading


class Reloads:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.came = asyncio.Event()

    async def reload(self, *, who: str) -> None:
        self.asked.append(who)
        self.came.set()


async def heard_after(signals: int) -> list[str]:
    before = signal.getsignal(signal.SIGHUP)
    EarlyHangup()
    for _ in range(signals):
        os.kill(os.getpid(), signal.SIGHUP)
    reloads = Reloads()
    hangup = Hangup(cast(Reloading, reloads), lambda: None)
    following = asyncio.create_task(hangup.follow())
    try:
        async with asyncio.timeout(0.2 if not signals else 5.0):
            await reloads.came.wait()
    except TimeoutError:
        pass
    finally:
        following.cancel()
        hangup.close()
        signal.signal(signal.SIGHUP, before)
    return reloads.asked


async def test_signals_that_come_while_an_agent_starts_are_one_reload_once_it_runs() -> None:
    assert await heard_after(3) == ["signal SIGHUP"]


async def test_a_start_without_a_signal_reloads_nothing() -> None:
    assert await heard_after(0) == []
