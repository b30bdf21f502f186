"""Closed periods: their figures stand as they were written down, whatever the inputs would give now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from analytics.declared_carbon import DeclaredCarbon, Numbered
from analytics.inventory_restated import regraded
from domain.carbon_entries import Closed, Restated
from domain.findings import Finding
from domain.inventory import Inventory
from domain.result_rows import decode

DAMAGED = "inventory.closing_damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Inventories that stand."""

    by_name: Mapping[str, Inventory]
    findings: tuple[Finding, ...]


def standing(declared: DeclaredCarbon, *, without: str = "") -> Standing:
    """Return the closed periods by name, as their last closing or restatement has them.

    What a restatement changed is graded so. One that cannot be read, or is not what its own hash says, is a
    finding and counts as open.
    """
    found: dict[str, Inventory] = {}
    findings = []
    for name, entries in sorted(declared.closings.items()):
        if name == without or not entries:
            continue
        inventory = read_closing(entries[-1])
        if inventory is None:
            findings.append(_damaged(name, entries[-1]))
        else:
            first = read_closing(entries[0]) if len(entries) > 1 else None
            found[name] = inventory if first is None else regraded(inventory, first)
    return Standing(by_name=found, findings=tuple(findings))


def read_closing(entry: Numbered[Closed | Restated]) -> Inventory | None:
    """Return the inventory of a closing; None where it is not what its own hash says, or no inventory."""
    body = entry.body
    text = body.inventory.encode()
    if hashlib.sha256(text).hexdigest() != body.sha256:
        return None
    try:
        found: Inventory = decode("inventory", text)
    except ValueError:
        return None
    if found.period.name != body.period:
        return None
    state = "restated" if isinstance(body, Restated) else "closed"
    return replace(found, state=state, entry=entry.number)


def _damaged(name: str, entry: Numbered[Closed | Restated]) -> Finding:
    return Finding(
        code=DAMAGED,
        key=name,
        problem=f"the closing of {name} in entry {entry.number} cannot be read as it was written",
        remedy="run `energy-agent verify`; until it is restored the period counts as open",
        since=entry.body.since,
        until=entry.body.until,
        facts={"entry": float(entry.number)},
    )
