"""The analytics' part of a running agent: ledger, schedule, channels, MQTT around one Analysis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from agent.alert_log import gone, last_actions, news_of, recent
from agent.analysis import Analysis, Live
from agent.channels import sender_of
from agent.dirty import DirtyHours
from agent.notify import Notifier, Sender
from agent.schedule import Schedule
from agent.sealing import Sealing
from agent.shipped_factors import adopt
from agent.status import AnalyticsStatus
from config import Loaded
from config.channels import Channel
from domain.errors import StoreError
from domain.notice import ChannelPolicy
from domain.ports import Clock, Store
from domain.result_rows import encode
from domain.results import AlertState, Results
from domain.wire import analytics_topic
from storage.ledger import FILE_NAME, SqliteLedger

log = logging.getLogger(__name__)

CYCLE_S = 2.5
"""Real seconds between two looks at what is dirty."""
DIRTY_NAME = "analytics.sqlite"
_JOB = "analysis"
_SEALING = "sealing"
_STOP_S = 5.0


Senders = Sequence[tuple[ChannelPolicy, Sender]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """Another plant file on its way into the figures."""

    loaded: Loaded
    senders: Senders
    """Of the channels that are new or changed."""
    taken: Callable[[], None]


class Publish(Protocol):
    """The way to the broker."""

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> bool:
        """Hand one message over; False when the broker client cannot take it now."""
        ...


class Analysing:
    """Computes beside the store that it is given; `dirty` must see every batch before the store does."""

    def __init__(
        self, loaded: Loaded, store: Store, dirty: DirtyHours, clock: Clock, publish: Publish
    ) -> None:
        self._site = loaded.plant.site
        self._clock = clock
        self._publish = publish
        self._dirty = dirty
        self._has_ended = True
        self.ledger = SqliteLedger(loaded.agent.state_dir / FILE_NAME)
        self._adopt_factors()
        self.analysis = Analysis(
            loaded.plant,
            loaded.method,
            store,
            self.ledger,
            dirty=dirty,
            clock=clock,
            on_results=self._on_results,
            on_live=self._on_live,
        )
        self._loaded = loaded
        self._notifier = self._channels_of(loaded, self._senders(loaded.notify))
        self._wanted: Change | None = None
        self._awaited: Change | None = None
        self.sealing = Sealing(loaded.agent.state_dir, store, clock)
        self._schedule = Schedule(clock)
        # On compressed time plant seconds pass quickly; the machine is as slow as ever.
        cycle_s = CYCLE_S / clock.real_seconds(1.0)
        self._schedule.every(cycle_s, _JOB, self._cycle)
        self._schedule.every(cycle_s, _SEALING, self.sealing.run)

    def start(self) -> None:
        """Begin to compute."""
        self._has_ended = False
        self._notifier.start()
        self._schedule.start()
        self._schedule.soon(_JOB)

    def prepare(self, loaded: Loaded, taken: Callable[[], None]) -> Change:
        """Return a change to another plant, method or channels; `taken` is called when figures follow it.

        EnergyAgentError when a channel cannot be opened.
        """
        fresh = [each for each in loaded.notify if each not in self._loaded.notify]
        return Change(loaded=loaded, senders=self._senders(fresh), taken=taken)

    def change(self, change: Change) -> None:
        """Compute for another plant from the next cycle on, which begins at once; from any thread."""
        self._wanted = change
        self._schedule.soon(_JOB)

    def _cycle(self) -> None:
        """Compute what is dirty; first take over another plant, if there is one."""
        wanted = self._wanted
        if wanted is not None:
            self.analysis.take(wanted.loaded.plant, wanted.loaded.method)
            self._open_channels(wanted)
            self._loaded, self._awaited = wanted.loaded, wanted
            if self._wanted is wanted:
                self._wanted = None
        self.analysis.cycle()
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            awaited.taken()

    def _open_channels(self, change: Change) -> None:
        loaded = change.loaded
        stay = {each.policy.name for each in loaded.notify if each in self._loaded.notify}
        make = partial(self._channels_of, loaded, change.senders)
        self._notifier = self._notifier.changed(make, stay=stay, plant=loaded.plant)

    def _channels_of(self, loaded: Loaded, senders: Senders) -> Notifier:
        return Notifier.of(senders, plant=loaded.plant, clock=self._clock, state_dir=loaded.agent.state_dir)

    @staticmethod
    def _senders(channels: Iterable[Channel]) -> Senders:
        return [(each.policy, sender_of(each)) for each in channels]

    async def stop(self) -> None:
        """End the jobs and the channels; the store may be closed after it."""
        self._has_ended = await asyncio.to_thread(self._schedule.stop, _STOP_S)
        await asyncio.to_thread(self._notifier.stop)
        if not self._has_ended:
            log.warning("analysis_still_runs waited_s=%.0f", _STOP_S)

    def close(self) -> None:
        """Release the files, once nothing is stored any more."""
        if self._has_ended:
            self.sealing.close()
            self.ledger.close()
            self._dirty.close()

    def reasons(self) -> Iterator[str]:
        """Give each reason why figures are not computed now."""
        for job in self._schedule.health():
            if job.last_error:
                yield f"analytics: {job.last_error}"

    def status(self) -> AnalyticsStatus:
        """Return how the analytics fare; from any thread."""
        results, live = self.analysis.results, self.analysis.live
        jobs = self._schedule.health()
        found = [] if results is None else [a for a in results.alerts if a.state is AlertState.OPEN]
        return AnalyticsStatus(
            computed_at=live.computed if live else None,
            reading_at=live.at if live else None,
            error=next((job.last_error for job in jobs if job.last_error), ""),
            open_alerts={
                severity: sum(alert.severity == severity for alert in found)
                for severity in ("error", "warning", "info")
            },
            findings=len(results.findings) if results else 0,
            ledger_entries=self.ledger.last(),
            jobs=jobs,
            channels=self._notifier.health(),
        )

    def _adopt_factors(self) -> None:
        """Enter shipped factors that the ledger never had; without room for them readings come first."""
        try:
            adopt(self.ledger, at=self._clock.now_ms())
        except StoreError as error:
            log.warning("factors_not_entered error=%s", error)

    # called from the analytics' thread

    def _on_results(self, results: Results) -> None:
        """Record and tell what is new about alerts."""
        declared = self.analysis.declared
        for alert, step in news_of(results.alerts, declared):
            self.ledger.add([step], who="energy-agent", why=alert.problem, at=self._clock.now_ms())
            self._publish(analytics_topic(self._site, "alert"), encode(alert), retain=False)
        now = self._clock.now_ms()
        for step in gone(results.alerts, declared, now=now):
            self.ledger.add([step], who="energy-agent", why="it is no longer found", at=now)
        self._notifier.offer(recent(results.alerts, now=now), last_actions(declared))
        still = [alert for alert in results.alerts if alert.state is AlertState.OPEN]
        self._publish(analytics_topic(self._site, "alerts"), encode({"at": now, "open": still}), retain=True)

    def _on_live(self, live: Live) -> None:
        by_process: dict[str, dict[str, object]] = {}
        for each in live.intensities:
            by_process.setdefault(each.process, {})[each.period.kind] = each
        for process, periods in by_process.items():
            payload = encode({"v": 1, "at": live.at, "computed": live.computed, "periods": periods})
            self._publish(analytics_topic(self._site, "enpi", process), payload, retain=True)
