"""Why a year's gas differs from that of the year before: output, intensity, and all the rest.

Output: (P1 - P0) * I0. Intensity: P1 * (I1 - I0). Both add up to G1 - G0 of a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from analytics.prepared import Prepared
from analytics.sums import inside
from analytics.supply import supply_meters, total_in
from domain.carbon import Change, ChangeStep
from domain.plant import Carrier
from domain.series import Bools, Floats

OTHER = "other"


def change_of(prepared: Prepared, year: int, *, now: int) -> Change:
    """Return the gas of the days of `year` that are over against the same days of the year before, split.

    A day is compared only where both years know all of it: the gas of the plant, and gas and output of every
    process that has both. February 29 has no counterpart. Codes: `change.partial` (days were left out),
    `change.no_data` (no day is left).
    """
    calendar = prepared.calendar
    first, end = date(year, 1, 1), min(date(year + 1, 1, 1), calendar.day_of(now))
    pairs = _pairs(first, end)
    spans = [
        (calendar.day_start(day), calendar.day_start(day + timedelta(days=1)))
        for of_year in (0, 1)
        for day in (pair[of_year] for pair in pairs)
    ]
    processes = [process.id for process in prepared.plant.processes if _is_measured(prepared, process.id)]
    columns = _columns(prepared, processes, spans)
    chosen = np.isfinite(columns).all(axis=0).reshape(2, len(pairs)).all(axis=0)
    since, until = calendar.day_start(first), max(calendar.day_start(end), calendar.day_start(first))
    if not chosen.any():
        return Change(
            year=year, since=since, until=until, before=None, after=None, steps=(), codes=("change.no_data",)
        )
    sums = columns.reshape(-1, 2, len(pairs))[:, :, chosen].sum(axis=2)
    before, after = sums[0].tolist()
    return Change(
        year=year,
        since=since,
        until=until,
        before=before,
        after=after,
        steps=_steps(processes, sums),
        codes=() if chosen.all() else ("change.partial",),
    )


# inside


def _pairs(first: date, end: date) -> list[tuple[date, date]]:
    """Return (day of the year before, day) for the days in [first, end)."""
    days = (first + timedelta(days=place) for place in range(max(0, (end - first).days)))
    return [(day.replace(year=day.year - 1), day) for day in days if (day.month, day.day) != (2, 29)]


def _is_measured(prepared: Prepared, process: str) -> bool:
    """Say whether gas and output of a process were ever known together."""
    hours = prepared.hours[process]
    return bool((np.isfinite(hours.gas) & np.isfinite(hours.output)).any())


def _columns(prepared: Prepared, processes: Sequence[str], spans: Sequence[tuple[int, int]]) -> Floats:
    """Return a row for the gas of the plant, then gas and output of each process; a column a span.

    NaN where one of the windows is not known, or the windows do not fill the span.
    """
    meters = supply_meters(prepared.plant, Carrier.GAS)
    total = total_in(prepared, meters, prepared.since, prepared.until)
    amounts = [np.full(len(prepared.edges) - 1, np.nan) if total is None else total.amount]
    for process in processes:
        amounts += [prepared.hours[process].gas, prepared.hours[process].output]
    begins, ends = prepared.edges[:-1], prepared.edges[1:]
    places = inside(begins, ends, spans)
    is_filled: Bools = places.total((ends - begins).astype(np.float64)) == places.length_ms
    return np.array([np.where(is_filled, places.total(amount), np.nan) for amount in amounts])


def _steps(processes: Sequence[str], sums: Floats) -> tuple[ChangeStep, ...]:
    """Return the causes; `sums` has two columns, before and after."""
    found = []
    rest = float(sums[0, 1] - sums[0, 0])
    for place, process in enumerate(processes):
        (gas_0, gas_1), (made_0, made_1) = sums[1 + 2 * place].tolist(), sums[2 + 2 * place].tolist()
        rest -= gas_1 - gas_0
        if made_0 > 0.0 and made_1 > 0.0:
            by_output = (made_1 - made_0) * gas_0 / made_0
            found.append(ChangeStep(subject=process, cause="output", nm3=by_output))
            found.append(ChangeStep(subject=process, cause="intensity", nm3=gas_1 - gas_0 - by_output))
        else:
            found.append(ChangeStep(subject=process, cause="other", nm3=gas_1 - gas_0))
    return (*found, ChangeStep(subject=OTHER, cause="other", nm3=rest))
