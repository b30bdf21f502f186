from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.dirty import DirtyHours, NotingStore
from domain.errors import StoreUnavailable
from domain.periods import HOUR_MS
from domain.ports import Envelope, Written
from domain.reading import Gap, Poll, Quality

NOON = 1_790_000_000_000 // HOUR_MS * HOUR_MS


class Sink:
    def __init__(self, dirty: DirtyHours, *, fails: bool = False) -> None:
        self._dirty, self._fails = dirty, fails
        self.seen_while_committing: dict[str, Sequence[int]] = {}

    def write(self, batch: Sequence[Envelope]) -> Written:
        self.seen_while_committing = dict(self._dirty.take())
        self._dirty.done(self.seen_while_committing, watermark=NOON)
        if self._fails:
            raise StoreUnavailable("store", "is full")
        return Written(readings=len(batch), duplicates=0)


def poll(at: int) -> Envelope:
    return Envelope(journal="j", seq=1, received_ms=at, item=Poll(device="m", at=at, values={"x": 1.0}))


@pytest.fixture
def dirty(tmp_path: Path) -> DirtyHours:
    return DirtyHours(tmp_path / "analytics.sqlite")


def test_hour_of_each_reading_is_noted_once(dirty: DirtyHours) -> None:
    for at in (NOON, NOON + 1, NOON + HOUR_MS):
        dirty.note("m", at, at + 1)
    assert dirty.take() == {"m": [NOON, NOON + HOUR_MS]}
    assert dirty.take() == {}


def test_gap_notes_every_hour_that_it_touches(dirty: DirtyHours) -> None:
    gap = Gap(device="m", since=NOON + 1, until=NOON + 2 * HOUR_MS, quality=Quality.AGENT_DOWN)
    NotingStore(Sink(dirty), dirty).write([Envelope(journal="j", seq=1, received_ms=0, item=gap)])
    assert dirty.take() == {"m": [NOON, NOON + HOUR_MS]}


def test_what_is_computed_while_the_commit_is_under_way_is_noted_again(dirty: DirtyHours) -> None:
    sink = Sink(dirty)
    NotingStore(sink, dirty).write([poll(NOON - 1)])
    assert sink.seen_while_committing == {"m": [NOON - HOUR_MS]}
    assert dirty.take() == {"m": [NOON - HOUR_MS]}


def test_failed_commit_leaves_a_note_and_its_error(dirty: DirtyHours) -> None:
    with pytest.raises(StoreUnavailable):
        NotingStore(Sink(dirty, fails=True), dirty).write([poll(NOON)])
    assert dirty.take() == {"m": [NOON]}


def test_late_hour_survives_a_restart_until_it_is_computed(tmp_path: Path) -> None:
    path = tmp_path / "analytics.sqlite"
    first = DirtyHours(path)
    first.done({}, watermark=NOON)
    first.note("m", NOON - HOUR_MS, NOON)
    first.note("m", NOON, NOON + 1)  # from the watermark on all is computed again anyway
    second = DirtyHours(path)
    assert second.watermark == NOON
    taken = second.take()
    assert taken == {"m": [NOON - HOUR_MS]}
    assert DirtyHours(path).take() == taken
    second.done(taken, watermark=NOON)
    assert DirtyHours(path).take() == {}


def test_note_made_during_the_computation_stays(tmp_path: Path) -> None:
    path = tmp_path / "analytics.sqlite"
    dirty = DirtyHours(path)
    dirty.done({}, watermark=NOON)
    dirty.note("m", NOON - 1, NOON)
    taken = dirty.take()
    dirty.note("m", NOON - 1, NOON)
    dirty.done(taken, watermark=NOON)
    assert DirtyHours(path).take() == {"m": [NOON - HOUR_MS]}


def test_open_hour_becomes_a_late_one_when_the_watermark_passes_it(tmp_path: Path) -> None:
    path = tmp_path / "analytics.sqlite"
    dirty = DirtyHours(path)
    dirty.note("m", NOON, NOON + 1)
    dirty.done({}, watermark=NOON + HOUR_MS)
    assert DirtyHours(path).take() == {"m": [NOON]}


def test_what_could_not_be_computed_is_given_back(dirty: DirtyHours) -> None:
    dirty.note("m", NOON, NOON + 1)
    dirty.give_back(dirty.take())
    assert dirty.take() == {"m": [NOON]}
