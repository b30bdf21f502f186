"""Journal -> publisher: one thread that commits readings, publishes them and removes what is acknowledged.

Two lanes. Live: what was just committed is published once, at once. Backlog: what is older and not
acknowledged is sent again, oldest first, one window at a time; the next window goes when the last
is acknowledged, or again after a rest that grows while nobody answers. So live data never waits
behind a backlog, and a dead store is not flooded.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from collector.journal import Journal, Row
from domain.errors import WireError
from domain.ports import Clock, Publisher
from domain.reading import Gap, Poll, Quality
from domain.wire import decode_ack, decode_item

log = logging.getLogger(__name__)

Failpoint = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the forwarder: memory, disk and pace."""

    waiting: int = 10_000
    """Most polls in memory that wait for the disk."""
    journal_bytes: int = 2048 * 1024 * 1024
    """Beyond this the oldest messages are dropped, counted and noted as gaps."""
    linger_s: float = 0.05
    """How long the first poll waits for company, so that one fsync serves many."""
    window: int = 2000
    """Messages of the backlog under way at once."""
    ack_timeout_s: float = 5.0
    """After this a message that nobody acknowledged belongs to the backlog."""
    max_rest_s: float = 60.0
    """Longest rest between two attempts to send a window nobody acknowledges."""


@dataclass(slots=True, kw_only=True)
class ForwarderHealth:
    """Counts for status and metrics; written by the forwarder's thread only."""

    journalled: int = 0
    published: int = 0
    resent: int = 0
    acknowledged: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    depth: int = 0
    size_bytes: int = 0
    error: str = ""
    """Why the journal cannot be written now; empty when it can."""


class Forwarder:
    """Takes polls from the pollers (any thread) and sees them to the store's acknowledgement."""

    def __init__(
        self,
        journal: Journal,
        publisher: Publisher,
        clock: Clock,
        *,
        limits: Limits | None = None,
        failpoint: Failpoint | None = None,
    ) -> None:
        self.health = ForwarderHealth(depth=journal.depth())
        self._journal = journal
        self._publisher = publisher
        self._clock = clock
        self._limits = limits or Limits()
        self._failpoint = failpoint
        self._waiting: deque[Poll | Gap] = deque()
        self._lost: dict[str, tuple[int, int]] = {}
        """Device -> [since, until) of polls that found no room in memory."""
        self._acks: deque[list[tuple[int, int]]] = deque(maxlen=100_000)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        # The backlog's state
        self._sent = [(time.monotonic(), journal.last_seq)]
        """(when, newest seq then): tells which messages are old enough to be sent again."""
        self._overdue = journal.last_seq
        self._window: set[int] = set()
        self._window_sent = 0.0
        self._rest_s = 0.0
        self._was_connected = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, item: Poll | Gap) -> None:
        """Take one poll or gap; never blocks. Without room it is counted and becomes part of a gap."""
        if len(self._waiting) >= self._limits.waiting:
            self._lose(item)
            return
        self._waiting.append(item)
        if not self._wake.is_set():
            self._wake.set()

    def take_ack(self, topic: str, payload: bytes) -> None:
        """Take an acknowledgement from the bus; one of another journal or no acknowledgement is ignored."""
        try:
            message = decode_ack(topic, payload)
        except WireError as error:
            log.warning("acknowledgement ignored error=%s", error)
            return
        if message.journal == self._journal.id:
            self._acks.append([(first, last) for first, last in message.ranges])
            self._wake.set()

    def stop(self, timeout_s: float) -> bool:
        """Commit what waits, publish it once and end; False when that took longer than `timeout_s`."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    @property
    def depth(self) -> int:
        """Return how many polls are not yet acknowledged by the store, in memory and on disk."""
        return len(self._waiting) + self.health.depth

    def _lose(self, item: Poll | Gap) -> None:
        since, until = (item.at, item.at + 1) if isinstance(item, Poll) else (item.since, item.until)
        known = self._lost.get(item.device, (since, until))
        self._lost[item.device] = (min(known[0], since), max(known[1], until))
        self.health.dropped["memory_full"] += 1

    # The thread

    def _run(self) -> None:
        rest_s = 0.0
        while True:
            self._wake.wait(rest_s if rest_s else self._next_look_s())
            if not self._stopping.is_set():
                time.sleep(self._limits.linger_s)
            self._wake.clear()
            is_last = self._stopping.is_set() and not self._waiting
            try:
                self._turn()
                rest_s = 0.0
            except sqlite3.Error as error:
                rest_s = 1.0
                self._disk_fails(error)
                if self._stopping.is_set():
                    return
            if is_last or (self._stopping.is_set() and not self._waiting):
                return

    def _next_look_s(self) -> float:
        return 1.0 if self.health.depth else 5.0

    def _disk_fails(self, error: sqlite3.Error) -> None:
        if not self.health.error:
            log.error("journal cannot be written error=%s", error)
        self.health.error = str(error)
        self._journal.rollback()

    def _note_connection(self) -> None:
        """At a new connection everything journalled so far goes again, from the oldest on."""
        connected = self._publisher.is_connected
        if connected and not self._was_connected:
            self._overdue = self._journal.last_seq
            self._rest_s, self._window = 0.0, set()
        self._was_connected = connected

    def _turn(self) -> None:
        """Do one round: commit what came, delete what is acknowledged, publish."""
        self._note_connection()
        items = list(self._waiting)
        lost, self._lost = self._lost, {}
        gaps = [
            Gap(device=device, since=since, until=until, quality=Quality.JOURNAL_FULL)
            for device, (since, until) in lost.items()
        ]
        acks: list[tuple[int, int]] = []
        while self._acks:
            acks += self._acks.popleft()
        if items or gaps or acks:
            try:
                rows = self._commit([*items, *gaps], acks)
            except sqlite3.Error:
                for gap in gaps:
                    self._lose_again(gap)
                raise
            for _ in items:
                self._waiting.popleft()
            self._fire("committed")
            self._settle_acks(acks)
            self._publish_live(rows)
        elif self.health.error:
            self.health.error = ""
        self._send_backlog()

    def _lose_again(self, gap: Gap) -> None:
        known = self._lost.get(gap.device, (gap.since, gap.until))
        self._lost[gap.device] = (min(known[0], gap.since), max(known[1], gap.until))

    def _commit(self, items: list[Poll | Gap], acks: list[tuple[int, int]]) -> list[Row]:
        deleted = self._journal.delete(acks) if acks else 0
        rows = self._journal.append(items) if items else []
        dropped = self._drop_over_cap()
        self._journal.commit()
        health = self.health
        if health.error:
            log.info("journal can be written again")
        health.error = ""
        health.journalled += len(rows)
        health.acknowledged += deleted
        health.depth += len(rows) - deleted - dropped
        return rows

    def _drop_over_cap(self) -> int:
        """Keep the file under its cap: the oldest messages go, as one gap a device."""
        self.health.size_bytes = self._journal.size_bytes()
        if self.health.size_bytes <= self._limits.journal_bytes:
            return 0
        rows = self._journal.delete_oldest(max(1, self.health.depth // 100))
        for row in rows:
            item = decode_item(row.topic, row.payload, received_ms=0).item
            self._lose(item)
            self.health.dropped["memory_full"] -= 1
        self.health.dropped["journal_full"] += len(rows)
        log.error("journal is over its cap, oldest messages dropped count=%d", len(rows))
        return len(rows)

    def _fire(self, place: str) -> None:
        if self._failpoint is not None:
            self._failpoint(place)

    # Lanes

    def _publish_live(self, rows: list[Row]) -> None:
        if not self._was_connected:
            return
        for row in rows:
            if not self._publisher.publish(row.topic, row.payload):
                return  # the backlog takes it up
            self.health.published += 1

    def _settle_acks(self, acks: list[tuple[int, int]]) -> None:
        if self._window:
            self._window = {s for s in self._window if not any(a <= s <= b for a, b in acks)}
            if not self._window:
                self._rest_s = 0.0

    def _send_backlog(self) -> None:
        now = time.monotonic()
        connected = self._was_connected
        self._note_overdue(now)
        if not connected or self.health.depth == 0:
            return
        if self._window and now < self._window_sent + self._limits.ack_timeout_s + self._rest_s:
            return
        if self._window:  # nobody answered
            limits = self._limits
            self._rest_s = min(max(2 * self._rest_s, limits.ack_timeout_s), limits.max_rest_s)
        rows = self._journal.read(after=0, limit=self._limits.window, up_to=self._overdue)
        self._window = {row.seq for row in rows}
        self._window_sent = now
        for row in rows:
            if not self._publisher.publish(row.topic, row.payload):
                return
            self.health.resent += 1

    def _note_overdue(self, now: float) -> None:
        """Move the mark below which every unacknowledged message has waited long enough."""
        while self._sent and self._sent[0][0] <= now - self._limits.ack_timeout_s:
            self._overdue = max(self._overdue, self._sent.pop(0)[1])
        if not self._sent or now - self._sent[-1][0] >= self._limits.ack_timeout_s / 5:
            self._sent.append((now, self._journal.last_seq))
