"""Emission factors in words: each with its own digits, its source, and whether somebody has verified it."""

from __future__ import annotations

from dashboard.numbers import NBSP
from dashboard.page import Asked
from domain.carbon import Factor
from domain.flows import CarrierSum

_DIGITS = 10
"""More than any factor is published with, and fewer than what floating point adds to its end."""


def factor_value(each: Factor) -> str:
    """Return a factor as it is used, with its unit; it is never rounded."""
    return f"{each.value:.{_DIGITS}g}{NBSP}{each.unit.replace('Nm3', 'Nm³')}"


def factor_text(each: Factor, asked: Asked) -> str:
    """Return a factor, its source, and whether it is verified."""
    return f"{factor_value(each)}, {each.source} ({_state(asked, is_verified=each.is_verified)})"


def carrier_factor(each: CarrierSum, asked: Asked) -> str:
    """Return what the carbon of a carrier rests on; empty without a factor."""
    said, _, state = each.factor.rpartition(", ")
    known = {"verified": True, "not verified": False}
    if state not in known:
        return each.factor.replace("Nm3", "Nm³")
    said = said.replace("Nm3", "Nm³").replace(" ", NBSP, 1)
    return f"{said} ({_state(asked, is_verified=known[state])})"


def _state(asked: Asked, *, is_verified: bool) -> str:
    return asked.words("verified") if is_verified else asked.words("not verified")
