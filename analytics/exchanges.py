"""The step of a register that a declared meter event belongs to: METHOD 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.steps import GoodReadings, Rating
from domain.ledger import MeterEvent
from domain.series import Bools, Instants

NEAR_MS = 5 * 60_000
"""People note an instant by the minute, and clocks differ: so far away the register may really jump."""
NEAR_READINGS = 20
"""And no more good readings away than this."""

Chain = Sequence[MeterEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Meter events by the step that they explain; one that was moved lies where an even flow puts it."""

    explained: Mapping[int, Chain]
    unfit: frozenset[int]
    """Steps with events that explain nothing."""


def place(
    own: Mapping[int, Chain], good: GoodReadings, spike_at: Instants, is_odd: Bools, rating: Rating
) -> Placed:
    """Find the step of each event; `own` are those by instant, `is_odd` the steps that need an explanation.

    An event that does not fit its own step belongs to the nearest step, without an event of its own, at which
    the register really jumps and that it fits. Two that would explain one step explain nothing.
    """
    explained = {step: chain for step, chain in own.items() if _fit(chain, good, step, rating) is not None}
    unfit = set[int]()
    moved: dict[int, list[tuple[int, MeterEvent]]] = {}
    for step, chain in own.items():
        if step in explained:
            continue
        near = _near(chain[0], step, good, spike_at) if len(chain) == 1 else iter(())
        steps = (each for each in near if each not in own and _jumps(chain, good, each, rating, is_odd))
        found = next(steps, None)
        if found is None:
            unfit.add(step)
        else:
            moved.setdefault(found, []).append((step, chain[0]))
    for found, events in moved.items():
        if len(events) == 1:
            explained[found] = [_at_flow(events[0][1], good, found)]
        else:
            unfit |= {found, *(step for step, _ in events)}
    return Placed(explained=explained, unfit=frozenset(unfit))


def _fit(chain: Chain, good: GoodReadings, step: int, rating: Rating) -> float | None:
    """Return what passed in a step with events, or None where it is not plausible."""
    first, last = float(good.value[step]), good.value[step + 1 : step + 2]
    level, passed = first, 0.0
    for event in chain:
        if event.old_final is None or event.new_start is None or event.old_final < level:
            return None
        passed += event.old_final - level
        level = event.new_start
    passed += float(last[0]) - level
    # The rate is judged over the whole step, not over its parts: the instant is not exact.
    most = float(rating.most(good.at[step + 1 : step + 2] - good.at[step], last)[0])
    if last[0] < level or passed > most:
        return None
    rise = float(last[0]) - first
    # Without a rated maximum any amount would do: a rise that needs no event must not grow by one.
    is_better = np.isfinite(most) or rise < 0.0 or passed <= rise + float(rating.slack(last)[0])
    return passed if is_better else None


def _jumps(chain: Chain, good: GoodReadings, step: int, rating: Rating, is_odd: Bools) -> bool:
    """Say whether a step jumps as the events tell: it falls or is too fast, or rises by more than passed."""
    passed = _fit(chain, good, step, rating)
    if passed is None:
        return False
    last = good.value[step + 1 : step + 2]
    return bool(is_odd[step] or passed < last[0] - good.value[step] - rating.slack(last)[0])


def _near(event: MeterEvent, own: int, good: GoodReadings, spike_at: Instants) -> Iterator[int]:
    """Give the steps around the own one of an event, the nearest first, of two the earlier."""
    steps = np.arange(max(0, own - NEAR_READINGS), min(len(good.at) - 1, own + NEAR_READINGS + 1))
    away_ms = np.maximum(good.at[steps] - event.at, event.at - good.at[steps + 1])
    # Readings left out count too: then a step is as near whatever range was read.
    left_out = np.searchsorted(spike_at, good.at[steps]) - np.searchsorted(spike_at, good.at[own])
    is_near = (away_ms <= NEAR_MS) & (np.abs(steps - own + left_out) <= NEAR_READINGS) & (steps != own)
    order = np.lexsort((steps[is_near], away_ms[is_near]))
    yield from steps[is_near][order].tolist()


def _at_flow(event: MeterEvent, good: GoodReadings, step: int) -> MeterEvent:
    """Return an event at the instant of a step at which an even flow reaches its old final index."""
    since, until = int(good.at[step]), int(good.at[step + 1])
    before = (event.old_final or 0.0) - float(good.value[step])
    after = float(good.value[step + 1]) - (event.new_start or 0.0)
    share = before / (before + after) if before + after > 0.0 else 1.0
    return replace(event, at=min(until, max(since + 1, since + round((until - since) * share))))
