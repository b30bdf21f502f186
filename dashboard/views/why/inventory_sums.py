"""Sums of the inventory taken apart: totals, intensities, points of a path, suppliers, the whole period."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.views.carbon import held_value, path_name
from dashboard.views.carbon_figures import (
    SCOPES,
    activity_text,
    amount_text,
    intensity_of,
    line_id,
    line_name,
    lines_of,
    months_of,
    per_output_text,
    per_output_unit,
    plus_minus,
    scope_name,
    state_word,
    tonnes,
    total_of,
    unit_text,
    why_figure,
)
from dashboard.views.carbon_lots import share_of, suppliers_of
from dashboard.views.carbon_scopes import PARTS_OF, sum_of
from dashboard.views.carbon_table import Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.inventory_model import (
    Context,
    WhyInventory,
    entries_table,
    evidence_of,
    exact_fact,
    factors_table,
    meters_of,
    spread_fact,
    tonnes_text,
)
from dashboard.views.why.inventory_parts import gases_table, groups_table
from dashboard.views.why.model import Fact
from domain.factors import FactorUsed
from domain.inventory import Line, PathPoint, PerOutput
from domain.periods import PeriodKind


def why_whole(context: Context) -> WhyInventory:
    """Return all totals of a period, each with its way down."""
    words, found = context.asked.words, context.found
    proof, grades, doubts = evidence_of(found.scope_1.evidence, context)
    return WhyInventory(
        heading=words("Totals of the inventory"),
        span=Figure(""),
        value=tonnes_text(sum_of(found, "scope_1_2_market")[0], context.asked),
        version="",
        formula=(words("Scope 1 and market-based Scope 2; every total is the sum of its lines."),),
        proof=proof,
        grades=grades,
        doubts=doubts,
        tables=(_totals(context), lines_table(found.lines, context), _factors(found.lines, context.asked)),
    )


def _totals(context: Context) -> Table:
    asked, found = context.asked, context.found
    words = asked.words
    rows = []
    for scope in (*SCOPES[:3], *PARTS_OF, SCOPES[3]):
        amount, uncertainty, fixed = sum_of(found, scope)
        href = context.href(scope)
        rows.append(
            Row(
                cells=(
                    cell(Figure(scope_name(scope, asked), href)),
                    cell(tonnes(amount, href, asked)),
                    cell(plus_minus(uncertainty, asked)),
                    cell(tonnes(fixed, href, asked)),
                ),
                is_sum=scope in PARTS_OF,
            )
        )
    return Table(
        id="totals",
        title=words("Totals"),
        columns=(
            *texts(words("Scope")),
            *numeric(Quantity.CARBON_T.unit, words("Uncertainty"), words("By factors of the base year")),
        ),
        rows=tuple(rows),
    )


def lines_table(lines: Sequence[Line], context: Context) -> Table:
    """Return lines that add up, each with its way down."""
    asked = context.asked
    words = asked.words
    return Table(
        id="lines",
        title=words("Lines that add up to it"),
        columns=(
            *texts(words("Source of emissions"), words("Scope")),
            *numeric(words("Activity"), Quantity.CARBON_T.unit, words("Uncertainty")),
        ),
        rows=tuple(_line_row(line, context) for line in lines),
        empty=words("Nothing is entered or metered of it: it is not known, and not 0."),
        is_long=len(lines) > 16,
    )


def _line_row(line: Line, context: Context) -> Row:
    asked, href = context.asked, context.href(line_id(line))
    scope = {"1": "scope_1", "2_location": "scope_2_location", "2_market": "scope_2_market"}.get(
        line.scope, "scope_3_1"
    )
    return Row(
        cells=(
            cell(Figure(line_name(line, asked), href), line.subject),
            cell(scope_name(scope, asked)),
            cell(activity_text(line, asked)),
            cell(tonnes(line.tco2e, href, asked)),
            cell(plus_minus(line.uncertainty, asked)),
        )
    )


def _factors(lines: Sequence[Line], asked: Asked) -> Table:
    """Return every factor that some lines used, each once; a lot's own are on its page."""
    used: dict[tuple[str, int], FactorUsed] = {}
    for line in lines:
        for factor in line.factors:
            if factor.use != "lot.factor":
                used.setdefault((factor.id, factor.entry), factor)
    return factors_table(used.values(), asked)


# totals


def why_scope(scope: str, context: Context) -> WhyInventory:
    """Return what a total, or the sum of two, rests on."""
    asked, found = context.asked, context.found
    parts = PARTS_OF.get(scope, (scope,))
    amount, uncertainty, fixed = sum_of(found, scope)
    lines = tuple(line for part in parts for line in lines_of(found, part))
    totals = [total_of(found, part) for part in parts]
    proof, grades, doubts = evidence_of(
        totals[0].evidence, context, [code for each in totals for code in each.codes]
    )
    points = list(dict.fromkeys(point for line in lines for point in line.points))
    return WhyInventory(
        heading=scope_name(scope, asked),
        span=Figure(""),
        value=tonnes_text(amount, asked),
        version="",
        formula=_sum_lines(parts, lines, amount, context),
        facts=(
            exact_fact(amount, "tCO2e", asked),
            spread_fact(uncertainty, asked),
            Fact(name=asked.words("by factors of the base year"), value=Figure(tonnes_text(fixed, asked))),
            Fact(
                name=asked.words("of the lines that are known"),
                value=Figure(tonnes_text(sum(each.known_t for each in totals), asked)),
            ),
        ),
        proof=proof,
        grades=grades,
        doubts=doubts,
        tables=(
            *((gases_table(scope, found, asked),) if len(parts) == 1 else ()),
            *((groups_table(found, asked),) if scope == "scope_3_1" and lines else ()),
            *_months(scope, context),
            lines_table(lines, context),
            _factors(lines, asked),
        ),
        meters=meters_of(points, context) if points else None,
    )


def _sum_lines(
    parts: Sequence[str], lines: Sequence[Line], amount: float | None, context: Context
) -> tuple[str, ...]:
    asked = context.asked
    words = asked.words
    if amount is None:
        return (words("A line of it is not known, so the sum is not known."),)
    if len(parts) > 1:
        terms = [
            f"{scope_name(each, asked)} {tonnes_text(total_of(context.found, each).tco2e, asked)}"
            for each in parts
        ]
    elif len(lines) <= 6:
        terms = [f"{line_name(line, asked)} {tonnes_text(line.tco2e, asked)}" for line in lines]
    else:
        return (words("The sum of %(count)s lines.", count=len(lines)), _spread_text(asked))
    return (f"{' + '.join(terms)} = {tonnes_text(amount, asked)}", _spread_text(asked))


def _spread_text(asked: Asked) -> str:
    return asked.words(
        "Uncertainty: root of the sum of squares over sources; the months of one source do not average out."
    )


def _months(scope: str, context: Context) -> tuple[Table, ...]:
    if context.found.period.kind is not PeriodKind.YEAR:
        return ()
    asked = context.asked
    words = asked.words
    rows = []
    for month in months_of(context.source, context.found.period):
        word, state = state_word(month, asked)
        amount, uncertainty, _ = sum_of(month, scope)
        href = why_figure(month.period.name, scope)
        rows.append(
            Row(
                cells=(
                    cell(Figure(month.period.name, href)),
                    cell(word, state=state),
                    cell(tonnes(amount, href, asked)),
                    cell(plus_minus(uncertainty, asked)),
                )
            )
        )
    return (
        Table(
            id="months",
            title=words("Its months"),
            columns=(
                *texts(words("Month"), words("State")),
                *numeric(Quantity.CARBON_T.unit, words("Uncertainty")),
            ),
            rows=tuple(rows),
            empty=words("No month of this year has figures."),
        ),
    )


# per output


def why_per_output(per: PerOutput, scope: str, context: Context) -> WhyInventory:
    """Return what an intensity rests on."""
    asked, found = context.asked, context.found
    words, numbers = asked.words, asked.numbers
    value, amount = intensity_of(per, scope), sum_of(found, scope)[0]
    output = numbers.number(per.output, 1)
    output = output if output == MISSING else f"{output}{NBSP}{unit_text(per.unit)}"
    shown = per_output_text(value, per.unit, asked)
    shown = shown if shown == MISSING else f"{shown}{NBSP}{per_output_unit(per.unit)}"
    part = total_of(found, PARTS_OF.get(scope, (scope,))[0])
    proof, grades, doubts = evidence_of(part.evidence, context, per.codes)
    outputs = [
        point.id
        for point in asked.plant.points
        if point.carrier is not None and point.carrier == "production"
    ]
    formula = (
        words(
            "%(figure)s ÷ output %(output)s = %(ratio)s",
            figure=tonnes_text(amount, asked),
            output=output,
            ratio=shown,
        )
        if value is not None
        else words("Amount or output is not known, or there was no output: nothing is known per output.")
    )
    return WhyInventory(
        heading=words("%(scope)s, per %(unit)s", scope=scope_name(scope, asked), unit=unit_text(per.unit)),
        span=Figure(""),
        value=shown,
        version="",
        formula=(formula,),
        facts=(exact_fact(value, f"tCO2e/{per.unit}", asked),),
        proof=proof,
        grades=grades,
        doubts=doubts,
        meters=meters_of(outputs, context),
        links=(Figure(scope_name(scope, asked), context.href(scope)),),
    )


# paths


def why_path(path: PathPoint, context: Context) -> WhyInventory:
    """Return what a year against a path rests on."""
    asked = context.asked
    words, numbers = asked.words, asked.numbers
    unit = unit_text(path.unit)
    scope = "scope_1_2_market" if path.path == "scope_1_2" else "scope_3_1"
    output = path.unit.partition("/")[2] or "t"

    def figure(value: float | None, decimals: int = 3) -> str:
        text = numbers.number(value, decimals)
        return text if text == MISSING else f"{text}{NBSP}{unit}"

    verdict = {True: words("above the path"), False: words("within the path"), None: words("not known")}
    facts = [
        Fact(name=words("allowed by the path"), value=Figure(figure(path.allowed, 2))),
        Fact(
            name=words("by this inventory"),
            value=Figure(
                figure(path.actual), context.href(f"per_output.{output}.{scope}") if path.actual else ""
            ),
            note=words("market-based") if path.path == "scope_1_2" else "",
        ),
        Fact(name=words("stated by the plan itself"), value=Figure(figure(path.stated))),
        Fact(name=words("verdict"), value=Figure(verdict[path.is_over])),
    ]
    if path.actual_location is not None:
        link = context.href(f"per_output.{output}.scope_1_2_location")
        facts.insert(
            2, Fact(name=words("location-based, beside it"), value=Figure(figure(path.actual_location), link))
        )
    if path.projection is not None:
        ends = f"{numbers.number(path.projection.low, 3)} – {numbers.number(path.projection.high, 3)}"
        share = numbers.percent(path.projection.confidence, 0)
        note = words("%(confidence)s sure: %(span)s", confidence=share, span=ends)
        facts.append(
            Fact(
                name=words("expected at the year's end"),
                value=Figure(figure(path.projection.value)),
                note=note,
            )
        )
    return WhyInventory(
        heading=words("Path: %(path)s", path=path_name(path.path, asked)),
        span=Figure(""),
        value=figure(held_value(path)),
        version="",
        formula=(
            words("A year that runs is judged by what it is expected to end at; others by their inventory."),
            words("Where there is no inventory, by what the plan itself states."),
        ),
        facts=tuple(facts),
        links=(Figure(words("Targets and paths"), f"/target#path-{path.path}"),),
    )


# suppliers


def why_supplier(name: str, context: Context) -> WhyInventory | None:
    """Return what the aluminium of a supplier rests on; None for one without a lot in the period."""
    asked, found = context.asked, context.found
    words, numbers = asked.words, asked.numbers
    supplier = next((each for each in suppliers_of(found) if each.name == name), None)
    if supplier is None:
        return None
    amount, mass = supplier.tco2e, supplier.mass_t
    proof, grades, doubts = evidence_of(
        supplier.lots[0].evidence, context, [code for lot in supplier.lots for code in lot.codes]
    )
    return WhyInventory(
        heading=words("Aluminium of %(supplier)s", supplier=name or MISSING),
        span=Figure(""),
        value=tonnes_text(amount, asked),
        version="",
        formula=(words("The sum of its lots; each has a method and factors of its own."),),
        facts=(
            Fact(name=words("mass"), value=Figure(amount_text(mass, "t", asked))),
            exact_fact(amount, "tCO2e", asked),
            Fact(
                name=words("share of all aluminium"), value=Figure(numbers.percent(share_of(amount, found)))
            ),
        ),
        proof=proof,
        grades=grades,
        doubts=doubts,
        tables=(
            lines_table(supplier.lots, context),
            entries_table([number for lot in supplier.lots for number in lot.entries], context),
        ),
        links=(Figure(scope_name("scope_3_1", asked), context.href("scope_3_1")),),
    )
