"""The stores that every test here runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ports import Store
from tests.contract.stores import Opener, opener_of


@pytest.fixture(params=["duckdb", "influxdb"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Return a function that opens one and the same store, empty at first."""
    return opener_of(request.param, tmp_path)


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    opened = opener()
    yield opened
    opened.close()
