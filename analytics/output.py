"""Output of a process in each window: what people state goes before what its counters say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.meters import amounts_of, total_of
from analytics.statements import usable
from domain.findings import Finding, Severity
from domain.ledger import Production
from domain.periods import HOUR_MS
from domain.plant import Carrier, Plant, Point, Process
from domain.series import Floats, Instants
from domain.windows import Flag, Grade, Windows

TOLERANCE = 0.05
"""Stated and counted output of a span may differ by so much."""

_INTEGRAL = {"t/h": "t", "m/min": "m"}
"""Unit of a rate -> unit of its windows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Output:
    """n windows; NaN where the output is not known."""

    amount: Floats
    grade: NDArray[np.uint8]
    coverage: Floats
    flags: NDArray[np.uint16]
    findings: tuple[Finding, ...]


def output_of(
    process: Process,
    plant: Plant,
    windows: Mapping[str, Windows],
    stated: Sequence[Production],
    edges: Instants,
) -> Output:
    """Return the output in the windows between `edges`; spans in `stated` may overlap by product only.

    A stated quantity is spread evenly over its span and graded manual; which may be used says `statements`.
    """
    counters = amounts_of(plant, Carrier.PRODUCTION, process.id)
    fitting = [point for point in counters if _INTEGRAL.get(point.unit, point.unit) == process.output_unit]
    findings = [_wrong_unit(process, point.id, point.unit) for point in counters if point not in fitting]
    counted = total_of(process.id, fitting, windows, edges)
    limit = _limit(process, fitting)
    possible, refused = usable(process, stated, limit, counted.amount / (np.diff(edges) / HOUR_MS))
    findings += refused
    findings += _differences(process, possible, counted, edges) if fitting else []
    if not fitting and not stated:
        findings.append(_no_source(process))
    amount, share = _spread(possible, edges)
    is_stated = share > 0.0
    rest = np.where(share < 1.0 - 1e-12, counted.amount * (1.0 - share), 0.0)
    return Output(
        amount=np.where(is_stated, amount + rest, counted.amount),
        grade=np.where(is_stated, np.uint8(Grade.MANUAL), counted.grade),
        coverage=np.maximum(counted.coverage, share),
        flags=np.where(share >= 1.0 - 1e-12, np.uint16(0), counted.flags),
        findings=tuple(findings),
    )


def _spread(stated: Sequence[Production], edges: Instants) -> tuple[Floats, Floats]:
    """Return (quantity, share of the time with a stated quantity) of each window."""
    amount, covered_ms = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, dtype=np.int64)
    for span in stated:
        first, end, inside = _inside(span.since, span.until, edges)
        amount[first:end] += span.quantity * (inside / (span.until - span.since))
    for since, until, _ in _stretches(stated):
        first, end, inside = _inside(since, until, edges)
        covered_ms[first:end] += inside
    return amount, covered_ms / np.diff(edges)


def _inside(since: int, until: int, edges: Instants) -> tuple[int, int, Instants]:
    """Return windows [first, end) that touch [since, until), and how much of it lies in each, ms."""
    first = max(0, int(np.searchsorted(edges, since, side="right")) - 1)
    end = max(first, min(len(edges) - 1, int(np.searchsorted(edges, until, side="left"))))
    inside = np.minimum(edges[first + 1 : end + 1], until) - np.maximum(edges[first:end], since)
    return first, end, np.maximum(inside, 0)


def _stretches(stated: Sequence[Production]) -> list[tuple[int, int, float]]:
    """Return (since, until, quantity) of each stretch of time that overlapping spans state together."""
    found: list[tuple[int, int, float]] = []
    for span in sorted(stated, key=lambda each: (each.since, each.until, each.product)):
        if found and span.since < found[-1][1]:
            since, until, total = found[-1]
            found[-1] = since, max(until, span.until), total + span.quantity
        else:
            found.append((span.since, span.until, span.quantity))
    return found


def _limit(process: Process, counters: Sequence[Point]) -> float | None:
    """Return the most that the counters can count in an hour; None when one of them has no limit."""
    rated = [(point.rated_max_per_hour, point.shares[process.id]) for point in counters]
    known = [rate * share for rate, share in rated if rate is not None]
    return sum(known) if known and len(known) == len(rated) else None


def _differences(
    process: Process, stated: Sequence[Production], counted: Windows, edges: Instants
) -> Iterator[Finding]:
    """Give one finding over all stretches whose counters say something else."""
    is_over = (counted.flags & Flag.OPEN) == 0
    closed = np.where(is_over, counted.amount, np.nan)
    odd: list[tuple[float, int, int, float]] = []
    for since, until, total in _stretches(stated):
        first, end = np.searchsorted(edges, [since, until])
        if end >= len(edges) or edges[first] != since or edges[end] != until:
            continue
        by_counter = float(closed[first:end].sum())
        if abs(total - by_counter) > TOLERANCE * max(by_counter, total):  # False for NaN
            odd.append((abs(total - by_counter), since, until, by_counter))
    if odd:
        difference, worst_since, _, by_counter = max(odd, key=lambda each: (each[0], -each[1]))
        yield Finding(
            code="production.differs",
            key=process.id,
            problem=f"{len(odd)} stated quantities differ by more than {TOLERANCE:.0%} from the counters, "
            f"the largest by {difference:.3g} {process.output_unit}",
            remedy="compare the list with the counters; the stated quantity is used",
            severity=Severity.WARNING,
            since=min(since for _, since, _, _ in odd),
            until=max(until for _, _, until, _ in odd),
            facts={"spans": float(len(odd)), "largest_since": float(worst_since), "counted": by_counter},
        )


def _wrong_unit(process: Process, point: str, unit: str) -> Finding:
    return Finding(
        code="production.unit",
        key=point,
        problem=f"counts {unit}, and {process.id} is measured in {process.output_unit}; it is not used",
        remedy="choose a counter in the process's unit, or import the production",
    )


def _no_source(process: Process) -> Finding:
    return Finding(
        code="production.missing",
        key=process.id,
        problem="has neither a production counter nor stated production: no intensity can be given",
        remedy="give a point with carrier production, or `energy-agent import production FILE.csv`",
    )
