"""Prometheus families of the channels that alerts are told on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from agent.notify import ChannelHealth

_STATES = ("idle", "good", "failing", "hanging")
_PREFIX = "energy_agent_channel_"


def channel_families(channels: Iterable[ChannelHealth]) -> Iterator[Metric]:
    """Yield the families of all channels; none without a channel."""
    channels = tuple(channels)
    if not channels:
        return
    sent = CounterMetricFamily(_PREFIX + "sent", "Messages that were taken", labels=["channel"])
    failures = CounterMetricFamily(_PREFIX + "failures", "Tries that failed", labels=["channel"])
    waiting = GaugeMetricFamily(_PREFIX + "waiting", "Alerts held back", labels=["channel"])
    state = GaugeMetricFamily(_PREFIX + "state", "1 for the state it is in", labels=["channel", "state"])
    for channel in channels:
        sent.add_metric([channel.name], channel.sent)
        failures.add_metric([channel.name], channel.failures)
        waiting.add_metric([channel.name], channel.waiting)
        for each in _STATES:
            state.add_metric([channel.name, each], float(channel.state == each))
    yield from (sent, failures, waiting, state)
