"""Plants made for measuring: so many devices, so many float32 points each."""

from __future__ import annotations

from domain.plant import Device, Link, LinkKind, Plant, Point
from domain.registers import DataType, DeviceProfile, ReadableRange, Register, Space

WORDED = 4
"""One point in so many counts, so that its register words are kept: as in the demo."""


def float_profile(points: int) -> DeviceProfile:
    """Return a profile of `points` float32 registers in a row from address 0."""
    registers = tuple(
        Register(
            name=f"value_{number}", space=Space.HOLDING, address=2 * number, type=DataType.F32, unit="kW"
        )
        for number in range(points)
    )
    return DeviceProfile(
        id=f"float_{points}",
        maker="bench",
        model="bench",
        kind="electricity_meter",
        manual="",
        source="",
        hardware="simulated",
        registers=registers,
        readable=(ReadableRange(space=Space.HOLDING, first=0, end=2 * points),),
    )


def many_links(devices: int, points: int, *, base_port: int, interval_s: float) -> Plant:
    """Return a plant with every device on a TCP port of its own."""
    profile = float_profile(points)
    links = tuple(
        Link(id=f"link_{n}", kind=LinkKind.TCP, host="127.0.0.1", port=base_port + n) for n in range(devices)
    )
    members = tuple(_device(f"meter_{n}", f"link_{n}", 1, profile, interval_s) for n in range(devices))
    return _plant(links, members)


def one_gateway(units: int, points: int, *, port: int, interval_s: float) -> Plant:
    """Return a plant with all devices behind one gateway address, unit ids from 1 on."""
    profile = float_profile(points)
    link = Link(id="gateway", kind=LinkKind.TCP, host="127.0.0.1", port=port)
    members = tuple(
        _device(f"meter_{unit}", "gateway", unit, profile, interval_s) for unit in range(1, units + 1)
    )
    return _plant((link,), members)


def _device(name: str, link: str, unit: int, profile: DeviceProfile, interval_s: float) -> Device:
    points = tuple(
        Point(device=name, name=register.name, unit="kW", is_counter=number % WORDED == 0)
        for number, register in enumerate(profile.registers)
    )
    return Device(id=name, link=link, unit_id=unit, profile=profile, interval_s=interval_s, points=points)


def _plant(links: tuple[Link, ...], devices: tuple[Device, ...]) -> Plant:
    return Plant(
        site="bench",
        gateway="gw",
        time_zone="Asia/Shanghai",
        label={},
        is_demo=True,
        processes=(),
        links=links,
        devices=devices,
    )
