"""Files appear whole or not at all."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.errors import StoreError
from domain.reading import Reading


def land(finished: Path, target: Path) -> None:
    """Move a finished file to where it was asked for, over an older one; no half file is ever seen there."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        shutil.move(finished, part)  # a copy when the target is on another file system
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            str(target), f"cannot be written: {error}", "choose a directory with room and permission"
        ) from error


def write_rows(
    readings: Iterable[Reading], path: Path, units: Mapping[str, str], digits: Mapping[str, int]
) -> None:
    """Write readings as plain CSV for a conversion to come: what they hold, units and digits of words."""
    with path.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(("point", "at_ms", "value", "quality", "unit", "words", "digits"))
        for one in readings:
            value = "" if one.value is None else repr(one.value)
            unit, words = units.get(one.point, ""), "" if one.words is None else one.words
            row = (one.point, one.at, value, one.quality.code, unit, words, digits.get(one.point, ""))
            writer.writerow(row)


def move_aside(path: Path, *, now_ms: int) -> tuple[Path, ...]:
    """Rename an unreadable store and what lies beside it (write-ahead log), and return the new names.

    Nothing is deleted; the caller raises the alarm. `now_ms` dates the names.
    """
    moved = []
    for suffix in ("", ".wal", ".wal.checkpoint", ".wal.recovery"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            new = path.with_name(f"{path.name}.unreadable-{now_ms}{suffix}")
            old.replace(new)
            moved.append(new)
    return tuple(moved)
