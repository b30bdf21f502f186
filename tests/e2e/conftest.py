"""The works, its meters and a Mosquitto for each test that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.brokers import mosquitto_binary
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


@pytest.fixture
def needs_mosquitto() -> None:
    """Skip, or in CI fail, where Mosquitto is not installed."""
    try:
        for name in ("mosquitto", "mosquitto_passwd", "mosquitto_sub"):
            mosquitto_binary(name)
    except FileNotFoundError as missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing} is not installed: apt-get install mosquitto mosquitto-clients")
        pytest.skip(f"{missing} is not installed")
