"""Figures that changed after their period was closed have a grade of their own (METHOD 1: restated)."""

from __future__ import annotations

from dataclasses import replace

from analytics.inventory_evidence import over_lines
from domain.inventory import Inventory, Line, Total
from domain.windows import Grade


def regraded(now: Inventory, first: Inventory) -> Inventory:
    """Return a restated inventory, each line that is not as it was closed at first graded restated."""
    before = {(line.scope, line.id): line for line in first.lines}
    lines = tuple(_regraded(line, before.get((line.scope, line.id))) for line in now.lines)
    return replace(
        now,
        lines=lines,
        scope_1=_total(now.scope_1, "1", lines),
        scope_2_location=_total(now.scope_2_location, "2_location", lines),
        scope_2_market=_total(now.scope_2_market, "2_market", lines),
        scope_3_1=_total(now.scope_3_1, "3_1", lines),
    )


def _regraded(line: Line, before: Line | None) -> Line:
    if before is not None and (before.activity, before.tco2e) == (line.activity, line.tco2e):
        return line
    return replace(line, evidence=replace(line.evidence, shares={Grade.RESTATED.code: 1.0}))


def _total(total: Total, scope: str, lines: tuple[Line, ...]) -> Total:
    shares = over_lines([line for line in lines if line.scope == scope]).shares
    return replace(total, evidence=replace(total.evidence, shares=shares))
