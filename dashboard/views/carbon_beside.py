"""What stands beside the inventory: avoided carbon, meters against invoices, the base year, sealed days."""

from __future__ import annotations

from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import amount_text, why_figure
from dashboard.views.carbon_table import Cell, Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure, linked
from domain.carbon_book import Booked, CarbonBook
from domain.carbon_entries import BaseYear, BaseYearReason
from domain.inventory import Inventory, Reconciled
from domain.plant import Carrier, MeterRole

_GAS_UNIT = "Nm3"
_MOST_SEALS = 5


def avoided_table(found: Inventory, asked: Asked) -> Table:
    """Return own PV and recovered heat against their plan."""
    words, numbers, each, name = asked.words, asked.numbers, found.avoided, found.period.name

    def row(label: str, figure: str, kwh: float | None, plan: float | None, avoided: float | None) -> Row:
        href = why_figure(name, figure)
        share = kwh / plan if kwh is not None and plan else None
        return Row(
            cells=(
                cell(label),
                cell(Figure(numbers.quantity(kwh, Quantity.ENERGY), href if kwh is not None else "")),
                cell(numbers.quantity(plan, Quantity.ENERGY)),
                cell(numbers.percent(share)),
                cell(
                    Figure(numbers.quantity(avoided, Quantity.CARBON_T), href if avoided is not None else "")
                ),
            )
        )

    return Table(
        id="avoided",
        title=words("PV and waste heat against their plan"),
        finding=words(
            "Avoided, shown beside the inventory and never subtracted: metered energy has it already."
        ),
        columns=(
            *texts(words("What")),
            *numeric(
                words("Energy"), words("Plan for the period"), words("Share of the plan"), words("Avoided")
            ),
        ),
        rows=(
            row(words("PV, generated"), "avoided.pv", each.pv_generated_kwh, each.pv_plan_kwh, None),
            row(words("PV, used by the plant itself"), "avoided.pv", each.pv_kwh, None, each.pv_t),
            row(
                words("Waste heat, recovered"), "avoided.heat", each.heat_kwh, each.heat_plan_kwh, each.heat_t
            ),
        ),
    )


# meters against invoices


def reconciled_id(row: Reconciled) -> str:
    """Return the name of a comparison's figure."""
    return f"reconciled.{row.carrier}.{row.against}"


def is_supply(row: Reconciled, asked: Asked) -> bool:
    """Say whether the main side of a comparison is the supply of electricity."""
    return _of_supply(row.carrier, row.against, asked)


def _of_supply(carrier: str, against: str, asked: Asked) -> bool:
    """Say whether the main side is more than what main meters show: own solar power, less what was sold."""
    others = any(
        point.carrier is Carrier.PV or point.role is MeterRole.EXPORT for point in asked.plant.points
    )
    return (carrier, against) == ("electricity", "subs") and others


def supply_text(asked: Asked) -> str:
    """Return what the supply of electricity is made of."""
    return asked.words("Supply of electricity: imported − exported + own solar power.")


def reconciled_name(row: Reconciled, asked: Asked) -> str:
    """Return what is held against what."""
    return comparison_name(row.carrier, row.against, asked)


def comparison_name(carrier: str, against: str, asked: Asked) -> str:
    """Return what is held against what."""
    words = asked.words
    if _of_supply(carrier, against, asked):
        return words("Electricity: supply (import − export + PV) and sub-meters")
    return {
        ("gas", "invoices"): words("Gas: main meter and invoices"),
        ("gas", "subs"): words("Gas: main meter and sub-meters"),
        ("electricity", "invoices"): words("Electricity: main meter and invoices"),
        ("electricity", "subs"): words("Electricity: main meter and sub-meters"),
    }.get((carrier, against), f"{carrier}: {against}")


def reconciled_state(row: Reconciled, asked: Asked) -> tuple[str, str]:
    """Return (word, state of the pill) of a comparison."""
    words = asked.words
    if row.is_within is None:
        return words("not known"), "stale"
    if row.is_within:
        return words("within tolerance"), "good"
    if row.reason:
        return words("outside, explained"), "warning"
    return words("outside tolerance"), "alarm"


def reconciled_table(found: Inventory, asked: Asked) -> Table:
    """Return main meters against invoices and sub-meters, what is outside first."""
    words = asked.words
    rows = sorted(found.reconciled, key=lambda row: (_rank(row), row.month, row.carrier, row.against))
    outside = sum(row.is_within is False for row in rows)
    known = sum(row.is_within is not None for row in rows)
    if not known:
        finding = words("Nothing can be held against each other yet.")
    elif outside:
        finding = words(
            "%(outside)s of %(known)s comparisons are outside their tolerance.", outside=outside, known=known
        )
    else:
        finding = words("All %(known)s comparisons are within their tolerance.", known=known)
    return Table(
        id="reconciled",
        title=words("Meters, invoices and sub-meters"),
        finding=finding,
        columns=(
            *texts(words("Month"), words("What")),
            *numeric(
                words("Main meter or supply"),
                words("Held against"),
                words("Difference"),
                words("Share"),
                words("Tolerance"),
            ),
            *texts(words("State"), words("Reason")),
        ),
        rows=tuple(_reconciled_row(row, asked) for row in rows),
        empty=words("No invoice is entered, and no main meter has sub-meters."),
        is_long=len(rows) > 16,
    )


def _rank(row: Reconciled) -> int:
    if row.is_within is False:
        return 1 if row.reason else 0
    return 3 if row.is_within else 2


def _reconciled_row(row: Reconciled, asked: Asked) -> Row:
    numbers, unit = asked.numbers, _GAS_UNIT if row.carrier == "gas" else "kWh"
    href = why_figure(row.month, reconciled_id(row))
    word, state = reconciled_state(row, asked)
    known = href if row.difference is not None else ""
    return Row(
        cells=(
            cell(row.month),
            cell(Figure(reconciled_name(row, asked), href)),
            cell(amount_text(row.main, unit, asked)),
            cell(amount_text(row.other, unit, asked)),
            cell(Figure(amount_text(row.difference, unit, asked), known)),
            cell(Figure(numbers.percent(row.share, sign=True), known)),
            cell(f"±\u00a0{numbers.percent(row.tolerance)}"),
            cell(word, state=state),
            cell(row.reason),
        )
    )


# the base year


def base_years_of(book: CarbonBook) -> tuple[Booked, ...]:
    """Return every statement of the base year, oldest first."""
    return tuple(each for each in book.booked if isinstance(each.body, BaseYear))


def reason_name(reason: BaseYearReason, asked: Asked) -> str:
    """Return why a base year was set."""
    words = asked.words
    return {
        BaseYearReason.FIRST: words("first base year"),
        BaseYearReason.STRUCTURAL: words("structural change"),
        BaseYearReason.METHOD: words("change of method"),
        BaseYearReason.FACTOR: words("change of a factor"),
        BaseYearReason.ERROR: words("correction of an error"),
    }[reason]


def base_year_table(book: CarbonBook, asked: Asked) -> Table:
    """Return the base year and the one before it side by side."""
    words, known = asked.words, base_years_of(book)
    empty = words("No base year is entered: it is declared with its figures, reason and approver.")
    title = words("Base year")
    if not known:
        return Table(id="base-year", title=title, columns=(), rows=(), empty=empty)
    new, old = known[-1], known[-2] if len(known) > 1 else None
    return Table(
        id="base-year",
        title=title,
        finding=_base_finding(new, asked),
        columns=(
            *texts(words("Figure")),
            *numeric(_base_name(old, asked) if old is not None else words("before"), _base_name(new, asked)),
            *numeric(words("Change")),
        ),
        rows=_base_rows(old, new, asked),
        note=words("A recalculation is due from a change of %(threshold)s on; growth alone is no reason.",
                   threshold=asked.numbers.percent(_base(new).threshold, 0)),
        links=(Figure(words("entry %(number)s", number=new.number), f"/why/entry/{new.number}"),),
    )  # fmt: skip


def _base(entry: Booked) -> BaseYear:
    assert isinstance(entry.body, BaseYear)
    return entry.body


def _base_name(entry: Booked, asked: Asked) -> str:
    return f"{_base(entry).year} ({asked.numbers.day(entry.at)})"


def _base_finding(new: Booked, asked: Asked) -> str:
    body = _base(new)
    told = [reason_name(body.reason, asked), body.what, asked.words("approved by %(who)s", who=body.approver)]
    return " · ".join(each for each in (*told, body.document) if each)


def _base_rows(old: Booked | None, new: Booked, asked: Asked) -> tuple[Row, ...]:
    words, numbers = asked.words, asked.numbers
    one, two = (_base(old) if old is not None else None), _base(new)
    unit = two.output_unit

    def row(label: str, before: float | None, after: float | None, decimals: int) -> Row:
        change = after / before - 1.0 if before and after is not None else None
        return Row(
            cells=(
                cell(label),
                cell(numbers.number(before, decimals)),
                cell(numbers.number(after, decimals)),
                cell(numbers.percent(change, sign=True)),
            )
        )

    return (
        row(words("Scope 1 and 2, tCO₂e"), one.scope_1_2_t if one else None, two.scope_1_2_t, 1),
        row(words("Scope 3 category 1, tCO₂e"), one.scope_3_1_t if one else None, two.scope_3_1_t, 1),
        row(
            words("Output, %(unit)s", unit=unit.replace("m2", "m²")),
            one.output if one else None,
            two.output,
            1,
        ),
        row(words("Scope 1 and 2 per output"), _ratio(one, "1_2"), _ratio(two, "1_2"), 3),
        row(words("Scope 3 category 1 per output"), _ratio(one, "3_1"), _ratio(two, "3_1"), 3),
    )


def _ratio(body: BaseYear | None, scopes: str) -> float | None:
    """Return the intensity as stated, else by the sums."""
    if body is None:
        return None
    stated, amount = (
        (body.intensity_1_2, body.scope_1_2_t) if scopes == "1_2" else (body.intensity_3_1, body.scope_3_1_t)
    )
    if stated is not None:
        return stated
    return amount / body.output if amount is not None and body.output else None


# sealed days


def seals_table(book: CarbonBook, asked: Asked) -> Table:
    """Return the newest sealed days with their roots."""
    words, numbers = asked.words, asked.numbers
    seals = sorted(book.seals, key=lambda each: each.day, reverse=True)[:_MOST_SEALS]
    finding = ""
    if seals:
        finding = linked(
            words("Readings and ledger are sealed up to %(day)s (UTC); root %(root)s."),
            day=seals[0].day,
            root=seals[0].root,
        )
    return Table(
        id="seals",
        title=words("Sealed days"),
        finding=finding,
        columns=(
            *texts(words("Day (UTC)")),
            *numeric(words("Readings"), words("Ledger entries")),
            *texts(words("Root (SHA-256)"), words("Sealed at")),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(seal.day),
                    cell(numbers.number(seal.readings)),
                    _entries_cell(seal.first_entry, seal.last_entry),
                    cell(seal.root),
                    cell(numbers.instant(seal.sealed)),
                )
            )
            for seal in seals
        ),
        note=words("Each root covers the day and the root before it; energy-agent verify checks every row."),
        empty=words("No day is sealed yet: a day is sealed once it is over."),
    )


def _entries_cell(first: int, last: int) -> Cell:
    if last < first:
        return cell(MISSING)
    return cell(str(first) if first == last else f"{first} – {last}")
