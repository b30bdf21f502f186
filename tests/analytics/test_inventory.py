"""The inventory of a works: null, planted truth, years as sums of months, the same bytes in any order."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.prepared import in_order
from domain.method import Method
from domain.result_rows import decode, encode
from tests.analytics.carbon_made import (
    END,
    TRUTH,
    diesel,
    entries,
    factor,
    factors,
    found,
    line,
    plain,
    total,
    works,
)
from tests.analytics.process import SHANGHAI

GAS_T = 38.931e-6 * 15.3 * 0.99 * 44.0 / 12.0
MARCH = (date(2024, 3, 1), date(2024, 4, 1))


def test_nothing_read_and_nothing_entered_gives_no_number_and_never_a_zero() -> None:
    bare = works(truth={}, ledger=entries([factor("aluminium.primary", 15.1)]), method=Method())
    made, findings = found(bare, SHANGHAI.day_start(date(2024, 3, 1)))
    assert list(made) == ["2024-01", "2024-02", "2024"]
    for each in made.values():
        for total_ in (each.scope_1, each.scope_2_location, each.scope_2_market, each.scope_3_1):
            assert (total_.tco2e, total_.fixed_t, total_.uncertainty) == (None, None, None)
            assert total_.codes
            assert total_.evidence.is_provisional
        assert {line.tco2e for line in each.lines} == {None}
        assert {by.scope_1 for by in each.per_output} == {None}
    assert "inventory.no_region" in {each.code for each in findings}


def test_a_ledger_without_any_factor_keeps_no_inventory() -> None:
    assert found(works(ledger=[])) == ({}, ())


def test_a_planted_month_is_found_again() -> None:
    made, _ = found(works(diesel(*MARCH, 2.0), ledger=None))
    march = made["2024-03"]
    gas = total("gas_main.volume", 60, 91) * GAS_T
    assert march.scope_1.tco2e == pytest.approx(gas + 2.0 * 3.0959096373, rel=1e-9)
    assert march.scope_1.known_t == march.scope_1.tco2e
    assert march.scope_2_location.tco2e == pytest.approx(total("em_main.import", 60, 91) * 0.4419 / 1000.0)
    assert march.scope_2_market.tco2e == pytest.approx(total("em_main.import", 60, 91) * 0.6096 / 1000.0)
    assert march.scope_3_1.tco2e is None
    assert [(each.scope, each.id) for each in march.lines] == [
        ("1", "diesel"),
        ("1", "gas"),
        ("2_location", "electricity"),
        ("2_market", "electricity"),
    ]
    assert march.scope_1.evidence.shares["manual"] == pytest.approx(
        2.0 * 3.0959096 / (march.scope_1.tco2e or 1)
    )
    assert march.is_over


def test_a_year_is_the_sum_of_its_months() -> None:
    made = plain()
    year = made["2024"]
    months = [made[f"2024-{month:02}"] for month in range(1, 13)]
    for name in ("scope_1", "scope_2_location", "scope_2_market"):
        parts = [getattr(each, name).tco2e for each in months]
        assert getattr(year, name).tco2e == pytest.approx(sum(parts), rel=1e-12)
    assert line(year, "1", "gas").activity == pytest.approx(total("gas_main.volume", 0, 366), rel=1e-12)
    assert line(year, "1", "gas").uncertainty == pytest.approx(0.035)
    assert line(year, "1", "gas").evidence.is_complete
    assert year.is_over
    assert year.scope_1.evidence.coverage == pytest.approx(1.0)


def test_a_running_year_and_month_are_incomplete_so_far() -> None:
    days = 366 + 31 + 28 + 31 + 30 + 15
    made, _ = found(
        works(truth={name: each[: 24 * days] for name, each in TRUTH.items()}),
        SHANGHAI.day_start(date(2025, 5, 16)) + 1,
    )
    assert "2025-06" not in made
    for name in ("2025-05", "2025"):
        assert not made[name].is_over
        assert not made[name].scope_1.evidence.is_complete
    assert made["2025-04"].scope_1.evidence.is_complete


def test_a_month_that_has_just_begun_does_not_unsettle_the_year() -> None:
    made, _ = found(works(), SHANGHAI.day_start(date(2025, 6, 1)) + 60_000)
    assert "2025-06" not in made
    assert made["2025"].per_output[0].scope_1 is not None


def test_a_hole_makes_month_and_year_partial_and_the_year_provisional_when_it_is_large() -> None:
    holed = TRUTH | {"gas_main.volume": TRUTH["gas_main.volume"].copy()}
    holed["gas_main.volume"][24 * 60 : 24 * 121] = np.nan
    made, _ = found(works(truth=holed))
    march, year = made["2024-03"], made["2024"]
    assert (march.scope_1.tco2e, march.scope_1.codes) == (None, ("inventory.no_data",))
    assert "inventory.partial" in year.scope_1.codes
    assert year.scope_1.tco2e == pytest.approx(
        (total("gas_main.volume", 0, 60) + total("gas_main.volume", 121, 366)) * GAS_T
    )
    assert not year.scope_1.evidence.is_complete


def test_an_amount_without_a_factor_leaves_the_year_unknown_but_says_what_is_known() -> None:
    made, findings = found(works(ledger=entries([*factors("diesel.carbon"), diesel(*MARCH, 2.0)])))
    for name in ("2024-03", "2024"):
        scope_1 = made[name].scope_1
        assert scope_1.tco2e is None
        assert scope_1.known_t == pytest.approx(line(made[name], "1", "gas").tco2e)
        assert "factor.none" in scope_1.codes
    assert made["2024-02"].scope_1.tco2e is not None
    none = [each for each in findings if each.code.startswith("factor.none")]
    assert [(each.code, each.key) for each in none] == [
        ("factor.none", "diesel.carbon"),
        ("factor.none_base_year", "diesel.carbon"),
    ]
    assert [each.code for each in made["2024-02"].findings if each.code == "factor.none"] == []


def test_a_fuel_that_nobody_entered_for_a_month_makes_its_sum_incomplete() -> None:
    made, findings = found(works(diesel(*MARCH, 2.0)))
    april = made["2024-04"].scope_1
    assert april.tco2e is not None
    assert "fuel.no_entry" in april.codes
    assert not april.evidence.is_complete
    assert "fuel.no_entry" in made["2024"].scope_1.codes
    assert "fuel.no_entry" in {each.code for each in findings}


def test_the_same_entries_and_readings_give_the_same_bytes_in_any_order() -> None:
    ledger = entries(
        [*factors(), *(diesel(*MARCH, mass, document=f"D-{mass}") for mass in (0.1, 0.2, 0.3, 1e6))]
    )
    one, findings = found(works(ledger=ledger))
    other, again = found(works(ledger=list(reversed(ledger)), truth=dict(reversed(TRUTH.items()))))
    assert [encode(each) for each in one.values()] == [encode(each) for each in other.values()]
    assert in_order(findings) == in_order(again) == findings


def test_an_inventory_survives_its_canonical_form() -> None:
    made, _ = found(works(diesel(*MARCH, 2.0)), END)
    for each in made.values():
        assert decode("inventory", encode(each)) == each
