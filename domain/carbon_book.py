"""Everything declared for carbon, as a page or a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    Certificates,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
)
from domain.findings import Finding
from domain.inventory import FigureChange, PathPoint, PerOutput
from domain.seals import Seal

Declaration = (
    EmissionFactor | FuelUse | Invoice | Certificates | GreenContract | AluminiumLot | BaseYear | Explained
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A standing entry."""

    number: int
    at: int
    who: str
    why: str
    kind: str
    """As `storage.ledger_rows` names it: emission_factor, fuel_use, certificates ..."""
    body: Declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a closing states that reports of other periods repeat."""

    totals: Mapping[str, float | None]
    """scope_1, scope_2_location, scope_2_market, scope_3_1 -> tCO2e."""
    per_output: tuple[PerOutput, ...]
    paths: tuple[PathPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closing or restatement; oldest first of one period."""

    number: int
    at: int
    who: str
    why: str
    approver: str
    period: str
    is_restatement: bool
    before: int | None
    sha256: str
    known: int
    software: str
    changes: tuple[FigureChange, ...] = ()
    """Of a restatement: each figure before and after it."""
    stated: Stated | None = None
    """Of one in whose place another stands; what stands is in the results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration of a meter that stands."""

    number: int
    point: str
    at: int
    valid_until: date | None
    """Last day; None: not stated."""
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonBook:
    """What people declared for carbon, newest last; what the data says of it."""

    booked: tuple[Booked, ...]
    closings: tuple[Closing, ...]
    seals: tuple[Seal, ...]
    """The newest days, and the last one of every month before."""
    findings: tuple[Finding, ...]
    """About certificates, lots, factors, invoices, base years."""
    calibrations: tuple[Calibrated, ...] = ()
    """Of all meters, oldest first."""
