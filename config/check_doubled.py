"""Points of one device that would be added up although they measure the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from config.check_points import register_named
from config.codes import error, shown, warning
from config.profiles import Catalogue
from config.settings import PointTable, Settings
from domain.findings import Finding
from domain.registers import KINDS, Register

_ONE_METER = tuple(kind for kind in KINDS if kind not in ("analog_input", "production_counter"))
"""Kinds of device that measure one thing; a logger or a PLC may well count two lines."""


def check_doubled(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give a finding for the second of two points that count one carrier for one process.

    A corrector shows its volume before and after the correction, and many meters one energy in two registers.
    """
    amounts: list[tuple[int, PointTable, Register]] = []
    for index, point in enumerate(settings.points):
        register = register_named(settings, catalogue, point.point) if point.carrier else None
        if register is not None:
            amounts.append((index, point, register))
    counted = {(_device(point), point.carrier) for _, point, register in amounts if register.is_counter}
    kinds = {
        device.id: profile.kind
        for device in settings.devices
        if (profile := catalogue.profiles.get(device.profile or "")) is not None
    }
    for (_, first, one), (index, second, other) in combinations(amounts, 2):
        common = sorted(_processes(first) & _processes(second))
        is_same = _device(first) == _device(second) and first.point != second.point
        is_same &= (first.carrier, first.role) == (second.carrier, second.role)
        is_same &= (one.canonical_unit, one.is_counter) == (other.canonical_unit, other.is_counter)
        is_used = one.is_counter or (_device(first), first.carrier) not in counted
        if is_same and is_used and common:
            problem = f"{shown(first.point)} of the same device counts {second.carrier} for {common[0]!r} too"
            problem += ", and both are added up"
            is_one = second.carrier != "production" and kinds.get(_device(second)) in _ONE_METER
            remedy = f"take carrier out of this point or of {first.point}, whichever is not the one to bill"
            if not is_one:
                remedy += "; leave both where they count different things"
            key = f"points[{index}].carrier"
            yield (error if is_one else warning)("config.doubled_amount", key, problem, remedy)


def _device(point: PointTable) -> str:
    return (point.point or "").partition(".")[0]


def _processes(point: PointTable) -> set[str]:
    if point.process is not None:
        return {point.process}
    return {process for process, share in (point.shares or {}).items() if share > 0.0}
