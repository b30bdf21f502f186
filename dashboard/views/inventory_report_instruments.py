"""Sections of an inventory report beside its lines: certificates, solar power, reconciliation."""

from __future__ import annotations

from collections import defaultdict

from dashboard.live import carrier_name
from dashboard.numbers import MISSING, Quantity
from dashboard.views.carbon_beside import is_supply, supply_text
from dashboard.views.carbon_figures import why_figure
from dashboard.views.inventory_report_parts import (
    Reported,
    Section,
    counted,
    entries,
    reference,
    spaced,
    tonnes,
    tonnes_column,
)
from dashboard.views.inventory_report_words import against_name
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon_entries import Certificates, GreenContract
from domain.inventory import Cover, Reconciled
from domain.plant import Carrier


def instruments(reported: Reported) -> Section:
    """Return certificates and contracts, and what they cover month by month."""
    words, covers = reported.asked.words, reported.inventory.covers
    nothing = words("No certificate and no contract covers electricity of this period.")
    return Section(
        id="instruments",
        title=words("Green certificates and green power contracts"),
        sentences=() if covers else (nothing,),
        tables=(_instruments(reported), _covers(reported)) if covers else (),
    )


def _instruments(reported: Reported) -> ReportTable:
    words = reported.asked.words
    of: dict[tuple[str, int], list[Cover]] = defaultdict(list)
    for each in reported.inventory.covers:
        of[each.instrument, each.entry].append(each)
    return ReportTable(
        id="certificates",
        title=words("Instruments"),
        note=words("Covered: of this period's electricity; each certificate of 1 MWh counts once."),
        columns=(
            Column(name=words("Certificates or contract")),
            Column(name=words("Generated or settled")),
            Column(name=words("Technology, project, supplier")),
            Column(name=words("Retired")),
            Column(name=words("Beneficiary")),
            Column(name=words("Document")),
            Column(name=words("Covered"), unit="kWh", decimals=0),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(_instrument(reported, covers) for covers in of.values()),
    )


def _instrument(reported: Reported, covers: list[Cover]) -> tuple[Cell, ...]:
    asked, first = reported.asked, covers[0]
    numbers = asked.numbers
    body = reported.body((first.entry,), Certificates) or reported.body((first.entry,), GreenContract)
    span, what, document = MISSING, MISSING, MISSING
    if isinstance(body, Certificates | GreenContract):
        span = f"{numbers.day(body.since)} – {numbers.day(body.until - 1)}"
        what = (
            body.supplier if isinstance(body, GreenContract) else spaced(asked, body.technology, body.project)
        )
        document = body.document
    return (
        written(first.instrument.replace("..", " … ")),
        written(span),
        written(what or MISSING),
        written(first.retired or MISSING),
        written(first.beneficiary or MISSING),
        written(document or MISSING),
        counted(numbers, sum(each.kwh for each in covers), 0, reported.why("certificates")),
        counted(numbers, first.entry, 0),
    )


def _covers(reported: Reported) -> ReportTable:
    asked = reported.asked
    words = asked.words
    kinds = {"certificates": words("certificates"), "contract": words("contract")}
    return ReportTable(
        id="covers",
        title=words("Covered electricity by month"),
        note="",
        columns=(
            Column(name=words("Month"), is_whole=True),
            Column(name=words("Certificates or contract")),
            Column(name=words("Kind")),
            Column(name=words("Covered"), unit="kWh", decimals=0),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(
            (
                written(each.month),
                written(each.instrument.replace("..", " … ")),
                written(kinds.get(each.kind, each.kind)),
                counted(asked.numbers, each.kwh, 0, reported.why("certificates")),
                counted(asked.numbers, each.entry, 0),
            )
            for each in sorted(reported.inventory.covers, key=lambda each: (each.month, each.entry))
        ),
    )


# beside the inventory


def beside(reported: Reported) -> Section:
    """Return solar power and recovered heat against their plan."""
    asked, found = reported.asked, reported.inventory.avoided
    words, numbers = asked.words, asked.numbers

    def row(
        name: str, kwh: float | None, plan: float | None, avoided: float | None, figure: str
    ) -> tuple[Cell, ...]:
        reached = kwh / plan if kwh is not None and plan else None
        href = reported.why(figure)
        return (
            written(name, href),
            counted(numbers, None if kwh is None else kwh / 1000.0, 1, href),
            counted(numbers, None if plan is None else plan / 1000.0, 1),
            share(numbers, reached),
            tonnes(numbers, avoided, href),
            reference(figure, href),
        )

    return Section(
        id="beside",
        title=words("Beside the inventory: solar power and recovered heat"),
        sentences=(
            words(
                "Avoided emissions are what the grid or a boiler would have emitted; the inventory is"
                " lower by them already, so that they are never subtracted from it. The plan is its share of"
                " the period."
            ),
            *((reported.doubts(found.codes),) if found.codes else ()),
        ),
        tables=(
            ReportTable(
                id="avoided",
                title=words("Avoided emissions"),
                note="",
                columns=(
                    Column(name=words("What")),
                    Column(name=words("Energy"), unit=Quantity.ENERGY.unit, decimals=1),
                    Column(name=words("Plan"), unit=Quantity.ENERGY.unit, decimals=1),
                    Column(name=words("Of the plan"), unit="%", decimals=1),
                    tonnes_column(words("Avoided")),
                    Column(name=words("Evidence"), is_whole=True),
                ),
                rows=(
                    row(
                        words("Solar power, used here"),
                        found.pv_kwh,
                        found.pv_plan_kwh,
                        found.pv_t,
                        "avoided.pv",
                    ),
                    row(
                        words("Recovered heat"),
                        found.heat_kwh,
                        found.heat_plan_kwh,
                        found.heat_t,
                        "avoided.heat",
                    ),
                ),
            ),
        ),
    )


# reconciliation


def reconciliation(reported: Reported) -> Section:
    """Return main meters against invoices and sub-meters, with the reasons for differences."""
    asked = reported.asked
    words = asked.words
    found = reported.inventory.reconciled
    rows = tuple(_reconciled(each, reported) for each in found)
    nothing = words("Nothing to hold the meters against is known for this period.")
    table = ReportTable(
        id="reconciled",
        title=words("Meters against invoices and sub-meters"),
        note=supply_text(asked) if any(is_supply(each, asked) for each in found) else "",
        columns=(
            Column(name=words("Month"), is_whole=True),
            Column(name=words("Carrier"), is_whole=True),
            Column(name=words("Against"), is_whole=True),
            Column(name=words("Main meter or supply"), decimals=0),
            Column(name=words("Other side"), decimals=0),
            Column(name=words("Unit")),
            Column(name=words("Difference"), unit="%", decimals=2),
            Column(name=words("Tolerance"), unit="%", decimals=1),
            Column(name=words("Within")),
            Column(name=words("Reason")),
            Column(name=words("Entries")),
        ),
        rows=rows,
    )
    return Section(
        id="reconciliation",
        title=words("Reconciliation"),
        sentences=() if rows else (nothing,),
        tables=(table,) if rows else (),
    )


def _reconciled(each: Reconciled, reported: Reported) -> tuple[Cell, ...]:
    asked = reported.asked
    words, numbers = asked.words, asked.numbers
    href = why_figure(each.month, f"reconciled.{each.carrier}.{each.against}")
    within = {True: words("yes"), False: words("no"), None: words("not known")}[each.is_within]
    known = each.reason or reported.doubts(each.codes)
    return (
        written(each.month),
        written(carrier_name(Carrier(each.carrier), asked)),
        written(
            words("Sub-meters, of the supply")
            if is_supply(each, asked)
            else against_name(each.against, asked)
        ),
        counted(numbers, each.main, 0, href),
        counted(numbers, each.other, 0, href),
        written(Quantity.GAS.unit if each.carrier == "gas" else Quantity.ENERGY_KWH.unit),
        counted(numbers, None if each.share is None else 100.0 * each.share, 2, href, sign=True),
        share(numbers, each.tolerance),
        written(within),
        written(known),
        written(entries(each.entries) or MISSING),
    )
