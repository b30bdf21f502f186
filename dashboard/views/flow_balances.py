"""Beside the flows of a span: recovered heat, own generation, main meters against sub-meters."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.live import carrier_name
from dashboard.numbers import MISSING, Quantity
from dashboard.page import Asked
from dashboard.proof import Proof, merged, proof
from dashboard.source import Source
from dashboard.views.figure import Figure
from dashboard.views.flow_tables import FlowText
from dashboard.views.picker import query_of
from dashboard.views.summed import NO_RESULTS, Covered, Summed, summed
from domain.flows import HeatRecovered
from domain.method import Counterfactual, Method
from domain.plant import Carrier
from domain.results import Balance, Pv

_SAID = ("heat.no_counterfactual",)
"""Stands under the table, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """Recovered heat of one point, or of all."""

    name: str
    energy: Figure
    avoided: str
    """Gas or electricity that it stands in for."""
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTable:
    """The heat-recovery balance."""

    rows: tuple[HeatRow, ...]
    total: HeatRow | None
    """None with fewer than two points."""
    finding: str
    counterfactual: str
    """What the heat stands in for, and by which method; how to declare it when it is not."""
    avoided: str
    """Heading of the column; empty without a counterfactual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PvTable:
    """Own generation."""

    finding: str
    rows: tuple[tuple[str, Figure], ...]
    proof: Proof
    note: str
    """That only whole days count, where the span has others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """A main meter against its sub-meters."""

    name: str
    main: Figure
    subs: Figure
    rest: Figure
    share: str
    state: str
    """good, warning, stale."""
    judgement: str
    proof: Proof


# recovered heat


def heat_table(text: FlowText, method: Method) -> HeatTable:
    """Return the heat of each point with what it stands in for: beside the inventory, never subtracted."""
    flows, asked = text.flows, text.asked
    words = asked.words
    rows = tuple(_heat_row(each, text, method) for each in flows.heat)
    kwh = _sum([each.kwh for each in flows.heat])
    total = None
    if len(flows.heat) > 1:
        shares = [(each.evidence, each.kwh or 0.0, 1) for each in flows.heat]
        total = HeatRow(
            name=words("Together"),
            energy=Figure(text.energy(kwh)),
            avoided=_avoided_sum(flows.heat, asked, method),
            proof=proof(merged(shares), asked, is_over=text.is_over, said=_SAID),
        )
    avoided = _avoided_sum(flows.heat, asked, method)
    if kwh is None:
        finding = words("How much heat was recovered is not known")
    elif avoided == MISSING:
        finding = words("%(heat)s of heat recovered", heat=text.energy(kwh))
    else:
        finding = words(
            "%(heat)s of heat recovered stand in for %(avoided)s", heat=text.energy(kwh), avoided=avoided
        )
    headings = {
        Counterfactual.NONE: "",
        Counterfactual.GAS: words("Avoided gas"),
        Counterfactual.ELECTRICITY: words("Avoided electricity"),
    }
    return HeatTable(
        rows=rows,
        total=total,
        finding=finding,
        counterfactual=counterfactual(method, asked),
        avoided=headings[method.counterfactual],
    )


def counterfactual(method: Method, asked: Asked) -> str:
    """Return what recovered heat stands in for."""
    words, numbers = asked.words, asked.numbers
    if method.counterfactual is Counterfactual.GAS:
        return words(
            "Counterfactual: a gas boiler of %(efficiency)s efficiency",
            efficiency=numbers.percent(method.heat_efficiency, 0),
        )
    if method.counterfactual is Counterfactual.ELECTRICITY:
        return words(
            "Counterfactual: electric heating with %(factor)s kWh of heat for each kWh",
            factor=numbers.number(method.heat_efficiency, 2),
        )
    return words(
        "No counterfactual is declared: say under [heat] in the plant file what the heat stands in for"
    )


def _heat_row(each: HeatRecovered, text: FlowText, method: Method) -> HeatRow:
    asked = text.asked
    said = text.energy(each.kwh)
    return HeatRow(
        name=asked.name_of(each.point.partition(".")[0]),
        energy=Figure(said, f"/point/{each.point}?{text.query}"),
        avoided=_avoided_sum((each,), asked, method),
        proof=proof(each.evidence, asked, is_over=text.is_over, said=_SAID),
    )


def _avoided_sum(heat: tuple[HeatRecovered, ...], asked: Asked, method: Method) -> str:
    numbers = asked.numbers
    if method.counterfactual is Counterfactual.GAS:
        return numbers.quantity(_sum([each.avoided_gas_nm3 for each in heat]), Quantity.GAS)
    if method.counterfactual is Counterfactual.ELECTRICITY:
        return numbers.quantity(_sum([each.avoided_electricity_kwh for each in heat]), Quantity.ENERGY)
    return MISSING


def _sum(values: list[float | None]) -> float | None:
    """Return the sum; None when one part is not known or there is none."""
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


# own generation


def pv_table(source: Source, asked: Asked, span: Covered) -> PvTable | None:
    """Return generated, used here, exported, and the rates; None for a plant without any."""
    if not any(point.carrier is Carrier.PV for point in asked.plant.points):
        return None
    words, numbers = asked.words, asked.numbers
    found = summed(source, asked, span, "pv", amount=_generated).get("", NO_RESULTS)
    made, kept = found.total(_generated), found.total(_kept)
    bought = found.total(lambda each: each.imported)
    rate, sufficiency = _rates(found, made, kept, bought)
    href = f"/why/carrier/pv?{query_of(span.since, span.until, asked)}"
    energy = [
        (words("Generated"), made),
        (words("Used here"), kept),
        (words("Exported"), found.total(lambda each: each.exported)),
        (words("Bought"), bought),
    ]
    rows = [(name, _linked(numbers.quantity(kwh, Quantity.ENERGY), href)) for name, kwh in energy]
    rows += [
        (words("Self-consumption: used here of what was generated"), Figure(numbers.percent(rate))),
        (words("Self-sufficiency: own of what was used"), Figure(numbers.percent(sufficiency))),
    ]
    if made is None:
        finding = words("What was generated is not known")
    elif rate is None:
        finding = words("%(made)s generated", made=str(rows[0][1]))
    else:
        finding = words(
            "%(made)s generated, %(rate)s of it used here", made=str(rows[0][1]), rate=str(rows[4][1])
        )
    is_over = span.until <= asked.now
    note = _days_note(asked, span)
    return PvTable(
        finding=finding, rows=tuple(rows), proof=proof(found.evidence, asked, is_over=is_over), note=note
    )


def _generated(each: Pv) -> float | None:
    return each.generated


def _kept(each: Pv) -> float | None:
    return each.self_consumed


def _rates(
    found: Summed, made: float | None, kept: float | None, bought: float | None
) -> tuple[float | None, float | None]:
    """Return self-consumption and self-sufficiency: of one period as the figures have them."""
    if len(found.parts) == 1:
        return found.parts[0].self_consumption_rate, found.parts[0].self_sufficiency
    if kept is None or any(each.self_consumed is None for each in found.parts):
        return None, None
    used = None if bought is None else bought + kept
    return kept / made if made else None, kept / used if used else None


# main meters against sub-meters


def balance_rows(source: Source, asked: Asked, method: Method, span: Covered) -> tuple[BalanceRow, ...]:
    """Return the balance of each carrier that has a main meter and sub-meters."""
    found = summed(source, asked, span, "balance", amount=_main, subject=lambda each: each.carrier)
    return tuple(
        _balance_row(carrier, found[carrier], asked, method, span)
        for carrier in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.HEAT)
        if carrier in found
    )


def _balance_row(carrier: Carrier, found: Summed, asked: Asked, method: Method, span: Covered) -> BalanceRow:
    numbers = asked.numbers
    quantity = Quantity.GAS if carrier is Carrier.GAS else Quantity.ENERGY
    href = f"/why/carrier/{carrier}?{query_of(span.since, span.until, asked)}"
    main, rest = found.total(_main), found.total(_rest)
    share = rest / main if main and rest is not None else None
    state, judgement = _judged(share, found, asked, method)
    return BalanceRow(
        name=carrier_name(carrier, asked),
        main=_linked(numbers.quantity(main, quantity), href),
        subs=_linked(numbers.quantity(found.total(_subs), quantity), href),
        rest=_linked(numbers.quantity(rest, quantity), href),
        share=numbers.percent(share),
        state=state,
        judgement=judgement,
        proof=proof(found.evidence, asked, is_over=span.until <= asked.now),
    )


def _judged(share: float | None, found: Summed, asked: Asked, method: Method) -> tuple[str, str]:
    """Return (state, words) of what is left over, held against the tolerance."""
    words = asked.words
    if share is None:
        return "stale", words("not known")
    if found.evidence is not None and "balance.negative" in found.evidence.codes and share < 0:
        return "warning", words("below 0")
    if share > method.balance_tolerance:
        return "warning", words("over")
    return "good", words("within")


def _main(each: Balance) -> float | None:
    return each.main


def _subs(each: Balance) -> float | None:
    return each.subs


def _rest(each: Balance) -> float | None:
    return each.unallocated


def _days_note(asked: Asked, span: Covered) -> str:
    if span.is_whole:
        return ""
    if not span.runs:
        return asked.words("The span has not one whole day: choose a longer one")
    numbers = asked.numbers
    return asked.words(
        "Whole days only: %(since)s to %(until)s",
        since=numbers.instant(span.since),
        until=numbers.instant(span.until),
    )


def _linked(text: str, href: str) -> Figure:
    return Figure(text, href if text != MISSING else "")
