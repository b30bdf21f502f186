"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto, binary

_TESTS = Path(__file__).parent
_GROUPS = {"agent": "wire", "bus": "wire", "collector": "wire"}
"""Room -> what two workers do not run at once: processes, ports and time limits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a group, or else of a file, on one worker."""
    for item in items:
        place = item.path.relative_to(_TESTS)
        group = _GROUPS.get(place.parts[0], place.as_posix())
        item.add_marker(pytest.mark.xdist_group(group))


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
