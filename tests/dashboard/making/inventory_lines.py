"""The lines of a made inventory: each source of a month with its factors, and their sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from domain.carbon_book import Booked
from domain.carbon_entries import AluminiumLot, Certificates, EmissionFactor, FuelUse, GreenContract
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import (
    Cover,
    Line,
    PerOutput,
    Total,
)
from tests.dashboard.making import carbon_declared as declared
from tests.dashboard.making.carbon_declared import Month
from tests.dashboard.making.hours import Hours

M2_PER_T = 118.0
PER_TJ = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The hours and the ledger of the plant."""

    hours: Hours
    booked: tuple[Booked, ...]

    def factor(self, id_: str) -> FactorUsed:
        """Return a factor as a line uses it."""
        entry = next(
            each for each in self.booked if isinstance(each.body, EmissionFactor) and each.body.id == id_
        )
        body = entry.body
        assert isinstance(body, EmissionFactor)
        return FactorUsed(
            use=body.use, id=body.id, entry=entry.number, value=body.value, unit=body.unit,
            source=body.source, page=body.page, region=body.region, year=body.year,
            reference=body.reference, valid_from=body.valid_from, valid_until=body.valid_until,
            is_verified=body.is_verified, uncertainty=body.uncertainty,
        )  # fmt: skip


# lines of a month


def _fuel_factors(inputs: Inputs, fuel: str) -> tuple[FactorUsed, ...]:
    return tuple(inputs.factor(f"gbt32151.34-{fuel}-{part}") for part in ("ncv", "carbon", "oxidation"))


def _gas(inputs: Inputs, month: Month, proof: Evidence) -> Line:
    nm3 = float(inputs.hours.gas["main"][inputs.hours.span(month.since, month.until)].sum())
    used = (
        *_fuel_factors(inputs, "gas"),
        *(
            inputs.factor(each)
            for each in ("ipcc2006-gas-ch4", "ipcc2006-gas-n2o", "ar6-gwp-ch4", "ar6-gwp-n2o")
        ),
    )
    ncv, carbon, oxidation, ch4, n2o, gwp_ch4, gwp_n2o = (each.value for each in used)
    tj = nm3 * ncv * PER_TJ
    gases = {
        "ch4": tj * ch4 * gwp_ch4 / 1000.0,
        "co2": tj * carbon * oxidation * 44.0 / 12.0,
        "n2o": tj * n2o * gwp_n2o / 1000.0,
    }
    total = sum(gases.values())
    return Line(
        id="gas", scope="1", activity=nm3, unit="Nm3", tco2e=total, gases=gases, fixed_t=total, factors=used,
        formula="gas.1", uncertainty=0.035, evidence=proof, points=("gas_main.volume_reference",),
    )  # fmt: skip


def _fuels(inputs: Inputs, month: Month) -> Iterable[Line]:
    for entry in inputs.booked:
        body = entry.body
        if isinstance(body, FuelUse) and month.since <= body.since < month.until:
            used = _fuel_factors(inputs, body.fuel)
            total = body.mass_t * used[0].value / 1000.0 * used[1].value * used[2].value * 44.0 / 12.0
            yield Line(
                id=body.fuel, scope="1", activity=body.mass_t, unit="t", tco2e=total, gases={"co2": total},
                fixed_t=total, factors=used, formula="fuel.1", uncertainty=0.0173, evidence=_manual(),
                entries=(entry.number,), codes=("factor.no_split",),
            )  # fmt: skip


def _manual() -> Evidence:
    return Evidence(shares={"manual": 1.0}, coverage=1.0, is_complete=True)


def covers(inputs: Inputs, month: Month) -> tuple[Cover, ...]:
    """Return what certificates and the contract cover of a month: all of it, up to August 2026."""
    left = bought(inputs, month)
    found = []
    if month.since >= declared.COVERED_UNTIL:
        return ()
    for entry in inputs.booked:
        body = entry.body
        if isinstance(body, GreenContract) and body.since <= month.since < body.until:
            left -= body.kwh / 6.0
            found.append(
                Cover(
                    instrument=body.id,
                    kind="contract",
                    entry=entry.number,
                    month=month.name,
                    kwh=body.kwh / 6.0,
                )
            )
    for entry in inputs.booked:
        body = entry.body
        if (
            isinstance(body, Certificates)
            and body.since <= month.since < body.until
            and body.document != "GEC-2026-2"
        ):
            found.append(
                Cover(
                    instrument=f"{body.first}..{body.last}", kind="certificates", entry=entry.number,
                    month=month.name, kwh=left, retired=str(body.retired), beneficiary=body.beneficiary,
                )
            )  # fmt: skip
    return tuple(found)


def bought(inputs: Inputs, month: Month) -> float:
    """Return the bought electricity of a month, kWh."""
    return float(inputs.hours.imported[inputs.hours.span(month.since, month.until)].sum())


def _electricity(inputs: Inputs, month: Month, proof: Evidence) -> Iterable[Line]:
    kwh = bought(inputs, month)
    grid = inputs.factor("grid-cn-gd-2022" if month.year < 2025 else "grid-cn-gd-2023")
    base, rest = inputs.factor("grid-cn-gd-2022"), inputs.factor("grid-cn-residual-2023")
    matched = covers(inputs, month)
    amount = (kwh - sum(each.kwh for each in matched)) * rest.value / 1000.0 if not matched else 0.0
    location = kwh * grid.value / 1000.0
    by_location = Line(
        id="electricity", scope="2_location", activity=kwh, unit="kWh", tco2e=location,
        gases={"co2": location}, fixed_t=kwh * base.value / 1000.0, factors=(grid,), formula="grid.1",
        uncertainty=0.051, evidence=proof, points=("em_main.active_energy_import",),
        codes=("factor.other_year",),
    )  # fmt: skip
    yield by_location
    yield replace(
        by_location, scope="2_market", tco2e=amount, gases={"co2": amount}, fixed_t=amount, factors=(rest,),
        formula="market.1", entries=tuple(each.entry for each in matched),
    )  # fmt: skip


def _lots(inputs: Inputs, month: Month) -> Iterable[Line]:
    primary, recycled = inputs.factor("iai-primary-2022"), inputs.factor("iai-recycled-2022")
    for entry in inputs.booked:
        body = entry.body
        if not (isinstance(body, AluminiumLot) and month.since <= body.at < month.until):
            continue
        codes: tuple[str, ...] = ()
        used: tuple[FactorUsed, ...]
        if body.factor_t_per_t is not None:
            own = FactorUsed(
                use="lot.factor", id=body.id, entry=entry.number, value=body.factor_t_per_t, unit="tCO2e/t",
                source=body.document, year=body.year, is_verified=bool(body.verifier), uncertainty=0.05,
            )  # fmt: skip
            factor, used, formula, spread = own.value, (own,), "lot.supplier.1", 0.05
        elif body.primary is not None:
            factor = body.primary * primary.value + (1.0 - body.primary) * recycled.value
            used, formula, spread = (primary, recycled), "lot.hybrid.1", 0.1
        else:
            factor, used, formula, spread = primary.value, (primary,), "lot.average.1", 0.1
            codes = ("lot.unverified",)
        yield Line(
            id=body.id, scope="3_1", activity=body.mass_t, unit="t", tco2e=body.mass_t * factor,
            gases={"co2e": body.mass_t * factor}, fixed_t=body.mass_t * factor, factors=used, formula=formula,
            uncertainty=spread, evidence=_manual(), entries=(entry.number,), codes=codes,
            subject=body.supplier,
        )  # fmt: skip


def lines_of(inputs: Inputs, month: Month, proof: Evidence) -> tuple[Line, ...]:
    """Return every line of a month."""
    found = [_gas(inputs, month, proof), *_fuels(inputs, month), *_electricity(inputs, month, proof)]
    found += _lots(inputs, month)
    return tuple(sorted(found, key=lambda line: (line.scope, line.id)))


# totals


def total(lines: Sequence[Line], scope: str) -> Total:
    """Return the sum of a scope's lines, their uncertainties as independent."""
    of = [line for line in lines if line.scope == scope]
    known = sum(line.tco2e or 0.0 for line in of)
    fixed = sum(line.fixed_t or 0.0 for line in of)
    spread = sqrt(sum(((line.tco2e or 0.0) * (line.uncertainty or 0.0)) ** 2 for line in of))
    first = _of_all(of)
    codes = tuple(sorted({code for line in of for code in line.codes}))
    return Total(
        tco2e=known if of else None, known_t=known, fixed_t=fixed if of else None,
        uncertainty=spread / known if known else None,
        evidence=replace(first, codes=tuple(sorted({*first.codes, *codes}))), codes=codes,
    )  # fmt: skip


def _of_all(lines: Sequence[Line]) -> Evidence:
    """Return the evidence of lines together: shares by their amount, the worst coverage."""
    whole = sum(line.tco2e or 0.0 for line in lines) or 1.0
    shares: dict[str, float] = defaultdict(float)
    for line in lines:
        for grade, share in line.evidence.shares.items():
            shares[grade] += share * (line.tco2e or 0.0) / whole
    return Evidence(
        shares={grade: share for grade, share in sorted(shares.items()) if share > 0.0} or {"measured": 1.0},
        coverage=min((line.evidence.coverage for line in lines), default=1.0),
        is_complete=all(line.evidence.is_complete for line in lines),
        codes=tuple(sorted({code for line in lines for code in line.evidence.codes})),
    )


def merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return each source over the months of a year; every lot stays one."""
    of: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        of[line.scope, line.id].append(line)
    return tuple(_sum(of[key]) for key in sorted(of))


def _sum(lines: Sequence[Line]) -> Line:
    amount = sum(line.tco2e or 0.0 for line in lines)
    gases = {gas for line in lines for gas in line.gases}
    factors = {factor.id: factor for line in lines for factor in line.factors}
    return replace(
        lines[0],
        activity=sum(line.activity or 0.0 for line in lines),
        tco2e=amount,
        fixed_t=sum(line.fixed_t or 0.0 for line in lines),
        gases={gas: sum(line.gases.get(gas, 0.0) for line in lines) for gas in sorted(gases)},
        factors=tuple(factors.values()),
        entries=tuple(number for line in lines for number in line.entries),
        codes=tuple(sorted({code for line in lines for code in line.codes})),
        evidence=lines[-1].evidence,
    )


def per_output(lines: Sequence[Line], output: float) -> tuple[PerOutput, ...]:
    """Return the intensities per tonne and per m2."""
    one, location, market, three = (
        total(lines, scope).known_t for scope in ("1", "2_location", "2_market", "3_1")
    )
    return tuple(
        PerOutput(
            unit=unit, output=amount, scope_1=one / amount, scope_1_2_location=(one + location) / amount,
            scope_1_2_market=(one + market) / amount, scope_3_1=three / amount,
        )
        for unit, amount in (("t", output), ("m2", output * M2_PER_T))
    )  # fmt: skip
