"""Checked settings and profiles -> domain.plant.Plant. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.check_links import port_of
from config.check_plant import chosen_registers
from config.check_points import device_reference
from config.settings import DeviceTable, LinkTable, PointTable, Settings
from config.tables import given
from config.transformers import on_primary
from domain.plant import Carrier, Device, FlowSide, Link, LinkKind, MeterRole, Plant, Point, Process
from domain.registers import DeviceProfile, Reference, Register
from domain.units import CONVERSIONS

_COARSEST_POWER = 3
"""Power of ten of the coarsest scale factor that counters change to: Wh shown as kWh."""


def build_plant(settings: Settings, profiles: Mapping[str, DeviceProfile], folder: Path) -> Plant:
    """Return the plant of settings that the checks found no error in; `folder` has the plant file."""
    return Plant(
        site=given(settings.site.id),
        gateway=given(settings.site.gateway),
        time_zone=given(settings.site.time_zone),
        label=dict(settings.site.label),
        is_demo=settings.site.demo,
        processes=tuple(
            Process(
                id=given(table.id),
                label=dict(table.label),
                output_unit=table.output_unit,
                m2_per_t=table.m2_per_t,
            )
            for table in settings.processes
        ),
        links=tuple(
            _link(table, folder, _connect_pause_s(given(table.id), settings, profiles))
            for table in settings.links
        ),
        devices=tuple(_device(table, settings, profiles) for table in settings.devices),
    )


def canonical_modulus(register: Register) -> float | None:
    """Return where a counter starts again in canonical units.

    None where the source does not say, or a scale register decides it anew with each poll.
    """
    if register.modulus is None or register.scale_register is not None:
        return None
    return float(register.modulus * register.scale * CONVERSIONS[register.unit].factor)


def canonical_resolution(register: Register) -> float:
    """Return the smallest change of an integer register in canonical units; 0 of a float.

    Of a register with a scale factor it is that of the coarsest factor in use: when a counter of 1234.567 kWh
    changes its factor it shows 1234, and has neither fallen nor begun anew.
    """
    if register.type.is_float:
        return 0.0
    coarsest = 10**_COARSEST_POWER if register.scale_register is not None else 1
    return float(abs(register.scale) * coarsest * CONVERSIONS[register.unit].factor)


def canonical_rated_max(register: Register) -> float | None:
    """Return the most that a counter can rise in an hour by its profile, canonical unit; None: not said."""
    if register.rated_max is None or not register.is_counter:
        return None
    return float(register.rated_max * CONVERSIONS[register.unit].factor)


def _connect_pause_s(link_id: str, settings: Settings, profiles: Mapping[str, DeviceProfile]) -> float:
    """Return the longest rest that a device of a link needs after its connection was opened."""
    return max(
        (profiles[given(d.profile)].connect_pause_s for d in settings.devices if d.link == link_id),
        default=0.0,
    )


def _link(table: LinkTable, folder: Path, connect_pause_s: float) -> Link:
    def beside(name: str | None) -> str:
        return str(folder / name) if name is not None else ""

    return Link(
        id=given(table.id),
        kind=LinkKind(given(table.kind)),
        host=table.host or "",
        port=port_of(table),
        path=table.path or "",
        baudrate=table.baudrate,
        parity=table.parity,
        stop_bits=table.stop_bits,
        data_bits=table.data_bits,
        timeout_s=table.timeout_s,
        pause_s=table.pause_s,
        connect_pause_s=connect_pause_s,
        keep_open=table.keep_open,
        tls=table.tls,
        ca_file=beside(table.ca_file),
        cert_file=beside(table.cert_file),
        key_file=beside(table.key_file),
    )


def _device(table: DeviceTable, settings: Settings, profiles: Mapping[str, DeviceProfile]) -> Device:
    as_read = profiles[given(table.profile)]
    profile = on_primary(as_read, ct_ratio=table.ct_ratio, pt_ratio=table.pt_ratio)
    device_id = given(table.id)
    chosen = chosen_registers(table, profile)
    said = {point.point: point for point in settings.points}
    setting = device_reference(settings, device_id, chosen)
    return Device(
        id=device_id,
        link=given(table.link),
        unit_id=given(table.unit_id),
        profile=profile,
        interval_s=table.interval_s,
        points=tuple(
            _point(device_id, register, said.get(f"{device_id}.{register.name}", PointTable()), setting)
            for register in chosen
        ),
        label=dict(table.label),
    )


def _point(device: str, register: Register, table: PointTable, setting: Reference | None) -> Point:
    floor = 0.0 if register.is_counter else None
    return Point(
        device=device,
        name=register.name,
        unit=register.canonical_unit,
        is_counter=register.is_counter,
        rated_max_per_hour=canonical_rated_max(register)
        if table.rated_max_per_hour is None
        else table.rated_max_per_hour,
        modulus=table.modulus if table.modulus is not None else canonical_modulus(register),
        resolution=canonical_resolution(register),
        reference=_reference(register, table, setting),
        carrier=Carrier(table.carrier) if table.carrier else None,
        shares={table.process: 1.0} if table.process else dict(table.shares or {}),
        role=MeterRole(table.role),
        variable=table.variable,
        temperature_point=table.temperature_point,
        pressure_point=table.pressure_point,
        supply_point=table.supply_point,
        return_point=table.return_point,
        flow_side=FlowSide(table.flow_side),
        minimum=table.minimum if table.minimum is not None else floor,
        maximum=table.maximum,
        label=dict(table.label or register.label),
    )


def _reference(register: Register, table: PointTable, setting: Reference | None) -> Reference | None:
    if table.reference is not None:
        return Reference(table.reference)
    return setting if register.reference is Reference.CONFIGURED else register.reference
