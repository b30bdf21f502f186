"""Emission factors in words: each with its own digits, its source, and whether somebody has verified it."""

from __future__ import annotations

from dashboard.numbers import NBSP
from dashboard.page import Asked
from domain.carbon import Factor
from domain.flows import CarrierSum

_DIGITS = 10
"""More than any factor is published with, and fewer than what floating point adds to its end."""

_SUPPLIER = "calorific value by the supplier, "
"""What the method puts before the source of a factor that a supplier's statement changed."""


def factor_value(each: Factor) -> str:
    """Return a factor as it is used, with its unit; it is never rounded."""
    return f"{each.value:.{_DIGITS}g}{NBSP}{each.unit.replace('Nm3', 'Nm³')}"


def factor_source(each: Factor, asked: Asked) -> str:
    """Return where a factor is from: what the method names in the reader's language, the rest as declared."""
    words, source = asked.words, each.source.removeprefix(_SUPPLIER)
    named = {
        "plant file": words("plant file"),
        "GB/T 32151.34-2024, table C.1": words("GB/T 32151.34-2024, table C.1"),
    }
    told = named.get(source, source)
    if source == each.source:
        return told
    return words("calorific value by the supplier, %(source)s", source=told)


def factor_text(each: Factor, asked: Asked) -> str:
    """Return a factor, its source, and whether it is verified."""
    state = asked.words("verified") if each.is_verified else asked.words("not verified")
    told = ", ".join(part for part in (factor_value(each), factor_source(each, asked)) if part)
    return f"{told} ({state})"


def carrier_factor(each: CarrierSum, asked: Asked) -> str:
    """Return what the carbon of a carrier rests on; empty without a factor."""
    return "" if each.emission is None else factor_text(each.emission, asked)
