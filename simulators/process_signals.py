"""Signals of gas meters, heat meters, ovens and production counters."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.signals import Formula, Instant, Signal, Value, counter, quantity
from simulators.tables import LINES
from simulators.truth import Truth

_LOOP_C = 400.0
"""Upper end of the 4-20 mA temperature loops; the lower end is 0 C."""


def totals(*keys: str) -> Formula:
    """Return the sum of several sums."""
    return lambda i: sum(i.total(key) for key in keys)


def rates(*keys: str) -> Formula:
    """Return the sum of several slopes, per hour."""
    return lambda i: sum(i.rate(key) for key in keys)


def times(formula: Formula, factor: float) -> Formula:
    """Return a formula times a constant."""
    return lambda i: formula(i) * factor


def gas(prefix: str, meters: tuple[str, ...], truth: Truth) -> Iterator[Signal]:
    """Yield a gas meter with corrector; volume at reference is at 20 C and 101.325 kPa."""
    reference = [f"gas.{name}" for name in meters]
    actual = [f"gas_actual.{name}" for name in meters]
    density = truth.gas_t_per_m3
    yield counter(f"{prefix}.volume_reference", "m3", 5e7, totals(*reference))
    yield counter(f"{prefix}.volume_actual", "m3", 4.2e7, totals(*actual))
    yield quantity(f"{prefix}.flow_reference", "m3/h", 3000.0, rates(*reference))
    yield quantity(f"{prefix}.flow_actual", "m3/h", 3000.0, rates(*actual))
    yield counter(f"{prefix}.mass", "t", 5e7 * density, times(totals(*reference), density))
    yield quantity(f"{prefix}.mass_flow", "t/h", 3.0, times(rates(*reference), density))
    yield quantity(f"{prefix}.gas_temperature", "C", 80.0, lambda i: i.step("gas_temperature"))
    yield quantity(f"{prefix}.gas_pressure", "kPa", 150.0, lambda i: i.step("gas_pressure") - 101.325)
    yield quantity(f"{prefix}.gas_pressure_abs", "kPa", 250.0, lambda i: i.step("gas_pressure"))


def heat(prefix: str, lines: tuple[str, ...]) -> Iterator[Signal]:
    """Yield a heat meter; with several lines only what can be added up."""
    warmth, water = [f"heat.{name}" for name in lines], [f"water.{name}" for name in lines]
    yield counter(f"{prefix}.heat_energy", "kWh", 5e7, totals(*warmth))
    yield counter(f"{prefix}.heat_volume", "m3", 1.6e6, totals(*water))
    yield quantity(f"{prefix}.heat_power", "kW", 3000.0, rates(*warmth))
    yield quantity(f"{prefix}.heat_flow", "m3/h", 150.0, rates(*water))
    if len(lines) > 1:
        return
    back, spread = f"return.{lines[0]}", f"spread.{lines[0]}"
    yield quantity(f"{prefix}.supply_temperature", "C", 120.0, lambda i: i.step(back) + i.step(spread))
    yield quantity(f"{prefix}.return_temperature", "C", 120.0, lambda i: i.step(back))
    yield quantity(f"{prefix}.temperature_difference", "C", 120.0, lambda i: i.step(spread))
    yield counter(f"{prefix}.running_hours", "h", 1e6, totals(f"burning.{lines[0]}"))


def oven(name: str) -> Iterator[Signal]:
    """Yield the oven's temperatures, also as what a 4-20 mA loop shows."""

    def inside(i: Instant) -> Value:
        return i.level(f"oven.{name}")

    def exhaust(i: Instant) -> Value:
        ambient = i.level("ambient")
        return ambient + 0.62 * (inside(i) - ambient)

    prefix = f"oven.{name}"
    yield counter(f"{prefix}.running_hours", "h", 1e6, totals(f"burning.{name}"))
    for suffix, formula in (("temperature", inside), ("exhaust_temperature", exhaust)):
        yield quantity(f"{prefix}.{suffix}", "C", _LOOP_C, formula)
        yield quantity(f"{prefix}.{suffix}_percent", "%", 100.0, times(formula, 100.0 / _LOOP_C))
        yield quantity(f"{prefix}.{suffix}_loop", "A", 0.025, _loop(formula))


def _loop(formula: Formula) -> Formula:
    return lambda i: 0.004 + formula(i) * (0.016 / _LOOP_C)


def output(name: str, truth: Truth) -> Iterator[Signal]:
    """Yield the production counters of a line."""
    line, key = truth.line(name), f"output.{name}"
    metres, pieces = 1000.0 / line.kg_per_m, 1000.0 / line.kg_per_piece
    yield counter(f"{key}.produced_mass", "t", 1e6, totals(key))
    yield counter(f"{key}.produced_length", "m", 4e8, times(totals(key), metres))
    yield counter(f"{key}.produced_count", "pcs", 1e8, lambda i: i.total(key) * pieces // 1.0)
    yield counter(f"{key}.running_hours", "h", 1e6, totals(f"running.{name}"))
    yield quantity(f"{key}.mass_flow", "t/h", 40.0, rates(key))
    yield quantity(f"{key}.line_speed", "m/min", 300.0, times(rates(key), metres / 60.0))


def exhaust_heat() -> Iterator[Signal]:
    """Yield the recovered heat of both ovens together."""
    yield from heat("heat.exhaust", LINES)
