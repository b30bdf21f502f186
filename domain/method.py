"""How the plant's numbers are made: every choice that a verifier may ask about, with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.carbon import CarbonPath
from domain.periods import PeriodKind, WorkingCalendar


class TargetReading(StrEnum):
    """How "at least 2 % a year" is read."""

    GEOMETRIC = "geometric"
    LINEAR = "linear"
    EVERY_YEAR = "every_year"


class Counterfactual(StrEnum):
    """What recovered heat stands in for."""

    NONE = "none"
    GAS = "gas"
    """A gas boiler of efficiency `heat_efficiency`."""
    ELECTRICITY = "electricity"
    """An electric heater of efficiency, or a heat pump of COP, `heat_efficiency`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GasMethod:
    """Energy, CO2 and price of gas, per Nm3 (0 C, 101.325 kPa). GB/T 32151.34-2024, table C.1."""

    ncv_mj_per_nm3: float = 38.931
    """389.31 GJ per 10^4 Nm3."""
    carbon_t_per_tj: float = 15.3
    oxidation: float = 0.99
    price_per_nm3: float | None = None
    """None: alerts give no cost in money."""
    currency: str = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMethod:
    """The reduction that the plant has promised."""

    base_year: int = 2024
    target_year: int = 2030
    yearly_reduction: float = 0.02
    reading: TargetReading = TargetReading.GEOMETRIC


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonMethod:
    """Carbon of bought electricity, and the paths that the plant is held against."""

    grid_kg_per_kwh: float | None = None
    """Location-based factor; None: Scope 2 is not computed."""
    grid_source: str = ""
    """Where the factor is published: who, which grid, which year."""
    is_grid_verified: bool = False
    """Checked against its primary source."""
    grid_region: str = ""
    """Of the location-based factors of the ledger, CN-GD; "": the inventory's Scope 2 is not known."""
    certificate_match: str = "year"
    """Within what certificates cover: year (own month first, then the others of the year) or month."""
    beneficiary: str = ""
    """Name that certificates must be retired for; "": any, but one."""
    invoice_tolerance: float = 0.02
    """Relative difference of meters and invoices from which it needs a reason."""
    base_year_threshold: float = 0.05
    meter_uncertainty: Mapping[str, float] = field(
        default_factory=lambda: {"gas": 0.015, "electricity": 0.01, "pv": 0.01, "heat": 0.03}
    )
    """Carrier -> relative standard uncertainty (k = 1) of its meters."""
    invoice_uncertainty: float = 0.01
    """Of masses on invoices and logs."""
    pv_plan_kwh_per_year: float | None = None
    heat_plan_kwh_per_year: float | None = None
    paths: tuple[CarbonPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMethod:
    """How one process is modelled and watched."""

    interval: PeriodKind = PeriodKind.DAY
    """Rows of the baseline and of the drift watch: day, week or month."""
    variables: tuple[str, ...] = ("output",)
    """Of the baseline, besides the constant: output, operating_hours, starts, or a `variable` of points."""
    hot_above_c: float | None = None
    """Oven temperature from which it counts as hot; None: told by the gas alone."""
    false_alarms_per_year: float = 1.0
    allowance: float = 0.5
    """k of the CUSUM, in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """All choices together."""

    gap_ms: int = 20 * 60_000
    """Longer than this between two good readings is a gap."""
    confidence: float = 0.90
    balance_tolerance: float = 0.05
    """Unallocated share of the main meter beyond which it is an alert."""
    silent_ms: int = 15 * 60_000
    """A device without a good reading for so long is an alert."""
    stuck_ms: int = 6 * 3_600_000
    """A signal that always moves and shows one value for so long is an alert."""
    gas: GasMethod = field(default_factory=GasMethod)
    target: TargetMethod = field(default_factory=TargetMethod)
    carbon: CarbonMethod = field(default_factory=CarbonMethod)
    processes: Mapping[str, ProcessMethod] = field(default_factory=dict)
    """Process id -> its method; one that is not named has the defaults."""
    counterfactual: Counterfactual = Counterfactual.NONE
    heat_efficiency: float = 0.9
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    """Of the plant file; the ledger may change it from a day on."""

    def process(self, process: str) -> ProcessMethod:
        """Return the method of a process."""
        return self.processes.get(process, ProcessMethod())
