"""Sections of an inventory report about how it was made: formulas, factors, how well figures are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.proof import proof
from dashboard.source import Source
from dashboard.views.carbon_figures import (
    SCOPE_OF,
    line_id,
    line_name,
    total_of,
    unit_text,
    use_name,
    why_factor,
)
from dashboard.views.carbon_scopes import told_t
from dashboard.views.inventory_report_meters import meters_table
from dashboard.views.inventory_report_parts import (
    Reported,
    Section,
    counted,
    exact,
    exactly,
    reference,
    spaced,
    tonnes,
    tonnes_column,
    twofold,
)
from dashboard.views.inventory_report_words import formula_text, scope_name
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.factors import FactorUsed
from domain.inventory import Inventory, Line

_BY_THE_LOT = ("lot.factor", "contract.factor")
"""Factors that stand with their lot or contract."""


def method(reported: Reported, source: Source) -> Section:
    """Return the method box: what was computed how, with which factors."""
    asked = reported.asked
    words = asked.words
    return Section(
        id="method",
        title=words("Quantification: method and factors"),
        facts=tuple(_facts(reported, source)),
        tables=(_formulas(reported), _factors(reported)),
    )


def _facts(reported: Reported, source: Source) -> Iterator[tuple[str, str]]:
    asked, carbon = reported.asked, source.method.carbon
    words, used = asked.words, {each.id: each for line in reported.inventory.lines for each in line.factors}
    yield (
        words("Approach"),
        words(
            "Calculation: metered or invoiced activity × factors of the ledger that hold in the month. A year"
            " is the sum of its months; closed months keep their closed figures. Numbers are rounded only"
            " where they are shown."
        ),
    )
    yield words("Gas volume"), words("Nm³ at 0 °C and 101.325 kPa")
    yield (
        words("Calorific value of gas"),
        words("the supplier's statement of a month goes before the default of the ledger"),
    )
    yield (
        words("Market-based electricity"),
        words(
            "Certificates count where they are retired for the right beneficiary, once each, for their"
            " vintage and never beyond what was metered; what nothing covers is residual mix."
        ),
    )
    yield (
        words("Certificates match within"),
        words("a calendar month") if carbon.certificate_match == "month" else words("a calendar year"),
    )
    yield words("Region of the grid"), carbon.grid_region or words("not stated in the plant file")
    for use in ("gwp.ch4", "gwp.n2o"):
        found = [each for each in used.values() if each.use == use]
        told = words(", ").join(f"{exactly(each.value)} ({each.source})" for each in found)
        yield use_name(use, asked), told or words("not used: only CO₂ is counted where it is burnt")


def _formulas(reported: Reported) -> ReportTable:
    asked = reported.asked
    words = asked.words
    users: dict[str, list[str]] = defaultdict(list)
    for line in reported.inventory.lines:
        name = words("lots of aluminium") if line.scope == "3_1" else line_name(line, asked)
        if name not in users[line.formula]:
            users[line.formula].append(name)
    return ReportTable(
        id="formulas",
        title=words("Formulas"),
        note=words("A formula that changes gets another version, never another text."),
        columns=(
            Column(name=words("Formula"), is_whole=True),
            Column(name=words("What it says")),
            Column(name=words("Used for")),
        ),
        rows=tuple(
            (written(formula), written(formula_text(formula, asked)), written(words(", ").join(names)))
            for formula, names in sorted(users.items())
        ),
    )


def _factors(reported: Reported) -> ReportTable:
    asked = reported.asked
    words = asked.words
    used = {
        (each.use, each.id, each.entry): each
        for line in reported.inventory.lines
        for each in line.factors
        if each.use not in _BY_THE_LOT
    }
    return ReportTable(
        id="factors",
        title=words("Factors"),
        note=words("Each as it was when the figures were made; u: relative standard uncertainty (k = 1)."),
        columns=(
            Column(name=words("Factor")),
            Column(name=words("Used for")),
            Column(name=words("Value"), is_exact=True),
            Column(name=words("Unit"), is_whole=True),
            Column(name=words("Source")),
            Column(name=words("Year")),
            Column(name=words("Valid"), is_whole=True),
            Column(name="u", unit="%", decimals=1),
            Column(name=words("Verified"), is_whole=True),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(_factor(each, asked) for _, each in sorted(used.items())),
    )


def _factor(each: FactorUsed, asked: Asked) -> tuple[Cell, ...]:
    words, href = asked.words, why_factor(each)
    until = each.valid_until.isoformat() if each.valid_until else ""
    valid = f"{each.valid_from.isoformat()} – {until}".strip() if each.valid_from else MISSING
    conditions = "0 °C, 101.325 kPa" if each.use == "gas.ncv" else ""
    return (
        written(each.id, href),
        written(spaced(asked, use_name(each.use, asked), each.region, conditions)),
        exact(each.value, href),
        written(MISSING if each.unit == "1" else unit_text(each.unit)),
        written(", ".join(part for part in (each.source, each.page) if part)),
        written(str(each.year) if each.year is not None else MISSING),
        written(valid),
        share(asked.numbers, each.uncertainty),
        written(words("verified") if each.is_verified else words("not verified")),
        counted(asked.numbers, each.entry, 0),
    )


# data quality


def quality(reported: Reported, source: Source) -> Section:
    """Return how well the figures are known."""
    asked, found = reported.asked, reported.inventory
    words = asked.words
    rows = [_quality(reported, line) for line in found.lines if line.scope != "3_1"]
    for scope, figure in SCOPE_OF.items():
        total = total_of(found, figure)
        told = proof(total.evidence, asked, is_over=found.is_over)
        rows.append(
            (
                written(scope_name(scope, asked)),
                written(told.grade),
                share(asked.numbers, total.evidence.coverage),
                twofold(asked.numbers, total.uncertainty),
                tonnes(asked.numbers, _spread(told_t(found, figure), total.uncertainty)),
                written(reported.doubts(total.codes)),
                reference(figure, reported.why(figure)),
            )
        )
    return Section(
        id="quality",
        title=words("Data quality and uncertainty"),
        sentences=(
            words(
                "Relative standard uncertainties of meter or invoice and of each factor are combined as the"
                " root of the sum of their squares (GUM); sources are independent of each other, the months"
                " of one source are not. The interval of k = 2 holds about 95 % of what may be true."
            ),
            words(
                "Grades go by amount: measured, bridged, estimated, typed in, restated. Coverage is the share"
                " of the time in which the meters were observed; below 90 % a figure is provisional."
            ),
        ),
        tables=(
            _quality_table(rows, asked, is_partial=_is_partial(found)),
            meters_table(reported, source.method.carbon.meter_uncertainty),
        ),
    )


def _is_partial(found: Inventory) -> bool:
    """Say whether some source of a sum states no uncertainty."""
    return any(line.tco2e and line.uncertainty is None for line in found.lines)


def _quality_table(rows: Sequence[tuple[Cell, ...]], asked: Asked, *, is_partial: bool) -> ReportTable:
    words = asked.words
    return ReportTable(
        id="data-quality",
        title=words("Data quality by source"),
        note=words(
            "Where a source states no uncertainty, percent and tonnes (±) of its sum are of the other sources"
            " alone."
        )
        if is_partial
        else "",
        columns=(
            Column(name=words("Source")),
            Column(name=words("Grade")),
            Column(name=words("Coverage"), unit="%", decimals=1),
            Column(name=words("Uncertainty, k = 2"), unit="%", decimals=1),
            tonnes_column("± "),
            Column(name=words("Doubts")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(rows),
    )


def _quality(reported: Reported, line: Line) -> tuple[Cell, ...]:
    asked = reported.asked
    words = asked.words
    told = proof(line.evidence, asked, is_over=reported.inventory.is_over)
    market = {"2_location": words("location-based"), "2_market": words("market-based")}.get(line.scope, "")
    codes = [*line.codes, *line.evidence.codes]
    return (
        written(spaced(asked, line_name(line, asked), market)),
        written(told.grade),
        share(asked.numbers, line.evidence.coverage),
        twofold(asked.numbers, line.uncertainty),
        tonnes(asked.numbers, _spread(line.tco2e, line.uncertainty)),
        written(reported.doubts(codes)),
        reference(line_id(line), reported.why(line_id(line))),
    )


def _spread(amount: float | None, uncertainty: float | None) -> float | None:
    """Return the half-width of the interval of k = 2."""
    return None if amount is None or uncertainty is None else 2.0 * abs(amount) * uncertainty
