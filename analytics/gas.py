"""Gas volumes at reference conditions, their energy and CO2 (METHOD 2).

V_0C = V * (P_abs / 101.325) * (273.15 / T) * (Z_0C / Z), T in kelvin. Z_0C / Z is 1 below 0.1 bar gauge.
Above, it is that of pure methane, by its second virial coefficient (`methane_z`). The composition is not
known here, so this is an approximation, chosen because leaving Z out is worse: at 3 bar gauge and 20 C the
volume would read 0.50 % (lean gas) to 0.66 % (rich gas from LNG) low; with methane 0.005 to 0.16 % low. The
finding `gas.compressibility` says so with the size of the correction and of the doubt that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import overload

import numpy as np

from analytics.sums import on_grid
from domain.findings import Finding, Severity
from domain.ledger import GasQuality
from domain.method import GasMethod
from domain.plant import Point
from domain.registers import Reference
from domain.series import Bools, Floats, Instants
from domain.windows import Flag, Windows

ZERO_C_K = 273.15
ATMOSPHERE_KPA = 101.325
IDEAL_BELOW_KPA = ATMOSPHERE_KPA + 10.0
"""0.1 bar gauge: up to here Z_0C / Z is 1."""
MOLAR_GAS_J_PER_MOL_K = 8.314462618
METHANE_B_CM3_PER_MOL = (-53.5113511, 47.22131012, -20.87810452, 6.80037735)
"""Second virial coefficient by powers of t/100 C: fitted to the equation of Setzmann and Wagner (1991) from
-20 to 60 C, to 0.02 cm3/mol. Z from it alone is within 0.04 % up to 1.1 MPa."""
LOWEST_KPA, HIGHEST_KPA = 50.0, 1100.0
"""Of an absolute pressure: lower is met nowhere (it is a gauge pressure), higher needs a better Z."""
RICH_GAS_DOUBT = 0.30
"""How much more than methane a rich gas from LNG (88 % methane, 8 % ethane, 3 % propane) is corrected, as
share of 1 - Z of methane, at most: by the mixing rules of GERG-2008, -10 to 40 C, up to 0.8 MPa."""
LOWEST_C, HIGHEST_C = -20.0, 60.0
LOWEST_NCV, HIGHEST_NCV = 20.0, 50.0
"""MJ/Nm3 of natural gas: outside it is another unit or a mistyped figure."""

_FACTORS = {
    Reference.AT_0C: 1.0,
    Reference.AT_15C: ZERO_C_K / 288.15,
    Reference.AT_20C: ZERO_C_K / 293.15,
}

Monthly = Mapping[tuple[int, int], float]
"""[since, until) ms -> net calorific value, MJ/Nm3; where spans overlap, the later in the mapping wins."""


# volume


def nm3_factor(reference: Reference | None) -> float | None:
    """Return Nm3 per m3 at these conditions; None where the meter's own conditions must be known."""
    return None if reference is None else _FACTORS.get(reference)


def gas_windows(
    point: Point, windows: Windows, *, temperature: Windows | None, pressure: Windows | None
) -> Windows:
    """Return a gas point's windows (m3) in Nm3.

    At actual conditions each window is converted by its mean temperature (C) and absolute pressure (kPa)
    and has the worst grade and coverage of the three; without either, or with one that cannot be, it has no
    amount and `Flag.NO_CONDITIONS`. So has a volume at conditions that nobody told.
    """
    factor = nm3_factor(point.reference)
    if factor is not None:
        return _with(windows, windows.amount * factor)
    if point.reference is not Reference.ACTUAL or temperature is None or pressure is None:
        return _with(windows, np.full(len(windows), np.nan), Flag.NO_CONDITIONS)
    warm = on_grid(temperature, windows.since, windows.until)
    dense = on_grid(pressure, windows.since, windows.until)
    usable = is_usable(warm.amount, dense.amount)
    ratio = to_nm3(np.where(usable, warm.amount, 0.0), np.where(usable, dense.amount, ATMOSPHERE_KPA))
    missing = np.where(usable, 0, int(Flag.NO_CONDITIONS)).astype(np.uint16)
    return Windows(
        point=windows.point,
        since=windows.since,
        until=windows.until,
        amount=np.where(usable, windows.amount * ratio, np.nan),
        grade=np.maximum.reduce([windows.grade, warm.grade, dense.grade]),
        coverage=np.minimum.reduce([windows.coverage, warm.coverage, dense.coverage]),
        flags=windows.flags | warm.flags | dense.flags | missing,
        minimum=np.full(len(windows), np.nan),
        maximum=np.full(len(windows), np.nan),
    )


def is_usable(temperature_c: Floats, pressure_kpa: Floats) -> Bools:
    """Say which conditions a volume can be converted by; NaN is none."""
    found: Bools = (
        (temperature_c >= LOWEST_C)
        & (temperature_c <= HIGHEST_C)
        & (pressure_kpa >= LOWEST_KPA)
        & (pressure_kpa <= HIGHEST_KPA)
    )
    return found


def to_nm3(temperature_c: Floats, pressure_kpa: Floats) -> Floats:
    """Return Nm3 per m3 at a temperature and an absolute pressure (METHOD 2)."""
    ideal = pressure_kpa / ATMOSPHERE_KPA * (ZERO_C_K / (temperature_c + ZERO_C_K))
    found: Floats = ideal * compressibility_ratio(temperature_c, pressure_kpa)
    return found


def compressibility_ratio(temperature_c: Floats, pressure_kpa: Floats) -> Floats:
    """Return Z_0C / Z: 1 below 0.1 bar gauge, above it that of pure methane."""
    at_0c = methane_z(np.zeros(1), np.full(1, ATMOSPHERE_KPA))
    found: Floats = np.where(
        pressure_kpa < IDEAL_BELOW_KPA, 1.0, at_0c / methane_z(temperature_c, pressure_kpa)
    )
    return found


def methane_z(temperature_c: Floats, pressure_kpa: Floats) -> Floats:
    """Return Z = 1 + B p / (R T) of methane."""
    b0, b1, b2, b3 = METHANE_B_CM3_PER_MOL
    t = temperature_c / 100.0
    b_m3 = (b0 + t * (b1 + t * (b2 + t * b3))) * 1e-6
    found: Floats = 1.0 + b_m3 * pressure_kpa * 1e3 / (MOLAR_GAS_J_PER_MOL_K * (temperature_c + ZERO_C_K))
    return found


def _with(windows: Windows, amount: Floats, flag: Flag = Flag.NONE) -> Windows:
    nothing = np.full(len(windows), np.nan)
    flags = windows.flags | np.uint16(flag)
    return replace(windows, amount=amount, flags=flags, minimum=nothing, maximum=nothing)


# energy and CO2


def ncv_of(since: Instants, gas: GasMethod, monthly: Monthly) -> Floats:
    """Return the net calorific value that holds for windows that begin at `since`, MJ/Nm3."""
    found = np.full(len(since), gas.ncv_mj_per_nm3)
    for (first, end), ncv in monthly.items():
        found[(since >= first) & (since < end)] = ncv
    return found


@overload
def energy_kwh(nm3: float, gas: GasMethod) -> float: ...


@overload
def energy_kwh(
    nm3: Floats, gas: GasMethod, *, since: Instants | None = None, monthly: Monthly | None = None
) -> Floats: ...


def energy_kwh(
    nm3: float | Floats,
    gas: GasMethod,
    *,
    since: Instants | None = None,
    monthly: Monthly | None = None,
) -> float | Floats:
    """Return the energy of a volume by net calorific value.

    With `since`, the begin of each window of an array, the supplier's value wins in its month.
    """
    if since is None or not monthly:
        return nm3 * (gas.ncv_mj_per_nm3 / 3.6)
    return nm3 * (ncv_of(since, gas, monthly) / 3.6)


@overload
def co2_kg(nm3: float, gas: GasMethod) -> float: ...


@overload
def co2_kg(
    nm3: Floats, gas: GasMethod, *, since: Instants | None = None, monthly: Monthly | None = None
) -> Floats: ...


def co2_kg(
    nm3: float | Floats,
    gas: GasMethod,
    *,
    since: Instants | None = None,
    monthly: Monthly | None = None,
) -> float | Floats:
    """Return the CO2 of burning a volume: NCV * carbon * oxidation * 44/12; `since` as in `energy_kwh`."""
    kg_per_mj = gas.carbon_t_per_tj * gas.oxidation * (44.0 / 12.0) * 1e-3
    if since is None or not monthly:
        return nm3 * (gas.ncv_mj_per_nm3 * kg_per_mj)
    return nm3 * (ncv_of(since, gas, monthly) * kg_per_mj)


def monthly_ncv(stated: Iterable[GasQuality]) -> Monthly:
    """Return the supplier's values, entries in the order of recording; one that cannot be is left out."""
    found: dict[tuple[int, int], float] = {}
    for each in stated:
        if can_be(each):
            found.pop((each.since, each.until), None)  # the place in the mapping is that of the latest
            found[each.since, each.until] = each.ncv_mj_per_nm3
    return found


def quality_findings(stated: Iterable[GasQuality]) -> tuple[Finding, ...]:
    """Return a finding for each statement that was left out."""
    return tuple(
        Finding(
            code="gas.impossible_ncv",
            key=each.source or "gas quality",
            problem=f"{each.ncv_mj_per_nm3:g} MJ/Nm3 is no net calorific value of natural gas",
            remedy=f"state it in MJ/Nm3, {LOWEST_NCV:g} to {HIGHEST_NCV:g}; until then the method's holds",
            severity=Severity.ERROR,
            since=each.since,
            until=each.until,
            facts={"ncv_mj_per_nm3": each.ncv_mj_per_nm3},
        )
        for each in stated
        if not can_be(each)
    )


def can_be(stated: GasQuality) -> bool:
    """Say whether a statement is a calorific value of natural gas over a span."""
    return stated.since < stated.until and LOWEST_NCV <= stated.ncv_mj_per_nm3 <= HIGHEST_NCV


# doubts


def gas_findings(
    point: Point, windows: Windows, *, temperature: Windows | None, pressure: Windows | None
) -> tuple[Finding, ...]:
    """Return what is doubtful about converting a gas point's windows, as read (m3)."""
    if not len(windows) or nm3_factor(point.reference) is not None:
        return ()
    if point.reference is not Reference.ACTUAL or temperature is None or pressure is None:
        everywhere = np.ones(len(windows), dtype=np.bool_)
        return (_no_conditions(point, windows, everywhere),)
    warm = on_grid(temperature, windows.since, windows.until).amount
    dense = on_grid(pressure, windows.since, windows.until).amount
    has_amount = np.isfinite(windows.amount)
    missing = has_amount & (np.isnan(warm) | np.isnan(dense))
    usable = is_usable(warm, dense)
    found = []
    if missing.any():
        found.append(_no_conditions(point, windows, missing))
    if (has_amount & ~missing & ~usable).any():
        found.append(_impossible_conditions(point, windows, has_amount & ~missing & ~usable))
    real = has_amount & usable & (dense >= IDEAL_BELOW_KPA)
    if real.any():
        found.append(_compressibility(point, windows.pick(real), warm[real], dense[real]))
    return tuple(found)


def _no_conditions(point: Point, windows: Windows, where: Bools) -> Finding:
    chosen = windows.pick(where)
    return Finding(
        code="gas.no_conditions",
        key=point.id,
        problem=f"{len(chosen)} windows have a volume, but no temperature or no pressure of the gas",
        remedy="give the point reference = 20C, 15C or 0C, or actual with temperature_point and "
        "pressure_point, and see that these are read",
        since=int(chosen.since[0]),
        until=int(chosen.until[-1]),
        facts={"windows": float(len(chosen))},
    )


def _impossible_conditions(point: Point, windows: Windows, where: Bools) -> Finding:
    chosen = windows.pick(where)
    return Finding(
        code="gas.impossible_conditions",
        key=point.id,
        problem=f"{len(chosen)} windows have a gas temperature or pressure that cannot be",
        remedy=f"pressure_point must give the absolute pressure, {LOWEST_KPA:g} to {HIGHEST_KPA:g} kPa, "
        f"temperature_point {LOWEST_C:g} to {HIGHEST_C:g} C",
        since=int(chosen.since[0]),
        until=int(chosen.until[-1]),
        facts={"windows": float(len(chosen))},
    )


def _compressibility(point: Point, chosen: Windows, temperature_c: Floats, pressure_kpa: Floats) -> Finding:
    correction = float((compressibility_ratio(temperature_c, pressure_kpa) - 1.0).max())
    doubt = float(RICH_GAS_DOUBT * (1.0 - methane_z(temperature_c, pressure_kpa)).max())
    return Finding(
        code="gas.compressibility",
        key=point.id,
        problem=f"the gas is metered above 0.1 bar gauge and corrected by up to {correction:.2%} as pure "
        f"methane; of this gas it may be {doubt:.2%} more",
        remedy="use a volume corrector's reading at reference conditions where that matters",
        severity=Severity.WARNING,
        since=int(chosen.since[0]),
        until=int(chosen.until[-1]),
        facts={"correction": correction, "doubt": doubt},
    )
