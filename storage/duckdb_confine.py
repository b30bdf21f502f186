"""What SQL may touch in the embedded store. Connections are given."""

from __future__ import annotations

from pathlib import Path

from storage.schema import Connection

_EXTENSIONS = ("autoinstall_known_extensions", "autoload_known_extensions")
CLOSED: dict[str, str | bool | int | float | list[str]] = dict.fromkeys(_EXTENSIONS, False)
"""Settings under which nothing is fetched or loaded."""


def confine(con: Connection, kind: str, allowed: Path) -> None:
    """Let SQL touch the database and what is allowed, nothing else, and let no SQL change that."""
    con.execute(f"SET allowed_{kind} = [{_text(str(allowed))}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _text(text: str) -> str:
    """Return SQL text of a string, where parameters are not taken."""
    return "'" + text.replace("'", "''") + "'"
