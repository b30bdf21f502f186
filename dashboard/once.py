"""One form, sent twice by a double click or a reload, is recorded once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

_MEANT_AGAIN_MS = 10 * 60_000
"""The same fields later than this are meant again."""
_MOST = 200


class Once(Generic[T]):
    """Remembers what was recorded in the last minutes. On one event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()
        self._begun: dict[Hashable, asyncio.Task[T]] = {}

    async def __call__(self, key: Hashable, record: Callable[[], Awaitable[T]], now: int) -> T:
        """Record, or return what recorded the same a moment ago, or does just now.

        What was refused is refused for all who wait, and may come again. Whoever stops waiting stops nobody.
        """
        begun = self._begun.get(key)
        if begun is None:
            at, known = self._known.get(key, (now, None))
            # A request that asked a little earlier may come a little later: either way it is the same click.
            if known is not None and abs(now - at) < _MEANT_AGAIN_MS:
                return known
            begun = self._begun[key] = asyncio.create_task(self._record(key, record, now))
        return await asyncio.shield(begun)

    async def _record(self, key: Hashable, record: Callable[[], Awaitable[T]], now: int) -> T:
        try:
            recorded = await record()
        finally:
            del self._begun[key]
        self._known[key] = (now, recorded)
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return recorded
