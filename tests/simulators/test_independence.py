"""The witnesses share nothing with what they witness."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "simulators"
ROOMS = {
    "agent",
    "analytics",
    "bus",
    "collector",
    "config",
    "dashboard",
    "storage",
    "tests",
    "pymodbus",
    "msgspec",
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_a_file_imports_the_domain_without_its_codec(path: Path) -> None:
    names = imported(path)
    assert not {name.partition(".")[0] for name in names} & ROOMS
    assert "domain.codec" not in names
