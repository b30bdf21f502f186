"""Consumption of a counter in each window: METHOD 1, registers to consumption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.exchanges import NEAR_READINGS
from analytics.overlay import end_flags, holding, strictly_inside, time_in, touched
from analytics.registers import Line, Steps, line_of, point_events, without_spikes
from analytics.spikes import MARGIN_READINGS as _SPIKES
from analytics.steps import GoodReadings, Rating, beside_doubtful, good_readings
from domain.ledger import MeterEvent
from domain.plant import Point
from domain.series import Floats, Instants, Series
from domain.windows import Flag, Grade, Windows, no_windows

MARGIN_READINGS = _SPIKES + 2 * NEAR_READINGS + 2
"""Good readings on either side of a window beyond which nothing can change it: spikes, and events nearby."""


def consumption(
    point: Point,
    series: Series,
    edges: Instants,
    *,
    events: Sequence[MeterEvent] = (),
    missing: Sequence[tuple[int, int]] = (),
    gap_ms: int,
) -> Windows:
    """Return what passed between each two neighbours of `edges` (ordered instants).

    `series` holds all readings, good and bad, from MARGIN_READINGS good ones before the first edge to as many
    after the last, or all there are, and `missing` the spans of that time in which polls left no reading;
    then a window is the same whatever else is asked for. Events of other points and calibrations are ignored.

    What passed is spread linearly between neighbouring good readings. NaN where nothing is known: before the
    first good reading, after the last (OPEN and GAP), around a step that nothing explains (RESET; with
    EXCHANGE where an event was declared whose indices do not fit, with WRAPS_UNKNOWN where the register may
    have turned once more). Coverage is the share of time in steps
    without a gap and without a reading left out. A window is ESTIMATED when an edge lies in a step longer
    than `gap_ms`; shorter steps with bad readings only make it BRIDGED, as their ends are no farther apart
    than good readings may be.
    """
    if len(edges) < 2:
        return no_windows(point.id)
    rating, known = Rating.of(point), point_events(point, events)
    good, spike_at = without_spikes(good_readings(series), rating, known)
    if not len(good.at):
        return _unknown(point, edges, good)
    line, steps = line_of(good, spike_at, rating, known, missing=missing, gap_ms=gap_ms)
    amount = _amounts(line, edges)
    covered_ms = _covered_ms(good.at, steps, edges)
    observed_ms = time_in(edges, good.at[:1], good.at[-1:])
    flags = _flags(good, steps, edges)
    amount[(observed_ms == 0) | ((flags & Flag.RESET) != 0)] = np.nan
    return Windows(
        point=point.id,
        since=edges[:-1],
        until=edges[1:],
        amount=amount,
        grade=_grades(good.at, steps, edges, amount),
        coverage=covered_ms / np.maximum(1, np.diff(edges)),
        flags=flags,
        minimum=np.full(len(amount), np.nan),
        maximum=np.full(len(amount), np.nan),
    )


def _amounts(line: Line, edges: Instants) -> Floats:
    """Return the rise of the line in each window; before its first node and after its last nothing passes.

    Only nodes beside and inside a window enter: no sum runs on from window to window.
    """
    node = np.maximum(0, np.searchsorted(line.at, edges, side="right") - 1)
    if len(line.at) < 2:
        return np.zeros(len(edges) - 1)
    step = np.minimum(node, len(line.at) - 2)
    elapsed_ms = np.maximum(1, line.at[step + 1] - line.at[step])
    share = np.clip((edges - line.at[step]) / elapsed_ms, 0.0, 1.0)
    head = np.where(node == step, line.amount[step] * share, 0.0)
    amount = np.diff(line.value[node])
    window = np.searchsorted(node, line.jumps, side="right") - 1
    is_inside = (window >= 0) & (window < len(amount))
    extra = np.zeros(len(amount))
    np.add.at(extra, window[is_inside], line.correction[is_inside])
    found: Floats = np.maximum(0.0, (amount + extra) + np.diff(head))
    return found


def _covered_ms(at: Instants, steps: Steps, edges: Instants) -> Instants:
    hidden = steps.is_uncovered
    found: Instants = time_in(edges, at[:1], at[-1:]) - time_in(edges, at[:-1][hidden], at[1:][hidden])
    return found


def _grades(at: Instants, steps: Steps, edges: Instants, amount: Floats) -> NDArray[np.uint8]:
    """Return how each amount is known; the first window, cut off by the first reading, is estimated."""
    hidden = steps.is_uncovered
    is_unsure = strictly_inside(edges, at[:-1][steps.is_gap], at[1:][steps.is_gap])
    grade = np.where(touched(edges, at[:-1][hidden], at[1:][hidden]), Grade.BRIDGED, Grade.MEASURED)
    grade[is_unsure[:-1] | is_unsure[1:] | (edges[:-1] < at[0]) | np.isnan(amount)] = Grade.ESTIMATED
    return grade.astype(np.uint8)


def _flags(good: GoodReadings, steps: Steps, edges: Instants) -> NDArray[np.uint16]:
    """Return what is to be known about each window."""
    at = good.at
    flags = np.zeros(len(edges) - 1, np.uint16)
    for flag, chosen in (
        (Flag.GAP, steps.is_gap),
        (Flag.BAD, steps.is_bad),
        (Flag.SPIKE, steps.is_spike),
        (Flag.CONFLICT, steps.is_conflict),
        (Flag.WRAP, steps.is_wrap),
        (Flag.RESET, steps.is_unresolved),
        (Flag.EXCHANGE, steps.is_unfit),
        (Flag.WRAPS_UNKNOWN, steps.is_ambiguous),
        (Flag.DOUBTFUL, beside_doubtful(good)),
    ):
        if chosen.any():
            flags[touched(edges, at[:-1][chosen], at[1:][chosen])] |= np.uint16(flag)
    flags[holding(edges, steps.exchange_at)] |= np.uint16(Flag.EXCHANGE)
    flags |= end_flags(good, edges)
    return flags


def _unknown(point: Point, edges: Instants, good: GoodReadings) -> Windows:
    count = len(edges) - 1
    nothing = np.full(count, np.nan)
    return Windows(
        point=point.id,
        since=edges[:-1],
        until=edges[1:],
        amount=nothing,
        grade=np.full(count, Grade.ESTIMATED, np.uint8),
        coverage=np.zeros(count),
        flags=end_flags(good, edges),
        minimum=nothing,
        maximum=nothing,
    )
