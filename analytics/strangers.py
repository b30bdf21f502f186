"""Entries of the ledger about what the plant does not have, and amounts the plant has twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from analytics.declared import Declared
from analytics.meters import amounts
from domain.findings import Finding, Severity
from domain.plant import Carrier, Plant


def strangers(plant: Plant, declared: Declared) -> tuple[Finding, ...]:
    """Return a finding for each process or point that entries name and the plant does not have."""
    processes = {process.id for process in plant.processes}
    points = {point.id for point in plant.points}
    return (
        *(
            _stranger("production.unknown_process", name, "process", "stated output", processes)
            for name in sorted(declared.production.keys() - processes)
        ),
        *_unknown(declared.plans, processes, "process", "a plan"),
        *_unknown(declared.factors, processes, "process", "a static factor"),
        *_unknown(declared.baselines, processes, "process", "an approved baseline"),
        *_unknown(declared.meter_events, points, "point", "an event of a meter"),
    )


def _unknown(named: Iterable[str], known: set[str], kind: str, what: str) -> Iterator[Finding]:
    for name in sorted(set(named) - known):
        yield _stranger("ledger.unknown_subject", name, kind, what, known)


def _stranger(code: str, name: str, kind: str, what: str, known: set[str]) -> Finding:
    return Finding(
        code=code,
        key=name,
        problem=f"the ledger has {what} for this {kind}, and the plant has none of that id; it is not used",
        remedy=f"void the entry and record it for one of {', '.join(sorted(known))[:200] or 'the plant'}, "
        f"or describe the {kind}",
        severity=Severity.WARNING,
        facts={"what": what},
    )


def doubled(plant: Plant) -> tuple[Finding, ...]:
    """Return a finding for the second of two amounts of one device that serve one process: both are added up.

    A corrector gives its volume before and after the correction; a logger may well have two meters.
    """
    return tuple(
        Finding(
            code=f"{carrier}.doubled",
            key=second.id,
            problem=f"counts {carrier} for {min(common)}, as {first.id} of the same device does; "
            "both are added up",
            remedy="take carrier out of one of them, unless they count different things",
            severity=Severity.WARNING,
            facts={"other": first.id},
        )
        for carrier in Carrier
        for first, second in combinations(amounts(plant, carrier), 2)
        if (first.device, first.role, first.unit) == (second.device, second.role, second.unit)
        and (common := _served(first.shares.items()) & _served(second.shares.items()))
    )


def _served(shares: Iterable[tuple[str, float]]) -> set[str]:
    return {process for process, share in shares if share > 0.0}
