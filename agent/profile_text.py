"""A profile as the text of its TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_BARE = ("scale", "pause_s")
"""Keys whose answers are numbers written as text, so that 0.001 stays 0.001."""


def profile_text(head: Mapping[str, Any]) -> str:
    """Return the table `[profile]`; empty answers are left out."""
    return "[profile]\n" + _lines(head)


def register_text(register: Mapping[str, Any]) -> str:
    """Return one table `[[registers]]`."""
    return "[[registers]]\n" + _lines(register)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(
        f"{key} = {value if key in _BARE else toml_value(value)}\n"
        for key, value in table.items()
        if value != ""
    )


def toml_value(value: object) -> str:
    """Return text, a whole number or a small table as TOML; a basic string escapes as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
