"""The journal through kills, torn files, full disks and second agents: real SQLite, real processes."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collector.journal import Journal, Row
from domain.errors import JournalError, JournalInUse
from domain.reading import Gap, Quality
from domain.wire import decode_item
from tests.collector.journals import GATEWAY, SITE, open_journal, poll

ROOT = Path(__file__).parents[2]


def child(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.collector.journals", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def seqs(journal: Journal) -> list[int]:
    return [row.seq for row in journal.read(after=0, limit=10**6)]


def test_a_row_is_the_message_that_goes_out(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "state" / "journal.db")
    gap = Gap(device="m2", since=5, until=9, quality=Quality.AGENT_DOWN)
    rows = journal.append([poll(7), gap])
    journal.commit()
    assert journal.read(after=0, limit=10) == rows
    envelopes = [decode_item(row.topic, row.payload, received_ms=0) for row in rows]
    assert [envelope.item for envelope in envelopes] == [poll(7), gap]
    assert [(envelope.journal, envelope.seq) for envelope in envelopes] == [(journal.id, 1), (journal.id, 2)]
    assert journal.last_poll() == {"m1": 7, "m2": 9}
    assert journal.depth() == 2
    journal.close()


def test_acknowledged_rows_go_and_their_numbers_never_come_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path)
    journal.append([poll(at) for at in range(1, 11)])
    assert journal.delete([(1, 3), (5, 5), (9, 400)]) == 6
    journal.commit()
    assert seqs(journal) == [4, 6, 7, 8]
    assert journal.delete([(1, 2**63 - 1)]) == 4
    journal.commit()
    name = journal.id
    journal.close()
    again = open_journal(path)
    assert again.id != name
    assert [row.seq for row in again.append([poll(1)])] == [11]
    again.close()


def test_a_rollback_leaves_what_was_committed_and_no_number_twice(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db")
    journal.append([poll(1), poll(2)])
    journal.commit()
    journal.append([poll(3)])
    journal.delete([(1, 1)])
    journal.rollback()
    assert seqs(journal) == [1, 2]
    assert journal.last_poll() == {"m1": 2}
    (row,) = journal.append([poll(4)])
    journal.commit()
    assert row.seq > 2
    assert seqs(journal) == [1, 2, row.seq]
    journal.close()


def test_a_late_poll_does_not_move_the_mark_of_its_device_back(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db")
    journal.append([poll(100)])
    journal.append([Gap(device="m1", since=5, until=50, quality=Quality.JOURNAL_FULL)])
    journal.commit()
    assert journal.last_poll() == {"m1": 100}
    journal.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_writer_killed_at_any_moment_loses_nothing_it_had_committed(tmp_path: Path, seed: int) -> None:
    """Fault 1, in small; invariant: no committed row lost, no number used twice."""
    dice = random.Random(seed)
    path = tmp_path / "journal.db"
    newest, oldest = 0, 0
    for turn in range(3):
        writer = child("write", path, seed * 100 + turn)
        assert writer.stdout is not None
        said = writer.stdout.readline()  # it is at work
        time.sleep(dice.uniform(0.0, 0.15))
        writer.kill()
        said += writer.communicate()[0]
        committed: set[int] = set()
        tried: list[int] = []
        for line in said.decode().splitlines():
            if line != "done":
                tried = [int(word) for word in line.split()[1:]]
                assert tried[0] > newest
                oldest = max(oldest, tried[2])
            else:
                newest = tried[1]
                committed |= set(range(tried[0], newest + 1))
        journal = open_journal(path)
        kept = seqs(journal)
        assert set(kept) >= {seq for seq in committed if seq >= oldest}
        assert len(kept) == len(set(kept)) == journal.depth()
        newest = max(newest, journal.last_seq)
        for row in journal.read(after=0, limit=10**6):
            assert decode_item(row.topic, row.payload, received_ms=0).seq == row.seq
        journal.close()


@pytest.mark.parametrize("cut", [1, 100, 5000, 100_000, 10**9])
def test_a_torn_tail_of_the_write_ahead_log_costs_only_the_torn_rows(tmp_path: Path, cut: int) -> None:
    """Fault 19."""
    path = tmp_path / "journal.db"
    journal = open_journal(path)
    for at in range(1, 40):
        journal.append([poll(at)])
        journal.commit()
    copy = tmp_path / "torn" / "journal.db"
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    log = path.with_name("journal.db-wal").read_bytes()
    copy.with_name("journal.db-wal").write_bytes(log[: max(0, len(log) - cut)])
    journal.close()
    torn = open_journal(copy)
    kept = seqs(torn)
    assert kept == list(range(1, len(kept) + 1))
    if cut == 1:
        assert len(kept) == 38
    torn.append([poll(99)])
    torn.commit()
    torn.close()


def test_the_second_agent_is_refused_and_told_who_holds_the_journal(tmp_path: Path) -> None:
    """Fault 34."""
    path = tmp_path / "journal.db"
    holder = child("hold", path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        with pytest.raises(JournalInUse, match=str(holder.pid)):
            open_journal(path)
    finally:
        holder.kill()
        holder.communicate()
    journal = open_journal(path)  # a killed holder holds nothing
    with pytest.raises(JournalInUse, match=str(os.getpid())):
        open_journal(path)
    journal.close()
    open_journal(path).close()


def test_a_first_start_that_is_cut_short_anywhere_can_be_repeated(tmp_path: Path) -> None:
    """Fault 17: the file size limit stops creation at every stage."""
    for limit in (0, 4096, 8192, 12_000, 16_384, 24_576, 32_768, 40_000):
        path = tmp_path / str(limit) / "journal.db"
        child("create", path, limit).communicate()
        journal = open_journal(path)
        assert [row.seq for row in journal.append([poll(1)])] == [1]
        journal.commit()
        journal.close()


def test_a_file_that_is_no_journal_is_refused_with_a_cure(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database" * 100)
    for _ in range(2):
        with pytest.raises(JournalError, match="move it aside"):
            open_journal(path)
    assert path.read_bytes().startswith(b"this is no")


def test_a_path_that_cannot_be_a_file_is_refused_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be opened"):
        open_journal(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be opened"):
        open_journal(tmp_path / "file" / "journal.db")


def test_a_journal_of_a_later_agent_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Fault 37."""
    path = tmp_path / "journal.db"
    open_journal(path).close()
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(JournalError, match="format 99"):
        open_journal(path)


def test_the_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db", site=SITE, gateway=GATEWAY)
    journal.append([poll(1)])
    journal.commit()
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    assert set(modes) >= {"journal.db", "journal.lock", "journal.db-wal"}
    assert not any(modes.values())
    journal.close()


def test_every_commit_is_forced_to_the_disk(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db")
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    journal.close()


# Files that went back in time, and new names


def test_a_restored_copy_gives_no_old_name_to_a_new_message(tmp_path: Path) -> None:
    path, copy = tmp_path / "journal.db", tmp_path / "copy.db"
    journal = open_journal(path)
    journal.append([poll(at) for at in range(1, 11)])
    journal.commit()
    journal.close()
    shutil.copy(path, copy)
    journal = open_journal(path)
    lost = names(journal.append([poll(at) for at in range(11, 31)]))
    journal.commit()
    journal.close()
    shutil.copy(copy, path)
    journal = open_journal(path)
    fresh = names(journal.append([poll(at) for at in range(31, 51)]))
    assert {seq for _, seq in lost} == {seq for _, seq in fresh}
    assert not lost & fresh
    journal.commit()
    [(lost_epoch, _), *_] = sorted(lost)
    assert journal.own(lost_epoch, [(1, 10**6)]) == []
    journal.close()


def test_an_acknowledgement_reaches_only_the_messages_of_its_epoch(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    first = open_journal(path)
    first.append([poll(at) for at in range(1, 11)])
    first.commit()
    first.close()
    second = open_journal(path)
    second.append([poll(at) for at in range(11, 21)])
    second.commit()
    assert second.own(first.id, [(5, 15)]) == [(5, 10)]
    assert second.own(second.id, [(5, 15)]) == [(11, 15)]
    assert second.own("unknown", [(1, 20)]) == []
    second.close()


def test_epochs_without_messages_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for at in range(1, 6):
        journal = open_journal(path)
        journal.append([poll(at)])
        if at != 2:
            journal.delete([(at, at)])
        journal.commit()
        journal.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT first FROM epochs ORDER BY first").fetchall() == [(2,), (5,)]


def test_what_waits_goes_out_under_the_gateways_new_name(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = open_journal(path)
    journal.append([poll(1)])
    journal.commit()
    journal.close()
    renamed = Journal.open(path, site="new", gateway="gate")
    assert [row.topic for row in renamed.read(after=0, limit=9)] == ["energy/new/gate/m1/readings"]
    renamed.close()


def names(rows: list[Row]) -> set[tuple[str, int]]:
    return {(json.loads(row.payload)["journal"], row.seq) for row in rows}
