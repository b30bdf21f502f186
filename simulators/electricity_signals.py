"""Signals of electricity meters and inverters: every register of one meter follows from one circuit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulators.signals import Formula, Instant, Signal, Value, counter, quantity
from simulators.tables import FEEDERS
from simulators.truth import Truth

_TAN_PHI = {"coil": 0.44, "sheet": 0.47, "utilities": 0.52, "office": 0.30}
"""Reactive per active power of each feeder."""
_LEG = {1: 1.002, 2: 0.999, 3: 0.998}
"""Voltage of a phase, of the mean."""
_PHASE_SHARE = {1: 0.336, 2: 0.331, 3: 0.333}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Active and reactive energy and power that one meter sees."""

    energy: Formula
    export: Formula
    reactive: Formula
    power: Formula
    kvar: Formula
    export_maximum: float = 1.0
    top_kw: float = 5000.0

    def apparent(self, i: Instant) -> Value:
        """Return the apparent power, kVA."""
        power, kvar = self.power(i), self.kvar(i)
        square = power * power + kvar * kvar
        return math.sqrt(square) if isinstance(square, float) else np.sqrt(square)


def feeder(name: str) -> Circuit:
    """Return what the meter of a feeder sees."""
    key, tan = f"power.{name}", _TAN_PHI[name]
    return Circuit(
        energy=lambda i: i.total(key),
        export=lambda i: i.total(key) * 0.0,
        reactive=lambda i: i.total(key) * tan,
        power=lambda i: i.rate(key),
        kvar=lambda i: i.rate(key) * tan,
    )


def incoming(truth: Truth) -> Circuit:
    """Return what the main meter sees: feeders and unmetered loads minus inverters."""
    all_loads = 1.0 + truth.unmetered_share
    tans = {f"power.{name}": _TAN_PHI[name] * all_loads for name in FEEDERS}
    return Circuit(
        energy=lambda i: i.total("import"),
        export=lambda i: i.total("export"),
        reactive=lambda i: sum(i.total(key) * tan for key, tan in tans.items()),
        power=lambda i: i.rate("import") - i.rate("export"),
        kvar=lambda i: sum(i.rate(key) * tan for key, tan in tans.items()),
        export_maximum=2e7,
    )


def electricity(prefix: str, circuit: Circuit) -> Iterator[Signal]:
    """Yield all quantities of one circuit."""
    top = circuit.top_kw
    yield counter(f"{prefix}.active_energy_import", "kWh", 1e8, circuit.energy)
    yield counter(f"{prefix}.active_energy_export", "kWh", circuit.export_maximum, circuit.export)
    yield counter(f"{prefix}.reactive_energy_import", "kvarh", 5e7, circuit.reactive)
    yield quantity(f"{prefix}.active_power", "kW", top, circuit.power)
    yield quantity(f"{prefix}.reactive_power", "kvar", top, circuit.kvar)
    yield quantity(f"{prefix}.apparent_power", "kVA", 1.2 * top, circuit.apparent)
    yield quantity(f"{prefix}.power_factor", "1", 1.0, lambda i: circuit.power(i) / circuit.apparent(i))
    yield quantity(f"{prefix}.frequency", "Hz", 60.0, lambda i: i.level("frequency"))
    for leg in _LEG:
        yield from _phase(prefix, circuit, leg)


def _phase(prefix: str, circuit: Circuit, leg: int) -> Iterator[Signal]:
    share, ratio, after = _PHASE_SHARE[leg], _LEG[leg], leg % 3 + 1
    other = _LEG[after]
    both = math.sqrt(ratio * ratio + other * other + ratio * other)  # 120 degrees apart

    def volt(i: Instant) -> Value:
        return i.level("voltage") * ratio

    def ampere(i: Instant) -> Value:
        return circuit.apparent(i) * share * 1000.0 / volt(i)

    yield counter(f"{prefix}.active_energy_import_l{leg}", "kWh", 3e7, lambda i: circuit.energy(i) * share)
    yield quantity(
        f"{prefix}.active_power_l{leg}", "kW", 0.4 * circuit.top_kw, lambda i: circuit.power(i) * share
    )
    yield quantity(f"{prefix}.voltage_l{leg}_n", "V", 300.0, volt)
    yield quantity(f"{prefix}.current_l{leg}", "A", 2.0 * circuit.top_kw, ampere)
    yield quantity(f"{prefix}.voltage_l{leg}_l{after}", "V", 500.0, lambda i: i.level("voltage") * both)


def inverter(key: str, peak_kw: float) -> Iterator[Signal]:
    """Yield an inverter's own quantities and those of its grid side."""

    def power(i: Instant) -> Value:
        return i.rate(key)

    circuit = Circuit(
        energy=lambda i: i.total(key),
        export=lambda i: i.total(key) * 0.0,
        reactive=lambda i: i.total(key) * 0.02,
        power=power,
        kvar=lambda i: i.rate(key) * 0.02 + 0.2,  # its filter, day and night
        top_kw=1.1 * peak_kw,
    )
    yield from electricity(key, circuit)
    yield counter(f"{key}.ac_energy", "kWh", 3e7, circuit.energy)
    yield quantity(f"{key}.ac_power", "kW", 1.1 * peak_kw, power)
    yield quantity(f"{key}.dc_power", "kW", 1.2 * peak_kw, lambda i: power(i) / 0.978)
    yield quantity(f"{key}.efficiency", "%", 100.0, lambda i: 97.8 * (power(i) > 0.0))
    yield quantity(
        f"{key}.daily_energy", "kWh", 12.0 * peak_kw, lambda i: i.total(key) - i.midnight().total(key)
    )
    yield quantity(
        f"{key}.inverter_temperature",
        "C",
        90.0,
        lambda i: i.level("ambient") + 8.0 + 22.0 * power(i) / peak_kw,
    )
    # SunSpec model 10x, St: 2 sleeping, 4 MPPT.
    yield quantity(f"{key}.inverter_state", "code", 8.0, lambda i: 2.0 + 2.0 * (power(i) > 0.0))
    yield quantity(f"{key}.insolation", "W/m2", 1500.0, lambda i: i.step("irradiance") * i.swing())
