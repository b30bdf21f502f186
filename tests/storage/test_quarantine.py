"""Quarantine keeps what it can, and counts what it cannot."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from domain.errors import StoreError
from storage.quarantine import MAX_KEPT, QuarantineFull, SqliteQuarantine


def put(quarantine: SqliteQuarantine, key: str, reason: str = "bad: why", payload: bytes = b"x") -> bool:
    return quarantine.put(reason, payload, topic="t", key=key, at=7)


def test_an_item_is_kept_once_and_counted_by_code(tmp_path: Path) -> None:
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite")
    assert put(quarantine, "a")
    assert not put(quarantine, "a")
    assert put(quarantine, "b", "bad: for another reason")
    assert put(quarantine, "c", "worse")
    assert quarantine.count() == {"bad": 2, "worse": 1}
    assert list(quarantine.items(limit=1)) == [(7, "worse", "t", b"x")]
    quarantine.close()


def test_items_survive_a_restart(tmp_path: Path) -> None:
    first = SqliteQuarantine(tmp_path / "q.sqlite")
    put(first, "a")
    first.close()
    first.close()
    second = SqliteQuarantine(tmp_path / "q.sqlite")
    assert second.count() == {"bad": 1}
    second.close()


def test_long_payload_is_cut_but_its_length_and_digest_are_kept(tmp_path: Path) -> None:
    payload = bytes(range(256)) * 4096
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite")
    put(quarantine, "a", payload=payload)
    [(_, _, _, kept)] = quarantine.items(limit=5)
    assert kept == payload[:MAX_KEPT]
    quarantine.close()
    with sqlite3.connect(tmp_path / "q.sqlite") as db:
        [(length, digest)] = db.execute("SELECT length, sha256 FROM item")
    db.close()
    assert (length, digest) == (len(payload), hashlib.sha256(payload).hexdigest())


def test_past_the_cap_an_item_is_refused_and_counted_not_silently_lost(tmp_path: Path) -> None:
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite", cap=2)
    assert put(quarantine, "a")
    assert put(quarantine, "b")
    for key in "cdc":
        with pytest.raises(QuarantineFull, match=r"holds 2 items.*empty it"):
            put(quarantine, key)
    assert not put(quarantine, "a")  # known, and needs no room
    assert quarantine.count() == {"bad": 2, "overflow": 2}
    quarantine.close()
    wider = SqliteQuarantine(tmp_path / "q.sqlite", cap=3)
    assert wider.count() == {"bad": 2}  # what found no room is in its journal and comes again
    assert put(wider, "c")
    with pytest.raises(QuarantineFull):
        put(wider, "d")
    assert wider.count() == {"bad": 3, "overflow": 1}
    wider.close()


def test_room_that_a_person_made_is_seen_and_the_overflow_shrinks(tmp_path: Path) -> None:
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite", cap=1)
    put(quarantine, "a")
    for key in "bc":
        with pytest.raises(QuarantineFull):
            put(quarantine, key)
    with closing(sqlite3.connect(tmp_path / "q.sqlite", isolation_level=None)) as person:
        person.execute("DELETE FROM item")
    assert put(quarantine, "b", "worse: why")
    assert quarantine.count() == {"worse": 1, "overflow": 1}
    quarantine.close()


def test_what_is_remembered_of_the_refused_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.quarantine.MOST_REMEMBERED", 3)
    quarantine = SqliteQuarantine(tmp_path / "q.sqlite", cap=0)
    for number in range(10):
        with pytest.raises(QuarantineFull):
            put(quarantine, f"k{number}")
    assert quarantine.count() == {"overflow": 3}
    quarantine.close()


def test_counts_need_no_query(tmp_path: Path) -> None:
    first = SqliteQuarantine(tmp_path / "q.sqlite")
    put(first, "a")
    put(first, "b", "bad: for another reason")
    first.close()
    second = SqliteQuarantine(tmp_path / "q.sqlite")
    put(second, "c", "worse")
    put(second, "c", "worse")
    second.close()
    assert second.count() == {"bad": 2, "worse": 1}


def test_file_that_is_no_database_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "q.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="move the file aside"):
        SqliteQuarantine(tmp_path / "q.sqlite")
