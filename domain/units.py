"""Units that a register may have, and the canonical unit each is converted to, exactly.

Factors follow the SI Brochure (9th ed.), table 8, and ISO 80000: all are exact and kept as fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SCALE_FACTOR = "sf"
"""Unit of a SunSpec scale-factor register: a power of ten for its neighbours, never a point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """canonical value = value in the register's unit * factor + offset."""

    canonical: str
    factor: Fraction
    offset: Fraction = Fraction(0)


_FACTORS: dict[str, dict[str, str]] = {
    "kWh": {
        "Wh": "1/1000", "kWh": "1", "MWh": "1000", "GWh": "1000000",
        "J": "1/3600000", "MJ": "5/18", "GJ": "2500/9",
    },
    "kW": {"W": "1/1000", "kW": "1", "MW": "1000", "GJ/h": "2500/9"},
    "kvar": {"var": "1/1000", "kvar": "1", "Mvar": "1000"},
    "kVA": {"VA": "1/1000", "kVA": "1", "MVA": "1000"},
    "kvarh": {"varh": "1/1000", "kvarh": "1", "Mvarh": "1000"},
    "kVAh": {"VAh": "1/1000", "kVAh": "1", "MVAh": "1000"},
    "V": {"mV": "1/1000", "V": "1", "kV": "1000"},
    "A": {"mA": "1/1000", "A": "1", "kA": "1000"},
    "Hz": {"Hz": "1"},
    "%": {"%": "1"},
    "1": {"1": "1"},
    "m3": {"L": "1/1000", "m3": "1"},
    "m3/h": {"L/h": "1/1000", "L/min": "3/50", "L/s": "18/5", "m3/h": "1"},
    "kPa": {"Pa": "1/1000", "hPa": "1/10", "mbar": "1/10", "kPa": "1", "bar": "100", "MPa": "1000"},
    "t": {"kg": "1/1000", "t": "1"},
    "t/h": {"kg/h": "1/1000", "t/h": "1"},
    "m": {"mm": "1/1000", "m": "1"},
    "m2": {"m2": "1"},
    "m/min": {"m/min": "1"},
    "pcs": {"pcs": "1"},
    "h": {"s": "1/3600", "min": "1/60", "h": "1"},
    "W/m2": {"W/m2": "1"},
    "code": {"code": "1"},
    SCALE_FACTOR: {SCALE_FACTOR: "1"},
}  # fmt: skip

CONVERSIONS: dict[str, Conversion] = {
    unit: Conversion(canonical=canonical, factor=Fraction(factor))
    for canonical, family in _FACTORS.items()
    for unit, factor in family.items()
} | {
    "C": Conversion(canonical="C", factor=Fraction(1)),
    "K": Conversion(canonical="C", factor=Fraction(1), offset=Fraction("-273.15")),
}
"""Unit of a register -> how it becomes canonical. "C" is degrees Celsius, "1" a plain ratio."""
