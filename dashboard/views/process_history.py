"""The history of a process over the chosen span: a row a day, week or month, with all that is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.numbers import INTENSITIES, MISSING, OUTPUTS, Quantity
from dashboard.page import Asked, BadRequest, Span
from dashboard.proof import Proof, proof
from dashboard.source import Source
from dashboard.views.comparable import comparable
from dashboard.views.figure import Figure, why_intensity
from dashboard.views.picker import Choice
from domain.periods import DAY_MS, PeriodKind
from domain.results import Estimate, Intensity

_KINDS = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH)
_MOST_DAYS_MS = 400 * DAY_MS
"""A longer span is told by week or month."""
_BY_DAY_MS, _BY_WEEK_MS = 45 * DAY_MS, 200 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One period."""

    name: Figure
    output: str
    gas: str
    ratio: str
    expected: str
    index: str
    normalised: str
    saving: str
    """With its interval."""
    note: str
    """`idle`, why it is not compared yet, or empty."""
    is_open: bool
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The table."""

    by: tuple[Choice, ...]
    kind: str
    """day, week or month."""
    rows: tuple[HistoryRow, ...]
    """Newest first."""
    ratio_unit: str
    output_unit: str
    note: str
    """Periods that begin in the span but have no figures."""


def history(source: Source, process: str, span: Span, asked: Asked) -> History:
    """Return the periods that begin in the span."""
    kind = _kind(span, asked)
    unit = asked.plant.process(process).output_unit
    found = source.results("intensity", since=span.since, until=span.until, period=kind, subject=process)
    periods = asked.calendar.periods(kind, span.since, min(span.until, asked.now))
    missing = sum(period.since >= span.since for period in periods) - len(found)
    return History(
        by=tuple(_choices(kind, asked)),
        kind=kind.value,
        rows=tuple(_row(each, unit, asked) for each in sorted(found, key=_begin, reverse=True)),
        ratio_unit=INTENSITIES[unit].unit,
        output_unit=OUTPUTS[unit].unit,
        note=_missing(missing, asked) if missing > 0 else "",
    )


def _missing(count: int, asked: Asked) -> str:
    return asked.words.plural(
        "%(num)s period of this span has no figures", "%(num)s periods of this span have no figures", count
    )


def _begin(each: Intensity) -> int:
    return each.period.since


def _kind(span: Span, asked: Asked) -> PeriodKind:
    """Return what `?by=` names; without it what makes a table of a readable length."""
    text, length = asked.query.get("by", ""), span.until - span.since
    if not text:
        if length <= _BY_DAY_MS:
            return PeriodKind.DAY
        return PeriodKind.WEEK if length <= _BY_WEEK_MS else PeriodKind.MONTH
    names = [kind.value for kind in _KINDS]
    if text not in names:
        raise BadRequest("by", f"{text!r} is no step", f"one of {', '.join(names)}")
    if text == "day" and length > _MOST_DAYS_MS:
        raise BadRequest("by", "days of more than 400 days are too many", "take by=week, by=month or less")
    return PeriodKind(text)


def _choices(kind: PeriodKind, asked: Asked) -> Sequence[Choice]:
    words = asked.words
    names = {
        PeriodKind.DAY: words("By day"),
        PeriodKind.WEEK: words("By week"),
        PeriodKind.MONTH: words("By month"),
    }
    query = {name: value for name, value in asked.query.items() if name not in ("by", "part")}
    return [
        Choice(
            names[each], asked.url("/processes", **{**query, "by": each.value}) + "#history-h", each is kind
        )
        for each in _KINDS
    ]


def _row(each: Intensity, unit: str, asked: Asked) -> HistoryRow:
    numbers, period = asked.numbers, each.period
    is_over = period.until <= asked.now
    is_idle = each.output is not None and each.output <= 0.0
    each, not_yet = comparable(each, asked)
    return HistoryRow(
        name=Figure(period.name, why_intensity(each.process, period.kind.value, period.name)),
        output=numbers.value(each.output, OUTPUTS[unit]),
        gas=numbers.value(each.gas_nm3, Quantity.GAS),
        ratio=numbers.value(each.ratio, INTENSITIES[unit]),
        expected=numbers.value(each.expected_nm3, Quantity.GAS),
        index=numbers.percent(each.index - 1.0 if each.index is not None else None, sign=True),
        normalised=numbers.value(None if is_idle else each.normalised, INTENSITIES[unit]),
        saving=_saving(each.saving_nm3, asked),
        note=not_yet or (asked.words("idle") if is_idle else ""),
        is_open=not is_over,
        proof=proof(each.evidence, asked, is_over=is_over, said=("intensity.no_output",)),
    )


def _saving(saving: Estimate | None, asked: Asked) -> str:
    """Return a saving with half its interval: `+120 ± 45`."""
    if saving is None:
        return MISSING
    half = asked.numbers.value((saving.high - saving.low) / 2.0, Quantity.GAS)
    return f"{asked.numbers.value(saving.value, Quantity.GAS, sign=True)} ± {half}"
