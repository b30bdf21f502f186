"""Scope 3 category 1: aluminium lot by lot, mass * factor (METHOD 7).

The supplier's own factor goes before shares with factors of their kinds, these before the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.declared_carbon import DeclaredCarbon
from domain.findings import Finding
from domain.inventory import Line
from domain.method import CarbonMethod
from domain.periods import Period, PlantCalendar


def lot_lines(
    declared: DeclaredCarbon,
    method: CarbonMethod | None = None,
    *,
    months: Sequence[Period],
    calendar: PlantCalendar,
    base_year: int,
) -> tuple[Mapping[str, tuple[Line, ...]], tuple[Finding, ...]]:
    """Return the lines of the lots of each month, by its name, and what is doubtful about lots.

    A month without lots has no key. `method` gives the uncertainty of masses.
    """
    return {}, ()
