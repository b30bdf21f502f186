"""Own PV and recovered heat against their plan: told beside the inventory, never part of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from analytics.avoided import avoided
from analytics.balance import balances
from analytics.declared import declare
from analytics.heat import recovered
from analytics.inventory import inventories
from analytics.prepared import Prepared, prepare
from analytics.pv import pv
from domain.carbon_entries import EmissionFactor
from domain.evidence import Evidence
from domain.factors import USES, FactorUsed
from domain.inventory import Avoided, Inventory, Total
from domain.ledger import Entry
from domain.method import CarbonMethod, Counterfactual, Method
from domain.periods import DAY_MS, Period, PeriodKind
from domain.results import Pv, RecoveredHeat
from tests.analytics.green import CALENDAR, month
from tests.analytics.process import JANUARY_2024
from tests.analytics.works import amounts, made_windows, prepared_works, works_plant

MARCH = month(2026, 3)
PLAN = CarbonMethod(pv_plan_kwh_per_year=2_400_000.0, heat_plan_kwh_per_year=365_000.0)
"""The plan's 2.4 GWh a year; the heat is made up."""
GOOD = Evidence(shares={"measured": 1.0}, coverage=0.95, is_complete=True)
GRID = FactorUsed(use="grid.location", id="gd-2023", entry=1, value=0.4419, unit="kgCO2/kWh", source="annex")
SUN = Pv(
    period=MARCH,
    generated=250_000.0,
    exported=50_000.0,
    self_consumed=200_000.0,
    imported=1.0,
    self_consumption_rate=0.8,
    self_sufficiency=1.0,
    evidence=GOOD,
)
HEAT = RecoveredHeat(
    point="heat.energy",
    period=MARCH,
    heat_kwh=30_000.0,
    avoided_gas_nm3=3_000.0,
    avoided_electricity_kwh=None,
    evidence=replace(GOOD, coverage=0.92, codes=("heat.reversed",)),
)


def prepared(method: Method) -> Prepared:
    plant = works_plant()
    return prepare(plant, method, declare((), method), {}, since=MARCH.since, until=MARCH.since + DAY_MS)


def told(
    period: Period = MARCH,
    *,
    sun: tuple[Pv, ...] = (SUN,),
    heat: tuple[RecoveredHeat, ...] = (HEAT,),
    location: FactorUsed | None = GRID,
    gas: float | None = 2.162189,
    carbon: CarbonMethod = PLAN,
) -> Avoided:
    return avoided(
        prepared(Method(carbon=carbon)), period, pv=sun, heat=heat, location=location, gas_kg_per_nm3=gas
    )


def test_a_plant_without_pv_and_heat_avoids_nothing_known() -> None:
    found = told(sun=(), heat=(), carbon=CarbonMethod())
    assert (found.pv_kwh, found.pv_plan_kwh, found.pv_t, found.heat_kwh, found.heat_t) == (None,) * 5
    assert found.codes == ()


def test_a_months_plan_is_its_share_of_the_days_of_the_year() -> None:
    found = told()
    assert found.pv_plan_kwh == pytest.approx(2_400_000.0 * 31 / 365)
    assert found.heat_plan_kwh == pytest.approx(31_000.0)
    leap = month(2024, 2)
    assert told(leap, sun=(), heat=()).pv_plan_kwh == pytest.approx(2_400_000.0 * 29 / 366)
    whole = CALENDAR.period(PeriodKind.YEAR, MARCH.since)
    assert whole is not None
    assert told(whole, sun=(), heat=()).pv_plan_kwh == 2_400_000.0


def test_tonnes_avoided_are_self_consumed_pv_by_the_location_based_factor() -> None:
    found = told()
    assert (found.pv_kwh, found.pv_generated_kwh) == (200_000.0, 250_000.0)
    assert found.pv_t == pytest.approx(88.38)


def test_recovered_heat_avoids_what_its_counterfactual_would_have_burnt() -> None:
    assert told().heat_t == pytest.approx(3_000.0 * 2.162189e-3)
    heater = replace(HEAT, avoided_gas_nm3=None, avoided_electricity_kwh=33_333.0)
    assert told(heat=(heater,)).heat_t == pytest.approx(33.333 * 0.4419)
    nothing_said = replace(HEAT, avoided_gas_nm3=None)
    assert (told(heat=(nothing_said,)).heat_t, told(heat=(nothing_said,)).heat_kwh) == (None, 30_000.0)


def test_heat_meters_are_added_up_and_one_that_is_not_known_is_said() -> None:
    second = replace(HEAT, point="heat2.energy", heat_kwh=1_000.0, avoided_gas_nm3=100.0)
    assert told(heat=(HEAT, second)).heat_kwh == 31_000.0
    silent = replace(second, heat_kwh=None, avoided_gas_nm3=None)
    found = told(heat=(HEAT, silent))
    assert (found.heat_kwh, found.codes) == (30_000.0, ("avoided.partial",))
    assert not found.evidence.is_complete
    assert told(heat=(silent,)).heat_kwh is None


def test_without_a_factor_the_tonnes_are_not_known() -> None:
    found = told(location=None, gas=None)
    assert (found.pv_t, found.heat_t, found.codes) == (None, None, ("avoided.no_factor",))
    assert (found.pv_kwh, found.heat_kwh) == (200_000.0, 30_000.0)


def test_pv_that_is_not_known_is_not_nothing() -> None:
    found = told(sun=(replace(SUN, self_consumed=None),))
    assert (found.pv_kwh, found.pv_t) == (None, None)


def test_the_evidence_is_the_worse_of_both() -> None:
    found = told().evidence
    assert (found.coverage, found.is_complete, found.codes) == (0.92, True, ("heat.reversed",))
    assert sum(found.shares.values()) == pytest.approx(1.0)


def test_other_periods_do_no_harm() -> None:
    april = month(2026, 4)
    others = (replace(SUN, period=april), SUN), (replace(HEAT, period=april), HEAT)
    assert told(sun=others[0], heat=others[1]) == told()


# beside the inventory


def totals(method: Method, *, days: int = 40) -> tuple[list[tuple[Total, ...]], list[Inventory]]:
    """Return the totals of months and year of a works with sun and heat, by METHOD's factors."""
    values = {"gas.ncv": 38.931, "gas.carbon": 15.3, "gas.oxidation": 0.99, "grid.location": 0.4419,
              "grid.residual": 0.6096}  # fmt: skip
    entries = [
        Entry(
            number=number,
            at=number,
            who="Li",
            why="",
            body=EmissionFactor(
                id=use,
                use=use,
                value=value,
                unit=USES[use],
                region="CN" if use.startswith("grid.") else "",
                valid_from=date(2020, 1, 1),
                source="METHOD",
            ),
        )
        for number, (use, value) in enumerate(values.items(), 1)
    ]
    windows = made_windows(amounts(days))
    made = prepared_works(windows, method=method, declared=declare(entries, method))
    periods = [
        period
        for kind in (PeriodKind.MONTH, PeriodKind.YEAR)
        for period in made.calendar.periods(kind, made.since, made.until)
    ]
    found, _ = inventories(
        made,
        now=JANUARY_2024 + days * DAY_MS,
        balances=balances(made.plant, method, made.windows, periods),
        pv=pv(made.plant, made.windows, periods),
        heat=recovered(made.plant, method, made.windows, periods),
    )
    return [
        (each.scope_1, each.scope_2_location, each.scope_2_market, each.scope_3_1) for each in found
    ], list(found)


def test_no_total_of_the_inventory_changes_with_what_is_avoided() -> None:
    region = CarbonMethod(grid_region="CN")
    plain, _ = totals(Method(carbon=region))
    planned = replace(region, pv_plan_kwh_per_year=2.4e6, heat_plan_kwh_per_year=1e6)
    told_of, found = totals(Method(carbon=planned, counterfactual=Counterfactual.GAS, heat_efficiency=0.9))
    assert plain == told_of
    assert all(each.avoided.pv_t and each.avoided.heat_t for each in found)
    assert all(total.tco2e for total in plain[0][:3])
