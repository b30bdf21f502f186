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
    """Return part -> password; made at the first start, readable by the owner only."""
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(known, dict) and set(known) == set(PUBLISH):
            return known
    made = {part: secrets.token_urlsafe(24) for part in PUBLISH}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return made


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
