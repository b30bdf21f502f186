"""Certificates and contracts of green power against metered bought electricity (METHOD 7).

They cover what was metered in their vintage, never more, each MWh once. Contracts go before certificates,
certificates by vintage, then by entry. What closed months used stands first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analytics.closed_counts import counted
from analytics.contracts import (
    ClosedMonths,
    ContractLine,
    contract_findings,
    contract_lines,
    contract_supplies,
    usable_contracts,
)
from analytics.declared_carbon import DeclaredCarbon
from analytics.instruments import Batch, Usable, day_at, said, usable
from analytics.own_certificates import Kwh, SoldPv, sold_pv
from analytics.supplies import LEAST_KWH, Supply, Use, match, spend
from domain.findings import Finding, Severity
from domain.inventory import Cover
from domain.method import CarbonMethod
from domain.periods import Period

__all__ = ["ContractLine", "Covered", "covers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What green power covers, month by month."""

    covers: tuple[Cover, ...]
    """Ordered by month, contracts first; those of closed months as they were closed."""
    sold_pv_kwh: Kwh
    """Month -> self-consumed own PV whose certificates somebody else has: counts as residual mix. None: not
    known, for the PV of the month is not; no key: none."""
    contracts: tuple[ContractLine, ...] = ()
    """One for each cover of a contract in a month that is not closed."""
    findings: tuple[Finding, ...] = ()
    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Month -> numbers of the entries behind its covers, their proofs and its sold PV, ordered."""


def covers(
    declared: DeclaredCarbon,
    method: CarbonMethod,
    *,
    bought: Kwh,
    pv: Kwh,
    months: Sequence[Period],
    closed: Mapping[str, Sequence[Cover]],
    generated: Kwh | None = None,
) -> Covered:
    """Return what green power covers of each month.

    `bought` is metered bought electricity by month, kWh; `pv` own generation that the plant used itself,
    `generated` all of it (without it, `pv` stands for it). Covers of closed months stand as they are.
    """
    contracts, doubts = usable_contracts(declared.contracts)
    ids = frozenset(each.body.id for each in declared.contracts)
    green = usable(declared.certificates, method, contracts=ids, months=months)
    by_month = method.certificate_match == "month"
    settled = contract_supplies(contracts, months, is_by_month=by_month)
    free = _supplies(green.bought, months, is_by_month=by_month)
    stood = [cover for month in months for cover in closed.get(month.name, ())]
    missing = spend([*settled, *free], stood)
    room = {month.name: bought.get(month.name) or 0.0 for month in months if month.name not in closed}
    uses = [*match(settled, room), *match(free, room)]
    proof = _proof(green, _energy(uses, stood), months, is_by_month=by_month)
    lines = contract_lines(contracts, _by_contract(uses), proof.kwh)
    made, known_to = pv if generated is None else generated, _entries_of(declared, closed)
    sold = sold_pv(green.own, pv=pv, generated=made, months=months, closed=known_to)
    left_over = _left_over(free, proof.supplies, bought, months)
    of_closed = ClosedMonths(covers=stood, bought={name: bought.get(name) or 0.0 for name in closed})
    of_contracts = contract_findings(contracts, settled, lines, closed=of_closed, proven=proof.kwh)
    gone = [_gone(cover, kwh, months) for cover, kwh in missing]
    return Covered(
        covers=_in_order([*stood, *map(_cover, uses)]),
        sold_pv_kwh=sold.kwh,
        contracts=lines,
        findings=(*doubts, *of_contracts, *green.findings, *left_over, *sold.findings, *gone),
        entries=_entries(uses, proof.uses, stood, sold),
    )


# supplies


def _supplies(batches: Iterable[Batch], months: Sequence[Period], *, is_by_month: bool) -> list[Supply]:
    return [_supply(batch, months, is_by_month=is_by_month) for batch in batches]


def _supply(batch: Batch, months: Sequence[Period], *, is_by_month: bool) -> Supply:
    """Return certificates as a supply; those of a vintage over two years stay with their own months."""
    body = batch.body
    own = [month.name for month in months if body.since < month.until and month.since < body.until]
    year = _year(batch, months)
    others = [month.name for month in months if month.name[:4] == year and month.name not in own]
    return Supply(
        instrument=batch.name,
        kind="certificates",
        entry=batch.number,
        own=dict.fromkeys(own, math.inf),
        others=() if is_by_month else tuple(others),
        left_kwh=batch.kwh,
        batch=batch,
    )


def _year(batch: Batch, months: Sequence[Period]) -> str:
    """Return the calendar year of the vintage; "" where it spans two."""
    first, last = (day_at(at, months).year for at in (batch.body.since, batch.body.until - 1))
    return f"{first:04d}" if first == last else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What certificates prove of contracts."""

    supplies: tuple[Supply, ...]
    uses: tuple[Use, ...]
    kwh: Mapping[tuple[str, str], float]
    """(contract, month) -> proven."""


def _proof(
    green: Usable, energy: Mapping[str, dict[str, float]], months: Sequence[Period], *, is_by_month: bool
) -> _Proof:
    """Match the certificates of each contract to its energy, month -> kWh."""
    supplies: list[Supply] = []
    uses: list[Use] = []
    kwh: dict[tuple[str, str], float] = defaultdict(float)
    for contract, batches in green.proof.items():
        of_contract = _supplies(batches, months, is_by_month=is_by_month)
        found = match(of_contract, dict(energy.get(contract, {})))
        for use in found:
            kwh[contract, use.month] += use.kwh
        supplies += of_contract
        uses += found
    return _Proof(supplies=tuple(supplies), uses=tuple(uses), kwh=kwh)


def _energy(uses: Iterable[Use], stood: Iterable[Cover]) -> Mapping[str, dict[str, float]]:
    """Return what contracts cover, closed months with it: id -> month -> kWh."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for cover in (*stood, *map(_cover, uses)):
        if cover.kind == "contract":
            found[cover.instrument][cover.month] += cover.kwh
    return found


def _by_contract(uses: Iterable[Use]) -> Mapping[tuple[str, str], float]:
    return {(use.supply.instrument, use.month): use.kwh for use in uses if use.supply.kind == "contract"}


# what is told of them


def _cover(use: Use) -> Cover:
    body = use.supply.batch.body if use.supply.batch is not None else None
    retired = body.retired if body is not None else None
    return Cover(
        instrument=use.supply.instrument,
        kind=use.supply.kind,
        entry=use.supply.entry,
        month=use.month,
        kwh=use.kwh,
        retired=retired.isoformat() if retired is not None else "",
        beneficiary=body.beneficiary if body is not None else "",
    )


def _in_order(found: Iterable[Cover]) -> tuple[Cover, ...]:
    """Return covers by month, contracts first; of one kind in the order of use."""
    return tuple(sorted(found, key=lambda cover: (cover.month, cover.kind != "contract")))


def _entries(
    uses: Iterable[Use], proofs: Iterable[Use], stood: Iterable[Cover], sold: SoldPv
) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for use in (*uses, *proofs):
        found[use.month].add(use.supply.entry)
    for cover in stood:
        found[cover.month].add(cover.entry)
    for month, entries in sold.entries.items():
        found[month].update(entries)
    return {month: tuple(sorted(found[month])) for month in sorted(found)}


def _left_over(
    free: Iterable[Supply], proofs: Iterable[Supply], bought: Kwh, months: Sequence[Period]
) -> Iterator[Finding]:
    """Give a finding for what is left of certificates, or has no year to cover."""
    yield from (_surplus(supply) for supply in proofs if supply.left_kwh > LEAST_KWH)
    metered = {month.name[:4] for month in months if (bought.get(month.name) or 0.0) > 0.0}
    for supply in free:
        assert supply.batch is not None
        body = supply.batch.body
        years = {f"{day_at(at, months).year:04d}" for at in (body.since, body.until - 1)}
        if not years & metered:
            yield said(
                "certificate.no_consumption",
                body,
                "no bought electricity was metered in the year of their generation; they cover nothing",
                "use certificates of the year of the consumption, or import the readings of that year",
                Severity.WARNING,
            )
        elif supply.left_kwh > LEAST_KWH:
            yield _surplus(supply)


def _surplus(supply: Supply) -> Finding:
    assert supply.batch is not None
    return said(
        "certificate.surplus",
        supply.batch.body,
        f"{supply.left_kwh:.0f} kWh of them are left: more than there is to cover in their year so far",
        "nothing is to be done: they cover no other year",
        Severity.INFO,
        left_kwh=supply.left_kwh,
    )


def _entries_of(
    declared: DeclaredCarbon, closed: Mapping[str, Sequence[Cover]]
) -> Mapping[str, frozenset[int]]:
    """Return closed month -> numbers of the entries that its figures know."""
    known = {each.period: each.entries for each in counted(declared)}
    return {name: known.get(name, frozenset()) for name in closed}


def _gone(cover: Cover, missing_kwh: float, months: Sequence[Period]) -> Finding:
    """Return a finding about the month, so that its pages and those of its year have it."""
    month = next((each for each in months if each.name == cover.month), None)
    return Finding(
        code="cover.gone",
        key=cover.instrument,
        problem=f"the closed month {cover.month} counts on {missing_kwh:.0f} kWh of it that the ledger no "
        "longer has",
        remedy=f"enter it again, or give the month other figures: energy-agent restate {cover.month}",
        severity=Severity.ERROR,
        since=None if month is None else month.since,
        until=None if month is None else month.until,
        facts={"month": cover.month, "kwh": missing_kwh, "entry": float(cover.entry)},
    )
