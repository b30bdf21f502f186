"""The line of a fuel that was burnt in a month: by the factors of its first day, and by the base year's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.inventory_basis import Basis, Missing, factor_codes, first_day, ordered
from analytics.inventory_burning import burnt
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


def fuel_line(
    basis: Basis, month: Period, fuel: Fuel, amounts: Sequence[tuple[float, FactorUsed | None]]
) -> tuple[Line, tuple[Missing, ...]]:
    """Return the line of a fuel, `amounts` being its activity by calorific value, and the factors it lacks.

    The fixed-factor path takes the whole activity by the ledger's calorific value of the base year.
    """
    codes = [*fuel.codes]
    if fuel.activity is None:
        return _line(fuel, codes), ()
    day, base_ncv = first_day(month), basis.chosen.of(f"{fuel.id}.ncv", basis.base_day)
    dated = burnt(basis.chosen, fuel.id, day, amounts)
    fixed = burnt(basis.chosen, fuel.id, basis.base_day, [(fuel.activity, base_ncv)])
    codes += [*dated.codes, *factor_codes(dated.factors, day.year)]
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
        moved=dated.moved if dated.tco2e is None else {**dated.moved, ACTIVITY: dated.tco2e},
    )
    missing = (
        *(Missing(use=use, region="", month=month) for use in dated.missing),
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
