"""Live values as server-sent events: one tick a second for all readers, rendered once a language.

A reader first gets everything, then what has changed. A reader who does not keep up gets everything again
instead of what was missed: its queue holds one message. While nobody looks nothing is computed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import msgspec

from domain.errors import EnergyAgentError

log = logging.getLogger(__name__)

Moment = tuple[dict[str, str], dict[str, str], str]
"""(texts, states, stamp) in one language."""
MOST_READERS = 64
MOST_OF_ONE = 16
"""Streams of one user: nobody takes them all."""
_END = object()


@dataclass(eq=False)
class _Reader:
    language: str
    who: str
    queue: asyncio.Queue[bytes | object] = field(default_factory=lambda: asyncio.Queue(1))
    is_fresh: bool = True
    """Needs everything at the next tick."""


class Hub:
    """Hands each tick to all readers; lives in one event loop."""

    def __init__(self, moment: Callable[[str], Moment], *, tick_s: float = 1.0) -> None:
        """`moment` returns this moment in a language; EnergyAgentError when it cannot."""
        self._moment = moment
        self._tick_s = tick_s
        self._readers: set[_Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def readers(self) -> int:
        """Return how many read now."""
        return len(self._readers)

    def is_full(self, who: str) -> bool:
        """Say whether no more streams are given, to anybody or to this user."""
        own = sum(reader.who == who for reader in self._readers)
        return self._is_closed or len(self._readers) >= MOST_READERS or own >= MOST_OF_ONE

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._is_closed = True
        for reader in self._readers:
            _replace(reader, _END)
        if self._task is not None:
            self._task.cancel()

    async def read(self, language: str, who: str = "") -> AsyncGenerator[bytes, None]:
        """Give the events of a language until the hub closes."""
        reader = _Reader(language, who)
        self._readers.add(reader)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="live values")
        try:
            yield b"retry: 2000\n\n"
            while not self._is_closed:
                item = await reader.queue.get()
                if not isinstance(item, bytes):
                    return
                yield item
        finally:
            self._readers.discard(reader)

    async def _run(self) -> None:
        """Tick while somebody reads."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        before: dict[str, Moment] = {}
        while self._readers and not self._is_closed:
            self._tick(before)
            due = max(due + self._tick_s, loop.time())
            await asyncio.sleep(due - loop.time())

    def _tick(self, before: dict[str, Moment]) -> None:
        for language in {reader.language for reader in self._readers}:
            try:
                found = self._moment(language)
            except EnergyAgentError as error:
                log.debug("no_live_values problem=%s", error)
                continue  # readers see that nothing comes, and say so after 8 s
            whole = difference = b""
            for reader in self._readers:
                if reader.language != language:
                    continue
                if reader.is_fresh or reader.queue.full() or language not in before:
                    whole = whole or _event("all", found)
                    _replace(reader, whole)
                    reader.is_fresh = False
                else:
                    difference = difference or _event("some", _changed(before[language], found))
                    reader.queue.put_nowait(difference)
            before[language] = found


def _replace(reader: _Reader, item: bytes | object) -> None:
    while not reader.queue.empty():
        reader.queue.get_nowait()
    reader.queue.put_nowait(item)


def _changed(before: Moment, found: Moment) -> Moment:
    texts = {key: text for key, text in found[0].items() if before[0].get(key) != text}
    states = {key: state for key, state in found[1].items() if before[1].get(key) != state}
    return texts, states, found[2]


def _event(name: str, moment: Moment) -> bytes:
    texts, states, stamp = moment
    body = msgspec.json.encode({"texts": texts, "states": states, "stamp": stamp})
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"
