"""Two ways in which a late reading could be forgotten, each as small as it can be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from domain.periods import HOUR_MS
from domain.ports import Envelope
from domain.reading import Poll
from tests.agent.bundles import DESCRIBED, START, Clock, Works
from tests.agent.test_bundle_order import bits, kept, kept_rows

STEP_MS = 15 * 60_000


def envelopes(device: str, name: str, first: int, count: int) -> list[Envelope]:
    """Return a reading every quarter of an hour, a minute past; values rise unevenly."""
    found = []
    for place in range(count):
        at = first + 60_000 + place * STEP_MS
        poll = Poll(device=device, at=at, values={name: 100.0 + place * 10 + place % 3})
        found.append(Envelope(journal=device, seq=at, received_ms=at, item=poll))
    return found


def equals_fresh(folder: Path, works: Works, every: Sequence[Envelope]) -> bool:
    with closing(Works(folder, works.plant, works.method, Clock(works.clock.at))) as fresh:
        fresh.sink.write(every)
        fresh.analysis.cycle()
        return bits(kept(works)) == bits(kept(fresh)) and kept_rows(works) == kept_rows(fresh)


def test_a_late_reading_of_the_newest_hours_changes_the_window_before_its_hour(tmp_path: Path) -> None:
    every = envelopes("gas_main", "volume", START, 86)
    hour = START + 12 * HOUR_MS
    late = [each for each in every if isinstance(each.item, Poll) and each.item.at == hour + 60_000]
    clock = Clock(START + 22 * HOUR_MS)
    with closing(Works(tmp_path / "live", DESCRIBED.plant(), DESCRIBED.method, clock)) as works:
        works.sink.write([each for each in every if each not in late])
        works.analysis.cycle()
        assert not equals_fresh(tmp_path / "before", works, every)
        works.sink.write(late)
        works.analysis.cycle()
        assert equals_fresh(tmp_path / "after", works, every)


def test_a_first_reading_between_the_last_cycle_and_a_kill_closes_the_windows_that_waited(
    tmp_path: Path,
) -> None:
    gas = envelopes("gas_main", "volume", START, 24)
    oven = envelopes("oven", "temperature", START + 6 * HOUR_MS, 3)
    clock = Clock(START + 6 * HOUR_MS + 60_000)
    with closing(Works(tmp_path / "live", DESCRIBED.plant(), DESCRIBED.method, clock)) as works:
        works.sink.write(gas)
        works.analysis.cycle()
        works.sink.write(oven)
        works.restart()
        clock.at += 50 * 60_000
        works.analysis.cycle()
        assert equals_fresh(tmp_path / "after", works, [*gas, *oven])
