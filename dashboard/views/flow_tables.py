"""The flows of a span as tables: carriers, nodes, links, and the line that adds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.factors import carrier_factor
from dashboard.live import CARRIERS, carrier_name
from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof, proof
from dashboard.said import thing
from dashboard.views.figure import Figure
from dashboard.views.picker import query_of
from domain.flows import CarrierSum, FlowLink, FlowNode, Flows
from domain.plant import Carrier
from domain.results import Evidence

_NOTICED_KWH = 50.0
"""A residual below it is what rounding to 0.1 MWh leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierRow:
    """One carrier, or all of them."""

    carrier: str
    """Of its colour; empty in the sum."""
    name: str
    amount: Figure
    unit: str
    energy: Figure
    carbon: Figure
    factor: str
    share: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One node of the diagram."""

    name: str
    carrier: str
    energy: Figure
    share: str
    points: tuple[Figure, ...]
    """The points that it is measured by, each with the way to its windows."""
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One band of the diagram."""

    source: str
    target: str
    carrier: str
    carrier_name: str
    energy: Figure
    share: str
    is_recovered: bool
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of the line that adds up."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowText:
    """What all tables and the diagram share: names and figures of the nodes."""

    flows: Flows
    asked: Asked
    is_over: bool

    @property
    def query(self) -> str:
        """Return the span for links."""
        return query_of(self.flows.since, self.flows.until, self.asked)

    def name(self, node: FlowNode) -> str:
        """Return what a node is called."""
        words, asked = self.asked.words, self.asked
        kind, _, rest = node.id.partition(":")
        if node.kind == "unmetered":
            if node.carrier is None:
                return words("Unmetered")
            return words("Unmetered: %(carrier)s", carrier=carrier_name(node.carrier, asked))
        if node.kind == "export":
            return words("Exported")
        if node.kind == "heat" or node.id == "heat":
            return words("Recovered heat")
        if node.kind == "carrier" and node.carrier is not None:
            return carrier_name(node.carrier, asked)
        if kind == "meter":
            return asked.name_of(rest.partition(".")[0])
        return asked.name_of(rest or node.id)

    def href(self, node: FlowNode) -> str:
        """Return where a node's figure is explained."""
        if node.kind in ("carrier", "heat") and node.carrier is not None:
            return f"/why/carrier/{node.carrier}?{self.query}"
        return f"/why/flows?{self.query}"

    def energy(self, kwh: float | None) -> str:
        """Return an amount of energy with its unit; the one format of the page."""
        return self.asked.numbers.quantity(kwh, Quantity.ENERGY)

    def share(self, kwh: float | None) -> str:
        """Return a share of all bought and own energy."""
        total = self.flows.total_kwh
        return self.asked.numbers.percent(kwh / total if total and kwh is not None else None)


def as_summed(flows: Flows) -> Flows:
    """Return flows whose carriers are as large in the diagram as in their table.

    Sub-meters that show a little more than their main meter draw more out of a carrier than came in.
    """
    sums = {each.carrier: each.kwh for each in flows.sums}
    nodes = tuple(
        replace(node, kwh=sums[node.carrier])
        if node.kind in ("carrier", "heat") and node.carrier in sums
        else node
        for node in flows.nodes
    )
    return replace(flows, nodes=nodes)


def carrier_rows(text: FlowText) -> tuple[tuple[CarrierRow, ...], CarrierRow, tuple[CarrierRow, ...]]:
    """Return (carriers that count, their sum, what is beside it: recovered heat)."""
    flows, asked, numbers = text.flows, text.asked, text.asked.numbers
    by_carrier = {each.carrier: each for each in flows.sums}
    counted = [by_carrier[each] for each in CARRIERS if each in by_carrier and each is not Carrier.HEAT]
    beside = [by_carrier[Carrier.HEAT]] if Carrier.HEAT in by_carrier else []
    total = CarrierRow(
        carrier="",
        name=asked.words("Together"),
        amount=Figure(""),
        unit="",
        energy=_figure(numbers.value(flows.total_kwh, Quantity.ENERGY), f"/why/flows?{text.query}"),
        carbon=_figure(numbers.value(flows.total_co2_kg, Quantity.CARBON), f"/why/flows?{text.query}"),
        factor="",
        share=text.share(flows.total_kwh),
        proof=Proof(
            grade="",
            coverage="",
            mark=asked.words("incomplete") if is_missing(text) else "",
            why=(),
            state="warning",
        ),
    )
    return (
        tuple(_carrier(text, each) for each in counted),
        total,
        tuple(_carrier(text, each) for each in beside),
    )


def is_missing(text: FlowText) -> bool:
    """Say whether something that should be there is not; what is still to come does not count."""
    return "flows.missing" in text.flows.codes or (text.is_over and not text.flows.is_complete)


def _carrier(text: FlowText, each: CarrierSum) -> CarrierRow:
    numbers = text.asked.numbers
    quantity = Quantity.GAS if each.carrier is Carrier.GAS else Quantity.ENERGY
    href = f"/why/carrier/{each.carrier}?{text.query}"
    return CarrierRow(
        carrier=each.carrier,
        name=carrier_name(each.carrier, text.asked),
        amount=_figure(numbers.value(each.amount, quantity), href),
        unit=quantity.unit,
        energy=_figure(numbers.value(each.kwh, Quantity.ENERGY), href),
        carbon=_figure(numbers.value(each.co2_kg, Quantity.CARBON), href),
        factor=carrier_factor(each, text.asked),
        share=numbers.percent(each.share),
        proof=proof(each.evidence, text.asked, is_over=text.is_over, said=("heat.no_counterfactual",)),
    )


def node_rows(text: FlowText) -> tuple[NodeRow, ...]:
    """Return every node of the diagram."""
    return tuple(
        NodeRow(
            name=text.name(node),
            carrier=node.carrier or "",
            energy=_figure(text.energy(node.kwh), text.href(node)),
            share=text.share(node.kwh),
            points=tuple(
                Figure(thing(point, text.asked), f"/point/{point}?{text.query}") for point in node.points
            ),
            proof=proof(_evidence_of(node, text.flows), text.asked, is_over=text.is_over),
        )
        for node in text.flows.nodes
    )


def link_rows(text: FlowText) -> tuple[LinkRow, ...]:
    """Return every band of the diagram, the largest of each source first."""
    nodes = {node.id: node for node in text.flows.nodes}
    order = {node: place for place, node in enumerate(nodes)}
    links = sorted(text.flows.links, key=lambda link: (order.get(link.source, 0), -link.kwh))
    return tuple(
        LinkRow(
            source=text.name(nodes[link.source]),
            target=text.name(nodes[link.target]),
            carrier=link.carrier,
            carrier_name=carrier_name(link.carrier, text.asked),
            energy=_figure(text.energy(link.kwh), f"/why/flows?{text.query}"),
            share=MISSING if link.is_recovered else text.share(link.kwh),
            is_recovered=link.is_recovered,
            proof=proof(_link_evidence(link, nodes, text.flows), text.asked, is_over=text.is_over),
        )
        for link in links
    )


def _evidence_of(node: FlowNode, flows: Flows) -> Evidence | None:
    if node.evidence is not None or node.kind not in ("carrier", "heat"):
        return node.evidence
    return next((each.evidence for each in flows.sums if each.carrier is node.carrier), None)


def _link_evidence(link: FlowLink, nodes: dict[str, FlowNode], flows: Flows) -> Evidence | None:
    """Return what a band rests on: the meter of what takes it, else what gives it."""
    of_target = _evidence_of(nodes[link.target], flows)
    return of_target if of_target is not None else _evidence_of(nodes[link.source], flows)


# in = out + losses + unmetered


def adds_up(text: FlowText) -> tuple[Term, tuple[Term, ...]]:
    """Return what came in, and where it went: terms that add up as they are written.

    What a line takes in and gives nobody is its use with its losses. The last term is what rounding leaves,
    or what nothing explains.
    """
    flows, words = text.flows, text.asked.words
    names: tuple[tuple[str, Callable[[FlowNode], bool]], ...] = (
        (words("lines, with their losses"), lambda node: node.kind == "process"),
        (words("other users, with their losses"), lambda node: node.kind == "meter"),
        (words("exported"), lambda node: node.kind == "export"),
        (words("unmetered"), lambda node: node.kind == "unmetered"),
    )
    into = flows.total_kwh
    parts = [(name, sum(kept(node, flows) for node in flows.nodes if of(node))) for name, of in names]
    terms = [Term(name=name, text=text.energy(kwh)) for name, kwh in parts]
    if into is not None:
        rest = round(into / 1000.0, 1) - sum(round(kwh / 1000.0, 1) for _, kwh in parts)
        is_rounding = abs(into - sum(kwh for _, kwh in parts)) < _NOTICED_KWH
        if round(rest, 1) != 0.0:
            name = words("rounding") if is_rounding else words("not explained")
            said = text.asked.numbers.quantity(rest * 1000.0, Quantity.ENERGY)
            terms.append(Term(name=name, text=said))
    return Term(name=words("In"), text=text.energy(into)), tuple(terms)


def kept(node: FlowNode, flows: Flows) -> float:
    """Return what a node takes in and gives nobody, kWh; recovered heat was paid for already."""
    into = sum(link.kwh for link in flows.links if link.target == node.id and not link.is_recovered)
    out = sum(link.kwh for link in flows.links if link.source == node.id and not link.is_recovered)
    return into - out


def unmetered_kwh(flows: Flows) -> float:
    """Return what no meter shows."""
    return sum(node.kwh or 0.0 for node in flows.nodes if node.kind == "unmetered")


def _figure(text: str, href: str) -> Figure:
    return Figure(text, href if text != MISSING else "")
