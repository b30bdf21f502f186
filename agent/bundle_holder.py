"""What only the holder of the store can give to a bundle: readings with their margins, gaps, kept windows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from agent.bundle import columns_of
from agent.bundle_document import as_text
from agent.bundle_reading import GAP_COLUMNS, GAPS
from agent.hourly import Hourly
from domain.method import Method
from domain.periods import DAY_MS
from domain.plant import Plant
from domain.ports import Store
from domain.reading import Gap

KEPT = "kept.json"
"""Windows that the store keeps, to hold the bundle's against; no part of the bundle."""
READINGS = "readings.parquet"
_NEAR_MS = DAY_MS


def gather(
    store: Store,
    plant: Plant,
    method: Method,
    points: Sequence[str],
    *,
    since: int,
    until: int,
    horizon: int,
    folder: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Write what windows in [since, until), both edges, follow from into a folder; return the readings.

    A point whose next readings are far away has a file of its own, so that the others need not reach so far.
    """
    spans = Hourly(store, method).reach(points, since, until, horizon=horizon)
    near = [point for point in points if _is_near(spans[point], since, until)]
    files = [(READINGS, near, _hull([spans[point] for point in near], since, until))]
    files += [(f"readings-{point}.parquet", [point], spans[point]) for point in points if point not in near]
    units = {point.id: point.unit for point in plant.points}
    readings = 0
    for done, (name, chosen, (first, end)) in enumerate(files, start=1):
        readings += store.export(
            chosen,
            since=first,
            until=min(end, horizon),
            path=folder / name,
            form="parquet",
            units=units,
        )
        progress(done / (len(files) + 1))
    first, end = _hull(list(spans.values()), since, until)
    known = {device.id for device in plant.devices}
    gaps = [gap for gap in store.gaps(since=first, until=min(end, horizon)) if gap.device in known]
    _write_gaps(folder / GAPS, gaps)
    kept = store.windows(points, since=since, until=until)
    (folder / KEPT).write_bytes(msgspec.json.encode({point: columns_of(of) for point, of in kept.items()}))
    progress(1.0)
    return readings


def _is_near(span: tuple[int, int], since: int, until: int) -> bool:
    return since - span[0] <= _NEAR_MS and span[1] - until <= _NEAR_MS


def _hull(spans: Sequence[tuple[int, int]], since: int, until: int) -> tuple[int, int]:
    firsts, ends = [since, *(first for first, _ in spans)], [until, *(end for _, end in spans)]
    return min(firsts), max(ends)


def _write_gaps(path: Path, gaps: Sequence[Gap]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(GAP_COLUMNS)
        for gap in gaps:
            writer.writerow((gap.device, as_text(gap.since), as_text(gap.until), gap.quality.code))
