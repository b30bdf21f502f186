"""What is now, and what the plant is: carriers, devices, points, processes, method, calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from dashboard.api.call import Call
from dashboard.api.shapes import Instant, Ms, Rows, Share, unit


@dataclass(frozen=True, kw_only=True)
class CarrierRow:
    """A carrier at this moment."""

    carrier: str
    rate: Annotated[float | None, unit("rate_unit")]
    rate_unit: str
    at: Instant | None
    at_ms: Ms | None
    freshness: str
    stale_points: str
    points: str
    expected: Annotated[float | None, unit("rate_unit")]
    compared: Annotated[float | None, unit("rate_unit")]
    basis: str
    self_consumption_rate: Share
    self_sufficiency: Share


@dataclass(frozen=True, kw_only=True)
class NowAnswer(Rows[CarrierRow]):
    """This moment."""

    at: Instant
    at_ms: Ms
    figures_at: Instant | None
    open_alerts: int
    standing: tuple[str, ...]
    reasons: tuple[str, ...]
    stamp: str


def now(call: Call) -> NowAnswer:
    """Return what flows now."""
    found = call.source.now()
    rows = tuple(
        CarrierRow(
            carrier=each.carrier,
            rate=each.rate,
            rate_unit=each.unit,
            at=call.iso_or_none(each.at),
            at_ms=each.at,
            freshness=each.freshness,
            stale_points=" ".join(each.stale),
            points=" ".join(each.points),
            expected=each.expected,
            compared=each.compared,
            basis=each.basis,
            self_consumption_rate=each.facts.get("self_consumption_rate"),
            self_sufficiency=each.facts.get("self_sufficiency"),
        )
        for each in found.carriers
    )
    return NowAnswer(
        rows=rows,
        at=call.iso(found.at),
        at_ms=found.at,
        figures_at=call.iso_or_none(found.figures_at),
        open_alerts=found.open_alerts,
        standing=found.standing,
        reasons=found.reasons,
        stamp=found.stamp,
    )


@dataclass(frozen=True, kw_only=True)
class DeviceRow:
    """A device at this moment."""

    device: str
    name_zh: str
    name_en: str
    interval_s: Annotated[float, unit("s")]
    freshness: str
    last_good_at: Instant | None
    last_good_ms: Ms | None
    problem: str


def devices(call: Call) -> Rows[DeviceRow]:
    """Return how every device is."""
    labels = {each.id: each.label for each in call.asked.plant.devices}
    return Rows(
        rows=tuple(
            DeviceRow(
                device=each.device,
                name_zh=labels.get(each.device, {}).get("zh", ""),
                name_en=labels.get(each.device, {}).get("en", ""),
                interval_s=each.interval_s,
                freshness=each.freshness,
                last_good_at=call.iso_or_none(each.last_good_at),
                last_good_ms=each.last_good_at,
                problem=each.problem,
            )
            for each in call.source.now().devices
        )
    )


@dataclass(frozen=True, kw_only=True)
class PointRow:
    """A point with its newest reading."""

    point: str
    device: str
    name_zh: str
    name_en: str
    carrier: str | None
    value: Annotated[float | None, unit("value_unit")]
    value_unit: str
    at: Instant | None
    at_ms: Ms | None
    quality: str


def points(call: Call) -> Rows[PointRow]:
    """Return the newest reading of every point."""
    devices = {each.id: each for each in call.asked.plant.devices}
    return Rows(
        rows=tuple(
            PointRow(
                point=each.point,
                device=each.point.partition(".")[0],
                name_zh=devices[each.point.partition(".")[0]].label.get("zh", ""),
                name_en=devices[each.point.partition(".")[0]].label.get("en", ""),
                carrier=each.carrier,
                value=each.value,
                value_unit=each.unit,
                at=call.iso_or_none(each.at),
                at_ms=each.at,
                quality=each.quality,
            )
            for each in call.source.points_now()
        )
    )


@dataclass(frozen=True, kw_only=True)
class PlantRow:
    """A point as the plant file has it."""

    point: str
    device: str
    name_zh: str
    name_en: str
    unit: str
    is_counter: bool
    carrier: str | None
    role: str
    processes: str
    """Process and its share of the meter: `coil=1.0`, parted by spaces."""
    variable: str
    interval_s: Annotated[float, unit("s")]
    rated_max_per_hour: Annotated[float | None, unit("unit/h")]
    minimum: Annotated[float | None, unit("unit")]
    maximum: Annotated[float | None, unit("unit")]


@dataclass(frozen=True, kw_only=True)
class PlantAnswer(Rows[PlantRow]):
    """The plant."""

    site: str
    gateway: str
    name_zh: str
    name_en: str
    time_zone: str
    is_demo: bool


def plant(call: Call) -> PlantAnswer:
    """Return the plant's points and what they are for."""
    found = call.source.plant
    rows = tuple(
        PlantRow(
            point=point.id,
            device=device.id,
            name_zh=device.label.get("zh", ""),
            name_en=device.label.get("en", ""),
            unit=point.unit,
            is_counter=point.is_counter,
            carrier=point.carrier,
            role=point.role,
            processes=" ".join(f"{process}={share}" for process, share in point.shares.items()),
            variable=point.variable or "",
            interval_s=device.interval_s,
            rated_max_per_hour=point.rated_max_per_hour,
            minimum=point.minimum,
            maximum=point.maximum,
        )
        for device in found.devices
        for point in device.points
    )
    return PlantAnswer(
        rows=rows,
        site=found.site,
        gateway=found.gateway,
        name_zh=found.label.get("zh", ""),
        name_en=found.label.get("en", ""),
        time_zone=found.time_zone,
        is_demo=found.is_demo,
    )


@dataclass(frozen=True, kw_only=True)
class ProcessRow:
    """A process."""

    process: str
    name_zh: str
    name_en: str
    output_unit: str


def processes(call: Call) -> Rows[ProcessRow]:
    """Return the processes."""
    return Rows(
        rows=tuple(
            ProcessRow(
                process=each.id,
                name_zh=each.label.get("zh", ""),
                name_en=each.label.get("en", ""),
                output_unit=each.output_unit,
            )
            for each in call.source.plant.processes
        )
    )


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """One choice of the method."""

    choice: str
    """`gas.ncv_mj_per_nm3`, `process.coil.interval`."""
    value: str


def method(call: Call) -> Rows[MethodRow]:
    """Return every choice that figures rest on."""
    found = call.source.method
    parts = {"gas": found.gas, "target": found.target, "carbon": found.carbon}
    rows = [
        MethodRow(choice=name, value=str(getattr(found, name)))
        for name in (
            "gap_ms", "confidence", "balance_tolerance", "silent_ms", "stuck_ms", "counterfactual",
            "heat_efficiency",
        )
    ]  # fmt: skip
    for name, part in parts.items():
        rows += [row for row in _choices(name, part) if row.choice != "carbon.paths"]
    for process in call.source.plant.processes:
        rows += _choices(f"process.{process.id}", found.process(process.id))
    return Rows(rows=tuple(rows))


def _choices(name: str, part: object) -> Iterator[MethodRow]:
    for field in fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if isinstance(value, Mapping):
            value = tuple(f"{key}={each}" for key, each in value.items())
        is_words = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        text = "" if value is None else " ".join(value) if is_words else str(value)
        yield MethodRow(choice=f"{name}.{field.name}", value=text)


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """Working times from a day on."""

    valid_from: str
    day_start: str
    shifts: str
    """`day 08:00-16:00`, parted by commas."""
    rest_days: str
    """ISO weekdays, Monday is 1."""
    holidays: str


def calendar(call: Call) -> Rows[CalendarRow]:
    """Return the plant's working calendars."""
    return Rows(
        rows=tuple(
            CalendarRow(
                valid_from=each.valid_from.isoformat(),
                day_start=_clock(each.day_start_min),
                shifts=", ".join(
                    f"{shift.name} {_clock(shift.start_min)}-{_clock(shift.end_min)}" for shift in each.shifts
                ),
                rest_days=" ".join(str(day + 1) for day in sorted(each.rest_days)),
                holidays=" ".join(day.isoformat() for day in sorted(each.holidays)),
            )
            for each in call.source.calendar().calendars
        )
    )


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
