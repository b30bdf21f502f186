"""Where the energy of a made plant went, and why it changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.flow_sums import said
from domain.carbon import CarbonPath, Change, ChangeStep, Factor
from domain.flows import CarrierSum, FlowLink, FlowNode, Flows, HeatRecovered
from domain.periods import HOUR_MS
from domain.plant import Carrier
from domain.results import Evidence
from tests.dashboard.making.hours import (
    CO2_PER_NM3,
    GRID_KG_PER_KWH,
    KWH_PER_NM3,
    NOW,
    PROCESSES,
    START,
    Hours,
    at,
)
from tests.dashboard.making.results import evidence

GAS_FACTOR = Factor(
    id="gas", value=CO2_PER_NM3, unit="kg/Nm3", source="GB/T 32151.34-2024, table C.1", is_verified=True
)
GRID_FACTOR = Factor(
    id="grid", value=GRID_KG_PER_KWH, unit="kg/kWh", source="Guangdong 2023", is_verified=False
)
PATHS = (
    CarbonPath(
        id="scope_1_2",
        unit="tCO2e/t",
        allowed=dict(zip(range(2024, 2030), (1.25, 1.21, 1.17, 1.13, 1.09, 1.04), strict=True)),
        stated={2024: 0.102},
        source="reduction plan 2024",
    ),
    CarbonPath(
        id="scope_3_1",
        unit="tCO2e/t",
        allowed=dict(zip(range(2024, 2030), (14.9, 14.4, 13.6, 13.5, 12.9, 12.2), strict=True)),
        stated={2024: 14.982},
        source="reduction plan 2024",
    ),
)
_USERS = {
    "coil": ("process:coil", "process", "em_coil.active_energy_import"),
    "sheet": ("process:sheet", "process", "em_sheet.active_energy_import"),
    "utilities": ("meter:em_utilities.active_energy_import", "meter", "em_utilities.active_energy_import"),
    "office": ("meter:em_office.active_energy_import", "meter", "em_office.active_energy_import"),
    "unmetered": ("unmetered:electricity", "unmetered", ""),
}


def _gas_links(hours: Hours, span: slice) -> list[FlowLink]:
    main = float(hours.gas["main"][span].sum()) * KWH_PER_NM3
    found, seen = [], 0.0
    targets = {
        "coil": "process:coil",
        "sheet": "process:sheet",
        "boiler": "meter:gas_boiler.volume_reference",
    }
    for name, target in targets.items():
        kwh = float(hours.gas[name][span].sum()) * KWH_PER_NM3
        seen += kwh
        found.append(FlowLink(source="gas", target=target, carrier=Carrier.GAS, kwh=kwh))
    rest = max(main - seen, 0.0)
    found.append(FlowLink(source="gas", target="unmetered:gas", carrier=Carrier.GAS, kwh=rest))
    return found


def _power_links(hours: Hours, span: slice) -> list[FlowLink]:
    """Return bought and own electricity, each user with the plant's mix of its hour."""
    made = hours.pv["pv_1"][span] + hours.pv["pv_2"][span]
    used = sum((each[span] for each in hours.electricity.values()), np.zeros(len(made)))
    own = np.divide(np.minimum(made, used), used, out=np.zeros_like(used), where=used > 0.0)
    found = []
    for name, (target, _, _) in _USERS.items():
        of_roof = float((hours.electricity[name][span] * own).sum())
        bought = float((hours.electricity[name][span] * (1.0 - own)).sum())
        link = FlowLink(source="electricity", target=target, carrier=Carrier.ELECTRICITY, kwh=bought)
        found += [link, replace(link, source="pv", carrier=Carrier.PV, kwh=of_roof)]
    out = float(hours.exported[span].sum())
    found.append(FlowLink(source="pv", target="export", carrier=Carrier.PV, kwh=out))
    return found


def _nodes(links: list[FlowLink]) -> tuple[FlowNode, ...]:
    meters = {
        "gas": ("carrier", Carrier.GAS, ("gas_main.volume_reference",)),
        "electricity": ("carrier", Carrier.ELECTRICITY, ("em_main.active_energy_import",)),
        "pv": ("carrier", Carrier.PV, ("pv_1.ac_energy", "pv_2.ac_energy")),
        "process:coil": ("process", None, ("gas_coil.volume_reference", "em_coil.active_energy_import")),
        "process:sheet": ("process", None, ("gas_sheet.volume_reference", "em_sheet.active_energy_import")),
        "meter:gas_boiler.volume_reference": ("meter", Carrier.GAS, ("gas_boiler.volume_reference",)),
        "unmetered:gas": ("unmetered", Carrier.GAS, ()),
        "unmetered:electricity": ("unmetered", Carrier.ELECTRICITY, ()),
        "export": ("export", Carrier.PV, ("em_main.active_energy_export",)),
        "heat": ("heat", Carrier.HEAT, ("heat_coil.heat_energy", "heat_sheet.heat_energy")),
    } | {
        target: ("meter", Carrier.ELECTRICITY, (point,))
        for target, kind, point in _USERS.values()
        if kind == "meter"
    }
    found = []
    for name, (kind, carrier, points) in meters.items():
        into = sum(link.kwh for link in links if link.target == name)
        out = sum(link.kwh for link in links if link.source == name and not link.is_recovered)
        if into or out:
            found.append(FlowNode(id=name, kind=kind, carrier=carrier, points=points, kwh=max(into, out)))
    return tuple(found)


def flows(
    hours: Hours, *, since: int, until: int, stale: frozenset[str] = frozenset(), incomplete: bool = False
) -> Flows:
    """Return the diagram of [since, until), as far as NOW; `stale` are devices."""
    since, until = max(since, START), min(until, NOW)
    span = hours.span(since, until)
    links = [*_gas_links(hours, span), *_power_links(hours, span)]
    heat = {process: float(hours.heat[process][span].sum()) for process in PROCESSES}
    for process, kwh in heat.items():
        links.append(
            FlowLink(
                source=f"process:{process}", target="heat", carrier=Carrier.HEAT, kwh=kwh, is_recovered=True
            )
        )
    links = [link for link in links if link.kwh > 1e-9]
    sums = _sums(hours, span, since, until, stale, incomplete=incomplete)
    touched = any(not each.evidence.is_complete for each in sums)
    nodes = tuple(
        replace(
            node,
            evidence=_of(
                since,
                until,
                is_stale=any(point.startswith(device) for point in node.points for device in stale),
                incomplete=incomplete,
            ),
        )
        for node in _nodes(links)
    )
    return Flows(
        since=since,
        until=until,
        nodes=nodes,
        links=tuple(links),
        sums=sums,
        heat=tuple(
            HeatRecovered(
                point=f"heat_{process}.heat_energy",
                kwh=kwh,
                avoided_gas_nm3=kwh / KWH_PER_NM3 / 0.9,
                avoided_electricity_kwh=None,
                evidence=_of(since, until, is_stale=f"heat_{process}" in stale, incomplete=incomplete),
            )
            for process, kwh in heat.items()
        ),
        total_kwh=sum(each.kwh or 0.0 for each in sums if each.carrier is not Carrier.HEAT),
        total_co2_kg=sum(each.co2_kg or 0.0 for each in sums),
        is_complete=not touched,
        codes=("flows.missing",) if touched else (),
        facts={node.id: 0.0 for node in nodes},
    )


def _of(since: int, until: int, *, is_stale: bool, incomplete: bool) -> Evidence:
    return evidence(since, until, incomplete=incomplete, stale=is_stale)


def _sums(
    hours: Hours, span: slice, since: int, until: int, stale: frozenset[str], *, incomplete: bool
) -> tuple[CarrierSum, ...]:
    gas, bought = float(hours.gas["main"][span].sum()), float(hours.imported[span].sum())
    made = float(hours.pv["pv_1"][span].sum() + hours.pv["pv_2"][span].sum())
    heat = float(hours.heat["coil"][span].sum() + hours.heat["sheet"][span].sum())
    total = gas * KWH_PER_NM3 + bought + made
    rows = (
        (Carrier.GAS, gas, "Nm3", gas * KWH_PER_NM3, gas * CO2_PER_NM3, GAS_FACTOR, "gas_main"),
        (Carrier.ELECTRICITY, bought, "kWh", bought, bought * GRID_KG_PER_KWH, GRID_FACTOR, "em_main"),
        (Carrier.PV, made, "kWh", made, 0.0, None, "pv_"),
        (Carrier.HEAT, heat, "kWh", heat, None, None, "heat_"),
    )
    return tuple(
        CarrierSum(
            carrier=carrier,
            amount=amount,
            unit=unit,
            kwh=kwh,
            co2_kg=co2,
            factor=said(factor),
            emission=factor,
            share=kwh / total if total and carrier is not Carrier.HEAT else None,
            evidence=_of(
                since, until, is_stale=any(name.startswith(device) for name in stale), incomplete=incomplete
            ),
        )
        for carrier, amount, unit, kwh, co2, factor, device in rows
    )


def change(hours: Hours, year: int) -> Change:
    """Return the gas of a year so far against the same days of the year before, split exactly."""
    since, until = at(f"{year}-01-01"), min(NOW - NOW % HOUR_MS, at(f"{year + 1}-01-01"))
    before_since = at(f"{year - 1}-01-01")
    now, then = hours.span(since, until), hours.span(before_since, before_since + until - since)
    if before_since < START:
        return Change(year=year, since=since, until=until, before=None, after=None, steps=())
    steps = []
    for process in PROCESSES:
        g0, g1 = float(hours.gas[process][then].sum()), float(hours.gas[process][now].sum())
        p0, p1 = float(hours.output[process][then].sum()), float(hours.output[process][now].sum())
        steps += [
            ChangeStep(subject=process, cause="output", nm3=(p1 - p0) * g0 / p0),
            ChangeStep(subject=process, cause="intensity", nm3=p1 * (g1 / p1 - g0 / p0)),
        ]
    rest = hours.gas["main"] - hours.gas["coil"] - hours.gas["sheet"]
    steps.append(ChangeStep(subject="other", cause="other", nm3=float(rest[now].sum() - rest[then].sum())))
    return Change(
        year=year,
        since=since,
        until=until,
        before=float(hours.gas["main"][then].sum()),
        after=float(hours.gas["main"][now].sum()),
        steps=tuple(steps),
    )
