"""Carbon of a year as far as meters tell it, and the paths it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.results import Evidence


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
class CarbonMonth:
    """One month."""

    name: str
    """2026-03."""
    since: int
    until: int
    scope_1_t: float | None
    """Gas, tCO2e."""
    scope_2_location_t: float | None
    """Bought electricity with the grid factor; None without one."""
    output: float | None
    """Of all processes, where they have one unit."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Carbon:
    """A year."""

    year: int
    months: tuple[CarbonMonth, ...]
    scope_1_t: float | None
    scope_2_location_t: float | None
    scope_2_market_t: float | None
    """None: what certificates cover is not entered yet; never taken as 0."""
    scope_3_1_t: float | None
    output: float | None
    output_unit: str
    """t or m2; "" where processes have different ones."""
    intensity_1_2: float | None
    """(Scope 1 + location-based Scope 2) / output; None where any part is not known."""
    intensity_1: float | None
    factors: tuple[Factor, ...]
    evidence: Evidence


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
