"""What a figure is worth: its interval, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float
    confidence: float = 0.90
    standard_error: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Say whether the interval leaves no doubt about the sign."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a figure rests on."""

    shares: Mapping[str, float]
    """Grade code -> share of the amount; the shares add up to 1 unless nothing is known."""
    coverage: float
    """Share of the time in which the meters were observed, 0 to 1."""
    is_complete: bool
    """False while readings are still missing: the period is not over, or a window has no amount."""
    codes: tuple[str, ...] = ()
    """Codes of the findings that touch the figure, ordered."""

    @property
    def is_provisional(self) -> bool:
        """Say whether the figure must not be reported yet (METHOD 1: coverage below 90 %)."""
        return self.coverage < 0.90 or not self.is_complete
