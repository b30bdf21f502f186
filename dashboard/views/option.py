"""One choice of a field."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """One choice."""

    value: str
    name: str
