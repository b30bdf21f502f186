"""Scope 2 of bought electricity, by place and by market (METHOD 7): formulas grid.1 and market.1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.certificates import ContractLine, Covered
from analytics.inventory_basis import Basis, Missing, MonthLines, factor_codes, first_day, ordered
from analytics.inventory_days import CHANGES, Mix, Use, mean, mixes, stretches
from analytics.inventory_meters import Metered
from analytics.inventory_uncertainty import ACTIVITY, with_uncertainty
from domain.factors import FactorUsed
from domain.findings import Finding, Severity
from domain.grid_regions import COUNTRY, MAINLAND
from domain.inventory import Cover, Line
from domain.periods import Period

POWER = "electricity"
NO_REGION = "inventory.no_region"
NO_PV = "inventory.no_pv"
"""Certificates of own PV were sold, and how much of it the plant used itself is not known."""
_T_PER_KG = 1e-3
ROUNDING = 1e-9
"""Share of the electricity that is left over by rounding alone when all of it is covered."""
NO_MIX = Mix(parts=())
LOCATION, RESIDUAL = "grid.location", "grid.residual"


def location_factor(basis: Basis, day: date) -> FactorUsed | None:
    """Return the location-based factor of the plant's region."""
    region = basis.method.grid_region
    return basis.chosen.of(LOCATION, day, region=region) if region else None


def residual_factor(basis: Basis, day: date) -> FactorUsed | None:
    """Return the residual mix of the plant's region; within mainland China that of the country stands in.

    China publishes it for the country alone.
    """
    region = basis.method.grid_region
    for each in (region, *([COUNTRY] if region in MAINLAND else [])):
        found = basis.chosen.of(RESIDUAL, day, region=each) if each else None
        if found is not None:
            return found
    return None


def location_mean(basis: Basis, month: Period) -> FactorUsed | None:
    """Return the location-based factor over a month, by time where it changes inside."""
    return mean(basis, month, _uses(LOCATION, basis), lambda day: location_factor(basis, day))


def location_lines(basis: Basis, power: Metered) -> MonthLines:
    """Return metered bought electricity of each month by the factor of the plant's region on its days."""
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    held = stretches(basis, _uses(LOCATION, basis))
    mixed = mixes(basis, power, held, lambda day: location_factor(basis, day))
    base = location_factor(basis, basis.base_day)
    for place, month in enumerate(basis.months):
        kwh, mix = power.amounts[place], mixed[place]
        codes = [*power.codes[place], *_region_codes(basis)]
        if kwh is not None and basis.method.grid_region:
            missing += _missing(basis, LOCATION, month, mix, base)
            codes += _none_codes(mix, base)
        tonnes = kwh * mix.value * _T_PER_KG if kwh is not None and mix.value is not None else None
        line = _line(power, place, "2_location", "grid.1")
        lines[month.name] = _finished(
            basis,
            month,
            replace(line, codes=tuple(codes)),
            dated=tonnes,
            fixed=_product(kwh, base),
            factors=mix.factors if kwh is not None else (),
            moved=mix.moved(tonnes) if tonnes is not None else {},
        )
    return MonthLines(lines=lines, missing=tuple(missing))


def market_lines(basis: Basis, power: Metered, covered: Covered) -> MonthLines:
    """Return bought electricity by what was bought with it: covered, under contract, and the residual mix.

    Covered by certificates: nothing. Under contract: its own factor. The rest, and own PV whose certificates
    somebody else has: the residual mix; where that changes inside a month, by what was metered on its days.
    """
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    held = stretches(basis, _uses(RESIDUAL, basis))
    mixed = mixes(basis, power, held, lambda day: residual_factor(basis, day))
    base = residual_factor(basis, basis.base_day)
    for place, month in enumerate(basis.months):
        split = _split(month, power.amounts[place], covered)
        line = _line(power, place, "2_market", "market.1")
        codes = [*power.codes[place], *split.codes]
        mix = mixed[place] if split.residual_kwh else NO_MIX
        if split.residual_kwh:
            if basis.method.grid_region:
                missing += _missing(basis, RESIDUAL, month, mix, base)
                codes += _none_codes(mix, base)
            else:
                codes.append(NO_REGION)
        contracts = [each.factor for each in split.contracts]
        lines[month.name] = _finished(
            basis,
            month,
            replace(line, entries=covered.entries.get(month.name, ()), codes=tuple(codes)),
            dated=split.tonnes(mix.value),
            fixed=split.tonnes(base.value if base is not None else None),
            factors=[*mix.factors, *dict.fromkeys(contracts)],
            moved=split.moved(mix),
        )
    return MonthLines(lines=lines, missing=tuple(missing))


def region_findings(basis: Basis) -> tuple[Finding, ...]:
    """Return a finding where nobody told which grid the plant is on."""
    if basis.method.grid_region:
        return ()
    return (
        Finding(
            code=NO_REGION,
            key="carbon.grid_region",
            problem="nobody told which region's grid the plant is on: Scope 2 is not known",
            remedy='give the plant file [carbon] grid_region, as "CN-GD"',
            severity=Severity.WARNING,
        ),
    )


# inside


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """Electricity of a month by what is bought with it; None: not known."""

    residual_kwh: float | None
    contracts: Sequence[ContractLine]
    codes: tuple[str, ...]
    counted_kwh: float = 0.0
    """By the meter, where a rest of it is not covered."""

    def tonnes(self, residual: float | None) -> float | None:
        """Return what is emitted by a residual mix; None where it is needed and not known."""
        if self.residual_kwh is None or (self.residual_kwh and residual is None):
            return None
        rest = self.residual_kwh * residual if residual is not None else 0.0
        return (rest + sum(each.kwh * each.factor.value for each in self.contracts)) * _T_PER_KG

    def moved(self, residual: Mix) -> Mapping[str, float]:
        """Return the tonnes in proportion to each factor and to the meter.

        What is covered stays as it is: the meter's error is of all kWh and falls on the rest. Without a rest
        it is of what the contracts cover.
        """
        found: dict[str, float] = defaultdict(float)
        for each in self.contracts:
            found[each.factor.id] += each.kwh * each.factor.value * _T_PER_KG
        by_meter = sum(found.values())
        value = residual.value
        if value is not None and self.residual_kwh:
            for name, tonnes in residual.moved(self.residual_kwh * value * _T_PER_KG).items():
                found[name] += tonnes
            by_meter = self.counted_kwh * value * _T_PER_KG if self.counted_kwh else by_meter
        return {**found, ACTIVITY: by_meter}


def _split(month: Period, kwh: float | None, covered: Covered) -> _Split:
    contracts = [each for each in covered.contracts if each.month == month.name]
    codes = tuple(code for each in contracts for code in each.codes)
    if kwh is None:
        return _Split(residual_kwh=None, contracts=(), codes=())
    sold = covered.sold_pv_kwh.get(month.name, 0.0)
    if sold is None:
        return _Split(residual_kwh=None, contracts=contracts, codes=(*codes, NO_PV))
    rest = kwh - _sum(each for each in covered.covers if each.month == month.name)
    rest = rest if rest > ROUNDING * kwh else 0.0
    return _Split(
        residual_kwh=rest + sold, contracts=contracts, codes=codes, counted_kwh=kwh if rest > 0.0 else 0.0
    )


def _sum(covers: Iterable[Cover]) -> float:
    return sum(each.kwh for each in covers)


def _line(power: Metered, place: int, scope: str, formula: str) -> Line:
    """Return the line of a month before any factor."""
    return Line(
        id=POWER,
        scope=scope,
        activity=power.amounts[place],
        unit="kWh",
        tco2e=None,
        gases={},
        fixed_t=None,
        factors=(),
        formula=formula,
        uncertainty=None,
        evidence=power.evidence[place],
        points=power.points,
    )


def _finished(
    basis: Basis,
    month: Period,
    line: Line,
    *,
    dated: float | None,
    fixed: float | None,
    factors: Sequence[FactorUsed],
    moved: Mapping[str, float],
) -> Line:
    codes = (*line.codes, *factor_codes(factors, first_day(month).year))
    found = replace(
        line,
        tco2e=dated,
        gases={} if dated is None else {"co2": dated},
        fixed_t=fixed,
        factors=tuple(factors),
        codes=ordered(codes),
        moved=moved if dated is not None else {},
    )
    return with_uncertainty(found, basis.method)


def _product(kwh: float | None, factor: FactorUsed | None) -> float | None:
    return kwh * factor.value * _T_PER_KG if kwh is not None and factor is not None else None


def _region_codes(basis: Basis) -> list[str]:
    return [] if basis.method.grid_region else [NO_REGION]


def _missing(basis: Basis, use: str, month: Period, used: Mix, base: FactorUsed | None) -> list[Missing]:
    region = basis.method.grid_region
    found = [
        Missing(use=use, region=region, month=month, days=each.days if each.days != month else None)
        for each in used.lacking
    ]
    return found + ([Missing(use=use, region=region, month=month, is_base=True)] if base is None else [])


def _none_codes(used: Mix, base: FactorUsed | None) -> list[str]:
    return [
        *(["factor.none"] if used.lacking else []),
        *([CHANGES] if len(used.parts) > 1 else []),
        *(["factor.none_base_year"] if base is None else []),
    ]


def _uses(use: str, basis: Basis) -> tuple[Use, ...]:
    """Return a use in the plant's region, and in the country whose residual mix may stand in for it."""
    region = basis.method.grid_region
    return tuple((use, each) for each in dict.fromkeys((region, region.partition("-")[0])) if each)
