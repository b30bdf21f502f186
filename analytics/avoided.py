"""Own PV and recovered heat against their plan (METHOD 3): beside the inventory, never subtracted from it.

What they save is in the metered gas and electricity already; the tonnes here are what would have been emitted
without them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from analytics.prepared import Prepared
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import Avoided
from domain.periods import DAY_MS, Period, PeriodKind
from domain.results import Pv, RecoveredHeat

_T_PER_KG = 1e-3
NO_FACTOR, PARTIAL = "avoided.no_factor", "avoided.partial"


def avoided(
    prepared: Prepared,
    period: Period,
    *,
    pv: Sequence[Pv],
    heat: Sequence[RecoveredHeat],
    location: FactorUsed | None,
    gas_kg_per_nm3: float | None,
) -> Avoided:
    """Return what own PV and recovered heat avoid in a month or a year.

    `pv` and `heat` may hold other periods too. `location` is the location-based factor of bought electricity,
    `gas_kg_per_nm3` what burning a Nm3 emits; None: the tonnes are not known. Of several heat meters the sum
    is of those that are known, and code `avoided.partial` says so.
    """
    sun = [each for each in pv if _is_of(each.period, period)][:1]
    meters = [each for each in heat if _is_of(each.period, period)]
    own, warm = _sum(each.self_consumed for each in sun), _sum(each.heat_kwh for each in meters)
    grid = location.value if location is not None else None
    stands_in = (
        (_sum(each.avoided_gas_nm3 for each in meters), gas_kg_per_nm3),
        (_sum(each.avoided_electricity_kwh for each in meters), grid),
    )
    is_partial = warm is not None and any(each.heat_kwh is None for each in meters)
    lacks = any(amount and factor is None for amount, factor in ((own, grid), *stands_in))
    carbon, share = prepared.method.carbon, _share_of_year(prepared, period)
    basis = [(each.self_consumed, each.evidence) for each in sun]
    basis += [(each.heat_kwh, each.evidence) for each in meters]
    return Avoided(
        pv_kwh=own,
        pv_plan_kwh=_product(carbon.pv_plan_kwh_per_year, share),
        pv_generated_kwh=_sum(each.generated for each in sun),
        pv_t=_product(own, grid, _T_PER_KG),
        heat_kwh=warm,
        heat_plan_kwh=_product(carbon.heat_plan_kwh_per_year, share),
        heat_t=_sum(_product(amount, factor, _T_PER_KG) for amount, factor in stands_in),
        evidence=_worse(basis),
        codes=tuple(code for code, holds in ((NO_FACTOR, lacks), (PARTIAL, is_partial)) if holds),
    )


def _is_of(one: Period, other: Period) -> bool:
    return (one.kind, one.since, one.until) == (other.kind, other.since, other.until)


def _share_of_year(prepared: Prepared, period: Period) -> float:
    """Return the share of a month, or of a year, in the days of its year."""
    year = prepared.calendar.period(PeriodKind.YEAR, period.since)
    assert year is not None
    days, whole = (round((each.until - each.since) / DAY_MS) for each in (period, year))
    return days / whole


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum of what is known; None where nothing is."""
    known = [each for each in values if each is not None]
    return math.fsum(known) if known else None


def _product(*factors: float | None) -> float | None:
    known = [each for each in factors if each is not None]
    return math.prod(known) if len(known) == len(factors) else None


def _worse(basis: Sequence[tuple[float | None, Evidence]]) -> Evidence:
    """Return the evidence of sums: grades by energy, the rest by the worst part."""
    if not basis:
        return Evidence(shares={}, coverage=0.0, is_complete=False)
    whole = math.fsum(kwh or 0.0 for kwh, _ in basis)
    shares: dict[str, float] = {}
    for kwh, evidence in basis:
        weight = (kwh or 0.0) / whole if whole > 0.0 else 0.0
        for grade, share in evidence.shares.items():
            if weight * share > 0.0:
                shares[grade] = shares.get(grade, 0.0) + weight * share
    return Evidence(
        shares=dict(sorted(shares.items())),
        coverage=min(evidence.coverage for _, evidence in basis),
        is_complete=all(evidence.is_complete and kwh is not None for kwh, evidence in basis),
        codes=tuple(sorted({code for _, evidence in basis for code in evidence.codes})),
    )
