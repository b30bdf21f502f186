"""What a scan has heard so far, on disk after each unit id: a stopped scan goes on where it was.

One JSON object a line: first what is scanned, then a unit each (a later line about a unit replaces an
earlier one), at the end that it is finished. A line that a power cut left half written is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.scanning import Unit
from domain.errors import EnergyAgentError
from domain.plant import Link, LinkKind

_VERSION = 1
_BEGINNING = b'{"version":'
"""Whatever begins otherwise is somebody else's file."""


class ScanFile:
    """An open file of one scan; no other process scans with it until it is closed."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self.units: dict[int, dict[int, Unit]] = {}
        """Baud rate (0 on TCP) -> unit id -> what is known of it."""

    @classmethod
    def open(cls, path: Path, asked: Mapping[str, Any], *, fresh: bool = False) -> ScanFile:
        """Take the file, with what it knows if it is of the same scan and not finished.

        EnergyAgentError with the cure when it is of another scan, in use, or cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EnergyAgentError(
                str(path), f"cannot be written: {error.strerror}", "name another file with --state FILE"
            ) from error
        found = cls(path, handle)
        try:
            found._lock()
            found._begin({"version": _VERSION, **asked}, fresh=fresh)
        except BaseException:
            os.close(handle)
            raise
        return found

    @property
    def is_resumed(self) -> bool:
        """Say whether an earlier run left something."""
        return bool(self.units)

    def keep(self, baudrate: int, unit: Unit) -> None:
        """Write what is known of a unit; after that no stop loses it."""
        self.units.setdefault(baudrate, {})[unit.unit_id] = unit
        self._write({"baudrate": baudrate, "unit": unit.as_json()})

    def finish(self) -> None:
        """Note that everything was asked: the next scan begins anew."""
        self._write({"finished": True})

    def close(self) -> None:
        """Let others have it; one that knows nothing is not worth keeping."""
        if not any(self.units.values()):
            self.path.unlink(missing_ok=True)
        os.close(self._handle)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise EnergyAgentError(
                str(self.path), "is in use by another scan", "wait for it, or name another with --state FILE"
            ) from error

    def _begin(self, header: dict[str, Any], *, fresh: bool) -> None:
        content = _all_of(self._handle)
        whole = content[: content.rfind(b"\n") + 1]
        if content and not content.startswith(_BEGINNING):
            raise _not_of_a_scan(self.path)
        try:
            rows = [json.loads(line) for line in whole.splitlines()]
            is_over = fresh or any("finished" in row for row in rows)
            if rows and not is_over:
                self._check(rows[0], header)
                for row in rows[1:]:
                    unit = Unit.from_json(row["unit"])
                    if unit.unit_id not in header["units"]:
                        raise ValueError("a unit id that nobody asked for")
                    self.units.setdefault(int(row["baudrate"]), {})[unit.unit_id] = unit
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _not_of_a_scan(self.path) from error
        if rows and not is_over:
            os.ftruncate(self._handle, len(whole))
            os.lseek(self._handle, 0, os.SEEK_END)
            return
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        self._write(header)

    def _check(self, found: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        if found == header:
            return
        other = [name for name in header if found.get(name) != header[name]]
        told = ", ".join(f"{name} {_short(found.get(name))}" for name in other)
        raise EnergyAgentError(
            str(self.path),
            f"is of a scan that was stopped and had {told}",
            "call it as before to go on, begin anew with --fresh, or name another file with --state FILE",
        )

    def _write(self, row: Mapping[str, Any]) -> None:
        os.write(self._handle, json.dumps(row, separators=(",", ":")).encode() + b"\n")
        os.fsync(self._handle)


def default_path(link: Link) -> Path:
    """Return where the progress of a scan of this link is kept; EnergyAgentError without a home."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", link.address).strip("-")
    try:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    except RuntimeError as error:
        raise EnergyAgentError(
            "scan", "this user has no home folder", "name a file with --state FILE"
        ) from error
    return base / "energy-agent" / f"scan-{name}.jsonl"


def what_is_scanned(link: Link, baudrates: tuple[int, ...], units: tuple[int, ...]) -> dict[str, Any]:
    """Return what must be the same for a scan to go on."""
    asked: dict[str, Any] = {"link": f"{link.kind.value} {link.address}", "units": list(units)}
    if link.kind is LinkKind.SERIAL:
        asked |= {"baudrates": list(baudrates), "parity": link.parity, "stop_bits": link.stop_bits}
    return asked


def _not_of_a_scan(path: Path) -> EnergyAgentError:
    return EnergyAgentError(str(path), "is no file of a scan", "name another with --state FILE")


def _all_of(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, size, 0)


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
