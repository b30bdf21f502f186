"""What the page asks of the agent: figures, readings, the ledger, and the few things a person may record.

The agent answers in its own process, or over its private socket when the page runs as a role of its own.
Every answer is a value of the domain. Methods block and are called from worker threads, except `now`, which
is quick. StoreError when the store or the agent does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from domain.carbon import CarbonPath, Change
from domain.carbon_book import CarbonBook
from domain.courses import (
    Amount,
    Completeness,
    Cusum,
    Load,
    ModelRowsPicture,
    PointNow,
    ReadingsPicture,
    WindowPicture,
)
from domain.declared import AlertPicture, BaselinePicture, EntryPicture
from domain.flows import Flows
from domain.inventory import Restatement
from domain.method import Method
from domain.now import Now
from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.reading import Gap
from domain.windows import WindowVersion

END = 2**53


class Source(Protocol):
    """Everything the page may know and do."""

    @property
    def plant(self) -> Plant:
        """Return the plant."""
        ...

    @property
    def method(self) -> Method:
        """Return how its numbers are made."""
        ...

    def calendar(self) -> PlantCalendar:
        """Return the plant's calendar as the ledger has it now."""
        ...

    def now(self) -> Now:
        """Return this moment; costs no query."""
        ...

    # figures

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        """Return results that begin in [since, until), decoded (`domain.result_rows.KINDS`).

        Periods that are not over are as of the last cycle.
        """
        ...

    def load(self, *, since: int, until: int, step_ms: int) -> Load:
        """Return the courses of the carriers; steps of 5 min to a day."""
        ...

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        """Return the CUSUM of a process, of rows that begin at or after `since`; None without a baseline."""
        ...

    def model_rows(self, process: str) -> ModelRowsPicture:
        """Return every row of the model of a process."""
        ...

    def flows(self, *, since: int, until: int) -> Flows:
        """Return where energy went."""
        ...

    def carbon_paths(self) -> tuple[CarbonPath, ...]:
        """Return the paths of the reduction plan; empty without any."""
        ...

    def carbon_book(self) -> CarbonBook:
        """Return what people declared for carbon; the inventories are results of the kind "inventory"."""
        ...

    def restatement(self, period: str) -> Restatement | None:
        """Return a closed month or year against what it would be now; None for one that is not closed."""
        ...

    def change(self, year: int) -> Change:
        """Return the gas of a year so far against the year before, split by cause."""
        ...

    def alerts(self) -> tuple[AlertPicture, ...]:
        """Return every alert, what waits for a person first: errors, then warnings, then by cost a day."""
        ...

    # evidence

    def points_now(self) -> tuple[PointNow, ...]:
        """Return the newest reading of every point, in the plant's order."""
        ...

    def completeness(self, *, since: int, until: int) -> tuple[Completeness, ...]:
        """Return how much of each production day each device was observed."""
        ...

    def amounts(self, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
        """Return what counters showed in [since, until), in the order of `points`; KeyError for no point."""
        ...

    def windows(self, point: str, *, since: int, until: int) -> tuple[WindowPicture, ...]:
        """Return the windows of a point that begin in [since, until)."""
        ...

    def versions(self, point: str, since: int) -> tuple[WindowVersion, ...]:
        """Return every version of the window that begins at `since`, oldest first."""
        ...

    def readings(self, point: str, *, since: int, until: int, limit: int = 1000) -> ReadingsPicture:
        """Return raw readings, oldest first."""
        ...

    def gaps(self, *, since: int, until: int) -> tuple[Gap, ...]:
        """Return the polls that left no reading in [since, until)."""
        ...

    def baselines(self) -> tuple[BaselinePicture, ...]:
        """Return every baseline of the ledger, newest first."""
        ...

    def entries(self, *, limit: int = 200) -> tuple[EntryPicture, ...]:
        """Return the newest rows of the ledger, newest first."""
        ...

    # what a person may record: each returns the numbers of the ledger's new entries, or raises Refused

    def acknowledge(self, alert: str, *, who: str, why: str) -> tuple[int, ...]:
        """Take an alert over."""
        ...

    def close_alert(
        self, alert: str, *, cause: str, who: str, why: str, is_permanent: bool = False
    ) -> tuple[int, ...]:
        """Close an alert with its cause."""
        ...

    def declare_exchange(
        self, point: str, *, at: str, old_final: float, new_start: float, certificate: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Declare that a meter was exchanged; `at` in plant time, `2026-03-01T08:00`."""
        ...

    def state_production(
        self, process: str, *, since: str, until: str, quantity: float, unit: str, who: str, why: str
    ) -> tuple[int, ...]:
        """State output of a process over [since, until), plant time."""
        ...

    def declare_carbon(self, kind: str, fields: Mapping[str, str], *, who: str, why: str) -> tuple[int, ...]:
        """Declare one thing for carbon: the fields are the columns of its table (docs/carbon-entries.md)."""
        ...

    def close_period(self, period: str, *, shown: str, approver: str, who: str, why: str) -> tuple[int, ...]:
        """Close a month or a year with the figures whose SHA-256 was shown: they stand from now on."""
        ...

    def restate_period(
        self, period: str, *, shown: str, approver: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Give a closed month or year the figures of now, whose SHA-256 was shown."""
        ...

    def fit_baseline(self, process: str, *, first: date, last: date, who: str, why: str) -> tuple[int, ...]:
        """Fit a baseline over whole days, both included, and record it; it counts once approved."""
        ...

    def approve_baseline(self, baseline: str, *, valid_from: str, who: str, why: str) -> tuple[int, ...]:
        """Hold the process against a baseline from an instant on (plant time; empty: from its own rule)."""
        ...
