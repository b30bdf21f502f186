"""The base year: whether a recalculation is due or allowed, old and new side by side (METHOD 7)."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.declared_carbon import DeclaredCarbon
from domain.carbon_entries import BaseYear
from domain.findings import Finding
from domain.inventory import Inventory
from domain.method import CarbonMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseYearRow:
    """One figure of the base year before and after."""

    figure: str
    """year, scope_1_2_t, scope_3_1_t, output, intensity_1_2 or intensity_3_1."""
    unit: str
    old: float | None
    """None: not stated."""
    new: float | None
    change: float | None
    """Relative to old; None where one is not stated, and of the year itself."""


def base_year_findings(declared: DeclaredCarbon, method: CarbonMethod) -> tuple[Finding, ...]:
    """Return what is doubtful about the base years that were declared."""
    return ()


def compared(old: BaseYear | None, new: BaseYear) -> tuple[BaseYearRow, ...]:
    """Return the figures of two declarations side by side; `old` is None for the first one."""
    return ()


def due(inventory: Inventory, stated: BaseYear) -> tuple[Finding, ...]:
    """Return a finding where the inventory of the base year differs from what was stated of it."""
    return ()
