"""Figures of a restatement as people read them: name, unit, digits, cause, and the page that one has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from dashboard.page import Asked
from dashboard.views.carbon import path_name
from dashboard.views.carbon_beside import comparison_name
from dashboard.views.carbon_figures import (
    intensity_of,
    line_id,
    per_output_unit,
    scope_name,
    source_name,
    unit_text,
    use_name,
    why_figure,
)
from domain.factors import USES
from domain.inventory import FigureChange, Inventory

SCOPED = {
    "1": "scope_1",
    "2_location": "scope_2_location",
    "2_market": "scope_2_market",
    "3_1": "scope_3_1",
}
PARTS = ("activity", "co2", "ch4", "n2o", "co2e", "fixed", "uncertainty", "coverage")
"""Ends of the names of a source's other figures."""
_LEAST, _MOST = 3, 9
"""Decimals of a change: tonnes to the kilogram; beyond the most it is what floating point leaves."""
_DIGITS = 3
"""Of a difference."""
_PERCENT = "%"


# amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """A change in the unit that pages use; rounded to the decimals its row subtracts."""

    before: float | None
    after: float | None
    difference: float | None
    decimals: int
    unit: str


def amounts_of(each: FigureChange) -> Amounts:
    """Return a change with as many digits as its difference needs; factors with all that they have."""
    scale, unit = _unit_of(each)
    found = [None if value is None else value * scale for value in (each.before, each.after)]
    known = [value for value in found if value is not None]
    is_both = len(known) == len(found)
    if each.figure.startswith("factor."):
        decimals = max(map(_decimals_of, known), default=0)
    else:
        decimals = _decimals(known[1] - known[0] if is_both else sum(known))
    shown = [round(value, decimals) for value in known]
    return Amounts(
        before=found[0],
        after=found[1],
        difference=round(shown[1] - shown[0], decimals) if is_both else None,
        decimals=decimals,
        unit=unit,
    )


def _decimals(difference: float) -> int:
    if difference == 0.0:
        return _LEAST
    return min(_MOST, max(_LEAST, _DIGITS - 1 - floor(log10(abs(difference)))))


def _decimals_of(value: float) -> int:
    """Return the decimals that a number has."""
    exponent = Decimal(f"{value:.10g}").normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _unit_of(each: FigureChange) -> tuple[float, str]:
    """Return scale and unit as shown."""
    if each.figure.rpartition(".")[2] in ("uncertainty", "coverage"):
        return 100.0, _PERCENT
    if each.unit == "tCO2e/m2":
        return 1000.0, per_output_unit("m2")
    return 1.0, "" if each.unit == "1" else unit_text(each.unit)


# where a figure is


def change_href(figure: str, found: Inventory) -> str:
    """Return the page of a figure; "" for one without a page, as of a lot that only comes."""
    head, _, rest = figure.partition(".")
    has_page = figure in SCOPED.values() or figure in [line_id(line) for line in found.lines]
    if head == "per_output":
        unit, _, scope = rest.partition(".")
        has_page = scope != "output" and any(
            per.unit == unit and intensity_of(per, scope) is not None for per in found.per_output
        )
    return why_figure(found.period.name, figure) if has_page else ""


# names


def change_name(figure: str, asked: Asked) -> str:
    """Return what a figure of a difference is called; its own name where it has no other."""
    head, _, rest = figure.partition(".")
    if head in SCOPED.values():
        return _with(scope_name(head, asked), part_name(rest, asked), asked)
    name = _NAMES.get(head)
    return name(rest, asked) if name is not None else figure


def part_name(part: str, asked: Asked) -> str:
    """Return what a part of a total or a source is called."""
    words = asked.words
    return {
        "": "",
        "activity": words("activity"),
        "co2": "CO₂",
        "ch4": "CH₄",
        "n2o": "N₂O",
        "co2e": "CO₂e",
        "known": words("what is known of it"),
        "fixed": words("by base-year factors"),
        "uncertainty": words("standard uncertainty"),
        "coverage": words("coverage"),
    }.get(part, part)


def _with(name: str, part: str, asked: Asked) -> str:
    return asked.words("%(text)s, %(more)s", text=name, more=part) if part else name


def _per_output(rest: str, asked: Asked) -> str:
    unit, _, scope = rest.partition(".")
    if scope == "output":
        return asked.words("Output, %(unit)s", unit=unit_text(unit))
    return asked.words("%(scope)s, per %(unit)s", scope=scope_name(scope, asked), unit=unit_text(unit))


def _line(rest: str, asked: Asked) -> str:
    scope, _, source = rest.partition(".")
    name, _, part = source.rpartition(".")
    if part not in PARTS:
        name, part = source, ""
    return _with(_source(scope, name, asked), part_name(part, asked), asked)


def _source(scope: str, name: str, asked: Asked) -> str:
    told = source_name(name, asked)
    if scope not in SCOPED:
        return told
    return asked.words("%(scope)s: %(source)s", scope=scope_name(SCOPED[scope], asked), source=told)


def _factor(rest: str, asked: Asked) -> str:
    """Return a factor of a source: `1.gas.gas.ncv`, with its id and entry where there are several."""
    uses = sorted((*USES, "lot.factor", "contract.factor"), key=len, reverse=True)
    use = next((each for each in uses if f".{each}" in rest), "")
    source, _, which = rest.partition(f".{use}") if use else (rest, "", "")
    scope, _, name = source.partition(".")
    told = asked.words(
        "%(part)s of %(source)s", part=use_name(use, asked), source=_source(scope, name, asked)
    )
    number = which.rpartition(".")
    return _with(told, f"{number[0].lstrip('.')} ({number[2]})" if which else "", asked)


def _cover(rest: str, asked: Asked) -> str:
    month, _, instrument = rest.partition(".")
    return asked.words(
        "Covered by %(instrument)s, %(month)s", instrument=instrument.replace("..", " … "), month=month
    )


def _reconciled(rest: str, asked: Asked) -> str:
    carrier, against, month, side = (*rest.split("."), "", "", "", "")[:4]
    words = asked.words
    sides = {
        "main": words("main meter or supply"),
        "other": words("what it is held against"),
        "reason": words("reason"),
    }
    told = _with(comparison_name(carrier, against, asked), month, asked)
    return _with(told, sides.get(side, side), asked)


def _avoided(rest: str, asked: Asked) -> str:
    words = asked.words
    return {
        "pv_kwh": words("PV, used by the plant itself"),
        "pv_plan_kwh": words("PV, plan for the period"),
        "pv_generated_kwh": words("PV, generated"),
        "pv_t": words("Avoided by PV"),
        "heat_kwh": words("Waste heat, recovered"),
        "heat_plan_kwh": words("Waste heat, plan for the period"),
        "heat_t": words("Avoided by recovered heat"),
    }.get(rest, rest)


def _path(rest: str, asked: Asked) -> str:
    path, year, part = (*rest.split("."), "", "", "")[:3]
    words = asked.words
    parts = {
        "allowed": words("allowed by the path"),
        "stated": words("stated by the plan itself"),
        "actual": words("by this inventory"),
        "actual_location": words("location-based, beside it"),
    }
    told = _with(words("Path: %(path)s", path=path_name(path, asked)), year, asked)
    return _with(told, parts.get(part, part), asked)


_NAMES: dict[str, Callable[[str, Asked], str]] = {
    "per_output": _per_output,
    "line": _line,
    "factor": _factor,
    "cover": _cover,
    "reconciled": _reconciled,
    "avoided": _avoided,
    "path": _path,
}


# causes

_WORD = re.compile(
    r"(?<![\w.-])(?:(?:windows|method|output)(?=;|$)|none(?= ->|;|$)"
    r"|(?:entries|windows|covers|formula|gas|diesel|gasoline|lpg|electricity)(?=:)|[a-z]+\.[a-z0-9_]+(?=:))"
)
"""Words of a cause, sources and uses of factors; all else in it is ids and numbers."""


def cause_text(cause: str, asked: Asked) -> str:
    """Return a cause of `analytics.restatement` with its few words in the reader's language."""
    words = asked.words
    known = {
        "entries": words("entries of the ledger"),
        "windows": words("readings of meters"),
        "covers": words("certificates and contracts"),
        "formula": words("formula"),
        "method": words("method or software"),
        "output": words("output"),
        "none": words("none"),
        "gas": words("Natural gas"),
        "diesel": words("Diesel"),
        "gasoline": words("Petrol"),
        "lpg": words("LPG"),
        "electricity": words("Bought electricity"),
    }
    if cause.startswith("reason: "):  # what somebody wrote stays as it is
        return f"{words('reason')}: {cause.removeprefix('reason: ')}"
    return _WORD.sub(lambda found: known.get(found[0]) or use_name(found[0], asked), cause)
