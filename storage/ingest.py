"""From the bus into the store: take, judge, quarantine, commit, acknowledge, in this order.

    bus thread -> offer -> bounded queue -> worker: judge -> quarantine -> store.write -> acknowledge

What is not acknowledged is sent again by its journal, so nothing here needs to survive a crash. What finds
no room in a full quarantine is neither written nor acknowledged: its journal keeps it whole.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from domain.errors import EnergyAgentError, StoreError, StoreRejected, StoreUnavailable
from domain.ports import Clock, Envelope, Quarantine, ReadingSink, Written
from storage.backoff import Backoff
from storage.quarantine import QuarantineFull
from storage.ranges import Range, RangeSet
from storage.source import Source
from storage.verdict import Judge, Message, Verdict, Window

log = logging.getLogger(__name__)

Acknowledge = Callable[[str, str, str, Sequence[Range]], bool]
"""(site, gateway, journal, ranges) -> True when the broker has it; called from the worker."""

_Judged = tuple[Message, Verdict]
_Row = tuple[Envelope, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """Sizes and times of the ingest; each a bound on memory or on delay."""

    linger_s: float = 1.0
    """Longest wait for more messages before a batch is written."""
    batch_messages: int = 1000
    queue_messages: int = 20_000
    queue_bytes: int = 64 * 1024 * 1024
    first_retry_s: float = 0.5
    most_retry_s: float = 30.0
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHealth:
    """What the ingest knows of itself; counters run since the start."""

    is_alive: bool
    """The worker thread runs."""
    error: str
    """Why the store does not take readings now; empty when it does."""
    last_error: str
    last_commit_monotonic: float | None
    last_round_monotonic: float
    """When the worker last went round, by `time.monotonic`."""
    round_age_s: float
    """Real seconds since then: many while a store neither answers nor fails."""
    queue_depth: int
    in_hand: int
    """Messages taken from the queue and not yet committed."""
    messages: int
    readings: int
    duplicates: int
    deferred: int
    """Messages refused because the queue was full; their journals send them again."""
    commits: int
    store_errors: int
    ack_errors: int
    crashes: int
    """Unexpected exceptions that the worker survived."""
    quarantined: Mapping[str, int]
    """Reason code -> items newly kept."""
    quarantine_full: bool
    """The last new item found no room: it and its like pile up in their journals until it is emptied."""


class Ingest:
    """One worker thread between the bus and a store. `offer` may be called from any thread.

    The store and the quarantine stay the caller's to close, after `stop`.
    """

    def __init__(
        self,
        store: ReadingSink,
        quarantine: Quarantine,
        sources: Sequence[Source],
        clock: Clock,
        acknowledge: Acknowledge,
        *,
        limits: IngestLimits | None = None,
        failpoint: Callable[[str], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits or IngestLimits()
        self._store = store
        self._quarantine = quarantine
        self._judge = Judge(sources, self._limits.window)
        self._clock = clock
        self._acknowledge = acknowledge
        self._failpoint = failpoint
        self._backoff = Backoff(jitter, first_s=self._limits.first_retry_s, most_s=self._limits.most_retry_s)
        self._lock = Lock()
        self._queue: deque[Message] = deque()
        self._queue_bytes = 0
        self._wake = Event()
        self._stopping = Event()
        self._hand: list[Message] = []
        self._judged: Message | None = None
        self._quarantine_full = False
        self._to_acknowledge: dict[tuple[str, str, str], RangeSet] = {}
        self._counts: Counter[str] = Counter()
        self._quarantined: Counter[str] = Counter()
        self._error = ""
        self._last_error = ""
        self._failed_since: float | None = None
        self._last_commit: float | None = None
        self._last_round = time.monotonic()
        self._worker = Thread(target=self._run, name="ingest", daemon=True)

    def know(self, sources: Sequence[Source]) -> None:
        """Judge what is taken from now on by these sources; from any thread."""
        self._judge = Judge(sources, self._limits.window)

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def offer(self, topic: str, payload: bytes, *, retain: bool, received_ms: int) -> bool:
        """Take one message from the bus, without waiting; False when the queue is full."""
        limits = self._limits
        with self._lock:
            depth = len(self._queue)
            is_full = depth >= limits.queue_messages or (
                depth > 0 and self._queue_bytes + len(payload) > limits.queue_bytes
            )
            if is_full:
                self._counts["deferred"] += 1
                return False
            self._queue.append(Message(topic, payload, retain, received_ms))
            self._queue_bytes += len(payload)
        if depth + 1 == limits.batch_messages:
            self._wake.set()
        return True

    def stop(self, timeout_s: float) -> bool:
        """Commit and acknowledge what is queued, then end the worker; False when time ran out.

        A store that fails now is not waited for: what is not acknowledged stays in its journal.
        """
        self._stopping.set()
        self._wake.set()
        if self._worker.ident is None:
            return True
        self._worker.join(timeout_s)
        return not self._worker.is_alive()

    def health(self) -> IngestHealth:
        """Return a picture of now; from any thread."""
        with self._lock:
            counts = dict(self._counts)
            quarantined = dict(self._quarantined)
            depth = len(self._queue)
        return IngestHealth(
            is_alive=self._worker.is_alive(),
            error=self._error,
            last_error=self._last_error,
            last_commit_monotonic=self._last_commit,
            last_round_monotonic=self._last_round,
            round_age_s=time.monotonic() - self._last_round,
            queue_depth=depth,
            in_hand=len(self._hand),
            messages=counts.get("messages", 0),
            readings=counts.get("readings", 0),
            duplicates=counts.get("duplicates", 0),
            deferred=counts.get("deferred", 0),
            commits=counts.get("commits", 0),
            store_errors=counts.get("store_errors", 0),
            ack_errors=counts.get("ack_errors", 0),
            crashes=counts.get("crashes", 0),
            quarantined=quarantined,
            quarantine_full=self._quarantine_full,
        )

    # the worker

    def _run(self) -> None:
        while True:
            try:
                if self._is_done():
                    return
                self._round()
            except Exception as error:  # noqa: BLE001  # the end of the thread: seen by health, not fatal
                self._survive(error)

    def _is_done(self) -> bool:
        """Say whether the worker may end: asked to, and all is committed or the store fails."""
        if not self._stopping.is_set():
            return False
        return bool(self._error) or not self._queue

    def _round(self) -> None:
        if len(self._queue) < self._limits.batch_messages and not self._stopping.is_set():
            self._wake.wait(self._limits.linger_s)
        self._last_round = time.monotonic()
        self._wake.clear()
        self._hand = self._take()
        if self._hand:
            judged = self._judge_all(self._hand)
            while not self._settle(judged):
                if self._stopping.is_set():
                    return
                self._last_round = time.monotonic()
            self._hand = []
        self._acknowledge_all()

    def _take(self) -> list[Message]:
        with self._lock:
            many = min(len(self._queue), self._limits.batch_messages)
            taken = [self._queue.popleft() for _ in range(many)]
            self._queue_bytes -= sum(len(message.payload) for message in taken)
            self._counts["messages"] += many
        return taken

    def _judge_all(self, messages: list[Message]) -> list[_Judged]:
        now_ms = self._clock.now_ms()
        judged = []
        for message in messages:
            self._judged = message
            judged.append((message, self._judge.judge(message, now_ms=now_ms)))
        self._judged = None
        return judged

    def _settle(self, judged: list[_Judged]) -> bool:
        """Make everything durable; after a failure wait and return False. May be repeated at will."""
        try:
            batch = [
                (verdict.envelope, message)
                for message, verdict in judged
                if (not verdict.complaint or self._put(message, verdict.complaint))
                and verdict.envelope is not None
            ]
            safe = self._write(batch)
        except StoreError as error:
            self._failed(error)
            return False
        self._recovered()
        if self._failpoint is not None:
            self._failpoint("committed")
        for envelope, message in safe:
            _, site, gateway, _, _ = message.topic.split("/")
            name = (site, gateway, envelope.journal)
            self._to_acknowledge.setdefault(name, RangeSet()).add(envelope.seq)
        return True

    def _write(self, batch: list[_Row]) -> list[_Row]:
        """Commit the batch, put what the store will never take into quarantine; return what is safe."""
        if not batch:
            return batch
        try:
            written = self._store.write([envelope for envelope, _ in batch])
        except StoreRejected as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return self._write(batch[:middle]) + self._write(batch[middle:])
            name = (batch[0][0].journal, batch[0][0].seq)
            written = Written(readings=0, duplicates=0, rejected={name: str(error)})
        self._last_commit = time.monotonic()
        with self._lock:
            self._counts["commits"] += 1
            self._counts["readings"] += written.readings
            self._counts["duplicates"] += written.duplicates
        if not written.rejected:
            return batch
        reasons = [written.rejected.get((envelope.journal, envelope.seq)) for envelope, _ in batch]
        return [
            row
            for row, reason in zip(batch, reasons, strict=True)
            if reason is None or self._put(row[1], f"rejected: {reason}")
        ]

    def _put(self, message: Message, reason: str) -> bool:
        """Keep a message in quarantine; False when there is no room, so that its journal must keep it."""
        try:
            is_new = self._quarantine.put(
                reason,
                message.payload,
                topic=message.topic,
                key=message.key,
                at=message.received_ms,
            )
        except QuarantineFull as error:
            if not self._quarantine_full:
                log.error("quarantine_full error=%r", str(error))
            self._quarantine_full = True
            return False
        if is_new:
            if self._quarantine_full:
                log.info("quarantine_has_room")
            self._quarantine_full = False
            with self._lock:
                self._quarantined[reason.partition(":")[0]] += 1
        return True

    def _failed(self, error: StoreError) -> None:
        wished_s = error.retry_after_s if isinstance(error, StoreUnavailable) else None
        if not self._error:
            self._failed_since = time.monotonic()
            log.warning("store_unavailable error=%r queue=%d", str(error), len(self._queue))
        self._error = self._last_error = str(error)
        with self._lock:
            self._counts["store_errors"] += 1
        self._stopping.wait(self._backoff.next_s(wished_s))

    def _recovered(self) -> None:
        if self._error and self._failed_since is not None:
            log.info(
                "store_recovered after_s=%.1f attempts=%d",
                time.monotonic() - self._failed_since,
                self._backoff.attempts,
            )
        self._error = ""
        self._backoff.reset()

    def _acknowledge_all(self) -> None:
        """Send what may go from the journals; what the broker does not take now is tried next round."""
        for name, ranges in list(self._to_acknowledge.items()):
            try:
                is_sent = self._acknowledge(*name, list(ranges))
            except EnergyAgentError as error:
                self._last_error = str(error)
                is_sent = False
            if is_sent:
                del self._to_acknowledge[name]
            else:
                with self._lock:
                    self._counts["ack_errors"] += 1

    def _survive(self, error: Exception) -> None:
        """Drop what is in hand (its journals send it again), keep the culprit, say so."""
        log.exception("ingest_crashed messages=%d", len(self._hand))
        self._last_error = f"{type(error).__name__}: {error}"
        culprit, self._judged = self._judged, None
        self._hand = []
        with self._lock:
            self._counts["crashes"] += 1
        if culprit is not None:
            try:
                self._put(culprit, f"internal_error: {type(error).__name__}")
            except StoreError as failure:
                self._last_error = str(failure)
        self._stopping.wait(self._limits.first_retry_s)
