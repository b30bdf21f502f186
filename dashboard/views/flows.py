"""Where energy went in a span: the diagram, its tables, and the balances beside it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.sankey import SankeyWords, sankey_chart
from dashboard.charts.svg import Size
from dashboard.live import carrier_name
from dashboard.numbers import MISSING
from dashboard.page import Asked, Span
from dashboard.pages import PageSpec
from dashboard.proof import doubts
from dashboard.source import Source
from dashboard.views import flow_balances as balances
from dashboard.views import flow_tables as tables
from dashboard.views.picker import Picker, picker
from dashboard.views.silent import silent_meters
from dashboard.views.summed import covered
from domain.flows import Flows
from domain.plant import Carrier, MeterRole

_WIDE = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word about the whole page, and its state."""

    state: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsView:
    """The page."""

    picker: Picker
    finding: str
    marks: tuple[Mark, ...]
    notes: tuple[str, ...]
    """Why figures are doubtful, and which meters are silent."""
    is_empty: bool
    diagram: Markup
    into: tables.Term
    terms: tuple[tables.Term, ...]
    """Where it went; with `into` a line that adds up."""
    carriers: tuple[tables.CarrierRow, ...]
    total: tables.CarrierRow
    beside: tuple[tables.CarrierRow, ...]
    has_grid_factor: bool
    nodes: tuple[tables.NodeRow, ...]
    links: tuple[tables.LinkRow, ...]
    heat: balances.HeatTable | None
    pv: balances.PvTable | None
    balance: tuple[balances.BalanceRow, ...]
    tolerance: str


def build(source: Source, asked: Asked) -> FlowsView:
    """Return the page for the span that is asked for."""
    span = asked.span("day")
    flows = tables.as_summed(source.flows(since=span.since, until=span.until))
    method, days = source.method, covered(span, asked)
    text = tables.FlowText(flows=flows, asked=asked, is_over=span.until <= asked.now)
    is_empty = not flows.links
    finding = finding_of(text) if not is_empty else asked.words("Nothing is known of this span")
    carriers, total, beside = tables.carrier_rows(text)
    into, terms = tables.adds_up(text)
    return FlowsView(
        picker=picker(span, asked, "/flows"),
        finding=finding,
        marks=tuple(_marks(text, span, is_empty=is_empty)),
        notes=(*_doubts(flows, asked, is_empty=is_empty), *_silent(source, span, asked)),
        is_empty=is_empty,
        diagram=_diagram(text, finding) if not is_empty else Markup(""),
        into=into,
        terms=terms,
        carriers=carriers,
        total=total,
        beside=beside,
        has_grid_factor=method.carbon.grid_kg_per_kwh is not None,
        nodes=tables.node_rows(text),
        links=tables.link_rows(text),
        heat=balances.heat_table(text, method) if flows.heat else None,
        pv=balances.pv_table(source, asked, days),
        balance=balances.balance_rows(source, asked, method, days),
        tolerance=asked.numbers.percent(method.balance_tolerance),
    )


def finding_of(text: tables.FlowText) -> str:
    """Return the sentence of the diagram: the largest carrier's share, and what nobody meters."""
    flows, asked = text.flows, text.asked
    known = [each for each in flows.sums if each.share is not None and each.carrier is not Carrier.HEAT]
    if not known:
        return asked.words("In all %(energy)s", energy=text.energy(flows.total_kwh))
    largest = max(known, key=lambda each: each.share or 0.0)
    said = {
        "carrier": carrier_name(largest.carrier, asked),
        "share": asked.numbers.percent(largest.share),
    }
    rest = text.share(tables.unmetered_kwh(flows))
    if rest == MISSING or not _has_main_meter(asked, flows):
        return asked.words("%(carrier)s is %(share)s of the energy", **said)
    return asked.words("%(carrier)s is %(share)s of the energy; %(rest)s is not metered", **said, rest=rest)


def _doubts(flows: Flows, asked: Asked, *, is_empty: bool) -> tuple[str, ...]:
    """Return what is doubtful; that a span is not over, or has nothing in it, is said elsewhere."""
    left_out = {"flows.open", "flows.missing"} if is_empty else {"flows.open"}
    return doubts([code for code in flows.codes if code not in left_out], asked)


def _silent(source: Source, span: Span, asked: Asked) -> tuple[str, ...]:
    """Return which meters the span waits for."""
    if not span.since <= asked.now < span.until:
        return ()
    meters = {point.device for point in asked.plant.points if point.carrier is not None}
    return silent_meters(source.now(), meters, asked)


def _has_main_meter(asked: Asked, flows: Flows) -> bool:
    if any(node.kind == "unmetered" for node in flows.nodes):
        return True
    return any(point.role is MeterRole.MAIN and point.carrier is not None for point in asked.plant.points)


def _marks(text: tables.FlowText, span: Span, *, is_empty: bool) -> list[Mark]:
    asked = text.asked
    found = []
    if span.since > asked.now:
        found.append(Mark(state="stale", text=asked.words("not begun")))
    elif span.until > asked.now:
        time = asked.numbers.clock(asked.now)
        found.append(Mark(state="stale", text=asked.words("so far, until %(time)s", time=time)))
    if not is_empty and tables.is_missing(text):
        found.append(Mark(state="warning", text=asked.words("incomplete")))
    return found


def _diagram(text: tables.FlowText, finding: str) -> Markup:
    words = text.asked.words
    names = {node.id: text.name(node) for node in text.flows.nodes}

    def draw(size: Size, prefix: str) -> Markup:
        return sankey_chart(
            text.flows,
            names,
            words=SankeyWords(unknown=MISSING, nothing=words("Nothing is known of this span")),
            title=finding,
            prefix=prefix,
            format_value=text.energy,
            link=text.href,
            size=size,
            width=_WIDE if size is Size.WIDE else None,
        )

    return both(draw, prefix="flows")


PAGE = PageSpec(
    name="flows",
    path="/flows",
    title="Flows",
    template="flows.html",
    view=build,
    parts=("body",),
    in_nav=True,
)
