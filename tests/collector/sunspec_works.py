"""SunSpec devices for tests: words by hand, and a simulated three-phase inverter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.plant import Device, Point
from domain.registers import DataType, DeviceProfile, Register, Space
from domain.units import SCALE_FACTOR
from simulators.answering import ILLEGAL_ADDRESS, Refusal
from simulators.hostile import Hostility
from tests.domain.registers import register


@dataclass
class WordsUnit:
    """A unit that holds words, refuses the rest, and notes what it is asked for."""

    words: Mapping[int, int]
    hostility: Hostility | None = None
    delay_s: float = 0.0
    asked: list[tuple[int, int]] = field(default_factory=list)
    """(address, count) of each request."""

    def read(self, space: Space, address: int, count: int) -> bytes:
        self.asked.append((address, count))
        places = range(address, address + count)
        if space is not Space.HOLDING or not all(place in self.words for place in places):
            raise Refusal(ILLEGAL_ADDRESS)
        return b"".join(self.words[place].to_bytes(2, "big") for place in places)


def inverter(*more: Register) -> DeviceProfile:
    """Return a profile of model 103: power, energy and their scale factors."""
    registers = (
        register(
            DataType.I16,
            14,
            name="ac_power",
            unit="W",
            model=103,
            scale_register="ac_power_sf",
            not_available=frozenset({0x8000}),
        ),
        register(DataType.I16, 15, name="ac_power_sf", unit=SCALE_FACTOR, model=103),
        register(
            DataType.U32,
            24,
            name="ac_energy",
            unit="Wh",
            model=103,
            scale_register="ac_energy_sf",
            is_counter=True,
            not_available=frozenset({0}),
        ),
        register(DataType.I16, 26, name="ac_energy_sf", unit=SCALE_FACTOR, model=103),
        *more,
    )
    return DeviceProfile(
        id="inverter", maker="Example", model="PV 10", kind="pv_inverter", manual="", source="", hardware="",
        registers=registers,
    )  # fmt: skip


def device_of(
    profile: DeviceProfile, unit_id: int = 1, *, name: str = "pv", link: str = "l", interval_s: float = 1.0
) -> Device:
    """Return a device that reads all of a profile."""
    points = tuple(
        Point(device=name, name=r.name, unit=r.canonical_unit, is_counter=r.is_counter)
        for r in profile.points
    )
    return Device(id=name, link=link, unit_id=unit_id, profile=profile, interval_s=interval_s, points=points)
