"""A line of the inventory taken apart: formula with its version, numbers put in, factors, meters, entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import (
    SCOPE_OF,
    activity_text,
    factor_value,
    kwh_text,
    level_name,
    line_id,
    line_title,
    months_of,
    plus_minus,
    scope_name,
    state_word,
    tonnes,
    why_figure,
)
from dashboard.views.carbon_table import Cell, Row, Table, cell, cells, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.inventory_model import (
    Context,
    WhyInventory,
    entries_table,
    evidence_of,
    exact_fact,
    factors_table,
    formula_version,
    meters_of,
    spread_fact,
    tonnes_text,
)
from dashboard.views.why.model import Fact
from domain.carbon_entries import AluminiumLot
from domain.factors import FactorUsed
from domain.inventory import Cover, Inventory, Line
from domain.periods import PeriodKind


def why_line(line: Line, context: Context) -> WhyInventory:
    """Return what a line rests on."""
    asked = context.asked
    words, is_sum = asked.words, is_of_months(line, context)
    proof, grades, doubts = evidence_of(line.evidence, context, line.codes)
    return WhyInventory(
        heading=line_title(line, asked),
        span=Figure(""),
        value=tonnes_text(line.tco2e, asked),
        version=formula_version(line.formula),
        formula=(words("The sum of its months; each of them used its own factors."),)
        if is_sum
        else formula_lines(line, context.found.covers, asked),
        facts=_facts(line, context),
        proof=proof,
        grades=grades,
        doubts=doubts,
        tables=tuple(_tables(line, context, is_sum=is_sum)),
        meters=meters_of(line.points, context) if line.points else None,
        links=(Figure(scope_name(SCOPE_OF[line.scope], asked), context.href(SCOPE_OF[line.scope])),),
    )


def is_of_months(line: Line, context: Context) -> bool:
    """Say whether a line adds up months: lots count in one month, everything else of a year in all."""
    return context.found.period.kind is PeriodKind.YEAR and line.scope != "3_1"


# the formula


def formula_lines(line: Line, covers: Sequence[Cover], asked: Asked) -> tuple[str, ...]:
    """Return a formula with the numbers that went in; the results are the line's own."""
    if line.activity is None or line.tco2e is None:
        return (asked.words("Something that the formula needs is not known, so the figure is not known."),)
    by_use = {
        factor.use.partition(".")[2]: factor for factor in line.factors if not factor.use.startswith("gwp.")
    }
    if line.formula in ("gas.1", "fuel.1"):
        return _burnt(line, by_use, asked)
    if line.formula == "market.1":
        return _market(line, covers, asked)
    if line.scope == "3_1":
        return _lot(line, asked)
    used = line.factors[0] if line.factors else None
    if used is None:
        return ()
    return (f"{_exact(line.activity, line.unit)} × {factor_value(used)} = {tonnes_text(line.tco2e, asked)}",)


def _exact(value: float, unit: str) -> str:
    shown = f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{shown}{NBSP}{unit.replace('Nm3', 'Nm³')}"


def _burnt(line: Line, by_use: Mapping[str, FactorUsed], asked: Asked) -> tuple[str, ...]:
    ncv, carbon, oxidation = (by_use.get(part) for part in ("ncv", "carbon", "oxidation"))
    if ncv is None or carbon is None or oxidation is None:
        return ()
    energy = f"{_exact(line.activity or 0.0, line.unit)} × {factor_value(ncv)}"
    burnt = f"{energy} × {factor_value(carbon)} × {factor_value(oxidation)} × 44/12"
    lines = [f"CO₂: {burnt} = {_gas(line, 'co2', asked)}"]
    for gas, written in (("ch4", "CH₄"), ("n2o", "N₂O")):
        factor = by_use.get(gas)
        warming = next((each for each in line.factors if each.use == f"gwp.{gas}"), None)
        if factor is not None and warming is not None and gas in line.gases:
            burnt = f"{energy} × {factor_value(factor)} × {warming.value:.10g}"
            lines.append(f"{written}: {burnt} = {_gas(line, gas, asked)}")
    if len(lines) > 1:
        lines.append(asked.words("together %(figure)s", figure=tonnes_text(line.tco2e, asked)))
    return tuple(lines)


def _gas(line: Line, gas: str, asked: Asked) -> str:
    """Return the amount of one gas, with the digits of the report."""
    text = asked.numbers.number(line.gases.get(gas), 3)
    return f"{text}{NBSP}{Quantity.CARBON_T.unit}"


def _market(line: Line, covers: Sequence[Cover], asked: Asked) -> tuple[str, ...]:
    words = asked.words
    by_kind = {
        kind: sum(each.kwh for each in covers if each.kind == kind) for kind in ("certificates", "contract")
    }
    rest = max(0.0, (line.activity or 0.0) - sum(by_kind.values()))
    energy = {
        "bought": kwh_text(line.activity, asked),
        "certificates": kwh_text(by_kind["certificates"], asked),
        "contracts": kwh_text(by_kind["contract"], asked),
        "rest": kwh_text(rest, asked),
    }
    residual = next((each for each in line.factors if each.use == "grid.residual"), None)
    lines = [
        words(
            "bought %(bought)s − certificates %(certificates)s − contracts %(contracts)s = %(rest)s", **energy
        )
    ]
    if residual is not None:
        lines.append(
            words("%(rest)s × residual mix %(factor)s", rest=energy["rest"], factor=factor_value(residual))
        )
    for each in line.factors:
        if each.use == "contract.factor":
            lines.append(
                words("energy under contract %(id)s × %(factor)s", id=each.id, factor=factor_value(each))
            )
    lines.append(words("together %(figure)s", figure=tonnes_text(line.tco2e, asked)))
    return tuple(lines)


def _lot(line: Line, asked: Asked) -> tuple[str, ...]:
    words = asked.words
    factor = (line.tco2e or 0.0) / line.activity if line.activity else None
    said = {
        "mass": _exact(line.activity or 0.0, line.unit),
        "factor": f"{asked.numbers.number(factor, 4)}{NBSP}tCO₂e/t",
        "figure": tonnes_text(line.tco2e, asked),
    }
    return (words("%(mass)s × %(factor)s = %(figure)s", **said),)


# facts and tables


def _facts(line: Line, context: Context) -> tuple[Fact, ...]:
    asked = context.asked
    words = asked.words
    facts = [
        Fact(name=words("activity"), value=Figure(activity_text(line, asked))),
        exact_fact(line.tco2e, "tCO2e", asked),
        spread_fact(line.uncertainty, asked),
        Fact(
            name=words("by factors of the base year"),
            value=Figure(tonnes_text(line.fixed_t, asked)),
            note=words("the same activity by the factors that hold in the base year"),
        ),
    ]
    if line.scope == "3_1":
        facts[:0] = [
            Fact(name=words("supplier"), value=Figure(line.subject)),
            Fact(name=words("method"), value=Figure(level_name(line, asked))),
            *_shares(line, context),
        ]
    if len(line.gases) > 1:
        names = {"co2": "CO₂", "ch4": "CH₄", "n2o": "N₂O"}
        facts += [
            Fact(name=names.get(gas, gas), value=Figure(_gas(line, gas, asked))) for gas in sorted(line.gases)
        ]
    return tuple(facts)


def _shares(line: Line, context: Context) -> list[Fact]:
    """Return the shares of a lot as its supplier states them."""
    words, numbers = context.asked.words, context.asked.numbers
    body = next(
        (
            each.body
            for each in context.book.booked
            if each.number in line.entries and isinstance(each.body, AluminiumLot)
        ),
        None,
    )
    if body is None or body.primary is None:
        return []
    shares = (
        (words("primary metal"), body.primary),
        (words("smelted with green power, of the primary metal"), body.green_power),
        (words("pre-consumer scrap"), body.pre_consumer),
        (words("post-consumer scrap"), body.post_consumer),
    )
    methods = {"cut_off": words("cut-off"), "co_product": words("co-product")}
    facts = [Fact(name=name, value=Figure(numbers.percent(share))) for name, share in shares]
    facts.append(
        Fact(name=words("how pre-consumer scrap counts"), value=Figure(methods.get(body.scrap_method, "")))
    )
    return facts


def _tables(line: Line, context: Context, *, is_sum: bool) -> list[Table]:
    tables = []
    if is_sum:
        tables.append(_months(line, context))
    tables.append(factors_table(line.factors, context.asked))
    if line.formula == "market.1":
        tables.append(covers_table(context.found.covers, context.asked))
    numbers = [*line.entries, *(factor.entry for factor in line.factors)]
    tables.append(entries_table(numbers, context))
    return tables


def covers_table(covers: Sequence[Cover], asked: Asked) -> Table:
    """Return what covers which month."""
    words = asked.words
    return Table(
        id="covers",
        title=words("What covers it"),
        columns=(
            *texts(words("Month"), words("Ids"), words("Retired"), words("Beneficiary")),
            *numeric(words("Energy")),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(each.month),
                    cell(Figure(each.instrument, f"/why/entry/{each.entry}")),
                    cell(each.retired),
                    cell(each.beneficiary),
                    cell(kwh_text(each.kwh, asked)),
                )
            )
            for each in covers
        ),
        empty=words("Nothing covers it: all of it counts as residual mix."),
    )


def _months(line: Line, context: Context) -> Table:
    asked = context.asked
    words = asked.words
    months = months_of(context.source, context.found.period)
    return Table(
        id="months",
        title=words("Its months"),
        columns=(
            *texts(words("Month"), words("State")),
            *numeric(words("Activity"), Quantity.CARBON_T.unit, words("Uncertainty")),
            *texts(words("Factors")),
        ),
        rows=tuple(row for month in months for row in _month_rows(line, month, asked)),
        empty=words("No month of this year has figures."),
    )


def _month_rows(line: Line, month: Inventory, asked: Asked) -> list[Row]:
    found = [each for each in month.lines if (each.scope, each.id) == (line.scope, line.id)]
    word, state = state_word(month, asked)
    return [
        Row(
            cells=(
                cell(Figure(month.period.name, why_figure(month.period.name, line_id(each)))),
                cell(word, state=state),
                cell(activity_text(each, asked)),
                cell(tonnes(each.tco2e, why_figure(month.period.name, line_id(each)), asked)),
                cell(plus_minus(each.uncertainty, asked)),
                _factor_ids(each),
            )
        )
        for each in found
    ]


def _factor_ids(line: Line) -> Cell:
    return cells(Figure(each.id, f"/why/factor/{each.id}") for each in line.factors)
