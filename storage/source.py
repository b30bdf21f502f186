"""Who may send what: the gateways, devices and points that the store side knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """Points that a device no longer has."""

    names: frozenset[str]
    until: int
    """Polls of before this instant may still come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One gateway and the points it is configured to send."""

    site: str
    gateway: str
    devices: Mapping[str, tuple[str, ...]]
    """Device id -> names of its points."""
    former: Mapping[str, Former] = field(default_factory=dict)
    """Device id -> points that it had until a reload: what waits in a journal is theirs."""


def source_of(plant: Plant) -> Source:
    """Return what the gateway of a plant may send."""
    devices = {device.id: tuple(point.name for point in device.points) for device in plant.devices}
    return Source(site=plant.site, gateway=plant.gateway, devices=devices)


def changed_source(before: Source, plant: Plant, *, until: int) -> Source:
    """Return what the gateway may send after a change of its plant, also of what it no longer has."""
    fresh, former = source_of(plant), dict(before.former)
    for device, names in before.devices.items():
        if lost := set(names) - set(fresh.devices.get(device, ())):
            earlier = former[device].names if device in former else frozenset()
            former[device] = Former(names=earlier | lost, until=until)
    return Source(site=before.site, gateway=before.gateway, devices=fresh.devices, former=former)


def stored_of(source: Source) -> dict[str, tuple[str, ...]]:
    """Return every device of a source with the points that it has or had."""
    found = dict(source.devices)
    for device, former in source.former.items():
        names = found.get(device, ())
        found[device] = (*names, *sorted(former.names - set(names)))
    return found


def devices_of(sources: Sequence[Source]) -> dict[str, tuple[str, ...]]:
    """Return every device of every source; ValueError when two gateways claim one device id."""
    devices: dict[str, tuple[str, ...]] = {}
    for source in sources:
        for device, names in source.devices.items():
            if device in devices:
                raise ValueError(f"device {device} is configured on two gateways")
            devices[device] = names
    return devices
