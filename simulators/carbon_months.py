"""What a simulated plant really burnt, bought and made in each month, before any register rounds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Carrier, MeterRole, Plant
from domain.series import Floats, Instants
from simulators.assignment import Assignment, sources_of
from simulators.effects import Source
from simulators.plant import PlantSimulator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueMonth:
    """One calendar month that is over."""

    name: str
    since: int
    until: int
    gas_m3: float
    """At 20 C and 101.325 kPa, main meter."""
    bought_kwh: float
    output_t: float


def true_months(
    plant: Plant, simulator: PlantSimulator, calendar: PlantCalendar, *, since: int, until: int
) -> tuple[TrueMonth, ...]:
    """Return the months that lie in [since, until) as a whole."""
    months = [
        month
        for month in calendar.periods(PeriodKind.MONTH, since, until)
        if since <= month.since and month.until <= until
    ]
    if not months:
        return ()
    edges = np.array([*(month.since for month in months), months[-1].until], np.int64)
    counters = [
        _counters(plant, simulator, carrier, role)
        for carrier, role in (
            (Carrier.GAS, MeterRole.MAIN),
            (Carrier.ELECTRICITY, MeterRole.MAIN),
            (Carrier.PRODUCTION, MeterRole.SUB),
        )
    ]
    gas, bought, made = np.diff(_indexes(counters, edges, [int(month.name[:4]) for month in months]))
    return tuple(
        TrueMonth(
            name=month.name,
            since=month.since,
            until=month.until,
            gas_m3=float(gas[place]),
            bought_kwh=float(bought[place]),
            output_t=float(made[place]),
        )
        for place, month in enumerate(months)
    )


def _counters(plant: Plant, simulator: PlantSimulator, carrier: Carrier, role: MeterRole) -> list[Source]:
    """Return what such counters count."""
    return [
        sources_of(device, Assignment(), simulator.model)[point.name]
        for device in plant.devices
        for point in device.points
        if point.is_counter and point.carrier is carrier and point.role is role
    ]


def _indexes(counters: Sequence[Sequence[Source]], at: Instants, years: Sequence[int]) -> Floats:
    """Return what had passed each group of counters at each instant; the last instant is of the last year.

    Year by year: the model keeps the tables of few.
    """
    found = np.zeros((len(counters), len(at)))
    of_year = np.array([*years, years[-1]])
    for year in sorted(set(years)):
        chosen = of_year == year
        for place, group in enumerate(counters):
            for source in group:
                found[place, chosen] += source.series(at[chosen])
    return found
