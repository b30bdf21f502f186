"""CO2, CH4 and N2O of burning a fuel, by the factors of a day (METHOD 2, 7; formulas gas.1 and fuel.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from analytics.factor_choice import Chosen
from domain.factors import FactorUsed

C_TO_CO2 = 44.0 / 12.0
TJ_PER = {"gas": 1e-6}
"""TJ in an activity * NCV: Nm3 * MJ/Nm3 of gas, else t * GJ/t."""
_TJ_PER_GJ = 1e-3
_T_PER_KG = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Burnt:
    """What burning gives."""

    gases: Mapping[str, float]
    """co2, ch4, n2o -> tCO2e; empty where CO2 is not known."""
    factors: tuple[FactorUsed, ...]
    missing: tuple[str, ...]
    """Uses without a factor that CO2 needs."""
    codes: tuple[str, ...]
    moved: Mapping[str, float] = field(default_factory=dict)
    """Id of a factor -> tCO2e in proportion to it."""

    @property
    def tco2e(self) -> float | None:
        """Return the sum; None where CO2 is not known."""
        return sum(self.gases.values()) if self.gases else None


def burnt(chosen: Chosen, fuel: str, day: date, amounts: Sequence[tuple[float, FactorUsed | None]]) -> Burnt:
    """Return what `amounts`, each with its net calorific value, give: Nm3 of gas or t of another fuel.

    CH4 and N2O count where both their factor and their warming potential are known; else code
    `factor.no_split`.
    """
    carbon, oxidation = chosen.of(f"{fuel}.carbon", day), chosen.of(f"{fuel}.oxidation", day)
    values = tuple(dict.fromkeys(ncv for _, ncv in amounts if ncv is not None))
    needed = {
        f"{fuel}.ncv": None if any(ncv is None for _, ncv in amounts) else values,
        f"{fuel}.carbon": carbon,
        f"{fuel}.oxidation": oxidation,
    }
    missing = tuple(use for use, factor in needed.items() if factor is None)
    if missing or carbon is None or oxidation is None:
        used = [*values, *(each for each in (carbon, oxidation) if each is not None)]
        return Burnt(gases={}, factors=tuple(used), missing=missing, codes=("factor.none",))
    by_value = [(ncv, amount * ncv.value) for amount, ncv in amounts if ncv is not None]
    energy = sum(part for _, part in by_value)
    energy_tj = energy * TJ_PER.get(fuel, _TJ_PER_GJ)
    gases = {"co2": energy_tj * carbon.value * oxidation.value * C_TO_CO2}
    factors = [*values, carbon, oxidation]
    moved = {carbon.id: gases["co2"], oxidation.id: gases["co2"]}
    codes = []
    for gas in ("ch4", "n2o"):
        each, potential = chosen.of(f"{fuel}.{gas}", day), chosen.of(f"gwp.{gas}", day)
        if each is None or potential is None:
            codes.append("factor.no_split")
            continue
        gases[gas] = energy_tj * each.value * potential.value * _T_PER_KG
        factors += [each, potential]
        moved |= {each.id: gases[gas], potential.id: gases[gas]}
    whole = sum(gases.values())
    for ncv, part in by_value:
        moved[ncv.id] = moved.get(ncv.id, 0.0) + (whole * part / energy if energy else 0.0)
    return Burnt(gases=gases, factors=tuple(factors), missing=(), codes=tuple(codes), moved=moved)


def together(parts: Sequence[Burnt]) -> Burnt:
    """Return what parts of a month give together; nothing where one of them is not known."""
    if len(parts) == 1:
        return parts[0]
    is_known = all(each.gases for each in parts)
    return Burnt(
        gases=_sums([each.gases for each in parts]) if is_known else {},
        factors=tuple(dict.fromkeys(factor for each in parts for factor in each.factors)),
        missing=tuple(dict.fromkeys(use for each in parts for use in each.missing)),
        codes=tuple(dict.fromkeys(code for each in parts for code in each.codes)),
        moved=_sums([each.moved for each in parts]) if is_known else {},
    )


def _sums(parts: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    names = dict.fromkeys(name for each in parts for name in each)
    return {name: math.fsum(each.get(name, 0.0) for each in parts) for name in names}
