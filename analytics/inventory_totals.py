"""The sum of the lines of a scope, with what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from analytics.inventory_basis import ordered
from analytics.inventory_evidence import over_lines
from analytics.inventory_uncertainty import PARTIAL, UNKNOWN, combined
from domain.inventory import Inventory, Line, Total
from domain.method import CarbonMethod

NO_SOURCE = "inventory.no_source"
"""Nothing of the scope is metered or entered."""
NO_LOTS = "inventory.no_lots"
"""No lot of aluminium came in, or none was entered."""
LACKING = ("fuel.no_entry", "fuel.not_yet", "inventory.no_meter")
"""Codes of a sum that lacks a source which is there: it is no number to divide or to go on from."""
LEAST_KNOWN = 0.9
"""Share of the time that a sum must be known of to be divided or gone on from (METHOD 1: coverage)."""
SCOPES = ("1", "2_location", "2_market", "3_1")


def codes_of(lines: Iterable[Line]) -> Iterator[str]:
    """Give the codes of lines that a sum has too; how uncertain it is, it says itself."""
    return (code for line in lines for code in line.codes if code not in (PARTIAL, UNKNOWN))


def lacking(of: Total) -> tuple[str, ...]:
    """Return why a known sum lacks a source as a whole."""
    return tuple(code for code in LACKING if code in of.codes) if of.tco2e is not None else ()


def tells(of: Total) -> bool:
    """Say whether a sum tells its period: what it lacks is less than a tenth, and no source as a whole."""
    return of.evidence.coverage >= LEAST_KNOWN and not lacking(of)


def of_scope(inventory: Inventory, scope: str) -> Total:
    """Return the sum of one of `SCOPES`."""
    found: Total = getattr(inventory, f"scope_{scope}")
    return found


def total(
    scope: str,
    lines: Sequence[Line],
    method: CarbonMethod,
    *,
    months: Sequence[Line] | None = None,
    codes: Iterable[str] = (),
) -> Total:
    """Return the sum of the lines of a scope; `months`: the lines that these are sums of, for a year.

    `codes` are of the sum itself: what should be in it and is not makes it incomplete.
    """
    own = [line for line in lines if line.scope == scope]
    extra = set(codes)
    if not own:
        extra.add(NO_LOTS if scope == "3_1" else NO_SOURCE)
    uncertainty, doubts = combined(
        own if months is None else [line for line in months if line.scope == scope], method
    )
    evidence = over_lines(own)
    known = [line.tco2e for line in own if line.tco2e is not None]
    fixed = [line.fixed_t for line in own if line.fixed_t is not None]
    return Total(
        tco2e=math.fsum(known) if own and len(known) == len(own) else None,
        known_t=math.fsum(known),
        fixed_t=math.fsum(fixed) if own and len(fixed) == len(own) else None,
        uncertainty=uncertainty if own and len(known) == len(own) else None,
        evidence=replace(evidence, is_complete=evidence.is_complete and not extra),
        codes=ordered([*extra, *doubts, *codes_of(own)]),
    )
