"""What one root covers: a sealed day as canonical bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from domain.seals import Seal
from storage.seal_rows import PointSeal

FIRST_PREVIOUS = "0" * 64
"""The root before the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One seal with all that its root covers: rows received in [since, until), ledger entries by number."""

    number: int
    day: str
    sealed: int
    since: int | None
    """None of the first: all before `until`."""
    until: int
    previous: str
    first_entry: int
    last_entry: int
    points: Mapping[str, PointSeal]
    entries: Mapping[int, bytes]
    """SHA-256 of each."""

    def root(self) -> str:
        """Return the SHA-256, hex, of all of it."""
        plain = {
            "number": self.number,
            "day": self.day,
            "sealed": self.sealed,
            "since": self.since,
            "until": self.until,
            "previous": self.previous,
            "first_entry": self.first_entry,
            "last_entry": self.last_entry,
            "points": [
                [name, each.readings, each.sha.hex(), each.locator.hex()]
                for name, each in sorted(self.points.items())
            ],
            "entries": [[number, sha.hex()] for number, sha in sorted(self.entries.items())],
        }
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=repr)
        return sha256(text.encode()).hexdigest()


def seal_of(link: Link, root: str) -> Seal:
    """Return a link as people know it."""
    return Seal(
        day=link.day,
        sealed=link.sealed,
        readings=sum(each.readings for each in link.points.values()),
        points=len(link.points),
        first_entry=link.first_entry,
        last_entry=link.last_entry,
        root=root,
        previous=link.previous,
    )
