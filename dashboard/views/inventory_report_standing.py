"""Sections of an inventory report about who states what: organisation, boundaries, closing, assurance."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.said import Sentence, of_finding
from dashboard.views.carbon_figures import line_name
from dashboard.views.inventory_report_parts import Reported, Section, reference
from dashboard.views.inventory_report_restated import changed_sheets, changed_tables
from dashboard.views.inventory_report_words import state_name
from dashboard.views.report_table import Cell, Column, ReportTable, written
from domain.carbon_book import Closing
from domain.carbon_entries import AluminiumLot
from domain.seals import Seal


def organisation(reported: Reported) -> Section:
    """Return who reports, for what time, for which organisation."""
    asked, found, closing = reported.asked, reported.inventory, reported.closing
    words, numbers = asked.words, asked.numbers
    processes = words(", ").join(asked.name_of(each.id) for each in asked.plant.processes)
    responsible = closing.approver if closing is not None else words("nobody yet: the period is not closed")
    facts = (
        (words("Reporting organisation"), asked.site_name),
        (words("Site"), f"{asked.plant.site}/{asked.plant.gateway}"),
        (words("Responsible for the report"), responsible),
        (
            words("Reporting period"),
            f"{numbers.day(found.period.since)} – {numbers.day(found.period.until - 1)}",
        ),
        (words("State"), state_name(found.state, asked)),
        (
            words("Organisational boundary"),
            words(
                "this site with everything that its main meters measure; processes: %(processes)s",
                processes=processes or MISSING,
            ),
        ),
        (
            words("Consolidation approach"),
            words(
                "not stated in the plant file; the plant names it (operational or financial control, or"
                " equity share)"
            ),
        ),
        (words("Intended use"), words("the plant's own reporting, and verification by a third party")),
    )
    return Section(id="organisation", title=words("Organisation and responsibility"), facts=facts)


def boundary(reported: Reported) -> Section:
    """Return the reporting boundary: what is quantified, what is left out and why."""
    asked = reported.asked
    words = asked.words
    present = {
        scope: list(
            dict.fromkeys(line_name(each, asked) for each in reported.inventory.lines if each.scope == scope)
        )
        for scope in ("1", "2_location", "3_1")
    }
    nothing = words("nothing is known for this period")
    no_data = words("no data of it are entered")
    rows = (
        (
            words("1 Direct emissions"),
            words(", ").join(present["1"]) or nothing,
            words("refrigerants, fire extinguishers and welding gases; solvents of coatings burnt in ovens"),
            no_data,
        ),
        (
            words("2 Indirect, imported energy"),
            words(", ").join(present["2_location"]) or nothing,
            words("bought heat, steam and compressed air"),
            words("no meter of it is in the plant file"),
        ),
        (words("3 Indirect, transportation"), MISSING, words("all of it"), no_data),
        (
            words("4 Indirect, products used"),
            words("purchased aluminium") if present["3_1"] else nothing,
            words("coatings, solvents, packaging and other goods, upstream of fuels and electricity, waste"),
            no_data,
        ),
        (words("5 Indirect, use of products sold"), MISSING, words("all of it"), no_data),
        (words("6 Indirect, other"), MISSING, words("all of it"), no_data),
    )
    table = ReportTable(
        id="categories-inside",
        title=words("Reporting boundary"),
        note="",
        columns=(
            Column(name=words("Category of ISO 14064-1")),
            Column(name=words("Quantified here")),
            Column(name=words("Left out")),
            Column(name=words("Why")),
        ),
        rows=tuple(tuple(written(text) for text in row) for row in rows),
    )
    sentence = words(
        "What is left out is not taken as 0. Which indirect emissions are significant, and by which criteria,"
        " is the plant's own decision and not kept here."
    )
    return Section(
        id="boundary",
        title=words("Reporting boundary and exclusions"),
        sentences=(sentence,),
        tables=(table,),
    )


# findings


def findings(reported: Reported) -> Section:
    """Return what is doubtful about the inventory, with the cure."""
    asked = reported.asked
    words = asked.words
    told = [of_finding(each, asked) for each in reported.inventory.findings]
    return Section(
        id="findings",
        title=words("Findings"),
        sentences=tuple(_told(each) for each in told)
        or (words("There is no finding about this inventory."),),
        is_list=bool(told),
    )


def _told(each: Sentence) -> str:
    """Return what is wrong and the cure, as one or two sentences."""
    between = " " if each.text.endswith((".", "。")) else "; "
    return f"{each.text}{between}{each.remedy}" if each.remedy else each.text


# closing


def closing(reported: Reported, software: str) -> Section:
    """Return the closing statement, the entries behind it, and the root of the hash chain."""
    asked, found, closed = reported.asked, reported.inventory, reported.closing
    words, numbers = asked.words, asked.numbers
    facts: list[tuple[str, str]] = [(words("State"), state_name(found.state, asked))]
    if closed is not None:
        facts += [
            (words("Approved by"), closed.approver),
            (words("Recorded"), f"{numbers.instant_s(closed.at)}, {closed.who}: {closed.why}"),
            (words("Entry of the ledger"), numbers.number(closed.number)),
            (
                words("Entries that the figures know"),
                words("up to %(number)s", number=numbers.number(closed.known)),
            ),
            (words("SHA-256 of the figures"), closed.sha256),
        ]
    seal = seal_of(reported)
    if seal is not None:
        facts.append((words("Last sealed day of the period"), seal.day))
        facts.append((words("Root of the hash chain"), seal.root))
    else:
        facts.append(
            (
                words("Root of the hash chain"),
                words("the days of this period are not sealed yet; “energy-agent verify” reads the chain"),
            )
        )
    facts.append((words("Software"), _software(closed, software, asked)))
    history = [
        each
        for each in reported.book.closings
        if each.period == reported.name and each.number <= _last(reported)
    ]
    return Section(
        id="closing",
        title=words("Closing and evidence chain"),
        sentences=(
            words(
                "Readings and entries of the ledger are only ever added; each day's are sealed by a hash that"
                " covers the days before it. The same readings and entries give the same figures and the same"
                " bytes of this report as PDF."
            ),
        ),
        facts=tuple(facts),
        tables=(_history(history, asked), *changed_tables(reported, history)) if len(history) > 1 else (),
        sheets=changed_sheets(reported, history),
    )


def _last(reported: Reported) -> int:
    """Return the number of the newest closing that this report knows: its own."""
    return reported.closing.number if reported.closing is not None else reported.known


def _software(closed: Closing | None, software: str, asked: Asked) -> str:
    if closed is None:
        return f"energy-agent {software}"
    return asked.words(
        "figures by energy-agent %(made)s, report by energy-agent %(software)s",
        made=closed.software,
        software=software,
    )


def seal_of(reported: Reported) -> Seal | None:
    """Return the last sealed day of the period; None where a later one of it may still come."""
    until = reported.asked.numbers.day(reported.inventory.period.until - 1)
    since = reported.asked.numbers.day(reported.inventory.period.since)
    days = [each.day for each in reported.book.seals]
    if reported.inventory.is_over and not any(day >= until for day in days):
        return None
    within = [each for each in reported.book.seals if since <= each.day <= until]
    return max(within, key=lambda each: each.day, default=None)


def _history(history: list[Closing], asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    return ReportTable(
        id="closings",
        title=words("Closings and restatements of this period"),
        note=words("The last one stands; the figures of the earlier ones stay readable in their entries."),
        columns=(
            Column(name=words("Entry")),
            Column(name=words("Recorded"), is_whole=True),
            Column(name=words("Kind")),
            Column(name=words("Approved by")),
            Column(name=words("Reason")),
            Column(name=words("SHA-256 of the figures")),
        ),
        rows=tuple(
            (
                written(numbers.number(each.number)),
                written(numbers.instant(each.at)),
                written(words("restatement") if each.is_restatement else words("closing")),
                written(each.approver),
                written(each.why),
                written(each.sha256),
            )
            for each in history
        ),
    )


# what nobody has verified


def unverified(reported: Reported) -> Section:
    """Return what nobody outside has looked at."""
    words = reported.asked.words
    return Section(
        id="unverified",
        title=words("What is not verified"),
        sentences=tuple(_unverified(reported)),
        is_list=True,
    )


def _unverified(reported: Reported) -> Iterator[str]:
    asked, lines = reported.asked, reported.inventory.lines
    words = asked.words
    yield words("No third party has verified this report or its inventory; there is no level of assurance.")
    unchecked = sorted({each.id for line in lines for each in line.factors if not each.is_verified})
    if unchecked:
        yield words(
            "Factors not held against their primary source: %(ids)s.", ids=words(", ").join(unchecked)
        )
    lots = [reported.body(line.entries, AluminiumLot) for line in lines if line.scope == "3_1"]
    own = [each for each in lots if isinstance(each, AluminiumLot) and each.factor_t_per_t is not None]
    bare = [each.id for each in own if not each.verifier]
    if bare:
        yield words("Suppliers' factors without a verifier, of lots: %(ids)s.", ids=words(", ").join(bare))
    other = [line.id for line in lines if line.scope == "3_1" and line.formula != "lot.supplier.1"]
    if other:
        yield words(
            "Aluminium without a supplier's factor, counted by shares or averages: %(number)s of %(all)s"
            " lots.",
            number=len(other),
            all=len(lots),
        )
    outside = [each for each in reported.inventory.reconciled if each.is_within is False and not each.reason]
    if outside:
        told = words(", ").join(dict.fromkeys(each.month for each in outside))
        yield words("Differences beyond the tolerance that nobody has explained: %(months)s.", months=told)
    yield words("Retirement and beneficiary of certificates are as entered; no registry was asked.")
    yield words(
        "Uncertainties of meters are as the plant file assumes them, calibrations as they were entered."
    )


# where ISO 14064-1 finds its items


def index_of(reported: Reported, places: dict[str, int]) -> Section:
    """Return which section answers which item of clause 9.3.1."""
    words = reported.asked.words
    items = (
        ("a", words("the reporting organisation"), ("organisation",)),
        ("b", words("who is responsible"), ("organisation",)),
        ("c", words("the period"), ("organisation",)),
        ("d", words("organisational boundaries"), ("organisation",)),
        ("e", words("reporting boundaries and significance"), ("boundary",)),
        ("f", words("direct emissions by gas"), ("emissions",)),
        ("g", words("biogenic CO₂"), ("emissions",)),
        ("h", words("direct removals"), ("emissions",)),
        ("i", words("exclusions"), ("boundary",)),
        ("j", words("indirect emissions by category"), ("emissions", "aluminium")),
        ("k", words("the base year and its inventory"), ("base-year",)),
        ("l", words("changes of the base year"), ("base-year",)),
        ("m", words("approaches to quantification"), ("method",)),
        ("n", words("changes of approaches"), ("base-year", "closing")),
        ("o", words("factors"), ("method",)),
        ("p", words("effect of uncertainties"), ("quality",)),
        ("q", words("results of the uncertainty assessment"), ("quality",)),
        ("r", words("statement about this standard"), ("index",)),
        ("s", words("verification and assurance"), ("unverified",)),
        ("t", words("warming potentials and their source"), ("method",)),
    )
    places = {**places, "index": len(places) + 1}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            written(f"{letter})"),
            written(name),
            reference(", ".join(str(places[each]) for each in where), f"#{where[0]}"),
        )
        for letter, name, where in items
    )
    return Section(
        id="index",
        title=words("Where ISO 14064-1:2018, 9.3.1 finds its items"),
        sentences=(
            words(
                "This report is laid out after clause 9.3.1. Whether it conforms to the standard as a whole"
                " is for the plant to declare and for a verifier to judge."
            ),
        ),
        tables=(
            ReportTable(
                id="items",
                title=words("Items"),
                note="",
                columns=(
                    Column(name=words("Item"), is_whole=True),
                    Column(name=words("What")),
                    Column(name=words("Section"), is_whole=True),
                ),
                rows=rows,
            ),
        ),
    )
