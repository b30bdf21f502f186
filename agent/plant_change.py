"""What differs between the plant file that an agent runs by and the one it is to run by. Pure, by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from config import Loaded
from domain.findings import Finding, Severity
from domain.plant import Device

RESTART = "restart the agent: systemctl restart energy-agent"
_TABLES = {
    "gas": "gas",
    "target": "target",
    "carbon": "carbon",
    "counterfactual": "heat",
    "heat_efficiency": "heat",
    "calendar": "calendar",
}
"""Field of the method -> table of the plant file; the others are in [analytics]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Ids of one kind."""

    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantChange:
    """Everything that differs and may change while the agent runs."""

    links: Differences
    devices: Differences
    points: Differences
    processes: Differences
    channels: Differences
    tables: tuple[str, ...]
    """Tables of the plant file whose values differ."""

    def __bool__(self) -> bool:
        kinds = (self.links, self.devices, self.points, self.processes, self.channels)
        return bool(self.tables) or any(kinds)


def changes(before: Loaded, after: Loaded) -> PlantChange:
    """Return what differs, without what needs a restart."""
    old, new = before.plant, after.plant
    return PlantChange(
        links=_differences({link.id: link for link in old.links}, {link.id: link for link in new.links}),
        devices=_differences(_devices(old.devices), _devices(new.devices)),
        points=_differences(
            {point.id: point for point in old.points}, {point.id: point for point in new.points}
        ),
        processes=_differences(
            {each.id: (each, before.method.process(each.id)) for each in old.processes},
            {each.id: (each, after.method.process(each.id)) for each in new.processes},
        ),
        channels=_differences(
            {each.policy.name: each for each in before.notify},
            {each.policy.name: each for each in after.notify},
        ),
        tables=tuple(sorted(set(_tables(before, after)))),
    )


def restart_findings(before: Loaded, after: Loaded) -> tuple[Finding, ...]:
    """Return a finding for each key that differs and that a running agent cannot change."""
    return tuple(
        Finding(
            code="reload.needs_restart",
            key=key,
            problem="differs from what the agent runs by, and cannot change while it runs",
            remedy=RESTART,
        )
        for key in _fixed(before, after)
    )


def exchange_findings(before: Loaded, after: Loaded) -> tuple[Finding, ...]:
    """Return a warning for each counter that goes on under its name and is read by another profile."""
    old = {device.id: device for device in before.plant.devices}
    found = []
    for device in after.plant.devices:
        was = old.get(device.id)
        if was is None or was.profile.id == device.profile.id:
            continue
        counted = {point.name for point in was.points if point.is_counter}
        if same := [point.id for point in device.points if point.is_counter and point.name in counted]:
            found.append(_exchanged(was, device, same))
    return tuple(found)


def _exchanged(was: Device, device: Device, points: Sequence[str]) -> Finding:
    goes_on = f"{', '.join(points)} {'goes' if len(points) == 1 else 'go'} on as one counter"
    return Finding(
        code="reload.other_profile",
        key=f"device {device.id}",
        problem=f"is read by {device.profile.id} in place of {was.profile.id}, and {goes_on}",
        remedy="is it another meter? Declare it (energy-agent event exchange), or give it a new id",
        severity=Severity.WARNING,
    )


def _fixed(before: Loaded, after: Loaded) -> Iterator[str]:
    for key, name in (
        ("id", "site"),
        ("gateway", "gateway"),
        ("time_zone", "time_zone"),
        ("demo", "is_demo"),
    ):
        if getattr(before.plant, name) != getattr(after.plant, name):
            yield f"site.{key}"
    if before.agent.state_dir != after.agent.state_dir:
        yield "agent.state_dir"
    for table in ("broker", "store", "journal", "http"):
        old, new = getattr(before, table), getattr(after, table)
        for field in fields(old):
            if getattr(old, field.name) != getattr(new, field.name):
                yield f"{table}.{field.name}"


def _tables(before: Loaded, after: Loaded) -> Iterator[str]:
    if before.plant.label != after.plant.label:
        yield "site"
    if before.agent.profile_dirs != after.agent.profile_dirs:
        yield "agent"
    for field in fields(before.method):
        name = field.name
        if name != "processes" and getattr(before.method, name) != getattr(after.method, name):
            yield _TABLES.get(name, "analytics")


def _devices(devices: Iterable[Device]) -> dict[str, object]:
    """Return each device without what its points mean: that is told by point."""
    return {each.id: (replace(each, points=()), [point.name for point in each.points]) for each in devices}


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> Differences:
    both = before.keys() & after.keys()
    changed = {name for name in both if before[name] != after[name]}
    return Differences(
        added=tuple(name for name in after if name not in before),
        dropped=tuple(name for name in before if name not in after),
        changed=tuple(name for name in after if name in changed),
        unchanged=len(both) - len(changed),
    )
