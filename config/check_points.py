"""What can be wrong with `[[points]]`: what the readings mean in this plant. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from config.check_plant import check_ids, chosen_registers
from config.codes import error, shown, suggest
from config.profiles import Catalogue
from config.settings import DeviceTable, PointTable, Settings
from domain.findings import Finding
from domain.registers import Reference, Register
from domain.wire import ID_PATTERN

AMOUNTS: dict[str, tuple[str, ...]] = {
    "gas": ("m3", "m3/h"),
    "electricity": ("kWh", "kW"),
    "pv": ("kWh", "kW"),
    "heat": ("kWh", "kW", "m3", "m3/h"),
    "production": ("t", "t/h", "m2", "pcs", "m", "m/min"),
}
"""Carrier -> canonical units of an amount of it, or of its rate."""
_VOLUMES = ("m3", "m3/h")
_ONLY_COUNTER = ("rated_max_per_hour", "modulus")


def check_points(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give the findings of all points."""
    devices = {device.id: device for device in reversed(settings.devices) if device.id}
    processes = [process.id for process in settings.processes if process.id]
    yield from _check_names(settings)
    for index, point in enumerate(settings.points):
        key = f"points[{index}]"
        yield from _check_shares(point, processes, key)
        yield from _check_range(point, key)
        device_id, _, name = (point.point or "").partition(".")
        device = devices.get(device_id)
        if point.point is None:
            continue
        if device is None:
            yield _unknown_device(point.point, device_id, list(devices), key)
            continue
        register, fault = _register_of(device, name, catalogue, f"{key}.point")
        if fault is not None:
            yield fault
        if register is not None:
            yield from _check_meaning(point, register, key)
    yield from _check_references(settings, catalogue)


def _check_names(settings: Settings) -> Iterator[Finding]:
    """Find points that are given twice; their form is known wrong when no device has them."""
    names = [point.point for point in settings.points]
    for finding in check_ids(names, "points", "point"):
        if finding.code == "config.duplicate_id":
            yield finding


def _unknown_device(point: str, device: str, known: list[str], key: str) -> Finding:
    problem = f"{shown(point)} is not <device>.<register> of a device"
    named = ID_PATTERN.fullmatch(device) is not None
    remedy = suggest(device, known) if named else 'write "device.register"'
    return error("config.unknown_point", f"{key}.point", problem, remedy)


def register_named(settings: Settings, catalogue: Catalogue, point: str | None) -> Register | None:
    """Return the register behind the id of a point, read or not; None where there is none."""
    device_id, _, name = (point or "").partition(".")
    for device in settings.devices:
        profile = catalogue.profiles.get(device.profile or "")
        if device.id == device_id and profile is not None:
            return next((register for register in profile.points if register.name == name), None)
    return None


def _register_of(
    device: DeviceTable, name: str, catalogue: Catalogue, key: str
) -> tuple[Register | None, Finding | None]:
    """Return the register a point is made of, or why there is none; (None, None) when unknowable."""
    profile = catalogue.profiles.get(device.profile or "")
    if profile is None:
        return None, None
    for register in profile.points:
        if register.name == name:
            if register in chosen_registers(device, profile):
                return register, None
            problem = f"device {device.id} does not read {name}"
            remedy = f"add {name!r} to the device's registers, or take the point out"
            return register, error("config.point_not_read", key, problem, remedy)
    known = [register.name for register in profile.points]
    problem = f"{shown(name)} is not a value of profile {profile.id}"
    return None, error("config.unknown_point", key, problem, suggest(name, known))


def _check_shares(point: PointTable, processes: list[str], key: str) -> Iterator[Finding]:
    if point.process is not None and point.shares is not None:
        problem = "is given beside process"
        remedy = "keep process for one process, or shares for several"
        yield error("config.process_and_shares", f"{key}.shares", problem, remedy)
    if point.process is not None and point.process not in processes:
        problem = f"{shown(point.process)} is not the id of a process"
        remedy = suggest(point.process, processes)
        yield error("config.unknown_process", f"{key}.process", problem, remedy)
    shares = point.shares or {}
    for process, share in shares.items():
        place = f"{key}.shares.{process if ID_PATTERN.fullmatch(process) else shown(process)}"
        if process not in processes:
            problem = "is not the id of a process"
            yield error("config.unknown_process", place, problem, suggest(process, processes))
        if not 0 <= share <= 1:
            problem = f"{share:g} is no share"
            yield error("config.bad_shares", place, problem, "write 0.6 for 60 %")
    # 0.1 + 0.2 + 0.7 is not 1 in binary; a part in 1e9 is nobody's gas.
    if shares and all(0 <= share <= 1 for share in shares.values()):
        total = math.fsum(shares.values())
        if total > 1 + 1e-9:
            problem = f"add up to {total:g}"
            yield error("config.bad_shares", f"{key}.shares", problem, "let them add up to at most 1")


def _check_range(point: PointTable, key: str) -> Iterator[Finding]:
    if point.minimum is not None and point.maximum is not None and point.minimum >= point.maximum:
        problem = f"{point.minimum:g} is not below maximum {point.maximum:g}"
        yield error("config.bad_range", f"{key}.minimum", problem, "correct one of them")


def _check_meaning(point: PointTable, register: Register, key: str) -> Iterator[Finding]:
    unit = register.canonical_unit
    if point.carrier is not None and unit not in AMOUNTS[point.carrier]:
        units = ", ".join(AMOUNTS[point.carrier])
        problem = f"{point.carrier} is not measured in {unit}"
        remedy = f"name the point that is in {units}, or take carrier out"
        yield error("config.impossible_unit", f"{key}.carrier", problem, remedy)
    for name in _ONLY_COUNTER:
        if getattr(point, name) is not None and not register.is_counter:
            problem = f"is given, and {register.name} is not a counter"
            yield error("config.not_a_counter", f"{key}.{name}", problem, "take it out")
    if register.is_counter and point.maximum is not None and point.maximum <= 0 and point.minimum is None:
        problem = f"{point.maximum:g} leaves a counter no value, since its minimum is 0"
        yield error("config.bad_range", f"{key}.maximum", problem, "correct it")
    if point.reference is None:
        return
    if unit not in _VOLUMES:
        problem = f"is given, and {register.name} is in {unit}"
        remedy = "take it out: only a gas volume or flow has reference conditions"
        yield error("config.impossible_reference", f"{key}.reference", problem, remedy)
    elif register.reference not in (None, Reference.CONFIGURED, Reference(point.reference)):
        problem = f"{point.reference}, and by its profile {register.name} is at {register.reference}"
        yield error("config.reference_conflict", f"{key}.reference", problem, "take it out")


def _check_references(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Find gas volumes whose conditions nobody says.

    A corrector has one setting: what the plant file says of one of its points holds for the others.
    """
    said = {point.point: point for point in settings.points if point.point}
    for index, device in enumerate(settings.devices):
        profile = catalogue.profiles.get(device.profile or "")
        if profile is None or device.id is None:
            continue
        chosen = chosen_registers(device, profile)
        configured = [r.name for r in chosen if r.reference is Reference.CONFIGURED]
        if configured and device_reference(settings, device.id, chosen) is None:
            names = ", ".join(configured)
            problem = f"nobody says at which conditions {names} is given: the meter's setting decides"
            remedy = _cure(f"{device.id}.{configured[0]}")
            yield error("config.reference_needed", f"devices[{index}]", problem, remedy)
        for register in chosen:
            point = said.get(f"{device.id}.{register.name}")
            if point and _is_bare_gas(point, register):
                key = f"points[{settings.points.index(point)}].reference"
                problem = f"is missing, and the profile does not say it of {register.name}"
                yield error("config.reference_needed", key, problem, _cure(point.point or ""))


def _is_bare_gas(point: PointTable, register: Register) -> bool:
    is_said = point.reference is not None or register.reference is not None
    return point.carrier == "gas" and register.canonical_unit in _VOLUMES and not is_said


def _cure(point: str) -> str:
    return f'look it up on the meter and give point = "{point}" reference = "20C", "15C", "0C" or "actual"'


def device_reference(settings: Settings, device: str, registers: tuple[Register, ...]) -> Reference | None:
    """Return the reference that the plant file gives for a corrector's setting, None without one."""
    configured = {f"{device}.{r.name}" for r in registers if r.reference is Reference.CONFIGURED}
    for point in settings.points:
        if point.point in configured and point.reference is not None:
            return Reference(point.reference)
    return None
