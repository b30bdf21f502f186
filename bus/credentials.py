"""Who may do what at the embedded broker: one generated password a part, kept in a private file."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

PUBLISH: Mapping[str, tuple[str, ...]] = {
    "collector": (
        "energy/+/+/+/readings",
        "energy/+/+/+/gaps",
        "energy/+/+/+/meta",
        "energy/+/+/status",
    ),
    "store": ("energy/+/+/ack", "energy/+/analytics/#"),
    "reader": (),
}
"""Part -> topics it may publish to."""

SUBSCRIBE: Mapping[str, tuple[str, ...]] = {
    "collector": ("energy/+/+/ack", "energy/+/+/status"),
    "store": (
        "energy/+/+/+/readings",
        "energy/+/+/+/gaps",
        "energy/+/+/+/meta",
        "energy/+/+/status",
    ),
    "reader": ("energy/#",),
}
"""Part -> topics it may receive; "reader" is for integrators on this host."""


def load_or_create(path: Path) -> dict[str, str]:
    """Return part -> password; made at the first start, readable by the owner only.

    Passwords that others could read, or a file that is not whole, are replaced: they are nobody's but ours.
    """
    known = _load(path)
    if known is not None:
        return known
    made = {part: secrets.token_urlsafe(24) for part in PUBLISH}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return made


def _load(path: Path) -> dict[str, str] | None:
    if not path.exists() or path.stat().st_mode & 0o077:
        return None
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    is_whole = isinstance(known, dict) and set(known) == set(PUBLISH)
    return known if is_whole and all(isinstance(word, str) and word for word in known.values()) else None


def covers(allowed: str, wanted: str) -> bool:
    """Say whether the MQTT filter `allowed` covers the topic or filter `wanted` as a whole."""
    mine, theirs = allowed.split("/"), wanted.split("/")
    for place, level in enumerate(mine):
        if level == "#":
            return True
        if place >= len(theirs) or theirs[place] == "#":
            return False
        if level not in ("+", theirs[place]):
            return False
    return len(mine) == len(theirs)
