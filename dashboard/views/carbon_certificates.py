"""Green certificates and contracts against metered electricity: what covers what, and what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import why_figure
from dashboard.views.carbon_table import Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from domain.carbon_book import Booked, CarbonBook
from domain.carbon_entries import Certificates, GreenContract
from domain.inventory import Cover, Inventory


def certificate_tables(
    found: Inventory, book: CarbonBook, months: Sequence[Inventory], asked: Asked
) -> tuple[Table, ...]:
    """Return the months with what covers them, and the instruments with what is left of them."""
    names = {found.period.name, *(month.period.name for month in months if _is_within(month, found))}
    shown = [month for month in months if month.period.name in names]
    return _by_month(shown, asked), _by_instrument(found, book, months, asked)


def _is_within(month: Inventory, found: Inventory) -> bool:
    return found.period.since <= month.period.since < found.period.until


def _by_month(months: Sequence[Inventory], asked: Asked) -> Table:
    words = asked.words
    ordered = sorted(months, key=lambda each: each.period.since)
    rest = [left for left in (not_covered(month) for month in ordered) if left is not None]
    energy = asked.numbers.quantity(sum(rest), Quantity.ENERGY)
    if not rest:
        finding = words("How much was bought is not known.")
    elif sum(rest) < 1.0:
        finding = words("Certificates and contracts cover all electricity that was bought.")
    else:
        finding = words(
            "%(energy)s that were bought are not covered: they count as residual mix.", energy=energy
        )
    return Table(
        id="covered",
        title=words("Bought electricity and what covers it"),
        finding=finding,
        columns=(
            *texts(words("Month")),
            *numeric(words("Bought"), words("By certificates"), words("By contracts"), words("Not covered")),
        ),
        rows=tuple(_month_row(month, asked) for month in ordered),
        note=words("In MWh. Certificates cover no more than the meters show, each one once."),
        empty=words("No month of this period has figures."),
    )


def bought_of(found: Inventory) -> float | None:
    """Return the metered electricity that was bought, kWh."""
    lines = [line for line in found.lines if line.scope == "2_location" and line.id == "electricity"]
    return lines[0].activity if lines else None


def covered_by(found: Inventory, kind: str) -> float:
    """Return what instruments of a kind cover, kWh."""
    return sum(each.kwh for each in found.covers if each.kind == kind)


def not_covered(found: Inventory) -> float | None:
    """Return the bought electricity that nothing covers, kWh."""
    bought = bought_of(found)
    if bought is None:
        return None
    return max(0.0, bought - covered_by(found, "certificates") - covered_by(found, "contract"))


def _month_row(month: Inventory, asked: Asked) -> Row:
    name, numbers = month.period.name, asked.numbers
    bought, left = bought_of(month), not_covered(month)

    def energy(value: float | None, figure: str) -> Figure:
        text = numbers.value(value, Quantity.ENERGY)
        return Figure(text, "" if value is None else why_figure(name, figure))

    return Row(
        cells=(
            cell(name),
            cell(energy(bought, "line.2_location.electricity")),
            cell(energy(covered_by(month, "certificates"), "certificates")),
            cell(energy(covered_by(month, "contract"), "certificates")),
            cell(energy(left, "certificates")),
        )
    )


# instruments


def _by_instrument(found: Inventory, book: CarbonBook, months: Sequence[Inventory], asked: Asked) -> Table:
    words = asked.words
    here, ever = _used(found.covers), _used([each for month in months for each in month.covers])
    rows = tuple(
        _instrument_row(each, here.get(each.number, 0.0), ever.get(each.number, 0.0), found, asked)
        for each in instruments(book)
        if _is_near(each, found) or each.number in here
    )
    return Table(
        id="instruments",
        title=words("Certificates and contracts"),
        columns=(
            *texts(
                words("Ids"), words("Kind"), words("Generated in"), words("Retired"), words("Beneficiary")
            ),
            *numeric(Quantity.ENERGY.unit, words("Used in the period"), words("Left")),
        ),
        rows=rows,
        note=words("In MWh. What is left of a certificate covers nothing outside its own year."),
        empty=words("No certificate and no contract is entered for this period."),
    )


def instruments(book: CarbonBook) -> tuple[Booked, ...]:
    """Return the certificates and contracts of the ledger."""
    return tuple(each for each in book.booked if isinstance(each.body, Certificates | GreenContract))


def _used(covers: Sequence[Cover]) -> dict[int, float]:
    used: dict[int, float] = defaultdict(float)
    for each in covers:
        used[each.entry] += each.kwh
    return dict(used)


def _is_near(entry: Booked, found: Inventory) -> bool:
    body = entry.body
    assert isinstance(body, Certificates | GreenContract)
    return body.since < found.period.until and body.until > found.period.since


def energy_of(body: Certificates | GreenContract) -> float | None:
    """Return the energy that an instrument stands for, kWh; a certificate is 1 MWh."""
    if isinstance(body, GreenContract):
        return body.kwh
    digits = [text[len(text.rstrip("0123456789")) :] for text in (body.first, body.last)]
    if not all(digits):
        return None
    return (int(digits[1]) - int(digits[0]) + 1) * 1000.0


def _instrument_row(entry: Booked, here: float, ever: float, found: Inventory, asked: Asked) -> Row:
    words, numbers, body = asked.words, asked.numbers, entry.body
    assert isinstance(body, Certificates | GreenContract)
    whole = energy_of(body)
    href = why_figure(found.period.name, f"instrument.{entry.number}")
    if isinstance(body, Certificates):
        ids, kind, beneficiary = f"{body.first} – {body.last}", words("green certificates"), body.beneficiary
        retired = body.retired.isoformat() if body.retired else words("not retired")
        note = words("sold: own PV counts as residual mix") if body.is_sold else ""
    else:
        ids, kind, beneficiary, note = body.id, words("green power contract"), "", ""
        retired = MISSING
    is_contract_proof = isinstance(body, Certificates) and bool(body.contract)
    if is_contract_proof:
        note = words("proves a contract: no cover of its own")
    left = None if whole is None or is_contract_proof else max(0.0, whole - ever)
    span = f"{numbers.day(body.since)} – {numbers.day(body.until - 1)}"
    return Row(
        cells=(
            cell(Figure(ids, href), note),
            cell(kind, body.supplier if isinstance(body, GreenContract) else body.project),
            cell(span),
            cell(retired),
            cell(beneficiary or MISSING),
            cell(Figure(numbers.value(whole, Quantity.ENERGY), href if whole is not None else "")),
            cell(Figure(numbers.value(here, Quantity.ENERGY), href)),
            cell(numbers.value(left, Quantity.ENERGY)),
        )
    )
