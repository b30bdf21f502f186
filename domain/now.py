"""The plant at this moment, for watching: rates of each carrier, state of each device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.plant import Carrier

FRESH_INTERVALS = 3
"""A device is stale after so many of its intervals without a good reading."""


class Freshness(StrEnum):
    """How old the newest good reading of something is."""

    GOOD = "good"
    STALE = "stale"
    """None for `FRESH_INTERVALS` of its own intervals."""
    WAITING = "waiting"
    """Never one."""
    AHEAD = "ahead"
    """Its instant lies ahead of the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNow:
    """One device."""

    device: str
    interval_s: float
    freshness: Freshness
    last_good_at: int | None
    problem: str = ""
    """What the collector says of its last failure; empty where it works or this agent does not poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierNow:
    """One carrier: what flows at this moment."""

    carrier: Carrier
    unit: str
    """"Nm3/h" for gas, "kW" for the others."""
    rate: float | None
    """None: no meter of it ever gave a reading. Of stale meters it is the last that was known."""
    at: int | None
    """Oldest of the newest readings that the rate rests on."""
    freshness: Freshness
    stale: tuple[str, ...]
    """Points that the rate rests on and that are not fresh: then the rate is not to be believed."""
    points: tuple[str, ...]
    """All points that the rate rests on."""
    expected: float | None = None
    """What is compared with `compared`; None without anything to expect."""
    compared: float | None = None
    basis: str = ""
    """"model": gas of the processes in the hour so far against their baselines; "usual": `rate` against the
    median of this hour of the week in the last four; "" without."""
    facts: Mapping[str, float] = field(default_factory=dict)
    """pv: self_consumption_rate, self_sufficiency now (0 to 1)."""
    spark: tuple[float | None, ...] = ()
    """Mean rates of the last 24 hours, a quarter of an hour each, oldest first; None where not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Everything of this moment."""

    at: int
    carriers: tuple[CarrierNow, ...]
    """Gas, electricity, PV, heat: those that the plant has points of."""
    devices: tuple[DeviceNow, ...]
    """In the plant's order."""
    standing: tuple[str, ...] = ()
    """Processes whose line stands: no output in the hour so far and an oven that is off."""
    reasons: tuple[str, ...] = ()
    """Why readings or figures do not arrive, as `status` says it; empty when all is well."""
    figures_at: int | None = None
    """Newest reading in the figures."""
    open_alerts: int = 0
    """Not closed by a person and still so by the data."""
    stamp: str = ""
    """Changes whenever figures, alerts or ledger have changed: what was shown before may be old."""
