"""How plausible the values of a device are for what its registers are said to be. Pure.

A wrong address, type, word order or scale still gives numbers; this says whether they look like a plant's.
Each register says something for its profile, against it, or nothing: a zero is what unwired inputs show,
and so are words that are all ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from collector.consistency import together
from collector.told import Told
from domain.registers import DataType, Register
from domain.units import CONVERSIONS

_MOST_VOLTS = 550e3
"""IEC 60038, table 5, goes on to 1200 kV; no works is connected above this."""
_LOW_VOLTAGES = (57.7, 63.5, 100, 110, 120, 127, 220, 230, 240, 277, 346, 380, 400, 415, 480, 690)
"""IEC 60038, table 1, phase and line (120, 230, 277, 400, 480, 690 and the 220/380 V of GB/T 156), and the
100 and 110 V of transformers' secondary sides (IEC 61869-3), also divided by the root of three."""
_HIGH_VOLTAGES = (3e3, 6e3, 6.6e3, 10e3, 11e3, 20e3, 22e3, 33e3, 35e3, 66e3, 110e3)
"""IEC 60038, tables 3 and 4, and GB/T 156: system voltages, between lines."""
_VOLTAGE_TOLERANCE = 0.15
"""EN 50160, 4.2.2: 10 % either way for 95 % of a week, 15 % below at all times."""
_HERTZ = (45.0, 65.0)
"""EN 50160, 4.2.1: 42.5 to 57.5 Hz also on islands, 47 to 52 Hz on joined networks; the same for 60 Hz."""
_TINY_FLOAT, _HUGE_FLOAT = 1e-12, 1e15
"""What no meter shows, and what floats with exchanged words nearly always are: 230.0 becomes 2.4e-41."""
_FLOAT32 = 2.0**-22
"""Relative step of a 32-bit float that is shown in seven digits: up to two of its own."""
_FASTEST = {"kWh": 1e5, "kvarh": 1e5, "kVAh": 1e5, "m3": 1e5, "t": 1e4, "h": 1.5}
"""Canonical unit of a counter -> most it rises in an hour: 100 MW is a large works' whole connection."""


class Range(NamedTuple):
    """Where values of a unit lie, and how much one inside and one outside says."""

    low: float
    high: float
    weight_in: float
    weight_out: float


_RANGES = {
    "A": Range(-20e3, 20e3, 0.25, 1.5),  # more than the bus bar of any works but a smelter
    "kW": Range(-1e6, 1e6, 0.25, 1.5),  # 1 GW: more than any works
    "kvar": Range(-1e6, 1e6, 0.25, 1.5),
    "kVA": Range(-1e-3, 1e6, 0.25, 1.5),
    "C": Range(-60.0, 1500.0, 0.5, 1.5),  # cold winters to kilns; IEC 60584-1: type S ends near 1768 C
    "%": Range(-100.0, 200.0, 0.25, 1.0),  # distortion and load may pass 100
    "kPa": Range(-101.4, 1e5, 0.5, 1.5),  # from a vacuum, as gauge pressure, to 1000 bar
    "m3/h": Range(-1e6, 1e6, 0.25, 1.0),
    "t/h": Range(-1e5, 1e5, 0.25, 1.0),
    "m/min": Range(-2000.0, 2000.0, 0.25, 1.0),  # paper machines run near 2000 m/min
    "W/m2": Range(-20.0, 2000.0, 0.5, 1.5),  # the solar constant is 1361 W/m2; clouds focus it
}
"""Canonical unit -> its range, where the unit alone tells."""
_COUNTERS = {
    "kWh": 1e12, "kvarh": 1e12, "kVAh": 1e12, "m3": 1e11, "t": 1e9, "m": 1e10, "m2": 1e10, "pcs": 9e8,
    "h": 1e6,
}  # fmt: skip
"""Canonical unit -> what no counter of it reaches in its life: 1e12 kWh is 10 MW for ten thousand years."""


class Doubt(NamedTuple):
    """A value that does not fit its register."""

    name: str
    value: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """What the values of one device say about its registers."""

    score: float
    """0 (nonsense) to 1 (all that tells fits); 0.5 where nothing tells."""
    told: int
    """How many registers and relations between them could tell."""
    doubts: tuple[Doubt, ...] = ()
    support: float = 0.0
    """Weight of what fits: a frequency near 50 Hz says more than a temperature."""
    against: float = 0.0
    """Weight of the doubts."""
    signs: tuple[str, ...] = ()
    """What fits best, in words, the strongest first."""


def judge(
    registers: Sequence[Register],
    values: Mapping[str, float | None],
    earlier: Mapping[str, float | None] | None = None,
    *,
    elapsed_s: float | None = None,
    raw: Mapping[str, bytes] | None = None,
) -> Plausibility:
    """Say how plausible decoded values (canonical units) are for their registers.

    `earlier` are the values of an earlier read, `elapsed_s` before; `raw` are the words of each register,
    without which only zeros are known to tell nothing. Registers without a value are left out.
    """
    told: list[Told] = []
    known: dict[str, float] = {}
    for register in registers:
        value = values.get(register.name)
        if value is None or not register.is_point:
            continue
        if raw is not None and is_blank(raw.get(register.name, b"")):
            continue
        known[register.name] = value
        told += _one(register, value)
        before = (earlier or {}).get(register.name)
        if register.is_counter and before is not None:
            told += _rising(register, before, value, elapsed_s)
    told += together(registers, known)
    return _summed(told)


def is_blank(words: bytes) -> bool:
    """Say whether words are all zeros or all ones, as where nothing is wired or built in."""
    return bool(words) and (not any(words) or all(byte == 0xFF for byte in words))


def _summed(told: Sequence[Told]) -> Plausibility:
    strong = sum(found.weight for found in told if found.weight >= 1.0)
    weak = sum(found.weight for found in told if 0.0 < found.weight < 1.0)
    support = strong + math.sqrt(weak)  # many weak signs echo each other
    against = -sum(found.weight for found in told if not found.fits)
    best = sorted((found for found in told if found.fits), key=lambda found: -found.weight)
    return Plausibility(
        score=support / (support + against) if told else 0.5,
        told=len(told),
        doubts=tuple(Doubt(found.name, found.value, found.why) for found in told if not found.fits),
        support=support,
        against=against,
        signs=tuple(dict.fromkeys(found.why for found in best if found.weight >= 1.0)),
    )


def _one(register: Register, value: float) -> Iterator[Told]:
    """Give what one value says by itself."""
    name, unit = register.name, register.canonical_unit
    if not math.isfinite(value):
        yield Told(name, value, -2.0, "is no number")
    elif value == 0.0:
        return
    elif register.type.is_float and not _TINY_FLOAT < abs(value) < _HUGE_FLOAT:
        yield Told(name, value, -3.0, "is a float that no meter shows: look at the word order")
    elif register.is_counter:
        yield from _counter(register, value)
    elif unit == "Hz":
        fits = _HERTZ[0] <= value <= _HERTZ[1]
        why = f"frequency {value:.5g} Hz" if fits else "is no frequency of a network (45 to 65 Hz)"
        yield Told(name, value, 4.0 if fits else -4.0, why)
    elif unit == "V":
        yield from _voltage(register, value)
    elif unit == "1" and ("power_factor" in name or "cos" in name):
        yield from _power_factor(name, value)
    elif unit in _RANGES:
        low, high, inside, outside = _RANGES[unit]
        fits = low <= value <= high
        why = f"{value:.5g} {unit}" if fits else f"is outside {low:g} to {high:g} {unit}"
        yield Told(name, value, inside if fits else -outside, why)


def _voltage(register: Register, value: float) -> Iterator[Told]:
    name = register.name
    if not abs(value) <= _MOST_VOLTS:
        yield Told(name, value, -3.0, "is more than any network has")
    elif "dc" in name or "pv" in name or "string" in name or "mppt" in name:
        fits = -60.0 <= value <= 1600.0  # IEC 60364-7-712 and makers: arrays end at 1500 V
        why = f"{value:.5g} V of direct current" if fits else "is more than a solar array has (1500 V)"
        yield Told(name, value, 0.25 if fits else -1.5, why)
    elif value < 0.0:
        yield Told(name, value, -1.5, "is an alternating voltage below 0")
    elif _is_near(value, _LOW_VOLTAGES):
        yield Told(name, value, 2.0, f"voltage {value:.5g} V")
    elif _is_near(value, _HIGH_VOLTAGES) or _is_near(value * math.sqrt(3), _HIGH_VOLTAGES):
        yield Told(name, value, 1.0, f"voltage {value / 1000:.5g} kV")
    elif value >= 20.0:  # less is what an open input catches
        yield Told(name, value, -0.75, "is near no voltage of IEC 60038")


def _is_near(value: float, nominal: Sequence[float]) -> bool:
    return any(abs(value - volts) <= _VOLTAGE_TOLERANCE * volts for volts in nominal)


def _power_factor(name: str, value: float) -> Iterator[Told]:
    """Between 1 and 2 it tells nothing: some makers show the quadrant so."""
    if abs(value) <= 1.0:
        yield Told(name, value, 1.0, f"power factor {value:.3g}")
    elif abs(value) > 2.0:
        yield Told(name, value, -2.0, "is no power factor (-1 to 1)")


def _counter(register: Register, value: float) -> Iterator[Told]:
    name, most = register.name, _COUNTERS.get(register.canonical_unit, math.inf)
    if value < 0.0:
        yield Told(name, value, -0.75, "is a counter below 0")
    elif value > most:
        yield Told(name, value, -2.0, f"is more than a counter of {register.canonical_unit} reaches")
    elif _is_past_modulus(register, value):
        yield Told(name, value, -2.0, "is past the count at which it starts again")
    elif register.type is not DataType.BIT:
        yield Told(name, value, 0.25, f"counter at {value:.10g} {register.canonical_unit}")


def _is_past_modulus(register: Register, value: float) -> bool:
    """Say whether a counter shows more than its modulus; with a scale register nobody knows."""
    if register.modulus is None or register.scale_register is not None:
        return False
    return value >= float(register.modulus * register.scale) * _factor(register) * (1 - 1e-12)


def _factor(register: Register) -> float:
    return float(CONVERSIONS[register.unit].factor)


def _step(register: Register, value: float) -> float:
    """Return by how much a counter rises at once: an hour counter by a tenth or a whole one."""
    if register.type.is_float or register.scale_register is not None:
        return abs(value) * _FLOAT32
    return float(abs(register.scale)) * _factor(register)


def _rising(register: Register, before: float, value: float, elapsed_s: float | None) -> Iterator[Told]:
    """Give what a counter's change says; a fall to nearly nothing is a wrap or a new start."""
    name, unit = register.name, register.canonical_unit
    if value == before or not math.isfinite(value - before):
        return
    if value < before:
        yield Told(name, value, -2.0, f"is a counter that fell from {before:.10g}")
        return
    fastest = _FASTEST.get(unit, math.inf)
    if register.rated_max is not None:
        fastest = min(fastest, 2.0 * float(register.rated_max) * _factor(register))
    if elapsed_s and value - before > fastest * elapsed_s / 3600.0 + _step(register, value):
        yield Told(name, value, -2.0, f"rose by {value - before:.6g} {unit} within {elapsed_s:.0f} s")
    else:
        yield Told(name, value, 2.0, f"counter {name} rises")
