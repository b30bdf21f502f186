"""A finding is a doubt about configuration or data, as a value with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Name the thing, what is wrong with it and the cure."""

    code: str
    """Stable and qualified, `room.what`: `config.unknown_key`."""
    key: str
    """Where it is: `devices[3].profile`, `ENERGY_AGENT_BROKER__PASSWRD`."""
    problem: str
    remedy: str
    severity: Severity = Severity.ERROR
    since: int | None = None
    until: int | None = None
    """Milliseconds since 1970 UTC, half-open, where the doubt is about data; None while it lasts."""
    facts: Mapping[str, float | str] = field(default_factory=dict, hash=False)
    """What the sentence says, for a page in another language: names with their unit as suffix."""

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}; {self.remedy} [{self.code}]"
