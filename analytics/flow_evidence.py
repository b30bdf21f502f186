"""What the nodes of a flow diagram rest on: the windows of their own meters in the span (METHOD 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.evidence import evidences_of
from analytics.gas import energy_kwh
from analytics.meters import amounts
from analytics.prepared import Prepared
from analytics.supply import on_windows
from domain.flows import CarrierSum, FlowNode
from domain.plant import Carrier, Point
from domain.results import Evidence

_Rested = tuple[Evidence, float]
"""What a meter rests on, and what it showed, kWh."""


def with_evidence(
    prepared: Prepared,
    nodes: Sequence[FlowNode],
    sums: Sequence[CarrierSum],
    *,
    since: int,
    reach: int,
    until: int,
) -> tuple[FlowNode, ...]:
    """Return the nodes with their evidence; None of a node without a meter.

    A carrier and recovered heat have that of their sum, for it is the same figure; the unmetered rest has
    that of all meters it is left over by. Shares are weighted by energy.
    """
    plant = prepared.plant
    of_sum = {each.carrier: each.evidence for each in sums if each.evidence.shares}
    by_id = {point.id: point for point in plant.points}
    bus = [point for carrier in (Carrier.ELECTRICITY, Carrier.PV) for point in amounts(plant, carrier)]
    left_over = {Carrier.GAS: list(amounts(plant, Carrier.GAS)), Carrier.ELECTRICITY: bus, Carrier.PV: bus}
    known: dict[str, _Rested] = {}

    def rested(point: Point) -> _Rested:
        if point.id not in known:
            known[point.id] = _rested(prepared, point, since=since, reach=reach, until=until)
        return known[point.id]

    def evidence(node: FlowNode) -> Evidence | None:
        if node.kind in ("carrier", "heat") and node.carrier in of_sum:
            return of_sum[node.carrier]
        points = [by_id[name] for name in node.points]
        if node.kind == "unmetered" and node.carrier is not None:
            points = left_over[node.carrier]
        process = node.id.partition(":")[2] if node.kind == "process" else ""
        parts = [(rested(point), point.shares.get(process, 1.0)) for point in points]
        return _together([(found, share * kwh) for (found, kwh), share in parts])

    return tuple(replace(node, evidence=evidence(node)) for node in nodes)


# inside


def _rested(prepared: Prepared, point: Point, *, since: int, reach: int, until: int) -> _Rested:
    windows = on_windows(prepared, point, since, reach)
    if point.carrier is Carrier.GAS:
        kwh = energy_kwh(windows.amount, prepared.method.gas, since=windows.since, monthly=prepared.monthly)
        windows = replace(windows, amount=kwh)
    found = evidences_of(windows, [(since, until)])[0]
    return found, float(np.abs(windows.amount[np.isfinite(windows.amount)]).sum())


def _together(parts: Sequence[_Rested]) -> Evidence | None:
    """Return the evidence of several meters: shares by energy (alike at rest), coverage alike of each."""
    if not parts:
        return None
    sizes = [kwh for _, kwh in parts]
    if not sum(sizes):
        sizes = [1.0 if evidence.shares else 0.0 for evidence, _ in parts]
    whole = sum(sizes) or 1.0
    by_grade: dict[str, float] = {}
    for (evidence, _), size in zip(parts, sizes, strict=True):
        for grade, share in evidence.shares.items():
            by_grade[grade] = by_grade.get(grade, 0.0) + share * size
    return Evidence(
        shares={grade: part / whole for grade, part in by_grade.items() if part > 0.0},
        coverage=sum(evidence.coverage for evidence, _ in parts) / len(parts),
        is_complete=all(evidence.is_complete for evidence, _ in parts),
        codes=tuple(sorted({code for evidence, _ in parts for code in evidence.codes})),
    )
