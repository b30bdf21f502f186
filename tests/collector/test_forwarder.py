"""The forwarder: nothing committed is forgotten, live data never waits, losses are counted and noted."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from collector.forwarder import Forwarder, Limits
from collector.journal import Journal
from domain.reading import Gap, Quality
from domain.wire import ack_topic, decode_item, encode_ack
from tests.collector.journals import GATEWAY, SITE, Outbox, eventually, open_journal, poll
from tests.collector.test_journal import child, seqs

ACK = ack_topic(SITE, GATEWAY)


@contextmanager
def forwarding(
    journal: Journal, outbox: Outbox, *, stop_s: float = 5.0, **limits: Any
) -> Iterator[Forwarder]:
    """Give a running forwarder; stop it and close the journal at the end."""
    given = Limits(**{"linger_s": 0.005, "ack_timeout_s": 0.3, "max_rest_s": 1.0, **limits})
    forwarder = Forwarder(journal, outbox, limits=given)
    forwarder.start()
    try:
        yield forwarder
    finally:
        assert forwarder.stop(stop_s)
        journal.close()


def sent(outbox: Outbox) -> list[int]:
    return [json.loads(payload)["seq"] for payload in outbox.sent]


def acknowledge(forwarder: Forwarder, journal_id: str, *ranges: tuple[int, int]) -> None:
    forwarder.take_ack(ACK, encode_ack(journal_id, ranges))


def store_behind(outbox: Outbox, forwarder: Forwarder) -> None:
    """Let the outbox's other end acknowledge every message at once."""

    def commit(topic: str, payload: bytes) -> None:
        message = json.loads(payload)
        acknowledge(forwarder, message["journal"], (message["seq"], message["seq"]))

    outbox.react = commit


# The way of a reading


def test_a_poll_is_published_and_stays_until_the_store_has_it(tmp_path: Path) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    with forwarding(journal, outbox, ack_timeout_s=60) as forwarder:
        forwarder.put(poll(1))
        forwarder.put(poll(2))
        eventually(lambda: sent(outbox) == [1, 2])
        assert forwarder.depth == 2
        acknowledge(forwarder, journal.id, (1, 1))
        eventually(lambda: forwarder.depth == 1)
        acknowledge(forwarder, journal.id, (1, 2))
        eventually(lambda: forwarder.depth == 0)
        assert forwarder.health.acknowledged == 2
    again = open_journal(tmp_path / "j.db")
    assert seqs(again) == []
    again.close()


@pytest.mark.parametrize(
    "payload",
    [
        encode_ack("another", [(1, 2**62)]), b"", b"\xff\xfe", b"[" * 50_000,
        b'{"v":1,"journal":"ID","ranges":[[1,1e400]]}',
        b'{"v":1,"journal":"ID","ranges":[[-5,99999999999999999999]]}',
        b'{"v":1,"journal":"ID","ranges":[[1,9223372036854775808]]}',
        b'{"v":2,"journal":"ID","ranges":[[1,9]]}',
    ],
)  # fmt: skip
def test_an_acknowledgement_that_is_not_ours_or_none_at_all_changes_nothing(
    tmp_path: Path, payload: bytes
) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    with forwarding(journal, outbox) as forwarder:
        forwarder.put(poll(1))
        eventually(lambda: forwarder.health.journalled == 1)
        forwarder.take_ack(ACK, payload.replace(b"ID", journal.id.encode()))
        forwarder.put(poll(2))
        eventually(lambda: forwarder.health.journalled == 2)
        assert forwarder.is_alive
        assert forwarder.depth == 2


def test_killed_between_commit_and_publish_it_is_published_after_the_restart(tmp_path: Path) -> None:
    """Fault 3."""
    path = tmp_path / "j.db"
    process = child("publish", path, "committed")
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (9, b"")
    journal, outbox = open_journal(path), Outbox()
    assert seqs(journal) == list(range(1, 11))
    with forwarding(journal, outbox) as forwarder:
        store_behind(outbox, forwarder)
        eventually(lambda: forwarder.depth == 0)
        assert sorted(set(sent(outbox))) == list(range(1, 11))


def test_stopping_commits_and_publishes_what_still_waits(tmp_path: Path) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    with forwarding(journal, outbox, linger_s=0.3) as forwarder:
        for at in range(500):
            forwarder.put(poll(at))
    assert len(set(sent(outbox))) == 500
    again = open_journal(tmp_path / "j.db")
    assert again.depth() == 500
    again.close()


def test_one_commit_serves_many_polls(tmp_path: Path) -> None:
    commits: list[str] = []
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    forwarder = Forwarder(journal, outbox, limits=Limits(linger_s=0.05), failpoint=commits.append)
    forwarder.start()
    for at in range(1000):
        forwarder.put(poll(at))
    eventually(lambda: forwarder.health.journalled == 1000)
    assert forwarder.stop(5)
    journal.close()
    assert len(commits) <= 5


# Backlog


def filled(path: Path, count: int) -> Journal:
    journal = open_journal(path)
    journal.append([poll(at) for at in range(1, count + 1)])
    journal.commit()
    return journal


def test_a_backlog_goes_oldest_first_and_one_window_at_a_time(tmp_path: Path) -> None:
    journal, outbox = filled(tmp_path / "j.db", 250), Outbox()
    with forwarding(journal, outbox, window=100, ack_timeout_s=60) as forwarder:
        eventually(lambda: len(outbox.sent) == 100)
        time.sleep(0.1)
        assert sent(outbox) == list(range(1, 101))
        acknowledge(forwarder, journal.id, (1, 60))
        time.sleep(0.1)
        assert len(outbox.sent) == 100
        acknowledge(forwarder, journal.id, (61, 100))
        eventually(lambda: len(outbox.sent) == 200)
        acknowledge(forwarder, journal.id, (101, 200))
        eventually(lambda: len(outbox.sent) == 250)
        assert sent(outbox) == list(range(1, 251))
        acknowledge(forwarder, journal.id, (201, 250))
        eventually(lambda: forwarder.depth == 0)


def test_live_polls_do_not_wait_behind_a_backlog_that_nobody_acknowledges(tmp_path: Path) -> None:
    journal, outbox = filled(tmp_path / "j.db", 5000), Outbox()
    with forwarding(journal, outbox, window=100) as forwarder:
        eventually(lambda: len(outbox.sent) == 100)
        for number in range(20):
            began = time.monotonic()
            forwarder.put(poll(10_000 + number))
            eventually(lambda wanted=5001 + number: wanted in sent(outbox))  # type: ignore[misc]
            assert time.monotonic() - began < 0.5


def test_a_store_that_is_silent_is_not_flooded(tmp_path: Path) -> None:
    journal, outbox = filled(tmp_path / "j.db", 50), Outbox()
    with forwarding(journal, outbox, window=10, ack_timeout_s=0.1, max_rest_s=0.4) as forwarder:
        for at in range(60):  # live polls keep the forwarder turning
            forwarder.put(poll(1000 + at))
            time.sleep(0.02)
        windows = forwarder.health.resent / 10
        assert 2 <= windows <= 6  # with no rest it would be 12
        assert {seq for seq in sent(outbox) if seq <= 50} == set(range(1, 11))
        store_behind(outbox, forwarder)
        eventually(lambda: forwarder.depth == 0)


def test_a_slow_store_that_makes_progress_is_not_sent_the_same_again(tmp_path: Path) -> None:
    journal, outbox = filled(tmp_path / "j.db", 100), Outbox()
    with forwarding(journal, outbox, window=100, ack_timeout_s=0.5) as forwarder:
        eventually(lambda: len(outbox.sent) == 100)
        for first in range(1, 101, 10):
            time.sleep(0.15)
            acknowledge(forwarder, journal.id, (first, first + 9))
        eventually(lambda: forwarder.depth == 0)
        assert len(outbox.sent) == 100


def test_a_message_that_is_never_acknowledged_does_not_hold_up_the_others(tmp_path: Path) -> None:
    journal, outbox = filled(tmp_path / "j.db", 150), Outbox()
    with forwarding(journal, outbox, window=50, ack_timeout_s=0.1) as forwarder:

        def commit(topic: str, payload: bytes) -> None:
            seq = json.loads(payload)["seq"]
            if seq != 7:
                acknowledge(forwarder, journal.id, (seq, seq))

        outbox.react = commit
        eventually(lambda: forwarder.depth <= 1, within_s=10)


def test_after_a_lost_connection_everything_unacknowledged_goes_again(tmp_path: Path) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    with forwarding(journal, outbox, ack_timeout_s=60) as forwarder:
        forwarder.put(poll(1))
        eventually(lambda: sent(outbox) == [1])
        outbox.is_connected = False
        forwarder.put(poll(2))
        eventually(lambda: forwarder.health.journalled == 2)
        outbox.sent.clear()
        outbox.is_connected = True
        forwarder.put(poll(3))
        eventually(lambda: set(sent(outbox)) >= {1, 2, 3})


def test_what_the_client_had_no_room_for_goes_with_the_backlog(tmp_path: Path) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox(room=3)
    with forwarding(journal, outbox, ack_timeout_s=0.2) as forwarder:
        for at in range(10):
            forwarder.put(poll(at))
        eventually(lambda: len(outbox.sent) == 3)
        outbox.room = 10_000
        store_behind(outbox, forwarder)
        eventually(lambda: forwarder.depth == 0)


# Bounds


def test_polls_that_find_no_room_in_memory_are_counted_and_become_a_gap(tmp_path: Path) -> None:
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox()
    forwarder = Forwarder(journal, outbox, limits=Limits(waiting=5, linger_s=0.0))
    for at in range(100, 120):
        forwarder.put(poll(at))
        forwarder.put(poll(at, "m2"))
    forwarder.start()
    eventually(lambda: forwarder.health.journalled == 7)
    assert forwarder.stop(5)
    assert forwarder.health.dropped == {"memory_full": 35}
    items = [decode_item(r.topic, r.payload, received_ms=0).item for r in journal.read(after=0, limit=50)]
    journal.close()
    assert [item for item in items if isinstance(item, Gap)] == [
        Gap(device="m2", since=102, until=120, quality=Quality.JOURNAL_FULL),
        Gap(device="m1", since=103, until=120, quality=Quality.JOURNAL_FULL),
    ]


def test_over_its_cap_the_journal_drops_the_oldest_counts_them_and_leaves_a_gap(tmp_path: Path) -> None:
    """Fault 38."""
    journal, outbox = open_journal(tmp_path / "j.db"), Outbox(connected=False)
    cap = 300_000
    with forwarding(journal, outbox, journal_bytes=cap) as forwarder:
        for batch in range(60):
            for at in range(100):
                forwarder.put(poll(1000 * (100 * batch + at), f"m{at % 4}"))
            eventually(lambda wanted=100 * batch + 100: forwarder.health.journalled >= wanted)  # type: ignore[misc]
            eventually(lambda: not forwarder._waiting)
        health = forwarder.health
        dropped = health.dropped["journal_full"]
        assert dropped > 1000
        assert health.size_bytes <= 1.2 * cap
    assert (tmp_path / "j.db").stat().st_size <= 2 * cap
    again = open_journal(tmp_path / "j.db")
    rows = again.read(after=0, limit=10**6)
    again.close()
    items = [decode_item(row.topic, row.payload, received_ms=0).item for row in rows]
    kept = {(item.device, item.at) for item in items if not isinstance(item, Gap)}
    gaps = [item for item in items if isinstance(item, Gap)]
    assert health.journalled == len(rows) + dropped
    assert len(rows) == health.depth
    for at in range(6000):
        device, instant = f"m{at % 100 % 4}", 1000 * at
        covered = any(gap.device == device and gap.since <= instant < gap.until for gap in gaps)
        assert ((device, instant) in kept) != covered


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a file system of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("a small tmpfs needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(file, bytes(4096))
    os.close(file)


def test_a_full_disk_is_said_loses_nothing_in_hand_and_is_left_behind(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 15."""
    caplog.set_level(logging.INFO)
    journal, outbox = open_journal(small_disk / "j.db"), Outbox(connected=False)
    ballast = small_disk / "ballast"
    numbers = itertools.count(1)
    with forwarding(journal, outbox, waiting=400) as forwarder:
        forwarder.put(poll(next(numbers)))
        eventually(lambda: forwarder.health.journalled == 1)
        fill(ballast)
        while not forwarder.health.error:
            for _ in range(20):
                forwarder.put(poll(next(numbers)))
            time.sleep(0.02)
        assert "full" in forwarder.health.error
        for _ in range(1000):
            forwarder.put(poll(next(numbers)))
        time.sleep(2.2)
        assert forwarder.is_alive
        assert "full" in forwarder.health.error
        dropped = forwarder.health.dropped["memory_full"]
        assert 500 <= dropped <= 1000
        ballast.unlink()
        eventually(lambda: not forwarder.health.error)
        eventually(lambda: not forwarder._waiting)
        last = next(numbers)
        forwarder.put(poll(last))
        eventually(lambda: not forwarder._waiting)
    again = open_journal(small_disk / "j.db")
    items = [
        decode_item(row.topic, row.payload, received_ms=0).item for row in again.read(after=0, limit=9999)
    ]
    again.close()
    (gap,) = [item for item in items if isinstance(item, Gap)]
    kept = {item.at for item in items if not isinstance(item, Gap)}
    assert kept | set(range(gap.since, gap.until)) == set(range(1, last + 1))
    assert len(kept) == last - dropped
    messages = [record.message for record in caplog.records if "journal" in record.message]
    assert len(messages) == 2  # said once when it fails and once when it works


def test_a_stop_while_the_disk_is_full_ends_in_time(small_disk: Path) -> None:
    """Fault 36, in small."""
    journal, outbox = open_journal(small_disk / "j.db"), Outbox(connected=False)
    with forwarding(journal, outbox, waiting=4000, stop_s=2.0) as forwarder:
        while not forwarder.health.error:
            forwarder.put(poll(1))
            time.sleep(0.0005)
