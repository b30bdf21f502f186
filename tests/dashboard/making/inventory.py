"""The inventory of a made plant: months and years with every figure, built from its hours and entries.

2024 stands at 14.982 tCO2e/t of Scope 3 against 14.9; September 2026 on has no certificates; the gas of
October 2026 and its invoice differ by 3.4 % without a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analytics.restatement import difference
from domain.carbon import CarbonPath
from domain.carbon_book import Booked, CarbonBook
from domain.carbon_entries import Invoice
from domain.evidence import Estimate, Evidence
from domain.findings import Finding, Severity
from domain.inventory import (
    Avoided,
    Cover,
    FigureChange,
    Inventory,
    Line,
    PathPoint,
    Reconciled,
    Restatement,
)
from domain.periods import Period, PeriodKind
from domain.plant import Carrier
from tests.dashboard.making import carbon_declared as declared
from tests.dashboard.making.carbon_declared import Month
from tests.dashboard.making.hours import KWH_PER_NM3, NOW, PROCESSES, Hours, at
from tests.dashboard.making.inventory_lines import Inputs, bought, covers, lines_of, merged, per_output, total
from tests.dashboard.making.results import evidence

PV_PLAN_KWH, HEAT_PLAN_KWH = 2_400_000.0, 1_100_000.0
TOLERANCE = 0.02


# beside the lines


def _reconciled(inputs: Inputs, month: Month) -> Iterable[Reconciled]:
    hours, span = inputs.hours, inputs.hours.span(month.since, month.until)
    subs = {
        "gas": sum(float(hours.gas[each][span].sum()) for each in ("coil", "sheet", "boiler")),
        "electricity": sum(
            float(of[span].sum()) for name, of in hours.electricity.items() if name != "unmetered"
        ),
    }
    mains = {
        "gas": float(hours.gas["main"][span].sum()),
        "electricity": sum(float(of[span].sum()) for of in hours.electricity.values()),
    }
    for carrier, main in mains.items():
        billed = next(
            (
                each
                for each in inputs.booked
                if isinstance(each.body, Invoice) and each.body.carrier == Carrier(carrier)
                and each.body.since == month.since
            ),
            None,
        )  # fmt: skip
        metered = main if carrier == "gas" else bought(inputs, month)
        yield _held(carrier, "invoices", month, metered, billed)
        yield _against(carrier, "subs", month, main, subs[carrier])


def _held(carrier: str, against: str, month: Month, main: float, billed: Booked | None) -> Reconciled:
    if billed is None or not isinstance(billed.body, Invoice):
        codes = ("reconcile.partly_invoiced",)
        return replace(_against(carrier, against, month, main, None), codes=codes)
    other = billed.body.quantity * (0.9317755 if carrier == "gas" else 1.0)
    found = replace(_against(carrier, against, month, main, other), entries=(billed.number,))
    if not found.is_within and month.name == "2026-05":
        return replace(found, reason="the supplier read its meter on 2 June")
    return found if found.is_within else replace(found, codes=("reconcile.open",))


def _against(carrier: str, against: str, month: Month, main: float, other: float | None) -> Reconciled:
    difference = None if other is None else main - other
    share = None if difference is None or not main else difference / main
    tolerance = TOLERANCE if against == "invoices" else 0.05
    return Reconciled(
        carrier=carrier, against=against, month=month.name, main=main, other=other, difference=difference,
        share=share, tolerance=tolerance, is_within=None if share is None else abs(share) <= tolerance,
    )  # fmt: skip


def _avoided(inputs: Inputs, since: int, until: int, proof: Evidence) -> Avoided:
    hours, span = inputs.hours, inputs.hours.span(since, until)
    made = sum(float(hours.pv[each][span].sum()) for each in ("pv_1", "pv_2"))
    kept = made - float(hours.exported[span].sum())
    heat = sum(float(hours.heat[each][span].sum()) for each in PROCESSES)
    share = (until - since) / (366 * 86_400_000)
    return Avoided(
        pv_kwh=kept, pv_plan_kwh=PV_PLAN_KWH * share, pv_generated_kwh=made, pv_t=kept * 0.4419 / 1000.0,
        heat_kwh=heat, heat_plan_kwh=HEAT_PLAN_KWH * share, heat_t=heat / KWH_PER_NM3 / 0.9 * 2.1622 / 1000.0,
        evidence=proof,
    )  # fmt: skip


# months and years

CHANGED = "2025-11"
"""A factor of this closed month has been corrected since."""


def _standing(period: str) -> int | None:
    found = [each.number for each in declared.closings() if each.period == period]
    return found[-1] if found else None


def _month(inputs: Inputs, month: Month) -> Inventory:
    proof = evidence(month.since, month.until)
    lines = lines_of(inputs, month, proof)
    span = inputs.hours.span(month.since, month.until)
    entry = _standing(month.name)
    state = "restated" if month.name == declared.RESTATED else "open" if entry is None else "closed"
    return _inventory(
        Period(since=month.since, until=month.until, kind=PeriodKind.MONTH, name=month.name),
        lines,
        output=sum(float(inputs.hours.output[each][span].sum()) for each in PROCESSES),
        state=state,
        entry=entry,
        closed=(),
        covers_=covers(inputs, month),
        reconciled=tuple(_reconciled(inputs, month)),
        avoided=_avoided(inputs, month.since, month.until, proof),
    )


def _inventory(
    period: Period, lines: tuple[Line, ...], *, output: float, state: str, entry: int | None,
    closed: tuple[str, ...], covers_: tuple[Cover, ...], reconciled: tuple[Reconciled, ...], avoided: Avoided,
) -> Inventory:  # fmt: skip
    outside = tuple(_outside(each) for each in reconciled if "reconcile.open" in each.codes)
    twice = (declared.TWICE,) if period.since < at("2026-09-01") and period.until > at("2026-07-01") else ()
    return Inventory(
        period=period,
        is_over=period.until <= NOW,
        state=state,
        entry=entry,
        closed_months=closed,
        lines=lines,
        scope_1=total(lines, "1"),
        scope_2_location=total(lines, "2_location"),
        scope_2_market=total(lines, "2_market"),
        scope_3_1=total(lines, "3_1"),
        per_output=per_output(lines, output),
        covers=covers_,
        reconciled=reconciled,
        avoided=avoided,
        paths=(),
        findings=(*twice, *outside),
    )


def _outside(row: Reconciled) -> Finding:
    return Finding(
        code="reconcile.open",
        key=f"{row.carrier}/{row.month}",
        problem=f"meters and invoices of {row.month} differ by {100.0 * (row.share or 0.0):.1f} %",
        remedy="say why, or correct the invoice",
        severity=Severity.WARNING,
    )


def _year(inputs: Inputs, year: int, months: Sequence[Inventory], paths: Sequence[CarbonPath]) -> Inventory:
    since, until = at(f"{year}-01-01"), at(f"{year + 1}-01-01")
    lines = merged(line for month in months for line in month.lines)
    entry = _standing(str(year))
    made = _inventory(
        Period(since=since, until=until, kind=PeriodKind.YEAR, name=str(year)),
        lines,
        output=sum(month.per_output[0].output or 0.0 for month in months),
        state="open" if entry is None else "closed",
        entry=entry,
        closed=tuple(month.period.name for month in months if month.state != "open"),
        covers_=tuple(each for month in months for each in month.covers),
        reconciled=tuple(each for month in months for each in month.reconciled),
        avoided=_avoided(inputs, since, min(until, NOW), evidence(since, until)),
    )
    return replace(made, paths=tuple(_point(path, year, made) for path in paths))


def _point(path: CarbonPath, year: int, made: Inventory) -> PathPoint:
    per = made.per_output[0]
    actual, location = (
        (per.scope_1_2_market, per.scope_1_2_location) if path.id == "scope_1_2" else (per.scope_3_1, None)
    )
    allowed = path.allowed.get(year)
    projection = None
    if not made.is_over and actual is not None:
        projection = Estimate(
            value=actual * 1.004, low=actual * 0.988, high=actual * 1.02, standard_error=0.01
        )
    held = actual if projection is None else projection.value
    return PathPoint(
        path=path.id, year=year, allowed=allowed, stated=path.stated.get(year), actual=actual,
        actual_location=location, projection=projection,
        is_over=None if held is None or allowed is None else held > allowed, unit=path.unit,
    )  # fmt: skip


def made_inventories(hours: Hours, paths: Sequence[CarbonPath]) -> tuple[Inventory, ...]:
    """Return the months from January 2024 on, and the years."""
    inputs = Inputs(hours=hours, booked=declared.booked(hours))
    months = [_month(inputs, month) for month in declared.months()]
    years = [
        _year(inputs, year, [each for each in months if each.period.name.startswith(str(year))], paths)
        for year in (2024, 2025, 2026)
    ]
    return (*months, *years)


def with_changes(book: CarbonBook, inventories: Sequence[Inventory]) -> CarbonBook:
    """Return a book whose restatement says what it changed: an invoice of 0.2 t of diesel came late."""
    after = next(each for each in inventories if each.period.name == declared.RESTATED)
    lines = tuple(_without(line, 0.2) if line.id == "diesel" else line for line in after.lines)
    output = after.per_output[0].output or 0.0
    before = replace(after, lines=lines, scope_1=total(lines, "1"), per_output=per_output(lines, output))
    changes = difference(before, after)
    return replace(
        book,
        closings=tuple(
            replace(each, changes=changes) if each.is_restatement else each for each in book.closings
        ),
    )


def _without(line: Line, mass_t: float) -> Line:
    assert line.activity is not None and line.tco2e is not None
    share = 1.0 - mass_t / line.activity
    return replace(
        line, activity=line.activity * share, tco2e=line.tco2e * share, fixed_t=line.tco2e * share,
        gases={gas: share * tonnes for gas, tonnes in line.gases.items()}, entries=(),
    )  # fmt: skip


def would_be(period: Inventory) -> Restatement | None:
    """Return a closed period against now: November 2025 has another factor, the others come out the same."""
    if period.entry is None:
        return None
    closing = next(each for each in declared.closings() if each.number == period.entry)
    changes: tuple[FigureChange, ...] = ()
    now = period
    if period.period.name == CHANGED:
        lines = tuple(_dearer(line) if line.scope == "2_location" else line for line in period.lines)
        now = replace(period, lines=lines, scope_2_location=total(lines, "2_location"))
        cause = "factor grid-cn-gd-2023: entry 999 in place of entry 116"
        before, after = period.scope_2_location.tco2e, now.scope_2_location.tco2e
        changes = tuple(
            FigureChange(figure=figure, before=before, after=after, unit="tCO2e", cause=cause)
            for figure in ("line.2_location.electricity", "scope_2_location")
        )
    return Restatement(
        period=period.period.name, entry=closing.number, closed_at=closing.at, changes=changes, now=now
    )


def _dearer(line: Line) -> Line:
    return replace(line, tco2e=None if line.tco2e is None else line.tco2e * 0.4551 / 0.4419)
