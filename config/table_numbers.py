"""Numbers and units as people write them in tables, exactly. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from config.codes import shown

UNIT_WORDS = {
    **dict.fromkeys(("吨", "公吨", "T", "tonne", "tonnes"), "t"),
    **dict.fromkeys(("千克", "公斤", "KG", "Kg"), "kg"),
    **dict.fromkeys(("m²", "㎡", "M2", "平方米", "平米"), "m2"),
}
"""How people write units that they mean."""
_NUMBER = re.compile(r"[+]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([,.'’ \u00a0\u202f，]\d{3})+([.,]\d+)?", re.ASCII)
_MAYBE_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoNumber:
    """Why a text is no number from 0 on."""

    what: str
    """thousands, negative or bad_number."""
    problem: str
    remedy: str


def exact_number(text: str, name: str, *, decimal_comma: bool = False) -> Decimal | NoNumber:
    """Return a number as written, exactly, or why it is none; `name` is what the number is of."""
    if _GROUPED.fullmatch(text) and not _plain(text, decimal_comma=decimal_comma):
        remedy = "write it without separators of thousands: 1234.5"
        problem = f"{name} {shown(text)} has separators"
        if decimal_comma and _MAYBE_GROUPED.fullmatch(text):
            problem = f"{name} {shown(text)} may mean thousands or three decimals"
            remedy = "in a file with semicolons write the decimals with a comma, thousands without a point"
        return NoNumber(what="thousands", problem=problem, remedy=remedy)
    plain = text.replace(",", ".") if decimal_comma and text.count(",") == 1 and "." not in text else text
    if plain.startswith(("-", "−")) and _NUMBER.fullmatch(plain[1:]):
        problem = f"{name} {shown(text)} is below zero"
        return NoNumber(what="negative", problem=problem, remedy="write it without a sign, or leave it out")
    if not _NUMBER.fullmatch(plain):
        remedy = "write a plain number: 1234.5"
        if "," in plain and not decimal_comma:
            remedy = "write the decimals with a point: 1234.5; only a table with semicolons may have commas"
        return NoNumber(what="bad_number", problem=f"{name} {shown(text)} is no number", remedy=remedy)
    return Decimal(plain)


def _plain(text: str, *, decimal_comma: bool) -> bool:
    """Say whether what looks grouped is a number with three decimals all the same."""
    if decimal_comma:
        return bool(re.fullmatch(r"[+-]?(\d+,\d+|0\.\d+)", text, re.ASCII))
    return bool(re.fullmatch(r"[+-]?\d+\.\d+", text, re.ASCII))
