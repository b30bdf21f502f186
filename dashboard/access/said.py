"""Sentences for people that the page translates and the command line prints in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import EnergyAgentError


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the catalogue with the values of its placeholders."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class Refused(EnergyAgentError):
    """What was asked for is not done; `said` tells why and what to do."""

    def __init__(self, text: str, /, **values: object) -> None:
        self.said = Said(text, values)
        super().__init__("access", str(self.said))
