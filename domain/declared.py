"""What people declared and decided, as a page shows it, and what it may refuse."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import EnergyAgentError
from domain.results import Alert, Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry about an alert."""

    number: int
    at: int
    action: str
    """`domain.ledger.AlertAction`."""
    who: str
    why: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPicture:
    """An alert of the figures or of the ledger with what people did about it."""

    id: str
    state: str
    """open, acknowledged, closed, recovered or past."""
    subject: str
    alert: Alert | None
    """None: the figures no longer say it."""
    steps: tuple[Step, ...]
    """Oldest first."""
    nm3_per_day: float | None = None
    """Excess gas a day, of a drift."""
    cost_per_day: float | None = None
    """In `GasMethod.currency`; None without a price."""

    @property
    def is_waiting(self) -> bool:
        """Say whether it is so by the data and nobody has closed it."""
        return self.state in ("open", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePicture:
    """A baseline of the ledger."""

    baseline: Baseline
    fitted_at: int
    fitted_by: str
    approved_at: int | None
    approved_by: str
    valid_from: int | None
    is_in_use: bool
    """What the process is held against now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPicture:
    """A row of the ledger."""

    number: int
    at: int
    who: str
    why: str
    kind: str
    """production, plan, exchange, reset, calibration, ..."""
    subject: str
    text: str
    """What it says, in English and plant time."""
    is_voided: bool


class Refused(EnergyAgentError):
    """What was entered cannot be recorded; nothing was. `subject` names the field of the form."""
