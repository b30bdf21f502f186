"""What the database says, as our errors: with the cure."""

from __future__ import annotations

import re
from pathlib import Path

from domain.errors import StoreError, StoreInUse, StoreUnavailable


def unavailable(path: Path, error: Exception) -> StoreError:
    """Return that a statement failed; what was to be written is tried again."""
    problem = str(error).splitlines()[0]
    hint = "free disk space" if "No space left" in str(error) else "the batch is kept and tried again"
    return StoreUnavailable(str(path), problem, hint)


def refusal(path: Path, error: Exception) -> StoreError:
    """Return why the file cannot be opened."""
    text = str(error)
    if "Could not set lock" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another process"
        return StoreInUse(
            str(path), f"{who} holds the file", "ask the running agent (status, export) or stop it"
        )
    if re.search(r"not a valid DuckDB|[Cc]orrupt|checksum|[Ss]erializ|version number|newer version", text):
        return StoreError(
            str(path),
            f"cannot be read: {text.splitlines()[0]}",
            "move it aside with its .wal and restore a copy; nothing was changed",
        )
    return unavailable(path, error)
