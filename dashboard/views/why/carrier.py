"""Why a carrier's amount, or the whole diagram of flows, is what it is."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard.factors import carrier_factor
from dashboard.live import carrier_name
from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked, NotHere, Span
from dashboard.pages import PageSpec
from dashboard.proof import merged, proof
from dashboard.said import thing
from dashboard.source import Source
from dashboard.views.figure import Figure, csv_of
from dashboard.views.picker import span_name
from dashboard.views.why import pieces
from dashboard.views.why.model import Choice, Fact, Part, Parts, Why
from domain.flows import CarrierSum, FlowNode, Flows
from domain.method import Method
from domain.now import CarrierNow
from domain.plant import Carrier

CARRIERS = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)


def build(source: Source, asked: Asked) -> Why:
    """Return the evidence of a carrier in a span, and of what flows now."""
    given = asked.query["carrier"]
    if given not in [each.value for each in CARRIERS]:
        raise NotHere("carrier", f"{given!r} is no carrier", f"there are {', '.join(CARRIERS)}")
    carrier, span = Carrier(given), asked.span("24h")
    flows = source.flows(since=span.since, until=span.until)
    found = next((each for each in flows.sums if each.carrier is carrier), None)
    now = next((each for each in source.now().carriers if each.carrier is carrier), None)
    points = [each for each in asked.plant.points if each.carrier is carrier]
    evidence = found.evidence if found is not None else None
    return Why(
        heading=carrier_name(carrier, asked),
        span=span_name(span, asked),
        value=pieces.amount_text(found.amount, found.unit, asked) if found is not None else MISSING,
        formula=_formula(carrier, found, asked),
        facts=(*_sums(found, asked), *_now(now, asked)),
        proof=proof(evidence, asked, is_over=span.until <= asked.now),
        grades=pieces.grades(evidence, asked) if evidence is not None else (),
        doubts=pieces.doubts(evidence.codes, given, asked) if evidence is not None else (),
        meters=pieces.meters(points, source, asked, (span.since, span.until)),
        choices=_choices(carrier, flows, source.method, asked),
        entries=pieces.entries(source, asked, (given, *(each.id for each in points))),
        links=(
            Figure(asked.words("All flows of the span"), f"/why/flows?{urlencode(span.query)}"),
            Figure(asked.words("CSV"), csv_of("flows/sums", span.since, span.until)),
        ),
    )


def _formula(carrier: Carrier, found: CarrierSum | None, asked: Asked) -> tuple[str, ...]:
    words = asked.words
    told = {
        Carrier.GAS: words(
            "What the main meter shows, at 0 °C and 101.325 kPa; without one the sum of all meters."
        ),
        Carrier.ELECTRICITY: words("What the main meter shows as bought; without one the sum of all meters."),
        Carrier.PV: words("What the inverters' meters show as generated."),
        Carrier.HEAT: words("What the heat meters show; it was paid for as gas already and is never added."),
    }[carrier]
    if found is None or found.amount is None or found.kwh is None:
        return (told,)
    said = {
        "amount": pieces.amount_text(found.amount, found.unit, asked),
        "energy": asked.numbers.quantity(found.kwh, Quantity.ENERGY),
        "carbon": asked.numbers.quantity(found.co2_kg, Quantity.CARBON),
        "factor": carrier_factor(found, asked),
    }
    lines = [told]
    if carrier is Carrier.GAS:
        lines.append(words("%(amount)s × net calorific value ÷ 3.6 = %(energy)s", **said))
    if found.co2_kg is not None:
        lines.append(words("%(amount)s × factor (%(factor)s) = %(carbon)s", **said))
    return tuple(lines)


def _sums(found: CarrierSum | None, asked: Asked) -> tuple[Fact, ...]:
    if found is None:
        return ()
    words, numbers = asked.words, asked.numbers
    facts = [
        Fact(name=words("as energy"), value=Figure(numbers.quantity(found.kwh, Quantity.ENERGY))),
        Fact(name=words("as carbon"), value=Figure(numbers.quantity(found.co2_kg, Quantity.CARBON))),
    ]
    if found.share is not None:
        facts.append(
            Fact(name=words("of all bought and own energy"), value=Figure(numbers.percent(found.share)))
        )
    return tuple(facts)


def _now(now: CarrierNow | None, asked: Asked) -> tuple[Fact, ...]:
    """Return what flows now, as the tile shows it, and the readings behind it."""
    if now is None:
        return ()
    words, numbers = asked.words, asked.numbers
    quantity = Quantity.GAS_RATE if now.carrier is Carrier.GAS else Quantity.POWER
    names = ", ".join(thing(each, asked) for each in now.points)
    found = [
        Fact(
            name=words("Now"),
            value=Figure(numbers.quantity(now.rate, quantity)),
            note=words("power, or rise of the counter, of: %(names)s", names=names),
        )
    ]
    if now.at is not None:
        age = numbers.age(asked.now - now.at)
        note = words("not to be believed: %(names)s", names=", ".join(now.stale)) if now.stale else ""
        found.append(Fact(name=words("Age of its oldest reading"), value=Figure(age), note=note))
    if now.expected is not None:
        basis = (
            words("baseline of the lines, this hour") if now.basis == "model" else words("usual at this hour")
        )
        found.append(
            Fact(name=words("Expected"), value=Figure(numbers.quantity(now.expected, quantity)), note=basis)
        )
    return tuple(found)


def _choices(carrier: Carrier, flows: Flows, method: Method, asked: Asked) -> tuple[Choice, ...]:
    words, factors = asked.words, pieces.factors_of(flows, carrier)
    if carrier is Carrier.GAS:
        return pieces.gas_choices(method, factors, asked)
    if carrier is Carrier.ELECTRICITY:
        if factors:
            return tuple(pieces.factor_choices(factors, asked))
        cure = words("name carbon.grid_kg_per_kwh in the plant file")
        return (Choice(name=words("emission factor of the grid"), value=MISSING, source=cure),)
    if carrier is Carrier.HEAT:
        value = asked.numbers.percent(method.heat_efficiency, 0)
        return (
            Choice(
                name=words("stands in for"), value=method.counterfactual.value, source=words("plant file")
            ),
            Choice(
                name=words("efficiency of what it stands in for"), value=value, source=words("plant file")
            ),
        )
    return ()


# flows


def build_flows(source: Source, asked: Asked) -> Why:
    """Return the evidence of a span's flows."""
    words, numbers, span = asked.words, asked.numbers, asked.span("day")
    flows = source.flows(since=span.since, until=span.until)
    own = [each for each in flows.sums if each.carrier is not Carrier.HEAT]
    evidence = merged([(each.evidence, each.kwh or 0.0, span.until - span.since) for each in own])
    points = pieces.points_of([point for node in flows.nodes for point in node.points], asked)
    said = {
        "energy": numbers.quantity(flows.total_kwh, Quantity.ENERGY),
        "carbon": numbers.quantity(flows.total_co2_kg, Quantity.CARBON),
    }
    return Why(
        heading=words("Where energy went"),
        span=span_name(span, asked),
        value=said["energy"],
        formula=(
            words("gas + bought electricity + own generation = %(energy)s", **said),
            words("gas × factor + bought electricity × factor of the grid = %(carbon)s", **said),
            words("In = out + losses + unmetered at every node; recovered heat stands beside the balance."),
        ),
        facts=(_residual(flows, asked),),
        proof=proof(evidence, asked, is_over=span.until <= asked.now) if evidence is not None else None,
        grades=pieces.grades(evidence, asked) if evidence is not None else (),
        doubts=pieces.doubts([*flows.codes, *(evidence.codes if evidence is not None else ())], "", asked),
        meters=pieces.meters(points, source, asked, (span.since, span.until)),
        parts=(_carriers(flows, asked, span), _nodes(flows, asked)),
        choices=pieces.gas_choices(source.method, pieces.factors_of(flows), asked),
        entries=pieces.entries(source, asked, [each.id for each in points]),
        links=(Figure(words("CSV"), csv_of("flows", span.since, span.until)),),
    )


def _residual(flows: Flows, asked: Asked) -> Fact:
    worst = max((abs(each) for each in flows.facts.values()), default=None)
    words = asked.words
    return Fact(
        name=words("largest rest of a node"),
        value=Figure(asked.numbers.quantity(worst, Quantity.ENERGY_KWH)),
        note=words("0 but for rounding"),
    )


def _carriers(flows: Flows, asked: Asked, span: Span) -> Parts:
    words, numbers = asked.words, asked.numbers
    return Parts(
        title=words("Carriers"),
        columns=(words("Carrier"), words("Amount"), words("Energy"), words("Carbon"), words("Factor")),
        rows=tuple(
            Part(
                cells=(
                    Figure(
                        carrier_name(each.carrier, asked),
                        f"/why/carrier/{each.carrier}?{urlencode(span.query)}",
                    ),
                    Figure(pieces.amount_text(each.amount, each.unit, asked)),
                    Figure(numbers.quantity(each.kwh, Quantity.ENERGY)),
                    Figure(numbers.quantity(each.co2_kg, Quantity.CARBON)),
                    Figure(carrier_factor(each, asked) or MISSING),
                )
            )
            for each in flows.sums
        ),
    )


def _nodes(flows: Flows, asked: Asked) -> Parts:
    words = asked.words
    return Parts(
        title=words("Nodes and the meters they are measured by"),
        columns=(words("Node"), words("Energy"), words("Measured by")),
        rows=tuple(
            Part(
                cells=(
                    Figure(_node_name(node, asked)),
                    Figure(asked.numbers.quantity(node.kwh, Quantity.ENERGY)),
                    Figure(", ".join(node.points) or words("what is left over")),
                )
            )
            for node in flows.nodes
        ),
    )


def _node_name(node: FlowNode, asked: Asked) -> str:
    head, _, rest = node.id.partition(":")
    if head == "unmetered":
        of = thing(rest, asked)
        return f"{asked.words('Unmetered')}{NBSP}· {of}"
    if head == "export":
        return asked.words("Export")
    return thing(rest or head, asked)


PAGE = PageSpec(
    name="why-carrier",
    path="/why/carrier/{carrier}",
    title="What a figure rests on",
    template="why.html",
    view=build,
)
FLOWS = PageSpec(
    name="why-flows",
    path="/why/flows",
    title="What a figure rests on",
    template="why.html",
    view=build_flows,
)
