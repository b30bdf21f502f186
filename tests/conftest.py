"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto, binary


@pytest.fixture
def mosquitto_folder(tmp_path: Path) -> Path:
    """Give a folder for a Mosquitto; where it is not installed a failure in CI, a skip elsewhere."""
    if binary("mosquitto") is None or binary("mosquitto_passwd") is None:
        reason = "Mosquitto is not installed (apt-get install mosquitto)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    return folder


@pytest.fixture
def mosquitto(mosquitto_folder: Path) -> Iterator[Mosquitto]:
    """Give a running Mosquitto with a user for each part and the access list we ship."""
    broker = Mosquitto(mosquitto_folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
