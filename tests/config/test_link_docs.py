"""The document about links names what exists."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import LinkTable

TEXT = (Path(__file__).parents[2] / "docs/links.md").read_text(encoding="utf-8")


def test_every_key_of_a_link_is_in_the_table_and_no_other() -> None:
    rows = re.findall(r"^\| (`.*?) \| (?:all|tcp|serial)", TEXT, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(LinkTable.model_fields)
