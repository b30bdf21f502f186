"""What the meters of a carrier tell of each month; windows are summed once for all months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.evidence import evidences_of
from analytics.inventory_basis import Basis
from analytics.inventory_evidence import NOTHING
from analytics.sums import Inside, inside, spans_of
from analytics.supply import supply_meters, total_in
from domain.evidence import Evidence
from domain.plant import Carrier
from domain.series import Bools, Floats, Instants
from domain.windows import Windows

NO_METER = "inventory.no_meter"
NO_DATA = "inventory.no_data"
PARTIAL = "inventory.partial"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metered:
    """A carrier in every month of a basis: tuples are as long as its months."""

    points: tuple[str, ...]
    windows: Windows | None
    """Of all meters together; None without meters."""
    places: Inside | None
    amounts: tuple[float | None, ...]
    """Sum of what is known."""
    evidence: tuple[Evidence, ...]
    codes: tuple[tuple[str, ...], ...]


def metered(basis: Basis, carrier: Carrier) -> Metered:
    """Return what comes in of a carrier: main meters, or sub-meters where there are none.

    Codes: `inventory.no_meter`, `inventory.no_data` (nothing of the month is known), `inventory.partial` (a
    part of the month so far is not: the sum is of the rest). A window without an amount covers nothing.
    """
    prepared, months = basis.prepared, basis.months
    meters = supply_meters(prepared.plant, carrier)
    windows = total_in(prepared, meters, prepared.since, prepared.until)
    if windows is None:
        return Metered(
            points=(),
            windows=None,
            places=None,
            amounts=(None,) * len(months),
            evidence=(NOTHING,) * len(months),
            codes=((NO_METER,),) * len(months),
        )
    places = inside(windows.since, windows.until, spans_of(months))
    known = np.isfinite(windows.amount)
    shares = known_share(basis, windows.since, windows.until, known, places)
    amounts = tuple(None if value != value else value for value in places.known(windows.amount).tolist())
    return Metered(
        points=tuple(point.id for point in meters),
        windows=windows,
        places=places,
        amounts=amounts,
        evidence=tuple(
            replace(evidence, coverage=min(evidence.coverage, share))
            for evidence, share in zip(evidences_of(windows, spans_of(months)), shares, strict=True)
        ),
        codes=tuple(
            (NO_DATA,) if amount is None else (PARTIAL,) if share < 1.0 else ()
            for amount, share in zip(amounts, shares, strict=True)
        ),
    )


def known_share(
    basis: Basis, since: Instants, until: Instants, known: Bools, places: Inside
) -> Sequence[float]:
    """Return the share of what has passed of each month whose windows are known, the running hour aside."""
    over = until <= basis.now
    length = (until - since).astype(np.float64)
    last = int(until[over][-1]) if over.any() else basis.prepared.since
    found = places.total(np.where(known & over, length, 0.0)).tolist()
    passed = [min(month.until, last) - month.since for month in basis.months]
    return [part / whole if whole > 0 else 1.0 for part, whole in zip(found, passed, strict=True)]


def sums_by(places: Inside, amount: Floats, label: Instants) -> list[dict[int, float]]:
    """Return for each month the sum of the known amounts under each label that occurs in it."""
    found: list[dict[int, float]] = [{} for _ in range(len(places))]
    known = np.isfinite(amount)
    for each in np.unique(label).tolist():
        chosen = known & (label == each)
        sums = places.total(np.where(chosen, amount, 0.0)).tolist()
        occurs = places.some(chosen).tolist()
        for month, value, is_there in zip(found, sums, occurs, strict=True):
            if is_there:
                month[each] = value
    return found
