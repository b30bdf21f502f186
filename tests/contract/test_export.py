"""What every store promises of an export, and of the register words in it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from domain.errors import StoreError
from domain.ports import Store
from domain.reading import ALL_POINTS, Quality
from tests.contract.test_store import NOW, gas, poll

EXPORTED = """point,at,value,quality,unit
boiler.gas,2025-11-22T08:26:41.000Z,1.5,good,m3
boiler.gas,2025-11-22T08:26:42.250Z,,no_answer,m3
boiler.pressure,2025-11-22T08:26:42.250Z,,no_answer,
"""


def exportable(store: Store) -> None:
    store.write([gas(1), poll(2, {}, {ALL_POINTS: Quality.NO_ANSWER}, at=NOW + 2250), gas(9)])


def test_csv_export_has_these_columns_and_appears_whole(store: Store, tmp_path: Path) -> None:
    exportable(store)
    target = tmp_path / "out" / "it's.csv"
    target.parent.mkdir()
    target.write_text("older")
    points = ["boiler.pressure", "boiler.gas", "boiler.ghost"]
    rows = store.export(
        points, since=0, until=NOW + 9000, path=target, form="csv", units={"boiler.gas": "m3"}
    )
    assert (rows, target.read_text()) == (3, EXPORTED)
    assert [path.name for path in target.parent.iterdir()] == ["it's.csv"]
    assert store.export(points, since=0, until=NOW, path=target, form="csv") == 0
    assert target.read_text() == "point,at,value,quality\n"


def test_an_export_has_the_words_as_the_last_column_when_their_digits_are_known(
    store: Store, tmp_path: Path
) -> None:
    store.write([poll(1, {"gas": 1.5, "pressure": 2.5}, words={"gas": "0001e240"}), gas(2)])
    for form in ("csv", "parquet"):
        target = tmp_path / f"out.{form}"
        points, digits = ["boiler.gas", "boiler.pressure"], {"boiler.gas": 8}
        assert store.export(points, since=0, until=2 * NOW, path=target, form=form, digits=digits) == 3
        source = f"read_{form}('{target}'{', all_varchar=true' * (form == 'csv')})"
        described = duckdb.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()
        assert [row[0] for row in described] == ["point", "at", "value", "quality", "words"]
        found = duckdb.sql(f"SELECT words FROM {source}").fetchall()
        assert found == [("0001e240",), (None,), (None,)]


def test_parquet_export_holds_the_same_typed(store: Store, tmp_path: Path) -> None:
    exportable(store)
    target = tmp_path / "out.parquet"
    units = {"boiler.gas": "m3"}
    assert store.export(["boiler.gas"], since=0, until=2 * NOW, path=target, form="parquet", units=units) == 3
    found = duckdb.sql(f"SELECT point, epoch_ms(\"at\"), value, quality, unit FROM '{target}'").fetchall()
    assert found == [
        ("boiler.gas", NOW + 1000, 1.5, "good", "m3"),
        ("boiler.gas", NOW + 2250, None, "no_answer", "m3"),
        ("boiler.gas", NOW + 9000, 9.5, "good", "m3"),
    ]
    types = duckdb.sql(f"DESCRIBE SELECT * FROM '{target}'").fetchall()
    assert [row[1] for row in types] == [
        "VARCHAR",
        "TIMESTAMP WITH TIME ZONE",
        "DOUBLE",
        "VARCHAR",
        "VARCHAR",
    ]


def test_export_that_cannot_be_written_says_so(store: Store, tmp_path: Path) -> None:
    exportable(store)
    with pytest.raises(StoreError, match="xlsx"):
        store.export(["boiler.gas"], since=0, until=NOW, path=tmp_path / "x", form="xlsx")
    with pytest.raises(StoreError, match="cannot be written"):
        store.export(["boiler.gas"], since=0, until=NOW, path=tmp_path / "no" / "x", form="csv")
