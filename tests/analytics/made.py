"""Windows and plants made for tests of gas, heat, PV and balance."""

from __future__ import annotations

import numpy as np

from domain.periods import HOUR_MS, Period, PeriodKind
from domain.plant import Carrier, Device, FlowSide, MeterRole, Plant, Point, Process
from domain.registers import DeviceProfile, Reference
from domain.series import Floats
from domain.windows import Flag, Grade, Windows

START = 1_767_196_800_000
"""2026-01-01 00:00 in China."""

NAN = float("nan")


def hours(
    point: str,
    amount: list[float] | Floats,
    *,
    grade: Grade | list[Grade] = Grade.MEASURED,
    coverage: float | list[float] = 1.0,
    flags: Flag | list[Flag] = Flag.NONE,
    start: int = START,
) -> Windows:
    """Return hourly windows of a point."""
    n = len(amount)
    since = start + np.arange(n, dtype=np.int64) * HOUR_MS
    nothing = np.full(n, np.nan)
    return Windows(
        point=point,
        since=since,
        until=since + HOUR_MS,
        amount=np.asarray(amount, dtype=np.float64),
        grade=np.array(np.broadcast_to(np.asarray(grade), n), dtype=np.uint8),
        coverage=np.array(np.broadcast_to(coverage, n), dtype=np.float64),
        flags=np.array(np.broadcast_to(np.asarray(flags), n), dtype=np.uint16),
        minimum=nothing,
        maximum=nothing,
    )


def span(first: int, end: int) -> tuple[int, int]:
    """Return the span from one hour to another."""
    return START + first * HOUR_MS, START + end * HOUR_MS


def period(first: int, end: int, kind: PeriodKind = PeriodKind.DAY) -> Period:
    """Return a period from one hour to another."""
    since, until = span(first, end)
    return Period(kind=kind, since=since, until=until, name=f"{first}-{end}")


def point(
    name: str,
    carrier: Carrier | None = None,
    role: MeterRole = MeterRole.SUB,
    *,
    device: str = "",
    unit: str = "kWh",
    is_counter: bool = True,
    reference: Reference | None = None,
    temperature_point: str | None = None,
    pressure_point: str | None = None,
    supply_point: str | None = None,
    return_point: str | None = None,
    flow_side: FlowSide = FlowSide.COLD,
) -> Point:
    """Return a point; by default it is the one counter of a device of the same name."""
    return Point(
        rated_max_per_hour=1e6 if is_counter else None,
        device=device or name,
        name=name,
        unit=unit,
        is_counter=is_counter,
        carrier=carrier,
        role=role,
        reference=reference,
        temperature_point=temperature_point,
        pressure_point=pressure_point,
        supply_point=supply_point,
        return_point=return_point,
        flow_side=flow_side,
    )


def plant(*points: Point, processes: tuple[Process, ...] = ()) -> Plant:
    """Return a plant of these points."""
    profile = DeviceProfile(
        id="any", maker="", model="", kind="", manual="", source="", hardware="unverified", registers=()
    )
    names = list(dict.fromkeys(each.device for each in points))
    return Plant(
        site="works",
        gateway="g1",
        time_zone="Asia/Shanghai",
        label={},
        is_demo=True,
        processes=processes,
        links=(),
        devices=tuple(
            Device(
                id=name,
                link="",
                unit_id=1,
                profile=profile,
                interval_s=60.0,
                points=tuple(each for each in points if each.device == name),
            )
            for name in names
        ),
    )
