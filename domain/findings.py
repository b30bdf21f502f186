"""A finding is a doubt about configuration or data, as a value with a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


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

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}; {self.remedy} [{self.code}]"
