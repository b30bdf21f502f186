"""Who may send what: the gateways, devices and points that the store side knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One gateway and the points it is configured to send."""

    site: str
    gateway: str
    devices: Mapping[str, tuple[str, ...]]
    """Device id -> names of its points."""


def source_of(plant: Plant) -> Source:
    """Return what the gateway of a plant may send."""
    devices = {device.id: tuple(point.name for point in device.points) for device in plant.devices}
    return Source(site=plant.site, gateway=plant.gateway, devices=devices)


def devices_of(sources: Sequence[Source]) -> dict[str, tuple[str, ...]]:
    """Return every device of every source; ValueError when two gateways claim one device id."""
    devices: dict[str, tuple[str, ...]] = {}
    for source in sources:
        for device, names in source.devices.items():
            if device in devices:
                raise ValueError(f"device {device} is configured on two gateways")
            devices[device] = names
    return devices
