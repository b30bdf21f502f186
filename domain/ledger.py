"""What people declare and decide, as append-only entries; the ledger keeps who, when and why of each.

A correction is a new entry: one that voids the old one, or a later one of the same key. Bodies are frozen
dataclasses; instants are milliseconds since 1970 UTC, spans half-open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from domain.carbon_entries import CarbonBody
from domain.periods import WorkingCalendar
from domain.results import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """Output of a process over a span, as stated by a person or a file; it goes before the counters."""

    process: str
    since: int
    until: int
    quantity: float
    unit: str
    """The process's output unit."""
    product: str = ""
    """Product or alloy, where the mix matters."""
    source: str = ""
    """File and line, or "" when typed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionPlan:
    """Output that a process is planned to make over a span."""

    process: str
    since: int
    until: int
    quantity: float
    unit: str


class MeterEventKind(StrEnum):
    """What was done to a meter."""

    EXCHANGE = "exchange"
    RESET = "reset"
    """Set to another index without another meter."""
    CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEvent:
    """Something done to one counter at an instant."""

    kind: MeterEventKind
    point: str
    at: int
    old_final: float | None = None
    """Index of the old meter when it was taken off, canonical unit; None for a calibration."""
    new_start: float | None = None
    certificate: str = ""
    valid_until: date | None = None
    """Last day of a calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFactor:
    """A dated change of what normally does not change, with the adjustment of the baseline it justifies.

    Expected gas from `since` on (to `until`) becomes expected * (1 + share) + nm3_per_day * days.
    """

    process: str
    since: int
    until: int | None = None
    what: str
    share: float = 0.0
    nm3_per_day: float = 0.0
    approver: str = ""
    alert: str = ""
    """Id of the alert that was closed with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GasQuality:
    """Net calorific value of the gas over a span, by the supplier's statement; it wins over the method's."""

    since: int
    until: int
    """As a rule a month of the plant."""
    ncv_mj_per_nm3: float
    """Net (lower), at 0 C and 101.325 kPa."""
    source: str = ""
    """Number or file of the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChange:
    """Shifts, rest days and holidays from a day on."""

    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFitted:
    """A baseline that was computed; it is used only when approved."""

    baseline: Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineApproved:
    """From here on the process is held against this baseline."""

    baseline: str
    """Its id."""
    process: str
    valid_from: int


class AlertAction(StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    """By a person, with a cause."""
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEntry:
    """One step in the life of an alert."""

    alert: str
    """Its id, the same in results."""
    action: AlertAction
    at: int
    subject: str
    cause: str = ""
    """Why, as a person found it: burner, product, leak, meter, weather ..."""
    is_permanent: bool = False
    """Closed as the new normal: the level after it is what drift is watched against."""
    facts: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """An earlier entry counts no more."""

    entry: int
    """Its number."""


Body: TypeAlias = (
    Production
    | ProductionPlan
    | MeterEvent
    | StaticFactor
    | GasQuality
    | CalendarChange
    | BaselineFitted
    | BaselineApproved
    | AlertEntry
    | Voided
    | CarbonBody
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger."""

    number: int
    """1 and up, in the order of recording."""
    at: int
    """When it was recorded."""
    who: str
    why: str
    body: Body
