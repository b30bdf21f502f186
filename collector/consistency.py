"""What values of one device say about each other: sums, products and ratios that physics fixes. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from collector.told import Told
from domain.registers import Register

_PHASES = ("_l1", "_l2", "_l3")
_SUM_TOLERANCE = 0.05
"""Registers of one poll may be some tenths of a second apart, and loads move."""
_BALANCE = 0.2
"""EN 50160, 4.2.4: the negative sequence stays within 2 %; twenty allows for loads at the end of a line."""


def together(registers: Sequence[Register], values: Mapping[str, float]) -> Iterator[Told]:
    """Give what holds, or does not, between the values that are there (canonical units)."""
    additive = [r.name for r in registers if r.canonical_unit in ("kW", "kvar", "kWh", "kvarh")]
    for name in additive:
        yield from _sum(name, values)
    yield from _phases_alike(values)
    yield from _line_voltage(values)
    yield from _power(values)
    yield from _apparent(values)
    for actual, reference in (("volume_actual", "volume_reference"), ("flow_actual", "flow_reference")):
        yield from _corrected(actual, reference, values)


def _three(values: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """Return the three values, or none where one is missing or zero: an unwired phase says nothing."""
    found = [values[name] for name in names if values.get(name)]
    return found if len(found) == 3 else []


def _sum(name: str, values: Mapping[str, float]) -> Iterator[Told]:
    parts = _three(values, [f"{name}{phase}" for phase in _PHASES])
    total = values.get(name)
    if not parts or not total:
        return
    fits = abs(total - sum(parts)) <= _SUM_TOLERANCE * sum(abs(part) for part in parts)
    why = f"{name} is the sum of its phases" if fits else f"is not the sum of its phases, {sum(parts):.6g}"
    yield Told(name, total, 3.0 if fits else -1.0, why)


def _phases_alike(values: Mapping[str, float]) -> Iterator[Told]:
    for form in ("voltage{}_n", "voltage{}"):
        volts = _three(values, [form.format(phase) for phase in _PHASES])
        mean = sum(volts) / 3 if volts else 0.0
        if mean > 20.0 and all(abs(volt - mean) <= _BALANCE * mean for volt in volts):
            yield Told("voltage", mean, 2.0, "the three voltages are alike")
            return


def _line_voltage(values: Mapping[str, float]) -> Iterator[Told]:
    phase, line = values.get("voltage_l1_n"), values.get("voltage_l1_l2")
    if not phase or not line:
        return
    fits = abs(line / phase - math.sqrt(3)) <= 0.1
    why = "line voltage is 1.73 times phase voltage" if fits else "is not 1.73 times the phase voltage"
    yield Told("voltage_l1_l2", line, 2.0 if fits else -0.5, why)


def _power(values: Mapping[str, float]) -> Iterator[Told]:
    """Compare power with the sum of U I pf, within a factor of two: shifts and harmonics are not known."""
    volts = _three(values, [f"voltage{phase}_n" for phase in _PHASES])
    amps = _three(values, [f"current{phase}" for phase in _PHASES])
    total = values.get("active_power")
    if not volts or not amps or not total:
        return
    apparent = sum(volt * abs(amp) for volt, amp in zip(volts, amps, strict=True)) / 1000.0
    factor = abs(values.get("power_factor", 0.0))
    expected = apparent * (factor if 0.1 <= factor <= 1.0 else 0.7)
    fits = expected > 0.0 and 0.5 <= abs(total) / expected <= 2.0
    why = "power is voltage times current" if fits else f"is not voltage times current, {expected:.5g} kW"
    yield Told("active_power", total, 3.0 if fits else -1.0, why)


def _apparent(values: Mapping[str, float]) -> Iterator[Told]:
    active, apparent = values.get("active_power"), values.get("apparent_power")
    if not active or not apparent:
        return
    fits = abs(apparent) >= abs(active) * (1.0 - _SUM_TOLERANCE)
    why = "apparent power is at least active power" if fits else f"is less than active power, {active:.6g} kW"
    yield Told("apparent_power", apparent, 0.5 if fits else -1.5, why)


def _corrected(actual: str, reference: str, values: Mapping[str, float]) -> Iterator[Told]:
    """Gas at 0 to 100 bar and any weather: a reference volume is 0.7 to 130 times the actual one."""
    metered, corrected = values.get(actual), values.get(reference)
    if not metered or not corrected:
        return
    ratio = corrected / metered
    fits = 0.7 <= ratio <= 130.0
    why = f"{reference} is {ratio:.3g} times {actual}" if fits else f"is {ratio:.3g} times {actual}"
    yield Told(reference, corrected, 1.0 if fits else -1.0, why)
