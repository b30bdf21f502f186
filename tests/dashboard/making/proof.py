"""What the figures of a made plant rest on: completeness, windows with versions, raw readings, gaps."""

from __future__ import annotations

from collections.abc import Iterator

from domain.courses import Amount, Completeness, DayCompleteness, ReadingsPicture, WindowPicture
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier, Plant, Point
from domain.reading import Gap, Quality
from domain.windows import Flag, Grade, WindowVersion
from tests.dashboard.making.hours import GAP_DAY, NOW, SPIKE_DAY, START, Hours, at, day_name, days
from tests.dashboard.making.moment import SILENT_MS, States, value_at

GAP_SINCE, GAP_UNTIL = at(f"{GAP_DAY}T02:00"), at(f"{GAP_DAY}T08:00")
SPIKE_AT = at(f"{SPIKE_DAY}T10:00")
MANUAL_AT, RESTATED_AT = at("2026-11-05T00:00"), at("2026-10-30T09:00")
NM3_PER_M3_AT_20C = 0.9317755


def completeness(plant: Plant, states: States, *, since: int, until: int) -> Iterator[Completeness]:
    """Give each device with its days."""
    for device in plant.devices:
        found = []
        for day in days(since, until):
            coverage, grade, flags = 1.0, Grade.MEASURED, Flag.NONE
            if device.id == "gas_sheet" and day_name(day) == GAP_DAY:
                coverage, grade, flags = 0.75, Grade.ESTIMATED, Flag.GAP
            elif device.id == "gas_coil" and day_name(day) == SPIKE_DAY:
                grade, flags = Grade.BRIDGED, Flag.SPIKE
            elif device.id in states.stale and day + DAY_MS > NOW:
                coverage, flags = 1.0 - SILENT_MS / (NOW - day), Flag.GAP | Flag.OPEN
            elif day + DAY_MS > NOW:
                flags = Flag.OPEN
            found.append(
                DayCompleteness(
                    day=day_name(day),
                    since=day,
                    until=day + DAY_MS,
                    coverage=None if states.empty else coverage,
                    grade=None if states.empty else grade,
                    flags=int(flags),
                )
            )
        yield Completeness(device=device.id, days=tuple(found))


def _amount(point: Point, hours: Hours, place: int) -> float:
    """Return what a point showed in an hour: as the hours say for the meters they know."""
    device = point.device
    kind, _, name = device.partition("_")
    if point.carrier is Carrier.GAS and name in hours.gas:
        return float(hours.gas[name][place]) / NM3_PER_M3_AT_20C
    if point.carrier is Carrier.PV:
        return float(hours.pv[device][place])
    if point.carrier is Carrier.HEAT:
        return float(hours.heat[name][place])
    if point.carrier is Carrier.PRODUCTION:
        return float(hours.output[name][place])
    if point.id == "em_main.active_energy_import":
        return float(hours.imported[place])
    if point.id == "em_main.active_energy_export":
        return float(hours.exported[place])
    if kind == "em" and name in hours.electricity and point.carrier is Carrier.ELECTRICITY:
        return float(hours.electricity[name][place])
    return value_at(point, hours, hours.since[place])


def _judged(point: Point, begin: int) -> tuple[Grade, float, Flag, int]:
    """Return grade, coverage, flags and number of versions of a window."""
    if begin + HOUR_MS > NOW:
        return Grade.MEASURED, 1.0, Flag.OPEN, 0
    if point.device == "gas_sheet" and GAP_SINCE <= begin < GAP_UNTIL:
        return Grade.ESTIMATED, 0.0, Flag.GAP, 1
    if point.device == "gas_coil" and begin == SPIKE_AT:
        return Grade.BRIDGED, 1.0, Flag.SPIKE | Flag.BAD, 2
    if point.carrier is Carrier.PRODUCTION and begin == MANUAL_AT:
        return Grade.MANUAL, 1.0, Flag.NONE, 1
    if point.device == "gas_coil" and begin == RESTATED_AT:
        return Grade.RESTATED, 1.0, Flag.NONE, 3
    return Grade.MEASURED, 1.0, Flag.NONE, 1


def windows(point: Point, hours: Hours, *, since: int, until: int) -> Iterator[WindowPicture]:
    """Give the hours of a point that begin in [since, until)."""
    for begin in range(max(since, START) + -max(since, START) % HOUR_MS, min(until, NOW), HOUR_MS):
        grade, coverage, flags, versions = _judged(point, begin)
        amount = _amount(point, hours, hours.place(begin))
        yield WindowPicture(
            since=begin,
            until=begin + HOUR_MS,
            amount=amount,
            amount_nm3=amount * NM3_PER_M3_AT_20C if point.carrier is Carrier.GAS else None,
            grade=grade,
            coverage=coverage,
            flags=int(flags),
            versions=versions,
        )


def amount(point: Point, hours: Hours, since: int, until: int) -> Amount:
    """Return what a counter showed in the hours that begin in [since, until)."""
    found = list(windows(point, hours, since=since, until=until)) if point.is_counter else []
    in_nm3 = [each.amount_nm3 for each in found if each.amount_nm3 is not None]
    known = in_nm3 or [each.amount for each in found if each.amount is not None]
    return Amount(
        point=point.id,
        amount=sum(known) if known else None,
        unit="Nm3" if in_nm3 else point.unit,
        windows=len(found),
        missing=len(found) - len(known),
    )


def versions(point: Point, hours: Hours, since: int) -> Iterator[WindowVersion]:
    """Give every version of a window; each came a little later and was a little nearer."""
    grade, coverage, flags, count = _judged(point, since)
    amount = _amount(point, hours, hours.place(since))
    for number in range(1, count + 1):
        yield WindowVersion(
            version=number,
            recorded=since + HOUR_MS + number * 600_000,
            until=since + HOUR_MS,
            amount=amount * (1.0 - 0.01 * (count - number)),
            grade=grade if number == count else Grade.ESTIMATED,
            coverage=coverage if number == count else 0.8,
            flags=flags,
        )


def readings(
    plant: Plant, hours: Hours, states: States, name: str, *, since: int, until: int, limit: int
) -> ReadingsPicture:
    """Return a reading a minute; none in gaps, and one spike."""
    point = next(each for each in plant.points if each.id == name)
    last = NOW - SILENT_MS if point.device in states.stale else NOW
    first = max(since, START)
    at: list[int] = []
    value: list[float | None] = []
    quality = []
    for instant in range(first + -first % 60_000, min(until, last + 1), 60_000):
        if point.device == "gas_sheet" and GAP_SINCE <= instant < GAP_UNTIL:
            continue
        if len(at) > limit or states.empty:
            break
        is_bad = point.device == "gas_coil" and instant == SPIKE_AT + 900_000
        at.append(instant)
        value.append(None if is_bad else value_at(point, hours, instant))
        quality.append("out_of_range" if is_bad else "good")
    return ReadingsPicture(
        point=name,
        unit=point.unit,
        at=tuple(at[:limit]),
        value=tuple(value[:limit]),
        quality=tuple(quality[:limit]),
        is_cut=len(at) > limit,
    )


def gaps(states: States, *, since: int, until: int) -> Iterator[Gap]:
    """Give the polls that left no reading."""
    found = [(GAP_SINCE, GAP_UNTIL, "gas_sheet"), *((NOW - SILENT_MS, NOW, each) for each in states.stale)]
    for begin, end, device in sorted(found):
        if begin < until and end > since and not states.empty:
            yield Gap(device=device, since=begin, until=end, quality=Quality.NO_ANSWER)
