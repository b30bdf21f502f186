"""What another plant file changes of figures that are made already: noted, so that they are made again."""

from __future__ import annotations

from dataclasses import dataclass

from agent.dirty import DirtyHours
from analytics.declared import Declared
from analytics.meters import needed
from domain.method import Method
from domain.plant import Plant, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What figures follow from besides readings."""

    plant: Plant
    method: Method
    declared: Declared


def note_change(dirty: DirtyHours, before: Meaning, after: Meaning, *, since: int, until: int) -> None:
    """Note the hours in [since, until) whose windows change, and one hour at least: results follow all.

    StoreError when a note cannot be kept.
    """
    devices = after.plant.devices
    is_all = before.method.gap_ms != after.method.gap_ms
    is_all |= before.declared.calendars != after.declared.calendars
    known = {device.id for device in before.plant.devices}
    made = {point.id: _window_made_by(point) for point in needed(before.plant)}
    # A point that counts only now has a past all the same, where its device was polled.
    otherwise = {
        point.device
        for point in needed(after.plant)
        if point.device in known and made.get(point.id) != _window_made_by(point)
    }
    for device in devices:
        if is_all or device.id in otherwise:
            dirty.note(device.id, since, until)
    if devices:
        dirty.note(devices[0].id, since, since + 1)


def _window_made_by(point: Point) -> tuple[object, ...]:
    """Return what a window of a point depends on besides readings, calendar and ledger."""
    rating = (point.rated_max_per_hour, point.modulus, point.resolution)
    return point.is_counter, point.unit, point.carrier is not None, rating
