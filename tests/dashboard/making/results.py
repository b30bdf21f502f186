"""Results of a made plant, summed from its hours: intensities, balances, PV, heat, tracks, watches."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from domain.periods import DAY_MS, Period, PeriodKind
from domain.results import (
    Balance,
    DriftWatch,
    Estimate,
    Evidence,
    Intensity,
    Pv,
    Reading2Percent,
    RecoveredHeat,
    Track,
)
from tests.dashboard.making.hours import (
    BASELINE_SINCE,
    BASELINE_UNTIL,
    CO2_PER_NM3,
    GAP_DAY,
    KWH_PER_NM3,
    NOW,
    Hours,
    at,
    day_since,
)

ROW_SD = {"coil": 44.0, "sheet": 21.0}
"""Scatter of a day's gas about the baseline, Nm3."""


def evidence(
    since: int, until: int, *, gap_share: float = 0.0, incomplete: bool = False, stale: bool = False
) -> Evidence:
    """Return what a figure of [since, until) rests on."""
    shares = {"measured": 1.0 - gap_share}
    if gap_share > 0.0:
        shares["estimated"] = gap_share
    codes = {"data.open"} if until > NOW else set()
    codes |= {"data.gap"} if gap_share > 0.0 or incomplete else set()
    codes |= {"data.silent"} if stale else set()
    doubtful = until > NOW or incomplete or stale
    coverage = 0.82 if incomplete else 0.97 if stale else 1.0 - gap_share / 4.0
    return Evidence(shares=shares, coverage=coverage, is_complete=not doubtful, codes=tuple(sorted(codes)))


def _gap_share(process: str, since: int, until: int) -> float:
    """Return the share of a period that was estimated: six hours of one day of sheet."""
    gap = day_since(GAP_DAY)
    if process != "sheet" or not (since < gap + DAY_MS and until > gap):
        return 0.0
    return min(1.0, 6.0 / max(1.0, (until - since) / 3_600_000))


def intensity(hours: Hours, process: str, period: Period, *, incomplete: bool = False) -> Intensity:
    """Return gas per output of one period; `incomplete` holds for periods that are not over."""
    span = hours.span(period.since, period.until)
    output, gas = float(hours.output[process][span].sum()), float(hours.gas[process][span].sum())
    expected = float(hours.expected[process][span].sum()) if period.since >= BASELINE_SINCE else None
    index = gas / expected if expected else None
    run, up, idle = hours.running[process][span], hours.startup[process][span], hours.idle[process][span]
    length, burnt = hours.length_h[span], hours.gas[process][span]
    base = min(gas, 0.41 * gas)
    rows = max(1.0 / 24.0, (min(period.until, NOW) - period.since) / DAY_MS)
    reach = 1.65 * ROW_SD[process] * sqrt(rows)
    saving = None
    if expected is not None:
        value = expected - gas
        saving = Estimate(value=value, low=value - reach, high=value + reach, standard_error=reach / 1.65)
    return Intensity(
        process=process,
        period=period,
        output=output,
        output_unit="t",
        gas_nm3=gas,
        gas_kwh=gas * KWH_PER_NM3,
        co2_kg=gas * CO2_PER_NM3,
        ratio=gas / output if output > 0.0 else None,
        expected_nm3=expected,
        index=index,
        normalised=None if index is None else base_intensity(hours, process) * index,
        saving_nm3=saving,
        base_nm3=base,
        marginal_nm3=gas - base,
        production_nm3=float(burnt[run].sum()),
        idle_nm3=float(burnt[idle].sum()),
        startup_nm3=float(burnt[up].sum()),
        off_nm3=float(burnt[~(run | up | idle)].sum()),
        production_h=float(length[run].sum()),
        idle_h=float(length[idle].sum()),
        startup_h=float(length[up].sum()),
        evidence=evidence(
            period.since,
            period.until,
            gap_share=_gap_share(process, period.since, period.until),
            incomplete=incomplete and period.until > NOW,
        ),
    )


def base_intensity(hours: Hours, process: str) -> float:
    """Return the ratio of the baseline period."""
    span = hours.span(BASELINE_SINCE, BASELINE_UNTIL)
    return float(hours.gas[process][span].sum() / hours.output[process][span].sum())


def ratio_of_year(hours: Hours, process: str, year: int) -> float:
    """Return the ratio of a year, as far as it has gone."""
    span = hours.span(at(f"{year}-01-01"), at(f"{year + 1}-01-01"))
    return float(hours.gas[process][span].sum() / hours.output[process][span].sum())


def balance(hours: Hours, carrier: str, period: Period) -> Balance:
    """Return the main meter against its sub-meters."""
    span = hours.span(period.since, period.until)
    if carrier == "gas":
        main = float(hours.gas["main"][span].sum())
        subs = float(sum(hours.gas[name][span].sum() for name in ("coil", "sheet", "boiler")))
    else:
        subs = float(
            sum(hours.electricity[name][span].sum() for name in ("coil", "sheet", "utilities", "office"))
        )
        main = subs + float(hours.electricity["unmetered"][span].sum())
    rest = main - subs
    return Balance(
        carrier=carrier,
        period=period,
        main=main,
        subs=subs,
        unallocated=rest,
        share=rest / main if main else None,
        evidence=evidence(period.since, period.until),
    )


def pv(hours: Hours, period: Period) -> Pv:
    """Return own generation."""
    span = hours.span(period.since, period.until)
    made = float(hours.pv["pv_1"][span].sum() + hours.pv["pv_2"][span].sum())
    out, bought = float(hours.exported[span].sum()), float(hours.imported[span].sum())
    kept = made - out
    return Pv(
        period=period,
        generated=made,
        exported=out,
        self_consumed=kept,
        imported=bought,
        self_consumption_rate=kept / made if made else None,
        self_sufficiency=kept / (bought + kept) if bought + kept else None,
        evidence=evidence(period.since, period.until),
    )


def recovered(hours: Hours, process: str, period: Period, *, stale: bool = False) -> RecoveredHeat:
    """Return waste heat used, and the gas that a boiler of 90 % would have burnt."""
    span = hours.span(period.since, period.until)
    heat = float(hours.heat[process][span].sum())
    return RecoveredHeat(
        point=f"heat_{process}.heat_energy",
        period=period,
        heat_kwh=heat,
        avoided_gas_nm3=heat / KWH_PER_NM3 / 0.9,
        avoided_electricity_kwh=None,
        evidence=evidence(period.since, period.until, stale=stale and period.until > NOW),
    )


def track(hours: Hours, process: str, year: int, *, incomplete: bool = False) -> Track:
    """Return where a process stands in a year against 2 % a year since 2024."""
    base = ratio_of_year(hours, process, 2024)
    span = hours.span(at(f"{year}-01-01"), at(f"{year + 1}-01-01"))
    gas, output = float(hours.gas[process][span].sum()), float(hours.output[process][span].sum())
    ratio, target, steps = gas / output, base * 0.98 ** (year - 2024), year - 2024
    planned = output / (NOW - at("2026-01-01")) * (at("2027-01-01") - NOW) if year == 2026 else 0.0
    before = ratio_of_year(hours, process, year - 1) if steps else None
    readings = (
        ("geometric", target),
        ("linear", base * (1.0 - 0.02 * steps)),
        ("every_year", None if before is None else before * 0.98),
    )
    drift = 1.0 if process == "sheet" or year != 2026 else 1.031
    ending = (gas + planned * ratio * drift) / (output + planned)
    spread = 0.006 * ending if year == 2026 else 0.0
    codes = ("track.partly_observed",) if incomplete and year == 2026 else ()
    return Track(
        process=process,
        year=year,
        base_year=2024,
        target_year=2030,
        base_intensity=base,
        target=target,
        target_final=base * 0.98**6,
        year_to_date=ratio,
        year_to_date_normalised=ratio * 0.998,
        achieved_rate=1.0 - (ratio / base) ** (1.0 / steps) if steps else None,
        required_rate=1.0 - (base * 0.98**6 / ending) ** (1.0 / (2030 - year)),
        gas_to_date=gas,
        output_to_date=output,
        planned_output=planned,
        plan_source="last_year" if year == 2026 else "none",
        projection=Estimate(value=ending, low=ending - spread, high=ending + spread),
        probability=None if not steps else 0.23 if ending > target else 0.97,
        gas_allowed=target * (output + planned) - gas,
        readings=tuple(
            Reading2Percent(name=name, target=limit, is_met=None if limit is None else ending <= limit)
            for name, limit in readings
        ),
        is_proven=process == "sheet" and steps > 0,
        codes=codes,
        projected_rate=1.0 - (ending / base) ** (1.0 / steps) if steps else None,
    )


def watch(process: str) -> DriftWatch:
    """Return how a process is watched."""
    quiet = DriftWatch(
        process=process,
        interval=PeriodKind.DAY,
        false_alarms_per_year=1.0,
        threshold=4.9,
        allowance=0.5,
        autocorrelation=0.11,
        rows_per_year=352.0,
        expected_delay_rows=9.0,
        level=0.982 if process == "sheet" else 1.0,
        upper=0.4,
        lower=0.9,
        ewma=0.1,
        ewma_limit=0.76,
        rows=326,
    )
    return quiet if process == "sheet" else replace(quiet, upper=31.8, lower=0.0, ewma=1.62)
