"""A closed period against what it would be now, and what its restatements changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.views.carbon_changes import amounts_of, cause_text, change_href, change_name
from dashboard.views.carbon_figures import carbon_href, closings_of, period_name
from dashboard.views.carbon_table import Cell, Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.inventory import named_inventory
from dashboard.views.why.inventory_model import WhyInventory, standing
from domain.carbon_book import CarbonBook
from domain.inventory import FigureChange, Inventory


def build_restatement(source: Source, asked: Asked) -> WhyInventory:
    """Return what a closed period would be by what is known now, figure by figure."""
    words, numbers = asked.words, asked.numbers
    found = named_inventory(source, asked.query["inventory"])
    name, book = found.period.name, source.carbon_book()
    would = source.restatement(name)
    if would is None:
        raise NotHere("inventory", f"{name} is not closed", "its figures are those of now anyway")
    count = len(would.changes)
    said = (
        words.plural("%(num)s figure would differ.", "%(num)s figures would differ.", count)
        if count
        else words("It would come out the same.")
    )
    return WhyInventory(
        heading=words("Closed figures against now"),
        span=Figure(period_name(found.period, asked), carbon_href(found.period, asked)),
        value=said,
        version="",
        formula=(
            words(
                "The closed figures stand since %(day)s; here they are held against what the same period"
                " would be by the readings and entries of now.",
                day=numbers.day(would.closed_at),
            ),
        ),
        tables=(
            change_table("changes", words("Figure by figure"), would.changes, found, asked),
            _closings(book, name, asked),
            *_restated(book, found, asked),
        ),
        standing=standing(found, book, asked),
        links=(Figure(words("The inventory"), carbon_href(found.period, asked)),),
    )


def _restated(book: CarbonBook, found: Inventory, asked: Asked) -> Iterator[Table]:
    """Give what each restatement of the period changed."""
    for each in closings_of(book, found.period.name):
        if each.changes:
            title = asked.words("Restated by entry %(number)s, figure by figure", number=each.number)
            yield change_table(f"restated-{each.number}", title, each.changes, found, asked)


def change_table(
    id_: str, title: str, changes: Sequence[FigureChange], found: Inventory, asked: Asked
) -> Table:
    """Return figures of a period before and after."""
    words = asked.words
    return Table(
        id=id_,
        title=title,
        columns=(
            *texts(words("Figure")),
            *numeric(words("Closed"), words("Now"), words("Difference")),
            *texts(words("Cause")),
        ),
        rows=tuple(_change_row(each, found, asked) for each in changes),
        empty=words("Nothing would differ."),
        is_long=len(changes) > 16,
    )


def _change_row(each: FigureChange, found: Inventory, asked: Asked) -> Row:
    amounts = amounts_of(each)

    def amount(value: float | None, *, sign: bool = False) -> Cell:
        return cell(asked.numbers.number(value, amounts.decimals, sign=sign))

    return Row(
        cells=(
            cell(Figure(change_name(each.figure, asked), change_href(each.figure, found)), amounts.unit),
            amount(amounts.before),
            amount(amounts.after),
            amount(amounts.difference, sign=True),
            cell(cause_text(each.cause, asked)),
        )
    )


def _closings(book: CarbonBook, period: str, asked: Asked) -> Table:
    words = asked.words
    return Table(
        id="closings",
        title=words("Closings and restatements"),
        columns=(
            *numeric(words("Entry")),
            *texts(
                words("Recorded"), words("What"), words("Who"), words("Approved by"), words("Why"), "SHA-256"
            ),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(str(each.number)),
                    cell(asked.numbers.instant(each.at)),
                    cell(
                        words("restatement of entry %(number)s", number=each.before)
                        if each.is_restatement
                        else words("closing")
                    ),
                    cell(each.who),
                    cell(each.approver),
                    cell(each.why),
                    cell(each.sha256),
                )
            )
            for each in closings_of(book, period)
        ),
    )


RESTATEMENT = PageSpec(
    name="why-restatement",
    path="/why/restatement/{inventory}",
    title="What a figure rests on",
    template="carbon_why.html",
    view=build_restatement,
)
