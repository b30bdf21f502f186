"""What a plant takes in of a carrier, window by window: main meters, or sub-meters where there are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.meters import amounts
from analytics.prepared import Prepared
from analytics.sums import combined, on_grid
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.windows import Windows, no_windows


def supply_meters(plant: Plant, carrier: Carrier) -> tuple[Point, ...]:
    """Return the meters of what comes in; empty where nothing tells it.

    Gas and electricity: main meters, else sub-meters. Electricity of a plant with own generation and no main
    meter: none, for sub-meters do not tell bought from own. PV: all.
    """
    if carrier is Carrier.PV:
        return tuple(amounts(plant, carrier))
    main = tuple(amounts(plant, carrier, MeterRole.MAIN))
    if not main and carrier is Carrier.ELECTRICITY and any(amounts(plant, Carrier.PV)):
        return ()
    return main or tuple(amounts(plant, carrier, MeterRole.SUB))


def on_windows(prepared: Prepared, point: Point, since: int, until: int) -> Windows:
    """Return the windows of a point in [since, until): gas in Nm3, everything else in kWh."""
    first = int(np.searchsorted(prepared.edges, since))
    end = max(first, int(np.searchsorted(prepared.edges, until, side="right")) - 1)
    begins, ends = prepared.edges[first:end], prepared.edges[first + 1 : end + 1]
    found = prepared.windows.get(point.id, no_windows(point.id))
    return on_grid(found.between(since, until), begins, ends)


def total_in(
    prepared: Prepared, meters: Sequence[Point], since: int, until: int, *, name: str = ""
) -> Windows | None:
    """Return what the meters show together; a window that one of them misses has no amount."""
    parts = [on_windows(prepared, point, since, until) for point in meters]
    return combined(name, parts, [1.0] * len(parts)) if parts else None
