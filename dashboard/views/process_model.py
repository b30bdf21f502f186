"""Gas of a process against its output, and the line of its baseline: the scatter with its table twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.scatter import ScatterWords, scatter_chart
from dashboard.charts.svg import Size
from dashboard.numbers import OUTPUTS, Quantity
from dashboard.page import Asked
from dashboard.views.figure import Figure, why_intensity
from domain.courses import ModelPoint, ModelRowsPicture
from domain.periods import PeriodKind

_FEW_ROWS = 200
"""So many marks may each say and open something; more would weigh more than the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One month of a table twin: what its rows sum up to."""

    name: str
    rows: str
    output: str
    gas: Figure
    expected: str
    excess: str
    """Against the expectation, a share."""
    is_in_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A chart with its finding and table."""

    finding: str
    chart: Markup
    rows: tuple[MonthRow, ...]
    is_empty: bool


# gas against output


def scatter_card(picture: ModelRowsPicture, asked: Asked) -> ModelCard:
    """Return every row with the line of the baseline through them."""
    finding = _scatter_finding(picture, asked)
    return ModelCard(
        finding=finding,
        chart=_scatter(picture, finding, asked),
        rows=tuple(_months(picture, asked)),
        is_empty=not any(row.gas_nm3 is not None for row in picture.rows),
    )


def _scatter_finding(picture: ModelRowsPicture, asked: Asked) -> str:
    words, numbers = asked.words, asked.numbers
    if not any(row.gas_nm3 is not None for row in picture.rows):
        return words("No row of gas and output is known yet")
    if picture.baseline is None:
        return words("Gas against output; nothing to hold it against yet: no baseline is approved")
    fit = numbers.number(picture.r_squared, 3)
    deviation = _deviation([row for row in picture.rows if not row.is_in_baseline and row.is_operating])
    if deviation is None:
        return words("The baseline explains the gas with R² = %(fit)s; no later row is known yet", fit=fit)
    said = {"share": numbers.percent(abs(deviation)), "fit": fit}
    if deviation > 0.0:
        return words("Since the baseline period %(share)s more gas than it expects; R² = %(fit)s", **said)
    return words("Since the baseline period %(share)s less gas than it expects; R² = %(fit)s", **said)


def _deviation(rows: Sequence[ModelPoint]) -> float | None:
    """Return gas / expected - 1 over the rows where both are known."""
    known = [
        (r.gas_nm3, r.expected_nm3) for r in rows if r.gas_nm3 is not None and r.expected_nm3 is not None
    ]
    expected = sum(each for _, each in known)
    return sum(gas for gas, _ in known) / expected - 1.0 if expected > 0.0 else None


def _scatter(picture: ModelRowsPicture, title: str, asked: Asked) -> Markup:
    words, numbers = asked.words, asked.numbers
    output = OUTPUTS[picture.output_unit]
    has_few = len(picture.rows) <= _FEW_ROWS
    gas_per = {
        "day": words("Gas, Nm³ a day"),
        "week": words("Gas, Nm³ a week"),
        "month": words("Gas, Nm³ a month"),
    }
    output_per = {
        "day": words("Output, %(unit)s a day", unit=output.unit),
        "week": words("Output, %(unit)s a week", unit=output.unit),
        "month": words("Output, %(unit)s a month", unit=output.unit),
    }
    said = ScatterWords(
        gas=gas_per[picture.interval],
        output=output_per[picture.interval],
        in_baseline=words("baseline period"),
        later=words("later"),
        line=words("baseline, R² = %(fit)s", fit=numbers.number(picture.r_squared, 3)),
        nothing=title,
    )

    def link(row: ModelPoint) -> str:
        kind = PeriodKind(picture.interval)
        period = asked.calendar.period(kind, row.since)
        return why_intensity(picture.process, kind.value, period.name if period is not None else "")

    def describe(row: ModelPoint) -> str:
        made, gas = numbers.quantity(row.output, output), numbers.quantity(row.gas_nm3, Quantity.GAS)
        return f"{numbers.day(row.since)}: {made}, {gas}"

    def draw(size: Size, prefix: str) -> Markup:
        return scatter_chart(
            picture,
            words=said,
            title=title,
            prefix=prefix,
            format_gas=lambda value: numbers.value(value, Quantity.GAS),
            format_output=numbers.number,
            link=link if has_few else None,
            describe=describe if has_few else None,
            size=size,
        )

    return both(draw, prefix="scatter")


def _months(picture: ModelRowsPicture, asked: Asked) -> list[MonthRow]:
    """Return the operating rows summed by month, newest first."""
    numbers = asked.numbers
    by_month: dict[str, list[ModelPoint]] = {}
    for row in picture.rows:
        if row.is_operating and row.gas_nm3 is not None and row.output is not None:
            by_month.setdefault(numbers.day(row.since)[:7], []).append(row)
    found = []
    for month, rows in reversed(by_month.items()):
        known = [row for row in rows if row.expected_nm3 is not None]
        expected = sum(row.expected_nm3 or 0.0 for row in known) if known else None
        gas_known = sum(row.gas_nm3 or 0.0 for row in known)
        gas = numbers.value(sum(row.gas_nm3 or 0.0 for row in rows), Quantity.GAS)
        found.append(
            MonthRow(
                name=month,
                rows=numbers.number(len(rows)),
                output=numbers.value(sum(row.output or 0.0 for row in rows), OUTPUTS[picture.output_unit]),
                gas=Figure(gas, why_intensity(picture.process, "month", month)),
                expected=numbers.value(expected, Quantity.GAS),
                excess=numbers.percent(gas_known / expected - 1.0 if expected else None, sign=True),
                is_in_baseline=rows[0].is_in_baseline,
            )
        )
    return found
