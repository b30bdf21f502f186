"""Roots kept elsewhere: written as JSON, and compared with the chain that is here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from domain.seals import Broken, Seal
from storage.landing import land

FORMAT = "energy-agent roots 1"
SHORTEST_ROOT = 16
"""Characters of a root that are enough to name it."""
_REMEDY = "take store, ledger and seals from backups made before, and find out who wrote to them"


class Unreadable(Exception):
    """A file is no export of roots."""


class Exported(msgspec.Struct, kw_only=True):
    """The file; roots oldest first."""

    format: str
    site: str
    gateway: str
    written: int
    """When, ms since 1970 UTC."""
    seals: tuple[Seal, ...]


def write_roots(path: Path, seals: Sequence[Seal], *, site: str, gateway: str, at: int) -> None:
    """Write the file, whole or not at all."""
    exported = Exported(format=FORMAT, site=site, gateway=gateway, written=at, seals=tuple(seals))
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(exported), indent=1) + b"\n")
        land(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_roots(path: Path, *, site: str, gateway: str) -> Exported:
    """Return an export of this gateway; Unreadable says what else the file is."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Exported)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"{path} is no export of `energy-agent verify`: {error}") from error
    if found.format != FORMAT:
        raise Unreadable(f"{path} has the format {found.format!r}; this agent reads {FORMAT!r}")
    if (found.site, found.gateway) != (site, gateway):
        raise Unreadable(f"{path} is of {found.site}/{found.gateway}; this is {site}/{gateway}")
    return found


def made_again(seals: Sequence[Seal], exported: Exported) -> Broken | None:
    """Return from which day on the chain is another one than the exported; None when it is the same."""
    here = {seal.day: seal.root for seal in seals}
    other = [seal for seal in exported.seals if here.get(seal.day) != seal.root]
    if not other:
        return None
    first = other[0]
    if first.day not in here:
        problem = f"was sealed when the roots were exported and has no seal now; so {len(other)} days in all"
    else:
        problem = (
            f"the chain was made again from this day on: its root was {first.root} when it was exported and "
            f"is {here[first.day]}; {len(other)} days differ"
        )
    return Broken(day=first.day, what="seal", subject=first.day, at=None, problem=problem, remedy=_REMEDY)


def root_missing(seals: Sequence[Seal], root: str) -> Broken | None:
    """Return that no day has a root that somebody noted; None when one has it."""
    if any(seal.root.startswith(root) for seal in seals):
        return None
    day = seals[-1].day if seals else ""
    problem = (
        f"no day has the root {root}: the chain was made again since it was noted, or is another plant's"
    )
    return Broken(day=day, what="seal", subject=day, at=None, problem=problem, remedy=_REMEDY)
