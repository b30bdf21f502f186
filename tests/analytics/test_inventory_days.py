"""A factor holds on its days: a month is split where another one begins, and a day without one is named."""

from __future__ import annotations

from datetime import date

import pytest

from domain.carbon_entries import EmissionFactor
from domain.findings import Finding
from domain.inventory import Inventory, Line
from domain.ledger import Body
from tests.analytics.carbon_made import diesel, entries, factor, factors, few, found, line, total
from tests.analytics.process import SHANGHAI

ON = date(2024, 2, 11)
FIRST, REST, ALL = (31, 41), (41, 60), (31, 60)
"""Days of February before the change and after it."""
GAS, POWER = "gas_main.volume", "em_main.import"
CO2 = 38.931e-6 * 0.99 * 44.0 / 12.0
"""tCO2 per Nm3 and tC/TJ."""


def made(*bodies: Body, without: str = "") -> tuple[dict[str, Inventory], tuple[Finding, ...]]:
    return found(few(ledger=entries([*factors(without), *bodies])))


def february(scope: str, name: str, *bodies: Body, without: str = "") -> Line:
    return line(made(*bodies, without=without)[0]["2024-02"], scope, name)


def one_day(use: str, value: float) -> EmissionFactor:
    day = date(2024, 2, 1)
    return factor(use, value, since=day, valid_until=day, id=f"{use}/day")


def test_without_a_change_inside_a_month_nothing_is_split() -> None:
    later = factor("gas.carbon", 16.0, since=date(2024, 3, 1))
    assert "factor.changes_inside" not in february("1", "gas", later).codes
    assert february("1", "gas", later).tco2e == february("1", "gas").tco2e


def test_gas_is_split_by_its_windows_on_the_day_of_another_factor() -> None:
    split = february("1", "gas", factor("gas.carbon", 16.0, since=ON))
    assert split.tco2e == pytest.approx((total(GAS, *FIRST) * 15.3 + total(GAS, *REST) * 16.0) * CO2)
    assert split.activity == pytest.approx(total(GAS, *ALL))
    assert {each.value for each in split.factors if each.use == "gas.carbon"} == {15.3, 16.0}
    assert "factor.changes_inside" in split.codes
    assert "inventory.mixed_ncv" not in split.codes


def test_a_factor_of_one_day_weighs_one_day() -> None:
    day, rest = total(GAS, 31, 32), total(GAS, 32, 60)
    assert february("1", "gas", one_day("gas.carbon", 30.0)).tco2e == pytest.approx(
        (day * 30.0 + rest * 15.3) * CO2
    )
    day, rest = total(POWER, 31, 32), total(POWER, 32, 60)
    told = february("2_location", "electricity", one_day("grid.location", 0.9))
    assert told.tco2e == pytest.approx((day * 0.9 + rest * 0.4419) / 1000.0)


def test_electricity_is_split_by_place_and_by_market() -> None:
    place = february("2_location", "electricity", factor("grid.location", 0.3, since=ON))
    by_hand = total(POWER, *FIRST) * 0.4419 + total(POWER, *REST) * 0.3
    assert place.tco2e == pytest.approx(by_hand / 1000.0)
    market = february("2_market", "electricity", factor("grid.residual", 0.5, since=ON))
    by_hand = total(POWER, *FIRST) * 0.6096 + total(POWER, *REST) * 0.5
    assert market.tco2e == pytest.approx(by_hand / 1000.0)
    assert "factor.changes_inside" in market.codes
    assert market.fixed_t == pytest.approx(total(POWER, *ALL) * 0.5 / 1000.0)  # as of 1 July


def test_fuel_is_split_by_its_share_of_the_time() -> None:
    fuel = diesel(date(2024, 2, 1), date(2024, 3, 1), 29.0)
    plain = february("1", "diesel", fuel).tco2e or 0.0
    split = february("1", "diesel", fuel, factor("diesel.carbon", 40.4, since=ON))
    assert split.tco2e == pytest.approx(plain * (10.0 + 19.0 * 2.0) / 29.0)
    late = february(
        "1", "diesel", diesel(ON, date(2024, 3, 1), 29.0), factor("diesel.carbon", 40.4, since=ON)
    )
    assert late.tco2e == pytest.approx(2.0 * plain)


@pytest.mark.parametrize(
    ("use", "scope", "name"),
    [
        ("gas.carbon", "1", "gas"),
        ("grid.location", "2_location", "electricity"),
        ("grid.residual", "2_market", "electricity"),
    ],
)
def test_days_without_a_factor_leave_the_month_unknown_and_are_named(use: str, scope: str, name: str) -> None:
    value = {"gas.carbon": 15.3, "grid.location": 0.4419, "grid.residual": 0.6096}[use]
    early = factor(use, value, valid_until=date(2024, 2, 10), id="early")
    late = factor(use, value, since=date(2024, 2, 21), id="late")
    months, findings = made(early, late, without=use)
    told = line(months["2024-02"], scope, name)
    assert (told.tco2e, told.gases) == (None, {})
    assert "factor.none" in told.codes
    (none,) = [each for each in findings if each.code == "factor.none"]
    assert (none.since, none.until) == (SHANGHAI.day_start(ON), SHANGHAI.day_start(date(2024, 2, 21)))
    assert "2024-02-11 to 2024-02-20" in none.problem
    assert none in months["2024-02"].findings
    assert line(months["2024-03"], scope, name).tco2e is not None
