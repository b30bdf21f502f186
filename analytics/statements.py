"""Which statements of an output may be used, and what is doubtful about the others.

What a verifier could not defend is not used, and a finding says so; the counters count instead, if there are
any. Spans without a product stand for the whole output: beside products of the same time they would be
counted twice, or the products would be read as all there was. Nothing says which is meant: neither is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from domain.capacity import Overload, overloads, together
from domain.findings import Finding, Severity
from domain.ledger import Production
from domain.periods import HOUR_MS
from domain.plant import Process
from domain.series import Floats

PLAUSIBLE = 1.2
"""Stated output may exceed the rated maximum of the counters by so much."""
ODD = 20.0
"""A statement of so many times the usual rate is most likely in another unit, or mistyped."""
ODD_LEAST = 5
"""As many other rates are needed to call one usual."""


def usable(
    process: Process, stated: Sequence[Production], limit: float | None, counted_per_hour: Floats
) -> tuple[list[Production], list[Finding]]:
    """Return the spans to use and the findings; `limit` in the output unit per hour, None when not known.

    `counted_per_hour` says what is usual where no limit is known; NaN and 0 are left out.
    """
    faults = [_fault(span, process, limit) for span in stated]
    findings = [
        _impossible(span, process, *fault) for span, fault in zip(stated, faults, strict=True) if fault
    ]
    left = [span for span, fault in zip(stated, faults, strict=True) if fault is None]
    twice = _stated_twice(left)
    findings += _overlaps(process, [span for span, is_twice in zip(left, twice, strict=True) if is_twice])
    left = [span for span, is_twice in zip(left, twice, strict=True) if not is_twice]
    if limit is None:
        return left, [*findings, *_odd(process, left, counted_per_hour)]
    too_much = list(overloads([(each.since, each.until, each.quantity) for each in left], limit * PLAUSIBLE))
    findings += [_overload(process, each, limit) for each in too_much]
    refused = {place for each in too_much for place in each.members}
    return [span for place, span in enumerate(left) if place not in refused], findings


def _fault(span: Production, process: Process, limit: float | None) -> tuple[str, str] | None:
    """Return what makes one span impossible by itself, and the cure."""
    given = f"{span.quantity:g} {span.unit}"
    restate = "void the entry and state the quantity that was made"
    if span.since >= span.until:
        return f"the span of {given} ends before it begins, or at once", "void the entry and state its span"
    if span.unit != process.output_unit:
        return f"{given} is not in {process.output_unit}", f"state it in {process.output_unit}"
    if span.quantity < 0:
        return f"{given} is negative", restate
    if limit is not None and _rate(span) > limit * PLAUSIBLE:
        problem = f"{given} is more than the line can make in that time ({limit:g} {span.unit}/h)"
        return problem, "void the entry, or correct rated_max_per_hour of the counter"
    return None if math.isfinite(span.quantity) else (f"{given} is no quantity", restate)


def _rate(span: Production) -> float:
    return span.quantity / ((span.until - span.since) / HOUR_MS)


def _impossible(span: Production, process: Process, problem: str, remedy: str) -> Finding:
    return Finding(
        code="production.impossible",
        key=process.id,
        problem=f"{problem}; it is not used",
        remedy=remedy,
        since=min(span.since, span.until),
        until=max(span.since, span.until),
        facts={"quantity": span.quantity},
    )


def _stated_twice(spans: Sequence[Production]) -> list[bool]:
    """Say of each span whether it overlaps one of the other kind: a total and a product."""
    kinds = {
        is_total: [
            np.sort([getattr(span, end) for span in spans if (span.product == "") is is_total])
            for end in ("since", "until")
        ]
        for is_total in (True, False)
    }
    found: list[bool] = []
    for span in spans:
        since, until = kinds[span.product != ""]
        begun, over = np.searchsorted(since, span.until), np.searchsorted(until, span.since, side="right")
        found.append(bool(begun > over))
    return found


def _overlaps(process: Process, spans: Sequence[Production]) -> Iterator[Finding]:
    for group in together([(span.since, span.until) for span in spans]):
        total = math.fsum(spans[place].quantity for place in group if not spans[place].product)
        products = sorted({spans[place].product for place in group} - {""})
        parts = math.fsum(spans[place].quantity for place in group if spans[place].product)
        unit = process.output_unit
        yield Finding(
            code="production.overlap",
            key=process.id,
            problem=f"{total:g} {unit} without a product and {parts:g} {unit} of {', '.join(products)[:60]} "
            "are stated for one time; neither is used",
            remedy="void the total or the products, or state the rest of the total as a product of its own",
            since=min(spans[place].since for place in group),
            until=max(spans[place].until for place in group),
            facts={"spans": float(len(group)), "total": total, "products": parts},
        )


def _overload(process: Process, found: Overload, limit: float) -> Finding:
    unit = process.output_unit
    return Finding(
        code="production.impossible",
        key=process.id,
        problem=f"{len(found.members)} statements of together {found.total:g} {unit} are more than the line "
        f"can make in that time ({limit:g} {unit}/h); they are not used",
        remedy="void what was not made, or correct rated_max_per_hour of the counter",
        since=found.since,
        until=found.until,
        facts={"quantity": found.total, "spans": float(len(found.members))},
    )


def _odd(process: Process, spans: Sequence[Production], counted_per_hour: Floats) -> Iterator[Finding]:
    """Give one finding over all spans that state far more than the other spans and the counters."""
    rates = np.array([_rate(span) for span in spans], dtype=np.float64)
    known = np.sort(np.concatenate([rates, counted_per_hour]))
    known = known[known > 0.0]  # False for NaN
    others = len(known) - 1
    if others < ODD_LEAST or not len(rates):
        return
    # The median of the others is the same for every rate in the upper half.
    usual = (known[(others - 1) // 2] + known[others // 2]) / 2.0
    odd = np.flatnonzero(rates > ODD * usual)
    if not len(odd):
        return
    places = odd.tolist()
    worst = max(places, key=lambda place: (rates[place], -spans[place].since))
    unit = process.output_unit
    yield Finding(
        code="production.odd",
        key=process.id,
        problem=f"{len(odd)} statements are of more than {ODD:g} times the usual {usual:.3g} {unit}/h, "
        f"the largest {spans[worst].quantity:g} {unit}; they are used",
        remedy="void what was mistyped or is in another unit, or give the counter rated_max_per_hour",
        severity=Severity.WARNING,
        since=min(spans[place].since for place in places),
        until=max(spans[place].until for place in places),
        facts={"spans": float(len(odd)), "largest_since": float(spans[worst].since), "usual": float(usual)},
    )
