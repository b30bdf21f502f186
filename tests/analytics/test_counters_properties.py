"""Registers to consumption, METHOD 1: what holds for whatever readings come, in any order and portion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.counters import MARGIN_READINGS, consumption
from analytics.steps import good_readings
from domain.ledger import MeterEvent
from domain.periods import HOUR_MS
from domain.series import Floats, Instants, Series, series_of
from domain.windows import Flag, Windows
from tests.analytics.readings import GAP, HOUR, MINUTE, START, counter, exchange, same

METER = counter(modulus=10_000.0, rated_max_per_hour=120.0)
seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Made:
    """Readings with what really passed."""

    at: Instants
    truth: Floats
    """Passed since the first reading."""
    series: Series
    events: tuple[MeterEvent, ...]


def made(seed: int, *, count: int = 200) -> Made:
    """Return an irregular counter with gaps, wraps and exchanges that are all declared."""
    random = np.random.default_rng(seed)
    steps = random.choice(
        [10_000, 60_000, 61_234, 900_000, 7 * HOUR], size=count - 1, p=[0.3, 0.4, 0.2, 0.08, 0.02]
    )
    rise = random.uniform(0.0, 1.0, count - 1) * 120.0 * steps / HOUR
    at = START + np.concatenate(([0], np.cumsum(steps)))
    truth = np.concatenate(([0.0], np.cumsum(rise)))
    level, value, events = 9_990.0, [9_990.0], []
    for step in range(count - 1):
        level += rise[step]
        if random.random() < 0.03:
            share, new_start = random.uniform(), random.uniform(0.0, 9_000.0)
            minute = (int(at[step]) + round(share * int(steps[step])) - START) / MINUTE
            old_final = level - rise[step] + share * rise[step]
            if old_final < 10_000.0 and minute > (at[step] - START) / MINUTE:
                events.append(exchange(minute, old_final, new_start))
                level = new_start + (1 - share) * rise[step]
        level %= 10_000.0
        value.append(level)
    quality = random.choice([0, 0, 0, 1], size=count).astype(np.uint8)
    found = series_of("gas.volume", at, np.array(value), quality)
    return Made(at=at, truth=truth, series=found, events=tuple(events))


def messy(seed: int, *, count: int = 400) -> tuple[Series, tuple[MeterEvent, ...]]:
    """Return readings with everything that can be wrong: spikes, resets, conflicts, holes, noise."""
    random = np.random.default_rng(seed)
    honest = made(seed, count=count)
    value, quality = honest.series.value.copy(), honest.series.quality.copy()
    for _ in range(random.integers(0, 30)):
        first = int(random.integers(0, count))
        value[first : first + int(random.integers(1, 12))] += random.choice([-5000.0, 3000.0, 1e6, -1.0, 0.5])
    for _ in range(random.integers(0, 3)):
        first = int(random.integers(0, count))
        value[first : first + 40] = random.uniform(0.0, 100.0, len(value[first : first + 40]))
    holes = random.random(count) < 0.03
    value[holes], quality[holes] = np.nan, 12
    twice = random.integers(0, count, 5)
    at = np.concatenate((honest.at, honest.at[twice]))
    value = np.concatenate((value, value[twice] + random.choice([0.0, 1.0], 5)))
    readings = series_of("gas.volume", at, value, np.concatenate((quality, quality[twice])))
    return readings, honest.events


def borders(seed: int, since: int, until: int, *, count: int = 60) -> Instants:
    """Return edges at any instants, some of them whole hours, beyond both ends of a span."""
    random = np.random.default_rng(seed)
    some = random.integers(since - 2 * HOUR, until + 2 * HOUR, count)
    hours = np.arange(since // HOUR_MS, until // HOUR_MS + 2) * HOUR_MS
    found: Instants = np.unique(np.concatenate((some, hours)))
    return found


def run(series: Series, edges: Instants, events: tuple[MeterEvent, ...]) -> Windows:
    return consumption(METER, series, edges, events=events, gap_ms=GAP)


def around(series: Series, since: int, until: int) -> Series:
    """Return the least that has to be given for edges from `since` to `until`."""
    at = good_readings(series).at
    first = max(0, int(np.searchsorted(at, since)) - MARGIN_READINGS)
    last = min(len(at) - 1, int(np.searchsorted(at, until, side="right")) + MARGIN_READINGS - 1)
    begin = int(at[first]) if first else int(series.at[0])
    end = int(at[last]) + 1 if last < len(at) - 1 else int(series.at[-1]) + 1
    return series.between(begin, end)


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_nothing_is_lost_and_nothing_invented_through_gaps_wraps_and_exchanges(seed: int) -> None:
    plant = made(seed)
    edges = borders(seed, int(plant.at[0]), int(plant.at[-1]))
    found = run(plant.series, edges, plant.events)
    assert not (found.flags & Flag.RESET).any()
    assert np.nansum(found.amount) == pytest.approx(plant.truth[-1], rel=1e-9, abs=1e-7)
    assert (found.amount[np.isfinite(found.amount)] >= 0).all()
    assert ((found.coverage >= 0) & (found.coverage <= 1)).all()


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_between_two_readings_a_window_holds_what_really_passed(seed: int) -> None:
    plant = made(seed)
    chosen = np.unique(np.random.default_rng(seed).integers(0, len(plant.at), 40))
    found = run(plant.series, plant.at[chosen], plant.events)
    assert found.amount == pytest.approx(np.diff(plant.truth[chosen]), rel=1e-9, abs=1e-7)
    assert not (found.grade >= 2).any()


@settings(max_examples=50, deadline=None)
@given(seed=seeds)
def test_consumption_is_never_negative_whatever_the_readings(seed: int) -> None:
    series, events = messy(seed)
    found = run(series, borders(seed, int(series.at[0]), int(series.at[-1])), events)
    assert (found.amount[np.isfinite(found.amount)] >= 0).all()
    assert (np.isfinite(found.amount) | ((found.flags & (Flag.RESET | Flag.GAP)) != 0)).all()
    assert ((found.coverage >= 0) & (found.coverage <= 1)).all()


@settings(max_examples=50, deadline=None)
@given(seed=seeds)
def test_a_window_is_the_same_whatever_larger_range_was_asked_for(seed: int) -> None:
    series, events = messy(seed)
    edges = borders(seed, int(series.at[0]), int(series.at[-1]))
    whole = run(series, edges, events)
    random = np.random.default_rng(seed)
    cuts = np.unique(np.concatenate(([0, len(edges) - 1], random.integers(0, len(edges), 6))))
    for first, last in pairwise(cuts.tolist()):
        part = edges[first : last + 1]
        own = run(around(series, int(part[0]), int(part[-1])), part, events)
        assert same(own, whole.pick(slice(first, last)))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_events_noted_at_another_minute_are_found_the_same_from_any_range(seed: int) -> None:
    random = np.random.default_rng(seed)
    series, events = messy(seed)
    noted = tuple(replace(each, at=each.at + int(random.integers(-6, 7)) * MINUTE) for each in events)
    edges = borders(seed, int(series.at[0]), int(series.at[-1]))
    for meter in (METER, replace(METER, rated_max_per_hour=None)):
        whole = consumption(meter, series, edges, events=noted, gap_ms=GAP)
        cuts = np.unique(np.concatenate(([0, len(edges) - 1], random.integers(0, len(edges), 4))))
        for first, last in pairwise(cuts.tolist()):
            part = edges[first : last + 1]
            near = around(series, int(part[0]), int(part[-1]))
            own = consumption(meter, near, part, events=noted, gap_ms=GAP)
            assert same(own, whole.pick(slice(first, last)))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_order_of_arrival_and_repeated_readings_change_nothing(seed: int) -> None:
    series, events = messy(seed)
    edges = borders(seed, int(series.at[0]), int(series.at[-1]))
    random = np.random.default_rng(seed + 1)
    again = random.integers(0, len(series), 100)
    order = random.permutation(len(series) + 100)
    chosen = np.concatenate((np.arange(len(series)), again))[order]
    arrived = series_of("gas.volume", series.at[chosen], series.value[chosen], series.quality[chosen])
    shuffled = tuple(random.permutation(np.array([*events, *events], dtype=object)).tolist())
    assert same(run(arrived, edges, shuffled), run(series, edges, events))
