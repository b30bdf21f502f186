"""Where energy went in a span: a Sankey diagram that adds up (METHOD 3, 7).

Gas comes from its main meter and goes, by shares, to processes and to meters without a process; what no
sub-meter shows is unmetered. Electricity is one bus: bought electricity and what the plant used of its own
generation mix there, so that every consumer has both in the proportion in which they came in over the span.
The rest of the generation is exported. Without a main meter the sub-meters are the supply, and nothing is
unmetered. Sums are over the windows in which all meters of a supply have an amount; what a sub-meter does not
tell there is unmetered like what has no meter, and the figure says that something is missing. Generation of
other windows is `unmetered:pv`. Recovered heat hangs on the process it comes from, beside the balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.balance import METER_DOUBT
from analytics.diagram import Diagram
from analytics.flow_evidence import with_evidence
from analytics.flow_sums import carrier_sums
from analytics.gas import energy_kwh
from analytics.heat import recovered
from analytics.meters import amounts
from analytics.prepared import Prepared
from analytics.supply import on_windows, total_in
from domain.flows import Flows, HeatRecovered
from domain.periods import HOUR_MS, Period, PeriodKind
from domain.plant import Carrier, MeterRole, Point
from domain.series import Bools, Floats
from domain.windows import Windows

GAS, ELECTRICITY, PV, HEAT = "gas", "electricity", "pv", "heat"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """What is drawn."""

    prepared: Prepared
    since: int
    until: int
    """End of the last window that has begun."""
    now: int

    def windows(self, point: Point) -> Windows:
        """Return the windows of a point."""
        return on_windows(self.prepared, point, self.since, self.until)

    def total(self, carrier: Carrier, role: MeterRole | None = None) -> Windows | None:
        """Return what the meters of a role show together; None without any."""
        meters = tuple(amounts(self.prepared.plant, carrier, role))
        return total_in(self.prepared, meters, self.since, self.until)

    def is_missing(self, windows: Windows) -> bool:
        """Say whether a window that is over has no amount."""
        return bool((np.isnan(windows.amount) & (windows.until <= self.now)).any())


def flows_of(prepared: Prepared, *, since: int, until: int, now: int) -> Flows:
    """Return the diagram of [since, until), widened to whole windows, as far as `now`.

    Codes: `flows.missing` (a meter has no amount for a time that is over), `flows.open` (not over yet),
    `flows.subs_above_main`, `flows.export_above_pv` (beyond the meters' own errors), `flows.no_main_meter`
    (bought electricity is estimated), `pv.no_export_meter` (self-consumption is estimated, METHOD 3).
    """
    since, until = _whole(prepared, since, until)
    span = _Span(prepared=prepared, since=since, until=_reach(prepared, until, now), now=now)
    diagram = Diagram()
    for process in prepared.plant.processes:
        diagram.add(f"process:{process.id}", "process", is_known=False)
    _gas(span, diagram)
    _electricity(span, diagram)
    heat = _heat(span, diagram)
    if now < until:
        diagram.codes.add("flows.open")
    if since < prepared.since or prepared.until + HOUR_MS <= min(until, now):
        diagram.codes.add("flows.missing")
    sums = carrier_sums(prepared, since=since, reach=span.until, until=until, heat=heat)
    paid = [each for each in sums if each.carrier is not Carrier.HEAT]
    if any(not each.evidence.is_complete for each in sums) and now >= until:
        diagram.codes.add("flows.missing")
    kwh = [each.kwh for each in paid]
    carbon = [each.co2_kg for each in paid]
    return Flows(
        since=since,
        until=until,
        nodes=with_evidence(prepared, diagram.nodes(), sums, since=since, reach=span.until, until=until),
        links=diagram.links(),
        sums=sums,
        heat=heat,
        total_kwh=_sum(kwh),
        total_co2_kg=_sum(carbon),
        is_complete=bool(paid) and not diagram.codes & {"flows.missing", "flows.open"},
        codes=tuple(sorted(diagram.codes)),
        facts=diagram.residuals(),
    )


# inside


def _whole(prepared: Prepared, since: int, until: int) -> tuple[int, int]:
    """Return a span widened to the borders of windows: what an hour holds is not known in parts."""
    edges = prepared.edges
    first = int(np.searchsorted(edges, since, side="right")) - 1
    last = int(np.searchsorted(edges, until))
    return (
        int(edges[first]) if 0 <= first < len(edges) - 1 else since,
        int(edges[last]) if 0 < last < len(edges) else until,
    )


def _reach(prepared: Prepared, until: int, now: int) -> int:
    place = int(np.searchsorted(prepared.edges, now))
    return min(until, int(prepared.edges[min(place, len(prepared.edges) - 1)]))


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _gas(span: _Span, diagram: Diagram) -> None:
    """Draw gas, by its net calorific value."""
    prepared = span.prepared
    subs = tuple(amounts(prepared.plant, Carrier.GAS, MeterRole.SUB))
    main = span.total(Carrier.GAS, MeterRole.MAIN)
    if main is None and not subs:
        return

    def kwh_of(windows: Windows) -> Floats:
        monthly = prepared.monthly
        return energy_kwh(windows.amount, prepared.method.gas, since=windows.since, monthly=monthly)

    own = _points(prepared, Carrier.GAS, MeterRole.MAIN) or tuple(point.id for point in subs)
    known = None if main is None else np.isfinite(main.amount)
    used = [(point, _known_sum(kwh_of(span.windows(point)), known)) for point in subs]
    _note_missing(span, diagram, [*([] if main is None else [main]), *map(span.windows, subs)])
    supply = None if main is None else _known_sum(kwh_of(main), None)
    if main is not None and supply is None:
        used = [(point, None) for point in subs]
    told = supply if main is not None else _sum_known(kwh for _, kwh in used)
    diagram.add(GAS, "carrier", carrier=Carrier.GAS, points=own, kwh=told, is_known=told is not None)
    for point, kwh in used:
        _consume(diagram, point, kwh, {GAS: (Carrier.GAS, 1.0)})
    if main is not None:
        rest = _rest(diagram, supply, used, GAS)
        diagram.link(GAS, f"unmetered:{GAS}", Carrier.GAS, rest)


def _rest(
    diagram: Diagram, supply: float | None, used: Sequence[tuple[Point, float | None]], carrier: str
) -> float:
    """Add the unmetered rest of a supply and return it; sub-meters above it leave none."""
    diagram.add(f"unmetered:{carrier}", "unmetered", carrier=Carrier(carrier), is_known=supply is not None)
    rest = (supply or 0.0) - (_sum_known(kwh for _, kwh in used) or 0.0)
    if rest < -METER_DOUBT * max(supply or 0.0, 0.0) - _ROUNDING:
        diagram.codes.add("flows.subs_above_main")
    return rest if rest > _ROUNDING * (supply or 0.0) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bus:
    """What came to the common bus over the windows in which all of it is known, kWh."""

    known: Bools
    bought: float
    """Without what was given back of it."""
    resold: float
    """Exported beyond the generation."""
    own: float
    exported: float
    """Of the generation."""

    @property
    def total(self) -> float:
        """Return what the plant used."""
        return self.bought + self.own


def _electricity(span: _Span, diagram: Diagram) -> None:
    """Draw bought electricity and own generation through one bus."""
    plant = span.prepared.plant
    subs = tuple(amounts(plant, Carrier.ELECTRICITY, MeterRole.SUB))
    main, roof = span.total(Carrier.ELECTRICITY, MeterRole.MAIN), span.total(Carrier.PV)
    out = span.total(Carrier.ELECTRICITY, MeterRole.EXPORT)
    meters = [each for each in (main, roof, out) if each is not None]
    if main is None and roof is None and not subs:
        return
    _note_missing(span, diagram, [*meters, *map(span.windows, subs)])
    by_sub = [(point, span.windows(point).amount) for point in subs]
    bus = _bus(diagram, main, roof, out, [amount for _, amount in by_sub])
    used = [(point, _known_sum(amount, bus.known)) for point, amount in by_sub]
    _sources(span, diagram, bus, main, roof)
    grid = bus.bought / bus.total if bus.total > 0.0 else 1.0
    mix = {ELECTRICITY: (Carrier.ELECTRICITY, grid), PV: (Carrier.PV, 1.0 - grid)}
    for point, kwh in used:
        _consume(diagram, point, kwh, mix)
    if main is not None:
        rest = _rest(diagram, bus.total if bus.known.any() else None, used, ELECTRICITY)
        for source, (carrier, share) in mix.items():
            diagram.link(source, f"unmetered:{ELECTRICITY}", carrier, share * rest)
    diagram.link(PV, "export", Carrier.PV, bus.exported)
    diagram.link(ELECTRICITY, "export", Carrier.ELECTRICITY, bus.resold)


def _bus(
    diagram: Diagram,
    main: Windows | None,
    roof: Windows | None,
    out: Windows | None,
    by_sub: Sequence[Floats],
) -> _Bus:
    """Return what came to the bus; without a meter of exports, own use is estimated window by window."""
    tellers = [each.amount for each in (main, roof, out) if each is not None]
    count = len(tellers[0]) if tellers else len(by_sub[0])
    known = np.isfinite(np.sum([np.zeros(count), *tellers], axis=0))
    load = np.sum([np.zeros(count), *(np.nan_to_num(each) for each in by_sub)], axis=0)
    generated = np.zeros(count) if roof is None else np.where(known, roof.amount, 0.0)
    if out is not None:
        given = float(np.where(known, out.amount, 0.0).sum())
        exported, resold = min(given, float(generated.sum())), max(given - float(generated.sum()), 0.0)
        if roof is not None and resold > METER_DOUBT * given:
            diagram.codes.add("flows.export_above_pv")
    else:
        resold, exported = 0.0, float((generated - np.minimum(generated, load)).sum())
        if roof is not None:
            diagram.codes.add("pv.no_export_meter")
    own = float(generated.sum()) - exported
    if main is not None:
        came = float(np.where(known, main.amount, 0.0).sum())
    else:
        came = max(float(load[known].sum()) - own, 0.0)
        if roof is not None:
            diagram.codes.add("flows.no_main_meter")
    resold = min(resold, came)
    return _Bus(known=known, bought=came - resold, resold=resold, own=max(own, 0.0), exported=exported)


def _sources(span: _Span, diagram: Diagram, bus: _Bus, main: Windows | None, roof: Windows | None) -> None:
    """Add grid and roof with all that is known of them; what no other meter goes with is unmetered."""
    plant = span.prepared.plant
    subs = tuple(point.id for point in amounts(plant, Carrier.ELECTRICITY, MeterRole.SUB))
    if main is not None or subs:
        whole = bus.bought + bus.resold if main is None else _known_sum(main.amount, None)
        points = _points(span.prepared, Carrier.ELECTRICITY, MeterRole.MAIN) or subs
        diagram.add(
            ELECTRICITY,
            "carrier",
            carrier=Carrier.ELECTRICITY,
            points=points,
            kwh=whole,
            is_known=whole is not None,
        )
    for name, carrier, windows in ((ELECTRICITY, Carrier.ELECTRICITY, main), (PV, Carrier.PV, roof)):
        alone = 0.0 if windows is None else _known_sum(windows.amount, ~bus.known) or 0.0
        if alone > 0.0:
            diagram.add(f"unmetered:{name}", "unmetered", carrier=carrier)
            diagram.link(name, f"unmetered:{name}", carrier, alone)
    if roof is not None:
        points = _points(span.prepared, Carrier.PV, None)
        generated = _known_sum(roof.amount, None)
        diagram.add(
            PV, "carrier", carrier=Carrier.PV, points=points, kwh=generated, is_known=generated is not None
        )
    exports = _points(span.prepared, Carrier.ELECTRICITY, MeterRole.EXPORT)
    if exports or bus.exported > 0.0:
        diagram.add(
            "export", "export", carrier=Carrier.ELECTRICITY, points=exports, is_known=bool(bus.known.any())
        )


def _consume(
    diagram: Diagram, point: Point, kwh: float | None, mix: Mapping[str, tuple[Carrier, float]]
) -> None:
    """Draw what one sub-meter shows: to processes by its shares, the rest to itself."""
    rest = 1.0 - sum(point.shares.values())
    targets = [(f"process:{process}", "process", share) for process, share in point.shares.items()]
    if rest > _ROUNDING:
        targets.append((f"meter:{point.id}", "meter", rest))
    for target, kind, share in targets:
        carrier = point.carrier if kind == "meter" else None
        diagram.add(target, kind, carrier=carrier, points=(point.id,), is_known=kwh is not None)
        for source, (drawn, part) in mix.items():
            diagram.link(source, target, drawn, (kwh or 0.0) * share * part)


def _heat(span: _Span, diagram: Diagram) -> tuple[HeatRecovered, ...]:
    """Draw recovered heat from the processes that it comes from; return it with what it stands in for."""
    prepared = span.prepared
    period = Period(kind=PeriodKind.DAY, since=span.since, until=span.until, name="")
    windows = {name: each.between(span.since, span.until) for name, each in prepared.windows.items()}
    found = recovered(prepared.plant, prepared.method, windows, [period], monthly=prepared.monthly)
    points = {point.id: point for point in prepared.plant.points}
    _note_missing(span, diagram, [span.windows(points[each.point]) for each in found])
    for each in found:
        point, kwh = points[each.point], each.heat_kwh
        diagram.add(HEAT, "heat", carrier=Carrier.HEAT, points=(point.id,), is_known=kwh is not None)
        rest = 1.0 - sum(point.shares.values())
        for process, share in point.shares.items():
            diagram.link(f"process:{process}", HEAT, Carrier.HEAT, (kwh or 0.0) * share, is_recovered=True)
        if rest > _ROUNDING:
            source = diagram.add(
                f"meter:{point.id}", "meter", carrier=Carrier.HEAT, points=(point.id,), is_known=False
            )
            diagram.link(source, HEAT, Carrier.HEAT, (kwh or 0.0) * rest, is_recovered=True)
    return tuple(
        HeatRecovered(
            point=each.point,
            kwh=each.heat_kwh,
            avoided_gas_nm3=each.avoided_gas_nm3,
            avoided_electricity_kwh=each.avoided_electricity_kwh,
            evidence=each.evidence,
        )
        for each in found
    )


def _note_missing(span: _Span, diagram: Diagram, meters: Sequence[Windows]) -> None:
    if any(span.is_missing(each) or not len(each) for each in meters):
        diagram.codes.add("flows.missing")


def _points(prepared: Prepared, carrier: Carrier, role: MeterRole | None) -> tuple[str, ...]:
    return tuple(point.id for point in amounts(prepared.plant, carrier, role))


def _known_sum(values: Floats, where: Bools | None) -> float | None:
    """Return the sum of what is known, of some windows only if so chosen; None where nothing is."""
    chosen = np.isfinite(values) if where is None else np.isfinite(values) & where
    return float(values[chosen].sum()) if chosen.any() else None


def _sum_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
