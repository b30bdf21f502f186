"""What people declare for the carbon inventory, as bodies of the ledger.

Days are of the plant's zone; last days are included, instants half-open. A later entry of the same id
corrects the earlier one, for periods that are not closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from domain.plant import Carrier
from domain.registers import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionFactor:
    """A factor with everything a verifier asks of it."""

    id: str
    use: str
    """Of `domain.factors.USES`, which also gives the unit."""
    value: float
    unit: str
    region: str = ""
    """Of `grid.*`: CN, CN-GD, CN-SOUTH ..."""
    year: int | None = None
    """Of the data behind it; a period of another year says so."""
    valid_from: date
    valid_until: date | None = None
    """Last day; None: until one of the same use and region that is valid later."""
    reference: Reference | None = None
    """Of a factor per volume of gas: AT_0C."""
    source: str
    page: str = ""
    file_sha256: str = ""
    """Of the document, where it is kept."""
    is_verified: bool = False
    """Somebody held it against its primary source."""
    approver: str = ""
    uncertainty: float | None = None
    """Relative standard uncertainty (k = 1): 0.03 for 3 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FuelUse:
    """Fuel that was burnt over a span, by an invoice or a log."""

    fuel: str
    """Of `domain.factors.FUELS`."""
    since: int
    until: int
    mass_t: float
    stated: float
    """As the document says."""
    stated_unit: str
    """t, kg or L."""
    density_kg_per_l: float | None = None
    """Given with litres."""
    what: str = ""
    """Forklifts, cars, canteen ..."""
    document: str
    """Number of the invoice, or name of the log."""
    source: str = ""
    """File and line, or "" when typed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What a supplier billed of a metered carrier: held against the meters, never put in their place."""

    carrier: Carrier
    """gas or electricity."""
    since: int
    until: int
    quantity: float
    unit: str
    """m3 or kWh."""
    reference: Reference | None = None
    """Of m3; without it they cannot be compared."""
    number: str
    supplier: str = ""
    source: str = ""


LONGEST_VINTAGE_MS = 366 * 86_400_000 + 3_600_000
"""A year, and the hour of a change of clocks: certificates of longer generation stand for no year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Green electricity certificates with consecutive ids, 1 MWh each."""

    first: str
    """Id of the first: text that ends in digits."""
    last: str
    since: int
    """Begin of the generation that they stand for (vintage)."""
    until: int
    technology: str = ""
    project: str = ""
    """Where it was generated."""
    retired: date | None = None
    """None: not retired, covers nothing yet."""
    beneficiary: str = ""
    is_own_pv: bool = False
    """They were issued for the plant's own PV."""
    is_sold: bool = False
    """Own ones that somebody else has now: that much own PV counts as residual mix."""
    contract: str = ""
    """Id of the green power contract that they came with, whose energy they prove: counted once."""
    document: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenContract:
    """Green power that was bought and settled over a span."""

    id: str
    supplier: str
    since: int
    until: int
    kwh: float
    """Settled."""
    factor_kg_per_kwh: float = 0.0
    document: str
    source: str = ""


class ScrapMethod(StrEnum):
    """What pre-consumer scrap carries."""

    CUT_OFF = "cut_off"
    """Only its remelting."""
    CO_PRODUCT = "co_product"
    """The burden of primary metal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AluminiumLot:
    """Aluminium that was bought, with what the supplier says of it. Shares add up to 1."""

    id: str
    supplier: str
    at: int
    """When it came in: the month that it counts in."""
    mass_t: float
    primary: float | None = None
    """Share of primary metal; None for all three: not known, counted as average primary metal."""
    pre_consumer: float | None = None
    post_consumer: float | None = None
    green_power: float = 0.0
    """Share of the primary metal that was smelted with green power."""
    scrap_method: ScrapMethod = ScrapMethod.CUT_OFF
    factor_t_per_t: float | None = None
    """The supplier's own, tCO2e/t; it goes before shares."""
    boundary: str = ""
    """Of that factor: cradle-to-gate ..."""
    year: int | None = None
    """Of its data."""
    verifier: str = ""
    """Who verified it."""
    document: str
    source: str = ""


class BaseYearReason(StrEnum):
    """Why a base year is set or recalculated; organic growth is none."""

    FIRST = "first"
    STRUCTURAL = "structural"
    METHOD = "method"
    FACTOR = "factor"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseYear:
    """The base year and its figures; None: not stated. The newest entry holds."""

    year: int
    scope_1_2_t: float | None = None
    scope_3_1_t: float | None = None
    output: float | None = None
    output_unit: str = "t"
    intensity_1_2: float | None = None
    """tCO2e per output unit, as stated; None: by the sums."""
    intensity_3_1: float | None = None
    reason: BaseYearReason
    what: str = ""
    """What has changed."""
    threshold: float = 0.05
    """Relative change from which a recalculation is due."""
    approver: str
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why meters and invoices, or main meter and sub-meters, of a month differ."""

    carrier: Carrier
    since: int
    until: int
    against: str
    """invoices or subs."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A month or a year is closed: its figures stand, whatever is entered later."""

    period: str
    """2026-03 or 2026."""
    since: int
    until: int
    inventory: str
    """`domain.inventory.Inventory` as canonical JSON."""
    sha256: str
    """Of that text."""
    known: int
    """Number of the newest ledger entry that the figures know."""
    software: str
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """A closed period gets other figures; the ones before stay readable in their entry."""

    period: str
    since: int
    until: int
    before: int
    """Number of the entry that is restated: `Closed` or `Restated`."""
    inventory: str
    sha256: str
    known: int
    software: str
    approver: str


CarbonBody: TypeAlias = (
    EmissionFactor
    | FuelUse
    | Invoice
    | Certificates
    | GreenContract
    | AluminiumLot
    | BaseYear
    | Explained
    | Closed
    | Restated
)
