"""The list of signals: names, units and formulas on top of the year tables."""

from __future__ import annotations

from simulators.electricity_signals import electricity, feeder, incoming, inverter
from simulators.process_signals import exhaust_heat, gas, heat, output, oven
from simulators.signals import PlantModel, Signal, quantity
from simulators.tables import FEEDERS, GAS_METERS, LINES
from simulators.truth import Truth


def plant_model(truth: Truth | None = None, seed: int = 0) -> PlantModel:
    """Return the model of the whole plant."""
    chosen = truth or Truth()
    return PlantModel(list_signals(chosen), chosen, seed)


def list_signals(truth: Truth) -> dict[str, Signal]:
    """Return every signal by its stable name."""
    found: list[Signal] = [quantity("ambient.temperature", "C", 60.0, lambda i: i.level("ambient"))]
    for name in GAS_METERS:
        found += gas(f"gas.{name}", (name,), truth)
    found += gas("gas.main", GAS_METERS, truth)
    for name in FEEDERS:
        found += electricity(f"power.{name}", feeder(name))
    found += electricity("power.main", incoming(truth))
    for number, peak_kw in enumerate(truth.pv_kwp, start=1):
        found += inverter(f"pv.{number}", peak_kw)
    for name in LINES:
        found += [*heat(f"heat.{name}", (name,)), *oven(name), *output(name, truth)]
    found += exhaust_heat()
    return {signal.name: signal for signal in found}
