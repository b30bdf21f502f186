"""A counter's register as an unbroken line: steps with what passed in each, METHOD 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from analytics.exchanges import Chain, place
from analytics.spikes import spikes
from analytics.steps import GoodReadings, Rating, has_instant, touches_span
from domain.ledger import MeterEvent, MeterEventKind
from domain.plant import Point
from domain.series import Bools, Floats, Instants


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """Steps between n readings that are used: n - 1 of each."""

    is_gap: Bools
    is_bad: Bools
    is_spike: Bools
    is_conflict: Bools
    is_wrap: Bools
    is_unresolved: Bools
    is_unfit: Bools
    """Unresolved although events were declared: they do not fit."""
    is_ambiguous: Bools
    """Unresolved because the number of wraps is not known."""
    exchange_at: Instants
    """Where the events that were counted through lie in the line, ordered."""

    @property
    def is_uncovered(self) -> Bools:
        """Say in which steps the register was not watched, or what passed is not known."""
        found: Bools = self.is_gap | self.is_bad | self.is_spike | self.is_conflict | self.is_unresolved
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Nodes of a register, ordered: readings, and old and new index at the instant of each meter event."""

    at: Instants
    value: Floats
    amount: Floats
    """What passed between a node and the next one; nothing between the old and the new index."""
    jumps: Instants
    """Steps in which what passed is not what the register rose, ordered."""

    @property
    def correction(self) -> Floats:
        """Return what passed less what the register rose, for each jump."""
        found: Floats = self.amount[self.jumps] - (self.value[self.jumps + 1] - self.value[self.jumps])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEvents:
    """Meter events of one counter, by the step that each lies in."""

    events: tuple[MeterEvent, ...]
    """Ordered by instant, each once."""

    @property
    def at(self) -> Instants:
        """Return their instants."""
        return np.array([event.at for event in self.events], dtype=np.int64)

    def by_step(self, at: Instants) -> dict[int, list[MeterEvent]]:
        """Return the events of each step (at[i], at[i + 1]]; others are left out."""
        place = np.searchsorted(at, self.at, side="left") - 1
        found = groupby(zip(place.tolist(), self.events, strict=True), key=lambda pair: pair[0])
        steps = {step: [event for _, event in pairs] for step, pairs in found}
        return {step: events for step, events in steps.items() if 0 <= step < len(at) - 1}


def point_events(point: Point, events: Sequence[MeterEvent]) -> PointEvents:
    """Choose what was done to the register of a counter; a calibration does nothing to it."""
    own = {
        _order(event): event
        for event in events
        if event.point == point.id and event.kind is not MeterEventKind.CALIBRATION
    }
    return PointEvents(events=tuple(own[key] for key in sorted(own)))


def _order(event: MeterEvent) -> tuple[int, float, float]:
    old, new = event.old_final, event.new_start
    return event.at, -1.0 if old is None else old, -1.0 if new is None else new


def without_spikes(good: GoodReadings, rating: Rating, events: PointEvents) -> tuple[GoodReadings, Instants]:
    """Return the readings that are used, and the instants of those left out as spikes."""
    _, is_odd = _judged(good, rating)
    is_odd[list(events.by_step(good.at))] = False
    left_out = spikes(good, is_odd, rating, events.at)
    return (good.pick(~left_out), good.at[left_out]) if left_out.any() else (good, good.at[:0])


def line_of(
    good: GoodReadings,
    spike_at: Instants,
    rating: Rating,
    events: PointEvents,
    *,
    missing: Sequence[tuple[int, int]],
    gap_ms: int,
) -> tuple[Line, Steps]:
    """Join the readings to a line; a step that nothing explains stays unresolved."""
    is_wrap, is_unresolved = _judged(good, rating)
    is_ambiguous = rating.is_ambiguous(np.diff(good.at), good.value[:-1], good.value[1:])
    placed = place(events.by_step(good.at), good, spike_at, is_unresolved, rating)
    is_wrap[[*placed.explained, *placed.unfit]] = False
    is_unresolved[list(placed.explained)] = False
    is_unfit = np.zeros_like(is_wrap)
    is_unfit[list(placed.unfit)] = True
    is_ambiguous[[*placed.explained, *placed.unfit]] = False
    is_wrap &= ~is_ambiguous
    is_unresolved |= is_unfit | is_ambiguous
    steps = Steps(
        is_gap=np.diff(good.at) > gap_ms,
        is_bad=has_instant(good.at, good.bad_at) | touches_span(good.at, missing),
        is_spike=has_instant(good.at, spike_at),
        is_conflict=has_instant(good.at, good.conflict_at),
        is_wrap=is_wrap,
        is_unresolved=is_unresolved,
        is_unfit=is_unfit,
        is_ambiguous=is_ambiguous,
        exchange_at=np.array(
            [event.at for _, chain in sorted(placed.explained.items()) for event in chain], dtype=np.int64
        ),
    )
    amount, jumps = np.diff(good.value), np.flatnonzero(is_wrap)
    amount[jumps] += rating.modulus or 0.0
    line = Line(at=good.at, value=good.value, amount=amount, jumps=jumps)
    return (_with_events(line, placed.explained) if placed.explained else line), steps


def _judged(good: GoodReadings, rating: Rating) -> tuple[Bools, Bools]:
    """Return which steps are wraps, and which neither that nor normal."""
    is_odd = ~rating.is_normal(np.diff(good.at), good.value[:-1], good.value[1:])
    is_wrap = np.zeros_like(is_odd)
    odd = np.flatnonzero(is_odd)
    before, after = good.value[odd], good.value[odd + 1]
    is_wrap[odd] = rating.is_wrap(good.at[odd + 1] - good.at[odd], before, after)
    return is_wrap, is_odd & ~is_wrap


def _with_events(line: Line, explained: Mapping[int, Chain]) -> Line:
    """Put the old and the new index of each event into the line."""
    pairs = [(step + 1, event) for step, chain in sorted(explained.items()) for event in chain]
    place = np.repeat([place for place, _ in pairs], 2)
    at = np.insert(line.at, place, np.repeat([event.at for _, event in pairs], 2))
    indices = [index for _, event in pairs for index in (event.old_final, event.new_start)]
    value = np.insert(line.value, place, np.array(indices, dtype=np.float64))
    is_new = np.insert(np.zeros(len(line.at), np.bool_), place, np.tile([False, True], len(pairs)))
    is_reading = np.insert(np.ones(len(line.at), np.bool_), place, False)
    amount = np.diff(value)
    untouched = is_reading[:-1] & is_reading[1:]
    origin = np.cumsum(is_reading) - 1
    amount[untouched] = line.amount[origin[:-1][untouched]]
    amount[is_new[1:]] = 0.0
    is_jump = is_new[1:].copy()
    is_jump[untouched] |= np.isin(origin[:-1][untouched], line.jumps)
    return Line(at=at, value=value, amount=amount, jumps=np.flatnonzero(is_jump))
