"""The state folder: private, and held by one agent at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from domain.errors import EnergyAgentError

_LOCK_NAME = "agent.lock"
SPOOL = ".spool"
"""Folder in the state folder for exports under way; whatever is in it is ours to remove."""


class StateInUse(EnergyAgentError):
    """Another agent runs on this state folder."""


class StateDir:
    """An open state folder; from `open` to `close` no other agent runs on it."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, path: Path) -> StateDir:
        """Make the folder if need be, take it, and clear what a killed export left in it.

        StateInUse when another agent has it, EnergyAgentError with the cure when it cannot be used.
        """
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EnergyAgentError(
                str(path),
                f"state folder cannot be written: {error.strerror}",
                "run as its owner, or choose another agent.state_dir",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(lock, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(lock)
            raise StateInUse(
                str(path),
                f"is in use by another energy-agent process (pid {holder})",
                "stop that one, or give this one its own agent.state_dir",
            ) from error
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        shutil.rmtree(path / SPOOL, ignore_errors=True)
        return cls(path, lock)

    def close(self) -> None:
        """Let others have it; safe to call twice."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)
