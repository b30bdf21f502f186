"""A short run of the kill test; `make kill-test` is the long one."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

PORTS = 40
"""Ports in a row that a run uses, from its base on."""


def free_row() -> int:
    """Return the first of so many free ports, below those that the system gives to clients."""
    for base in random.sample(range(20_000, 32_000, PORTS), 100):
        with ExitStack() as held:
            try:
                for port in range(base, base + PORTS):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return base
    raise AssertionError("no row of free ports below 32,000")


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_killed_at_random_moments_nothing_is_lost_doubled_wrong_or_silent(
    broker: str, request: pytest.FixtureRequest
) -> None:
    if broker == "mosquitto":
        request.getfixturevalue("mosquitto_folder")
    command = [sys.executable, "-m", "tests.endurance.kills", "--kills", "5", "--hours", "2.5"]
    command += ["--minutes", "0.4", "--seed", "3", "--broker", broker, "--base-port", str(free_row())]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAULT" not in done.stdout
    assert "killed           5 times" in done.stdout
