"""What only the embedded store promises: its file, its locks, its limits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from domain.errors import StoreError, StoreInUse, StoreUnavailable
from domain.ports import Envelope
from domain.reading import Poll
from storage.duckdb import DuckStore
from storage.landing import move_aside
from tests.storage.doubles import DEVICES, NOW, envelope

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 40 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small tmpfs cannot be mounted: needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_points_of_an_older_configuration_stay_readable(path: Path) -> None:
    first = DuckStore(path, DEVICES)
    first.write([envelope(1)])
    first.close()
    second = DuckStore(path, {"boiler": ("pressure", "fresh")})
    assert [r.value for r in second.readings(["boiler.gas"], since=0, until=2 * NOW)] == [1.0]
    assert set(second.latest()) == {"boiler.gas", "boiler.pressure"}
    second.close()


def test_file_held_by_another_process_names_it(path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(StoreInUse, match=f"process {holder.pid} holds the file.*stop it"):
        DuckStore(path, DEVICES)
    holder.communicate(b"\n")
    DuckStore(path, DEVICES).close()


@pytest.mark.parametrize("content", [b"hello " * 5000, b""], ids=["text", "empty"])
def test_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot be read.*move it aside"):
        DuckStore(path, DEVICES)
    assert path.read_bytes() == content


def test_flipped_byte_is_refused_then_moved_aside_on_demand(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    store.write([envelope(seq) for seq in range(1, 200)])
    store.close()
    flipped = bytearray(path.read_bytes())
    for place in range(8200, len(flipped), 4096):
        flipped[place] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(StoreError, match="cannot be read"):
        DuckStore(path, DEVICES)
    assert path.read_bytes() == flipped
    [moved] = move_aside(path, now_ms=NOW)
    assert moved.read_bytes() == flipped
    fresh = DuckStore(path, DEVICES)
    assert fresh.count() == 0
    fresh.close()


@pytest.mark.parametrize(("version", "problem"), [(99, "start the newer agent"), (0, "cannot become")])
def test_other_schema_versions_are_refused_with_the_reason(path: Path, version: int, problem: str) -> None:
    DuckStore(path, DEVICES).close()
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE schema_version SET version = ?", [version])
    with pytest.raises(StoreError, match=f"schema version {version}.*{problem}"):
        DuckStore(path, DEVICES)


def test_database_of_someone_else_is_refused_untouched(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE theirs(i INTEGER)")
    with pytest.raises(StoreError, match="not a store of this agent"):
        DuckStore(path, DEVICES)
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("theirs",)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY readings TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_sql_cannot_leave_the_file_nor_unlock_it(path: Path, sql: str) -> None:
    store = DuckStore(path, DEVICES)
    with store._reading() as con, pytest.raises(duckdb.Error):
        con.execute(sql).fetchall()
    store.close()


def test_memory_and_threads_are_limited(path: Path) -> None:
    store = DuckStore(path, DEVICES, memory_limit="100MB", threads=1)
    with store._reading() as con:
        found = con.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert found == ("95.3 MiB", 1)
    store.close()


def test_reader_in_the_middle_does_not_stop_the_writer(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    store.write([envelope(seq) for seq in range(1, 9000)])
    reading = store.readings(["boiler.gas"], since=0, until=2 * NOW)
    assert next(reading).value == 1.0
    store.write([envelope(9000)])
    assert store.count() == 18_000
    assert sum(1 for _ in reading) == 8998
    store.close()


def test_batch_larger_than_the_columns_is_written_whole(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    assert store.write([envelope(seq) for seq in range(1, 5001)]).readings == 10_000
    assert store.write([envelope(5001)]).readings == 2
    assert store.count() == 10_002
    store.close()


def test_log_of_ranges_is_written_anew_before_it_grows_long(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    for seq in range(1, 1205):
        store.write([envelope(seq)])
    with store._reading() as con:
        [(rows,)] = con.execute("SELECT count(*) FROM ingested").fetchall()
    assert rows < 300
    store.close()
    again = DuckStore(path, DEVICES)
    assert again.write([envelope(seq) for seq in range(1, 1205)]).duplicates == 1204
    again.close()


def test_holes_in_the_numbers_are_remembered(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    for seq in range(1, 2400, 2):
        store.write([envelope(seq)])
    store.close()
    again = DuckStore(path, DEVICES)
    assert again.write([envelope(seq) for seq in range(1, 2401)]).duplicates == 1200
    assert again.count() == 4800
    again.close()


def test_after_a_fatal_error_the_file_is_opened_again(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    store.write([envelope(1)])
    store._root.close()  # type: ignore[union-attr]  # as after a fatal error: every cursor is dead
    with pytest.raises(StoreUnavailable):
        store.write([envelope(2)])
    assert store.write([envelope(1), envelope(2)]).duplicates == 1
    assert store.count() == 4
    store.close()


@pytest.mark.parametrize("room", [2_000_000, 17_500_000], ids=["in a commit", "in a checkpoint"])
def test_full_disk_loses_nothing_that_was_committed(small_disk: Path, room: int) -> None:
    store = DuckStore(small_disk / "store.duckdb", DEVICES)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096 - room))
    committed = failures = 0
    for start in range(1, 400_000, 10_000):
        batch = [noisy(seq) for seq in range(start, start + 10_000)]
        try:
            committed += store.write(batch).readings
        except StoreUnavailable as error:
            failures += 1
            assert error.hint
            break
    assert failures, "the disk never filled"
    for _ in range(3):  # still full: it may fail again, it may not lie
        with suppress(StoreUnavailable):
            again = store.write(batch)
            assert again.readings + 2 * again.duplicates == 20_000
    filler.unlink()
    store.write(batch)
    assert store.count() == committed + 20_000
    store.close()
    reopened = DuckStore(small_disk / "store.duckdb", DEVICES)
    assert reopened.count() == committed + 20_000
    assert reopened.write(batch).duplicates == 10_000
    reopened.close()


def noisy(seq: int) -> Envelope:
    """Return a poll whose values hardly compress."""
    values = {"gas": (seq * 2654435761 % 2**32) / 7, "pressure": (seq * 40503 % 65536) / 3}
    item = Poll(device="boiler", at=NOW + seq * 1000, values=dict(values))
    return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)
