"""Commands run inside the test's own process."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner

from agent.__main__ import main


def said(*args: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command and return what it said, which is quicker than a process of its own."""
    handlers = list(logging.getLogger().handlers)
    mask = os.umask(0o022)
    os.umask(mask)
    runner = CliRunner(env={**_unset(), **(env or {})})
    try:
        result = runner.invoke(main, [str(arg) for arg in args], prog_name="energy-agent")
    finally:
        logging.getLogger().handlers[:] = handlers
        os.umask(mask)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(args, result.exit_code, result.stdout, result.stderr)


def _unset() -> dict[str, str | None]:
    """Return our settings in the environment of whoever runs the tests, to be taken out."""
    return {name: None for name in os.environ if name.startswith("ENERGY_AGENT_")}
