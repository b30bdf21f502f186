"""An evidence bundle: everything that figures of a span follow from, in one folder (docs/bundle.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.ledger import Entry
from domain.method import Method
from domain.plant import Device, Plant, Point, Process
from domain.reading import Gap
from domain.registers import DeviceProfile
from domain.series import Series

FORMAT = "energy-agent bundle"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleHead:
    """What `bundle.json` says. Instants are ISO 8601 with their offset."""

    format: str
    version: int = VERSION
    site: str = ""
    """As in the plant's description, when given."""
    since: str
    until: str
    """Windows that touch [since, until) are computed."""
    horizon: str = ""
    """Readings before it were looked at; not given: those before `until`."""
    software: str = ""
    """Version of the agent that wrote the bundle."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Name -> SHA-256, hex, of every other file; empty when written by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePlant:
    """What the analytics need of a plant, and nothing of how it is read."""

    site: str
    time_zone: str
    processes: tuple[Process, ...]
    points: tuple[Point, ...]
    """In the plant's order: sums are taken in it."""
    method: Method = field(default_factory=Method)

    def plant(self) -> Plant:
        """Return the plant, with devices that cannot be polled."""
        nothing = DeviceProfile(
            id="bundle",
            maker="",
            model="",
            kind="",
            manual="",
            source="",
            hardware="unverified",
            registers=(),
        )
        names = dict.fromkeys(point.device for point in self.points)
        return Plant(
            site=self.site,
            gateway="",
            time_zone=self.time_zone,
            label={},
            is_demo=False,
            processes=self.processes,
            links=(),
            devices=tuple(
                Device(
                    id=name,
                    link="",
                    unit_id=0,
                    profile=nothing,
                    interval_s=0.0,
                    points=tuple(point for point in self.points if point.device == name),
                )
                for name in names
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BundleInputs:
    """Everything that the results of a bundle are computed from."""

    plant: Plant
    method: Method
    entries: Sequence[Entry]
    series: Mapping[str, Series]
    """Point id -> readings in the span, and those before and after it that its windows lean on."""
    gaps: Sequence[Gap]
    since: int
    until: int
    horizon: int
    """Readings from it on are not looked at."""

    @property
    def now(self) -> int:
        """Return the instant that the results are as of."""
        return min(self.until, self.horizon)
