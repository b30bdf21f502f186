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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.journal import Journal, Row
from domain.errors import WireError
from domain.ports import Publisher
from domain.reading import Gap, Poll, Quality
from domain.wire import decode_ack, decode_item

log = logging.getLogger(__name__)

Failpoint = Callable[[str], None]
_DISK_REST_S = 1.0
"""Between two attempts to write a journal that cannot be written."""


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
        *,
        limits: Limits | None = None,
        failpoint: Failpoint | None = None,
    ) -> None:
        self.health = ForwarderHealth(depth=journal.depth())
        self._journal = journal
        self._publisher = publisher
        self._limits = limits or Limits()
        self._failpoint = failpoint
        self._waiting: deque[Poll | Gap] = deque()
        self._lost: dict[str, tuple[int, int]] = {}
        """Device -> [since, until) of polls that found no room in memory."""
        self._losing = threading.Lock()
        self._acks: deque[list[tuple[int, int]]] = deque(maxlen=100_000)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        # The backlog's state
        self._sent = [(time.monotonic(), journal.last_seq)]
        """(when, newest seq then): tells which messages are old enough to be sent again."""
        self._overdue = journal.last_seq
        self._window: set[int] = set()
        self._cursor = 0
        """The backlog was sent up to here; behind its end it begins again."""
        self._window_after = 0
        self._is_heard = False
        """Somebody acknowledged something since the window was sent."""
        self._window_sent = 0.0
        self._rest_s = 0.0
        self._was_connected = False

    def start(self) -> None:
        """Start the thread; a backlog goes at once."""
        self._wake.set()
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
        ranges = self._journal.own(message.journal, message.ranges)
        if ranges:
            self._acks.append(ranges)
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
        with self._losing:
            _widen(self._lost, item)
            self.health.dropped["memory_full"] += 1

    # The thread

    def _run(self) -> None:
        rest_s = 0.0
        while True:
            if rest_s:
                self._stopping.wait(rest_s)
            else:
                self._wake.wait(1.0 if self.health.depth else 5.0)
                if not self._stopping.is_set():
                    time.sleep(self._limits.linger_s)
            self._wake.clear()
            is_last = self._stopping.is_set()
            try:
                self._turn()
                rest_s = 0.0
            except sqlite3.Error as error:
                rest_s = _DISK_REST_S
                self._disk_fails(error)
                if is_last:
                    return
            except Exception as error:  # the thread must live; health tells, nothing in hand is lost
                log.exception("forwarder failed")
                rest_s = _DISK_REST_S
                self._disk_fails(error)
                if is_last:
                    return
            if is_last and not (self._waiting or self._lost):
                return

    def _disk_fails(self, error: Exception) -> None:
        if not self.health.error:
            log.error("journal cannot be written error=%s", error)
        self.health.error = str(error)
        try:
            self._journal.rollback()
        except sqlite3.Error as worse:  # the next turn begins with another rollback
            self.health.error = str(worse)

    def _disk_works(self) -> None:
        if self.health.error:
            log.info("journal can be written again")
        self.health.error = ""

    def _note_connection(self) -> None:
        """At a new connection everything journalled so far goes again, from the oldest on."""
        connected = self._publisher.is_connected
        if connected and not self._was_connected:
            self._overdue = self._journal.last_seq
            self._rest_s, self._window, self._cursor = 0.0, set(), 0
        self._was_connected = connected

    def _turn(self) -> None:
        """Do one round: delete what is acknowledged, commit what came, publish."""
        self._note_connection()
        if self.health.error:
            self._journal.rollback()
        items = list(self._waiting)
        with self._losing:
            lost, self._lost = self._lost, {}
        try:
            rows = self._write([*items, *_gaps(lost)])
        except sqlite3.Error:
            with self._losing:
                for gap in _gaps(lost):
                    _widen(self._lost, gap)
            raise
        self._disk_works()
        for _ in items:
            self._waiting.popleft()
        if rows:
            self._fire("committed")
            self._publish_live(rows)
        self._send_backlog()

    def _write(self, items: Sequence[Poll | Gap]) -> list[Row]:
        """Commit what is acknowledged and the items; what fails is as if it had not been tried."""
        acks: list[tuple[int, int]] = []
        while self._acks:
            acks += self._acks.popleft()
        if not acks and not items:
            return []
        try:
            rows = self._commit(items, acks)
        except sqlite3.Error:
            self._acks.appendleft(acks)
            raise
        self._settle_acks(acks)
        return rows

    def _commit(self, items: Sequence[Poll | Gap], acks: list[tuple[int, int]]) -> list[Row]:
        deleted = self._journal.delete(acks) if acks else 0
        rows = self._journal.append(items) if items else []
        dropped = self._drop_over_cap(len(rows))
        rows += self._journal.append(_gaps(_losses(dropped)))
        self._journal.commit()
        health = self.health
        health.journalled += len(rows)
        health.acknowledged += deleted
        health.depth += len(rows) - deleted - len(dropped)
        if dropped:
            health.dropped["journal_full"] += len(dropped)
            log.error("journal is over its cap, oldest messages dropped count=%d", len(dropped))
        return rows

    def _drop_over_cap(self, added: int) -> list[Row]:
        """Keep the file under its cap: remove and return the oldest messages."""
        self.health.size_bytes = self._journal.size_bytes()
        if self.health.size_bytes <= self._limits.journal_bytes:
            return []
        return self._journal.delete_oldest(max(1, 2 * added, self.health.depth // 100))

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
        """Take what is acknowledged out of the window; any progress gives the rest of it more time."""
        self._is_heard |= bool(acks)
        if not self._window or not acks:
            return
        # Somebody acknowledges again: do not sit out a long rest.
        self._rest_s = min(self._rest_s, self._limits.ack_timeout_s)
        left = {seq for seq in self._window if not any(first <= seq <= last for first, last in acks)}
        if len(left) < len(self._window):
            self._rest_s = 0.0
            self._window_sent = time.monotonic()
        self._window = left

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
            if not self._is_heard:
                self._cursor = self._window_after  # the same again
        self._is_heard = False
        rows = self._next_window()
        self._window = {row.seq for row in rows}
        self._window_sent = now
        for row in rows:
            if not self._publisher.publish(row.topic, row.payload):
                return
            self.health.resent += 1

    def _next_window(self) -> list[Row]:
        """Return what is to be sent next: what nobody acknowledges does not hold up what comes behind it."""
        limit = self._limits.window
        self._window_after = self._cursor
        rows = self._journal.read(after=self._cursor, limit=limit, up_to=self._overdue)
        if not rows and self._cursor:
            rows = self._journal.read(after=0, limit=limit, up_to=self._overdue)
        self._cursor = rows[-1].seq if rows else 0
        return rows

    def _note_overdue(self, now: float) -> None:
        """Move the mark below which every unacknowledged message has waited long enough."""
        while self._sent and self._sent[0][0] <= now - self._limits.ack_timeout_s:
            self._overdue = max(self._overdue, self._sent.pop(0)[1])
        if not self._sent or now - self._sent[-1][0] >= self._limits.ack_timeout_s / 5:
            self._sent.append((now, self._journal.last_seq))


def _widen(losses: dict[str, tuple[int, int]], item: Poll | Gap) -> None:
    since, until = (item.at, item.at + 1) if isinstance(item, Poll) else (item.since, item.until)
    known = losses.get(item.device, (since, until))
    losses[item.device] = (min(known[0], since), max(known[1], until))


def _losses(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    losses: dict[str, tuple[int, int]] = {}
    for row in rows:
        try:
            _widen(losses, decode_item(row.topic, row.payload, received_ms=0).item)
        except WireError as error:
            log.error("journal row cannot be read, dropped seq=%d error=%s", row.seq, error)
    return losses


def _gaps(losses: Mapping[str, tuple[int, int]]) -> list[Gap]:
    return [
        Gap(device=device, since=since, until=until, quality=Quality.JOURNAL_FULL)
        for device, (since, until) in losses.items()
    ]
