"""The greenhouse-gas inventory: periods, lines, factors, green power, and what was closed and sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from dashboard.api.call import Call
from dashboard.api.faults import nothing_of
from dashboard.api.shapes import Instant, Kwh, Ms, Proven, Rows, Share, Spanned, Tonnes, proof_fields, unit
from domain.factors import FactorUsed
from domain.inventory import Inventory

PerT = Annotated[float | None, unit("t/t", "CO2 equivalent per tonne of output.")]
PerM2 = Annotated[float | None, unit("t/m2", "CO2 equivalent per square metre of output.")]


@dataclass(frozen=True, kw_only=True)
class InventoryRow(Proven, Spanned):
    """A month or a year; null is not known, never 0. What it rests on is that of Scope 1."""

    inventory: str
    kind: str
    state: str
    entry: int | None
    """Of the ledger: the closing or restatement that the figures are from."""
    scope_1_t: Tonnes
    scope_2_location_t: Tonnes
    scope_2_market_t: Tonnes
    scope_3_1_t: Tonnes
    scope_1_fixed_t: Tonnes
    uncertainty_1: Share
    uncertainty_3_1: Share
    scope_1_2_market_per_t: PerT
    scope_3_1_per_t: PerT
    scope_1_2_market_per_m2: PerM2
    scope_3_1_per_m2: PerM2


def inventories(call: Call) -> Rows[InventoryRow]:
    """Return the months and years."""
    since, until = call.span_if_any()
    found: Sequence[Inventory] = call.source.results("inventory", since=since, until=until)
    return Rows(rows=tuple(_row(each, call) for each in found))


def months_of_year(call: Call) -> Rows[InventoryRow]:
    """Return the months of a year, and the year itself last."""
    name = str(call.year())
    found: Sequence[Inventory] = call.source.results("inventory")
    own = [each for each in found if each.period.name.startswith(name)]
    return Rows(rows=tuple(_row(each, call) for each in sorted(own, key=lambda each: each.period.until)))


def _row(each: Inventory, call: Call) -> InventoryRow:
    per = {one.unit: one for one in each.per_output}
    tonne, area = per.get("t"), per.get("m2")
    return InventoryRow(
        **call.fields(each.period.since, each.period.until),
        **proof_fields(each.scope_1.evidence),
        inventory=each.period.name,
        kind=each.period.kind.value,
        state=each.state,
        entry=each.entry,
        scope_1_t=each.scope_1.tco2e,
        scope_2_location_t=each.scope_2_location.tco2e,
        scope_2_market_t=each.scope_2_market.tco2e,
        scope_3_1_t=each.scope_3_1.tco2e,
        scope_1_fixed_t=each.scope_1.fixed_t,
        uncertainty_1=each.scope_1.uncertainty,
        uncertainty_3_1=each.scope_3_1.uncertainty,
        scope_1_2_market_per_t=tonne.scope_1_2_market if tonne is not None else None,
        scope_3_1_per_t=tonne.scope_3_1 if tonne is not None else None,
        scope_1_2_market_per_m2=area.scope_1_2_market if area is not None else None,
        scope_3_1_per_m2=area.scope_3_1 if area is not None else None,
    )


@dataclass(frozen=True, kw_only=True)
class LineRow(Proven):
    """One source of emissions in a period."""

    scope: str
    line: str
    subject: str
    activity: Annotated[float | None, unit("activity_unit")]
    activity_unit: str
    tco2e: Tonnes
    co2_t: Tonnes
    ch4_t: Tonnes
    n2o_t: Tonnes
    fixed_t: Tonnes
    uncertainty: Share
    formula: str
    factors: str
    """id@entry of each, parted by spaces."""
    points: str
    entries: str


def lines(call: Call) -> Rows[LineRow]:
    """Return the sources of a period."""
    return Rows(
        rows=tuple(
            LineRow(
                **proof_fields(each.evidence) | {"codes": " ".join((*each.codes, *each.evidence.codes))},
                scope=each.scope,
                line=each.id,
                subject=each.subject,
                activity=each.activity,
                activity_unit=each.unit,
                tco2e=each.tco2e,
                co2_t=each.gases.get("co2"),
                ch4_t=each.gases.get("ch4"),
                n2o_t=each.gases.get("n2o"),
                fixed_t=each.fixed_t,
                uncertainty=each.uncertainty,
                formula=each.formula,
                factors=" ".join(f"{used.id}@{used.entry}" for used in each.factors),
                points=" ".join(each.points),
                entries=" ".join(str(number) for number in each.entries),
            )
            for each in _inventory(call).lines
        )
    )


@dataclass(frozen=True, kw_only=True)
class UsedRow:
    """A factor as a period used it."""

    use: str
    factor: str
    entry: int
    value: Annotated[float, unit("value_unit")]
    value_unit: str
    region: str
    year: int | None
    reference: str | None
    valid_from: str | None
    valid_until: str | None
    source: str
    page: str
    is_verified: bool
    uncertainty: Share


def used_factors(call: Call) -> Rows[UsedRow]:
    """Return every factor that a period used, each once."""
    found = {
        (each.use, each.id, each.entry): each for line in _inventory(call).lines for each in line.factors
    }
    return Rows(rows=tuple(_used(found[name]) for name in sorted(found)))


def _used(each: FactorUsed) -> UsedRow:
    return UsedRow(
        use=each.use,
        factor=each.id,
        entry=each.entry,
        value=each.value,
        value_unit=each.unit,
        region=each.region,
        year=each.year,
        reference=each.reference.value if each.reference is not None else None,
        valid_from=each.valid_from.isoformat() if each.valid_from is not None else None,
        valid_until=each.valid_until.isoformat() if each.valid_until is not None else None,
        source=each.source,
        page=each.page,
        is_verified=each.is_verified,
        uncertainty=each.uncertainty,
    )


@dataclass(frozen=True, kw_only=True)
class CoverRow:
    """What certificates or a contract cover of the electricity of a month."""

    month: str
    instrument: str
    kind: str
    entry: int
    kwh: Kwh
    retired: str
    beneficiary: str


def covers(call: Call) -> Rows[CoverRow]:
    """Return the green power of a period."""
    return Rows(
        rows=tuple(
            CoverRow(
                month=each.month,
                instrument=each.instrument,
                kind=each.kind,
                entry=each.entry,
                kwh=each.kwh,
                retired=each.retired,
                beneficiary=each.beneficiary,
            )
            for each in _inventory(call).covers
        )
    )


@dataclass(frozen=True, kw_only=True)
class ReconciledRow:
    """Main meters against invoices or sub-meters; gas in Nm3, else kWh."""

    month: str
    carrier: str
    against: str
    main: float | None
    other: float | None
    difference: float | None
    share: Share
    tolerance: Share
    is_within: bool | None
    reason: str
    codes: str


def reconciled(call: Call) -> Rows[ReconciledRow]:
    """Return the reconciliation of a period."""
    return Rows(
        rows=tuple(
            ReconciledRow(
                month=each.month,
                carrier=each.carrier,
                against=each.against,
                main=each.main,
                other=each.other,
                difference=each.difference,
                share=each.share,
                tolerance=each.tolerance,
                is_within=each.is_within,
                reason=each.reason,
                codes=" ".join(each.codes),
            )
            for each in _inventory(call).reconciled
        )
    )


@dataclass(frozen=True, kw_only=True)
class ChangedRow:
    """A figure of a closed period and what it would be now."""

    figure: str
    before: float | None
    after: float | None
    value_unit: str
    cause: str


def restatement(call: Call) -> Rows[ChangedRow]:
    """Return what restating a closed period would change; no rows for one that is not closed."""
    found = call.source.restatement(_inventory(call).period.name)
    return Rows(
        rows=tuple(
            ChangedRow(
                figure=each.figure,
                before=each.before,
                after=each.after,
                value_unit=each.unit,
                cause=each.cause,
            )
            for each in (found.changes if found is not None else ())
        )
    )


@dataclass(frozen=True, kw_only=True)
class ClosingRow:
    """A closing or restatement of a period."""

    entry: int
    at: Instant
    at_ms: Ms
    inventory: str
    is_restatement: bool
    before: int | None
    who: str
    approver: str
    why: str
    sha256: str
    software: str


def closings(call: Call) -> Rows[ClosingRow]:
    """Return what was closed and restated."""
    return Rows(
        rows=tuple(
            ClosingRow(
                entry=each.number,
                at=call.iso(each.at),
                at_ms=each.at,
                inventory=each.period,
                is_restatement=each.is_restatement,
                before=each.before,
                who=each.who,
                approver=each.approver,
                why=each.why,
                sha256=each.sha256,
                software=each.software,
            )
            for each in call.source.carbon_book().closings
        )
    )


@dataclass(frozen=True, kw_only=True)
class SealRow:
    """A sealed day, UTC."""

    day: str
    readings: int
    points: int
    first_entry: int
    last_entry: int
    root: str
    previous: str


def seals(call: Call) -> Rows[SealRow]:
    """Return the newest sealed days."""
    return Rows(
        rows=tuple(
            SealRow(
                day=each.day,
                readings=each.readings,
                points=each.points,
                first_entry=each.first_entry,
                last_entry=each.last_entry,
                root=each.root,
                previous=each.previous,
            )
            for each in call.source.carbon_book().seals
        )
    )


def _inventory(call: Call) -> Inventory:
    """Return the period of the path."""
    found: Sequence[Inventory] = call.source.results("inventory")
    given = call.text("inventory")
    for each in found:
        if each.period.name == given:
            return each
    raise nothing_of("inventory", given, [each.period.name for each in found])
