"""What the restatements of a period changed, figure by figure; the whole of a long one in the workbook."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.numbers import MISSING
from dashboard.views.carbon_changes import PARTS, amounts_of, cause_text, change_href, change_name
from dashboard.views.inventory_report_parts import Reported, counted, reference
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon_book import Closing
from domain.inventory import FigureChange

_MOST = 24
"""Changes that the page and the print show of one restatement."""


def changed_tables(reported: Reported, history: Sequence[Closing]) -> tuple[ReportTable, ...]:
    """Return a table for each restatement: sums, intensities, sources."""
    return tuple(_table(reported, each, _headline(each.changes)) for each in history if each.changes)


def changed_sheets(reported: Reported, history: Sequence[Closing]) -> tuple[ReportTable, ...]:
    """Return for the workbook every change of the restatements of which the page shows a part."""
    return tuple(
        _table(reported, each, each.changes, is_whole=True)
        for each in history
        if len(_headline(each.changes)) < len(each.changes)
    )


def _headline(changes: Sequence[FigureChange]) -> tuple[FigureChange, ...]:
    """Return the changes of sums, intensities and sources, the others where there is room for all."""
    if len(changes) <= _MOST:
        return tuple(changes)
    whole = [each for each in changes if _rank(each.figure) < _OTHER]
    return tuple(sorted(whole, key=lambda each: _rank(each.figure))[:_MOST])


_OTHER = 3


def _rank(figure: str) -> int:
    """Return 0 for a sum, 1 for an intensity, 2 for the tonnes of a source, 3 for all else."""
    if figure.startswith("scope_"):
        return 0 if "." not in figure else _OTHER
    if figure.startswith("per_output."):
        return 1
    is_source = figure.startswith("line.") and figure.rpartition(".")[2] not in PARTS
    return 2 if is_source else _OTHER


def _table(
    reported: Reported, closing: Closing, changes: Sequence[FigureChange], *, is_whole: bool = False
) -> ReportTable:
    asked = reported.asked
    words, numbers = asked.words, asked.numbers
    left = len(closing.changes) - len(changes)
    notes = [words("Reason: %(reason)s", reason=closing.why)]
    if left:
        notes.append(words("The workbook has %(number)s more figures.", number=numbers.number(left)))
    title = words("Changed by restatement %(number)s", number=closing.number)
    if is_whole:
        title = words("All changes by restatement %(number)s", number=closing.number)
    return ReportTable(
        id=f"changed-{closing.number}{'-all' if is_whole else ''}",
        title=title,
        note=" ".join(notes),
        columns=(
            Column(name=words("Figure")),
            Column(name=words("Before it"), is_exact=True),
            Column(name=words("After it"), is_exact=True),
            Column(name=words("Difference"), is_exact=True),
            Column(name=words("Change"), unit="%", decimals=1),
            Column(name=words("Unit"), is_whole=True),
            Column(name=words("Cause")),
            Column(name=words("Evidence"), is_whole=True),
        ),
        rows=tuple(_row(reported, each) for each in changes),
    )


def _row(reported: Reported, each: FigureChange) -> tuple[Cell, ...]:
    asked, found = reported.asked, amounts_of(each)
    part = None if found.difference is None or not found.before else found.difference / found.before
    href = change_href(each.figure, reported.inventory)

    def amount(value: float | None, *, sign: bool = False) -> Cell:
        return counted(asked.numbers, value, found.decimals, sign=sign)

    return (
        written(change_name(each.figure, asked), href),
        amount(found.before),
        amount(found.after),
        amount(found.difference, sign=True),
        share(asked.numbers, part, sign=True),
        written(found.unit or MISSING),
        written(cause_text(each.cause, asked)),
        reference(each.figure, href),
    )
