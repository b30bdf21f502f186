"""Which points count for what: a counter goes before the power or flow of the same device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analytics.sums import combined, on_grid
from domain.plant import Carrier, MeterRole, Plant, Point
from domain.series import Instants
from domain.windows import Windows, no_windows


def amounts(plant: Plant, carrier: Carrier, role: MeterRole | None = None) -> Iterator[Point]:
    """Give the points that measure amounts of a carrier, of one role if given, in the plant's order.

    A rate is integrated only where its device has no counter of the carrier.
    """
    for device in plant.devices:
        points = [point for point in device.points if point.carrier is carrier]
        has_counter = any(point.is_counter for point in points)
        for point in points:
            if point.is_counter == has_counter and (role is None or point.role is role):
                yield point


def amounts_of(plant: Plant, carrier: Carrier, process: str) -> tuple[Point, ...]:
    """Return the points that measure what one process takes or makes, shares included."""
    return tuple(point for point in amounts(plant, carrier) if point.shares.get(process, 0.0) > 0.0)


def variables_of(plant: Plant, process: str) -> tuple[Point, ...]:
    """Return the points that give relevant variables of a process: its own, and those of all processes."""
    return tuple(
        point
        for point in plant.points
        if point.variable is not None and (not point.shares or process in point.shares)
    )


def needed(plant: Plant) -> tuple[Point, ...]:
    """Return every point that the analytics look at, in the plant's order."""
    conditions = {
        name
        for point in plant.points
        for name in (point.temperature_point, point.pressure_point, point.supply_point, point.return_point)
    }
    wanted = {point.id for carrier in Carrier for point in amounts(plant, carrier)}
    return tuple(
        point
        for point in plant.points
        if point.id in wanted or point.id in conditions or point.variable is not None
    )


def total_of(
    process: str, points: Sequence[Point], windows: Mapping[str, Windows], edges: Instants
) -> Windows:
    """Return what the points give a process by its shares, in the windows between `edges`.

    The grade is the worst, the flags are all; a point without windows makes the total unknown.
    """
    since, until = edges[:-1], edges[1:]
    parts = [on_grid(windows.get(point.id, no_windows(point.id)), since, until) for point in points]
    if not parts:
        return on_grid(no_windows(process), since, until)
    return combined(process, parts, [point.shares[process] for point in points])
