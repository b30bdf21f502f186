"""Benches to test the ingest on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.duckdb import DuckStore
from tests.storage.bench import Bench, FailingStore
from tests.storage.doubles import DEVICES


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    made.ingest.start()
    yield made
    made.close()


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[tuple[Bench, FailingStore]]:
    store = FailingStore(DuckStore(tmp_path / "store.duckdb", DEVICES))
    made = Bench(tmp_path, store=store)  # type: ignore[arg-type]  # forwards what it lacks
    yield made, store
    made.close()
