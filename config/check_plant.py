"""What can be wrong with site, processes and devices. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from config.codes import error, shown, suggest, warning
from config.profiles import Catalogue
from config.settings import DeviceTable, LinkTable, Settings, SiteTable
from domain.findings import Finding
from domain.registers import DeviceProfile, Register
from domain.wire import ID_PATTERN

SHORTEST_INTERVAL_S = 0.1
_RESERVED_GATEWAY = "analytics"
"""energy/<site>/analytics/... is where results go (DESIGN, wire v1)."""
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})")


def check_plant(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give the findings of `[site]`, `[[processes]]` and `[[devices]]`, and of the ids of `[[links]]`."""
    yield from _check_site(settings.site)
    for section in ("processes", "links", "devices"):
        yield from check_ids([item.id for item in getattr(settings, section)], section, "id")
    if not settings.devices:
        remedy = "add [[devices]] for the meters to read"
        yield warning("config.nothing_to_read", "devices", "are none", remedy)
    yield from _check_units(settings)
    links = {link.id: link for link in reversed(settings.links)}
    for index, device in enumerate(settings.devices):
        key = f"devices[{index}]"
        yield from _check_device(device, key)
        if device.link is not None and device.link not in links:
            known = [name for name in links if name]
            problem = f"{device.link!r} is not the id of a link"
            yield error("config.unknown_link", f"{key}.link", problem, suggest(device.link, known))
        else:
            yield from _check_unit_id(device, links.get(device.link), f"{key}.unit_id")
        yield from _check_registers(device, catalogue, key)


def is_id(text: str) -> bool:
    """Say whether a text may stand as one level of an MQTT topic."""
    return ID_PATTERN.fullmatch(text) is not None


def check_ids(ids: Sequence[str | None], section: str, key: str) -> Iterator[Finding]:
    """Give a finding for each id that is not one or was there before."""
    seen: dict[str, int] = {}
    for index, name in enumerate(ids):
        place = f"{section}[{index}].{key}"
        if name is None:
            continue
        if name in seen:
            problem = f"{shown(name)} is also {section}[{seen[name]}]"
            yield error("config.duplicate_id", place, problem, "give one of them another id")
            continue
        seen[name] = index
        if not is_id(name):
            yield _bad_id(name, place)


def is_loopback(host: str) -> bool:
    """Say whether a host is surely this machine; names other than localhost are not looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_host(host: str | None, key: str) -> Iterator[Finding]:
    """Give a finding for a host that is neither a name nor an address."""
    if host is None or _HOST_NAME.fullmatch(host):
        return
    try:
        ipaddress.ip_address(host)
    except ValueError:
        problem = f"{shown(host)} is neither a host name nor an IP address"
        remedy = "write the host alone: no scheme, and the port in port"
        yield error("config.bad_host", key, problem, remedy)


def chosen_registers(device: DeviceTable, profile: DeviceProfile) -> tuple[Register, ...]:
    """Return the registers that are read of a device, in the profile's order."""
    if device.registers is None:
        return profile.points
    return tuple(register for register in profile.points if register.name in device.registers)


def _bad_id(name: str, key: str) -> Finding:
    problem = f"{shown(name)} cannot be an id"
    remedy = "use letters, digits, _ and -, at most 64, beginning with a letter or digit"
    return error("config.bad_id", key, problem, remedy)


def _check_site(site: SiteTable) -> Iterator[Finding]:
    for key, name in (("site.id", site.id), ("site.gateway", site.gateway)):
        if name is not None and not is_id(name):
            yield _bad_id(name, key)
    if site.gateway == _RESERVED_GATEWAY:
        problem = f"{_RESERVED_GATEWAY!r} is where the agent publishes its results"
        yield error("config.reserved_id", "site.gateway", problem, "name the gateway otherwise")
    if site.time_zone is not None and not _is_zone(site.time_zone):
        problem = f"{shown(site.time_zone)} is not in the tz database"
        remedy = suggest(site.time_zone, _zones()) if _zones() else "install the package tzdata"
        yield error("config.unknown_time_zone", "site.time_zone", problem, remedy)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_units(settings: Settings) -> Iterator[Finding]:
    seen: dict[tuple[str, int], int] = {}
    for index, device in enumerate(settings.devices):
        if device.link is None or device.unit_id is None:
            continue
        place = (device.link, device.unit_id)
        if place in seen:
            problem = f"{shown(device.unit_id)} on link {shown(device.link)} is also devices[{seen[place]}]"
            remedy = "give each device of a link its own unit id"
            yield error("config.duplicate_unit", f"devices[{index}].unit_id", problem, remedy)
        else:
            seen[place] = index


def _check_unit_id(device: DeviceTable, link: LinkTable | None, key: str) -> Iterator[Finding]:
    """Modbus over Serial Line V1.02, 2.2: 1..247; TCP gateways and devices use 0 and 255 too."""
    if device.unit_id is None or (link is not None and link.kind is None):
        return
    low, high = (0, 255) if link is None or link.kind == "tcp" else (1, 247)
    if not low <= device.unit_id <= high:
        kind = link.kind if link else "any"
        problem = f"{shown(device.unit_id)} is no unit id for {kind} links"
        yield error("config.unit_id_range", key, problem, f"use {low} to {high}")


def _check_device(device: DeviceTable, key: str) -> Iterator[Finding]:
    if device.interval_s < SHORTEST_INTERVAL_S:
        problem = f"{device.interval_s:g} s is too short"
        remedy = f"use at least {SHORTEST_INTERVAL_S:g}"
        yield error("config.interval_too_short", f"{key}.interval_s", problem, remedy)


def _check_ratios(device: DeviceTable, profile: DeviceProfile, key: str) -> Iterator[Finding]:
    for name in ("ct_ratio", "pt_ratio"):
        if getattr(device, name) != 1.0 and profile.kind != "electricity_meter":
            problem = f"is for electricity meters, {profile.id} is a {profile.kind}"
            yield error("config.field_not_of_kind", f"{key}.{name}", problem, "take it out")


def _check_registers(device: DeviceTable, catalogue: Catalogue, key: str) -> Iterator[Finding]:
    if device.profile is None or device.profile in catalogue.faulty:
        return
    profile = catalogue.profiles.get(device.profile)
    if profile is None:
        problem = f"{shown(device.profile)} is not the id of a profile"
        remedy = suggest(device.profile, catalogue.known)
        yield error("config.unknown_profile", f"{key}.profile", problem, remedy)
        return
    yield from _check_ratios(device, profile, key)
    if device.registers is not None and not device.registers:
        remedy = "name registers, or take the key out to read all"
        yield error("config.wrong_value", f"{key}.registers", "names no register", remedy)
    known = [register.name for register in profile.points]
    for index, name in enumerate(device.registers or ()):
        place = f"{key}.registers[{index}]"
        if name not in known:
            problem = f"{shown(name)} is not a value of profile {profile.id}"
            yield error("config.unknown_register", place, problem, suggest(name, known))
        elif name in (device.registers or ())[:index]:
            problem = f"{shown(name)} is named twice"
            yield error("config.duplicate_id", place, problem, "take one out")
