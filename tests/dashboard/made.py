"""A plant in memory for tests of the page: a whole `Source` with known figures, at one fixed instant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.source import END
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
from domain.declared import AlertPicture, BaselinePicture, EntryPicture, Refused, Step
from domain.flows import Flows
from domain.inventory import Inventory, Restatement
from domain.method import CarbonMethod, Method
from domain.now import Now
from domain.periods import HOUR_MS, Period, PeriodKind, PlantCalendar
from domain.plant import Plant, Point
from domain.reading import Gap
from domain.windows import WindowVersion
from tests.dashboard.making import (
    carbon_declared,
    courses,
    declarations,
    energy,
    inventory,
    moment,
    proof,
    results,
)
from tests.dashboard.making.hours import GRID_KG_PER_KWH, NOW, PROCESSES, START, Hours, demo, make_hours
from tests.dashboard.making.moment import States

__all__ = ["NOW", "MadeSource", "Recorded"]

_hours = cache(make_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One call that would have written to the ledger."""

    action: str
    subject: str
    who: str
    why: str
    facts: Mapping[str, object]


class MadeSource:
    """The demo plant at 2026-11-22 14:32 with planted figures (`making/`), deterministic.

    empty: no reading yet. stale: devices silent since 14:28. ahead: devices whose clock is three minutes
    ahead. standing: lines that have stood since 08:00. incomplete: readings of what is not over are missing.
    names: device or process id -> its label in both languages.
    """

    def __init__(
        self,
        *,
        empty: bool = False,
        stale: Collection[str] = (),
        ahead: Collection[str] = (),
        standing: Collection[str] = (),
        incomplete: bool = False,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.states = States(
            empty=empty,
            stale=frozenset(stale),
            ahead=frozenset(ahead),
            standing=frozenset(standing),
            incomplete=incomplete,
        )
        self.recorded: list[Recorded] = []
        self._plant = _named(demo().plant, names or {})
        carbon = CarbonMethod(
            grid_kg_per_kwh=GRID_KG_PER_KWH, grid_source="Guangdong 2023", paths=energy.PATHS
        )
        self._method = replace(demo().method, carbon=carbon)
        self._hours: Hours = _hours(frozenset(standing))
        self._alerts = declarations.alerts(self._hours, self.states)

    @property
    def plant(self) -> Plant:
        return self._plant

    @property
    def method(self) -> Method:
        return self._method

    def calendar(self) -> PlantCalendar:
        return PlantCalendar(ZoneInfo(self._plant.time_zone), (self._method.calendar,))

    def now(self) -> Now:
        waiting = sum(each.is_waiting for each in self._alerts)
        return moment.moment(self._plant, self._hours, self.states, open_alerts=waiting)

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
        if self.states.empty:
            return ()
        if kind == "inventory":
            return tuple(
                each
                for each in self._inventories
                if since <= each.period.since < until
                and period in (None, each.period.kind)
                and subject in (None, "site")
            )
        if kind in ("intensity", "balance", "pv", "heat"):
            return tuple(
                found
                for each in self._periods(since, until, period)
                for found in self._of_period(kind, each, subject)
            )
        return tuple(
            found
            for name, begin, found in self._whole(kind)
            if subject in (None, name) and since <= begin < until
        )

    def _whole(self, kind: str) -> Iterator[tuple[str, int, Any]]:
        """Give (subject, begin, result) of what is of no period, named as the agent keeps it."""
        if kind == "track":
            for process in PROCESSES:
                for year in (2024, 2025, 2026):
                    track = results.track(self._hours, process, year, incomplete=self.states.incomplete)
                    yield f"{process}-{year}", START, track
        elif kind == "watch":
            yield from ((process, START, results.watch(process)) for process in PROCESSES)
        elif kind == "alert":
            yield from ((each.id, each.alert.since, each.alert) for each in self._alerts if each.alert)
        elif kind == "finding":
            for each in declarations.findings(self.states):
                yield f"{each.code}/{each.key}", START if each.since is None else each.since, each

    def _periods(self, since: int, until: int, kind: PeriodKind | None) -> Iterator[Period]:
        """Give the periods that begin in [since, until) and not after NOW."""
        kinds = [kind] if kind is not None else [each for each in PeriodKind if each is not PeriodKind.SHIFT]
        first, end = max(since, START), min(until, NOW)
        for each in kinds:
            for period in self.calendar().periods(each, first, end):
                if period.since >= first:
                    yield period

    def _of_period(self, kind: str, period: Period, subject: str | None) -> Iterator[Any]:
        hours, missing = self._hours, self.states.incomplete
        if kind == "intensity":
            for process in PROCESSES:
                if subject in (None, process):
                    yield results.intensity(hours, process, period, incomplete=missing)
        elif kind == "balance":
            yield from (
                results.balance(hours, name, period)
                for name in ("electricity", "gas")
                if subject in (None, name)
            )
        elif kind == "pv" and subject in (None, "site"):
            yield results.pv(hours, period)
        elif kind == "heat":
            for process in PROCESSES:
                is_stale = f"heat_{process}" in self.states.stale
                found = results.recovered(hours, process, period, stale=is_stale)
                if subject in (None, found.point):
                    yield found

    def load(self, *, since: int, until: int, step_ms: int) -> Load:
        silent = frozenset(each.carrier for each in self.now().carriers if each.stale)
        if self.states.empty:
            until = since
        return courses.load(self._hours, since=since, until=until, step_ms=step_ms, silent=silent)

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        self._plant.process(process)
        return None if self.states.empty else courses.cusum(self._hours, process, since=since)

    def model_rows(self, process: str) -> ModelRowsPicture:
        found = courses.model_rows(self._hours, process)
        if self.states.empty:
            found = replace(found, baseline=None, constant=None, slope=None, r_squared=None, rows=())
        return found

    def flows(self, *, since: int, until: int) -> Flows:
        if self.states.empty:
            return Flows(
                since=since, until=until, nodes=(), links=(), sums=(), heat=(), total_kwh=None,
                total_co2_kg=None, is_complete=False, codes=("flows.missing",),
            )  # fmt: skip
        is_now = until > NOW - HOUR_MS
        if until <= NOW:
            until -= until % HOUR_MS  # as the agent: an hour that is cut counts only where it is the newest
        return energy.flows(
            self._hours,
            since=since,
            until=until,
            stale=self.states.stale if is_now else frozenset(),
            incomplete=self.states.incomplete and is_now,
        )

    def carbon_paths(self) -> tuple[CarbonPath, ...]:
        return self._method.carbon.paths

    @cached_property
    def _inventories(self) -> tuple[Inventory, ...]:
        return inventory.made_inventories(self._hours, energy.PATHS)

    def carbon_book(self) -> CarbonBook:
        if self.states.empty:
            return CarbonBook(booked=(), closings=(), seals=(), findings=())
        return inventory.with_changes(carbon_declared.carbon_book(self._hours), self._inventories)

    def restatement(self, period: str) -> Restatement | None:
        kept = (each for each in self.results("inventory") if each.period.name == period)
        found = next(kept, None)
        return None if found is None else inventory.would_be(found)

    def change(self, year: int) -> Change:
        found = energy.change(self._hours, year)
        return replace(found, before=None, after=None, steps=()) if self.states.empty else found

    def alerts(self) -> tuple[AlertPicture, ...]:
        return self._alerts

    # evidence

    def points_now(self) -> tuple[PointNow, ...]:
        return tuple(moment.newest(self._plant, self._hours, self.states))

    def completeness(self, *, since: int, until: int) -> tuple[Completeness, ...]:
        return tuple(proof.completeness(self._plant, self.states, since=since, until=until))

    def amounts(self, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
        span = (since, since if self.states.empty else until)
        return tuple(proof.amount(self._point(each), self._hours, *span) for each in points)

    def windows(self, point: str, *, since: int, until: int) -> tuple[WindowPicture, ...]:
        if self.states.empty:
            return ()
        return tuple(proof.windows(self._point(point), self._hours, since=since, until=until))

    def versions(self, point: str, since: int) -> tuple[WindowVersion, ...]:
        return () if self.states.empty else tuple(proof.versions(self._point(point), self._hours, since))

    def readings(self, point: str, *, since: int, until: int, limit: int = 1000) -> ReadingsPicture:
        self._point(point)
        return proof.readings(
            self._plant, self._hours, self.states, point, since=since, until=until, limit=limit
        )

    def gaps(self, *, since: int, until: int) -> tuple[Gap, ...]:
        return tuple(proof.gaps(self.states, since=since, until=until))

    def baselines(self) -> tuple[BaselinePicture, ...]:
        return declarations.baselines(self._hours, self.states)

    def entries(self, *, limit: int = 200) -> tuple[EntryPicture, ...]:
        return declarations.entries(self.states)[:limit]

    def _point(self, name: str) -> Point:
        """Return a point; KeyError for none."""
        return {point.id: point for point in self._plant.points}[name]

    # what a person may record

    def acknowledge(self, alert: str, *, who: str, why: str) -> tuple[int, ...]:
        return self._take(alert, "acknowledged", "acknowledge", who=who, why=why)

    def close_alert(
        self, alert: str, *, cause: str, who: str, why: str, is_permanent: bool = False
    ) -> tuple[int, ...]:
        return self._take(
            alert, "closed", "close_alert", who=who, why=why, cause=cause, is_permanent=is_permanent
        )

    def declare_exchange(
        self, point: str, *, at: str, old_final: float, new_start: float, certificate: str, who: str, why: str
    ) -> tuple[int, ...]:
        facts = {"at": at, "old_final": old_final, "new_start": new_start, "certificate": certificate}
        return self._record("declare_exchange", point, who=who, why=why, **facts)

    def state_production(
        self, process: str, *, since: str, until: str, quantity: float, unit: str, who: str, why: str
    ) -> tuple[int, ...]:
        if unit != self._plant.process(process).output_unit:
            raise Refused("unit", f"{process} is counted in t, not in {unit}", "write its quantity in t")
        facts = {"since": since, "until": until, "quantity": quantity, "unit": unit}
        return self._record("state_production", process, who=who, why=why, **facts)

    def declare_carbon(self, kind: str, fields: Mapping[str, str], *, who: str, why: str) -> tuple[int, ...]:
        if kind not in carbon_declared.DECLARED:
            raise Refused("kind", f"{kind} is nothing to declare", "choose one of the list")
        return self._record("declare_carbon", kind, who=who, why=why, fields=dict(fields))

    def close_period(self, period: str, *, shown: str, approver: str, who: str, why: str) -> tuple[int, ...]:
        if self.restatement(period) is not None:
            raise Refused("period", f"{period} is closed", "restate it")
        return self._record("close_period", period, who=who, why=why, approver=approver, shown=shown)

    def restate_period(
        self, period: str, *, shown: str, approver: str, who: str, why: str
    ) -> tuple[int, ...]:
        if self.restatement(period) is None:
            raise Refused("period", f"{period} is not closed", "close it first")
        return self._record("restate_period", period, who=who, why=why, approver=approver, shown=shown)

    def fit_baseline(self, process: str, *, first: date, last: date, who: str, why: str) -> tuple[int, ...]:
        return self._record("fit_baseline", process, who=who, why=why, first=first, last=last)

    def approve_baseline(self, baseline: str, *, valid_from: str, who: str, why: str) -> tuple[int, ...]:
        return self._record("approve_baseline", baseline, who=who, why=why, valid_from=valid_from)

    def _record(self, action: str, subject: str, *, who: str, why: str, **facts: object) -> tuple[int, ...]:
        if not why.strip():
            raise Refused("why", "no reason is given", "write why, in a few words")
        self.recorded.append(Recorded(action=action, subject=subject, who=who, why=why, facts=facts))
        return (42 + len(self.recorded),)

    def _take(
        self, alert: str, state: str, action: str, *, who: str, why: str, cause: str = "",
        is_permanent: bool = False,
    ) -> tuple[int, ...]:  # fmt: skip
        if alert not in {each.id for each in self._alerts}:
            raise Refused("alert", f"there is no alert {alert}", "look at the list of alerts")
        numbers = self._record(action, alert, who=who, why=why, cause=cause, is_permanent=is_permanent)
        step = Step(number=numbers[0], at=NOW, action=state, who=who, why=why, cause=cause)
        self._alerts = tuple(
            replace(each, state=state, steps=(*each.steps, step)) if each.id == alert else each
            for each in self._alerts
        )
        return numbers


def _named(plant: Plant, names: Mapping[str, str]) -> Plant:
    """Return the plant with other labels of some devices or processes."""
    both = {name: {"zh": label, "en": label} for name, label in names.items()}
    return replace(
        plant,
        devices=tuple(replace(each, label=both.get(each.id, each.label)) for each in plant.devices),
        processes=tuple(replace(each, label=both.get(each.id, each.label)) for each in plant.processes),
    )
