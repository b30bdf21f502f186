"""What a simulated plant really burnt, bought and made in each month, before any register rounds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Carrier, MeterRole, Plant
from domain.series import Floats, Instants
from simulators.assignment import Assignment, sources_of
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
    gas, bought, made = (
        np.diff(_index(plant, simulator, carrier, role, edges))
        for carrier, role in (
            (Carrier.GAS, MeterRole.MAIN),
            (Carrier.ELECTRICITY, MeterRole.MAIN),
            (Carrier.PRODUCTION, MeterRole.SUB),
        )
    )
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


def _index(
    plant: Plant, simulator: PlantSimulator, carrier: Carrier, role: MeterRole, at: Instants
) -> Floats:
    """Return what had passed all such counters at each instant."""
    total = np.zeros(len(at))
    for device in plant.devices:
        sources = sources_of(device, Assignment(), simulator.model)
        for point in device.points:
            if point.is_counter and point.carrier is carrier and point.role is role:
                total += sources[point.name].series(at)
    return total
