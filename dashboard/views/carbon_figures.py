"""What pages of the inventory share: its periods, names, states, links, and how its figures are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum
from urllib.parse import quote

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof, doubts, proof
from dashboard.said import SENTENCES, Sentence, of_code
from dashboard.source import Source
from dashboard.views.figure import Figure
from domain.carbon_book import CarbonBook, Closing
from domain.evidence import Evidence
from domain.factors import USES, FactorUsed
from domain.inventory import Inventory, Line, PerOutput, Total
from domain.periods import DAY_MS, Period, PeriodKind

SCOPES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3_1")
SCOPE_OF = {
    "1": "scope_1",
    "2_location": "scope_2_location",
    "2_market": "scope_2_market",
    "3_1": "scope_3_1",
}
"""Scope of a line -> its total."""
_DIGITS = 10
_ACTIVITIES = {"Nm3": Quantity.GAS}
_DECIMALS = {"kWh": 0, "t": 3}


# periods


def inventory_of(source: Source, period: Period) -> Inventory | None:
    """Return the inventory of a month or year; None where there is none."""
    found: Sequence[Inventory] = source.results(
        "inventory", since=period.since - DAY_MS, until=period.since + DAY_MS, period=period.kind
    )
    return next((each for each in found if each.period.name == period.name), None)


def months_of(source: Source, year: Period) -> tuple[Inventory, ...]:
    """Return the inventories of a year's months, oldest first."""
    found: Sequence[Inventory] = source.results(
        "inventory", since=year.since - DAY_MS, until=year.until, period=PeriodKind.MONTH
    )
    kept = (each for each in found if each.period.name.startswith(f"{year.name}-"))
    return tuple(sorted(kept, key=lambda each: each.period.since))


def carbon_href(period: Period, asked: Asked) -> str:
    """Return the page of a month or a year."""
    day = asked.calendar.day_of(period.since).isoformat()
    return f"/carbon?period={period.kind.value}&at={day}"


def period_name(period: Period, asked: Asked) -> str:
    """Return what a month or a year is called."""
    if period.kind is PeriodKind.MONTH:
        return asked.numbers.month_name(asked.calendar.day_of(period.since))
    return period.name


# links


def why_figure(period: str, figure: str) -> str:
    """Return where a figure of an inventory is taken apart."""
    return f"/why/inventory/{quote(period)}/{quote(figure)}"


def why_factor(factor: FactorUsed) -> str:
    """Return where a factor is: a lot's or a contract's own is in the entry that states it."""
    return f"/why/factor/{quote(factor.id)}" if factor.use in USES else ""


def line_id(line: Line) -> str:
    """Return the name of a line's figure."""
    return f"line.{line.scope}.{line.id}"


# figures


def tonnes(value: float | None, href: str, asked: Asked) -> Figure:
    """Return tCO2e; nothing is behind what is not known but the reason, which has the link too."""
    return Figure(asked.numbers.value(value, Quantity.CARBON_T), href)


def plus_minus(uncertainty: float | None, asked: Asked) -> str:
    """Return a relative uncertainty at k = 2, of a standard one."""
    if uncertainty is None:
        return MISSING
    return f"±{NBSP}{asked.numbers.percent(2.0 * uncertainty)}"


def activity_text(line: Line, asked: Asked) -> str:
    """Return the amount of a line with its unit."""
    return amount_text(line.activity, line.unit, asked)


def amount_text(amount: float | None, unit: str, asked: Asked) -> str:
    """Return an amount with its unit, with the digits of the report."""
    if unit in _ACTIVITIES:
        return asked.numbers.quantity(amount, _ACTIVITIES[unit])
    text = asked.numbers.number(amount, _DECIMALS.get(unit, 1))
    return text if text == MISSING else f"{text}{NBSP}{unit}"


def kwh_text(value: float | None, asked: Asked) -> str:
    """Return an energy in whole kWh, as instruments and invoices count it."""
    return amount_text(value, "kWh", asked)


def factor_value(factor: FactorUsed) -> str:
    """Return a factor's value with its unit, never rounded."""
    return value_text(factor.value, factor.unit)


def value_text(value: float, unit: str) -> str:
    """Return a value as it was entered, with its unit."""
    return f"{value:.{_DIGITS}g}" + ("" if unit == "1" else f"{NBSP}{unit_text(unit)}")


def unit_text(unit: str) -> str:
    """Return a unit as it is written."""
    for plain, written in (("CO2", "CO₂"), ("Nm3", "Nm³"), ("m2", "m²")):
        unit = unit.replace(plain, written)
    return unit


def per_output_text(value: float | None, unit: str, asked: Asked) -> str:
    """Return an intensity without its unit: tCO2e/t, kgCO2e/m2."""
    return asked.numbers.number(value if value is None or unit == "t" else value * 1000.0, 3)


def per_output_unit(unit: str) -> str:
    """Return the unit of an intensity."""
    return "tCO₂e/t" if unit == "t" else "kgCO₂e/m²"


def intensity_of(per: PerOutput, figure: str) -> float | None:
    """Return an intensity by the name of its figure."""
    known = {
        "scope_1": per.scope_1,
        "scope_1_2_location": per.scope_1_2_location,
        "scope_1_2_market": per.scope_1_2_market,
        "scope_3_1": per.scope_3_1,
    }
    return known.get(figure)


def total_of(found: Inventory, scope: str) -> Total:
    """Return the total of one of `SCOPES`."""
    totals = {
        "scope_1": found.scope_1,
        "scope_2_location": found.scope_2_location,
        "scope_2_market": found.scope_2_market,
        "scope_3_1": found.scope_3_1,
    }
    return totals[scope]


def lines_of(found: Inventory, scope: str) -> tuple[Line, ...]:
    """Return the lines of one of `SCOPES`."""
    return tuple(line for line in found.lines if SCOPE_OF.get(line.scope) == scope)


GASES = ("co2", "ch4", "n2o", "co2e")
"""Of a line; co2e: not split."""


def gases_of(lines: Iterable[Line]) -> dict[str, float]:
    """Return the tonnes of CO2e of each gas that is known of some line."""
    found: dict[str, list[float]] = {}
    for line in lines:
        for gas, tco2e in line.gases.items():
            found.setdefault(gas, []).append(tco2e)
    return {gas: fsum(found[gas]) for gas in GASES if gas in found}


# names


def scope_name(scope: str, asked: Asked) -> str:
    """Return what a total is called."""
    words = asked.words
    return {
        "scope_1": words("Scope 1"),
        "scope_2_location": words("Scope 2, location-based"),
        "scope_2_market": words("Scope 2, market-based"),
        "scope_1_2_location": words("Scope 1 and 2, location-based"),
        "scope_1_2_market": words("Scope 1 and 2, market-based"),
        "scope_3_1": words("Scope 3, category 1: aluminium"),
    }.get(scope, scope)


def line_name(line: Line, asked: Asked) -> str:
    """Return what a source is called."""
    return source_name(line.id, asked)


def source_name(source: str, asked: Asked) -> str:
    """Return what a source is called, by the id of its line; a lot by its id."""
    words = asked.words
    return {
        "gas": words("Natural gas"),
        "diesel": words("Diesel"),
        "gasoline": words("Petrol"),
        "lpg": words("LPG"),
        "electricity": words("Bought electricity"),
    }.get(source, source)


def line_title(line: Line, asked: Asked) -> str:
    """Return a source with its scope."""
    scope = scope_name(SCOPE_OF[line.scope], asked)
    return asked.words("%(scope)s: %(source)s", scope=scope, source=line_name(line, asked))


def state_word(found: Inventory, asked: Asked) -> tuple[str, str]:
    """Return (word, state of the pill) of a period."""
    words = asked.words
    if found.state == "restated":
        return words("restated"), "warning"
    if found.state == "closed":
        return words("closed, stands"), "good"
    return words("not closed"), "stale"


def level_name(line: Line, asked: Asked) -> str:
    """Return by which of the three methods a lot was counted."""
    words = asked.words
    return {
        "lot.supplier.1": words("supplier-specific"),
        "lot.hybrid.1": words("hybrid"),
        "lot.average.1": words("average data"),
    }.get(line.formula, line.formula)


def use_name(use: str, asked: Asked) -> str:
    """Return what a factor is for."""
    words = asked.words
    head, _, part = use.partition(".")
    whole = {
        "grid.location": words("grid factor, location-based"),
        "grid.residual": words("grid factor, residual mix"),
        "aluminium.primary": words("primary aluminium"),
        "aluminium.primary_green": words("primary aluminium, green power"),
        "aluminium.recycled": words("recycled aluminium"),
        "lot.factor": words("factor of the supplier"),
        "contract.factor": words("factor of the contract"),
        "gwp.ch4": words("warming potential of CH₄"),
        "gwp.n2o": words("warming potential of N₂O"),
    }
    if use in whole:
        return whole[use]
    fuels = {
        "gas": words("Natural gas"),
        "diesel": words("Diesel"),
        "gasoline": words("Petrol"),
        "lpg": words("LPG"),
    }
    parts = {
        "ncv": words("net calorific value"),
        "carbon": words("carbon content"),
        "oxidation": words("oxidation"),
        "ch4": words("CH₄ of burning"),
        "n2o": words("N₂O of burning"),
    }
    if head in fuels and part in parts:
        return words("%(fuel)s: %(part)s", fuel=fuels[head], part=parts[part])
    return use


def sayings(codes: Iterable[str], asked: Asked) -> tuple[Sentence, ...]:
    """Return what codes say of the figure they stand at, each once, with the cure where there is one."""
    found: dict[str, Sentence] = {}
    for code in dict.fromkeys(codes):
        short = doubts([code], asked)[0]
        is_known = short == code and code in SENTENCES
        said = of_code(code, "", asked) if is_known else Sentence(text=short, remedy="")
        found.setdefault(said.text, said)
    return tuple(found.values())


def code_texts(codes: Iterable[str], asked: Asked) -> tuple[str, ...]:
    """Return the same without the cures."""
    return tuple(each.text for each in sayings(codes, asked))


def proof_of(evidence: Evidence, asked: Asked, *, is_over: bool) -> Proof:
    """Return the evidence of a figure in words, the codes of the inventory too."""
    codes = [code for code in evidence.codes if is_over or code != "data.open"]
    return replace(proof(evidence, asked, is_over=is_over), why=code_texts(codes, asked))


# closings


def closings_of(book: CarbonBook, period: str) -> tuple[Closing, ...]:
    """Return the closing and the restatements of a period, oldest first."""
    return tuple(each for each in book.closings if each.period == period)
