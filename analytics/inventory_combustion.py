"""The line of a fuel that was burnt in a month: by the factors of its days, and by the base year's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.inventory_basis import Basis, Missing, factor_codes, first_day, ordered
from analytics.inventory_burning import burnt, together
from analytics.inventory_days import CHANGES, Stretch, Use
from analytics.inventory_uncertainty import ACTIVITY, with_uncertainty
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import Line
from domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuel:
    """What is known of a fuel in a month before any factor."""

    id: str
    activity: float | None
    unit: str
    formula: str
    evidence: Evidence
    points: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()


Amounts = Sequence[tuple[float, FactorUsed | None]]
"""Amounts, each with its calorific value."""


def fuel_uses(fuel: str) -> tuple[Use, ...]:
    """Return the uses of the factors that a fuel's tonnes need or may have."""
    own = tuple((f"{fuel}.{part}", "") for part in ("ncv", "carbon", "oxidation", "ch4", "n2o"))
    return (*own, ("gwp.ch4", ""), ("gwp.n2o", ""))


def fuel_line(
    basis: Basis, month: Period, fuel: Fuel, parts: Sequence[tuple[Stretch, Amounts]]
) -> tuple[Line, tuple[Missing, ...]]:
    """Return the line of a fuel, `parts` being its activity by stretch of the month, and what it lacks.

    The fixed-factor path takes the whole activity by the ledger's calorific value of the base year.
    """
    codes = [*fuel.codes]
    if fuel.activity is None:
        return _line(fuel, codes), ()
    base_ncv = basis.chosen.of(f"{fuel.id}.ncv", basis.base_day)
    burnings = [(each, burnt(basis.chosen, fuel.id, each.day, amounts)) for each, amounts in parts]
    dated = together([each for _, each in burnings])
    fixed = burnt(basis.chosen, fuel.id, basis.base_day, [(fuel.activity, base_ncv)])
    codes += [*dated.codes, *factor_codes(dated.factors, first_day(month).year)]
    codes += [CHANGES] if len(burnings) > 1 else []
    codes += ["factor.none_base_year"] if fixed.missing else []
    line = Line(
        id=fuel.id,
        scope="1",
        activity=fuel.activity,
        unit=fuel.unit,
        tco2e=dated.tco2e,
        gases=dated.gases,
        fixed_t=fixed.tco2e,
        factors=dated.factors,
        formula=fuel.formula,
        uncertainty=None,
        evidence=fuel.evidence,
        points=fuel.points,
        entries=fuel.entries,
        codes=ordered(codes),
        moved={} if dated.tco2e is None else {**dated.moved, ACTIVITY: dated.tco2e},
    )
    missing = (
        *(
            Missing(use=use, region="", month=month, days=each.days if each.days != month else None)
            for each, part in burnings
            for use in part.missing
        ),
        *(Missing(use=use, region="", month=month, is_base=True) for use in fixed.missing),
    )
    return with_uncertainty(line, basis.method), missing


def _line(fuel: Fuel, codes: Sequence[str]) -> Line:
    """Return the line of a month of which no amount is known."""
    return Line(
        id=fuel.id,
        scope="1",
        activity=None,
        unit=fuel.unit,
        tco2e=None,
        gases={},
        fixed_t=None,
        factors=(),
        formula=fuel.formula,
        uncertainty=None,
        evidence=fuel.evidence,
        points=fuel.points,
        entries=fuel.entries,
        codes=ordered(codes),
    )
