"""Any order of arrival, any split into batches, any restart: the same windows and the same result bytes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from agent.bundle import compute, encode
from analytics.meters import needed
from domain.bundle import BundleInputs
from domain.ledger import Body
from domain.periods import DAY_MS, HOUR_MS
from domain.reading import Poll
from domain.windows import Windows
from tests.agent.bundles import DESCRIBED, START, Arrival, Clock, Works, arrivals, bodies, polls

DAYS = 2
COLUMNS = ("since", "until", "amount", "grade", "coverage", "flags", "minimum", "maximum")


def bits(windows: Mapping[str, Windows]) -> dict[str, tuple[bytes, ...]]:
    return {point: tuple(getattr(of, name).tobytes() for name in COLUMNS) for point, of in windows.items()}


def kept(works: Works) -> dict[str, Windows]:
    ids = [point.id for point in needed(works.plant)]
    return dict(works.store.windows(ids, since=0, until=2**53))


def kept_rows(works: Works) -> list[object]:
    """Return every figure that the store keeps; alerts and findings of silence depend on when one looked."""
    kinds = ("intensity", "balance", "pv", "heat", "track", "watch")
    return [row for kind in kinds for row in works.store.results(kind, since=0, until=2**53)]


def inputs_of(works: Works, now: int) -> BundleInputs:
    ids = [point.id for point in needed(works.plant)]
    firsts = works.store.next_good(ids, -1)
    return BundleInputs(
        plant=works.plant,
        method=works.method,
        entries=works.ledger.entries(),
        series=works.store.series(ids, since=0, until=2**53),
        gaps=works.store.gaps(since=0, until=2**53),
        since=min(reading.at for reading in firsts.values()),
        until=now,
        horizon=now,
    )


def live(works: Works, rng: np.random.Generator, coming: list[Arrival], todo: list[Body], end: int) -> None:
    """Let the readings arrive in batches of any size, with cycles, declarations and restarts between them."""
    first = 0
    for cut in sorted({*rng.integers(1, len(coming), 5).tolist(), len(coming)}):
        works.clock.at = max(works.clock.at, coming[cut - 1].at) + 1
        works.sink.write([each.envelope for each in coming[first:cut]])
        first = cut
        if rng.random() < 0.3:
            works.restart()
        if todo and rng.random() < 0.4:
            works.ledger.add([todo.pop()], who="w", why="y", at=works.clock.at)
        if rng.random() < 0.8:
            works.analysis.cycle()
        if rng.random() < 0.2:
            works.restart()
    if todo:
        works.ledger.add(todo, who="w", why="y", at=works.clock.at)
    works.clock.at = end
    works.analysis.cycle()


@pytest.mark.parametrize("seed", [1])
def test_any_order_any_batches_any_restart_give_the_same_windows_and_bytes(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plant, method = DESCRIBED.plant(), DESCRIBED.method
    coming = arrivals(rng, polls(rng, DAYS))
    end = max(each.at for each in coming) + 2 * HOUR_MS
    with (
        closing(Works(tmp_path / "live", plant, method, Clock(START))) as works,
        closing(Works(tmp_path / "fresh", plant, method, Clock(end))) as fresh,
    ):
        live(works, rng, coming, bodies(DAYS)[::-1], end)
        in_order = sorted(coming, key=lambda each: each.envelope.seq)
        fresh.sink.write([each.envelope for each in in_order])
        for entry in works.ledger.entries():
            fresh.ledger.add([entry.body], who=entry.who, why=entry.why, at=entry.at)
        fresh.analysis.cycle()
        computed = compute(inputs_of(fresh, end))
        assert sum(map(len, computed.windows.values())) > 500
        assert bits(kept(works)) == bits(kept(fresh)) == bits(computed.windows)
        assert kept_rows(works) == kept_rows(fresh)
        assert encode(compute(inputs_of(works, end))) == encode(computed)


def test_a_past_that_comes_after_newer_readings_is_followed_to_its_begin(tmp_path: Path) -> None:
    """The first reading of all, and of one point, comes last."""
    rng = np.random.default_rng(3)
    plant, method = DESCRIBED.plant(), DESCRIBED.method
    coming = arrivals(rng, polls(rng, 2))
    end = max(each.at for each in coming) + 2 * HOUR_MS
    newer = [each.envelope for each in coming if _at(each) >= START + DAY_MS]
    older = [each.envelope for each in coming if _at(each) < START + DAY_MS]
    with (
        closing(Works(tmp_path / "live", plant, method, Clock(end))) as works,
        closing(Works(tmp_path / "fresh", plant, method, Clock(end))) as fresh,
    ):
        for batch in (newer, older):
            works.sink.write(batch)
            works.analysis.cycle()
        fresh.sink.write([*older, *newer])
        fresh.analysis.cycle()
        assert bits(kept(works)) == bits(kept(fresh))
        assert kept_rows(works) == kept_rows(fresh)


def _at(each: Arrival) -> int:
    item = each.envelope.item
    return item.at if isinstance(item, Poll) else item.since
