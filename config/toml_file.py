"""Read one TOML file, or say in a finding why it cannot be read."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.codes import error
from domain.findings import Finding

LARGEST = 1024 * 1024
"""Longest TOML file that is looked at, bytes; a plant of 1000 points has 100 kB."""

_DEEPEST = 16

Raw = dict[str, Any]
"""TOML as parsed; it ends at the tables of config.settings and config.profile_tables."""


def read_toml(
    path: Path, key: str, parse_float: Callable[[str], object] = float
) -> tuple[Raw | None, tuple[Finding, ...]]:
    """Return (content, ()) or (None, the finding that says why there is none)."""
    try:
        content, _ = read_regular(path, LARGEST)
        raw = tomllib.loads(content.decode("utf-8-sig"), parse_float=parse_float)
        if _is_deep(raw):
            raise RecursionError
        return raw, ()
    except FileNotFoundError:
        problem, remedy = "does not exist", "name a file that exists, or create it"
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        problem, remedy = f"is not UTF-8 text (line {line})", "save it as UTF-8"
    except tomllib.TOMLDecodeError as fault:
        return None, (error("config.syntax", key, f"is not TOML: {fault}", "correct that line"),)
    except RecursionError:
        problem = "is not TOML: nested too deeply"
        return None, (error("config.syntax", key, problem, "write flat tables"),)
    except (ValueError, ArithmeticError):
        problem = "is not TOML: a number has too many digits, or is not a number"
        return None, (error("config.syntax", key, problem, "correct the number"),)
    except OSError as fault:
        problem, remedy = f"cannot be read: {fault.strerror}", "make it a readable file"
    return None, (error("config.file", key, problem, remedy),)


def read_regular(path: Path, largest: int) -> tuple[bytes, os.stat_result]:
    """Return bytes and status of one and the same regular file; OSError for anything else or larger.

    Opened without blocking, so that a pipe is refused instead of waited for.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as fault:
        raise OSError(22, "the name holds a zero byte") from fault
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "it is not a regular file")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise OSError(27, f"it is larger than {largest} bytes")
    return content, status


def is_folder(path: Path) -> bool:
    """Say whether a folder is there and can be listed."""
    try:
        next(path.iterdir(), None)
    except (OSError, ValueError):
        return False
    return True


def _is_deep(raw: Raw) -> bool:
    """Say whether tables nest deeper than any setting does; dotted keys nest without recursion."""
    level: list[object] = [raw]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, (dict, list))
        ]
    return bool(level)
