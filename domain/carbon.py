"""The paths of the reduction plan, emission factors of flows, and what changed the gas of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonPath:
    """A path of the reduction plan: allowed intensity year by year, and what was achieved by statement."""

    id: str
    """scope_1_2 or scope_3_1."""
    unit: str
    """tCO2e/t."""
    allowed: Mapping[int, float]
    """Year -> tCO2e per output unit."""
    stated: Mapping[int, float] = field(default_factory=dict)
    """Year -> what the plan itself says was achieved."""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """An emission factor as it was used."""

    id: str
    value: float
    unit: str
    source: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Gas of a year so far against the same days of the year before, split; Nm3.

    after - before = the sum of all steps.
    """

    year: int
    since: int
    """Begin of the days compared, in `year`."""
    until: int
    before: float | None
    after: float | None
    steps: tuple[ChangeStep, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStep:
    """One cause of the change."""

    subject: str
    """Process id; "other" for gas outside processes."""
    cause: str
    """output: (P1 - P0) * I0; intensity: P1 * (I1 - I0); other: all of a subject without output."""
    nm3: float
