"""Ids as they are compared: one id may be written in several ways, and is still one."""

from __future__ import annotations

import unicodedata

_DASHES = "\u02d7\u2043\u2212\u2500"
"""Written for a dash, and none of Unicode's dashes: modifier, bullet, minus, line."""


def plain_id(text: str) -> str:
    """Return an id without what tells no two apart: case, width, kind of dash, spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join("-" if _is_dash(each) else each for each in folded if not each.isspace())


def _is_dash(char: str) -> bool:
    return unicodedata.category(char) == "Pd" or char in _DASHES
