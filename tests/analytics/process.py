"""A process by the hour with a known truth, for tests of what is made of its hours."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from analytics.hours import ProcessHours
from analytics.operation import states
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.series import Floats, Instants
from domain.windows import Grade

SHANGHAI = PlantCalendar(ZoneInfo("Asia/Shanghai"))
JANUARY_2024 = 1_704_038_400_000
"""Midnight in Shanghai."""


def edges_of(days: int, start: int = JANUARY_2024) -> Instants:
    """Return the borders of the hours of so many days."""
    return SHANGHAI.edges(start, start + days * DAY_MS)


def process_of(
    edges: Instants,
    gas: Floats,
    output: Floats,
    *,
    variables: dict[str, Floats] | None = None,
    state: Floats | None = None,
    coverage: Floats | float = 1.0,
    flags: Floats | int = 0,
    grade: Grade = Grade.MEASURED,
) -> ProcessHours:
    """Return the hours of the process `melting`; its state by its gas alone unless given."""
    n = len(edges) - 1
    found = states(gas, output, None, None) if state is None else state.astype(np.uint8)
    cover = np.array(np.broadcast_to(coverage, n), np.float64)
    marks = np.array(np.broadcast_to(flags, n), np.uint16)
    grades = np.full(n, grade, np.uint8)
    return ProcessHours(
        process="melting",
        since=edges[:-1],
        until=edges[1:],
        gas=gas,
        gas_grade=grades,
        gas_coverage=cover,
        gas_flags=marks,
        output=output,
        output_grade=np.zeros(n, np.uint8),
        output_coverage=np.ones(n),
        output_flags=np.zeros(n, np.uint16),
        variables=variables or {},
        state=found,
    )


def months_of(gas: tuple[float, ...], output: tuple[float, ...], *, year: int, seed: int = 0) -> ProcessHours:
    """Return the hours of months whose sums are given, spread unevenly; nights and Sundays have no output."""
    rng = np.random.default_rng(seed)
    start = SHANGHAI.day_start(date(year, 1, 1))
    edges, by_gas, by_output = [np.array([start])], [], []
    for month_gas, month_output in zip(gas, output, strict=True):
        period = next(SHANGHAI.periods(PeriodKind.MONTH, start, start + 1))
        own = SHANGHAI.edges(period.since, period.until)
        local_hour = (np.arange(len(own) - 1)) % 24
        works = (local_hour >= 8) & (local_hour < 20)
        made = rng.uniform(0.5, 1.5, len(works)) * works
        burnt = rng.uniform(0.2, 0.4, len(works)) + made
        by_output.append(made / made.sum() * month_output)
        by_gas.append(burnt / burnt.sum() * month_gas)
        edges.append(own[1:])
        start = period.until
    return process_of(np.concatenate(edges), np.concatenate(by_gas), np.concatenate(by_output))


def cut(hours: ProcessHours, chosen: slice) -> ProcessHours:
    """Return some of the hours."""
    return ProcessHours(
        process=hours.process,
        variables={name: column[chosen] for name, column in hours.variables.items()},
        **{
            name: getattr(hours, name)[chosen]
            for name in hours.__slots__
            if name not in ("process", "variables")
        },
    )
