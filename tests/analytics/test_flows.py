"""Energy flows add up, whatever the meters say: in = out + losses + unmetered, and nothing is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.flows import flows_of
from analytics.gas import co2_kg, energy_kwh
from domain.carbon import Factor
from domain.flows import FlowNode, Flows
from domain.ledger import Entry, GasQuality
from domain.method import CarbonMethod, Counterfactual, Method
from domain.periods import DAY_MS
from domain.plant import Carrier, Plant
from domain.series import Floats
from domain.windows import Flag, Grade, Windows
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.works import (
    BOILER,
    OFFICE,
    POINTS,
    UNMETERED_GAS,
    UNMETERED_POWER,
    amounts,
    made_windows,
    prepared_works,
    works_plant,
)

DAYS = 3
TRUTH = amounts(DAYS)
END = START + DAYS * DAY_MS
METHOD = Method(
    carbon=CarbonMethod(grid_kg_per_kwh=0.5366, grid_source="national 2022"),
    counterfactual=Counterfactual.GAS,
    heat_efficiency=0.9,
)


def flows(
    found: Mapping[str, Floats] | None = None,
    *,
    of: Plant | None = None,
    windows: Mapping[str, Windows] | None = None,
    until: int = END,
    now: int = END,
) -> Flows:
    given_ = windows if windows is not None else made_windows(TRUTH if found is None else found)
    return flows_of(prepared_works(given_, of=of, method=METHOD), since=START, until=until, now=now)


def node(found: Flows, name: str) -> FlowNode:
    return next(each for each in found.nodes if each.id == name)


def link(found: Flows, source: str, target: str) -> float:
    return sum(each.kwh for each in found.links if (each.source, each.target) == (source, target))


def through(found: Flows, name: str) -> float:
    kwh = node(found, name).kwh
    assert kwh is not None
    return kwh


def into(found: Flows, target: str) -> float:
    return sum(each.kwh for each in found.links if each.target == target)


def total(name: str) -> float:
    return float(TRUTH[name].sum())


def assert_conserved(found: Flows) -> None:
    """Every node gives what it takes: sources out of what they measured, consumers for themselves."""
    names = {each.id for each in found.nodes}
    paid = [each for each in found.links if not each.is_recovered]
    size = 1e-9 * max(1.0, sum(each.kwh for each in found.links))
    assert all(each.kwh > 0.0 for each in found.links)
    assert {each.source for each in found.links} | {each.target for each in found.links} <= names
    assert len(names) == len(found.nodes)
    sources = sinks = 0.0
    for each in found.nodes:
        if each.kind == "heat" or each.kwh is None:
            continue
        given_out = sum(one.kwh for one in paid if one.source == each.id)
        taken_in = sum(one.kwh for one in paid if one.target == each.id)
        assert each.kwh == pytest.approx(max(given_out, taken_in), abs=size), each.id
        assert found.facts[each.id] == pytest.approx(0.0, abs=size)
        if each.kind == "carrier":
            sources += each.kwh
        else:
            sinks += each.kwh
    assert sources == pytest.approx(sinks, abs=size)


def test_a_plant_without_meters_has_no_flows_and_says_so() -> None:
    found = flows({}, of=works_plant(*{name.split(".")[0] for name in TRUTH}))
    assert found.links == ()
    assert (found.total_kwh, found.total_co2_kg) == (None, None)
    assert not found.is_complete


def test_planted_gas_reaches_lines_boiler_and_the_unmetered_rest() -> None:
    found = flows()
    assert_conserved(found)
    assert found.codes == ()
    assert found.is_complete
    per_nm3 = energy_kwh(1.0, METHOD.gas)
    assert link(found, "gas", "process:coil") == pytest.approx(total("gas_coil.volume") * per_nm3)
    assert link(found, "gas", "meter:gas_boiler.volume") == pytest.approx(72 * BOILER * per_nm3)
    assert link(found, "gas", "unmetered:gas") == pytest.approx(72 * UNMETERED_GAS * per_nm3)
    assert node(found, "gas").kwh == pytest.approx(total("gas_main.volume") * per_nm3)
    assert node(found, "gas").points == ("gas_main.volume",)


def test_a_common_bus_gives_everybody_grid_and_roof_in_proportion() -> None:
    found = flows()
    bought, roof, out = total("em_main.import"), total("pv_1.energy"), total("em_main.export")
    own = roof - out
    assert out > 0.0
    for name, used in (
        ("process:coil", total("em_coil.import")),
        ("meter:em_office.import", 72 * OFFICE),
        ("unmetered:electricity", 72 * UNMETERED_POWER),
    ):
        assert link(found, "electricity", name) == pytest.approx(used * bought / (bought + own))
        assert link(found, "pv", name) == pytest.approx(used * own / (bought + own))
    assert link(found, "pv", "export") == pytest.approx(out)
    assert node(found, "electricity").kwh == pytest.approx(bought)
    assert node(found, "pv").kwh == pytest.approx(roof)
    assert found.total_kwh == pytest.approx(through(found, "gas") + bought + roof)


def test_recovered_heat_hangs_on_its_line_and_is_not_counted_twice() -> None:
    found = flows()
    heat = total("heat_coil.energy")
    (recovered,) = [each for each in found.links if each.is_recovered]
    assert (recovered.source, recovered.target) == ("process:coil", "heat")
    assert recovered.kwh == pytest.approx(heat)
    assert into(found, "process:coil") == pytest.approx(node(found, "process:coil").kwh)
    (told,) = found.heat
    assert told.kwh == pytest.approx(heat)
    assert told.avoided_gas_nm3 == pytest.approx(heat / 0.9 * 3.6 / METHOD.gas.ncv_mj_per_nm3)
    bare = flows(of=works_plant("heat_coil"))
    assert bare.total_kwh == found.total_kwh
    assert bare.heat == ()
    (share,) = [each.share for each in found.sums if each.carrier is Carrier.HEAT]
    assert share is None


def test_sums_have_carbon_with_what_it_rests_on() -> None:
    found = {each.carrier: each for each in flows().sums}
    gas, bought, roof = found[Carrier.GAS], found[Carrier.ELECTRICITY], found[Carrier.PV]
    assert gas.unit == "Nm3"
    assert gas.amount == pytest.approx(total("gas_main.volume"))
    assert gas.co2_kg == pytest.approx(co2_kg(total("gas_main.volume"), METHOD.gas))
    assert gas.factor == "2.162188809 kgCO2/Nm3, GB/T 32151.34-2024, table C.1, verified"
    assert bought.co2_kg == pytest.approx(0.5366 * total("em_main.import"))
    assert bought.factor == "0.5366 kgCO2/kWh, national 2022, not verified"
    assert bought.emission == Factor(
        id="grid", value=0.5366, unit="kgCO2/kWh", source="national 2022", is_verified=False
    )
    assert gas.emission is not None
    assert gas.emission.is_verified
    assert roof.co2_kg == 0.0
    assert found[Carrier.HEAT].co2_kg is None
    assert sum(each.share or 0.0 for each in found.values()) == pytest.approx(1.0)
    by_hand = co2_kg(total("gas_main.volume"), METHOD.gas) + 0.5366 * total("em_main.import")
    assert flows().total_co2_kg == pytest.approx(by_hand)
    prepared = prepared_works(made_windows(TRUTH), method=Method())
    without = flows_of(prepared, since=START, until=END, now=END)
    assert without.total_co2_kg is None
    assert {each.carrier: each.co2_kg for each in without.sums}[Carrier.ELECTRICITY] is None


def test_the_suppliers_calorific_value_holds_in_its_month() -> None:
    from analytics.declared import declare

    rich = GasQuality(since=START, until=START + DAY_MS, ncv_mj_per_nm3=40.0)
    declared = declare([Entry(number=1, at=0, who="Li", why="", body=rich)], METHOD)
    prepared = prepared_works(made_windows(TRUTH), method=METHOD, declared=declared)
    found = flows_of(prepared, since=START, until=END, now=END)
    by_day = TRUTH["gas_main.volume"].reshape(DAYS, 24).sum(axis=1)
    by_hand = (by_day * [40.0, 38.931, 38.931]).sum() / 3.6
    assert node(found, "gas").kwh == pytest.approx(by_hand)
    assert found.sums[0].kwh == pytest.approx(by_hand)
    assert_conserved(found)


def test_shares_of_a_meter_split_and_the_rest_is_the_meters_own() -> None:
    split = replace(POINTS[1], shares={"coil": 0.5, "sheet": 0.2})
    of = works_plant(points=tuple(split if each.id == split.id else each for each in POINTS))
    found = flows(of=of)
    assert_conserved(found)
    per_nm3 = energy_kwh(1.0, METHOD.gas)
    whole = total("gas_coil.volume") * per_nm3
    assert link(found, "gas", "process:coil") == pytest.approx(0.5 * whole)
    assert link(found, "gas", "meter:gas_coil.volume") == pytest.approx(0.3 * whole)
    assert link(found, "gas", "process:sheet") == pytest.approx(
        0.2 * whole + total("gas_sheet.volume") * per_nm3
    )


def test_without_a_main_meter_sub_meters_are_the_supply() -> None:
    found = flows(of=works_plant("gas_main", "em_main", "pv_1"))
    assert_conserved(found)
    names = {each.id for each in found.nodes}
    assert "unmetered:gas" not in names
    assert "unmetered:electricity" not in names
    subs = sum(total(f"em_{name}.import") for name in ("coil", "sheet", "office"))
    assert node(found, "electricity").kwh == pytest.approx(subs)


def test_a_roof_without_export_meter_is_estimated_hour_by_hour() -> None:
    no_export = tuple(each for each in POINTS if each.name != "export")
    found = flows(of=works_plant(points=no_export))
    assert_conserved(found)
    load = sum(TRUTH[f"em_{name}.import"] for name in ("coil", "sheet", "office"))
    own = float(np.minimum(TRUTH["pv_1.energy"], load).sum())
    assert link(found, "pv", "export") == pytest.approx(total("pv_1.energy") - own)
    assert "pv.no_export_meter" in found.codes


def test_sub_meters_above_their_main_meter_are_told() -> None:
    less = TRUTH | {"gas_main.volume": 0.8 * TRUTH["gas_main.volume"]}
    found = flows(less)
    assert_conserved(found)
    assert "flows.subs_above_main" in found.codes
    assert link(found, "gas", "unmetered:gas") == 0.0
    slightly = flows(TRUTH | {"gas_main.volume": TRUTH["gas_main.volume"] * 0.965})
    assert "flows.subs_above_main" not in slightly.codes
    assert_conserved(slightly)


def test_export_beyond_the_generation_is_told_and_taken_from_the_grid() -> None:
    subs = np.sum([TRUTH[f"em_{name}.import"] for name in ("coil", "sheet", "office")], axis=0)
    more = TRUTH | {"em_main.import": 2.0 * subs, "em_main.export": 0.4 * subs + TRUTH["pv_1.energy"]}
    found = flows(more)
    assert_conserved(found)
    assert "flows.export_above_pv" in found.codes
    assert link(found, "electricity", "export") == pytest.approx(0.4 * subs.sum())
    assert link(found, "electricity", "unmetered:electricity") == pytest.approx(0.6 * subs.sum())
    assert link(found, "pv", "export") == pytest.approx(total("pv_1.energy"))


# what is missing


def without(name: str, hours: slice) -> dict[str, Floats]:
    hole = TRUTH[name].copy()
    hole[hours] = np.nan
    return TRUTH | {name: hole}


def test_what_a_silent_sub_meter_took_is_unmetered_and_said() -> None:
    found = flows(without("gas_coil.volume", slice(0, 24)))
    assert_conserved(found)
    assert not found.is_complete
    assert "flows.missing" in found.codes
    per_nm3 = energy_kwh(1.0, METHOD.gas)
    hidden = TRUTH["gas_coil.volume"][:24].sum()
    assert link(found, "gas", "unmetered:gas") == pytest.approx((hidden + 72 * UNMETERED_GAS) * per_nm3)


def test_a_main_meter_that_gave_nothing_leaves_no_flow_of_its_carrier() -> None:
    found = flows(without("gas_main.volume", slice(None)))
    assert_conserved(found)
    assert not [each for each in found.links if each.carrier is Carrier.GAS]
    assert node(found, "gas").kwh is None
    (gas,) = [each for each in found.sums if each.carrier is Carrier.GAS]
    assert (gas.amount, gas.kwh, gas.co2_kg, gas.share) == (None, None, None, None)
    assert (found.total_kwh, found.total_co2_kg) == (None, None)
    assert "flows.missing" in found.codes


def test_a_process_whose_only_meters_gave_nothing_has_no_figure() -> None:
    silent = without("gas_coil.volume", slice(None))
    silent["em_coil.import"] = silent["em_coil.import"] * np.nan
    found = flows(silent)
    assert node(found, "process:coil").kwh is None
    assert node(found, "process:coil").points == ("gas_coil.volume", "em_coil.import")


# what nodes rest on


def test_a_node_has_the_grades_of_its_own_meters_weighted_by_energy() -> None:
    windows = made_windows(TRUTH)
    gas = windows["gas_coil.volume"]
    grade, flags, coverage = gas.grade.copy(), gas.flags.copy(), gas.coverage.copy()
    grade[:24], flags[:24], coverage[:24] = Grade.ESTIMATED, Flag.GAP, 0.5
    found = flows(windows=windows | {gas.point: replace(gas, grade=grade, flags=flags, coverage=coverage)})
    per_nm3 = energy_kwh(1.0, METHOD.gas)
    doubtful = per_nm3 * TRUTH["gas_coil.volume"][:24].sum()
    coil = node(found, "process:coil").evidence
    assert coil is not None
    energy = per_nm3 * total("gas_coil.volume") + total("em_coil.import")
    assert coil.shares == pytest.approx({"measured": 1.0 - doubtful / energy, "estimated": doubtful / energy})
    assert coil.coverage == pytest.approx((1.0 - 0.5 / DAYS + 1.0) / 2.0)
    assert (coil.is_complete, coil.codes) == (True, ("data.gap",))
    # What is left over rests on the main meter and on every sub-meter.
    rest = node(found, "unmetered:gas").evidence
    assert rest is not None
    all_gas = per_nm3 * sum(total(name) for name in TRUTH if name.startswith("gas_"))
    assert rest.shares["estimated"] == pytest.approx(doubtful / all_gas)
    assert rest.codes == ("data.gap",)
    for name in ("gas", "process:sheet", "meter:gas_boiler.volume", "unmetered:electricity", "export"):
        other = node(found, name).evidence
        assert other is not None, name
        assert (other.shares, other.is_complete) == ({"measured": 1.0}, True), name


def test_a_node_with_a_meter_that_misses_an_hour_is_not_complete() -> None:
    found = flows(without("gas_coil.volume", slice(0, 1)))
    complete = {each.id: each.evidence.is_complete for each in found.nodes if each.evidence is not None}
    assert len(complete) == len(found.nodes)
    not_complete = {name for name, whole in complete.items() if not whole}
    assert not_complete == {"process:coil", "unmetered:gas"}
    silent = node(flows(without("gas_boiler.volume", slice(None))), "meter:gas_boiler.volume")
    assert silent.evidence is not None
    assert (silent.evidence.shares, silent.evidence.is_complete) == ({}, False)


def test_meters_at_rest_are_graded_alike() -> None:
    rest = TRUTH | {name: TRUTH[name] * 0.0 for name in ("gas_coil.volume", "em_coil.import")}
    coil = node(flows(rest), "process:coil").evidence
    assert coil is not None
    assert coil.shares == {"measured": 1.0}


def test_a_carrier_rests_on_what_its_sum_rests_on() -> None:
    found = flows()
    for each in found.sums:
        assert node(found, each.carrier).evidence == each.evidence


def test_a_heat_meter_that_gave_nothing_is_missed_and_has_no_figure() -> None:
    found = flows(without("heat_coil.energy", slice(None)), until=END + DAY_MS)
    assert found.codes == ("flows.missing", "flows.open")
    assert node(found, "heat").kwh is None
    assert [each.kwh for each in found.heat] == [None]


def test_a_process_without_meters_is_no_node_and_one_with_heat_alone_is() -> None:
    bare = flows(of=works_plant("gas_coil", "em_coil", "heat_coil"))
    assert "process:coil" not in {each.id for each in bare.nodes}
    assert_conserved(bare)
    heat = flows(of=works_plant("gas_coil", "em_coil"))
    assert node(heat, "process:coil").kwh is None
    assert_conserved(heat)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    gone=st.sets(st.sampled_from(sorted({each.device for each in POINTS}))),
    holes=st.floats(0.0, 0.6),
)
def test_whatever_meters_say_the_diagram_adds_up(seed: int, gone: set[str], holes: float) -> None:
    rng = np.random.default_rng(seed)
    amount = {}
    for each in POINTS:
        made = rng.gamma(1.0, 100.0, 24) * rng.choice([0.0, 1.0, 1.0, 10.0])
        amount[each.id] = np.where(rng.random(24) < holes * rng.integers(0, 3), np.nan, made)
    shares = rng.dirichlet([1.0, 1.0, 1.0])
    points = tuple(
        replace(each, shares={"coil": float(shares[0]), "sheet": float(shares[1])})
        if each.device in ("gas_boiler", "em_office")
        else each
        for each in POINTS
    )
    prepared = prepared_works(made_windows(amount), of=works_plant(*gone, points=points), method=METHOD)
    found = flows_of(prepared, since=START, until=START + DAY_MS, now=START + DAY_MS)
    assert_conserved(found)
    assert found == flows_of(prepared, since=START, until=START + DAY_MS, now=START + DAY_MS)
