"""What only the embedded store promises of windows, results and series: its file, its views, its limits."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from domain.errors import StoreUnavailable
from domain.ports import ResultRow
from domain.series import Series
from domain.windows import Flag, Grade
from storage import schema
from storage.duckdb import DuckStore
from storage.duckdb_series import read_series
from tests.storage.doubles import DEVICES, NOW, envelope
from tests.storage.killed_results import MANY, POINTS, results_of, windows_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


@pytest.mark.parametrize(("appends", "said"), [(3, 1), (4, 1), (5, 2)])
def test_kill_while_windows_are_replaced_leaves_old_or_new(path: Path, appends: int, said: int) -> None:
    # A round appends old versions, deletes, and appends what is new: the fourth append is after a deletion.
    command = [sys.executable, "-m", "tests.storage.killed_results", str(path), str(appends)]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL
    assert len(child.stdout.split()) == said
    store = DuckStore(path, DEVICES)
    found = store.windows(POINTS, since=0, until=2 * NOW)
    amounts = np.unique(np.concatenate([found[point].amount for point in POINTS]))
    assert [len(found[point]) for point in POINTS] == [MANY, MANY]
    assert len(amounts) == 1
    assert amounts[0] == said
    rows = store.results("intensity", since=0, until=NOW)
    assert len(rows) == 100
    assert len({row.body for row in rows}) == 1
    versions = store.window_versions("boiler.gas", 0)
    assert [one.amount for one in versions] == [float(n + 1) for n in range(len(versions))]
    assert versions[-1].amount == amounts[0]
    store.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_a_version_before_keeps_its_readings(path: Path, version: int) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(schema.TABLES)
        for older in range(1, version):
            con.execute(schema.MIGRATIONS[older])
        con.execute(f"INSERT INTO schema_version VALUES ({version})")
        con.execute("INSERT INTO points VALUES (7, 'boiler', 'gas')")
        con.execute("INSERT INTO journals VALUES (1, 'j1')")
        con.execute("INSERT INTO ingested VALUES (1, 1, 1)")
        con.execute(f"INSERT INTO readings VALUES (7, {NOW + 1000}, 1.0, 0, {NOW}, 1, 1)")
    store = DuckStore(path, DEVICES)
    assert [one.value for one in store.readings(["boiler.gas"], since=0, until=2 * NOW)] == [1.0]
    assert store.write([envelope(1)]).duplicates == 1
    store.put_windows([windows_of("boiler.gas", 1)], at=NOW)
    store.close()
    again = DuckStore(path, DEVICES)
    assert len(again.windows(["boiler.gas"], since=0, until=NOW)["boiler.gas"]) == MANY
    again.close()


def test_views_say_it_in_words_and_utc(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    one = windows_of("boiler.gas", 3).pick(slice(1, 2))
    one.grade[:], one.flags[:] = Grade.BRIDGED, Flag.OPEN | Flag.BAD
    store.put_windows([one], at=1000)
    saving = b'"saving_nm3":{"value":2,"low":-1.0,"high":5.5}'
    body = b'{"ratio":1.5,"gas_nm3":null,' + saving + b',"evidence":{"coverage":1}}'
    row = ResultRow(kind="intensity", subject="oven", period="day", since=0, until=86_400_000, body=body)
    store.replace_results("intensity", [row], since=0, until=1)
    store.replace_results("pv", [replace(row, kind="pv", body=b'{"generated":7}')], since=0, until=1)
    with store._reading() as con:
        found = con.execute(
            "SELECT point, since_utc::VARCHAR, until_utc::VARCHAR, amount, grade, is_open, minimum, "
            "version, recorded_utc::VARCHAR FROM consumption"
        ).fetchall()
        enpi = con.execute(
            "SELECT subject, period, until_utc::VARCHAR, ratio, gas_nm3, saving_nm3_value, saving_nm3_low, "
            "evidence_coverage FROM enpi"
        ).fetchall()
        pv = con.execute("SELECT generated, exported FROM own_generation").fetchall()
    store.close()
    hours = "1970-01-01 01:00:00", "1970-01-01 02:00:00"
    assert found == [("boiler.gas", *hours, 3.0, "bridged", True, None, 1, "1970-01-01 00:00:01")]
    assert enpi == [("oven", "day", "1970-01-02 00:00:00", 1.5, None, 2.0, -1.0, 1.0)]
    assert pv == [(7.0, None)]


def test_a_reckoning_that_changes_nothing_writes_nothing(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    windows = [windows_of(point, 1) for point in POINTS]
    store.put_windows(windows, at=1)
    store.replace_results("intensity", results_of(1), since=0, until=100)
    before = [p.stat().st_size for p in sorted(path.parent.glob("store.duckdb*")) if p.is_file()]
    for at in range(2, 30):
        store.put_windows(windows, at=at)
        store.replace_results("intensity", results_of(1), since=0, until=100)
    after = [p.stat().st_size for p in sorted(path.parent.glob("store.duckdb*")) if p.is_file()]
    assert sum(after) - sum(before) < 10_000
    assert store.window_versions("boiler.gas", 0)[0].recorded == 1
    store.close()


def test_series_are_the_same_in_one_slice_or_many(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    random = np.random.default_rng(5)
    numbers = random.permutation(400)
    store.write([envelope(int(seq) + 1) for seq in numbers])
    with store._reading() as con:
        ids = {"boiler.gas": 1, "boiler.pressure": 2}
        whole, many = (
            read_series(con, ids, since=NOW, until=NOW + 399_000, slice_rows=rows) for rows in (10**6, 7)
        )
    for point in ids:
        assert whole[point].at.tolist() == [NOW + seq * 1000 for seq in range(1, 399)]
        assert np.array_equal(whole[point].at, many[point].at)
        assert np.array_equal(whole[point].value, many[point].value)
    store.close()


def test_much_more_than_its_memory_can_be_read_and_filled(path: Path) -> None:
    store = DuckStore(path, DEVICES, memory_limit="24MB")
    many = 600_000
    at = NOW + np.arange(many, dtype=np.int64) * 1000
    value = np.cumsum(np.random.default_rng(1).random(many))
    past = [Series(point=p, at=at, value=value, quality=np.zeros(many, np.uint8)) for p in POINTS]
    assert store.fill("big", past) == 2 * many
    found = store.series(POINTS, since=0, until=2 * NOW)
    for point in POINTS:
        assert np.array_equal(found[point].at, at)
        assert np.array_equal(found[point].value, value)
    assert store.latest()["boiler.gas"].at == at[-1]
    store.close()


def test_windows_and_readings_are_written_by_two_threads(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    faults: list[Exception] = []

    def analyse() -> None:
        try:
            for round_ in range(1, 8):
                store.put_windows([windows_of(point, round_) for point in POINTS], at=round_)
                store.fill(f"past {round_}", [])
        except StoreUnavailable as error:
            faults.append(error)

    analyst = threading.Thread(target=analyse)
    analyst.start()
    for seq in range(1, 60):
        store.write([envelope(seq)])
        store.windows(["boiler.gas"], since=0, until=NOW)
    analyst.join()
    assert not faults
    assert store.count() == 118
    assert set(store.windows(POINTS, since=0, until=NOW)["boiler.gas"].amount.tolist()) == {7.0}
    store.close()


def test_a_failed_replacement_leaves_what_was_there(path: Path) -> None:
    store = DuckStore(path, DEVICES)
    store.put_windows([windows_of("boiler.gas", 1)], at=1)
    store._root.close()  # type: ignore[union-attr]  # as after a fatal error: every cursor is dead
    with pytest.raises(StoreUnavailable):
        store.put_windows([windows_of("boiler.gas", 2)], at=2)
    assert set(store.windows(["boiler.gas"], since=0, until=NOW)["boiler.gas"].amount.tolist()) == {1.0}
    store.put_windows([windows_of("boiler.gas", 2)], at=2)
    assert len(store.window_versions("boiler.gas", 0)) == 2
    store.close()
