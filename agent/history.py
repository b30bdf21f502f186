"""Writes the past of a simulated plant into store and ledger, as if the agent had been there all along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.ledger import MeterEvent, MeterEventKind
from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.ports import Ledger, Store
from simulators.history import BASE_YEAR, chapters
from simulators.plant import PlantSimulator
from simulators.planted import PlantedKind, planted

WHO, WHY = "demo", "planted by the scenario"
Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCounts:
    """What was written; what was there already is not counted."""

    readings: int
    events: int


def history_since(plant: Plant) -> int:
    """Return the instant at which the base year begins in the plant."""
    return _calendar(plant).instant(BASE_YEAR)


def write_history(
    plant: Plant,
    simulator: PlantSimulator,
    store: Store,
    ledger: Ledger,
    *,
    since: int,
    until: int,
    progress: Progress,
) -> HistoryCounts:
    """Write the readings of [since, until) and the meter events that the scenario declares.

    One commit a month under a name of its own: what was interrupted goes on where it was. `until` is the
    instant that the ledger's entries are made at.
    """
    calendar = _calendar(plant)
    events = _declare(plant, simulator, ledger, since, until)
    months = len(list(calendar.periods(PeriodKind.MONTH, since, until)))
    readings = 0
    for done, chapter in enumerate(chapters(plant, simulator, calendar, since=since, until=until), start=1):
        readings += store.fill(f"history {chapter.name}", chapter.series)
        progress(done / months)
    return HistoryCounts(readings=readings, events=events)


def declared_events(
    plant: Plant, simulator: PlantSimulator, *, since: int, until: int
) -> tuple[MeterEvent, ...]:
    """Return the exchanges in [since, until) that somebody wrote down."""
    return tuple(
        MeterEvent(
            kind=MeterEventKind.EXCHANGE,
            point=found.subject,
            at=found.since,
            old_final=found.old_final,
            new_start=found.new_start,
        )
        for found in planted(plant, simulator, since=since, until=until)
        if found.kind is PlantedKind.EXCHANGE
    )


def _declare(plant: Plant, simulator: PlantSimulator, ledger: Ledger, since: int, until: int) -> int:
    """Record the exchanges that somebody wrote down, each once, and return how many are new."""
    known = {
        entry.body for entry in ledger.entries() if entry.who == WHO and isinstance(entry.body, MeterEvent)
    }
    events = declared_events(plant, simulator, since=since, until=until)
    fresh = [event for event in events if event not in known]
    if fresh:
        ledger.add(fresh, who=WHO, why=WHY, at=until)
    return len(fresh)


def _calendar(plant: Plant) -> PlantCalendar:
    return PlantCalendar(ZoneInfo(plant.time_zone))
