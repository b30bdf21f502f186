"""Which emission factor of the ledger holds on a day (METHOD 7: dated, never one in place of another)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from analytics.declared_carbon import Numbered
from domain.carbon_entries import EmissionFactor
from domain.factors import BY_REGION, USES, FactorUsed
from domain.findings import Finding
from domain.registers import Reference

Factors = Sequence[Numbered[EmissionFactor]]


def pick(factors: Factors, use: str, day: date, *, region: str = "") -> FactorUsed | None:
    """Return the factor that holds on a day; None where none does.

    Of those valid on the day the one whose validity begins last, then the one that was entered later. The
    region counts for `grid.*` alone. One that `factor_findings` names is none.
    """
    found = [
        each
        for each in factors
        if each.body.use == use
        and (use not in BY_REGION or each.body.region == region)
        and each.body.valid_from <= day
        and (each.body.valid_until is None or day <= each.body.valid_until)
        and not _doubt(each.body)
    ]
    if not found:
        return None
    return used(max(found, key=lambda each: (each.body.valid_from, each.number)))


def used(factor: Numbered[EmissionFactor]) -> FactorUsed:
    """Return a factor as a figure names it."""
    body = factor.body
    return FactorUsed(
        use=body.use,
        id=body.id,
        entry=factor.number,
        value=body.value,
        unit=body.unit,
        source=body.source,
        page=body.page,
        region=body.region,
        year=body.year,
        reference=body.reference,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        is_verified=body.is_verified,
        uncertainty=body.uncertainty,
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The factors of a ledger with a memory: the same few are asked for month after month."""

    factors: Factors
    known: dict[tuple[str, date, str], FactorUsed | None] = field(default_factory=dict)

    def of(self, use: str, day: date, *, region: str = "") -> FactorUsed | None:
        """Return what `pick` returns."""
        key = (use, day, region)
        if key not in self.known:
            self.known[key] = pick(self.factors, use, day, region=region)
        return self.known[key]


def factor_findings(factors: Factors) -> Iterator[Finding]:
    """Give a finding for each factor that cannot be: it is never used."""
    for each in factors:
        doubt = _doubt(each.body)
        if doubt:
            yield Finding(
                code=doubt,
                key=each.body.id,
                problem=f"{each.body.value:g} {each.body.unit} is no factor for {each.body.use}",
                remedy=_remedy(each.body, doubt),
                facts={"use": each.body.use, "entry": float(each.number)},
            )


def _doubt(factor: EmissionFactor) -> str:
    """Return why a factor cannot be used; "" where it can."""
    if factor.use not in USES:
        return "factor.unknown_use"
    if factor.unit != USES[factor.use]:
        return "factor.wrong_unit"
    if factor.use == "gas.ncv" and factor.reference not in (None, Reference.AT_0C):
        return "factor.wrong_reference"
    if not math.isfinite(factor.value) or factor.value < 0.0:
        return "factor.impossible"
    if factor.use in BY_REGION and not factor.region:
        return "factor.no_region"
    return ""


def _remedy(factor: EmissionFactor, doubt: str) -> str:
    remedies = {
        "factor.unknown_use": f"state a use: {', '.join(USES)}",
        "factor.wrong_unit": f"state it in {USES.get(factor.use, '')}",
        "factor.wrong_reference": "state it per m3 at 0 C and 101.325 kPa, reference = 0C",
        "factor.impossible": "state a number that is not negative",
        "factor.no_region": "state the region that it holds in: CN, CN-GD, CN-SOUTH",
    }
    return remedies[doubt] + "; until then it is not used"
