"""A factor with every entry of its id, and an entry of the ledger field by field."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.numbers import MISSING
from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.views.carbon_entry import entry_fields, entry_kind, entry_text
from dashboard.views.carbon_figures import (
    carbon_href,
    line_id,
    line_title,
    plus_minus,
    state_word,
    use_name,
    value_text,
    why_figure,
)
from dashboard.views.carbon_table import Row, Table, cell, cells, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.inventory_model import WhyInventory, validity, verified_cell
from dashboard.views.why.model import Fact
from domain.carbon_book import Booked, CarbonBook
from domain.carbon_entries import EmissionFactor
from domain.inventory import Inventory, Line
from domain.periods import PeriodKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A period in which lines used a factor."""

    inventory: Inventory
    lines: tuple[Line, ...]


def build_factor(source: Source, asked: Asked) -> WhyInventory:
    """Return a factor: what stands in the ledger of it, and which periods used it."""
    words, name, book = asked.words, asked.query["factor"], source.carbon_book()
    entries = [each for each in book.booked if isinstance(each.body, EmissionFactor) and each.body.id == name]
    if not entries:
        raise NotHere("factor", f"the ledger has no factor {name!r}", "look at the factors of an inventory")
    newest = _factor(entries[-1])
    months = [_use(each, name) for each in source.results("inventory", period=PeriodKind.MONTH)]
    used = [each for each in months if each.lines]
    closed = sum(each.inventory.state != "open" for each in used)
    return WhyInventory(
        heading=words("Factor %(id)s", id=name),
        span=Figure(use_name(newest.use, asked)),
        value=value_text(newest.value, newest.unit),
        version="",
        formula=(
            words("A later factor never changes a closed figure: it shows as a difference there."),
            words.plural("%(num)s closed month used it.", "%(num)s closed months used it.", closed),
        ),
        facts=_factor_facts(newest, asked),
        tables=(_entries(entries, asked), _uses(used, asked), _others(newest, book, asked)),
        links=(Figure(words("Ledger"), "/ledger"),),
    )


def _factor(entry: Booked) -> EmissionFactor:
    assert isinstance(entry.body, EmissionFactor)
    return entry.body


def _use(inventory: Inventory, name: str) -> _Use:
    lines = (line for line in inventory.lines if any(factor.id == name for factor in line.factors))
    return _Use(inventory=inventory, lines=tuple(lines))


def _factor_facts(body: EmissionFactor, asked: Asked) -> tuple[Fact, ...]:
    words = asked.words
    facts = (
        (words("What for"), use_name(body.use, asked)),
        (words("region"), body.region),
        (words("Data of"), str(body.year) if body.year is not None else ""),
        (words("Valid"), validity(body.valid_from, body.valid_until, asked)),
        (words("reference conditions"), "0 °C, 101.325 kPa" if body.reference is not None else ""),
        (words("Source"), ", ".join(each for each in (body.source, body.page) if each)),
        (words("SHA-256 of the document"), body.file_sha256),
        (words("State"), words("verified") if body.is_verified else words("not verified")),
        (words("approved"), body.approver),
        (words("uncertainty (k = 2)"), plus_minus(body.uncertainty, asked)),
    )
    return tuple(Fact(name=name, value=Figure(text)) for name, text in facts if text)


def _entries(entries: list[Booked], asked: Asked) -> Table:
    words = asked.words
    return Table(
        id="entries",
        title=words("Every entry of this factor"),
        finding=words("The last one holds for periods that are not closed."),
        columns=(
            *texts(words("Entry"), words("Recorded"), words("Who")),
            *numeric(words("Value")),
            *texts(words("Valid"), words("State"), words("Why")),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(Figure(str(each.number), f"/why/entry/{each.number}")),
                    cell(asked.numbers.instant(each.at)),
                    cell(each.who),
                    cell(value_text(_factor(each).value, _factor(each).unit)),
                    cell(validity(_factor(each).valid_from, _factor(each).valid_until, asked)),
                    verified_cell(asked, is_verified=_factor(each).is_verified),
                    cell(each.why),
                )
            )
            for each in entries
        ),
    )


def _uses(used: list[_Use], asked: Asked) -> Table:
    words = asked.words
    rows = []
    for each in sorted(used, key=lambda use: use.inventory.period.since, reverse=True):
        name = each.inventory.period.name
        word, state = state_word(each.inventory, asked)
        rows.append(
            Row(
                cells=(
                    cell(Figure(name, carbon_href(each.inventory.period, asked))),
                    cell(Figure(word, f"/why/inventory/{name}"), state=state),
                    cells(
                        Figure(
                            line_title(line, asked),
                            why_figure(name, line_id(line)),
                        )
                        for line in each.lines
                    ),
                )
            )
        )
    return Table(
        id="uses",
        title=words("Months that used it"),
        columns=texts(words("Month"), words("State"), words("Lines")),
        rows=tuple(rows),
        empty=words("No month has used it."),
        is_long=len(rows) > 16,
    )


def _others(newest: EmissionFactor, book: CarbonBook, asked: Asked) -> Table:
    """Return the other factors for the same use: what may hold before or after this one."""
    words = asked.words
    others = [
        each
        for each in book.booked
        if isinstance(each.body, EmissionFactor) and each.body.use == newest.use and each.body.id != newest.id
    ]
    return Table(
        id="others",
        title=words("Other factors for the same use"),
        finding=words("Of those valid on a day the one with the latest first day is used."),
        columns=(
            *texts(words("Factor"), words("Region")),
            *numeric(words("Value")),
            *texts(words("Valid"), words("State"), words("Source")),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(Figure(_factor(each).id, f"/why/factor/{_factor(each).id}")),
                    cell(_factor(each).region or MISSING),
                    cell(value_text(_factor(each).value, _factor(each).unit)),
                    cell(validity(_factor(each).valid_from, _factor(each).valid_until, asked)),
                    verified_cell(asked, is_verified=_factor(each).is_verified),
                    cell(_factor(each).source),
                )
            )
            for each in others
        ),
        empty=words("There is no other."),
    )


# an entry


def build_entry(source: Source, asked: Asked) -> WhyInventory:
    """Return one entry of the carbon ledger, field by field."""
    words, numbers, number = asked.words, asked.numbers, asked.query["entry"]
    entry = next((each for each in source.carbon_book().booked if str(each.number) == number), None)
    if entry is None:
        raise NotHere("entry", f"entry {number!r} is no standing entry of carbon", "look at the ledger")
    links = [Figure(words("Ledger"), "/ledger")]
    if isinstance(entry.body, EmissionFactor):
        links.insert(0, Figure(entry.body.id, f"/why/factor/{entry.body.id}"))
    return WhyInventory(
        heading=words("Entry %(number)s of the ledger", number=entry.number),
        span=Figure(entry_kind(entry.kind, asked)),
        value=entry_text(entry.body, asked),
        version="",
        formula=(),
        facts=(
            Fact(name=words("Recorded"), value=Figure(numbers.instant_s(entry.at))),
            Fact(name=words("Who"), value=Figure(entry.who)),
            Fact(name=words("Why"), value=Figure(entry.why or MISSING)),
        ),
        tables=(
            Table(
                id="fields",
                title=words("As it was entered"),
                columns=texts(words("Field"), words("Value")),
                rows=tuple(
                    Row(cells=(cell(name), cell(text))) for name, text in entry_fields(entry.body, asked)
                ),
            ),
        ),
        links=tuple(links),
    )


FACTOR = PageSpec(
    name="why-factor",
    path="/why/factor/{factor:path}",
    title="What a figure rests on",
    template="carbon_why.html",
    view=build_factor,
)
ENTRY = PageSpec(
    name="why-entry",
    path="/why/entry/{entry}",
    title="What a figure rests on",
    template="carbon_why.html",
    view=build_entry,
)
