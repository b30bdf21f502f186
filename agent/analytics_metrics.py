"""Prometheus families of the analytics: how new the figures are, what is open, how the jobs fare."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from agent.channel_metrics import channel_families
from agent.status import AnalyticsStatus

_PREFIX = "energy_agent_"


def analytics_families(status: AnalyticsStatus) -> Iterator[Metric]:
    """Yield the families of the analytics and of the channels."""
    for name, text, at in (
        (
            "figures_timestamp_seconds",
            "Instant at which the newest figures were computed",
            status.computed_at,
        ),
        ("figures_reading_timestamp_seconds", "Newest reading that is in the figures", status.reading_at),
    ):
        if at is not None:
            yield GaugeMetricFamily(_PREFIX + name, text, value=at / 1000)
    alerts = GaugeMetricFamily(_PREFIX + "alerts_open", "Open alerts, by severity", labels=["severity"])
    for severity, count in status.open_alerts.items():
        alerts.add_metric([severity], count)
    yield alerts
    yield GaugeMetricFamily(_PREFIX + "findings", "Doubts about data and models", value=status.findings)
    runs = CounterMetricFamily(_PREFIX + "job_runs", "Runs of a job", labels=["job"])
    failures = CounterMetricFamily(_PREFIX + "job_failures", "Runs that failed", labels=["job"])
    seconds = GaugeMetricFamily(_PREFIX + "job_last_seconds", "Duration of the last run", labels=["job"])
    for job in status.jobs:
        runs.add_metric([job.name], job.runs)
        failures.add_metric([job.name], job.failures)
        seconds.add_metric([job.name], job.last_seconds)
    yield from (runs, failures, seconds)
    yield from channel_families(status.channels)
