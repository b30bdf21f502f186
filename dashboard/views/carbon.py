"""The carbon inventory of a month or a year: every figure with grade, spread and what is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from dashboard.numbers import Quantity
from dashboard.page import Asked, BadRequest
from dashboard.pages import PageSpec
from dashboard.proof import Proof, proof
from dashboard.resting import Rests, all_rests
from dashboard.said import Sentence, of_finding
from dashboard.source import Source
from dashboard.views.carbon_beside import avoided_table, base_year_table, reconciled_table, seals_table
from dashboard.views.carbon_certificates import certificate_tables
from dashboard.views.carbon_figures import (
    carbon_href,
    inventory_of,
    months_of,
    period_name,
    proof_of,
    state_word,
    tonnes,
    why_figure,
)
from dashboard.views.carbon_lots import lots_table, suppliers_table
from dashboard.views.carbon_scopes import lines_table, months_table, scopes_table
from dashboard.views.carbon_table import Table
from dashboard.views.figure import Figure, linked
from dashboard.views.picker import Picker, picker
from domain.carbon_book import CarbonBook
from domain.evidence import Evidence
from domain.findings import Finding, Severity
from domain.inventory import Inventory, PathPoint
from domain.periods import Period, PeriodKind

KINDS = (PeriodKind.MONTH, PeriodKind.YEAR)
WIDTHS = {
    "months": "w8",
    "findings": "w4",
    "covered": "w5",
    "instruments": "w7",
    "suppliers": "w6",
    "avoided": "w6",
    "base-year": "w5",
    "seals": "w7",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A finding of the inventory."""

    said: Sentence
    state: str
    """Of the pill: alarm, warning, stale."""
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryView:
    """The page."""

    title: str
    picker: Picker
    state: str
    """Of the verdict: good, warning, alarm, stale."""
    verdict: tuple[Markup, ...]
    """Sentences; empty: there is no inventory of the period."""
    badge: tuple[str, str]
    """(word, state): open, closed, restated."""
    proof: Proof
    rests: Rests | None
    """What is said of silent meters while the period runs."""
    tables: tuple[Table, ...]
    wide: Mapping[str, str]
    """Id of a table, or findings -> class of its card; others take the whole width."""
    findings: tuple[Doubt, ...]
    csv: str
    links: tuple[Figure, ...]


def build(source: Source, asked: Asked) -> InventoryView:
    """Return the inventory of the period that is asked for, this year by default."""
    span = asked.span("year")
    period = span.period
    if period is None or period.kind not in KINDS:
        raise BadRequest(
            "period", "an inventory is of a month or a year", "write period=month or period=year"
        )
    found, book = inventory_of(source, period), source.carbon_book()
    pick = picker(span, asked, "/carbon")
    pick = replace(pick, kinds=pick.kinds[2:])
    title = asked.words("Carbon inventory %(period)s", period=period_name(period, asked))
    rests = all_rests(source.now(), asked)["carbon"] if period.since <= asked.now < period.until else None
    if found is None:
        return _empty(title, pick, rests, book, asked)
    return InventoryView(
        title=title,
        picker=pick,
        state=_state(found),
        verdict=_verdict(found, asked),
        badge=state_word(found, asked),
        proof=proof_of(_weakest(found), asked, is_over=found.is_over),
        rests=rests,
        tables=_tables(found, book, source, asked),
        wide=WIDTHS,
        findings=_findings((*found.findings, *book.findings), found.period, asked),
        csv=f"/api/v1/inventory/{period.name}/lines.csv",
        links=_links(found, asked),
    )


def _empty(title: str, pick: Picker, rests: Rests | None, book: CarbonBook, asked: Asked) -> InventoryView:
    return InventoryView(
        title=title,
        picker=pick,
        state="stale",
        verdict=(),
        badge=("", ""),
        proof=proof(None, asked),
        rests=rests,
        tables=(base_year_table(book, asked), seals_table(book, asked)),
        wide=WIDTHS,
        findings=(),
        csv="",
        links=(),
    )


def _tables(found: Inventory, book: CarbonBook, source: Source, asked: Asked) -> tuple[Table, ...]:
    at = found.period.since
    year = asked.calendar.period(PeriodKind.YEAR, at)
    months = months_of(source, year) if year is not None else ()
    all_months: Sequence[Inventory] = source.results("inventory", period=PeriodKind.MONTH)
    return (
        scopes_table(found, asked),
        lines_table(found, asked),
        months_table(months, found, book, asked),
        *certificate_tables(found, book, all_months, asked),
        suppliers_table(found, asked),
        avoided_table(found, asked),
        lots_table(found, book, asked),
        reconciled_table(found, asked),
        base_year_table(book, asked),
        seals_table(book, asked),
    )


# the verdict


def _state(found: Inventory) -> str:
    if any(path.is_over for path in found.paths):
        return "alarm"
    totals = (found.scope_1, found.scope_2_location, found.scope_2_market, found.scope_3_1)
    if any(total.tco2e is None or (found.is_over and total.evidence.is_provisional) for total in totals):
        return "warning"
    return "good" if found.is_over else "stale"


def _weakest(found: Inventory) -> Evidence:
    measured = (found.scope_1.evidence, found.scope_2_location.evidence)
    return min(measured, key=lambda each: (each.is_complete, each.coverage))


def _verdict(found: Inventory, asked: Asked) -> tuple[Markup, ...]:
    return (
        _totals(found, asked),
        *(_path(path, found, asked) for path in found.paths),
        _standing(found, asked),
    )


def _totals(found: Inventory, asked: Asked) -> Markup:
    words, name = asked.words, found.period.name

    def figure(scope: str, value: float | None) -> Figure:
        shown = tonnes(value, why_figure(name, scope), asked)
        return shown if value is None else Figure(f"{shown.text}\u00a0{Quantity.CARBON_T.unit}", shown.href)

    message = (
        words(
            "%(period)s: Scope 1 %(one)s; Scope 2 %(location)s location-based, %(market)s market-based;"
            " Scope 3 category 1 %(three)s."
        )
        if found.is_over
        else words(
            "%(period)s so far: Scope 1 %(one)s; Scope 2 %(location)s location-based, %(market)s"
            " market-based; Scope 3 category 1 %(three)s."
        )
    )
    return linked(
        message,
        period=period_name(found.period, asked),
        one=figure("scope_1", found.scope_1.tco2e),
        location=figure("scope_2_location", found.scope_2_location.tco2e),
        market=figure("scope_2_market", found.scope_2_market.tco2e),
        three=figure("scope_3_1", found.scope_3_1.tco2e),
    )


def path_name(path: str, asked: Asked) -> str:
    """Return what a path is of."""
    words = asked.words
    return {
        "scope_1_2": words("Scope 1 and 2, market-based"),
        "scope_3_1": words("Scope 3, category 1: aluminium"),
    }.get(path, path)


def held_value(path: PathPoint) -> float | None:
    """Return what a year is judged by: the projection while it runs, else the actual, else the plan's own."""
    if path.projection is not None:
        return path.projection.value
    return path.actual if path.actual is not None else path.stated


def _path(path: PathPoint, found: Inventory, asked: Asked) -> Markup:
    words, numbers = asked.words, asked.numbers
    value, unit = held_value(path), path.unit.replace("CO2", "CO₂").replace("m2", "m²")
    href = why_figure(found.period.name, f"path.{path.path}")
    values: dict[str, Figure | str] = {
        "path": path_name(path.path, asked),
        "figure": Figure(f"{numbers.number(value, 3)}\u00a0{unit}", href),
        "allowed": Figure(f"{numbers.number(path.allowed, 2)}\u00a0{unit}", href),
    }
    if path.allowed is None:
        return linked(words("%(path)s: no path for this year."), path=values["path"])
    if value is None or path.is_over is None:
        return linked(
            words("%(path)s: nothing is known to hold against the path of %(allowed)s."),
            path=values["path"],
            allowed=values["allowed"],
        )
    if path.projection is not None:
        message = (
            words("%(path)s: %(figure)s expected at the year's end, above the path of %(allowed)s.")
            if path.is_over
            else words("%(path)s: %(figure)s expected at the year's end, within the path of %(allowed)s.")
        )
    else:
        message = (
            words("%(path)s: %(figure)s, above the path of %(allowed)s.")
            if path.is_over
            else words("%(path)s: %(figure)s, within the path of %(allowed)s.")
        )
    return linked(message, **values)


def _standing(found: Inventory, asked: Asked) -> Markup:
    """Return whether its figures stand."""
    words = asked.words
    if found.state != "open" and found.entry is not None:
        message = (
            words("Restated: %(entry)s holds its figures, the ones before stay readable.")
            if found.state == "restated"
            else words("Closed: its figures stand in %(entry)s.")
        )
        link = Figure(words("entry %(number)s", number=found.entry), f"/why/inventory/{found.period.name}")
        return linked(message, entry=link)
    count = len(found.closed_months)
    if count:
        said = words.plural(
            "Open: %(num)s month is closed, the others may still change.",
            "Open: %(num)s months are closed, the others may still change.",
            count,
        )
        return linked(said)
    return linked(words("Open: figures may still change."))


# findings and links


def _findings(findings: Sequence[Finding], period: Period, asked: Asked) -> tuple[Doubt, ...]:
    words = asked.words
    names = {
        Severity.ERROR: ("alarm", words("error")),
        Severity.WARNING: ("warning", words("warning")),
        Severity.INFO: ("stale", words("note")),
    }
    known: dict[tuple[str, str, int | None], Finding] = {}
    for each in findings:
        known.setdefault((each.code, each.key, each.since), each)
    touching = [each for each in known.values() if _touches(each, period)]
    order = list(names)
    touching.sort(key=lambda each: order.index(each.severity))
    return tuple(
        Doubt(said=of_finding(each, asked), state=names[each.severity][0], word=names[each.severity][1])
        for each in touching
    )


def _touches(finding: Finding, period: Period) -> bool:
    if finding.since is None:
        return True
    return finding.since < period.until and (finding.until is None or finding.until > period.since)


def _links(found: Inventory, asked: Asked) -> tuple[Figure, ...]:
    words, name = asked.words, found.period.name
    links = [Figure(words("What it rests on"), f"/why/inventory/{name}")]
    if found.state != "open":
        links.append(Figure(words("What it would be now"), f"/why/restatement/{name}"))
    year = asked.calendar.period(PeriodKind.YEAR, found.period.since)
    if found.period.kind is PeriodKind.MONTH and year is not None:
        links.append(Figure(words("The whole year"), carbon_href(year, asked)))
    day = asked.calendar.day_of(found.period.since).isoformat()
    report = f"/reports/inventory?period={found.period.kind.value}&at={day}"
    links.append(Figure(words("Greenhouse gas inventory report"), report))
    links.append(Figure(words("Targets and paths"), "/target#carbon"))
    links.append(Figure(words("Ledger"), "/ledger"))
    return (*links, *_deeds(found, asked))


def _deeds(found: Inventory, asked: Asked) -> tuple[Figure, ...]:
    """Return what the reader may do about the period."""
    words, name = asked.words, found.period.name
    deeds = [Figure(words("Declare for carbon"), "/declare")] if asked.reader.may("operator") else []
    if found.is_over and asked.reader.may("admin"):
        deeds.append(
            Figure(words("Close %(period)s", period=name), f"/close/{name}")
            if found.state == "open"
            else Figure(words("Restate %(period)s", period=name), f"/restate/{name}")
        )
    return tuple(deeds)


PAGE = PageSpec(name="carbon", path="/carbon", title="Carbon inventory", template="carbon.html", view=build)
