"""Own PV and recovered heat against their plan, as tonnes that others did not emit: beside the inventory."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.prepared import Prepared
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import Avoided
from domain.periods import Period
from domain.results import Pv, RecoveredHeat


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
    `gas_kg_per_nm3` what burning a Nm3 emits; None: the tonnes are not known.
    """
    return Avoided(
        pv_kwh=None,
        pv_plan_kwh=None,
        pv_generated_kwh=None,
        pv_t=None,
        heat_kwh=None,
        heat_plan_kwh=None,
        heat_t=None,
        evidence=Evidence(shares={}, coverage=0.0, is_complete=False),
    )
