"""From the bus into the store: everything is stored once or in quarantine, and acknowledged only then."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BusError, StoreRejected, StoreUnavailable
from domain.ports import Envelope, Written
from domain.reading import ALL_POINTS, Gap, Poll, Quality
from domain.wire import encode_item
from storage.backoff import MAX_RETRY_AFTER_S, Backoff
from storage.duckdb import DuckStore
from storage.influx import InfluxStore
from storage.ingest import Ingest
from storage.quarantine import SqliteQuarantine
from storage.ranges import Range
from tests.storage.bench import QUICK, Bench, FailingStore
from tests.storage.doubles import (
    DEVICES,
    NOW,
    SOURCE,
    Answer,
    StandingClock,
    envelope,
    fake_influx,
    message,
    poll,
    wait_until,
)

ROOT = Path(__file__).parents[2]
TOPIC = "energy/works/gw1/boiler/readings"


def test_messages_are_stored_then_acknowledged_as_ranges(bench: Bench) -> None:
    bench.offer(*(envelope(seq) for seq in (1, 2, 3, 5)))
    wait_until(lambda: bench.acks.numbers() == {1, 2, 3, 5})
    assert bench.values() == [1.0, 2.0, 3.0, 5.0]
    assert {ack[:3] for ack in bench.acks.ranges} == {("works", "gw1", "j1")}
    health = bench.ingest.health()
    assert (health.is_alive, health.error, health.messages, health.readings) == (True, "", 4, 8)
    assert health.last_commit_monotonic is not None


def test_duplicates_are_acknowledged_again_and_stored_once(bench: Bench) -> None:
    bench.offer(envelope(1))
    wait_until(lambda: len(bench.acks.ranges) == 1)
    bench.offer(envelope(1))
    wait_until(lambda: len(bench.acks.ranges) == 2)
    assert bench.store.count() == 2
    assert bench.ingest.health().duplicates == 1


def test_failed_poll_and_gap_arrive(bench: Bench) -> None:
    gap = Gap(device="boiler", since=NOW - 60_000, until=NOW, quality=Quality.AGENT_DOWN)
    failed = poll(1, {}, {ALL_POINTS: Quality.NO_ANSWER})
    bench.offer(failed, Envelope(journal="j1", seq=2, received_ms=NOW, item=gap))
    wait_until(lambda: bench.acks.numbers() == {1, 2})
    assert bench.store.count() == 2
    assert bench.store.gaps(since=0, until=2 * NOW) == [gap]


def test_unknown_point_goes_to_quarantine_and_its_neighbours_stay(bench: Bench) -> None:
    bench.offer(poll(1, {"gas": 1.5, "ghost": 2.0}))
    wait_until(lambda: bench.acks.numbers() == {1})
    assert bench.values() == [1.5]
    assert bench.quarantine.count() == {"unknown_point": 1}
    [(at, reason, topic, payload)] = bench.quarantine.items(limit=5)
    assert (at, reason, topic) == (NOW, "unknown_point: boiler has no ghost", TOPIC)
    assert b'"ghost":2.0' in payload


@pytest.mark.parametrize(
    ("topic", "at", "code"),
    [
        (TOPIC, NOW + 11 * 60_000, "future"),
        (TOPIC, NOW - 401 * 86_400_000, "too_old"),
        ("energy/works/gw1/ghost/readings", NOW, "unknown_device"),
    ],
)
def test_what_may_not_be_stored_is_quarantined_then_acknowledged_once(
    bench: Bench, topic: str, at: int, code: str
) -> None:
    item = Poll(device="boiler", at=at, values={"gas": 1.0})
    for _ in range(2):
        bench.raw(topic, encode_item(item, "j1", 1))
    wait_until(lambda: bench.acks.numbers() == {1})
    bench.finish()
    assert bench.store.count() == 0
    assert bench.quarantine.count() == {code: 1}
    assert bench.ingest.health().quarantined == {code: 1}


def test_instants_just_inside_the_window_are_stored(bench: Bench) -> None:
    first = Poll(device="boiler", at=NOW + 10 * 60_000, values={"gas": 1.0})
    last = Poll(device="boiler", at=NOW - 400 * 86_400_000, values={"gas": 2.0})
    bench.raw(TOPIC, encode_item(first, "j1", 1))
    bench.raw(TOPIC, encode_item(last, "j1", 2))
    wait_until(lambda: bench.acks.numbers() == {1, 2})
    assert bench.store.count() == 2


def test_retained_message_is_never_a_reading_and_never_acknowledged(bench: Bench) -> None:
    bench.raw(*message(envelope(1)), retain=True)
    wait_until(lambda: bench.quarantine.count() == {"retained": 1})
    bench.offer(envelope(1))  # the true one, from its journal
    wait_until(lambda: bench.acks.numbers() == {1})
    assert bench.values() == [1.0]
    assert len(bench.acks.ranges) == 1


def test_rejected_by_the_store_goes_to_quarantine_then_is_acknowledged(tmp_path: Path) -> None:
    def rule(lines: list[str]) -> Answer:
        is_bad = any("=3.0," in line for line in lines)
        return Answer(400, b'{"message":"no"}') if is_bad else Answer(204)

    with fake_influx(rule) as server:
        store = InfluxStore(server.url, sources=[SOURCE], org="o", bucket="b", token="t")
        bench = Bench(tmp_path, store=store)
        bench.offer(*(envelope(seq) for seq in range(1, 6)))
        bench.ingest.start()
        wait_until(lambda: bench.acks.numbers() == {1, 2, 3, 4, 5})
        bench.close()
    again = SqliteQuarantine(tmp_path / "quarantine.sqlite")
    assert again.count() == {"rejected": 1}
    again.close()
    assert len(server.accepted) == 8


def test_store_that_refuses_whole_batches_loses_only_the_culprit(shut: tuple[Bench, FailingStore]) -> None:
    bench, store = shut
    inner = store.inner.write

    def write(batch: Sequence[Envelope]) -> Written:
        if any(one.seq == 4 for one in batch):
            raise StoreRejected("store", "does not like four")
        return inner(batch)

    store.write = write  # type: ignore[method-assign]
    bench.offer(*(envelope(seq) for seq in range(1, 9)))
    bench.ingest.start()
    wait_until(lambda: bench.acks.numbers() == set(range(1, 9)))
    assert bench.values() == [1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 8.0]
    assert bench.quarantine.count() == {"rejected": 1}


def test_outage_keeps_the_batch_and_says_so_once(
    shut: tuple[Bench, FailingStore], caplog: pytest.LogCaptureFixture
) -> None:
    bench, store = shut
    store.error = StoreUnavailable("store", "is away")
    with caplog.at_level(logging.INFO, logger="storage.ingest"):
        bench.offer(*(envelope(seq) for seq in range(1, 4)))
        bench.ingest.start()
        wait_until(lambda: store.calls > 4)
        health = bench.ingest.health()
        assert (health.is_alive, health.error) == (True, "store: is away")
        assert health.in_hand == 3
        assert not bench.acks.ranges
        store.error = None
        wait_until(lambda: bench.acks.numbers() == {1, 2, 3})
    assert bench.ingest.health().error == ""
    assert bench.ingest.health().store_errors >= 4
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "store_unavailable",
        "store_recovered",
    ]


def test_queue_is_bounded_by_number_and_by_bytes(shut: tuple[Bench, FailingStore], tmp_path: Path) -> None:
    bench, _ = shut
    small = Ingest(
        bench.store,
        bench.quarantine,
        [SOURCE],
        StandingClock(),
        bench.acks,
        limits=replace(QUICK, queue_messages=5, queue_bytes=5000),
    )
    taken = [small.offer("t", b"x", retain=False, received_ms=0) for _ in range(8)]
    assert taken == [True] * 5 + [False] * 3
    assert small.health().deferred == 3
    heavy = Ingest(
        bench.store,
        bench.quarantine,
        [SOURCE],
        StandingClock(),
        bench.acks,
        limits=replace(QUICK, queue_bytes=5000),
    )
    assert [heavy.offer("t", b"x" * 4000, retain=False, received_ms=0) for _ in range(2)] == [True, False]


def test_wish_of_a_busy_server_is_honoured(shut: tuple[Bench, FailingStore]) -> None:
    bench, store = shut
    store.error = StoreUnavailable("store", "is busy", retry_after_s=0.4)
    bench.offer(envelope(1))
    bench.ingest.start()
    wait_until(lambda: store.calls == 2)
    assert store.calls_at[1] - store.calls_at[0] >= 0.4
    store.error = None


def test_backoff_doubles_with_jitter_to_its_ceiling() -> None:
    dice = random.Random(5)
    backoff = Backoff(dice.random, first_s=0.5, most_s=30.0)
    waits = [backoff.next_s() for _ in range(12)]
    for attempt, wait in enumerate(waits):
        ceiling = min(30.0, 0.5 * 2**attempt)
        assert ceiling / 2 <= wait <= ceiling
    assert len(set(waits)) == len(waits)
    assert MAX_RETRY_AFTER_S <= backoff.next_s(1e9) <= MAX_RETRY_AFTER_S + 30
    backoff.reset()
    assert backoff.next_s() <= 0.5


def test_unexpected_exception_does_not_end_the_worker(shut: tuple[Bench, FailingStore]) -> None:
    bench, store = shut
    store.error = ZeroDivisionError("surprise")
    bench.ingest.start()
    bench.offer(envelope(1))
    wait_until(lambda: bench.ingest.health().crashes == 1)
    health = bench.ingest.health()
    assert health.is_alive
    assert health.last_error == "ZeroDivisionError: surprise"
    assert not bench.acks.ranges
    store.error = None
    bench.offer(envelope(1), envelope(2))  # the journal sends again what was not acknowledged
    wait_until(lambda: bench.acks.numbers() == {1, 2})
    assert bench.values() == [1.0, 2.0]


def test_acknowledgement_that_does_not_go_out_is_tried_again(bench: Bench) -> None:
    bench.acks.is_up = False
    bench.offer(envelope(1))
    wait_until(lambda: bench.ingest.health().ack_errors > 2)
    bench.acks.is_up = True
    wait_until(lambda: bench.acks.numbers() == {1})


def test_broker_error_in_an_acknowledgement_is_survived(tmp_path: Path) -> None:
    calls: list[int] = []

    def acknowledge(site: str, gateway: str, journal: str, ranges: Sequence[Range]) -> bool:
        calls.append(len(ranges))
        if len(calls) == 1:
            raise BusError("broker", "went away")
        return True

    store = DuckStore(tmp_path / "s.duckdb", DEVICES)
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite")
    ingest = Ingest(store, quarantine, [SOURCE], StandingClock(), acknowledge, limits=QUICK)
    ingest.start()
    ingest.offer(*message(envelope(1)), retain=False, received_ms=NOW)
    wait_until(lambda: len(calls) == 2)
    assert ingest.stop(5)
    assert ingest.health().crashes == 0
    store.close()
    quarantine.close()


def test_stop_drains_commits_and_acknowledges(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits=replace(QUICK, batch_messages=10, linger_s=5.0))
    bench.offer(*(envelope(seq) for seq in range(1, 96)))
    bench.ingest.start()
    start = time.monotonic()
    assert bench.ingest.stop(10)
    assert time.monotonic() - start < 4
    assert bench.acks.numbers() == set(range(1, 96))
    assert bench.store.count() == 190
    bench.close()


def test_stop_during_an_outage_ends_in_time_and_acknowledges_nothing(
    shut: tuple[Bench, FailingStore],
) -> None:
    bench, store = shut
    store.error = StoreUnavailable("store", "is away", retry_after_s=100)
    bench.offer(*(envelope(seq) for seq in range(1, 5)))
    bench.ingest.start()
    wait_until(lambda: store.calls == 1)
    start = time.monotonic()
    assert bench.ingest.stop(5)
    assert time.monotonic() - start < 2
    assert not bench.acks.ranges
    store.error = None


def test_offer_from_many_threads_loses_nothing(bench: Bench) -> None:
    def send(first: int) -> None:
        for seq in range(first, first + 100):
            bench.offer(envelope(seq))

    threads = [threading.Thread(target=send, args=(1 + 100 * place,)) for place in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    wait_until(lambda: bench.acks.numbers() == set(range(1, 401)))
    assert bench.store.count() == 800


def test_killed_between_commit_and_acknowledgement_stores_once(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.storage.killed_ingest", str(tmp_path)],
        cwd=ROOT,
        check=False,
        timeout=30,
    )
    assert killed.returncode == 9
    bench = Bench(tmp_path)
    assert bench.store.count() == 40
    bench.offer(*(envelope(seq) for seq in range(1, 26)))
    bench.ingest.start()
    wait_until(lambda: bench.acks.numbers() == set(range(1, 26)))
    health = bench.ingest.health()
    assert (health.duplicates, health.readings) == (20, 10)
    assert bench.values() == [float(seq) for seq in range(1, 26)]
    bench.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_order_every_message_is_stored_once_or_quarantined(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("ingest")
    many = data.draw(st.integers(1, 40))
    bad = data.draw(st.sets(st.integers(1, many), max_size=5))
    order = data.draw(
        st.permutations(sorted([*range(1, many + 1), *data.draw(st.lists(st.integers(1, many)))]))
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=3)))
    acknowledged: set[int] = set()
    for first, last in zip([0, *cuts], [*cuts, len(order)], strict=True):
        bench = Bench(folder)  # a restart between the parts
        for seq in order[first:last]:
            bench.offer(poll(seq, {"gas": float(seq), **({"ghost": 1.0} if seq in bad else {})}))
        bench.ingest.start()
        assert bench.ingest.stop(10)
        acknowledged |= bench.acks.numbers()
        values = bench.values()
        counts: Mapping[str, int] = bench.quarantine.count()
        bench.close()
    assert acknowledged == set(range(1, many + 1))
    assert values == [float(seq) for seq in range(1, many + 1)]
    assert counts == ({"unknown_point": len(bad)} if bad else {})
