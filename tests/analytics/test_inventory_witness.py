"""Most of two years with all that a plant declares, against the simulators' own truth, written anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from analytics.prepared import Prepared
from config.shipped_factors import shipped_factors
from domain.inventory import Inventory
from domain.ledger import Body
from domain.method import CarbonMethod, Method
from domain.periods import HOUR_MS, PeriodKind
from domain.registers import Reference
from domain.series import Floats
from simulators.carbon_entries import BENEFICIARY, PlantedEntry, carbon_entries
from simulators.carbon_months import TrueMonth
from simulators.carbon_truth import TrueInventory, true_inventory, uncovered_kwh
from tests.analytics.carbon_made import closing, entries, found, fresh, line, works
from tests.analytics.process import JANUARY_2024, SHANGHAI
from tests.analytics.works import works_plant

UNTIL = SHANGHAI.day_start(date(2025, 11, 1))
"""The certificates of the last quarter are not bought yet."""
METHOD = Method(carbon=CarbonMethod(grid_region="CN-GD", beneficiary=BENEFICIARY))


@cache
def truth() -> tuple[tuple[TrueMonth, ...], tuple[PlantedEntry, ...]]:
    random = np.random.default_rng(7)
    months = tuple(
        TrueMonth(
            name=month.name,
            since=month.since,
            until=month.until,
            gas_m3=float(random.uniform(1e5, 3e5)),
            bought_kwh=float(random.uniform(5e5, 9e5)),
            output_t=float(random.uniform(2e3, 4e3)),
        )
        for month in SHANGHAI.periods(PeriodKind.MONTH, JANUARY_2024, UNTIL)
    )
    return months, carbon_entries(months, seed=1)


@cache
def expected() -> tuple[TrueInventory, ...]:
    months, planted = truth()
    rest = uncovered_kwh(months, planted)
    return tuple(
        true_inventory(each, planted, uncovered_kwh=rest[each.name], with_late=True) for each in months
    )


@cache
def inventory() -> dict[str, Inventory]:
    return found(prepared(), UNTIL)[0]


def prepared(*later: Body) -> Prepared:
    """Return the plant with all that it declared, and what was entered later."""
    months, planted = truth()
    plant = works_plant(
        "gas_coil", "gas_sheet", "gas_boiler", "em_coil", "em_sheet", "em_office", "plc_sheet"
    )
    devices = tuple(
        replace(each, points=tuple(replace(point, reference=Reference.AT_20C) for point in each.points))
        if each.id == "gas_main"
        else each
        for each in plant.devices
    )
    coil = tuple(each for each in plant.processes if each.id == "coil")
    return works(
        of=replace(plant, devices=devices, processes=coil),
        truth={
            "gas_main.volume": evenly([each.gas_m3 for each in months]),
            "em_main.import": evenly([each.bought_kwh for each in months]),
            "plc_coil.mass": evenly([each.output_t for each in months]),
        },
        ledger=entries([*shipped_factors(), *(each.body for each in planted), *later]),
        method=METHOD,
    )


def evenly(amounts: list[float]) -> Floats:
    """Return the amount of each month spread over its hours."""
    hours = [round((month.until - month.since) / HOUR_MS) for month in truth()[0]]
    return np.concatenate([np.full(n, amount / n) for n, amount in zip(hours, amounts, strict=True)])


def test_every_month_is_the_truth_of_the_simulators() -> None:
    for true in expected():
        mine = inventory()[true.name]
        assert mine.scope_1.tco2e == pytest.approx(true.scope_1, rel=1e-9)
        assert mine.scope_2_market.tco2e == pytest.approx(true.scope_2_market, rel=1e-9, abs=1e-9)
        assert mine.scope_3_1.tco2e == pytest.approx(true.scope_3_1, rel=1e-9)
        assert mine.per_output[0].output == pytest.approx(true.output_t, rel=1e-9)
        assert mine.scope_2_location.tco2e == pytest.approx(true.scope_2_location, rel=1e-9)


def test_the_years_are_the_sums_of_the_truth_and_their_gas_is_known_to_3_5_percent() -> None:
    for year in ("2024", "2025"):
        true = [each for each in expected() if each.name[:4] == year]
        mine = inventory()[year]
        assert mine.scope_1.tco2e == pytest.approx(sum(each.scope_1 for each in true), rel=1e-9)
        assert mine.scope_3_1.tco2e == pytest.approx(sum(each.scope_3_1 for each in true), rel=1e-9)
        bought = sum(each.scope_2_market for each in true)
        assert mine.scope_2_market.tco2e == pytest.approx(bought, rel=1e-9, abs=1e-9)
        assert (bought > 0.0) is (year == "2025")
        assert line(mine, "1", "gas").uncertainty == pytest.approx(0.035, abs=1e-5)
        assert mine.scope_1.uncertainty is not None
        made = sum(each.output_t for each in true)
        assert mine.per_output[0].scope_3_1 == pytest.approx((mine.scope_3_1.tco2e or 0.0) / made)


def test_closed_months_would_come_out_the_same_and_leave_the_years_as_they_are() -> None:
    plain = inventory()
    closed = prepared(*(closing(each) for name, each in plain.items() if name < "2025-08" and "-" in name))
    for name in ("2024-02", "2024-09", "2025-07"):
        assert replace(fresh(closed, name, UNTIL), findings=()) == replace(plain[name], findings=())
    made, _ = found(closed, UNTIL)
    for year in ("2024", "2025"):
        assert made[year].closed_months
        assert replace(made[year], closed_months=(), findings=()) == replace(plain[year], findings=())
