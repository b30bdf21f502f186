"""Planted values for charts: a plant in Foshan with a drift, a gap, and meters that are missing."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate
from math import exp, pi, sin
from random import Random

from dashboard.charts.bars import Bar, BarPart, Fill
from dashboard.charts.glidepath import GlideToDate, GlideYear
from dashboard.charts.heatmap import DayState, HeatDay
from domain.carbon import Change, ChangeStep
from domain.courses import Completeness, Course, Cusum, DayCompleteness, Load, ModelPoint, ModelRowsPicture
from domain.flows import FlowLink, FlowNode, Flows
from domain.plant import Carrier

DAY = 86_400_000
HOUR = 3_600_000
STEP = 300_000
BEGIN = 1_795_617_000_000
"""14:30 in Foshan, 2026-11-25."""


def course(name: str, values: list[float | None], *, is_whole: tuple[bool, ...] = ()) -> Course:
    return Course(
        name=name,
        unit="Nm3/h" if name.startswith("gas") else "kW",
        values=tuple(values),
        is_whole=is_whole,
    )


def load(*, gap: range = range(0), partial: range = range(0), has_norm: bool = True) -> Load:
    random = Random(3)
    count = 288
    gas: list[float | None] = []
    norm: list[float | None] = []
    power: list[float | None] = []
    pv: list[float | None] = []
    for k in range(count):
        hour = (14.5 + k / 12) % 24
        runs = 0.15 if hour > 23.3 or hour < 7.2 else min(1.0, 0.4 + (hour - 7.2) * 0.6)
        norm.append(round(410 * runs, 1))
        gas.append(round(410 * runs * (1.03 if runs > 0.9 else 1.0) + random.gauss(0, 4), 2))
        power.append(round(700 + 1050 * runs + random.gauss(0, 12), 2))
        sun = max(0.0, sin(pi * (hour - 6) / 12)) if 6 < hour < 18 else 0.0
        pv.append(round(620 * sun * (0.9 + 0.1 * random.random()), 2))
    for k in gap:
        gas[k] = power[k] = None
    whole = tuple(k not in partial for k in range(count))
    return Load(
        since=BEGIN,
        until=BEGIN + count * STEP,
        step_ms=STEP,
        at=tuple(BEGIN + k * STEP for k in range(count)),
        gas=course("gas", gas),
        gas_expected=course("gas_expected", norm) if has_norm else None,
        electricity=course("electricity", power, is_whole=whole),
        pv=course("pv", pv),
        heat=course("heat", [None] * count),
    )


def empty_load() -> Load:
    nothing = course("gas", [])
    return Load(
        since=BEGIN,
        until=BEGIN + DAY,
        step_ms=STEP,
        at=(),
        gas=nothing,
        gas_expected=None,
        electricity=nothing,
        pv=nothing,
        heat=nothing,
    )


def load_ticks() -> tuple[int, ...]:
    return tuple(BEGIN + 1_800_000 + k * 2 * HOUR for k in range(13))


def cusum(*, rows: int = 90, onset: int | None = 60, gap: range = range(0), falls: bool = False) -> Cusum:
    random = Random(5)
    excess: list[float | None] = [
        None if k in gap else random.gauss(0, 60) + (0 if onset is None or k < onset else 340)
        for k in range(rows)
    ]
    if falls:
        excess = [None if value is None else -value for value in excess]
    sums = accumulate(value or 0.0 for value in excess)
    return Cusum(
        process="coil",
        interval="day",
        baseline="coil-1",
        since=tuple(BEGIN + k * DAY for k in range(rows)),
        until=tuple(BEGIN + (k + 1) * DAY for k in range(rows)),
        excess=tuple(excess),
        total=tuple(None if value is None else total for value, total in zip(excess, sums, strict=True)),
        alert=None if onset is None else "drift",
        onset=None if onset is None else BEGIN + onset * DAY,
        shift=None if onset is None else 0.031,
    )


def glide() -> tuple[tuple[GlideYear, ...], GlideToDate]:
    achieved = {2024: 62.4, 2025: 61.0}
    years = tuple(
        GlideYear(
            year=year,
            target=62.4 * 0.98 ** (year - 2024),
            achieved=achieved.get(year),
            label=str(achieved.get(year, "")),
        )
        for year in range(2024, 2031)
    )
    return years, GlideToDate(year=2026, value=60.3, low=59.4, high=60.9, label="60.3 至今")


def carbon_glide() -> tuple[GlideYear, ...]:
    stated = {2022: 1.42, 2023: 1.31, 2024: 1.33, 2025: 1.26}
    return tuple(
        GlideYear(
            year=year,
            target=1.42 - 0.07 * (year - 2022),
            achieved=stated.get(year),
            label=f"{stated[year]:.2f}" if year in stated else "",
        )
        for year in range(2022, 2031)
    )


def node(name: str, kind: str, kwh: float | None, carrier: Carrier | None = None) -> FlowNode:
    return FlowNode(id=name, kind=kind, carrier=carrier, points=(), kwh=kwh)


def link(source: str, target: str, carrier: Carrier, kwh: float, *, is_recovered: bool = False) -> FlowLink:
    return FlowLink(source=source, target=target, carrier=carrier, kwh=kwh, is_recovered=is_recovered)


def flows_of(nodes: tuple[FlowNode, ...], links: tuple[FlowLink, ...]) -> Flows:
    return Flows(
        since=BEGIN,
        until=BEGIN + DAY,
        nodes=nodes,
        links=links,
        sums=(),
        heat=(),
        total_kwh=None,
        total_co2_kg=None,
        is_complete=True,
    )


NAMES = {
    "gas": "天然气",
    "electricity": "电网电力",
    "pv": "光伏",
    "heat": "余热回收",
    "process:coil": "卷材涂装",
    "process:sheet": "板材涂装",
    "meter:boiler.volume": "热水锅炉",
    "meter:utility.energy": "公用工程",
    "unmetered:gas": "未计量燃气",
    "export": "上网电量",
}


def flows() -> Flows:
    gas, power, pv, heat = Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT
    nodes = (
        node("gas", "carrier", 66_500, gas),
        node("electricity", "carrier", 18_400, power),
        node("pv", "carrier", 6_200, pv),
        node("process:coil", "process", 47_500),
        node("process:sheet", "process", 28_800),
        node("unmetered:gas", "unmetered", 200, gas),
        node("meter:boiler.volume", "meter", 5_400, gas),
        node("meter:utility.energy", "meter", 8_200),
        node("export", "export", 1_000, power),
        node("heat", "heat", 6_500, heat),
    )
    links = (
        link("gas", "process:coil", gas, 39_000),
        link("gas", "process:sheet", gas, 21_900),
        link("gas", "meter:boiler.volume", gas, 5_400),
        link("gas", "unmetered:gas", gas, 200),
        link("electricity", "process:coil", power, 6_700),
        link("electricity", "process:sheet", power, 5_900),
        link("electricity", "meter:utility.energy", power, 5_800),
        link("pv", "process:coil", pv, 1_800),
        link("pv", "process:sheet", pv, 1_000),
        link("pv", "meter:utility.energy", pv, 2_400),
        link("pv", "export", pv, 1_000),
        link("process:coil", "heat", heat, 5_000, is_recovered=True),
        link("process:sheet", "heat", heat, 1_500, is_recovered=True),
    )
    return flows_of(nodes, links)


def crowded_flows() -> Flows:
    """Forty consumers, nearly all of them too small to see."""
    gas = Carrier.GAS
    small = [(f"meter:m{k}", 100_000.0 if k == 0 else 10.0 ** (-k % 4)) for k in range(40)]
    meters = (node(name, "meter", kwh, gas) for name, kwh in small)
    nodes = (node("gas", "carrier", sum(kwh for _, kwh in small), gas), *meters)
    return flows_of(nodes, tuple(link("gas", name, gas, kwh) for name, kwh in small))


def model_rows(*, count: int = 400) -> ModelRowsPicture:
    random = Random(7)
    rows = []
    for k in range(count):
        output = max(0.0, random.gauss(240, 45))
        norm = 1800 + 55 * output
        rows.append(
            ModelPoint(
                since=BEGIN + k * DAY,
                until=BEGIN + (k + 1) * DAY,
                output=output,
                gas_nm3=None if k == 9 else norm * (1.03 if k > 330 else 1) + random.gauss(0, 250),
                expected_nm3=norm,
                is_operating=k % 7 != 6,
                is_in_baseline=k < 200,
            )
        )
    return ModelRowsPicture(
        process="coil",
        interval="day",
        output_unit="t",
        baseline="coil-1",
        constant=1800,
        slope=55,
        r_squared=0.97,
        rows=tuple(rows),
    )


def days(count: int = 330) -> tuple[HeatDay, ...]:
    random = Random(11)
    found = []
    for k in range(count):
        at = date(2026, 1, 1) + timedelta(days=k)
        state = (
            DayState.MISSING
            if k in range(40, 44)
            else DayState.STANDING
            if at.weekday() == 6
            else DayState.RUNNING
        )
        value = random.gauss(0.03 if k > 290 else 0, 0.035) if state is DayState.RUNNING else None
        found.append(HeatDay(at.isoformat(), BEGIN + k * DAY, value, state))
    return tuple(found)


PARTS = (
    BarPart(words="生产", fill=Fill.SOLID),
    BarPart(words="升温", fill=Fill.PALE),
    BarPart(words="待机", fill=Fill.HATCHED),
)


def bars() -> tuple[Bar, ...]:
    return tuple(
        Bar(
            label=f"{year}-{month:02d}",
            values=(None, None, None)
            if (year, month) == (2026, 3)
            else (180_000.0 + 9_000 * (month % 5), 6_000.0, 14_000.0 + 2_000 * (month % 3)),
        )
        for year in (2025, 2026)
        for month in range(1, 12)
    )


def change() -> Change:
    return Change(
        year=2026,
        since=BEGIN,
        until=BEGIN + 300 * DAY,
        before=2_412_000,
        after=2_386_500,
        steps=(
            ChangeStep(subject="coil", cause="output", nm3=41_000),
            ChangeStep(subject="coil", cause="intensity", nm3=-52_500),
            ChangeStep(subject="sheet", cause="output", nm3=-30_500),
            ChangeStep(subject="sheet", cause="intensity", nm3=14_000),
            ChangeStep(subject="other", cause="other", nm3=2_500),
        ),
    )


def completeness(devices: int = 12, count: int = 31) -> tuple[Completeness, ...]:
    random = Random(13)
    kept = (1.0, 1.0, 1.0, 0.995, 0.97, 0.6, None)
    return tuple(
        Completeness(
            device=f"FT-2{k:02d}",
            days=tuple(
                DayCompleteness(
                    day=(date(2026, 10, 1) + timedelta(days=n)).isoformat(),
                    since=BEGIN + n * DAY,
                    until=BEGIN + (n + 1) * DAY,
                    coverage=kept[min(int(-4 * (1 - exp(random.random()))), 6)] if k else 1.0,
                    grade=None,
                    flags=0,
                )
                for n in range(count)
            ),
        )
        for k in range(devices)
    )


def spark(seed: int = 1) -> tuple[float | None, ...]:
    random = Random(seed)
    values: list[float | None] = list(accumulate((random.gauss(0, 5) for _ in range(96)), initial=400.0))
    values[30:36] = [None] * 6
    return tuple(values)
