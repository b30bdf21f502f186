"""The greenhouse-gas inventory of a month or a year, with everything that each figure rests on.

Tonnes are tCO2e unless said otherwise. None: not known, and the codes say why; never 0 in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.evidence import Estimate, Evidence
from domain.factors import FactorUsed
from domain.findings import Finding
from domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One source of emissions in one period."""

    id: str
    """gas, diesel, gasoline, lpg, electricity, or the id of a lot."""
    scope: str
    """1, 2_location, 2_market or 3_1."""
    activity: float | None
    """Amount in `unit`: Nm3, t, kWh."""
    unit: str
    tco2e: float | None
    gases: Mapping[str, float]
    """co2, ch4, n2o -> tCO2e; only those that factors are known of; co2e where a factor gives no split."""
    fixed_t: float | None
    """The same activity by the factors of the base year: what the plant did, without what the grid did."""
    factors: tuple[FactorUsed, ...]
    formula: str
    """Of `domain.factors.FORMULAS`."""
    uncertainty: float | None
    """Relative standard uncertainty (k = 1) of `tco2e`."""
    evidence: Evidence
    points: tuple[str, ...] = ()
    """Ids of the meters behind it."""
    entries: tuple[int, ...] = ()
    """Numbers of the ledger's entries behind it."""
    codes: tuple[str, ...] = ()
    """Codes of findings about it."""
    subject: str = ""
    """Supplier of a lot."""
    moved: Mapping[str, float] = field(default_factory=dict)
    """Id of a factor, `activity` for the amount -> tonnes in proportion to it. Empty: nobody told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Sum of the lines of a scope, or of scopes."""

    tco2e: float | None
    """None where a line of it is not known."""
    known_t: float
    """Of the lines that are known."""
    fixed_t: float | None
    uncertainty: float | None
    """Relative standard uncertainty (k = 1); sources are independent, the months of one are not."""
    evidence: Evidence
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What one instrument covers of the electricity of one month."""

    instrument: str
    """`first..last` of certificates, id of a contract."""
    kind: str
    """certificates or contract."""
    entry: int
    month: str
    kwh: float
    retired: str = ""
    """Day, ISO; "" for a contract."""
    beneficiary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Two ways to know the same energy of a month, held against each other; gas in Nm3, else kWh."""

    carrier: str
    against: str
    """invoices or subs: what the main meters are held against."""
    month: str
    main: float | None
    other: float | None
    difference: float | None
    """main - other."""
    share: float | None
    """Of main."""
    tolerance: float
    is_within: bool | None
    """None where one side is not known."""
    reason: str = ""
    """As somebody explained it."""
    entries: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided:
    """Own PV and recovered heat against their plan: beside the inventory, never subtracted from it."""

    pv_kwh: float | None
    """Self-consumed."""
    pv_plan_kwh: float | None
    """By the plan, the share of the period."""
    pv_generated_kwh: float | None
    pv_t: float | None
    """Self-consumed * location-based factor."""
    heat_kwh: float | None
    heat_plan_kwh: float | None
    heat_t: float | None
    """By the declared counterfactual."""
    evidence: Evidence
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerOutput:
    """Intensities, tCO2e per unit of output."""

    unit: str
    """t or m2."""
    output: float | None
    scope_1: float | None
    scope_1_2_location: float | None
    scope_1_2_market: float | None
    scope_3_1: float | None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """A year of a path of the plan against what was achieved."""

    path: str
    """scope_1_2 or scope_3_1."""
    year: int
    allowed: float | None
    stated: float | None
    """By the plan itself."""
    actual: float | None
    """By this inventory: market-based, tCO2e per unit."""
    actual_location: float | None
    projection: Estimate | None
    """Of the whole year, while it runs or months of it are not known."""
    is_over: bool | None
    """Actual (while the year runs: its projection), else stated, above allowed; None where not known."""
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A month or a year."""

    period: Period
    is_over: bool
    state: str
    """open, closed or restated; a year of which only some months are closed is open."""
    entry: int | None
    """The closing or restatement that its figures are from."""
    closed_months: tuple[str, ...]
    """Of a year: those whose figures stand."""
    lines: tuple[Line, ...]
    """Ordered by scope, then id. Of a year: each source over its months."""
    scope_1: Total
    scope_2_location: Total
    scope_2_market: Total
    scope_3_1: Total
    per_output: tuple[PerOutput, ...]
    """One per unit of output that is known: t, m2."""
    covers: tuple[Cover, ...]
    reconciled: tuple[Reconciled, ...]
    avoided: Avoided
    paths: tuple[PathPoint, ...]
    """Of a year: its point of each path."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """One figure of a closed period and what it would be now."""

    figure: str
    """`scope_1`, `line.1.gas`, `per_output.t.scope_3_1`, `factor.1.gas.gas.ncv` ..."""
    before: float | None
    after: float | None
    unit: str
    cause: str = ""
    """What has changed behind it: ids of factors, numbers of entries, points whose windows changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A closed period against what its inputs would give now."""

    period: str
    entry: int
    """The closing or restatement that stands."""
    closed_at: int
    changes: tuple[FigureChange, ...]
    """Empty: it would come out the same."""
    now: Inventory
    """What would be recorded."""
