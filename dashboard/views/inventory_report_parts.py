"""What the sections of an inventory report are made of, and what all of them ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup

from dashboard.numbers import MISSING, Numbers
from dashboard.page import Asked
from dashboard.proof import proof
from dashboard.views.carbon_figures import code_texts, why_figure
from dashboard.views.figure import Figure
from dashboard.views.report_table import Cell, Column, ReportTable, written
from domain.carbon_book import Booked, CarbonBook, Closing, Stated
from domain.carbon_entries import CarbonBody
from domain.evidence import Evidence
from domain.inventory import Inventory

TONNES = "tCO₂e"
_DECIMALS = 3
"""Of tonnes: whole kilograms."""
_DIGITS = 10
"""More than any factor is published with."""
_EVER = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered section: sentences, facts, charts, tables, in this order."""

    id: str
    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, Figure | str], ...] = ()
    charts: tuple[Markup, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    sheets: tuple[ReportTable, ...] = ()
    """Only in the workbook: the whole of what a table shows in part."""
    is_list: bool = False
    """Its sentences are points of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another period as the figures of a report know it."""

    name: str
    is_over: bool
    state: str
    stated: Stated
    restated_by: int | None = None
    """The first entry that gave it other figures since."""


@dataclass(frozen=True)
class Reported:
    """A month or a year with everything that its report is made of."""

    inventory: Inventory
    book: CarbonBook
    months: tuple[Other, ...]
    """Of a year, as its closing knows them."""
    years: tuple[Other, ...]
    """Years up to the period's, as its closing knows them; of a year's report itself the last."""
    asked: Asked = field(repr=False)

    @cached_property
    def closing(self) -> Closing | None:
        """Return the closing or restatement that the figures are from; None while it is open."""
        return next((each for each in self.book.closings if each.number == self.inventory.entry), None)

    @property
    def known(self) -> int:
        """Return the number of the newest entry that counts: what comes after a closing does not."""
        return self.closing.known if self.closing is not None else _EVER

    @cached_property
    def booked(self) -> tuple[Booked, ...]:
        """Return what was declared, as far as the figures know it."""
        return tuple(each for each in self.book.booked if each.number <= self.known)

    @cached_property
    def by_number(self) -> dict[int, Booked]:
        """Return the entries by their number."""
        return {each.number: each for each in self.booked}

    def body(self, numbers: Sequence[int], kind: type[CarbonBody]) -> CarbonBody | None:
        """Return the first body of a kind among some entries."""
        found = (self.by_number[each].body for each in numbers if each in self.by_number)
        return next((each for each in found if isinstance(each, kind)), None)

    @property
    def name(self) -> str:
        """Return the period as addresses name it: 2026-03."""
        return self.inventory.period.name

    def why(self, figure: str) -> str:
        """Return where a figure is taken apart."""
        return why_figure(self.name, figure)

    def doubts(self, codes: Sequence[str]) -> str:
        """Return what codes say of a figure."""
        texts = (each.rstrip(".。") for each in code_texts(codes, self.asked))
        return self.asked.words("; ").join(texts) or MISSING

    def grade(self, evidence: Evidence) -> Cell:
        """Return what a figure rests on."""
        found = proof(evidence, self.asked, is_over=self.inventory.is_over)
        known = [each for each in (found.grade, found.coverage, found.mark) if each not in ("", MISSING)]
        return written(spaced(self.asked, *known) or MISSING)


# cells


def tonnes_column(name: str) -> Column:
    """Return a column of tonnes of CO2e."""
    return Column(name=name, unit=TONNES, decimals=_DECIMALS)


def tonnes(numbers: Numbers, value: float | None, href: str = "") -> Cell:
    """Return tonnes of CO2e."""
    return counted(numbers, value, _DECIMALS, href)


def counted(
    numbers: Numbers, value: float | None, decimals: int, href: str = "", *, sign: bool = False
) -> Cell:
    """Return a number with fixed decimals."""
    text = numbers.number(value, decimals, sign=sign)
    known = value if text != MISSING else None
    return Cell(figure=Figure(text, href if known is not None else ""), value=known)


def exact(value: float | None, href: str = "") -> Cell:
    """Return a number with the digits that it has, never rounded."""
    text = MISSING if value is None else exactly(value)
    return Cell(figure=Figure(text, href if value is not None else ""), value=value)


def exactly(value: float) -> str:
    """Return a number with the digits that it has."""
    return ("\N{MINUS SIGN}" if value < 0.0 else "") + f"{abs(value):,.{_DIGITS}g}"


def twofold(numbers: Numbers, uncertainty: float | None) -> Cell:
    """Return a standard uncertainty as the expanded one (k = 2), in percent."""
    return counted(numbers, None if uncertainty is None else 200.0 * uncertainty, 1)


def reference(text: str, href: str) -> Cell:
    """Return the name of a figure, by which its evidence is found."""
    return Cell(figure=Figure(text, href), value=text)


def entries(numbers: Sequence[int]) -> str:
    """Return numbers of entries, runs of them short."""
    found: list[list[int]] = []
    for each in sorted(set(numbers)):
        if found and each == found[-1][-1] + 1:
            found[-1].append(each)
        else:
            found.append([each])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in found)


def spaced(asked: Asked, *parts: str) -> str:
    """Return the parts that say something, as the reader's language sets them apart."""
    said = [part for part in parts if part]
    if not said:
        return ""
    text = said[0]
    for each in said[1:]:
        text = asked.words("%(text)s, %(more)s", text=text, more=each)
    return text
