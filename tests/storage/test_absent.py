"""A module that is not installed is looked for once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from storage.absent import Absent, absent
from storage.duckdb import DuckStore


class Asked:
    """A finder that finds nothing and notes what it was asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:
        self.names.append(fullname)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    finder = Asked()
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    return finder


@pytest.fixture
def remembered(asked: Asked) -> Absent:
    return Absent()


def test_what_is_not_there_is_refused_without_another_look(remembered: Absent, asked: Asked) -> None:
    remembered.remember("no_such_module")
    remembered.remember("no_such_module")
    for _ in range(3):
        with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_module'"):
            importlib.import_module("no_such_module")
    assert asked.names.count("no_such_module") == 1


def test_what_is_there_can_be_imported_afterwards(
    remembered: Absent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module_of_a_test.py").write_text("value = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    remembered.remember("module_of_a_test")
    assert importlib.import_module("module_of_a_test").value == 7
    monkeypatch.delitem(sys.modules, "module_of_a_test")


def test_a_store_does_not_look_for_pandas_with_each_query(tmp_path: Path, asked: Asked) -> None:
    store = DuckStore(tmp_path / "store.duckdb", {"meter": ["energy"]})
    while absent in sys.meta_path:
        sys.meta_path.remove(absent)
    sys.meta_path.insert(0, absent)  # as it is in an agent: before every other finder
    asked.names.clear()
    assert store.last_good(["meter.energy"], 1_000) == {}
    assert "pandas" not in asked.names
    store.close()
    sys.meta_path.remove(absent)
    with duckdb.connect() as con:
        con.execute("SELECT ?", [1])
    assert "pandas" in asked.names, "DuckDB looks no more: storage/absent.py can go"
