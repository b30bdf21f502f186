"""From the inputs of a bundle to the bytes of its results: one pure function, `results_bytes`.

The windows and figures are made by the code that makes them live (agent.hourly, analytics.whole); only the
readings come from arrays instead of a store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from agent.hourly import Hourly, merged
from analytics.declared import declare
from analytics.meters import needed
from analytics.prepared import calendar_of, prepare
from analytics.whole import analyse
from domain.bundle import FORMAT, VERSION, BundleInputs
from domain.reading import Gap, Quality, Reading
from domain.result_rows import rows_of
from domain.results import Results
from domain.series import Series, no_series
from domain.windows import Windows, no_windows

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


class ReadingArrays:
    """Readings and gaps in memory, asked as a store is."""

    def __init__(self, series: Mapping[str, Series], gaps: Sequence[Gap]) -> None:
        self._series = series
        self._good: dict[str, Series] = {}
        self._gaps = sorted(gaps, key=lambda gap: (gap.device, gap.since, gap.until))

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms, by point id."""
        return {point: self._of(point).between(since, max(since, until)) for point in points}

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the last good reading of each point at or before `at`; a point without one is left out."""
        found = ((point, self._good_of(point)) for point in points)
        return {point: _reading(good, place - 1) for point, good in found if (place := _after(good, at)) > 0}

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the first good reading of each point after `at`; a point without one is left out."""
        found = ((point, self._good_of(point)) for point in points)
        return {
            point: _reading(good, place) for point, good in found if (place := _after(good, at)) < len(good)
        }

    def _good_of(self, point: str) -> Series:
        if point not in self._good:
            series = self._of(point)
            kept = series.has_value
            self._good[point] = Series(
                point=point, at=series.at[kept], value=series.value[kept], quality=series.quality[kept]
            )
        return self._good[point]

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms, ordered by device, then instant."""
        return [gap for gap in self._gaps if gap.since < until and gap.until > since]

    def _of(self, point: str) -> Series:
        return self._series.get(point) or no_series(point)


def _after(series: Series, at: int) -> int:
    return int(np.searchsorted(series.at, at, side="right"))


def _reading(series: Series, place: int) -> Reading:
    quality = Quality(int(series.quality[place]))
    return Reading(
        point=series.point, at=int(series.at[place]), value=float(series.value[place]), quality=quality
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Computed:
    """What follows from the inputs of a bundle."""

    windows: Mapping[str, Windows]
    results: Results


def compute(inputs: BundleInputs, progress: Progress = lambda share: None) -> Computed:
    """Return the windows that touch the span, and the results as of its end."""
    declared = declare(inputs.entries, inputs.method)
    calendar = calendar_of(inputs.plant, declared)
    points = needed(inputs.plant)
    hourly = Hourly(ReadingArrays(inputs.series, inputs.gaps), inputs.method)
    windows = {point.id: no_windows(point.id) for point in points}
    for since, until in hourly.spans(inputs.since, inputs.now):
        for found in hourly.compute(
            points,
            since,
            until,
            calendar=calendar,
            events=declared.meter_events,
            horizon=inputs.horizon,
        ):
            windows[found.point] = merged(windows[found.point], found)
        progress(0.8 * (until - inputs.since) / (inputs.now - inputs.since))
    prepared = prepare(inputs.plant, inputs.method, declared, windows, since=inputs.since, until=inputs.now)
    results = analyse(prepared, now=inputs.now, hours_since=inputs.since)
    progress(1.0)
    return Computed(windows=windows, results=results)


def encode(computed: Computed) -> bytes:
    """Return canonical JSON: windows by point as columns, results by kind in the order of the store."""
    results = {
        kind: [msgspec.Raw(row.body) for row in rows] for kind, rows in rows_of(computed.results).items()
    }
    windows = {point: columns_of(of) for point, of in computed.windows.items()}
    document = {"format": f"{FORMAT} results", "version": VERSION, "windows": windows, "results": results}
    return msgspec.json.encode(document, order="deterministic") + b"\n"


def results_bytes(inputs: BundleInputs, progress: Progress = lambda share: None) -> bytes:
    """Return what `results.json` says: the same inputs are the same bytes."""
    return encode(compute(inputs, progress))


COLUMNS = ("since", "until", "amount", "grade", "coverage", "flags")


def columns_of(windows: Windows) -> dict[str, list[float] | list[int]]:
    """Return the windows of a point as columns of plain numbers; an amount that is not known is NaN."""
    return {name: getattr(windows, name).tolist() for name in COLUMNS}
