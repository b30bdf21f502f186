"""What emission factors are used for, in which unit each is kept, and how a figure names the one it used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.registers import Reference

FUELS = ("diesel", "gasoline", "lpg")
"""Fuels that no meter tells: by entries and invoices."""

USES: Mapping[str, str] = {
    "gas.ncv": "MJ/Nm3",
    **{
        f"{fuel}.{part}": unit
        for fuel in ("gas", *FUELS)
        for part, unit in {
            "carbon": "tC/TJ",
            "oxidation": "1",
            "ch4": "kg/TJ",
            "n2o": "kg/TJ",
        }.items()
    },
    **{f"{fuel}.ncv": "GJ/t" for fuel in FUELS},
    "gwp.ch4": "kgCO2e/kg",
    "gwp.n2o": "kgCO2e/kg",
    "grid.location": "kgCO2/kWh",
    "grid.residual": "kgCO2/kWh",
    "aluminium.primary": "tCO2e/t",
    "aluminium.primary_green": "tCO2e/t",
    "aluminium.recycled": "tCO2e/t",
}
"""Use -> unit. Net calorific values; carbon content and oxidised share; CH4 and N2O of burning; warming
potentials over 100 years; bought electricity of a region; aluminium by what it was made of: primary metal by
any or by green power, remelted scrap without a burden of its first life (cut-off)."""

BY_REGION = ("grid.location", "grid.residual")
"""Uses whose factors hold in one region: CN, CN-GD, CN-SOUTH ..."""

FORMULAS: Mapping[str, str] = {
    "gas.1": "Nm3 * ncv * (carbon * oxidation * 44/12 + ch4 * gwp.ch4 + n2o * gwp.n2o)",
    "fuel.1": "t * ncv * (carbon * oxidation * 44/12 + ch4 * gwp.ch4 + n2o * gwp.n2o)",
    "grid.1": "kWh bought * grid.location",
    "market.1": "kWh bought, not covered * grid.residual + kWh under contract * its factor"
    " + own PV whose certificates were sold * grid.residual",
    "lot.supplier.1": "t * factor of the supplier",
    "lot.hybrid.1": "t * (shares of primary, primary by green power and scrap, each * its factor)",
    "lot.average.1": "t * aluminium.primary",
}
"""Formula with its version -> what it says. One that changes gets another version, never another text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorUsed:
    """A factor as a figure used it, whole: what becomes of the ledger later does not matter."""

    use: str
    """Of `USES`, or `lot.factor`, `contract.factor`."""
    id: str
    entry: int
    """Number in the ledger."""
    value: float
    unit: str
    source: str
    page: str = ""
    region: str = ""
    year: int | None = None
    """Of the data behind it."""
    reference: Reference | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    is_verified: bool = False
    uncertainty: float | None = None
    """Relative standard uncertainty (k = 1)."""
