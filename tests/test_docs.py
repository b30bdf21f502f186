"""The documents name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named_tests() -> list[tuple[str, str]]:
    text = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    return NAMED.findall(text)


def test_the_fault_table_names_tests() -> None:
    assert len(named_tests()) > 30


@pytest.mark.parametrize(("file", "name"), named_tests())
def test_a_test_named_in_the_fault_table_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_command_of_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "agent/commands").glob("*.py")} - {"__init__", "common"}
    commands = {module.removesuffix("_") for module in modules}
    table = set(re.findall(r"^\| `(\w+)", text, re.MULTILINE))
    assert table == commands


def test_every_decision_says_why_and_what_follows() -> None:
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for heading in ("## Why now", "## Decision", "## Instead of", "## What follows"):
            assert heading in text, f"{path.name} has no {heading}"
