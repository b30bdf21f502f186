"""A journal a start of a collector: their number grows for ever, their cost does not show."""

from __future__ import annotations

import cProfile
import pstats
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from storage.draft import Journals, draft_batch
from storage.duckdb import DuckStore
from tests.storage.doubles import DEVICES, envelope

MANY = 40_000
"""More than a SMALLINT holds; a start an hour for four years."""


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store that has seen many journals."""
    path = tmp_path_factory.mktemp("old") / "store.duckdb"
    DuckStore(path, DEVICES).close()
    with closing(duckdb.connect(str(path))) as con:
        con.execute(f"INSERT INTO journals SELECT range, 'gw1-' || range FROM range(1, {MANY + 1})")
        con.execute(f"INSERT INTO ingested SELECT range, 1, 1000 + range FROM range(1, {MANY + 1})")
    return path


@pytest.fixture
def store(old_file: Path) -> Iterator[DuckStore]:
    opened = DuckStore(old_file, DEVICES)
    yield opened
    opened.close()


def test_opening_costs_a_few_calls_a_journal(old_file: Path) -> None:
    profile = cProfile.Profile()
    opened = profile.runcall(DuckStore, old_file, DEVICES)
    opened.close()
    assert pstats.Stats(profile).total_calls / MANY < 8  # type: ignore[attr-defined]


def test_a_journal_costs_little_memory(old_file: Path) -> None:
    tracemalloc.start()
    try:
        opened = DuckStore(old_file, DEVICES)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    opened.close()
    assert held / MANY < 500  # bytes


def test_number_of_a_journal_has_room_for_every_start_to_come(old_file: Path, store: DuckStore) -> None:
    written = store.write([envelope(5, journal="gw1-40000"), envelope(1, journal="new"), envelope(1)])
    assert (written.readings, written.duplicates) == (4, 1)
    store.close()
    again = DuckStore(old_file, DEVICES)
    assert again.write([envelope(1, journal="new"), envelope(1)]).duplicates == 2
    again.close()
    with closing(duckdb.connect(str(old_file), read_only=True)) as con:
        types = "SELECT DISTINCT data_type FROM duckdb_columns() WHERE column_name = 'journal'"
        assert con.execute(types).fetchall() == [("INTEGER",)]
        newest = con.execute("SELECT DISTINCT journal FROM readings ORDER BY journal").fetchall()
        assert newest == [(MANY + 1,), (MANY + 2,)]


def test_ingested_of_many_journals_can_be_written_anew(
    old_file: Path, store: DuckStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(store):
        for start in range(1, 2 * MANY + 2000, 20_000):
            gapless = [envelope(seq, journal="long") for seq in range(start, start + 20_000)]
            store.write(gapless[::2])
            store.write(gapless[1::2])
    with closing(duckdb.connect(str(old_file), read_only=True)) as con:
        [(rows,)] = con.execute("SELECT count(*) FROM ingested").fetchall()
    assert rows < 2 * MANY + 2000


def test_new_journals_are_named_without_a_walk_over_the_old_ones() -> None:
    journals = Journals(ids={f"gw1-{number}": number for number in range(1, 101)})
    draft_batch([envelope(1, journal="a"), envelope(1, journal="b"), envelope(2, journal="a")], {}, journals)
    assert journals.fresh == {"a": 101, "b": 102}
