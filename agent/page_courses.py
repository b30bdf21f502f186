"""Courses, models and flows for the page, from the newest figures. Empty before the first ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from agent.page_bins import LONGEST_MS, Bins
from agent.page_parts import Parts
from analytics.change import change_of
from analytics.course import cusum_of, model_rows_of
from analytics.flows import flows_of
from analytics.load import load_of_bins, load_of_windows, points_of_load, process_rates
from analytics.prepared import Prepared
from domain.carbon import Change
from domain.courses import Course, Cusum, Load, ModelRowsPicture
from domain.flows import Flows
from domain.periods import HOUR_MS
from domain.results import Alert, Evidence

T = TypeVar("T")
STEP_MS = 5 * 60_000
"""The shortest step."""
NO_FIGURES = "figures.none"
"""Code of an answer that was given before the first figures."""
_NOTHING = Evidence(shares={}, coverage=0.0, is_complete=False, codes=(NO_FIGURES,))
_MOST_KEPT = 32


class Courses:
    """Answers that rest on windows or readings over time; from any thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._points = points_of_load(parts.loaded.plant)
        self._bins: dict[int, Bins] = {}
        self._kept: dict[Hashable, tuple[Prepared, Any]] = {}
        self._lock = Lock()

    def load(self, *, since: int, until: int, step_ms: int) -> Load:
        """Return the courses of the carriers: from readings up to two days, else from windows."""
        last = min(until, self._parts.clock.now_ms())
        if last <= since:
            return no_load(since, max(since, last), step_ms)
        if step_ms < HOUR_MS and last - since <= LONGEST_MS:
            return self._load_of_readings(since, last, max(step_ms, STEP_MS))
        step_ms, prepared = max(step_ms, HOUR_MS), self._parts.prepared(since)
        if prepared is None or prepared.until <= since:
            return no_load(since, last, step_ms)
        # The hour that is not over belongs to it.
        return load_of_windows(prepared, since=since, until=min(until, prepared.until), step_ms=step_ms)

    def _load_of_readings(self, since: int, until: int, step_ms: int) -> Load:
        plant = self._parts.loaded.plant
        with self._lock:
            bins = self._bins.setdefault(step_ms, Bins(self._parts, self._points, step_ms))
        edges, rates = bins.rates(since, until)
        prepared = self._parts.prepared(since)
        expected, own = (None, None)
        if prepared is not None:
            expected, own = process_rates(prepared, edges=edges, rates=rates)
        return load_of_bins(plant, edges=edges, rates=rates, process_expected=expected, process_gas=own)

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        """Return the CUSUM of a process."""
        return self._made(
            ("cusum", process, since),
            0,
            None,
            lambda all_: cusum_of(all_, process, since=since, alerts=self._waiting()),
        )

    def _waiting(self) -> list[Alert]:
        """Return the alerts that nobody has closed: of a drift that is explained no chart warns any more."""
        return [
            each.alert for each in self._parts.known_alerts() if each.is_waiting and each.alert is not None
        ]

    def model_rows(self, process: str) -> ModelRowsPicture:
        """Return every row of the model of a process."""
        plant, method = self._parts.loaded.plant, self._parts.loaded.method
        empty = ModelRowsPicture(
            process=process,
            interval=method.process(process).interval.value,
            output_unit=plant.process(process).output_unit,
            baseline=None,
            constant=None,
            slope=None,
            r_squared=None,
            rows=(),
        )
        return self._made(("rows", process), 0, empty, lambda all_: model_rows_of(all_, process))

    def flows(self, *, since: int, until: int) -> Flows:
        """Return where energy went."""
        now = self._parts.clock.now_ms()
        empty = Flows(
            since=since, until=until, nodes=(), links=(), sums=(), heat=(), total_kwh=None,
            total_co2_kg=None, is_complete=False, codes=(NO_FIGURES,),
        )  # fmt: skip
        return self._made(
            ("flows", since, until), since, empty,
            lambda all_: flows_of(all_, since=since, until=until, now=now),
        )  # fmt: skip

    def change(self, year: int) -> Change:
        """Return the gas of a year so far against the year before."""
        now = self._parts.clock.now_ms()
        empty = Change(year=year, since=0, until=0, before=None, after=None, steps=(), codes=(NO_FIGURES,))
        return self._made(("change", year), 0, empty, lambda all_: change_of(all_, year, now=now))

    def _made(self, key: Hashable, since: int, empty: T, make: Callable[[Prepared], T]) -> T:
        """Return what was made of these very figures, or make it."""
        prepared = self._parts.prepared(since)
        if prepared is None or not len(prepared.edges):
            return empty
        kept = self._kept.get(key)
        if kept is not None and kept[0] is prepared:
            found: T = kept[1]
            return found
        found = make(prepared)
        with self._lock:
            self._kept[key] = prepared, found
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return found


def no_load(since: int, until: int, step_ms: int) -> Load:
    """Return a load without a step."""
    gas = Course(name="gas", unit="Nm3/h", values=())
    electricity, pv, heat = (
        Course(name=name, unit="kW", values=()) for name in ("electricity", "pv", "heat")
    )
    return Load(
        since=since, until=until, step_ms=step_ms, at=(), gas=gas, gas_expected=None,
        electricity=electricity, pv=pv, heat=heat,
    )  # fmt: skip


def quarters(load: Load) -> dict[str, tuple[float | None, ...]]:
    """Return the mean rates of a load of steps of 5 min, three of them together, by course."""
    found = {}
    for course in (load.gas, load.electricity, load.pv, load.heat):
        values = np.array([np.nan if value is None else value for value in course.values])
        values = values[len(values) % 3 :].reshape(-1, 3)
        known = np.isfinite(values)
        count = known.sum(axis=1)
        sums = np.where(known, values, 0.0).sum(axis=1)
        found[course.name] = tuple(
            float(total / n) if n else None for total, n in zip(sums.tolist(), count.tolist(), strict=True)
        )
    return found
