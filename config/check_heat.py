"""What can be wrong with heat that is made of a volume of water and two temperatures. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.check_conditions import check_companion
from config.check_points import register_named
from config.codes import error, shown, warning
from config.profiles import Catalogue
from config.settings import PointTable, Settings
from domain.findings import Finding

_KEYS = ("supply_point", "return_point")
_VOLUMES = ("m3", "m3/h")


def check_heat(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give the findings of `supply_point`, `return_point` and `flow_side`."""
    for index, point in enumerate(settings.points):
        key = f"points[{index}]"
        for name in _KEYS:
            named = getattr(point, name)
            if named is not None:
                yield from check_companion(named, f"{key}.{name}", ("C", "temperature"), settings, catalogue)
        if point.supply_point is not None and point.supply_point == point.return_point:
            problem = f"{shown(point.return_point)} is supply_point too"
            yield error("config.same_temperatures", f"{key}.return_point", problem, "name the cold side's")
        register = register_named(settings, catalogue, point.point)
        if register is not None:
            yield from _check_need(point, register.canonical_unit, settings, catalogue, key)


def _check_need(
    point: PointTable, unit: str, settings: Settings, catalogue: Catalogue, key: str
) -> Iterator[Finding]:
    is_water = point.carrier == "heat" and unit in _VOLUMES
    for name in (*_KEYS, "flow_side"):
        is_given = name in point.model_fields_set and getattr(point, name) is not None
        if is_water and not is_given and name in _KEYS:
            problem = "is missing, and a volume of water is no heat without its two temperatures"
            remedy = f'name the point of that temperature, as {name} = "device.register", or take carrier out'
            yield error("config.heat_temperatures_needed", f"{key}.{name}", problem, remedy)
        elif is_given and not is_water:
            problem = "is given, and the point is no volume of water that heat is made of"
            remedy = 'take it out, or give carrier = "heat" to the meter\'s volume in m3 or m3/h'
            yield error("config.temperatures_not_needed", f"{key}.{name}", problem, remedy)
    energy = _energy_beside(point, unit, settings, catalogue) if is_water else None
    if energy is not None:
        problem = f"heat is taken from {shown(energy)} of the same device, and not from this volume"
        remedy = 'take carrier = "heat" out of one of the two: a meter\'s own energy register is the better'
        yield warning("config.heat_has_energy", f"{key}.carrier", problem, remedy)


def _energy_beside(point: PointTable, unit: str, settings: Settings, catalogue: Catalogue) -> str | None:
    """Return the point of the same device that heat is taken from instead: a rate gives way to a counter."""
    device = (point.point or "").partition(".")[0]
    wins = ("kWh",) if unit == "m3" else ("kWh", "kW")
    for other in settings.points:
        if other.carrier == "heat" and (other.point or "").partition(".")[0] == device:
            register = register_named(settings, catalogue, other.point)
            if register is not None and register.canonical_unit in wins:
                return other.point
    return None
