"""Steps that are over are computed once, unless their readings change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from agent.clock import PlantClock
from agent.page_bins import Bins
from agent.page_parts import Parts
from domain.periods import HOUR_MS
from domain.plant import Point
from domain.reading import Quality
from domain.series import Series
from tests.agent.figured import GAS, MASS, NOW, Figured
from tests.agent.paged import parts_of

if TYPE_CHECKING:
    from domain.ports import Store

STEP_MS = 300_000
SINCE = NOW // HOUR_MS * HOUR_MS - 24 * HOUR_MS


@dataclass
class Asked:
    """A store that notes which readings are asked of it."""

    store: Store
    begins: list[int] = field(default_factory=list)

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        self.begins.append(since)
        return self.store.series(points, since=since, until=until)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def at(now: int) -> PlantClock:
    """Return a clock that stands."""
    return PlantClock(wall=lambda: now / 1000, monotonic=lambda: 0.0)


@pytest.fixture
def parts(fresh: Figured) -> Iterator[Parts]:
    """Give an agent that has readings and no figures yet."""
    with parts_of(fresh, cycles=0) as found:
        yield found


def points(parts: Parts) -> list[Point]:
    """Return the two counters."""
    return [point for point in parts.loaded.plant.points if point.id in (GAS, MASS)]


def assert_as_cold(bins: Bins, parts: Parts, since: int, until: int) -> None:
    """Assert that the rates are those of a first call."""
    edges, rates = bins.rates(since, until)
    cold_edges, cold = Bins(parts, points(parts), STEP_MS).rates(since, until)
    np.testing.assert_array_equal(edges, cold_edges)
    for name in (GAS, MASS):
        np.testing.assert_allclose(rates[name][0], cold[name][0], rtol=1e-12)
        np.testing.assert_array_equal(rates[name][1], cold[name][1])


def test_rates_that_go_on_are_those_of_a_first_call(parts: Parts) -> None:
    begin = NOW // HOUR_MS * HOUR_MS - HOUR_MS
    bins = Bins(parts, points(parts), STEP_MS)
    for now in range(begin, begin + 55 * 60_000, 7 * 60_000):
        parts.clock = at(now)
        for since in (SINCE, SINCE + HOUR_MS):
            assert_as_cold(bins, parts, since, now)


def test_a_second_call_reads_only_the_newest_readings(parts: Parts) -> None:
    parts.store = cast("Store", asked := Asked(parts.store))
    bins = Bins(parts, points(parts), STEP_MS)
    bins.rates(SINCE, NOW)
    assert min(asked.begins) < SINCE
    asked.begins.clear()
    bins.rates(SINCE, NOW)
    assert min(asked.begins) > NOW - 31 * 60_000


def test_readings_that_come_late_are_in_the_next_answer(watched: Figured) -> None:
    with parts_of(watched) as parts:
        bins = Bins(parts, points(parts), STEP_MS)
        _, before = bins.rates(SINCE, NOW)
        late = np.array([SINCE + 5 * HOUR_MS + 60_000], dtype=np.int64)
        known = parts.store.series([GAS], since=int(late[0]), until=int(late[0]) + HOUR_MS)[GAS]
        good = np.zeros(1, np.uint8) + Quality.GOOD
        parts.store.fill("late", [Series(point=GAS, at=late, value=known.value[:1] - 0.5, quality=good)])
        parts.analysis.recompute(SINCE, NOW)
        _, after = bins.rates(SINCE, NOW)
        place = int((late[0] - SINCE) // STEP_MS)
        assert after[GAS][0][place] != before[GAS][0][place]
        assert_as_cold(bins, parts, SINCE, NOW)


def test_a_meter_that_is_silent_is_asked_from_its_last_reading_on(parts: Parts) -> None:
    later = NOW + 15 * 60_000
    parts.clock = at(later)
    bins = Bins(parts, points(parts), STEP_MS)
    bins.rates(SINCE, later)
    newest = parts.store.series([GAS], since=NOW - HOUR_MS, until=later)[GAS]
    good = np.zeros(1, np.uint8) + Quality.GOOD
    parts.store.fill(
        "back",
        [Series(point=GAS, at=np.array([later - 150_000]), value=newest.value[-1:] + 5.0, quality=good)],
    )
    assert_as_cold(bins, parts, SINCE, later)


def test_an_empty_span_has_no_steps(parts: Parts) -> None:
    assert Bins(parts, points(parts), STEP_MS).rates(SINCE, SINCE)[1] == {}
