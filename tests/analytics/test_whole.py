"""Open periods are those an instant lies in; savings are those of the rows inside a period."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from analytics.data_alerts import silent_devices
from analytics.declared import declare
from analytics.prepared import in_order, prepare
from analytics.whole import analyse, open_periods
from domain.findings import Finding
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS, PeriodKind, PlantCalendar, Shift, WorkingCalendar
from domain.plant import Carrier, Point, Process
from domain.registers import Reference
from domain.result_rows import encode
from domain.windows import Flag
from tests.analytics.made import START, hours, plant, point

METHOD = Method()
GAS = Point(
    device="gas",
    name="gas",
    unit="m3",
    is_counter=True,
    carrier=Carrier.GAS,
    shares={"coil": 1.0},
    reference=Reference.AT_0C,
    rated_max_per_hour=500.0,
)
MASS = Point(
    device="plc",
    name="mass",
    unit="t",
    is_counter=True,
    carrier=Carrier.PRODUCTION,
    shares={"coil": 1.0},
    rated_max_per_hour=20.0,
)


def test_quiet_data_give_figures_and_no_alert() -> None:
    output = np.tile(np.where(np.arange(24) >= 8, 3.0, 0.0), 3)
    windows = {"gas.gas": hours("gas.gas", 10.0 + 30.0 * output), "plc.mass": hours("plc.mass", output)}
    works = plant(GAS, MASS, processes=(Process(id="coil", output_unit="t"),))
    end = START + 3 * DAY_MS
    prepared = prepare(works, METHOD, declare((), METHOD), windows, since=START, until=end)
    found = analyse(prepared, now=end, hours_since=START)
    assert found.alerts == ()
    codes = {finding.code for finding in found.findings}
    assert not {code for code in codes if not code.startswith(("track.", "drift."))}
    days = [each for each in found.intensities if each.period.kind is PeriodKind.DAY]
    assert [each.ratio for each in days] == [(240 + 30 * 48) / 48] * 3
    assert len([each for each in found.intensities if each.period.kind is PeriodKind.HOUR]) == 72
    assert encode(found) == encode(analyse(prepared, now=end, hours_since=START))
    quiet = tuple(silent_devices(works, METHOD, {"gas": end}, now=end, since=START))
    assert [alert.subject for alert in quiet] == ["plc"]
    assert analyse(prepared, now=end, hours_since=START, silent=quiet).alerts == quiet


def test_a_gap_of_the_gauges_of_a_gas_meter_is_no_gap_of_the_meter() -> None:
    gas = replace(GAS, reference=Reference.ACTUAL, temperature_point="t.t", pressure_point="p.p")
    gauges = (point("t", unit="C", is_counter=False), point("p", unit="kPa", is_counter=False))
    seen, flags = [1.0, 0.0, 0.0, 1.0], [Flag.NONE, Flag.GAP, Flag.GAP, Flag.NONE]
    windows = {
        "gas.gas": hours("gas.gas", [10.0] * 4),
        "t.t": hours("t.t", [20.0] * 4, coverage=seen, flags=flags),
        "p.p": hours("p.p", [101.325] * 4),
    }
    works, end = plant(gas, *gauges), START + 4 * HOUR_MS
    prepared = prepare(works, METHOD, declare((), METHOD), windows, since=START, until=end)
    assert (prepared.windows["gas.gas"].flags & Flag.GAP).any()
    found = analyse(prepared, now=end, hours_since=START)
    assert {each.key for each in found.findings if each.code.endswith(".gap")} == {"t.t"}


def test_open_periods_come_finest_first_and_none_stands_for_a_pause_between_shifts() -> None:
    early = WorkingCalendar(shifts=(Shift(name="early", start_min=360, end_min=840),))
    calendar = PlantCalendar(ZoneInfo("Asia/Shanghai"), (early,))
    night = open_periods(calendar, START)
    day = open_periods(calendar, START + 8 * 3_600_000)
    assert [each.kind for each in day] == list(PeriodKind)
    assert [each.kind for each in night] == [kind for kind in PeriodKind if kind is not PeriodKind.SHIFT]
    assert all(each.since <= START + 8 * 3_600_000 < each.until for each in day)


def test_findings_are_said_once_and_in_one_order() -> None:
    def finding(code: str, since: int | None, **facts: float) -> Finding:
        return Finding(code=code, key="k", problem="p", remedy="r", since=since, facts=facts)

    one, other = finding("a", 5, x=1.0, y=2.0), finding("a", 5, y=2.0, x=1.0)
    early, whole = finding("a", 1), finding("a", None)
    assert in_order([one, early, other, whole]) == in_order([whole, other, one, early])
    assert [each.since for each in in_order([one, early, other, whole])] == [None, 1, 5]
