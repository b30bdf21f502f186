"""What the restatements of a period changed, figure by figure; the whole of a long one in the workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dashboard.page import Asked
from dashboard.views.carbon_figures import line_id, line_name, scope_name, unit_text, use_name
from dashboard.views.inventory_report_parts import Reported, exact, reference, spaced
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon_book import Closing
from domain.inventory import FigureChange

_MOST = 24
"""Changes that the page and the print show of one restatement."""
_DIGITS = 9
"""Decimals of a change: what floating point leaves beyond them is none."""


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
    is_source = figure.startswith("line.") and figure.rpartition(".")[2] not in _PARTS
    return 2 if is_source else _OTHER


_WORD = re.compile(
    r"(?<![\w.-])(?:(?:windows|method|output)(?=;|$)|none(?= ->|;|$)"
    r"|(?:entries|windows|covers|formula|gas|diesel|gasoline|lpg|electricity)(?=:)|[a-z]+\.[a-z0-9_]+(?=:))"
)
"""Words of a cause, sources and uses of factors; all else in it is ids and numbers."""
_PARTS = ("activity", "co2", "ch4", "n2o", "co2e", "fixed", "uncertainty", "coverage")
"""Ends of the names of a source's other figures."""


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
    asked, before, after = reported.asked, each.before, each.after
    difference = None if before is None or after is None else round(after - before, _DIGITS)
    part = None if difference is None or not before else difference / before
    href = reported.why(each.figure) if _is_explained(each.figure, reported) else ""
    return (
        written(figure_text(each.figure, reported), href),
        exact(before),
        exact(after),
        exact(difference),
        share(asked.numbers, part, sign=True),
        written("–" if each.unit == "1" else unit_text(each.unit)),
        written(cause_text(each.cause, asked)),
        reference(each.figure, href),
    )


def _is_explained(figure: str, reported: Reported) -> bool:
    """Say whether a figure has a page of its own: a source that went with the restatement has none."""
    if _rank(figure) == _OTHER or figure.endswith(".output"):
        return False
    return not figure.startswith("line.") or figure in [line_id(line) for line in reported.inventory.lines]


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
    return _WORD.sub(lambda found: known.get(found[0]) or use_name(found[0], asked), cause)


def figure_text(figure: str, reported: Reported) -> str:
    """Return what a figure of a difference is called; its own name where it has no other."""
    asked = reported.asked
    head, _, rest = figure.partition(".")
    if head.startswith("scope_"):
        return spaced(asked, scope_name(head, asked), part_name(rest, asked))
    if head == "per_output":
        unit, _, scope = rest.partition(".")
        if scope == "output":
            return asked.words("Output")
        return asked.words("%(scope)s, per %(unit)s", scope=scope_name(scope, asked), unit=unit_text(unit))
    if head == "line":
        for name, text in _lines(reported):
            if figure == name or figure.startswith(f"{name}."):
                return spaced(asked, text, part_name(figure[len(name) + 1 :], asked))
    if head == "factor":
        use = ".".join(rest.split(".")[2:4])
        name = use_name(use, asked)
        return figure if name == use else spaced(asked, asked.words("Factor"), name)
    return figure


def _lines(reported: Reported) -> Iterator[tuple[str, str]]:
    """Give the name of each source's figure with what the source is called."""
    words = reported.asked.words
    market = {"2_location": words("location-based"), "2_market": words("market-based")}
    for line in reported.inventory.lines:
        yield (
            line_id(line),
            spaced(reported.asked, line_name(line, reported.asked), market.get(line.scope, "")),
        )


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
