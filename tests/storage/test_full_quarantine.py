"""A quarantine without room: what it cannot take stays in its journal, everything else goes on."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from domain.ports import Envelope, Written
from storage.duckdb import DuckStore
from storage.quarantine import SqliteQuarantine
from tests.storage.bench import Bench, FailingStore
from tests.storage.doubles import DEVICES, envelope, message, poll, wait_until

GHOST = "energy/works/gw1/ghost/readings"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench whose quarantine holds all that it may."""
    made = full_bench(tmp_path)
    made.ingest.start()
    yield made
    made.close()


def full_bench(folder: Path, store: FailingStore | None = None) -> Bench:
    quarantine = SqliteQuarantine(folder / "quarantine.sqlite", cap=1)
    quarantine.put("old: one", b"x", topic="t", key="k", at=1)
    return Bench(folder, store=store, quarantine=quarantine)  # type: ignore[arg-type]  # forwards what it lacks


def offer_ghost(bench: Bench, seq: int) -> None:
    """Offer a reading of a device that is not configured."""
    bench.raw(GHOST, message(envelope(seq))[1])


def test_item_that_found_no_room_is_not_acknowledged_and_its_neighbours_are(full: Bench) -> None:
    offer_ghost(full, 1)
    full.offer(envelope(2), poll(3, {"gas": 3.0, "ghost": 1.0}), envelope(4))
    wait_until(lambda: full.acks.numbers() == {2, 4})
    full.finish()
    assert full.acks.numbers() == {2, 4}
    assert full.values() == [2.0, 4.0]
    health = full.ingest.health()
    assert health.quarantine_full
    assert (health.error, health.store_errors, health.crashes) == ("", 0, 0)
    assert health.quarantined == {}
    assert full.quarantine.count() == {"old": 1, "overflow": 2}


def test_redelivery_stays_unacknowledged_while_full_and_counts_once(full: Bench) -> None:
    for round_ in range(1, 4):
        offer_ghost(full, 1)
        full.offer(envelope(10 + round_))
        wait_until(lambda last=10 + round_: last in full.acks.numbers())  # type: ignore[misc]
    assert full.acks.numbers() == {11, 12, 13}
    assert full.quarantine.count() == {"old": 1, "overflow": 1}


def test_redelivery_is_kept_and_acknowledged_once_there_is_room(tmp_path: Path) -> None:
    before = full_bench(tmp_path)
    offer_ghost(before, 1)
    before.offer(poll(2, {"gas": 2.0, "ghost": 1.0}))
    before.ingest.start()
    wait_until(lambda: before.quarantine.count().get("overflow") == 2)
    assert not before.acks.ranges
    before.close()

    after = Bench(tmp_path)
    offer_ghost(after, 1)
    after.offer(poll(2, {"gas": 2.0, "ghost": 1.0}))
    after.ingest.start()
    wait_until(lambda: after.acks.numbers() == {1, 2})
    assert after.values() == [2.0]
    assert after.quarantine.count() == {"old": 1, "unknown_device": 1, "unknown_point": 1}
    assert not after.ingest.health().quarantine_full
    after.close()


def test_reading_that_becomes_configured_while_quarantine_is_full_is_stored(tmp_path: Path) -> None:
    before = full_bench(tmp_path)
    offer_ghost(before, 1)
    before.ingest.start()
    wait_until(lambda: before.ingest.health().quarantine_full)
    before.close()
    after = Bench(tmp_path)
    after.offer(envelope(1))  # the same number: now its device is known
    after.ingest.start()
    wait_until(lambda: after.acks.numbers() == {1})
    assert after.values() == [1.0]
    after.close()


def test_item_that_the_store_rejects_is_not_acknowledged_without_room(tmp_path: Path) -> None:
    store = FailingStore(DuckStore(tmp_path / "store.duckdb", DEVICES))
    inner = store.inner.write

    def write(batch: Sequence[Envelope]) -> Written:
        good = inner([one for one in batch if one.seq != 2])
        bad = {(one.journal, one.seq): "no" for one in batch if one.seq == 2}
        return Written(readings=good.readings, duplicates=good.duplicates, rejected=bad)

    store.write = write  # type: ignore[method-assign]
    bench = full_bench(tmp_path, store)
    bench.offer(*(envelope(seq) for seq in (1, 2, 3)))
    bench.ingest.start()
    wait_until(lambda: bench.acks.numbers() == {1, 3})
    bench.finish()
    assert bench.acks.numbers() == {1, 3}
    assert bench.quarantine.count() == {"old": 1, "overflow": 1}
    bench.close()


def test_fullness_is_logged_once_and_its_end_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = full_bench(tmp_path)
    with caplog.at_level(logging.INFO, logger="storage.ingest"):
        for seq in (1, 2):
            offer_ghost(bench, seq)
        bench.ingest.start()
        wait_until(lambda: bench.quarantine.count().get("overflow") == 2)
        with closing(sqlite3.connect(tmp_path / "quarantine.sqlite", isolation_level=None)) as person:
            person.execute("DELETE FROM item")
        offer_ghost(bench, 1)
        wait_until(lambda: bench.acks.numbers() == {1})
        assert bench.quarantine.count() == {"unknown_device": 1, "overflow": 1}
    bench.close()
    events = [record.getMessage().split()[0] for record in caplog.records]
    assert events == ["quarantine_full", "quarantine_has_room"]
