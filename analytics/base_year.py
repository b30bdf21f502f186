"""The base year: whether a recalculation is due or allowed, old and new side by side (METHOD 7).

Structural change, change of method or factors, or an error above the threshold move it; organic growth never.
Scope 1 and 2 are market-based, as the plan states them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analytics.declared_carbon import DeclaredCarbon
from domain.carbon_entries import BaseYear, BaseYearReason
from domain.findings import Finding, Severity
from domain.inventory import Inventory
from domain.method import CarbonMethod

ROUNDED = 0.01
"""Stated sums and stated intensities may differ by so much: they are rounded to three digits."""


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
    """Relative to old; None where one is not stated or of another unit, and of the year itself."""


def base_year_findings(declared: DeclaredCarbon, method: CarbonMethod) -> tuple[Finding, ...]:
    """Return what is doubtful about the base years that were declared."""
    bodies = [each.body for each in sorted(declared.base_years, key=lambda each: each.number)]
    return (
        *(finding for body in bodies for finding in _doubts(body, method)),
        *(finding for old, new in pairwise(bodies) for finding in _recalculated(old, new)),
    )


def compared(old: BaseYear | None, new: BaseYear) -> tuple[BaseYearRow, ...]:
    """Return the figures of two declarations side by side; `old` is None for the first one."""
    before, after = _figures(old), _figures(new)
    same_unit = old is not None and old.output_unit == new.output_unit
    per = f"tCO2e/{new.output_unit}"
    units = {"scope_1_2_t": "tCO2e", "scope_3_1_t": "tCO2e", "output": new.output_unit}
    rows = [
        BaseYearRow(
            figure="year",
            unit="",
            old=None if old is None else float(old.year),
            new=float(new.year),
            change=None,
        )
    ]
    for figure, value in after.items():
        is_comparable = same_unit or figure in ("scope_1_2_t", "scope_3_1_t")
        rows.append(
            BaseYearRow(
                figure=figure,
                unit=units.get(figure, per),
                old=before[figure],
                new=value,
                change=_change(before[figure], value) if is_comparable else None,
            )
        )
    return tuple(rows)


def due(inventory: Inventory, stated: BaseYear) -> tuple[Finding, ...]:
    """Return a finding for each figure of the base year that its inventory gives otherwise now.

    Nothing for another year, or while the year runs; what is not stated or not known is not compared.
    """
    if inventory.period.name != str(stated.year) or not inventory.is_over:
        return ()
    found = []
    for figure, unit, said, actual in _sides(inventory, stated):
        if said is None or actual is None or not _differs(said, actual, stated.threshold):
            continue
        change = _change(said, actual)
        found.append(
            _said(
                "base_year.recalculation_due",
                stated,
                f"{figure} was stated as {said:g} {unit} and comes out as {actual:g} now, more than "
                f"{stated.threshold:.1%} away",
                "recalculate the base year with its reason, or correct the entries behind the inventory",
                Severity.WARNING,
                figure=figure,
                unit=unit,
                stated=said,
                actual=actual,
                tolerance=stated.threshold,
                **({} if change is None else {"share": change}),
            )
        )
    return tuple(found)


# figures


def _figures(body: BaseYear | None) -> dict[str, float | None]:
    if body is None:
        return dict.fromkeys(("scope_1_2_t", "scope_3_1_t", "output", "intensity_1_2", "intensity_3_1"))
    return {
        "scope_1_2_t": body.scope_1_2_t,
        "scope_3_1_t": body.scope_3_1_t,
        "output": body.output,
        "intensity_1_2": _intensity(body.intensity_1_2, body.scope_1_2_t, body.output),
        "intensity_3_1": _intensity(body.intensity_3_1, body.scope_3_1_t, body.output),
    }


def _intensity(stated: float | None, tonnes: float | None, output: float | None) -> float | None:
    """Return an intensity as stated, else by the sums; None where neither is known."""
    if stated is not None or tonnes is None or output is None or not output > 0.0:
        return stated
    return tonnes / output


def _change(old: float | None, new: float | None) -> float | None:
    if old is None or new is None or not old:
        return None
    return new / old - 1.0


def _differs(old: float, new: float, threshold: float) -> bool:
    """Say whether a figure changed by at least the threshold; from 0 any change does."""
    change = _change(old, new)
    return old != new if change is None else abs(change) >= threshold


def _sides(inventory: Inventory, stated: BaseYear) -> Iterator[tuple[str, str, float | None, float | None]]:
    """Give figure, unit, stated and actual; an intensity only where its sum is not stated."""
    scope_1, scope_2 = inventory.scope_1.tco2e, inventory.scope_2_market.tco2e
    both = None if scope_1 is None or scope_2 is None else scope_1 + scope_2
    made = next((each for each in inventory.per_output if each.unit == stated.output_unit), None)
    per = f"tCO2e/{stated.output_unit}"
    if stated.scope_1_2_t is not None:
        yield "scope_1_2_t", "tCO2e", stated.scope_1_2_t, both
    elif made is not None:
        yield "intensity_1_2", per, stated.intensity_1_2, made.scope_1_2_market
    if stated.scope_3_1_t is not None:
        yield "scope_3_1_t", "tCO2e", stated.scope_3_1_t, inventory.scope_3_1.tco2e
    elif made is not None:
        yield "intensity_3_1", per, stated.intensity_3_1, made.scope_3_1


# doubts


def _doubts(body: BaseYear, method: CarbonMethod) -> Iterator[Finding]:
    if not body.approver.strip():
        yield _said(
            "base_year.no_approver", body, "nobody approved it", "enter it again with who approved it"
        )
    numbers = (body.scope_1_2_t, body.scope_3_1_t, body.intensity_1_2, body.intensity_3_1)
    is_good = all(each is None or (math.isfinite(each) and each >= 0.0) for each in numbers)
    if not is_good or not 0.0 < body.threshold < 1.0:
        yield _said(
            "base_year.impossible",
            body,
            "one of its figures is no number or below 0, or its threshold is not between 0 and 1",
            "enter it again with the figures of the document",
        )
    elif body.threshold != method.base_year_threshold:
        yield _other_threshold(body, method.base_year_threshold)
    if body.output is not None and not (math.isfinite(body.output) and body.output > 0.0):
        yield _said(
            "base_year.output",
            body,
            f"an output of {body.output:g} {body.output_unit} gives no intensity",
            "enter it again with the output of the year",
        )
    elif is_good and not _agrees(body):
        yield _said(
            "base_year.contradiction",
            body,
            "a stated intensity is not the stated tonnes by the stated output",
            "enter it again with the figures of the document; leave out what it does not state",
            Severity.WARNING,
        )


def _other_threshold(body: BaseYear, usual: float) -> Finding:
    return _said(
        "base_year.other_threshold",
        body,
        f"its threshold is {body.threshold:.1%}, that of the method {usual:.1%}",
        "enter it again with the threshold of the method, or change base_year_threshold of the plant file",
        Severity.WARNING,
        share=body.threshold,
        tolerance=usual,
    )


def _agrees(body: BaseYear) -> bool:
    for stated, tonnes in (
        (body.intensity_1_2, body.scope_1_2_t),
        (body.intensity_3_1, body.scope_3_1_t),
    ):
        by_sums = _intensity(None, tonnes, body.output)
        if stated is not None and by_sums is not None and abs(stated - by_sums) > ROUNDED * by_sums:
            return False
    return True


def _recalculated(old: BaseYear, new: BaseYear) -> Iterator[Finding]:
    if new.reason is BaseYearReason.FIRST:
        yield _said(
            "base_year.first_twice",
            new,
            "a base year was set before it, so this is no first one",
            "enter it again with the reason for the change: structural, method, factor or error",
        )
        return
    pairs = _comparable(old, new)
    if not pairs:
        yield _said(
            "base_year.not_compared",
            new,
            f"no figure is stated of both {old.year} and {new.year}: "
            "nobody can tell whether the change is above the threshold",
            "keep the figures before and after with the document",
            Severity.INFO,
            old_year=str(old.year),
        )
    elif not any(_differs(*pair, new.threshold) for pair in pairs):
        most = max(abs(_change(*pair) or 0.0) for pair in pairs)
        yield _said(
            "base_year.below_threshold",
            new,
            f"its figures change by {most:.1%} at most, less than the threshold of {new.threshold:.1%}: "
            "no recalculation is due",
            "void the entry, or name the change that is above the threshold",
            Severity.WARNING,
            share=most,
            tolerance=new.threshold,
        )


def _comparable(old: BaseYear, new: BaseYear) -> Sequence[tuple[float, float]]:
    """Return tonnes and intensities that both state; output alone is organic growth."""
    return [
        (row.old, row.new)
        for row in compared(old, new)
        if row.figure not in ("year", "output") and row.old is not None and row.new is not None
        if row.figure.startswith("scope") or old.output_unit == new.output_unit
    ]


def _said(
    code: str,
    body: BaseYear,
    problem: str,
    remedy: str,
    severity: Severity = Severity.ERROR,
    **facts: float | str,
) -> Finding:
    return Finding(
        code=code, key=str(body.year), problem=problem, remedy=remedy, severity=severity, facts=facts
    )
