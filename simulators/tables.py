"""Everything the plant does in one year, summed up in five-minute slots: the model's only memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.line import LineSlots, run_line
from simulators.noise import Floats, Ints, normal, smooth, uniform
from simulators.truth import LineTruth, Truth
from simulators.weather import ambient_c, irradiance_w_per_m2
from simulators.workdays import SLOT_H, SLOTS, midnight_ms, works, year_days

LINES = ("coil", "sheet")
GAS_METERS = (*LINES, "boiler")
FEEDERS = (*LINES, "utilities", "office")


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTable:
    """Sums at slot borders, levels at slot borders and constants inside slots, by key."""

    start_ms: int
    sums: dict[str, Floats]
    """slots + 1 numbers; the first is the sum since the model's first day."""
    levels: dict[str, Floats]
    """slots + 1 numbers, straight lines between them."""
    steps: dict[str, Floats]
    """One number a slot."""


def build_year(truth: Truth, seed: int, year: int, before: dict[str, float]) -> YearTable:
    """Return the table of a year; `before` are the sums at its start."""
    first, end = year_days(year)
    days = np.arange(first - 1, end)  # one day of lead: ovens are warm at midnight
    plan = _YearPlan(truth, seed, days)
    lines = {
        name: run_line(name, truth.line(name), seed, days=days, year=year, ambient=plan.ambient)
        for name in LINES
    }
    plan.add_gas(lines)
    plan.add_power(lines)
    for name, line in lines.items():
        plan.add_line(name, line)
    sums = {key: _summed(found[SLOTS:], before.get(key, 0.0)) for key, found in plan.amounts.items()}
    return YearTable(
        start_ms=midnight_ms(first),
        sums=sums,
        levels={key: found[SLOTS:] for key, found in plan.levels.items()},
        steps={key: found[SLOTS:] for key, found in plan.steps.items()},
    )


def _summed(amounts: Floats, before: float) -> Floats:
    sums = np.empty(amounts.size + 1)
    sums[0] = before
    np.cumsum(amounts, out=sums[1:])
    sums[1:] += before
    return sums


class _YearPlan:
    """The amounts of each slot, as they are worked out one family after the other."""

    def __init__(self, truth: Truth, seed: int, days: Ints) -> None:
        self.truth, self.seed, self.days = truth, seed, days
        borders = days[0] * SLOTS + np.arange(days.size * SLOTS + 1)
        self.slots: Ints = borders[:-1]
        self.hour: Floats = (self.slots % SLOTS) / 12.0
        self.amounts: dict[str, Floats] = {}
        self.steps: dict[str, Floats] = {"irradiance": irradiance_w_per_m2(seed, days)}
        self.levels: dict[str, Floats] = {
            "ambient": ambient_c(seed, borders),
            "voltage": 231.0 + 1.6 * smooth(seed, "voltage", borders, 3),
            "frequency": 50.0 + 0.012 * normal(seed, "frequency", borders),
        }
        self.ambient: Floats = self.levels["ambient"][:-1]

    def add_gas(self, lines: dict[str, LineSlots]) -> None:
        """Add volumes at 20 C and at the meters' own conditions, the same for all meters."""
        temperature = 25.0 + 0.3 * (self.ambient - 22.5)
        pressure = (
            101.325 + 25.0 + np.clip(2.0 * smooth(self.seed, "gas/pressure", self.slots, 12), -5.0, 5.0)
        )
        self.steps["gas_temperature"], self.steps["gas_pressure"] = temperature, pressure
        demand = (
            0.25
            + 0.5 * ((self.hour >= 6.0) & (self.hour < 24.0))
            + 0.25 * np.sin(np.pi * self.hour / 12.0) ** 2
        )
        demand *= np.repeat(np.where(works(self.days, seed=self.seed, line="boiler"), 1.0, 0.3), SLOTS)
        season = 1.0 - 0.012 * (self.ambient - 22.0)
        boiler = self.truth.boiler_m3_per_h * SLOT_H * demand * season
        self.amounts["gas.boiler"] = boiler * (0.9 + 0.2 * uniform(self.seed, "boiler", self.slots))
        for name in LINES:
            self.amounts[f"gas.{name}"] = lines[name].gas_m3
        actual = (101.325 / pressure) * ((temperature + 273.15) / 293.15)
        for name in GAS_METERS:
            self.amounts[f"gas_actual.{name}"] = self.amounts[f"gas.{name}"] * actual

    def add_power(self, lines: dict[str, LineSlots]) -> None:
        """Add feeders, inverters, and what the incoming meter sees of their balance."""
        works_today = np.repeat(works(self.days, seed=self.seed, line="office"), SLOTS)
        hot = np.zeros(self.slots.size)
        for line in lines.values():
            hot += line.is_hot | line.is_heating
        cooling = 1.0 + 0.02 * np.maximum(self.ambient - 22.0, 0.0)
        loads = {
            "utilities": (55.0 + 115.0 * hot) * cooling,
            "office": 28.0
            + 75.0 * cooling * works_today * ((self.hour >= 8.0) & (self.hour < 18.0))
            + 60.0 * works_today * (self.hour >= 18.5),  # forklifts and cars on their chargers
        }
        for name, load in loads.items():
            self.amounts[f"power.{name}"] = load * SLOT_H * (1.0 + 0.03 * normal(self.seed, name, self.slots))
        for name, line in lines.items():
            self.amounts[f"power.{name}"] = line.energy_kwh
        net = np.zeros(self.slots.size)
        for name in FEEDERS:
            net += self.amounts[f"power.{name}"] * (1.0 + self.truth.unmetered_share)
        cell = self.ambient + 0.025 * self.steps["irradiance"]
        for number, peak in enumerate(self.truth.pv_kwp, start=1):
            share = self.truth.pv_ratio * (1.0 - 0.004 * (cell - 25.0)) * self.steps["irradiance"] / 1000.0
            share *= 1.0 + 0.01 * normal(self.seed, f"pv.{number}", self.slots)
            made = peak * np.clip(share, 0.0, 0.95) * SLOT_H
            self.amounts[f"pv.{number}"] = made
            net = net - made
        self.amounts["import"] = np.maximum(net, 0.0)
        self.amounts["export"] = np.maximum(-net, 0.0)

    def add_line(self, name: str, line: LineSlots) -> None:
        """Add output, hours, oven and recovered heat of a line."""
        own: LineTruth = self.truth.line(name)
        self.amounts[f"output.{name}"] = line.output_t
        self.amounts[f"running.{name}"] = line.is_running.astype(np.float64) * SLOT_H
        self.amounts[f"burning.{name}"] = (line.is_hot | line.is_heating).astype(np.float64) * SLOT_H
        outside = self.levels["ambient"]
        rise = np.concatenate([line.oven_rise[:1], line.oven_rise])
        self.levels[f"oven.{name}"] = outside + (own.oven_c - outside) * rise
        heat = own.recovered_share * self.truth.gas_kwh_per_m3 * line.gas_m3 * line.is_hot
        back: Floats = (
            29.0 + 0.25 * (self.ambient - 22.0) + 0.4 * normal(self.seed, f"{name}/return", self.slots)
        )
        spread: Floats = np.where(
            line.is_hot, 27.0 + 1.2 * normal(self.seed, f"{name}/spread", self.slots), 0.5
        )
        self.steps[f"return.{name}"], self.steps[f"spread.{name}"] = back, spread
        self.amounts[f"heat.{name}"] = heat
        self.amounts[f"water.{name}"] = heat / (self.truth.heat_kwh_per_m3_k * spread)
