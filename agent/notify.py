"""Tells people: a thread a channel, so that one that fails or hangs holds up no other, and nobody else.

A channel keeps no queue but the newest alerts: what is due is decided when it can be sent (`agent.notices`).
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.notices import ChannelState, decide, remembered, state_from, undelivered
from agent.wording import Wording
from domain.findings import Severity
from domain.ledger import AlertAction
from domain.notice import ChannelPolicy, Notice, Outcome
from domain.periods import PlantCalendar
from domain.plant import Plant
from domain.ports import Clock
from domain.results import Alert

log = logging.getLogger(__name__)

FOLDER = "notices"
"""In the state folder: what each channel was told."""
LOOK_S = 20.0
"""Plant seconds after which a channel looks again without news: quiet hours end, repeats fall due."""
_SHORTEST_LOOK_S = 0.05
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0
HANGING_S = 60.0
"""Real seconds after which a message under way counts as hanging."""


class Sender(Protocol):
    """The way to one group, mailbox or webhook."""

    def send(self, title: str, body: str, severity: Severity) -> Outcome:
        """Send one message and say what became of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How a channel fares; nothing in it is secret."""

    name: str
    state: str
    """"idle" (nothing sent yet), "good", "failing" or "hanging"."""
    sent: int
    failures: int
    """Messages that did not go out, tries counted."""
    last_sent_at: int | None
    failing_since: int | None
    last_error: str
    waiting: int
    """Alerts that are held back: quiet hours, too many messages, a channel that fails."""


class Memory:
    """What one channel was told, in a file of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.json"
        self._name = name

    def load(self, now: int) -> ChannelState:
        """Return what was told before this start; a file that cannot be read is put aside."""
        try:
            return state_from(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return ChannelState(since=now)
        except (ValueError, OSError) as error:
            log.warning("notices file=%s unreadable (%s): open alerts are told again", self._path, error)
            try:
                self._path.replace(self._path.with_suffix(".bad"))
            except OSError:
                log.warning("notices file=%s cannot be put aside", self._path)
            return ChannelState(since=now)

    def save(self, state: ChannelState) -> None:
        """Write durably and whole; OSError when the disk does not take it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(remembered(state), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    alerts: Sequence[Alert]
    handled: Mapping[str, AlertAction]


class ChannelWorker:
    """One channel and its thread."""

    def __init__(
        self, policy: ChannelPolicy, sender: Sender, *, plant: Plant, clock: Clock, memory: Memory
    ) -> None:
        self.policy = policy
        self._sender = sender
        self._clock = clock
        self._calendar = PlantCalendar(ZoneInfo(plant.time_zone))
        self._wording = Wording(plant=plant, language=policy.language)
        self._memory = memory
        self._state = memory.load(clock.now_ms())
        self._news: _News | None = None
        self._wake = threading.Condition()
        self._is_stopping = False
        self._retry_at = 0.0
        """Real monotonic second before which a failing channel is left alone."""
        self._tries = 0
        self._sending_since: float | None = None
        self._sent = 0
        self._failures = 0
        self._last_sent_at: int | None = None
        self._failing_since: int | None = None
        self._last_error = ""
        self._is_hanging_logged = False
        self._is_unsaved = False
        self._thread = threading.Thread(target=self._run, name=f"notify-{policy.name}", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def offer(self, alerts: Sequence[Alert], handled: Mapping[str, AlertAction]) -> None:
        """Let these be the newest alerts; returns at once, whatever the channel does."""
        with self._wake:
            self._news = _News(alerts=tuple(alerts), handled=dict(handled))
            self._wake.notify()
        if self.health().state == "hanging" and not self._is_hanging_logged:
            self._is_hanging_logged = True
            log.error("channel=%s hangs: no answer for %.0f s", self.policy.name, HANGING_S)

    def take(self, plant: Plant) -> None:
        """Speak of another plant from now on."""
        self._wording = Wording(plant=plant, language=self.policy.language)

    def ask_stop(self) -> None:
        """Tell no more; a message under way is not waited for here."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; False when it still hangs (it is a daemon and dies with the process)."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def health(self) -> ChannelHealth:
        """Return how the channel fares now."""
        since = self._sending_since
        if since is not None and time.monotonic() - since > HANGING_S:
            state = "hanging"
        elif self._failing_since is not None:
            state = "failing"
        else:
            state = "good" if self._sent else "idle"
        return ChannelHealth(
            name=self.policy.name,
            state=state,
            sent=self._sent,
            failures=self._failures,
            last_sent_at=self._last_sent_at,
            failing_since=self._failing_since,
            last_error=self._last_error,
            waiting=len(self._state.held),
        )

    # The thread

    def _run(self) -> None:
        look_s = max(_SHORTEST_LOOK_S, self._clock.real_seconds(LOOK_S))
        seen: _News | None = None
        while True:
            with self._wake:
                rest_s = self._retry_at - time.monotonic()
                if not self._is_stopping and (rest_s > 0 or self._news is seen):
                    self._wake.wait(rest_s if rest_s > 0 else look_s)
                if self._is_stopping:
                    return
                if time.monotonic() < self._retry_at:
                    continue
                news = seen = self._news
            if news is not None:
                self._tell(news)

    def _tell(self, news: _News) -> None:
        now = self._clock.now_ms()
        local = self._calendar.local(now)
        before = self._state
        after, notices = decide(
            self.policy, before, news.alerts, news.handled, now=now, minute=local.hour * 60 + local.minute
        )
        for notice in notices:
            outcome = self._send(notice)
            if not outcome.is_sent:
                self._failed(outcome, now)
                self._remember(undelivered(before, notice))
                return
            self._succeeded(now)
        self._remember(after)

    def _send(self, notice: Notice) -> Outcome:
        title, body = self._wording.message(notice)
        self._sending_since = time.monotonic()
        try:
            return self._sender.send(title, body, notice.severity)
        except Exception as error:  # noqa: BLE001 - a library's fault must not end the thread, nor show a URL
            name = type(error).__name__
            return Outcome(is_sent=False, problem=f"failed with {name}", remedy="check its URL")
        finally:
            self._sending_since = None
            self._is_hanging_logged = False

    def _succeeded(self, now: int) -> None:
        self._sent += 1
        self._last_sent_at = now
        if self._failing_since is not None:
            log.info("channel=%s works again after %d tries", self.policy.name, self._tries)
        self._failing_since, self._last_error, self._tries, self._retry_at = None, "", 0, 0.0

    def _failed(self, outcome: Outcome, now: int) -> None:
        self._failures += 1
        rest_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(self._tries, 10))
        self._tries += 1
        self._retry_at = time.monotonic() + rest_s
        said = f"{outcome.problem}; {outcome.remedy}"
        if said != self._last_error:
            log.warning("channel=%s does not take messages: %s", self.policy.name, said)
        self._last_error = said
        if self._failing_since is None:
            self._failing_since = now

    def _remember(self, state: ChannelState) -> None:
        if state == self._state and not self._is_unsaved:
            return
        self._state = state
        try:
            self._memory.save(state)
        except OSError as error:
            if not self._is_unsaved:
                log.error("channel=%s what it was told cannot be kept: %s", self.policy.name, error.strerror)
            self._is_unsaved = True
        else:
            self._is_unsaved = False


class Notifier:
    """All channels."""

    def __init__(self, workers: Sequence[ChannelWorker]) -> None:
        self._workers = tuple(workers)

    @classmethod
    def of(
        cls,
        channels: Sequence[tuple[ChannelPolicy, Sender]],
        *,
        plant: Plant,
        clock: Clock,
        state_dir: Path,
    ) -> Notifier:
        """Return the channels of a plant, not yet started."""
        folder = state_dir / FOLDER
        return cls(
            [
                ChannelWorker(policy, sender, plant=plant, clock=clock, memory=Memory(folder, policy.name))
                for policy, sender in channels
            ]
        )

    def changed(self, make: Callable[[], Notifier], *, stay: Collection[str], plant: Plant) -> Notifier:
        """Return the channels that stay, told of another plant, with those that `make` makes; others end."""
        staying = [worker for worker in self._workers if worker.policy.name in stay]
        for worker in staying:
            worker.take(plant)
        Notifier([worker for worker in self._workers if worker not in staying]).stop()
        made = make()  # not before: it reads what one of the same name has remembered
        made.start()
        return Notifier((*staying, *made._workers))

    def start(self) -> None:
        """Begin to tell."""
        for worker in self._workers:
            worker.start()

    def offer(self, alerts: Sequence[Alert], handled: Mapping[str, AlertAction]) -> None:
        """Hand over the newest alerts: every open one, and those that recovered lately.

        `handled` is the last action of people by alert id. Returns at once.
        """
        for worker in self._workers:
            worker.offer(alerts, handled)

    def health(self) -> tuple[ChannelHealth, ...]:
        """Return how each channel fares."""
        return tuple(worker.health() for worker in self._workers)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop all channels within `timeout_s` together; False when a thread still hangs."""
        for worker in self._workers:
            worker.ask_stop()
        deadline = time.monotonic() + timeout_s
        ended = [worker.join(max(0.0, deadline - time.monotonic())) for worker in self._workers]
        return all(ended)
