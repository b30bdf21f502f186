"""What a process did in each window: shares of meters, output, relevant variables, state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from analytics.declared import declare
from analytics.hours import ProcessHours, process_hours
from analytics.operation import State
from domain.findings import Finding
from domain.ledger import Entry, Production
from domain.method import Method, ProcessMethod
from domain.periods import HOUR_MS
from domain.plant import Carrier, Point, Process
from domain.windows import Flag, Grade, Windows
from tests.analytics.made import NAN, START, hours, plant

COIL, SHEET = Process(id="coil", output_unit="t"), Process(id="sheet", output_unit="t")
METHOD = Method(processes={"coil": ProcessMethod(hot_above_c=200.0)})


def meter(name: str, carrier: Carrier, shares: Mapping[str, float], *, is_counter: bool = True) -> Point:
    unit = "t" if carrier is Carrier.PRODUCTION else "m3" if is_counter else "m3/h"
    return Point(
        device=name.partition("-")[0],
        name=name,
        unit=unit,
        is_counter=is_counter,
        carrier=carrier,
        shares=shares,
    )


GAS_A = meter("a", Carrier.GAS, {"coil": 1.0})
GAS_B = meter("b", Carrier.GAS, {"coil": 0.25, "sheet": 0.75})
MASS = meter("m", Carrier.PRODUCTION, {"coil": 1.0})
OVEN = Point(
    device="o", name="oven", unit="C", is_counter=False, variable="oven_temperature", shares={"coil": 1.0}
)
AMBIENT = Point(device="o", name="air", unit="C", is_counter=False, variable="ambient_temperature")


def of(
    process: Process,
    points: tuple[Point, ...],
    amounts: Mapping[str, list[float] | Windows],
    *,
    stated: tuple[Production, ...] = (),
    n: int = 3,
) -> tuple[ProcessHours, tuple[Finding, ...]]:
    windows = {
        name: made if isinstance(made, Windows) else hours(name, made) for name, made in amounts.items()
    }
    entries = [Entry(number=k, at=0, who="", why="", body=body) for k, body in enumerate(stated, 1)]
    return process_hours(
        process,
        plant(*points, processes=(COIL, SHEET)),
        method=METHOD,
        windows=windows,
        declared=declare(entries, METHOD),
        edges=START + np.arange(n + 1, dtype=np.int64) * HOUR_MS,
    )


BOTH = {"a.a": [10.0, 20.0, 30.0], "b.b": [100.0, 200.0, 300.0], "m.m": [1.0, 2.0, 3.0]}


def test_a_meter_that_serves_two_processes_gives_each_its_share_and_nothing_twice() -> None:
    coil, _ = of(COIL, (GAS_A, GAS_B, MASS), BOTH)
    sheet, _ = of(SHEET, (GAS_A, GAS_B, MASS), BOTH)
    assert coil.gas.tolist() == [35, 70, 105]
    assert sheet.gas.tolist() == [75, 150, 225]
    total = np.array([110.0, 220, 330])
    assert (coil.gas + sheet.gas).tolist() == pytest.approx(total)


def test_one_missing_meter_makes_the_sum_unknown_never_smaller() -> None:
    coil, _ = of(COIL, (GAS_A, GAS_B, MASS), {**BOTH, "b.b": [100.0, NAN, 300.0]})
    assert coil.gas.tolist() == pytest.approx([35, NAN, 105], nan_ok=True)
    without, _ = of(COIL, (GAS_A, GAS_B, MASS), {name: BOTH[name] for name in ("a.a", "m.m")})
    assert np.isnan(without.gas).all()
    assert not without.gas_coverage.any()


def test_windows_that_a_point_does_not_have_are_unknown() -> None:
    later = hours("a.a", [7.0, 8.0], start=START + 2 * HOUR_MS)
    coil, _ = of(COIL, (GAS_A, MASS), {"a.a": later, "m.m": BOTH["m.m"]})
    assert coil.gas.tolist() == pytest.approx([NAN, NAN, 7], nan_ok=True)


def test_the_worst_grade_the_worst_coverage_and_all_flags_of_the_meters_hold() -> None:
    one = hours("a.a", [1.0] * 3, grade=Grade.ESTIMATED, coverage=0.5, flags=Flag.GAP)
    other = hours("b.b", [1.0] * 3, grade=Grade.BRIDGED, coverage=0.75, flags=Flag.BAD)
    coil, _ = of(COIL, (GAS_A, GAS_B, MASS), {"a.a": one, "b.b": other, "m.m": BOTH["m.m"]})
    assert set(coil.gas_grade.tolist()) == {Grade.ESTIMATED}
    assert set(coil.gas_coverage.tolist()) == {0.5}
    assert set(coil.gas_flags.tolist()) == {Flag.GAP | Flag.BAD}
    assert set(coil.output_grade.tolist()) == {Grade.MEASURED}


def test_a_counter_goes_before_the_flow_of_its_device() -> None:
    flow = meter("a-flow", Carrier.GAS, {"coil": 1.0}, is_counter=False)
    coil, _ = of(COIL, (GAS_A, flow, MASS), {**BOTH, "a.a-flow": [99.0, 99.0, 99.0]})
    assert coil.gas.tolist() == [10, 20, 30]


def test_a_process_without_a_gas_meter_is_named() -> None:
    sheet, findings = of(SHEET, (GAS_A, MASS), BOTH)
    assert np.isnan(sheet.gas).all()
    assert [finding.code for finding in findings] == ["production.missing", "gas.no_meter"]
    assert {finding.key for finding in findings} == {"sheet"}


def test_everything_in_order_is_no_finding() -> None:
    _, findings = of(COIL, (GAS_A, GAS_B, MASS), BOTH)
    assert findings == ()


def test_a_process_has_its_own_variables_and_those_of_all() -> None:
    amounts = {**BOTH, "o.oven": [50.0, 245.0, 245.0], "o.air": [20.0, 21.0, 22.0]}
    coil, _ = of(COIL, (GAS_A, MASS, OVEN, AMBIENT), amounts)
    sheet, _ = of(SHEET, (GAS_B, MASS, OVEN, AMBIENT), amounts)
    assert sorted(coil.variables) == ["ambient_temperature", "oven_temperature"]
    assert sorted(sheet.variables) == ["ambient_temperature"]


def test_states_follow_the_oven_of_the_process() -> None:
    amounts = {**BOTH, "m.m": [0.0, 0.0, 3.0], "o.oven": [50.0, 120.0, 245.0]}
    coil, _ = of(COIL, (GAS_A, MASS, OVEN), amounts)
    assert coil.state.tolist() == [State.OFF, State.STARTUP, State.PRODUCTION]


def test_stated_production_goes_before_the_counter() -> None:
    made = Production(process="coil", since=START, until=START + 2 * HOUR_MS, quantity=3.06, unit="t")
    coil, findings = of(COIL, (GAS_A, MASS), BOTH, stated=(made,))
    assert coil.output.tolist() == pytest.approx([1.53, 1.53, 3])
    assert coil.output_grade.tolist() == [Grade.MANUAL, Grade.MANUAL, Grade.MEASURED]
    assert findings == ()
