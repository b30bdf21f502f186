"""Files of readings: what an export writes comes back, what a hand writes wrong is named."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from domain.errors import StoreError
from domain.ports import Envelope
from domain.reading import Poll
from domain.series import Series
from storage.duckdb import DuckStore
from storage.series_file import export_readings, read_csv_series, read_parquet_series
from tests.storage.doubles import DEVICES

NOW = 1_763_800_000_000
GOOD = "a.b,1763800001000,1.5"


def triples(series: Series) -> list[tuple[int, float | None, int]]:
    values = [value if value == value else None for value in series.value.tolist()]
    return list(zip((series.at - NOW).tolist(), values, series.quality.tolist(), strict=True))


def csv_of(folder: Path, text: str | bytes) -> Path:
    path = folder / "it's.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_readings_of_any_store_are_written_as_the_embedded_store_writes_its_own(tmp_path: Path) -> None:
    store = DuckStore(tmp_path / "store.duckdb", DEVICES)
    item = Poll(device="boiler", at=NOW, values={"gas": 1.5, "pressure": -2.0}, words={"gas": "0001e240"})
    store.write([Envelope(journal="j1", seq=1, received_ms=NOW, item=item)])
    points, digits, units = ["boiler.gas", "boiler.pressure"], {"boiler.gas": 8}, {"boiler.gas": "m3"}
    own, other = tmp_path / "own.csv", tmp_path / "other.csv"
    store.export(points, since=0, until=2 * NOW, path=own, form="csv", units=units, digits=digits)
    found = store.readings(points, since=0, until=2 * NOW)
    export_readings(found, path=other, form="csv", units=units, digits=digits)
    store.close()
    assert own.read_text() == other.read_text()
    assert ",1.5,good,m3,0001e240\n" in own.read_text()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_comes_back_as_it_was(tmp_path: Path, form: str) -> None:
    store = DuckStore(tmp_path / "store.duckdb", DEVICES)
    at = NOW + np.array([1, 250, 3000])
    values, quality = np.array([0.1, np.nan, 1e-300]), np.array([0, 14, 2], np.uint8)
    gas = Series(point="boiler.gas", at=at, value=values, quality=quality)
    store.fill("x", [gas, Series(point="boiler.pressure", at=at + 1, value=values, quality=quality)])
    target = tmp_path / f"out.{form}"
    points = ["boiler.pressure", "boiler.gas"]
    store.export(points, since=0, until=2 * NOW, path=target, form=form, units={"boiler.gas": "m3"})
    found = (read_csv_series if form == "csv" else read_parquet_series)(target)
    expected = store.series(points, since=0, until=2 * NOW)
    store.close()
    assert found.keys() == expected.keys()
    for point in points:
        assert triples(found[point]) == triples(expected[point])


@pytest.mark.parametrize(
    "text",
    [
        "point,at,value\na.b,1763800001000,1.5\n",
        "\ufeffpoint,at,value\r\na.b,1763800001000,1.5\r\n",
        'value,note,at,point\n1.5,"two\nlines, one note",2025-11-22T16:26:41+08:00,a.b\n',
        "point,at,value,quality\n\na.b,2025-11-22T08:26:41.000Z,1.5,good\na.b,2025-11-22 08:26:41+00,1.5,\n",
    ],
    ids=["plain", "windows", "any order", "twice"],
)
def test_hand_written_csv_is_read(tmp_path: Path, text: str) -> None:
    found = read_csv_series(csv_of(tmp_path, text))
    assert {point: triples(series) for point, series in found.items()} == {"a.b": [(1000, 1.5, 0)]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"point,at,value\n{GOOD}\n\na.b,1763800001,1.5\n", "line 4, column at: 1763800001 looks like sec"),
        (f"point,at,value\n{GOOD}\na.b,2025-11-22T08:26:41,1\n", "line 3, column at: .*no zone"),
        (f"point,at,value\n{GOOD}\na.b,2025-11-22T08:26Z,1\n", "line 3, column at: .*not written as"),
        (f"point,at,value\n{GOOD}\na.b,yesterday,1\n", "line 3, column at: 'yesterday' is no instant"),
        (f"point,at,value\n{GOOD}\na.b,1763800001000,x\n", "line 3, column value: 'x' is no finite"),
        (f"point,at,value\n{GOOD}\na.b,1763800001000,inf\n", "line 3, column value: 'inf' is no finite"),
        (f"point,at,value\n{GOOD}\n,1763800001000,1\n", "line 3, column point: is empty"),
        (f"point,at,value\n{GOOD},7\n", "line 2 has not 3 fields"),
        ("point,at,value,quality\na.b,1763800001000,1,goood\n", "line 2, column quality: 'goood'"),
        ("point,at,value,quality\na.b,1763800001000,1,no_answer\n", "line 2, column value: .*exclude"),
        ("point;at;value\n", "line 1 has no column point, but point;at;value"),
        ("", "line 1 has no column point, but nothing"),
        ("点,at,value\n".encode("gbk"), "not UTF-8"),
        ('point,at,value\n"a.b,1,1\n', "after line 1: unexpected end"),
    ],
)
def test_a_fault_in_csv_is_named_with_line_and_column(
    tmp_path: Path, text: str | bytes, problem: str
) -> None:
    with pytest.raises(StoreError, match=problem):
        read_csv_series(csv_of(tmp_path, text))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("'a.b' AS point, make_timestamp(1763800001000000) AS \"at\", 1.5 AS value", "no time zone"),
        ("'a.b' AS point, 1763800001000 AS \"at\", 1.5 AS value, 'goood' AS quality", "row 1 is no reading"),
        ("'a.b' AS point, 1763800001 AS \"at\", 1.5 AS value", "row 1 is no reading"),
        ("'a.b' AS point, 1763800001000 AS \"at\", 'nan'::DOUBLE AS value", "row 1 is no reading"),
        ("'a.b' AS point, 1763800001000 AS ts, 1.5 AS value", "has no column at"),
    ],
)
def test_a_fault_in_parquet_is_named(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "x.parquet"
    duckdb.sql(f"COPY (SELECT {row}) TO '{path}' (FORMAT parquet)")
    with pytest.raises(StoreError, match=problem):
        read_parquet_series(path)


@pytest.mark.parametrize("instant", ["1763800001000", "make_timestamptz(1763800001000000)"])
def test_parquet_of_others_is_read(tmp_path: Path, instant: str) -> None:
    path = tmp_path / "x.parquet"
    duckdb.sql(f"COPY (SELECT 'a.b' AS point, {instant} AS \"at\", 1.5::FLOAT AS value) TO '{path}'")
    assert triples(read_parquet_series(path)["a.b"]) == [(1000, 1.5, 0)]


def test_no_file_and_no_parquet_say_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no file"):
        read_csv_series(tmp_path / "none.csv")
    with pytest.raises(StoreError):
        read_parquet_series(csv_of(tmp_path, "hello"))
