"""Which signal stands behind which register: by the ids of the demo plant, or by a TOML file.

A file has `[devices]` (device id = signal prefix), `[registers.<device id>]` (register name = signal),
`[refresh_s]` (device id = seconds between two values) and `[sunspec_base]` (device id = where its chain of
models begins, 40000 unless it is named); what it leaves out follows the rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from domain.plant import Device
from domain.registers import Reference, Register
from simulators.effects import Source
from simulators.signals import PlantModel

_RULE = {"em": "power", "gas": "gas", "pv": "pv", "heat": "heat", "oven": "oven", "plc": "output"}
"""First word of a device id -> family of signals."""
_SENSORS = {1: "temperature", 2: "exhaust_temperature"}
"""Channel of an oven's input module -> what is wired to it; channel 3 is the ambient temperature."""
_AMBIENT_CHANNEL = 3
_BY_UNIT = {"C": "", "1": "", "%": "_percent", "A": "_loop"}
"""Canonical unit of an analog channel -> ending of the signal that suits it."""
_OF_20C = {Reference.AT_0C: 273.15 / 293.15, Reference.AT_15C: 288.15 / 293.15}
"""Volume at a reference, of the volume at 20 C."""


class AssignmentError(ValueError):
    """Name the key and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a file says; empty: everything by the rule."""

    devices: Mapping[str, str] = field(default_factory=dict)
    registers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Device id -> register name -> signal."""
    refresh_s: Mapping[str, float] = field(default_factory=dict)
    sunspec_base: Mapping[str, int] = field(default_factory=dict)

    def prefix(self, device_id: str) -> str:
        """Return the signal prefix of a device: `gas_coil` is `gas.coil` unless the file says otherwise."""
        if device_id in self.devices:
            return self.devices[device_id]
        head, _, rest = device_id.partition("_")
        return f"{_RULE.get(head, head)}.{rest}"


def load_assignment(path: Path) -> Assignment:
    """Read a file; AssignmentError for unknown tables and values of the wrong type."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    known = ("devices", "registers", "refresh_s", "sunspec_base")
    for key, table in tables.items():
        if key not in known:
            raise AssignmentError(f"{path.name}: {key}: unknown table; use {', '.join(known)}")
        if not isinstance(table, dict):
            raise AssignmentError(f"{path.name}: {key}: is no table; write [{key}]")
    for key, prefix in tables.get("devices", {}).items():
        if not isinstance(prefix, str):
            raise AssignmentError(f'{path.name}: devices.{key}: give a signal prefix such as "gas.coil"')
    for key, seconds in tables.get("refresh_s", {}).items():
        if not isinstance(seconds, int | float) or seconds <= 0:
            raise AssignmentError(f"{path.name}: refresh_s.{key}: give seconds above 0")
    for key, base in tables.get("sunspec_base", {}).items():
        if base not in (0, 40000, 50000):
            raise AssignmentError(f"{path.name}: sunspec_base.{key}: give 40000, 50000 or 0")
    return Assignment(
        devices=tables.get("devices", {}),
        registers=tables.get("registers", {}),
        refresh_s=tables.get("refresh_s", {}),
        sunspec_base=tables.get("sunspec_base", {}),
    )


def sources_of(device: Device, assignment: Assignment, model: PlantModel) -> dict[str, Source]:
    """Return the sources of a device's registers; registers without a signal are left out."""
    named = assignment.registers.get(device.id, {})
    unknown = sorted(set(named) - {register.name for register in device.profile.registers})
    if unknown:
        raise AssignmentError(
            f"registers.{device.id}.{unknown[0]}: not in profile {device.profile.id}; correct the name"
        )
    prefix = assignment.prefix(device.id)
    sources: dict[str, Source] = {}
    for register in device.profile.points:
        name = named.get(register.name) or _signal_of(prefix, register)
        if register.name in named and name not in model.signals:
            raise AssignmentError(
                f"registers.{device.id}.{register.name}: no signal {name}; see list_signals"
            )
        if name in model.signals:
            sources[register.name] = _source(device.id, register, name, model)
    return sources


def _signal_of(prefix: str, register: Register) -> str:
    kind, _, channel = register.name.partition("_")
    if kind in ("analog", "temperature") and channel.isdecimal():
        if int(channel) == _AMBIENT_CHANNEL:
            return "ambient.temperature"
        sensor = _SENSORS.get(int(channel), "unconnected")
        return f"{prefix}.{sensor}{_BY_UNIT.get(register.canonical_unit, '')}"
    return f"{prefix}.{register.name}"


def _source(device_id: str, register: Register, name: str, model: PlantModel) -> Source:
    signal = model.signals[name]
    if register.canonical_unit not in (signal.unit, "1"):
        raise AssignmentError(
            f"{device_id}.{register.name}: is in {register.canonical_unit}, signal {name} in {signal.unit};"
            f" assign another signal under [registers.{device_id}]"
        )
    factor = _OF_20C.get(register.reference) if register.reference else None
    if factor is None:
        return Source(
            read=lambda at_ms: model.value(name, at_ms),
            read_series=lambda at_ms: model.series(name, at_ms),
            maximum=signal.maximum,
        )
    return Source(
        read=lambda at_ms: model.value(name, at_ms) * factor,
        read_series=lambda at_ms: model.series(name, at_ms) * factor,
        maximum=signal.maximum,
    )
