"""What each code says, by what it is about: a sentence and its cure, in words that catalogues translate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dashboard.words import Words

Values = Mapping[str, str]
"""`thing` and the facts, as they are written."""
Telling = Callable[[Words, Values], tuple[str, str]]
"""Gives problem and remedy; the remedy is "" where nothing is to be done."""
