"""A figure of the inventory taken apart, as its page shows it; what its makers share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof
from dashboard.said import Sentence
from dashboard.source import Source
from dashboard.views.carbon_entry import entry_kind, entry_text
from dashboard.views.carbon_figures import (
    carbon_href,
    closings_of,
    factor_value,
    period_name,
    plus_minus,
    proof_of,
    sayings,
    state_word,
    unit_text,
    use_name,
    why_factor,
    why_figure,
)
from dashboard.views.carbon_table import Cell, Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.model import Fact, Meter
from dashboard.views.why.pieces import grades, meters, points_of
from domain.carbon_book import Booked, CarbonBook
from domain.evidence import Evidence
from domain.factors import FORMULAS, FactorUsed
from domain.inventory import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyInventory:
    """The page."""

    heading: str
    span: Figure
    value: str
    version: str
    """Formula with its version, as the method has it; "" for a plain sum."""
    formula: tuple[str, ...]
    """In words, with the numbers put in."""
    facts: tuple[Fact, ...] = ()
    proof: Proof | None = None
    grades: tuple[Fact, ...] = ()
    doubts: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    meters: tuple[Meter, ...] | None = None
    """None: no meter belongs to a figure of this kind."""
    standing: tuple[Fact, ...] = ()
    """Of a closed period: by which entry its figures stand."""
    links: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every maker of such a page has at hand."""

    source: Source
    asked: Asked
    found: Inventory
    book: CarbonBook

    @property
    def name(self) -> str:
        """Return the name of the period."""
        return self.found.period.name

    def href(self, figure: str) -> str:
        """Return where another figure of the same period is."""
        return why_figure(self.name, figure)

    def whole(self, why: WhyInventory) -> WhyInventory:
        """Return the page with what holds of every figure of the period: name, state, closing, links."""
        asked, period = self.asked, self.found.period
        words = asked.words
        links = [
            *why.links,
            Figure(words("The inventory"), carbon_href(period, asked)),
            Figure(words("All totals of the period"), f"/why/inventory/{self.name}"),
        ]
        if self.found.state != "open":
            links.append(Figure(words("What it would be now"), f"/why/restatement/{self.name}"))
        return replace(
            why,
            span=Figure(period_name(period, asked), carbon_href(period, asked)),
            standing=standing(self.found, self.book, asked),
            links=tuple(links),
        )


def standing(found: Inventory, book: CarbonBook, asked: Asked) -> tuple[Fact, ...]:
    """Return by which entry the figures of a period stand, with its hash, and who closed it."""
    words, numbers = asked.words, asked.numbers
    closing = next(
        (each for each in closings_of(book, found.period.name) if each.number == found.entry), None
    )
    if closing is None:
        return (Fact(name=words("State"), value=Figure(state_word(found, asked)[0])),)
    facts = [
        Fact(
            name=words("State"),
            value=Figure(state_word(found, asked)[0]),
            note=words("entry %(number)s of the ledger", number=closing.number),
        ),
        Fact(
            name=words("Recorded"),
            value=Figure(numbers.instant(closing.at)),
            note=words("%(who)s; approved by %(approver)s", who=closing.who, approver=closing.approver),
        ),
        Fact(name=words("Why"), value=Figure(closing.why or MISSING)),
        Fact(
            name=words("Ledger entries it knows"),
            value=Figure(words("up to %(number)s", number=closing.known)),
        ),
        Fact(name=words("Software"), value=Figure(closing.software)),
        Fact(name=words("SHA-256 of its figures"), value=Figure(closing.sha256)),
    ]
    if closing.before is not None:
        facts.append(
            Fact(name=words("In place of"), value=Figure(words("entry %(number)s", number=closing.before)))
        )
    return tuple(facts)


# parts of a page


def evidence_of(
    evidence: Evidence, context: Context, codes: Iterable[str] = ()
) -> tuple[Proof, tuple[Fact, ...], tuple[Sentence, ...]]:
    """Return grade, shares and doubts of a figure, with codes of its own."""
    asked = context.asked
    return (
        proof_of(evidence, asked, is_over=context.found.is_over),
        grades(evidence, asked),
        sayings((*evidence.codes, *codes), asked),
    )


def exact(value: float | None, unit: str) -> str:
    """Return a figure before it is rounded for display."""
    return MISSING if value is None else f"{value:.10g}{NBSP}{unit_text(unit)}"


def exact_fact(value: float | None, unit: str, asked: Asked) -> Fact:
    """Return the figure before rounding, as a fact."""
    return Fact(name=asked.words("before rounding"), value=Figure(exact(value, unit)))


def spread_fact(uncertainty: float | None, asked: Asked) -> Fact:
    """Return the uncertainty at k = 2, with the standard one."""
    words = asked.words
    return Fact(
        name=words("uncertainty (k = 2)"),
        value=Figure(plus_minus(uncertainty, asked)),
        note=words("standard uncertainty %(share)s", share=asked.numbers.percent(uncertainty)),
    )


def tonnes_text(value: float | None, asked: Asked) -> str:
    """Return tCO2e with the unit."""
    return asked.numbers.quantity(value, Quantity.CARBON_T)


def formula_version(formula: str) -> str:
    """Return a formula with its version as the method writes it: `gas.1: Nm3 * ncv * ...`."""
    return f"{formula}: {FORMULAS[formula]}" if formula in FORMULAS else formula


def factors_table(factors: Iterable[FactorUsed], asked: Asked) -> Table:
    """Return factors as a figure used them."""
    words = asked.words
    return Table(
        id="factors",
        title=words("Factors it used"),
        columns=(
            *texts(words("Factor"), words("What for")),
            *numeric(words("Value")),
            *texts(words("Source"), words("Data of"), words("Valid"), words("State")),
            *texts(words("Entry")),
        ),
        rows=tuple(_factor_row(each, asked) for each in factors),
        empty=words("No factor of the ledger fits: the figure is not known."),
    )


def _factor_row(each: FactorUsed, asked: Asked) -> Row:
    words = asked.words
    link = why_factor(each) or f"/why/entry/{each.entry}"
    return Row(
        cells=(
            cell(Figure(each.id, link)),
            cell(use_name(each.use, asked), each.region),
            cell(factor_value(each), _spread(each.uncertainty, asked)),
            cell(each.source, each.page),
            cell(str(each.year) if each.year is not None else MISSING),
            cell(validity(each.valid_from, each.valid_until, asked)),
            verified_cell(asked, is_verified=each.is_verified),
            cell(Figure(words("entry %(number)s", number=each.entry), f"/why/entry/{each.entry}")),
        )
    )


def _spread(uncertainty: float | None, asked: Asked) -> str:
    return "" if uncertainty is None else plus_minus(uncertainty, asked) + " (k = 2)"


def verified_cell(asked: Asked, *, is_verified: bool) -> Cell:
    """Return whether somebody held a factor against its primary source."""
    words = asked.words
    return (
        cell(words("verified"), state="good") if is_verified else cell(words("not verified"), state="warning")
    )


def validity(first: object, last: object, asked: Asked) -> str:
    """Return the days on which a factor holds."""
    words = asked.words
    if first is None and last is None:
        return MISSING
    if last is None:
        return words("from %(day)s on", day=first)
    return words("%(first)s to %(last)s", first=first, last=last)


def entries_table(numbers: Iterable[int], context: Context) -> Table:
    """Return ledger entries behind a figure; one that no longer stands says so."""
    asked = context.asked
    words = asked.words
    known = {each.number: each for each in context.book.booked}
    rows = tuple(_entry_row(number, known.get(number), asked) for number in dict.fromkeys(numbers))
    return Table(
        id="entries",
        title=words("Ledger entries it rests on"),
        columns=(*texts(words("Entry"), words("Recorded"), words("Who"), words("What"), words("Why")),),
        rows=rows,
        empty=words("Nobody declared anything about it."),
        is_long=len(rows) > 16,
    )


def _entry_row(number: int, entry: Booked | None, asked: Asked) -> Row:
    link = Figure(str(number), f"/why/entry/{number}")
    if entry is None:
        gone = asked.words("no longer stands, or is no entry of carbon")
        return Row(
            cells=(cell(Figure(str(number), "/ledger")), cell(MISSING), cell(MISSING), cell(gone), cell(""))
        )
    return Row(
        cells=(
            cell(link),
            cell(asked.numbers.instant(entry.at)),
            cell(entry.who),
            cell(f"{entry_kind(entry.kind, asked)}: {entry_text(entry.body, asked)}"),
            cell(entry.why),
        )
    )


def meters_of(points: Iterable[str], context: Context) -> tuple[Meter, ...]:
    """Return meters with what they showed in the period."""
    period, asked = context.found.period, context.asked
    found = points_of(points, asked)
    return meters(found, context.source, asked, (period.since, period.until))
