"""Whose turn it is on a link: its devices in the order in which they are due, also while they change."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence
from itertools import count
from operator import itemgetter

from collector.compiled import Scheduled
from domain.ports import Clock

_TOGETHER_S = 0.005
"""Dues so close together are one instant."""
_NUMBER = itemgetter(1)
_NOTHING_S = 3600.0
"""A link without a device looks again so often."""


class Turns:
    """The queue of one poller; used in the loop that polls."""

    def __init__(self, clock: Clock, entries: Sequence[Scheduled]) -> None:
        self.entries = tuple(entries)
        """The devices of the link."""
        self._clock = clock
        self._queue: list[tuple[float, int, Scheduled]] = []
        """(plant-monotonic second, number, device); the number breaks a tie."""
        self._numbers = count()
        self._taken: Scheduled | None = None
        """The device whose poll is under way, or waits for the link."""
        self._nap: asyncio.Task[None] | None = None
        self._is_changed = False

    def begin(self, since_ms: int) -> None:
        """Give each device its first aligned instant after `since_ms`, unless it has one already."""
        if not self._queue:
            for entry in self.entries:
                self._put(entry, self._first_due(entry, since_ms))

    def end(self) -> None:
        """Forget who is due."""
        self._queue, self._taken = [], None

    async def next(self) -> Scheduled:
        """Wait until a device is due and take it out; `put_back` it."""
        while not await self._is_due():
            pass
        chosen = self._first()
        if chosen is self._queue[0]:
            heapq.heappop(self._queue)
        else:
            self._queue.remove(chosen)
            heapq.heapify(self._queue)
        self._taken = chosen[2]
        return self._taken

    def _first(self) -> tuple[float, int, Scheduled]:
        """Return whose turn it is: of living ones that are due together, the one that waits longest.

        Dues of one instant differ by the noise of the clock; in another order each time, a device would be
        late by its neighbour's poll and then early by it.
        """
        head = self._queue[0]
        if not _is_living(head[2]):
            return head
        latest = head[0] + _TOGETHER_S
        together = [each for each in self._queue if each[0] <= latest]
        first = min(together, key=_NUMBER)
        if _is_living(first[2]):
            return first
        return min((each for each in together if _is_living(each[2])), key=_NUMBER)

    def put_back(self, entry: Scheduled, later: float | None) -> None:
        """Let a device wait for its next poll, or until an earlier look at it; not one that was dropped."""
        self._taken = None
        if not entry.is_over:
            self._put(entry, entry.due, later)

    def next_living(self) -> float:
        """Return when the next device is due that is ready and does not fail, plant-monotonic."""
        living = (due for due, _, entry in self._queue if _is_living(entry))
        return min(living, default=float("inf"))

    def change(self, entries: Sequence[Scheduled]) -> None:
        """Have these devices from now on: those of before stay as they are, others come when they are due.

        One without a due time gets its first aligned instant from now.
        """
        kept = {id(entry) for entry in entries}
        known = {id(self._taken), *(id(entry) for _, _, entry in self._queue)}
        for entry in self.entries:
            entry.is_over = id(entry) not in kept
        self.entries = tuple(entries)
        self._queue = [each for each in self._queue if not each[2].is_over]
        heapq.heapify(self._queue)
        now_ms = self._clock.now_ms()
        for entry in entries:
            if id(entry) not in known:
                self._put(entry, entry.due or self._first_due(entry, now_ms))
        self._is_changed = True
        if self._nap is not None:
            self._nap.cancel()

    async def _is_due(self) -> bool:
        """Wait for the next poll; False when the devices have changed meanwhile."""
        wait = self._queue[0][0] - self._clock.monotonic() if self._queue else _NOTHING_S
        self._is_changed = False
        if wait > 0:
            self._nap = asyncio.create_task(self._clock.sleep(wait), name="nap")
            try:
                await asyncio.wait((self._nap,))
            finally:
                self._nap.cancel()
            if not self._nap.cancelled():
                self._nap.result()
        return bool(self._queue) and not self._is_changed

    def _put(self, entry: Scheduled, due: float, later: float | None = None) -> None:
        entry.due = due
        heapq.heappush(self._queue, (due if later is None else later, next(self._numbers), entry))

    def _first_due(self, entry: Scheduled, since_ms: int) -> float:
        interval_ms = entry.device.interval_s * 1000
        instant_ms = since_ms - since_ms % interval_ms + interval_ms
        return self._clock.monotonic() + (instant_ms - self._clock.now_ms()) / 1000


def _is_living(entry: Scheduled) -> bool:
    """Say whether a device is ready to be polled and does not fail."""
    return not entry.attempts and entry.is_placed
