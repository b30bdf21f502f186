"""The plant as the agent sees it: processes, links, devices, points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.reading import point_id
from domain.registers import DeviceProfile, Reference, Register


class LinkKind(StrEnum):
    """How Modbus frames travel."""

    TCP = "tcp"
    RTU_TCP = "rtu_tcp"
    SERIAL = "serial"


class Carrier(StrEnum):
    """What a point measures, for balance and intensity."""

    GAS = "gas"
    ELECTRICITY = "electricity"
    PV = "pv"
    HEAT = "heat"
    PRODUCTION = "production"


class FlowSide(StrEnum):
    """Where the flow sensor of a heat meter sits: water is denser on the cold side."""

    COLD = "cold"
    """In the return of a heating circuit, where heat meters are built in as a rule."""
    HOT = "hot"


class MeterRole(StrEnum):
    """Where a meter stands in the balance of its carrier."""

    SUB = "sub"
    MAIN = "main"
    """Everything that comes in."""
    EXPORT = "export"
    """Everything that goes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A production process whose gas per output is tracked."""

    id: str
    label: Mapping[str, str] = field(default_factory=dict)
    """Language tag -> name for people."""
    output_unit: str
    """"t" or "m2"."""
    m2_per_t: float | None = None
    """Coated area per tonne of product, as the plant states it: gives output in the other unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One Modbus connection: a TCP address or a serial bus, shared by its devices."""

    id: str
    kind: LinkKind
    host: str = ""
    port: int = 502
    path: str = ""
    """Serial device, `/dev/ttyUSB0`."""
    baudrate: int = 9600
    parity: str = "N"
    stop_bits: int = 1
    data_bits: int = 8
    timeout_s: float = 1.0
    """How long an answer may take."""
    pause_s: float = 0.0
    """Rest between two requests on this link."""
    connect_pause_s: float = 0.0
    """Rest between opening the connection and the first request: the longest that its devices need."""
    keep_open: bool = True
    """False: closed after each poll, for devices that serve one client and must serve others too."""
    tls: bool = False
    """Modbus/TCP Security: the device's certificate and its name are checked."""
    ca_file: str = ""
    """Authorities that may have signed it; empty: those that this host trusts."""
    cert_file: str = ""
    key_file: str = ""
    """What we show the device."""

    @property
    def address(self) -> str:
        """Return what a person calls the place: host:port or the serial path."""
        return self.path if self.kind is LinkKind.SERIAL else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One register of one device as the plant uses it."""

    device: str
    name: str
    unit: str
    """Canonical."""
    is_counter: bool
    rated_max_per_hour: float | None = None
    """Most the counter can rise in an hour, canonical unit per hour."""
    modulus: float | None = None
    """Value at which the counter starts again from 0, canonical unit."""
    resolution: float = 0.0
    """Smallest change that the register can show, canonical unit; 0 where it is not known or a float."""
    reference: Reference | None = None
    carrier: Carrier | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    """Process id -> share of this meter, summing to at most 1; the rest is unallocated."""
    role: MeterRole = MeterRole.SUB
    variable: str | None = None
    """Relevant variable that this point measures for the processes in `shares`, or for all without any:
    oven_temperature, ambient_temperature, or a name of the plant's own."""
    temperature_point: str | None = None
    """Id of the point with the gas temperature, for a gas volume at actual conditions."""
    pressure_point: str | None = None
    """Id of the point with the absolute gas pressure."""
    supply_point: str | None = None
    """Id of the point with the hot side's temperature, for a volume of water without an energy register."""
    return_point: str | None = None
    """Id of the point with the cold side's temperature."""
    flow_side: FlowSide = FlowSide.COLD
    """Where that volume is measured."""
    minimum: float | None = None
    maximum: float | None = None
    """Physically possible range, canonical unit; outside it a reading is `out_of_range`."""
    label: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return `<device>.<name>`."""
        return point_id(self.device, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One meter on one link."""

    id: str
    link: str
    unit_id: int
    profile: DeviceProfile
    interval_s: float
    points: tuple[Point, ...]
    """The registers of the profile that are read, in the profile's order."""
    label: Mapping[str, str] = field(default_factory=dict)

    def register(self, name: str) -> Register | None:
        """Return the register that a point is read from; None where the profile has none of that name."""
        return next((register for register in self.profile.registers if register.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Everything that one plant file describes, validated."""

    site: str
    gateway: str
    time_zone: str
    label: Mapping[str, str]
    is_demo: bool
    """Demo plants talk to simulators on loopback only and never mix with real meters."""
    processes: tuple[Process, ...]
    links: tuple[Link, ...]
    devices: tuple[Device, ...]

    def device(self, device_id: str) -> Device:
        """Return the device of an id; KeyError where there is none."""
        for device in self.devices:
            if device.id == device_id:
                return device
        raise KeyError(device_id)

    def link(self, link_id: str) -> Link:
        """Return the link of an id; KeyError where there is none."""
        for link in self.links:
            if link.id == link_id:
                return link
        raise KeyError(link_id)

    def process(self, process_id: str) -> Process:
        """Return the process of an id; KeyError where there is none."""
        for process in self.processes:
            if process.id == process_id:
                return process
        raise KeyError(process_id)

    @property
    def worded(self) -> frozenset[str]:
        """Return the ids of the points whose register words are kept: counters, and what converts volumes."""
        named = {
            name
            for point in self.points
            for name in (
                point.temperature_point,
                point.pressure_point,
                point.supply_point,
                point.return_point,
            )
            if name is not None
        }
        return frozenset(named | {point.id for point in self.points if point.is_counter})

    @property
    def points(self) -> tuple[Point, ...]:
        """Return all points of all devices."""
        return tuple(point for device in self.devices for point in device.points)
