"""Units of what is declared for carbon, as people write them, each with how many of ours it is, exactly.

A calorie is that of the International Table, 4.1868 J (GB/T 2589).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from domain.factors import USES

_WRITTEN = str.maketrans(
    {"³": "3", "⁴": "^4", "₂": "2", "㎥": "m3", "万": "10^4", "／": "/", " ": None, "\u00a0": None, "·": None}
)
_ONE = Fraction(1)
_THOUSANDTH = Fraction(1, 1000)

MASSES: Mapping[str, Fraction] = {
    "t": _ONE, "tonne": _ONE, "tonnes": _ONE, "吨": _ONE, "公吨": _ONE,
    "kg": _THOUSANDTH, "千克": _THOUSANDTH, "公斤": _THOUSANDTH,
}  # fmt: skip
"""Unit -> t."""
LITRES = ("l", "litre", "litres", "liter", "liters", "升", "公升")
ENERGIES: Mapping[str, Fraction] = {
    "kWh": _ONE, "千瓦时": _ONE, "度": _ONE, "MWh": Fraction(1000), "兆瓦时": Fraction(1000),
    "GWh": Fraction(10**6), "10^4kWh": Fraction(10**4), "10^4千瓦时": Fraction(10**4),
    "10^4度": Fraction(10**4),
}  # fmt: skip
"""Unit -> kWh."""
VOLUMES: Mapping[str, Fraction] = {
    "m3": _ONE, "立方米": _ONE, "方": _ONE, "立方": _ONE, "10^4m3": Fraction(10**4),
    "10^4立方米": Fraction(10**4), "10^4方": Fraction(10**4),
}  # fmt: skip
"""Unit -> m3 of conditions that have to be named."""
NORMAL_VOLUMES: Mapping[str, Fraction] = {"Nm3": _ONE, "10^4Nm3": Fraction(10**4)}
"""Unit -> m3 at 0 C and 101.325 kPa."""

_PER_ENERGY = {"": _ONE, "CH4": _ONE, "N2O": _ONE}
_OF_FACTORS: Mapping[str, Mapping[str, Fraction]] = {
    "MJ/Nm3": {
        "MJ/Nm3": _ONE, "kJ/Nm3": _THOUSANDTH, "kWh/Nm3": Fraction("3.6"),
        "kcal/Nm3": Fraction("0.0041868"), "GJ/10^4Nm3": Fraction(1, 10),
    },
    "tC/TJ": {"tC/TJ": _ONE, "kgC/GJ": _ONE, "gC/MJ": _ONE},
    "1": {"1": _ONE, "%": Fraction(1, 100)},
    "kg/TJ": {
        f"{mass}{gas}/{energy}": factor
        for mass, energy, factor in (("kg", "TJ", _ONE), ("g", "GJ", _ONE), ("t", "TJ", Fraction(1000)))
        for gas in _PER_ENERGY
    },
    "GJ/t": {
        "GJ/t": _ONE, "MJ/kg": _ONE, "TJ/kt": _ONE, "TJ/Gg": _ONE, "kJ/kg": _THOUSANDTH,
        "kcal/kg": Fraction("0.0041868"),
    },
    "kgCO2e/kg": {"kgCO2e/kg": _ONE, "tCO2e/t": _ONE, "kg/kg": _ONE, "1": _ONE},
    "kgCO2/kWh": {
        f"{mass}{gas}/{energy}": factor
        for mass, energy, factor in (
            ("kg", "kWh", _ONE), ("t", "MWh", _ONE), ("g", "kWh", _THOUSANDTH), ("kg", "MWh", _THOUSANDTH),
        )
        for gas in ("CO2", "CO2e", "")
    },
    "tCO2e/t": {
        f"{mass}{gas}/{of}": factor
        for mass, of, factor in (("t", "t", _ONE), ("kg", "kg", _ONE), ("kg", "t", _THOUSANDTH))
        for gas in ("CO2e", "CO2", "")
    },
}  # fmt: skip
"""Unit of a use -> unit as published -> how many of the former."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "gas.ncv": (20.0, 50.0),
    **{
        f"{fuel}.{part}": bounds
        for fuel in ("gas", "diesel", "gasoline", "lpg")
        for part, bounds in {
            "carbon": (10.0, 30.0),
            "oxidation": (0.5, 1.0),
            "ch4": (0.0, 500.0),
            "n2o": (0.0, 50.0),
        }.items()
    },
    **{f"{fuel}.ncv": (20.0, 60.0) for fuel in ("diesel", "gasoline", "lpg")},
    "gwp.ch4": (20.0, 40.0),
    "gwp.n2o": (200.0, 350.0),
    "grid.location": (0.002, 2.0),
    "grid.residual": (0.002, 2.0),
    **{use: (0.0, 40.0) for use in USES if use.startswith("aluminium.")},
}
"""Use -> what a factor of it can be, in the unit of the use: outside it is another unit, or mistyped.

Of a grid the least is a thousandth of the most: kg that were taken for g are below it.
"""


def plain_unit(text: str) -> str:
    """Return a unit as it is compared: one way to write powers, products and ten thousand."""
    return text.translate(_WRITTEN)


def amount_of(unit: str, units: Mapping[str, Fraction]) -> Fraction | None:
    """Return how many of ours one of `unit` is; None when it is none of them."""
    wanted = plain_unit(unit)
    found = units.get(wanted)
    if found is not None:
        return found
    return {name.casefold(): factor for name, factor in units.items()}.get(wanted.casefold())


def units_of(use: str) -> Mapping[str, Fraction]:
    """Return the units that a factor of a use may be published in; none that names the other gas."""
    other = {"ch4": "N2O", "n2o": "CH4"}.get(use.rpartition(".")[2])
    units = _OF_FACTORS[USES[use]]
    return {unit: factor for unit, factor in units.items() if other is None or other not in unit}
