"""How the plant's carriers went over time: mean rates in steps, from readings or from windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from analytics.expectation import expectation
from analytics.meters import amounts_of
from analytics.prepared import Prepared
from analytics.rates import RatePoint, in_common_unit, points_of_rates, rate_point, rate_points
from analytics.rows import ModelRows
from analytics.sums import Inside, inside, on_grid
from domain.courses import Course, Load
from domain.periods import DAY_MS, HOUR_MS, PeriodKind
from domain.plant import Carrier, Plant, Point
from domain.results import Baseline
from domain.series import Bools, Floats, Instants
from domain.windows import Flag, no_windows

Rates = Mapping[str, tuple[Floats, Bools]]
"""Point id -> (own unit per hour or mean, whether the step is covered), as `binned` gives them."""
Values = tuple[Floats, Bools]
"""Nm3/h or kW, NaN where not known, and whether no meter and no time is missing."""

WEEKS = 4
"""What is usual is the median of so many weeks, of at least two of them."""
_CARRIERS = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)


# steps of readings


def points_of_load(plant: Plant) -> tuple[Point, ...]:
    """Return every point whose rates `load_of_bins` and `process_rates` need, in the plant's order."""
    wanted = {point.id for point in points_of_rates(plant)}
    for process in plant.processes:
        for point in amounts_of(plant, Carrier.GAS, process.id):
            wanted |= {point.id, point.temperature_point or "", point.pressure_point or ""}
    return tuple(point for point in plant.points if point.id in wanted)


def process_rates(
    prepared: Prepared, *, edges: Instants, rates: Rates
) -> tuple[Floats | None, Floats | None]:
    """Return (expected gas, gas) of the processes with a baseline in each step, Nm3/h; None without any.

    The expectation is that of the window that a step lies in: nothing finer is known of output.
    """
    found = _of_processes(prepared)
    if found is None:
        return None, None
    processes, expected, _ = found
    middle = (edges[:-1] + edges[1:]) // 2
    place = np.clip(np.searchsorted(prepared.edges, middle, side="right") - 1, 0, len(expected) - 1)
    is_inside = (middle >= prepared.since) & (middle < prepared.until)
    own = np.zeros(len(middle))
    for process in processes:
        for point in amounts_of(prepared.plant, Carrier.GAS, process):
            own = (
                own
                + point.shares[process] * _rate_of(rate_point(prepared.plant, point), rates, len(middle))[0]
            )
    return np.where(is_inside, expected[place], np.nan), own


def load_of_bins(
    plant: Plant,
    *,
    edges: Instants,
    rates: Rates,
    process_expected: Floats | None,
    process_gas: Floats | None,
) -> Load:
    """Return the load in steps between `edges`; a point without rates is a meter that gave nothing.

    `process_expected` and `process_gas` are of the processes with a baseline, as `process_rates` gives them.
    """
    count = len(edges) - 1
    found = {
        carrier: _summed(
            carrier, [(each, *_rate_of(each, rates, count)) for each in rate_points(plant, carrier)], count
        )
        for carrier in _CARRIERS
    }
    expected = None
    if process_expected is not None and process_gas is not None:
        # The meters of a step that is hardly begun need not agree: other gas is never below 0.
        expected = process_expected + np.maximum(found[Carrier.GAS][0] - process_gas, 0.0)
    step_ms = int(np.diff(edges).max(initial=0))
    return _load(edges, found, expected, step_ms=step_ms)


# steps of windows


def load_of_windows(prepared: Prepared, *, since: int, until: int, step_ms: int) -> Load:
    """Return the load in steps of so many hours, or of so many production days of the plant.

    A step has the mean of the windows inside it that are known. Where one of them has no expected gas, the
    step has none, so that both are always of the same time.
    """
    edges = _edges(prepared, since, until, step_ms)
    chosen = _windows_in(prepared, int(edges[0]), int(edges[-1]))
    own_since, own_until = prepared.edges[:-1][chosen], prepared.edges[1:][chosen]
    places = inside(own_since, own_until, list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))
    by_window = {carrier: _rates_of_windows(prepared, carrier, chosen) for carrier in _CARRIERS}
    found = {carrier: _means(rate, whole, time, places) for carrier, (rate, whole, time) in by_window.items()}
    expected = None
    of_processes = _of_processes(prepared)
    if of_processes is not None:
        gas, _, time = by_window[Carrier.GAS]
        by_model = of_processes[1][chosen] + np.maximum(gas - of_processes[2][chosen], 0.0)
        lost = np.isfinite(gas) & np.isnan(by_model)
        expected = _means(np.where(np.isnan(gas), np.nan, by_model), ~lost, time, places)[0]
        expected = np.where(places.some(lost), np.nan, expected)
    return _load(edges, found, expected, step_ms=step_ms)


def usual(prepared: Prepared, carrier: Carrier, at: int) -> float | None:
    """Return the median rate of this hour of the week in the last four weeks; None with less than two."""
    local = prepared.calendar.local(at)
    rates = []
    for week in range(1, WEEKS + 1):
        day = local.date() - timedelta(days=7 * week)
        then = prepared.calendar.instant(day, local.hour * 60 + local.minute)
        place = int(np.searchsorted(prepared.edges, then, side="right")) - 1
        if 0 <= place < len(prepared.edges) - 1:
            rate, whole, _ = _rates_of_windows(prepared, carrier, slice(place, place + 1))
            rates += rate[whole].tolist()
    return float(np.median(rates)) if len(rates) > 1 else None


# inside


def _rate_of(meter: RatePoint, rates: Rates, count: int) -> Values:
    """Return what one meter adds in steps of readings."""
    if meter.amount.id not in rates:
        return np.full(count, np.nan), np.zeros(count, np.bool_)
    rate, whole = rates[meter.amount.id]
    for name in meter.conditions:
        whole = whole & rates[name][1] if name in rates else np.zeros(count, np.bool_)
    return in_common_unit(meter, rate, lambda name: rates[name][0] if name in rates else None), whole


def _rates_of_windows(prepared: Prepared, carrier: Carrier, chosen: slice) -> tuple[Floats, Bools, Floats]:
    """Return (rate, whether it is whole, ms that it is of) in some of the windows.

    In a window that is not over the rate is of its part; with a gap in that part it is not known.
    """
    since, until = prepared.edges[:-1][chosen], prepared.edges[1:][chosen]
    length, time = (until - since).astype(np.float64), np.zeros(len(since))
    parts = []
    for meter in rate_points(prepared.plant, carrier):
        names = (meter.amount.id, *meter.conditions)
        amount, *conditions = (
            on_grid(prepared.windows.get(name, no_windows(name)).between(*_span(since, until)), since, until)
            for name in names
        )
        is_open = (amount.flags & Flag.OPEN) != 0
        elapsed = length * np.where(is_open, amount.coverage, 1.0)
        is_told = (elapsed > 0.0) & ~(is_open & ((amount.flags & Flag.GAP) != 0))
        rate = np.divide(amount.amount, elapsed / HOUR_MS, out=np.full(len(since), np.nan), where=is_told)
        if carrier is Carrier.GAS:  # Nm3 already
            value = rate if (meter.factor or 1.0) > 0.0 else -rate
        else:
            known = {name: each.amount for name, each in zip(names[1:], conditions, strict=True)}
            value = in_common_unit(meter, rate, known.get)
        parts.append((meter, value, ~is_open))
        time = np.maximum(time, elapsed)
    return (*_summed(carrier, parts, len(since)), time)


def _span(since: Instants, until: Instants) -> tuple[int, int]:
    return (int(since[0]), int(until[-1])) if len(since) else (0, 0)


def _summed(carrier: Carrier, parts: Sequence[tuple[RatePoint, Floats, Bools]], count: int) -> Values:
    """Add meters up; what is missing makes a sum that is not whole, or none.

    A difference with a part missing is no smaller figure but a wrong one: without all that goes out, or
    without anything that comes in, what the plant uses is not known.
    """
    total, whole = np.zeros(count), np.full(count, bool(parts))
    some, is_wrong = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for meter, value, is_covered in parts:
        known = np.isfinite(value)
        total = total + np.where(known, value, 0.0)
        whole &= known & is_covered
        if meter.factor is not None and meter.factor < 0.0:
            is_wrong |= ~known
        elif meter.amount.carrier is carrier:
            some |= known
    return np.where(some & ~is_wrong, total, np.nan), whole


def _means(rate: Floats, whole: Bools, time: Floats, places: Inside) -> Values:
    """Return the mean of the known windows of each step by their time, and whether all of it is whole."""
    known = np.isfinite(rate)
    weight = places.total(np.where(known, time, 0.0))
    area = places.total(np.where(known, rate * time, 0.0))
    mean = np.divide(area, weight, out=np.full(len(places), np.nan), where=weight > 0.0)
    # Whole windows have all of their time.
    filled = places.total(np.where(known & whole, time, 0.0)) == places.length_ms
    return mean, filled


def _of_processes(prepared: Prepared) -> tuple[tuple[str, ...], Floats, Floats] | None:
    """Return (processes with a baseline, expected gas, gas) by window, Nm3/h; None without any.

    A window that is not over counts by the part of it that was observed, the base load by all of it.
    """
    count = len(prepared.edges) - 1
    expected, gas, processes = np.zeros(count), np.zeros(count), []
    for process, approvals in sorted(prepared.declared.approvals.items()):
        rows, hours = prepared.rows.get(process), prepared.hours.get(process)
        if rows is None or hours is None or not len(hours):
            continue
        fitting = [each for each in approvals if _fits(each[1], rows)]
        if not fitting:
            continue
        processes.append(process)
        length = (hours.until - hours.since) / HOUR_MS
        begins = np.array([valid_from for valid_from, _ in approvals])
        valid = np.maximum(0, np.searchsorted(begins, hours.since, side="right") - 1)
        own = np.full(count, np.nan)
        for place, (_, baseline) in enumerate(approvals):
            if _fits(baseline, rows) and (valid == place).any():
                model = expectation(hours, rows, baseline, prepared.declared.factors.get(process, ()))
                made = np.where((hours.output_flags & Flag.OPEN) != 0, hours.output_coverage, 1.0) * length
                rate = model.base / length + model.marginal / np.where(made > 0.0, made, np.nan)
                own = np.where(valid == place, rate, own)
        burnt = np.where((hours.gas_flags & Flag.OPEN) != 0, hours.gas_coverage, 1.0) * length
        expected = expected + own
        gas = gas + hours.gas / np.where(burnt > 0.0, burnt, np.nan)
    return (tuple(processes), expected, gas) if processes else None


def _fits(baseline: Baseline, rows: ModelRows) -> bool:
    return rows.variables == baseline.variables and rows.interval is baseline.interval


def _edges(prepared: Prepared, since: int, until: int, step_ms: int) -> Instants:
    """Return the borders of the steps of [since, until); days are production days."""
    if step_ms % DAY_MS:
        inner = np.arange(since, until, step_ms, dtype=np.int64)
    else:
        days = [day.since for day in prepared.calendar.periods(PeriodKind.DAY, since, until)]
        inner = np.array([since, *days[step_ms // DAY_MS :: step_ms // DAY_MS]], dtype=np.int64)
    return np.append(inner, until) if since < until else np.array([since], dtype=np.int64)


def _windows_in(prepared: Prepared, since: int, until: int) -> slice:
    first = int(np.searchsorted(prepared.edges, since))
    end = int(np.searchsorted(prepared.edges, until, side="right")) - 1
    return slice(first, max(first, end))


def _load(edges: Instants, found: Mapping[Carrier, Values], expected: Floats | None, *, step_ms: int) -> Load:
    borders = edges.tolist()

    def course(name: str, values: Floats, whole: Bools | None = None) -> Course:
        return Course(
            name=name,
            unit="Nm3/h" if name.startswith("gas") else "kW",
            values=tuple(None if value != value else value for value in values.tolist()),
            is_whole=() if whole is None or whole.all() else tuple(whole.tolist()),
        )

    return Load(
        since=borders[0],
        until=borders[-1],
        step_ms=step_ms,
        at=tuple(borders[:-1]),
        gas=course("gas", *found[Carrier.GAS]),
        gas_expected=None if expected is None else course("gas_expected", expected),
        electricity=course("electricity", *found[Carrier.ELECTRICITY]),
        pv=course("pv", *found[Carrier.PV]),
        heat=course("heat", *found[Carrier.HEAT]),
    )
