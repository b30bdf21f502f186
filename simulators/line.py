"""One coating line in five-minute slots: heat-up, jobs, changeovers, gas, electricity, heat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.noise import Floats, Ints, autoregressive, normal, uniform
from simulators.truth import LineTruth
from simulators.workdays import (
    FIRST_DAY,
    SLOT_H,
    SLOT_MS,
    SLOTS,
    Bools,
    day_number,
    midnight_ms,
    works,
)

_HEAT_UP = 9
"""Slots: 45 minutes."""
_FIRST_HOT = 8 * 12
_JOBS = 24
_LUNCH = (12 * 12, 13 * 12)
_DINNER = (18 * 12, 18 * 12 + 6)
_COOLING_H = 2.5
"""Time constant of the oven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSlots:
    """What a line does in each slot of consecutive days, flat arrays of days * 288."""

    is_heating: Bools
    is_hot: Bools
    is_running: Bools
    output_t: Floats
    gas_m3: Floats
    """At 20 C."""
    energy_kwh: Floats
    oven_rise: Floats
    """0 at ambient, 1 at the oven's set point, at the end of each slot."""


def run_line(name: str, truth: LineTruth, seed: int, *, days: Ints, year: int, ambient: Floats) -> LineSlots:
    """Return the slots of a line for consecutive days; `ambient` is the temperature of each slot."""
    heating, hot = _oven(name, seed, days)
    running = hot & _jobs(name, truth, seed, days)
    slots = days[0] * SLOTS + np.arange(days.size * SLOTS)
    pace = 1.0 + np.repeat(0.05 * normal(seed, f"{name}/pace", days), SLOTS)
    pace = np.clip(pace + 0.03 * normal(seed, f"{name}/slot-pace", slots), 0.6, 1.3)
    output = truth.speed_t_per_h * SLOT_H * pace * running
    planted = _planted_gas(truth, days, heating=heating, hot=hot, output=output)
    gas = planted * _gas_level(name, truth, seed, days=days, year=year, ambient=ambient)
    kilowatts = truth.standby_kw + truth.hot_kw * (hot | heating) + truth.running_kw * pace * running
    kilowatts *= 1.0 + 0.02 * normal(seed, f"{name}/power", slots)
    return LineSlots(
        is_heating=heating,
        is_hot=hot,
        is_running=running,
        output_t=output,
        gas_m3=gas,
        energy_kwh=kilowatts * SLOT_H,
        oven_rise=_oven_rise(heating, hot),
    )


def _oven(name: str, seed: int, days: Ints) -> tuple[Bools, Bools]:
    """Return (heating up, hot) of each slot: hot from about 08:00 until the day's orders are done."""
    working = works(days, seed=seed, line=name)[:, None]
    slot = np.arange(SLOTS)[None, :]
    first_hot = _FIRST_HOT + np.floor(3.0 * uniform(seed, f"{name}/start", days))[:, None] - 1
    end = 246 + np.floor(43.0 * uniform(seed, f"{name}/end", days))[:, None]
    heating = working & (slot >= first_hot - _HEAT_UP) & (slot < first_hot)
    hot = working & (slot >= first_hot) & (slot < end)
    return heating.ravel(), hot.ravel()


def _jobs(name: str, truth: LineTruth, seed: int, days: Ints) -> Bools:
    """Return the slots in which a job is on the line, lunch and dinner taken out."""
    numbered = days[:, None] * 64 + np.arange(_JOBS)[None, :]
    orders = 0.8 + 0.4 * uniform(seed, f"{name}/orders", (days + 3) // 7)
    length = truth.job_h * 12 * orders[:, None] * (0.4 + 1.2 * uniform(seed, f"{name}/job", numbered))
    pause = truth.changeover_h * 12 * (0.4 + 1.2 * uniform(seed, f"{name}/changeover", numbered))
    both = np.rint(length) + np.rint(pause)
    start = _FIRST_HOT + 2 + np.cumsum(both, axis=1) - both
    slot = np.arange(SLOTS)[None, :]
    running = np.zeros((days.size, SLOTS), dtype=np.bool_)
    for job in range(_JOBS):
        first = start[:, job : job + 1]
        running |= (slot >= first) & (slot < first + np.rint(length[:, job : job + 1]))
    for since, until in (_LUNCH, _DINNER):
        running[:, since:until] = False
    flat: Bools = running.ravel()
    return flat


def _planted_gas(truth: LineTruth, days: Ints, *, heating: Bools, hot: Bools, output: Floats) -> Floats:
    """Return the gas of each slot as the truth has it, without noise and improvement."""
    marginal = np.full(output.size, truth.marginal_m3_per_t)
    start_ms = midnight_ms(int(days[0])) + np.arange(output.size) * SLOT_MS
    for drift in truth.drifts:
        marginal[(start_ms >= drift.since_ms) & (start_ms < drift.until_ms)] *= 1.0 + drift.share
    standing: Floats = np.where(hot, truth.idle_m3_per_h, truth.cold_m3_per_h) * SLOT_H
    return standing + heating * (truth.startup_m3 / _HEAT_UP) + marginal * output


def _gas_level(name: str, truth: LineTruth, seed: int, *, days: Ints, year: int, ambient: Floats) -> Floats:
    """Return improvement, day effect, ambient effect and noise as one factor a slot."""
    since_first = np.arange(day_number(FIRST_DAY) - 1, days[-1] + 1)
    effect = autoregressive(seed, f"{name}/day", since_first, truth.day_phi)[days - since_first[0]]
    slots = days[0] * SLOTS + np.arange(days.size * SLOTS)
    factor = 1.0 + truth.day_sd * np.repeat(effect, SLOTS)
    factor += truth.noise_sd * normal(seed, f"{name}/gas", slots) + truth.ambient_per_k * (ambient - 22.0)
    level = (1.0 - truth.yearly_improvement) ** (year - 2024)
    return level * np.maximum(factor, 0.1)


def _oven_rise(heating: Bools, hot: Bools) -> Floats:
    """Return 1 while hot, a ramp while heating up, an exponential fall after the last hot slot."""
    place = np.arange(hot.size)
    last_hot = np.maximum.accumulate(np.where(hot, place, -10_000))
    fall = np.exp(-(place - last_hot) * SLOT_H / _COOLING_H)
    last_cold = np.maximum.accumulate(np.where(~heating & ~hot, place, -1))
    ramp = np.clip((place - last_cold) / _HEAT_UP, 0.0, 1.0)
    ramp = np.where(heating, np.maximum(ramp, fall), fall)
    return np.where(hot, 1.0, ramp)
