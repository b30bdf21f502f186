"""What a running agent says of itself: one structure for CLI, health check and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from agent.notify import ChannelHealth
from agent.schedule import JobHealth
from agent.version import agent_version
from collector.forwarder import ForwarderHealth
from collector.health import DeviceHealth
from domain.now import FRESH_INTERVALS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """One device as a person wants to see it."""

    device: str
    link: str
    interval_s: float
    state: str
    """"good", "failing", "stale" or "waiting" (not yet polled)."""
    last_good_at: int | None
    polls: int
    good: int
    failures: Mapping[str, int]
    bad_answers: Mapping[str, int]
    failing_since: int | None
    last_error: str
    latency_ms: float
    lateness_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStatus:
    """The journal and its forwarder."""

    id: str
    depth: int
    size_bytes: int
    journalled: int
    published: int
    resent: int
    acknowledged: int
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """The store's half."""

    kind: str
    readings: int
    """Rows written since the agent started."""
    messages: int
    duplicates: int
    deferred: int
    errors: int
    queue: int
    quarantine: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsStatus:
    """How the analytics fare."""

    computed_at: int | None
    """Instant of the newest figures."""
    reading_at: int | None
    """Newest reading in them."""
    error: str
    open_alerts: Mapping[str, int]
    """By severity."""
    findings: int
    ledger_entries: int
    jobs: Sequence[JobHealth] = ()
    channels: Sequence[ChannelHealth] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadStatus:
    """The last reload of the plant file. A refused one is no reason not to be ready."""

    at: int
    who: str
    outcome: str
    """"changed", "unchanged" or "refused"."""
    said: tuple[str, ...]
    """What changed, or why nothing did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """Everything."""

    site: str
    gateway: str
    version: str = field(default_factory=agent_version)
    at: int
    uptime_s: float
    is_demo: bool
    live: bool
    ready: bool
    reasons: tuple[str, ...]
    devices: tuple[DeviceStatus, ...]
    journal: JournalStatus | None
    store: StoreStatus | None
    analytics: AnalyticsStatus | None = None
    reload: ReloadStatus | None = None
    """None: the plant file is as it was at the start."""

    def as_json(self) -> dict[str, object]:
        """Return plain JSON types."""
        return asdict(self)


def device_status(health: DeviceHealth, now_ms: int) -> DeviceStatus:
    """Return a device's status at `now_ms`."""
    if health.failures_in_a_row:
        state = "failing"
    elif health.last_good_at is None:
        state = "waiting"
    elif now_ms - health.last_good_at > FRESH_INTERVALS * health.interval_s * 1000:
        state = "stale"
    else:
        state = "good"
    return DeviceStatus(
        device=health.device,
        link=health.link,
        interval_s=health.interval_s,
        state=state,
        last_good_at=health.last_good_at,
        polls=health.polls,
        good=health.good,
        failures=dict(health.failures),
        bad_answers=dict(health.bad_answers),
        failing_since=health.failing_since,
        last_error=health.last_error,
        latency_ms=round(health.latency_s * 1000, 3),
        lateness_ms=round(health.lateness_s * 1000, 3),
    )


def journal_status(journal_id: str, health: ForwarderHealth, depth: int) -> JournalStatus:
    """Return the journal's status."""
    return JournalStatus(
        id=journal_id,
        depth=depth,
        size_bytes=health.size_bytes,
        journalled=health.journalled,
        published=health.published,
        resent=health.resent,
        acknowledged=health.acknowledged,
        dropped=dict(health.dropped),
    )
