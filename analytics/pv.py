"""Own generation: what of it the plant used itself (METHOD 3).

Self-consumed = generated - exported by the revenue meter. Without an export meter it is estimated window by
window as min(generation, load); the load is then the sum of the sub-meters, for import + generation would
always exceed the generation. Sub-meters miss what is not sub-metered, so that estimate is low rather than
high. Each figure covers the windows in which all of its own meters have an amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.evidence import evidences, with_codes
from analytics.meters import amounts
from analytics.sums import Inside, aligned, combined, inside, spans_of
from domain.periods import Period
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.results import Evidence, Pv
from domain.series import Floats
from domain.windows import Grade, Windows, no_windows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Flows:
    """What flowed in n windows, kWh; NaN where not known."""

    generated: Floats
    exported: Floats
    imported: Floats
    own: Floats
    """Self-consumed."""
    whole: Windows
    """Generation with the evidence of all meters that take part."""
    codes: tuple[str, ...]
    """For every period."""


def pv(plant: Plant, windows: Mapping[str, Windows], periods: Sequence[Period]) -> tuple[Pv, ...]:
    """Return the plant's own generation in each period; nothing for a plant without any.

    Codes: `pv.no_export_meter` (self-consumption is estimated), `pv.no_load` (nor are there sub-meters: it is
    not known), `pv.no_main_meter` (no self-sufficiency), `pv.export_exceeds_generation` (meters contradict
    each other: self-consumption is not known).
    """
    if not any(amounts(plant, Carrier.PV)):
        return ()
    flows = _flows(plant, windows)
    places = inside(flows.whole.since, flows.whole.until, spans_of(periods))
    basis = evidences(
        amount=flows.whole.amount,
        grade=flows.whole.grade,
        coverage=flows.whole.coverage,
        flags=flows.whole.flags,
        since=flows.whole.since,
        until=flows.whole.until,
        places=places,
    )
    rows = zip(periods, basis, *_sums(flows, places), strict=True)
    return tuple(_pv(period, evidence, flows.codes, sums) for period, evidence, *sums in rows)


def _flows(plant: Plant, windows: Mapping[str, Windows]) -> _Flows:
    groups = {
        "generated": tuple(amounts(plant, Carrier.PV)),
        "exported": tuple(amounts(plant, Carrier.ELECTRICITY, MeterRole.EXPORT)),
        "imported": tuple(amounts(plant, Carrier.ELECTRICITY, MeterRole.MAIN)),
    }
    is_estimated = not groups["exported"]
    if is_estimated:
        groups["load"] = tuple(amounts(plant, Carrier.ELECTRICITY, MeterRole.SUB))
    sums = _totals(groups, windows)
    generated = sums["generated"]
    nothing = np.full(len(generated), np.nan)
    amount = {name: sums[name].amount if name in sums else nothing for name in (*groups, "load")}
    # np.minimum spreads NaN: a window without a load has no estimate.
    estimate = np.minimum(amount["generated"], np.maximum(amount["load"], 0.0))
    whole = combined("pv", list(sums.values()), [1.0] * len(sums))
    grade = np.maximum(whole.grade, Grade.ESTIMATED).astype(np.uint8) if is_estimated else whole.grade
    known = np.isfinite(whole.amount)
    codes = {
        "pv.no_export_meter": is_estimated,
        "pv.no_load": is_estimated and "load" not in sums,
        "pv.no_main_meter": "imported" not in sums,
    }
    return _Flows(
        generated=generated.amount,
        exported=amount["exported"],
        imported=amount["imported"],
        own=estimate if is_estimated else generated.amount - amount["exported"],
        whole=replace(whole, amount=np.where(known, generated.amount, np.nan), grade=grade),
        codes=tuple(code for code, holds in codes.items() if holds),
    )


def _totals(groups: Mapping[str, Sequence[Point]], windows: Mapping[str, Windows]) -> dict[str, Windows]:
    """Return the sum of each group that has meters, all on one grid."""
    names = [(name, point.id) for name, points in groups.items() for point in points]
    parts = aligned([windows.get(point, no_windows(point)) for _, point in names])
    found = {}
    for name in groups:
        of_group = [part for (owner, _), part in zip(names, parts, strict=True) if owner == name]
        if of_group:
            found[name] = combined(name, of_group, [1.0] * len(of_group))
    return found


def _sums(flows: _Flows, places: Inside) -> list[list[float]]:
    """Return generated, exported, imported and own by period, then what the rates are made of.

    These are generated where own is known, and own and imported where both are.
    """
    both = np.isfinite(flows.own)
    bought = both & np.isfinite(flows.imported)
    columns = (
        flows.generated,
        flows.exported,
        flows.imported,
        flows.own,
        np.where(both, flows.generated, np.nan),
        np.where(bought, flows.own, np.nan),
        np.where(bought, flows.imported, np.nan),
    )
    return [places.known(column).tolist() for column in columns]


def _pv(period: Period, evidence: Evidence, codes: Sequence[str], sums: Sequence[float]) -> Pv:
    generated, exported, imported, own, of_generated, of_own, of_imported = sums
    if own < 0.0:
        codes = (*codes, "pv.export_exceeds_generation")
        own = of_own = float("nan")
    return Pv(
        period=period,
        generated=_known(generated),
        exported=_known(exported),
        self_consumed=_known(own),
        imported=_known(imported),
        self_consumption_rate=_ratio(own, of_generated),
        self_sufficiency=_ratio(of_own, of_imported + of_own),
        evidence=with_codes(evidence, *codes),
    )


def _known(value: float) -> float | None:
    return value if value == value else None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 and part == part else None
