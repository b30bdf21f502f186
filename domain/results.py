"""What the analytics say: intensity, baseline, saving, track, drift, balance.

Gas is in Nm3: 0 C, 101.325 kPa.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.evidence import Estimate, Evidence
from domain.findings import Finding, Severity
from domain.inventory import Inventory
from domain.periods import Period, PeriodKind

__all__ = [
    "Alert",
    "AlertKind",
    "AlertState",
    "Balance",
    "Baseline",
    "DriftWatch",
    "Estimate",
    "Evidence",
    "Intensity",
    "Pv",
    "Reading2Percent",
    "RecoveredHeat",
    "Results",
    "Suspect",
    "Track",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Expected gas of a process per row: G^ = b0 + sum(b_i * x_i), frozen once approved.

    A row is a day, week or month. Rows without output ("standing") are not in the regression; their gas has
    a mean of its own.
    """

    id: str
    """`<process>-<first 12 hex digits of data_hash>`."""
    process: str
    interval: PeriodKind
    since: int
    until: int
    variables: tuple[str, ...]
    """Names of x_i, "output" first; the constant is not named."""
    coefficients: tuple[float, ...]
    """b0, then b_i."""
    standard_errors: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    """(X'X)^-1, constant first."""
    residual_sd: float
    rows: int
    """n, rows in the regression."""
    autocorrelation: float
    """Lag 1, of the residuals."""
    r_squared: float
    f_statistic: float
    f_p_value: float
    p_values: tuple[float, ...]
    """Of the coefficients, constant first."""
    cv_rmse: float
    durbin_watson: float
    lows: tuple[float, ...]
    """Of each variable in the baseline period."""
    highs: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    """Standard deviation of each variable."""
    standing_mean: float
    """Gas of a row without output; 0 when there was none."""
    standing_sd: float
    standing_rows: int
    gas: float
    output: float
    """Sums of the baseline period, all rows."""
    coverage: float
    data_hash: str
    """SHA-256 over the rows, hex."""
    failures: tuple[str, ...]
    """Codes of the gates that it fails; empty: the model may be used."""
    noise_sd: float | None = None
    """Standard deviation of one residual with the autocorrelation counted; None: `residual_sd`."""
    covariance: tuple[tuple[float, ...], ...] = ()
    """Of the coefficients, with the autocorrelation counted; empty: residual_sd^2 * inverse."""

    @property
    def intensity(self) -> float:
        """Return the ratio EnPI of the baseline period; NaN without output."""
        return self.gas / self.output if self.output > 0 else float("nan")

    @property
    def degrees_of_freedom(self) -> int:
        """Return n - p."""
        return self.rows - len(self.coefficients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """Gas per output of a process in a period. None: not known, and `evidence.codes` says why."""

    process: str
    period: Period
    output: float | None
    output_unit: str
    gas_nm3: float | None
    gas_kwh: float | None
    """Net calorific value."""
    co2_kg: float | None
    ratio: float | None
    """Ratio EnPI, Nm3 per output unit."""
    expected_nm3: float | None
    """By the approved baseline and its adjustments; None without one."""
    index: float | None
    """EnPI index, actual / expected."""
    normalised: float | None
    """Normalised EnPI: intensity of the baseline period * index."""
    saving_nm3: Estimate | None
    base_nm3: float | None
    """By the baseline: gas without regard to output; scaled, so that base and marginal add up to gas."""
    marginal_nm3: float | None
    production_nm3: float | None
    """By the state of the oven: while there was output."""
    idle_nm3: float | None
    startup_nm3: float | None
    off_nm3: float | None
    production_h: float
    idle_h: float
    startup_h: float
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading2Percent:
    """One way to read "2 % a year"."""

    name: str
    """geometric, linear, every_year."""
    target: float | None
    """Intensity allowed in the year; None when the year before is not known."""
    is_met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where a process stands in a year against its target. Rates are shares a year: 0.02 is 2 %."""

    process: str
    year: int
    base_year: int
    target_year: int
    base_intensity: float | None
    target: float | None
    """Intensity allowed this year, by the reading that commits the plant."""
    target_final: float | None
    year_to_date: float | None
    year_to_date_normalised: float | None
    achieved_rate: float | None
    """A year since the base year, geometric mean, by the year to date."""
    required_rate: float | None
    """A year, from this year's projection on."""
    gas_to_date: float | None
    output_to_date: float | None
    planned_output: float | None
    """Of the rest of the year."""
    plan_source: str
    """ledger, last_year or none."""
    projection: Estimate | None
    """Intensity at the year's end."""
    probability: float | None
    """Of meeting the target, 0 to 1."""
    gas_allowed: float | None
    """What may still be burnt this year; negative: overdrawn."""
    readings: tuple[Reading2Percent, ...]
    is_proven: bool
    """False while the interval includes no saving."""
    codes: tuple[str, ...] = ()
    projected_rate: float | None = None
    """As `achieved_rate`, by the projection of the year's end."""
    until: int | None = None
    """Where what is to date ends, where the first row begins that is not over. None in older results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A relevant variable that moved with a drift."""

    variable: str
    before: float
    after: float
    deviations: float
    """Change in standard deviations of the variable before."""


class AlertKind(StrEnum):
    """What an alert is about."""

    DRIFT = "drift"
    DATA = "data"


class AlertState(StrEnum):
    """Where an alert stands by the data; what people did with it is in the ledger."""

    OPEN = "open"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that needs a person, explained."""

    id: str
    """Stable: kind, subject, code and the instant it began."""
    kind: AlertKind
    code: str
    """`drift.up`, `drift.down`, `data.silent`, `data.stuck`, `data.spike`, `data.balance`, ..."""
    subject: str
    """Process, point or balance."""
    severity: Severity
    since: int
    """When it began, as far as the data tells."""
    detected: int
    """End of the row or window that gave it away."""
    until: int | None
    state: AlertState
    problem: str
    remedy: str
    facts: Mapping[str, float | str] = field(default_factory=dict)
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWatch:
    """How a process is watched, and how it stands now."""

    process: str
    interval: PeriodKind
    false_alarms_per_year: float
    """As asked for."""
    threshold: float
    """h, in standard deviations."""
    allowance: float
    """k."""
    autocorrelation: float
    rows_per_year: float
    expected_delay_rows: float
    """For a lasting rise of 2 % of the gas."""
    level: float
    """Gas / expected that counts as normal now."""
    upper: float
    """C+ now."""
    lower: float
    ewma: float
    ewma_limit: float
    rows: int
    """How many rows were looked at since the level was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Main meter against sub-meters of a carrier in a period, canonical unit (gas: Nm3)."""

    carrier: str
    period: Period
    main: float | None
    subs: float | None
    unallocated: float | None
    share: float | None
    """Unallocated / main."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Pv:
    """Own generation in a period, kWh."""

    period: Period
    generated: float | None
    exported: float | None
    self_consumed: float | None
    imported: float | None
    self_consumption_rate: float | None
    self_sufficiency: float | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredHeat:
    """Waste heat used in a period, beside the inventory, never subtracted from it."""

    point: str
    period: Period
    heat_kwh: float | None
    avoided_gas_nm3: float | None
    avoided_electricity_kwh: float | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that follows from readings and ledger in a span."""

    since: int
    until: int
    intensities: tuple[Intensity, ...]
    tracks: tuple[Track, ...]
    watches: tuple[DriftWatch, ...]
    alerts: tuple[Alert, ...]
    balances: tuple[Balance, ...]
    pv: tuple[Pv, ...]
    heat: tuple[RecoveredHeat, ...]
    findings: tuple[Finding, ...]
    inventories: tuple[Inventory, ...] = ()
    """Months and years."""
