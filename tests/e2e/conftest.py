"""The works and its meters for each test that asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import Meters, Works, make_works


@pytest.fixture
def works(tmp_path: Path) -> Works:
    """Return a plant file of five meters with the embedded broker and store."""
    return make_works(tmp_path)


@pytest.fixture
def meters(works: Works) -> Iterator[Meters]:
    """Serve the meters of `works`."""
    with Meters(works) as served:
        yield served
