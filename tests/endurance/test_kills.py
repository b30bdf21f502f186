"""A short run of the kill test; `make kill-test` is the long one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.mosquitto import free_port


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_killed_at_random_moments_nothing_is_lost_doubled_wrong_or_silent(
    broker: str, request: pytest.FixtureRequest
) -> None:
    if broker == "mosquitto":
        request.getfixturevalue("mosquitto_folder")
    base = min(free_port(), 60_000)
    command = [sys.executable, "-m", "tests.endurance.kills", "--kills", "5", "--hours", "2.5"]
    command += ["--minutes", "0.4", "--seed", "3", "--broker", broker, "--base-port", str(base)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAULT" not in done.stdout
    assert "killed           5 times" in done.stdout
