"""Long work in a thread, told line by line over the control socket: how far it is, at last what it gave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Event

import msgspec

from domain.errors import EnergyAgentError, StoreError

Advance = Callable[[int, int], None]
"""Told how much is done, of how much."""
_LINES = 10_000


async def streamed(name: str, work: Callable[[Advance], object]) -> AsyncIterator[bytes]:
    """Give a line for each piece that is done, at last what the work returns, or what went wrong.

    When the reader leaves, the work ends with the piece that is under way.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[object] = asyncio.Queue(_LINES)
    left = Event()

    def tell(line: object) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def advance(done: int, of: int) -> None:
        if left.is_set():
            raise StoreError(name, "nobody waits for it any more")
        tell({"done": done, "of": of})

    def run() -> None:
        try:
            tell(work(advance))
        except EnergyAgentError as error:
            tell({"subject": error.subject, "problem": error.problem, "hint": error.hint})
        finally:
            tell(None)

    task = asyncio.create_task(asyncio.to_thread(run), name=name)
    try:
        while (line := await lines.get()) is not None:
            yield msgspec.json.encode(line) + b"\n"
        await task
    finally:
        left.set()
