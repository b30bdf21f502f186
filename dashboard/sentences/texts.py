"""Sentences as a table of texts: a code stands beside a figure without facts, a finding comes with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from dashboard.sentences import Telling, Values
from dashboard.words import Words

_FACT = re.compile(r"%\((\w+)\)s")


def _(message: str) -> str:
    """Return an English sentence, marked for the catalogues."""
    return message


def tellings(texts: Mapping[str, tuple[str, str, str]]) -> Mapping[str, Telling]:
    """Return what tells each code: the sentence with facts where all of them are there, else the plain one.

    `texts`: code -> (plain sentence, cure, sentence with facts or "").
    """
    return {code: partial(_tell, *of_code) for code, of_code in texts.items()}


def _tell(plain: str, cure: str, detailed: str, words: Words, v: Values) -> tuple[str, str]:
    named = _named(words, v)
    is_detailed = detailed and named.keys() >= set(_FACT.findall(detailed))
    text = words(detailed if is_detailed else plain, **named)
    if v.get("thing"):
        text = words("%(thing)s: %(what)s", thing=v["thing"], what=text)
    return text, words(cure, **named) if cure else ""


def _named(words: Words, v: Values) -> dict[str, str]:
    """Return the facts, those that are names of the code as people call them."""
    if not v.keys() & {"against", "figure"}:
        return dict(v)
    names = {
        "invoices": words("invoices"),
        "subs": words("sub-meters"),
        "scope_1_2_t": words("Scope 1 and 2, market-based"),
        "scope_3_1_t": words("Scope 3 category 1"),
        "intensity_1_2": words("Scope 1 and 2 per output"),
        "intensity_3_1": words("Scope 3 category 1 per output"),
    }
    return {
        name: names.get(value, value) if name in ("against", "figure") else value for name, value in v.items()
    }
