"""Where the simulated plant of a demo folder began: a later start goes on with the same plant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from domain.errors import EnergyAgentError

FILE_NAME = "demo.json"
"""In the state folder: whoever empties that begins anew."""
_OTHERS = ("journal.sqlite", "readings.duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What makes the plant what it is, beside its file."""

    start_ms: int
    """First start: the scenario's offsets count from here, and the history ends here."""
    seed: int
    scenario: str
    has_history: bool = False


def begin(state_dir: Path, *, now_ms: int, seed: int | None, scenario: str | None) -> Origin:
    """Return the origin of a folder, a new one where nothing began; None asks for what the folder has.

    EnergyAgentError for another seed or scenario than the folder's, and for a folder that began without one:
    its counters would jump.
    """
    path = state_dir / FILE_NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Origin)
    except FileNotFoundError:
        _refuse_strangers(state_dir)
        found = Origin(start_ms=now_ms, seed=1 if seed is None else seed, scenario=scenario or "demo")
        _write(state_dir, found)
    except msgspec.MsgspecError as error:
        hint = f"delete the folder {state_dir} to begin anew"
        raise EnergyAgentError(str(path), f"cannot be read: {error}", hint) from error
    for name, asked, has in (("seed", seed, found.seed), ("scenario", scenario, found.scenario)):
        if asked is not None and asked != has:
            hint = f"leave --{name} out to go on with it, or name another folder with --dir"
            raise EnergyAgentError(str(state_dir), f"holds a plant with {name} {has}", hint)
    return found


def mark_history(state_dir: Path, origin: Origin) -> None:
    """Note that the history is whole."""
    _write(state_dir, replace(origin, has_history=True))


def _refuse_strangers(state_dir: Path) -> None:
    for name in _OTHERS:
        if (state_dir / name).exists():
            hint = "name another folder with --dir, or delete this one"
            raise EnergyAgentError(str(state_dir), "holds readings of another plant or version", hint)


def _write(state_dir: Path, origin: Origin) -> None:
    path = state_dir / FILE_NAME
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(origin))
    fresh.replace(path)
