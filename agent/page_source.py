"""Everything the page asks, answered from the running agent in this process."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agent import page_carbon, page_declaring, page_evidence
from agent.page_courses import Courses
from agent.page_now import Watching
from agent.page_parts import END, Parts
from agent.page_results import results_of
from config import Loaded
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
from domain.errors import StoreError
from domain.flows import Flows
from domain.inventory import Restatement
from domain.method import Method
from domain.now import Now
from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.reading import Gap
from domain.windows import WindowVersion

log = logging.getLogger(__name__)


class LocalSource:
    """A `dashboard.source.Source`; close it before the store and the ledger."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._courses = Courses(parts)
        self._watching = Watching(parts, self._courses)

    def close(self) -> None:
        """End its thread."""
        self._watching.close()

    def take(self, loaded: Loaded) -> None:
        """Answer for another plant file from now on; what is shown of this moment is made before."""
        parts = self._parts.of(loaded)
        courses = Courses(parts)
        watching, old = Watching(parts, courses), self._watching
        try:
            watching.look()
        except StoreError as error:  # it looks again by itself
            log.debug("no_first_look problem=%s", error)
        self._parts, self._courses, self._watching = parts, courses, watching
        old.close()

    @property
    def plant(self) -> Plant:
        """Return the plant."""
        return self._parts.loaded.plant

    @property
    def method(self) -> Method:
        """Return how its numbers are made."""
        return self._parts.loaded.method

    def calendar(self) -> PlantCalendar:
        """Return the plant's calendar as of the last cycle; asks no file, for every page asks for it."""
        return self._parts.analysis.calendar

    def now(self) -> Now:
        """Return this moment; costs no query."""
        return self._watching.now()

    def look(self) -> None:
        """Make at once what `now` otherwise has made beside its calls."""
        self._watching.look()

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        """Return results that begin in [since, until), decoded."""
        return results_of(self._parts, kind, since=since, until=until, period=period, subject=subject)

    def load(self, *, since: int, until: int, step_ms: int) -> Load:
        """Return the courses of the carriers."""
        return self._courses.load(since=since, until=until, step_ms=step_ms)

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        """Return the CUSUM of a process."""
        return self._courses.cusum(process, since=since)

    def model_rows(self, process: str) -> ModelRowsPicture:
        """Return every row of the model of a process."""
        return self._courses.model_rows(process)

    def flows(self, *, since: int, until: int) -> Flows:
        """Return where energy went."""
        return self._courses.flows(since=since, until=until)

    def carbon_paths(self) -> tuple[CarbonPath, ...]:
        """Return the paths of the reduction plan."""
        return self._parts.loaded.method.carbon.paths

    def carbon_book(self) -> CarbonBook:
        """Return what people declared for carbon."""
        return page_carbon.carbon_book(self._parts)

    def restatement(self, period: str) -> Restatement | None:
        """Return a closed month or year against what it would be now."""
        return page_carbon.restatement(self._parts, period)

    def change(self, year: int) -> Change:
        """Return the gas of a year so far against the year before, split by cause."""
        return self._courses.change(year)

    def alerts(self) -> tuple[AlertPicture, ...]:
        """Return every alert, what waits for a person first."""
        return page_evidence.alerts(self._parts)

    def points_now(self) -> tuple[PointNow, ...]:
        """Return the newest reading of every point."""
        return page_evidence.points_now(self._parts)

    def completeness(self, *, since: int, until: int) -> tuple[Completeness, ...]:
        """Return how much of each production day each device was observed."""
        return page_evidence.completeness(self._parts, since=since, until=until)

    def amounts(self, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
        """Return what counters showed in [since, until)."""
        return page_evidence.amounts(self._parts, points, since=since, until=until)

    def windows(self, point: str, *, since: int, until: int) -> tuple[WindowPicture, ...]:
        """Return the windows of a point that begin in [since, until)."""
        return page_evidence.windows(self._parts, point, since=since, until=until)

    def versions(self, point: str, since: int) -> tuple[WindowVersion, ...]:
        """Return every version of the window that begins at `since`."""
        return page_evidence.versions(self._parts, point, since)

    def readings(self, point: str, *, since: int, until: int, limit: int = 1000) -> ReadingsPicture:
        """Return raw readings, oldest first."""
        return page_evidence.readings(self._parts, point, since=since, until=until, limit=limit)

    def gaps(self, *, since: int, until: int) -> tuple[Gap, ...]:
        """Return the polls that left no reading in [since, until)."""
        return page_evidence.gaps(self._parts, since=since, until=until)

    def baselines(self) -> tuple[BaselinePicture, ...]:
        """Return every baseline of the ledger, newest first."""
        return page_evidence.baselines(self._parts)

    def entries(self, *, limit: int = 200) -> tuple[EntryPicture, ...]:
        """Return the newest rows of the ledger, newest first."""
        return page_evidence.entries(self._parts, limit=limit)

    def acknowledge(self, alert: str, *, who: str, why: str) -> tuple[int, ...]:
        """Take an alert over."""
        return page_declaring.acknowledge(self._parts, alert, who=who, why=why)

    def close_alert(
        self, alert: str, *, cause: str, who: str, why: str, is_permanent: bool = False
    ) -> tuple[int, ...]:
        """Close an alert with its cause."""
        return page_declaring.close_alert(
            self._parts, alert, cause=cause, who=who, why=why, is_permanent=is_permanent
        )

    def declare_exchange(
        self, point: str, *, at: str, old_final: float, new_start: float, certificate: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Declare that a meter was exchanged."""
        return page_declaring.declare_exchange(
            self._parts, point, at=at, old_final=old_final, new_start=new_start, certificate=certificate,
            who=who, why=why,
        )  # fmt: skip

    def state_production(
        self, process: str, *, since: str, until: str, quantity: float, unit: str, who: str, why: str
    ) -> tuple[int, ...]:
        """State output of a process."""
        return page_declaring.state_production(
            self._parts, process, since=since, until=until, quantity=quantity, unit=unit, who=who, why=why
        )

    def declare_carbon(self, kind: str, fields: Mapping[str, str], *, who: str, why: str) -> tuple[int, ...]:
        """Declare one thing for carbon."""
        return page_carbon.declare(self._parts, kind, fields, who=who, why=why)

    def close_period(self, period: str, *, shown: str, approver: str, who: str, why: str) -> tuple[int, ...]:
        """Close a month or a year."""
        return page_carbon.close_period(self._parts, period, shown=shown, approver=approver, who=who, why=why)

    def restate_period(
        self, period: str, *, shown: str, approver: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Give a closed month or year the figures that it would have now."""
        return page_carbon.restate_period(
            self._parts, period, shown=shown, approver=approver, who=who, why=why
        )

    def fit_baseline(self, process: str, *, first: date, last: date, who: str, why: str) -> tuple[int, ...]:
        """Fit a baseline over whole days and record it."""
        return page_declaring.fit_baseline(self._parts, process, first=first, last=last, who=who, why=why)

    def approve_baseline(self, baseline: str, *, valid_from: str, who: str, why: str) -> tuple[int, ...]:
        """Hold the process against a baseline."""
        return page_declaring.approve_baseline(self._parts, baseline, valid_from=valid_from, who=who, why=why)
