"""Where today's energy went, as a diagram and as tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.sankey import SankeyWords, sankey_chart
from dashboard.charts.svg import Size
from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views import flow_tables as tables
from dashboard.views.figure import csv_of
from dashboard.views.flows import finding_of
from domain.flows import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsCard:
    """Today."""

    finding: str
    span: str
    """`Today 00:00-14:32`."""
    is_empty: bool
    chart: Markup
    links: tuple[tables.LinkRow, ...]
    carriers: tuple[tables.CarrierRow, ...]
    """Those that count, then their sum, then what is beside it: the last two rows of the table."""
    total: tables.CarrierRow
    beside: tuple[tables.CarrierRow, ...]
    csv: str


def flows_card(source: Source, asked: Asked) -> FlowsCard:
    """Return the flows of the production day so far."""
    words, numbers = asked.words, asked.numbers
    day = asked.calendar.day_of(asked.now)
    # To the day's end, as the page of flows asks: a span that ends within an hour leaves that hour out.
    since, until = (asked.calendar.day_start(each) for each in (day, day + timedelta(days=1)))
    flows = source.flows(since=since, until=until)
    text = tables.FlowText(flows=flows, asked=asked, is_over=False)
    is_empty = not flows.links or not flows.total_kwh
    finding = words("No energy of today is known yet.") if is_empty else finding_of(text)
    carriers, total, beside = tables.carrier_rows(text)
    return FlowsCard(
        finding=finding,
        span=words(
            "Today %(since)s–%(until)s, all in one unit of energy",
            since=numbers.clock(since),
            until=numbers.clock(asked.now),
        ),
        is_empty=is_empty,
        chart=_chart(flows, text, finding),
        links=tables.link_rows(text),
        carriers=carriers,
        total=total,
        beside=beside,
        csv=csv_of("flows", since, until),
    )


def _chart(flows: Flows, text: tables.FlowText, title: str) -> Markup:
    names = {node.id: text.name(node) for node in flows.nodes}
    nothing = text.asked.words("No energy of today is known yet.")

    def draw(size: Size, prefix: str) -> Markup:
        return sankey_chart(
            flows,
            names,
            words=SankeyWords(unknown=MISSING, nothing=nothing),
            title=title,
            prefix=prefix,
            format_value=text.energy,
            link=text.href,
            size=size,
            width=760 if size is Size.WIDE else None,
        )

    return both(draw, prefix="flows")
