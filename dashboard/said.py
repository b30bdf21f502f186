"""Alerts, findings and their codes as sentences in the reader's language.

A code without a sentence here, or without the facts that its sentence needs, keeps the English text that it
came with: then `language` says so, for the markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.live import carrier_name
from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked
from dashboard.sentences import Telling, carbon, inventory, meters, models, totals
from domain.findings import Finding
from domain.plant import Carrier
from domain.results import Alert

SENTENCES: Mapping[str, Telling] = {
    **meters.SENTENCES,
    **models.SENTENCES,
    **totals.SENTENCES,
    **carbon.SENTENCES,
    **inventory.SENTENCES,
}

Facts = Mapping[str, float | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What is wrong, and what to do about it."""

    text: str
    remedy: str
    """Empty where nothing is to be done."""
    language: str = ""
    """"en" where both are English whatever the reader's language is; for `lang` of the element."""


def of_alert(alert: Alert, asked: Asked) -> Sentence:
    """Return an alert as a sentence."""
    return told(
        alert.code, alert.subject, asked, facts=alert.facts, problem=alert.problem, remedy=alert.remedy
    )


def of_finding(finding: Finding, asked: Asked) -> Sentence:
    """Return a finding as a sentence."""
    return told(
        finding.code,
        finding.key,
        asked,
        facts=finding.facts,
        problem=finding.problem,
        remedy=finding.remedy,
    )


def of_code(code: str, key: str, asked: Asked) -> Sentence:
    """Return what a code in the evidence of a figure means for that figure."""
    return told(code, key, asked, facts={}, problem=code, remedy="")


def told(code: str, key: str, asked: Asked, *, facts: Facts, problem: str, remedy: str) -> Sentence:
    """Return the sentence of a code about a thing; the English texts are for codes without one."""
    telling = SENTENCES.get(code)
    if telling is not None:
        try:
            text, cure = telling(asked.words, values_of(key, facts, asked))
        except KeyError:  # a fact that the sentence needs is not there
            pass
        else:
            return Sentence(text=text, remedy=cure)
    english = problem or code
    is_foreign = asked.language != "en"
    return Sentence(text=english, remedy=remedy, language="en" if is_foreign else "")


def thing(key: str, asked: Asked) -> str:
    """Return what people call a process, device, point, carrier, or what a finding names otherwise."""
    if key in [carrier.value for carrier in Carrier]:
        return carrier_name(Carrier(key), asked)
    head, _, rest = key.partition(".")
    if head == "meter":  # what a drift's suspects call work on a meter
        return variable_name(key, asked)
    name = asked.name_of(key)
    if rest and head in [device.id for device in asked.plant.devices]:
        return f"{asked.name_of(head)}{NBSP}· {name if name != key else rest}"
    if name == key and rest and variable_name(rest, asked) != rest and asked.name_of(head) != head:
        return f"{asked.name_of(head)}{NBSP}· {variable_name(rest, asked)}"  # of a model: coil.output
    if name == key and rest.isdigit() and asked.name_of(head) != head:
        return f"{asked.name_of(head)} {rest}"  # a track: coil.2026
    return name


def variable_name(name: str, asked: Asked) -> str:
    """Return what a relevant variable is called; one of the plant's own keeps its name."""
    words = asked.words
    known = {
        "output": words("output"),
        "operating_hours": words("operating hours"),
        "starts": words("starts"),
        "oven_temperature": words("oven temperature"),
        "ambient_temperature": words("ambient temperature"),
        "meter.exchange": words("a meter exchange"),
        "meter.reset": words("an undeclared reset of a meter"),
        "meter.gap": words("gaps in the readings"),
        "meter.bad": words("readings without a value"),
        "meter.conflict": words("contradictory readings"),
        "meter.stuck": words("a meter that stands still"),
        "meter.spike": words("impossible readings"),
        "meter.doubtful": words("a doubtful clock"),
    }
    return known.get(name, name)


def unit_name(unit: str) -> str:
    """Return how a unit of the plant file is written."""
    return {"m2": "m²", "m3": "m³", "m3/h": "m³/h", "C": "°C"}.get(unit, unit)


def values_of(key: str, facts: Facts, asked: Asked) -> dict[str, str]:
    """Return what sentences put in: the thing and each fact with its unit, as it is written."""
    found = {name: _written(name, value, asked) for name, value in facts.items()}
    found["thing"] = thing(key, asked)
    for name, size in (("share_percent", "share_size"), ("shift_percent", "shift_size")):
        value = facts.get(name)
        if isinstance(value, int | float):
            found[size] = asked.numbers.percent(abs(value) / 100.0)
    return found


def _written(name: str, value: float | str, asked: Asked) -> str:
    numbers = asked.numbers
    if isinstance(value, str):
        return thing(value, asked) if name == "other" else value
    if name.endswith("_percent"):
        return numbers.percent(value / 100.0, sign=True)
    if name in ("correction", "doubt", "share", "tolerance"):
        return numbers.percent(value, 2)
    if name.endswith("_min"):
        return numbers.age(round(value * 60_000))
    if name.endswith("_h"):
        return numbers.quantity(value, Quantity.HOURS)
    if name.endswith("_days"):
        return asked.words("%(n)s d", n=numbers.number(value, 1))
    if name.endswith("_nm3"):
        return numbers.quantity(value, Quantity.GAS)
    if name in ("stated", "actual"):  # tonnes, or tonnes by output
        return numbers.number(value, 3 if abs(value) < 100 else 1)
    decimals = 0 if value == round(value) or abs(value) >= 1000 else 1
    return numbers.number(value, decimals)
