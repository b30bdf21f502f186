"""What does the plant state of its greenhouse gases? A month or a year, laid out after ISO 14064-1:2018."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.page import Asked, BadRequest
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.views import inventory_report_base as base
from dashboard.views import inventory_report_course as course
from dashboard.views import inventory_report_emissions as emitted
from dashboard.views import inventory_report_instruments as instruments
from dashboard.views import inventory_report_lots as lots
from dashboard.views import inventory_report_method as method
from dashboard.views import inventory_report_standing as standing
from dashboard.views.carbon_figures import inventory_of, months_of
from dashboard.views.inventory_report_others import as_known, now_of
from dashboard.views.inventory_report_parts import Reported, Section
from dashboard.views.picker import Picker, picker
from dashboard.views.reports import period_choices, software_version
from domain.inventory import Inventory
from domain.periods import Period, PeriodKind

_KINDS = (PeriodKind.MONTH, PeriodKind.YEAR)
_SHORT = 12
"""Digits of a hash in the running header."""
PATH = "/reports/inventory"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryReport:
    """The page, its print and its workbook."""

    title: str
    plant: str
    period: str
    made: str
    """When the figures were recorded, or, while the period is open, of when they are."""
    is_provisional: bool
    notice: str
    """That it is the plant's own statement."""
    running: str
    """Over every page of the print: plant, period, hashes."""
    instant: str
    """Of the closing, ISO; empty while the period is open."""
    sections: tuple[Section, ...]
    """Empty: there is no inventory of the period."""
    picker: Picker
    choices: tuple[tuple[str, str], ...]
    pdf: str
    workbook: str


def build(source: Source, asked: Asked) -> InventoryReport:
    """Return the report of the month or year that the address asks for, this year by default."""
    span = asked.span("year")
    period = span.period
    if period is None or period.kind not in _KINDS:
        raise BadRequest("period", "a report is of a month or a year", "write period=month or period=year")
    words, numbers = asked.words, asked.numbers
    reported = _reported(source, period, asked)
    closing = reported.closing if reported is not None else None
    name = (
        period.name
        if period.kind is PeriodKind.YEAR
        else numbers.month_name(asked.calendar.day_of(period.since))
    )
    chosen = picker(span, asked, PATH)
    made = words("as of %(instant)s, plant time", instant=numbers.instant(asked.now))
    if closing is not None:
        made = words("figures recorded %(instant)s, plant time", instant=numbers.instant(closing.at))
    return InventoryReport(
        title=words("Greenhouse gas inventory report %(period)s", period=name),
        plant=asked.site_name,
        period=name,
        made=made,
        is_provisional=closing is None,
        notice=words(
            "This is the plant's own statement, laid out after ISO 14064-1:2018. It is not a verification,"
            " and no third party has confirmed it."
        ),
        running=_running(reported, name, asked),
        instant=datetime.fromtimestamp(closing.at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if closing
        else "",
        sections=_sections(reported, source) if reported is not None else (),
        picker=chosen,
        choices=period_choices(period, asked),
        pdf=f"{PATH}.pdf?{chosen.query}",
        workbook=f"{PATH}.xlsx?{chosen.query}",
    )


def _reported(source: Source, period: Period, asked: Asked) -> Reported | None:
    """Return what a period's report is made of; None without an inventory."""
    inventory, book = inventory_of(source, period), source.carbon_book()
    if inventory is None:
        return None
    is_year = period.kind is PeriodKind.YEAR
    months = months_of(source, period) if is_year else ()
    every: Sequence[Inventory] = source.results("inventory", period=PeriodKind.YEAR)
    years = [each for each in every if each.period.since < inventory.period.since]
    return Reported(
        inventory=inventory,
        book=book,
        months=as_known(months, inventory, book),
        years=(*as_known(years, inventory, book), *([now_of(inventory)] if is_year else [])),
        asked=asked,
    )


def _running(reported: Reported | None, name: str, asked: Asked) -> str:
    """Return what stands over every page."""
    parts = [asked.site_name, name]
    if reported is not None and reported.closing is not None:
        parts.append(f"SHA-256 {reported.closing.sha256[:_SHORT]}…")
    elif reported is not None:
        parts.append(asked.words("not closed"))
    seal = standing.seal_of(reported) if reported is not None else None
    if seal is not None:
        parts.append(asked.words("root %(root)s…", root=seal.root[:_SHORT]))
    return " | ".join(parts)


def _sections(reported: Reported, source: Source) -> tuple[Section, ...]:
    found = [
        standing.organisation(reported),
        standing.boundary(reported),
        emitted.emissions(reported),
        emitted.intensities(reported),
        emitted.activity(reported),
        method.method(reported, source),
        method.quality(reported, source),
        base.base_year(reported, source),
        course.paths(reported, source),
        instruments.instruments(reported),
        lots.aluminium(reported),
        instruments.beside(reported),
        instruments.reconciliation(reported),
        standing.findings(reported),
        standing.closing(reported, software_version()),
        standing.unverified(reported),
    ]
    places = {each.id: place for place, each in enumerate(found, 1)}
    return (*found, standing.index_of(reported, places))


PAGE = PageSpec(
    name="inventory_report", path=PATH, title="Inventory report", template="inventory_report.html", view=build
)
