"""Green power contracts: what was settled, spread over its months by time, and what proves it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analytics.declared_carbon import Numbered
from analytics.supplies import LEAST_KWH, Supply
from domain.carbon_entries import GreenContract
from domain.factors import FactorUsed
from domain.findings import Finding, Severity
from domain.inventory import Cover
from domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine:
    """What a green power contract covers of one open month."""

    contract: str
    entry: int
    month: str
    kwh: float
    factor: FactorUsed
    """Use `contract.factor`, kgCO2/kWh."""
    unproven_kwh: float
    """Of `kwh`: no certificate proves it; it keeps the factor, and the codes say so."""
    codes: tuple[str, ...] = ()
    """contract.unproven."""


Contracts = Sequence[Numbered[GreenContract]]


def usable_contracts(contracts: Contracts) -> tuple[tuple[Numbered[GreenContract], ...], tuple[Finding, ...]]:
    """Return the contracts that can be, by their begin, then entry, and a finding for each other one."""
    good = [each for each in contracts if _can_be(each.body)]
    findings = [
        _said(
            "contract.impossible",
            each.body,
            "its span, its kWh or its factor cannot be; it covers nothing",
            "enter it again with the same id: a begin before its end, kWh and factor not negative",
            Severity.ERROR,
        )
        for each in contracts
        if not _can_be(each.body)
    ]
    return tuple(sorted(good, key=lambda each: (each.body.since, each.number))), tuple(findings)


def contract_supplies(
    contracts: Contracts, months: Sequence[Period], *, is_by_month: bool
) -> tuple[Supply, ...]:
    """Return the settled energy of each contract, one supply a year: each month its share of the time.

    What a month cannot take goes to the other months of the contract in that year, unless matched by month.
    """
    found = []
    for each in contracts:
        body, length = each.body, each.body.until - each.body.since
        by_year: dict[str, dict[str, float]] = {}
        for month in months:
            inside = min(month.until, body.until) - max(month.since, body.since)
            if inside > 0:
                by_year.setdefault(month.name[:4], {})[month.name] = body.kwh * (inside / length)
        found += [
            Supply(
                instrument=body.id,
                kind="contract",
                entry=each.number,
                own=own,
                others=() if is_by_month else tuple(own),
                left_kwh=math.fsum(own.values()),
            )
            for own in by_year.values()
        ]
    return tuple(found)


def contract_lines(
    contracts: Contracts, used: Mapping[tuple[str, str], float], proven: Mapping[tuple[str, str], float]
) -> tuple[ContractLine, ...]:
    """Return a line for each month of each contract; both mappings: (contract, month) -> kWh."""
    bodies = {each.body.id: each for each in contracts}
    found = []
    for (contract, month), kwh in sorted(used.items(), key=lambda item: (item[0][1], item[0][0])):
        unproven = kwh - proven.get((contract, month), 0.0)
        is_proven = unproven <= LEAST_KWH
        found.append(
            ContractLine(
                contract=contract,
                entry=bodies[contract].number,
                month=month,
                kwh=kwh,
                factor=_factor(bodies[contract]),
                unproven_kwh=0.0 if is_proven else unproven,
                codes=() if is_proven else ("contract.unproven",),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonths:
    """What closed months say of green power."""

    covers: Sequence[Cover] = ()
    bought: Mapping[str, float] = field(default_factory=dict)
    """Name of each -> metered bought electricity, kWh."""

    def kwh_of(self, contract: str, month: str = "") -> float:
        """Return what a contract covers of a closed month, or of all."""
        return math.fsum(
            each.kwh
            for each in self.covers
            if each.kind == "contract" and each.instrument == contract and month in ("", each.month)
        )

    def late_kwh(self, contract: str, month: str, settled_kwh: float) -> float:
        """Return what a closed month does not have of a contract, and could have had."""
        taken = math.fsum(each.kwh for each in self.covers if each.kind == "contract" and each.month == month)
        room = self.bought.get(month, 0.0) - taken
        return max(0.0, min(settled_kwh - self.kwh_of(contract, month), room))


def contract_findings(
    contracts: Contracts,
    supplies: Sequence[Supply],
    lines: Sequence[ContractLine],
    *,
    closed: ClosedMonths | None = None,
    proven: Mapping[tuple[str, str], float] | None = None,
) -> Iterator[Finding]:
    """Give a finding for what was settled and not metered, or too late, and for what no certificate proves.

    `proven`: (contract, month) -> kWh, closed months with it.
    """
    closed = closed or ClosedMonths()
    for each in contracts:
        body = each.body
        of_body = [supply for supply in supplies if supply.instrument == body.id]
        left = math.fsum(supply.left_kwh for supply in of_body)
        late = {
            month: kwh
            for supply in of_body
            for month, settled in supply.own.items()
            if month in closed.bought and (kwh := closed.late_kwh(body.id, month, settled)) > LEAST_KWH
        }
        late_kwh = min(left, math.fsum(late.values()))
        if late_kwh > LEAST_KWH:
            yield _late(body, sorted(late), late_kwh)
        if left - late_kwh > LEAST_KWH:
            yield _surplus(body, left - late_kwh)
        unproven = math.fsum(line.unproven_kwh for line in lines if line.contract == body.id)
        of_closed = math.fsum(
            kwh for (name, month), kwh in (proven or {}).items() if name == body.id and month in closed.bought
        )
        unproven += max(0.0, closed.kwh_of(body.id) - of_closed)
        if unproven > LEAST_KWH:
            yield _unproven(body, unproven)


def _late(body: GreenContract, months: Sequence[str], kwh: float) -> Finding:
    listed, is_one = ", ".join(months), len(months) == 1
    return _said(
        "contract.closed",
        body,
        f"{kwh:.0f} kWh of it were settled for {listed}, {'which is' if is_one else 'which are'} closed "
        "without them",
        f"energy-agent restate {months[0]} shows what would change",
        kwh=kwh,
        month=listed,
    )


def _surplus(body: GreenContract, kwh: float) -> Finding:
    return _said(
        "contract.surplus",
        body,
        f"{kwh:.0f} kWh more were settled than bought electricity was metered",
        "compare the settlement with the meters and the invoices of those months",
        left_kwh=kwh,
    )


def _unproven(body: GreenContract, kwh: float) -> Finding:
    return _said(
        "contract.unproven",
        body,
        f"no certificate proves {kwh:.0f} kWh of it; they keep the factor of the contract",
        "enter the certificates that came with it, with its id",
        kwh=kwh,
    )


def _factor(contract: Numbered[GreenContract]) -> FactorUsed:
    body = contract.body
    return FactorUsed(
        use="contract.factor",
        id=body.id,
        entry=contract.number,
        value=body.factor_kg_per_kwh,
        unit="kgCO2/kWh",
        source=body.document,
    )


def _can_be(body: GreenContract) -> bool:
    numbers = (body.kwh, body.factor_kg_per_kwh)
    return body.since < body.until and all(math.isfinite(each) and each >= 0.0 for each in numbers)


def _said(
    code: str,
    body: GreenContract,
    problem: str,
    remedy: str,
    severity: Severity = Severity.WARNING,
    **facts: float | str,
) -> Finding:
    return Finding(
        code=code,
        key=body.id,
        problem=problem,
        remedy=remedy,
        severity=severity,
        since=body.since,
        until=body.until,
        facts=facts,
    )
