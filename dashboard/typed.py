"""Numbers and instants as people type them: understood for sure, or refused with the cure; never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from dashboard.words import Words

LONGEST = 2000
"""Characters that are looked at: normalising takes time by the square of a run of combining marks."""
_SPACES = " \u00a0\u2009\u202f'’_"
"""What may part thousands besides comma and point."""
_SPACED = re.compile(rf"\d{{1,3}}([{_SPACES}])\d{{3}}(\1\d{{3}})*(?:[.,]\d+)?")
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?|[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?|[.,]\d+")
_LONGEST = 40


@dataclass(eq=False)
class Fault(Exception):
    """What was typed cannot be meant: which field, what is wrong, the cure."""

    field: str
    problem: str
    hint: str


def plain(text: str) -> str:
    """Return a typed text with full-width characters as ASCII, trimmed, in one line."""
    return " ".join(normalize("NFKC", text[:LONGEST]).replace("\u00a0", " ").split())


def number(text: str, field: str, words: Words) -> float:
    """Return a number: 1234.5, 1,234.5, 1.234,5, 1 234,5, 12,5 or full-width digits.

    One comma before three digits (1,234) may part thousands or decimals: that is refused.
    """
    typed = normalize("NFKC", text[:LONGEST]).strip().replace("−", "-")
    if not typed:
        raise Fault(field, words("nothing is entered"), words("write a number"))
    sign = -1.0 if typed.startswith("-") else 1.0
    digits = typed.lstrip("+-") if len(typed) - len(typed.lstrip("+-")) < 2 else typed
    if _SPACED.fullmatch(digits):
        for space in _SPACES:
            digits = digits.replace(space, "")
    elif _GROUPED.fullmatch(digits):
        digits = _ungrouped(digits, typed, field, words)
    if len(typed) > _LONGEST or not _PLAIN.fullmatch(digits):
        shown = typed[:_LONGEST]
        problem = words("“%(text)s” is no number", text=shown)
        raise Fault(field, problem, words("write digits and at most one decimal point, without a unit"))
    return sign * float(digits.replace(",", "."))


def _ungrouped(digits: str, typed: str, field: str, words: Words) -> str:
    """Return the number without its thousands separators; one comma alone may be either."""
    if digits.count(",") == 1 and "." not in digits:
        whole, decimal = digits.replace(",", ""), digits.replace(",", ".")
        problem = words("“%(text)s” can be read in two ways", text=typed)
        raise Fault(field, problem, words("write %(whole)s or %(decimal)s", whole=whole, decimal=decimal))
    if digits.count(".") == 1 and "," not in digits:
        return digits  # a decimal point, as everywhere on this page
    last = digits[max(digits.rfind(","), digits.rfind("."))]
    separator = last if digits.count(last) > 1 else {",": ".", ".": ","}[last]
    return digits.replace(separator, "")


def day(text: str, field: str, words: Words) -> date:
    """Return a day: 2026-03-01, 2026/3/1 or 2026年3月1日."""
    typed = plain(text)
    found = re.fullmatch(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?", typed)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else date.fromisoformat(typed)
    except ValueError:
        problem = words("“%(text)s” is no day", text=typed[:_LONGEST])
        raise Fault(field, problem, words("write 2026-03-01")) from None


def instant(text: str, field: str, words: Words) -> str:
    """Return an instant of plant time as `2026-03-01T08:00`; the agent judges whether it can be."""
    typed = plain(text).replace(" ", "T", 1)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", typed):
        problem = words("“%(text)s” is no instant", text=typed[:_LONGEST])
        raise Fault(field, problem, words("write 2026-03-01 08:00, plant time"))
    return typed
