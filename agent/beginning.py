"""The demo's first start: its past, windows of it, the baselines of its base year."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.analysing import DIRTY_NAME
from agent.analysis import Analysis
from agent.carbon_history import PastCloser, carbon_past, declare_past
from agent.compared import Compared, compare, truths_of
from agent.compared_carbon import CarbonPast, compare_carbon
from agent.dirty import DirtyHours
from agent.history import WHO, HistoryCounts, history_since, write_history
from agent.origin import Origin
from agent.shipped_factors import adopt
from agent.simulation import load_named_scenario, simulated_plant
from agent.storing import open_store
from config import Loaded
from domain.findings import Finding
from domain.ledger import BaselineApproved, BaselineFitted
from domain.periods import HOUR_MS, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.ports import Clock, Ledger, ResultStore, Store
from domain.results import Baseline, Results
from simulators.plant import PlantSimulator
from storage.ledger import FILE_NAME, SqliteLedger

WHY = "base year of the plan; demo"
Progress = Callable[[str, float], None]
"""Told a step of the beginning and the share of it that is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What the first start left in store and ledger."""

    history: HistoryCounts
    baselines: int
    """Approved now; those that were there are not counted."""


class Fits(Protocol):
    """What fits baselines."""

    def fit(self, process: str, since: int, until: int) -> tuple[Baseline | None, tuple[Finding, ...]]:
        """Return a baseline, not recorded, and what is doubtful about it."""
        ...


def begin_past(loaded: Loaded, origin: Origin, clock: Clock, progress: Progress) -> Begun:
    """Write the past and its windows, fit and approve the baselines; what was interrupted goes on."""
    plant = loaded.plant
    simulator = simulator_of(plant, origin, clock)
    with _opened(loaded) as (store, ledger, dirty):
        counts = write_history(
            plant,
            simulator,
            store,
            ledger,
            since=history_since(plant),
            until=origin.start_ms,
            progress=lambda share: progress("what the meters showed since 2024", share),
        )
        adopt(ledger, at=origin.start_ms)
        carbon = carbon_of_past(loaded, origin, simulator)
        declare_past(carbon.entries, ledger, at=origin.start_ms, late=False)
        analysis = Analysis(plant, loaded.method, store, ledger, dirty=dirty, clock=clock)
        now = clock.now_ms()
        analysis.load(lambda done, of: progress("consumption by the hour", done / of))
        baselines = approve_baselines(analysis, plant, ledger, at=now)
        progress("carbon of the closed months", 0.0)
        _close_past(loaded, analysis, ledger, carbon, at=origin.start_ms)
        progress("carbon of the closed months", 1.0)
        # No figure knows the ledger's entries yet: the agent computes all results, but no window again.
        dirty.done({}, watermark=now // HOUR_MS * HOUR_MS - HOUR_MS)
    return Begun(history=counts, baselines=baselines)


def carbon_of_past(loaded: Loaded, origin: Origin, simulator: PlantSimulator) -> CarbonPast:
    """Return what the demo's plant really emitted before its first start, and what was declared of it."""
    plant = loaded.plant
    return carbon_past(
        plant,
        simulator,
        PlantCalendar(ZoneInfo(plant.time_zone)),
        since=history_since(plant),
        until=origin.start_ms,
        seed=origin.seed,
    )


def _close_past(loaded: Loaded, analysis: Analysis, ledger: Ledger, carbon: CarbonPast, *, at: int) -> None:
    """Close the months, take late invoices in, restate one of them, close the years."""
    closer = PastCloser(loaded, ledger, at=at)
    for step in (
        partial(closer.close, kind=PeriodKind.MONTH),
        closer.restate,
        partial(closer.close, kind=PeriodKind.YEAR),
    ):
        prepared, known = analysis.current()
        if prepared is not None:
            step(prepared, known=known)
        declare_past(carbon.entries, ledger, at=at, late=True)


def approve_baselines(analysis: Fits, plant: Plant, ledger: Ledger, *, at: int) -> int:
    """Fit each process over the base year and approve it, once, and return how many are new."""
    approved = {entry.body.process for entry in ledger.entries() if isinstance(entry.body, BaselineApproved)}
    calendar = PlantCalendar(ZoneInfo(plant.time_zone))
    since = history_since(plant)
    until = calendar.instant(date(calendar.day_of(since).year + 1, 1, 1))
    count = 0
    for process in plant.processes:
        if process.id in approved:
            continue
        baseline, _ = analysis.fit(process.id, since, until)
        if baseline is None or baseline.failures:
            continue  # the agent's findings say so
        used = BaselineApproved(baseline=baseline.id, process=process.id, valid_from=since)
        ledger.add([BaselineFitted(baseline=baseline), used], who=WHO, why=WHY, at=at)
        count += 1
    return count


def compare_past(
    loaded: Loaded, origin: Origin, clock: Clock, store: ResultStore, results: Results
) -> tuple[Compared, ...]:
    """Return what was planted before the first start against what was found."""
    plant, since = loaded.plant, history_since(loaded.plant)
    points = [point.id for point in plant.points if point.is_counter and point.carrier is not None]
    windows = store.windows(points, since=since, until=origin.start_ms)
    simulator = simulator_of(plant, origin, clock)
    truths = truths_of(plant, simulator, windows, since=since, until=origin.start_ms)
    carbon = carbon_of_past(loaded, origin, simulator)
    return (
        *compare(truths, results, windows, PlantCalendar(ZoneInfo(plant.time_zone))),
        *compare_carbon(carbon, results.inventories),
    )


def simulator_of(plant: Plant, origin: Origin, clock: Clock) -> PlantSimulator:
    """Return the demo's plant as it was at its first start, not served."""
    scenario = load_named_scenario(origin.scenario)
    return simulated_plant(plant, clock, seed=origin.seed, scenario=scenario, start_ms=origin.start_ms)


@contextmanager
def _opened(loaded: Loaded) -> Iterator[tuple[Store, Ledger, DirtyHours]]:
    state_dir = loaded.agent.state_dir
    with ExitStack() as stack:
        yield (
            stack.enter_context(closing(open_store(loaded))),
            stack.enter_context(closing(SqliteLedger(state_dir / FILE_NAME))),
            stack.enter_context(closing(DirtyHours(state_dir / DIRTY_NAME))),
        )
