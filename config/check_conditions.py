"""What can be wrong with the temperature and the pressure that correct a gas volume. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.check_plant import chosen_registers
from config.check_points import register_named
from config.codes import error, shown, suggest
from config.profiles import Catalogue
from config.settings import PointTable, Settings
from domain.findings import Finding
from domain.registers import Reference, Register

_CORRECTORS = {"temperature_point": ("C", "temperature"), "pressure_point": ("kPa", "absolute pressure")}
"""Key -> canonical unit and what it is."""


def check_conditions(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give the findings of `temperature_point` and `pressure_point`."""
    for index, point in enumerate(settings.points):
        register = register_named(settings, catalogue, point.point)
        for name, measure in _CORRECTORS.items():
            key = f"points[{index}].{name}"
            if getattr(point, name) is not None:
                yield from check_companion(getattr(point, name), key, measure, settings, catalogue)
            if register is not None:
                yield from _check_need(point, register, name, settings, key)


def _check_need(
    point: PointTable, register: Register, name: str, settings: Settings, key: str
) -> Iterator[Finding]:
    quantity = _CORRECTORS[name][1]
    is_actual = _reference(point, register, settings) is Reference.ACTUAL
    is_gas = point.carrier == "gas" and register.canonical_unit in ("m3", "m3/h")
    if is_gas and is_actual and getattr(point, name) is None:
        problem = f"is missing, and {register.name} is a gas volume at actual conditions"
        remedy = (
            f'name the point with its {quantity}, as {name} = "device.register", '
            "or use the meter's volume at reference conditions"
        )
        yield error("config.gas_conditions_needed", key, problem, remedy)
    elif getattr(point, name) is not None and not (is_gas and is_actual):
        problem = f"is given, and {register.name} is no gas volume at actual conditions"
        remedy = 'take it out, or give carrier = "gas" and reference = "actual" if that is so'
        yield error("config.conditions_not_needed", key, problem, remedy)


def _reference(point: PointTable, register: Register, settings: Settings) -> Reference | None:
    """Return the conditions of a point as the plant is built with."""
    if point.reference is not None:
        return Reference(point.reference)
    if register.reference is not Reference.CONFIGURED:
        return register.reference
    device = (point.point or "").partition(".")[0]
    for other in settings.points:  # a corrector has one setting
        if other.reference is not None and (other.point or "").partition(".")[0] == device:
            return Reference(other.reference)
    return None


def check_companion(
    named: str, key: str, measure: tuple[str, str], settings: Settings, catalogue: Catalogue
) -> Iterator[Finding]:
    """Give what is wrong with the point that another one is converted by; `measure`: unit and what it is."""
    unit, quantity = measure
    device = next((d for d in settings.devices if d.id == named.partition(".")[0]), None)
    if device is not None and device.profile not in catalogue.profiles:
        return
    register = register_named(settings, catalogue, named)
    if device is None or register is None:
        known = _points_in(unit, settings, catalogue)
        problem = f"{shown(named)} is not a point of a device"
        yield error("config.unknown_point", key, problem, suggest(named, known))
    elif register not in chosen_registers(device, catalogue.profiles[device.profile or ""]):
        problem = f"device {device.id} does not read {register.name}"
        remedy = f"add {register.name!r} to the device's registers"
        yield error("config.point_not_read", key, problem, remedy)
    elif register.canonical_unit != unit:
        problem = f"{shown(named)} is in {register.canonical_unit}, and a {quantity} is in {unit}"
        remedy = suggest(named, _points_in(unit, settings, catalogue))
        yield error("config.impossible_unit", key, problem, remedy)


def _points_in(unit: str, settings: Settings, catalogue: Catalogue) -> list[str]:
    return [
        f"{device.id}.{register.name}"
        for device in settings.devices
        if device.profile in catalogue.profiles
        for register in chosen_registers(device, catalogue.profiles[device.profile])
        if register.canonical_unit == unit
    ]
