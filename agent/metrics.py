"""Prometheus exposition of the agent's status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.analytics_metrics import analytics_families
from agent.status import AgentStatus, DeviceStatus, JournalStatus, StoreStatus

_PREFIX = "energy_agent_"


class StatusCollector(Collector):
    """Turns a status into metric families when scraped; keeps nothing itself."""

    def __init__(self, status: Callable[[], AgentStatus]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        status = self._status()
        yield _gauge(
            "ready", "1 when readings reach the store, 0 with a reason in /healthz", float(status.ready)
        )
        yield _gauge("uptime_seconds", "Seconds since the agent started", status.uptime_s)
        yield from _device_families(status.devices)
        if status.journal is not None:
            yield from _journal_families(status.journal)
        if status.store is not None:
            yield from _store_families(status.store)
        if status.analytics is not None:
            yield from analytics_families(status.analytics)


def exposition(status: Callable[[], AgentStatus]) -> bytes:
    """Return the text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(status))
    return generate_latest(registry)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, text, value=value)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(_PREFIX + name, text, value=value)


def _device_families(devices: Iterable[DeviceStatus]) -> Iterator[Metric]:
    labels = ["device", "link"]
    polls = CounterMetricFamily(_PREFIX + "polls", "Polls that were due", labels=labels)
    failures = CounterMetricFamily(
        _PREFIX + "poll_failures", "Polls without a value, by reason", labels=[*labels, "reason"]
    )
    bad = CounterMetricFamily(
        _PREFIX + "bad_answers", "Malformed or foreign answers, by kind", labels=[*labels, "kind"]
    )
    latency = GaugeMetricFamily(
        _PREFIX + "poll_latency_seconds", "Duration of the last good poll", labels=labels
    )
    lateness = GaugeMetricFamily(
        _PREFIX + "poll_lateness_seconds", "How long after its time the last poll began", labels=labels
    )
    last_good = GaugeMetricFamily(
        _PREFIX + "last_good_timestamp_seconds", "Instant of the last good poll", labels=labels
    )
    for device in devices:
        key = [device.device, device.link]
        polls.add_metric(key, device.polls)
        for reason, count in device.failures.items():
            failures.add_metric([*key, reason], count)
        for kind, count in device.bad_answers.items():
            bad.add_metric([*key, kind], count)
        latency.add_metric(key, device.latency_ms / 1000)
        lateness.add_metric(key, device.lateness_ms / 1000)
        if device.last_good_at is not None:
            last_good.add_metric(key, device.last_good_at / 1000)
    yield from (polls, failures, bad, latency, lateness, last_good)


def _journal_families(journal: JournalStatus) -> Iterator[Metric]:
    yield _gauge("journal_depth", "Messages the store has not acknowledged", journal.depth)
    yield _gauge("journal_size_bytes", "Bytes in use in the journal", journal.size_bytes)
    yield _counter("journalled", "Messages written to the journal", journal.journalled)
    yield _counter("published", "Messages published once", journal.published)
    yield _counter("resent", "Messages published again", journal.resent)
    yield _counter("acknowledged", "Messages acknowledged by the store", journal.acknowledged)
    dropped = CounterMetricFamily(_PREFIX + "dropped", "Messages given up, by reason", labels=["reason"])
    for reason in sorted({"memory_full", "journal_full", *journal.dropped}):
        dropped.add_metric([reason], journal.dropped.get(reason, 0))
    yield dropped


def _store_families(store: StoreStatus) -> Iterator[Metric]:
    yield _counter("stored_readings", "Readings committed to the store", store.readings)
    yield _counter("stored_messages", "Messages taken by the store", store.messages)
    yield _counter("store_duplicates", "Messages offered again and ignored", store.duplicates)
    yield _counter("store_deferred", "Messages refused for now, the journal sends them again", store.deferred)
    yield _counter("store_errors", "Batches the store could not take at once", store.errors)
    yield _gauge("store_queue", "Messages waiting for a commit", store.queue)
    quarantined = GaugeMetricFamily(
        _PREFIX + "quarantined", "Items in quarantine, by reason", labels=["reason"]
    )
    for reason, count in sorted(store.quarantine.items()):
        quarantined.add_metric([reason], count)
    yield quarantined
