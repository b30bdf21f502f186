"""What is told to people about alerts, and how a channel wants to be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.findings import Severity
from domain.results import Alert

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which a channel is left alone, in local minutes after midnight; they may pass midnight."""

    since_min: int
    until_min: int
    breaks: Severity | None = None
    """Alerts of this severity or above are told even so; None: nothing is."""

    def holds_at(self, minute: int) -> bool:
        """Say whether a local minute is a quiet one."""
        if self.since_min < self.until_min:
            return self.since_min <= minute < self.until_min
        return minute >= self.since_min or minute < self.until_min


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPolicy:
    """What a channel wants to hear, and when."""

    name: str
    language: str = "zh"
    """zh or en."""
    min_severity: Severity = Severity.WARNING
    quiet: Quiet | None = None
    repeat_ms: int = 24 * HOUR_MS
    """An alert that stays open without an acknowledgement is told again after so long."""
    max_per_hour: int = 20
    """Messages; what finds no room waits and comes as one digest."""


class NoticeKind(StrEnum):
    """Why an alert is told."""

    NEW = "new"
    REPEAT = "repeat"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    """No longer among the alerts: it ended, or later data took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One alert to tell, or the last that is known of one that was taken back."""

    kind: NoticeKind
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message for one channel: an alert, or a digest of several."""

    at: int
    items: tuple[Item, ...]
    """At least one; the gravest first."""

    @property
    def severity(self) -> Severity:
        """Return the gravest severity of what is still open; info when all is over."""
        return next((item.alert.severity for item in self.items if not is_over(item.kind)), Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message; nothing in it comes from the channel's URL."""

    is_sent: bool
    problem: str = ""
    remedy: str = ""


def is_over(kind: NoticeKind) -> bool:
    """Say whether a notice reports an end."""
    return kind in (NoticeKind.RECOVERED, NoticeKind.WITHDRAWN)


_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def is_at_least(severity: Severity, least: Severity) -> bool:
    """Say whether a severity weighs as much as another."""
    return _WEIGHT[severity] >= _WEIGHT[least]
