"""Certificates and contracts of green power against metered bought electricity (METHOD 7).

They cover what was metered in their vintage, never more, each MWh once. Contracts go before certificates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analytics.declared_carbon import DeclaredCarbon
from domain.factors import FactorUsed
from domain.findings import Finding
from domain.inventory import Cover
from domain.method import CarbonMethod
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What green power covers, month by month."""

    covers: tuple[Cover, ...]
    """Ordered by month, contracts first; those of closed months as they were closed."""
    sold_pv_kwh: Mapping[str, float | None]
    """Month -> self-consumed own PV whose certificates somebody else has: counts as residual mix. None: not
    known, for the PV of the month is not; no key: none."""
    contracts: tuple[ContractLine, ...] = ()
    """One for each cover of a contract in a month that is not closed."""
    findings: tuple[Finding, ...] = ()
    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Month -> numbers of the entries behind its covers and its sold PV, ordered."""


def covers(
    declared: DeclaredCarbon,
    method: CarbonMethod,
    *,
    bought: Mapping[str, float | None],
    pv: Mapping[str, float | None],
    months: Sequence[Period],
    closed: Mapping[str, Sequence[Cover]],
    generated: Mapping[str, float | None] | None = None,
) -> Covered:
    """Return what green power covers of each month.

    `bought` is the metered bought electricity of each month by its name, kWh; `pv` the own generation that
    the plant used itself, `generated` all of it, so that certificates of exported PV are no doubt (without
    it, `pv` stands for it). `closed` has the covers of closed months: they stand as they are.
    """
    return Covered(covers=(), sold_pv_kwh={})
