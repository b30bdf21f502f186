"""Carbon of a year and the split of its change: what meters tell, month by month, and nothing beyond."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.carbon import carbon_of, change_of
from analytics.declared import declare
from analytics.gas import co2_kg
from domain.carbon import Change
from domain.ledger import Entry, GasQuality
from domain.method import CarbonMethod, Method
from domain.periods import DAY_MS, PeriodKind
from domain.plant import Process
from domain.series import Floats
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.process import SHANGHAI
from tests.analytics.works import BOILER, UNMETERED_GAS, amounts, made_windows, prepared_works, works_plant

GRID = 0.5366
METHOD = Method(carbon=CarbonMethod(grid_kg_per_kwh=GRID, grid_source="national 2022"))
DAYS_2024, DAYS = 366, 366 + 365
TRUTH = amounts(DAYS)
PREPARED = prepared_works(made_windows(TRUTH), method=METHOD)
END_2024, END_2025 = START + DAYS_2024 * DAY_MS, START + DAYS * DAY_MS


def total(name: str, first: int = 0, end: int = DAYS_2024, truth: dict[str, Floats] | None = None) -> float:
    return float((truth or TRUTH)[name][24 * first : 24 * end].sum())


def made(first: int = 0, end: int = DAYS_2024) -> float:
    return total("plc_coil.mass", first, end) + total("plc_sheet.mass", first, end)


# carbon


def test_a_year_without_readings_has_no_carbon() -> None:
    bare = prepared_works({}, method=METHOD)
    found = carbon_of(bare, 2024, now=START + 40 * DAY_MS)
    assert [month.name for month in found.months] == ["2024-01", "2024-02"]
    assert {month.scope_1_t for month in found.months} == {None}
    assert (found.scope_1_t, found.scope_2_location_t, found.output) == (None, None, None)
    assert (found.intensity_1, found.intensity_1_2) == (None, None)
    assert not found.evidence.is_complete
    assert found.evidence.coverage == 0.0
    assert carbon_of(bare, 2031, now=START).months == ()


def test_a_whole_year_is_the_sum_of_its_meters() -> None:
    found = carbon_of(PREPARED, 2024, now=END_2025)
    assert len(found.months) == 12
    gas = co2_kg(total("gas_main.volume"), METHOD.gas) / 1000.0
    bought = GRID * total("em_main.import") / 1000.0
    assert found.scope_1_t == pytest.approx(gas)
    assert found.scope_2_location_t == pytest.approx(bought)
    assert (found.scope_2_market_t, found.scope_3_1_t) == (None, None)
    assert found.output == pytest.approx(made())
    assert found.output_unit == "t"
    assert found.intensity_1 == pytest.approx(gas / made())
    assert found.intensity_1_2 == pytest.approx((gas + bought) / made())
    assert found.evidence.is_complete
    february = found.months[1]
    assert (february.name, february.until - february.since) == ("2024-02", 29 * DAY_MS)
    assert february.scope_1_t == pytest.approx(co2_kg(total("gas_main.volume", 31, 60), METHOD.gas) / 1000.0)
    assert february.output == pytest.approx(made(31, 60))


def test_factors_are_named_with_their_source() -> None:
    factors = {each.id: each for each in carbon_of(PREPARED, 2024, now=END_2025).factors}
    assert factors["gas"].value == pytest.approx(2.162189, abs=1e-6)
    assert factors["gas"].unit == "kgCO2/Nm3"
    assert factors["grid"].value == GRID
    assert (factors["grid"].source, factors["grid"].is_verified) == ("national 2022", False)
    without = carbon_of(prepared_works(made_windows(TRUTH)), 2024, now=END_2025)
    assert without.scope_2_location_t is None
    assert without.intensity_1_2 is None
    assert without.intensity_1 is not None
    assert [each.id for each in without.factors] == ["gas"]


def test_the_suppliers_calorific_value_holds_in_its_month_only() -> None:
    march = next(SHANGHAI.periods(PeriodKind.MONTH, START + 65 * DAY_MS, START + 66 * DAY_MS))
    rich = GasQuality(since=march.since, until=march.until, ncv_mj_per_nm3=39.5)
    declared = declare([Entry(number=1, at=0, who="Li", why="", body=rich)], METHOD)
    prepared = prepared_works(made_windows(TRUTH), method=METHOD, declared=declared)
    found, plain = (carbon_of(each, 2024, now=END_2025) for each in (prepared, PREPARED))
    ratios = [
        (one.scope_1_t or 0.0) / (other.scope_1_t or 1.0)
        for one, other in zip(found.months, plain.months, strict=True)
    ]
    assert ratios == pytest.approx([1.0, 1.0, 39.5 / 38.931] + [1.0] * 9)


def test_a_year_that_is_not_over_has_the_months_so_far() -> None:
    now = START + 40 * DAY_MS
    windows = {name: each.pick(each.until <= now) for name, each in made_windows(TRUTH).items()}
    found = carbon_of(prepared_works(windows, method=METHOD), 2024, now=now)
    assert [month.name for month in found.months] == ["2024-01", "2024-02"]
    assert found.months[0].evidence.is_complete
    assert not found.months[1].evidence.is_complete
    assert found.scope_1_t == pytest.approx(co2_kg(total("gas_main.volume", 0, 40), METHOD.gas) / 1000.0)
    assert found.evidence.coverage == pytest.approx(1.0)
    assert not found.evidence.is_complete


def test_missing_hours_are_left_out_of_both_sides_of_an_intensity() -> None:
    holed = TRUTH | {"gas_main.volume": TRUTH["gas_main.volume"].copy()}
    holed["gas_main.volume"][: 24 * 100] = np.nan
    found = carbon_of(prepared_works(made_windows(holed), method=METHOD), 2024, now=END_2025)
    gas = co2_kg(total("gas_main.volume", 100), METHOD.gas) / 1000.0
    assert found.scope_1_t == pytest.approx(gas)
    assert found.output == pytest.approx(made())
    assert found.intensity_1 == pytest.approx(gas / made(100))
    assert not found.evidence.is_complete
    assert found.months[0].scope_1_t is None


def test_outputs_of_different_units_are_not_added() -> None:
    mixed = replace(
        works_plant(), processes=(Process(id="coil", output_unit="t"), Process(id="sheet", output_unit="m2"))
    )
    found = carbon_of(prepared_works(made_windows(TRUTH), of=mixed, method=METHOD), 2024, now=END_2025)
    assert (found.output, found.output_unit, found.intensity_1, found.intensity_1_2) == (None, "", None, None)
    assert {month.output for month in found.months} == {None}
    assert found.scope_1_t is not None


def test_without_a_main_meter_and_with_a_roof_bought_electricity_is_not_known() -> None:
    found = carbon_of(
        prepared_works(made_windows(TRUTH), of=works_plant("em_main"), method=METHOD), 2024, now=END_2025
    )
    assert found.scope_2_location_t is None
    gas_subs = works_plant("gas_main")
    found = carbon_of(prepared_works(made_windows(TRUTH), of=gas_subs, method=METHOD), 2024, now=END_2025)
    subs = sum(total(f"gas_{name}.volume") for name in ("coil", "sheet", "boiler"))
    assert found.scope_1_t == pytest.approx(co2_kg(subs, METHOD.gas) / 1000.0)


# change


def steps(found: Change) -> dict[tuple[str, str], float]:
    return {(each.subject, each.cause): each.nm3 for each in found.steps}


def test_two_equal_years_have_no_change() -> None:
    same = {name: np.concatenate((each[: 24 * 365], each[: 24 * 365])) for name, each in TRUTH.items()}
    start = SHANGHAI.day_start(date(2025, 1, 1))
    windows = made_windows(same, start)
    prepared = prepared_works(windows, method=METHOD, start=start)
    found = change_of(prepared, 2026, now=SHANGHAI.day_start(date(2026, 7, 1)) + DAY_MS // 2)
    assert (found.since, found.until) == tuple(SHANGHAI.day_start(date(2026, month, 1)) for month in (1, 7))
    assert found.before == found.after
    assert list(steps(found).values()) == pytest.approx([0.0] * 5, abs=1e-6)
    assert found.codes == ()


def test_a_planted_rise_is_split_into_output_intensity_and_the_rest() -> None:
    days = 100
    before, after = slice(0, 24 * days), slice(24 * DAYS_2024, 24 * (DAYS_2024 + days))
    changed = {name: each.copy() for name, each in TRUTH.items()}
    # February 29 has no counterpart in 2025: what follows lies a day earlier there.
    feb = 24 * 59
    for name, each in changed.items():
        each[after] = np.concatenate((TRUTH[name][:feb], TRUTH[name][feb + 24 : 24 * (days + 1)]))
    changed["plc_coil.mass"][after] *= 1.10
    changed["gas_coil.volume"][after] *= 1.10 * 1.05
    changed["gas_boiler.volume"][after] *= 2.0
    changed["gas_main.volume"][after] = (
        sum(changed[f"gas_{name}.volume"][after] for name in ("coil", "sheet", "boiler")) + UNMETERED_GAS
    )
    found = change_of(
        prepared_works(made_windows(changed), method=METHOD), 2025, now=END_2024 + days * DAY_MS
    )
    hours = np.r_[0:feb, feb + 24 : 24 * (days + 1)]
    coil = TRUTH["gas_coil.volume"][hours].sum()
    split = steps(found)
    assert split["coil", "output"] == pytest.approx(0.10 * coil)
    assert split["coil", "intensity"] == pytest.approx(1.10 * 0.05 * coil)
    assert split["sheet", "output"] == pytest.approx(0.0, abs=1e-6)
    assert split["other", "other"] == pytest.approx(24 * days * BOILER)
    assert found.before == pytest.approx(TRUTH["gas_main.volume"][hours].sum())
    assert found.before is not None
    assert found.after is not None
    assert sum(split.values()) == pytest.approx(found.after - found.before, rel=1e-12)
    assert found.codes == ()
    assert before.stop == after.stop - after.start


def test_a_line_that_stood_all_year_is_no_matter_of_intensity() -> None:
    stood = {name: each.copy() for name, each in TRUTH.items()}
    stood["plc_sheet.mass"][: 24 * DAYS_2024] = 0.0
    found = change_of(prepared_works(made_windows(stood), method=METHOD), 2025, now=END_2025)
    split = steps(found)
    assert ("sheet", "intensity") not in split
    assert ("sheet", "other") in split
    assert sum(split.values()) == pytest.approx((found.after or 0.0) - (found.before or 0.0), rel=1e-9)


def test_days_that_one_year_does_not_know_are_compared_in_neither() -> None:
    holed = {name: each.copy() for name, each in TRUTH.items()}
    holed["gas_main.volume"][24 * 10 + 5] = np.nan
    now = END_2024 + 31 * DAY_MS
    found = change_of(prepared_works(made_windows(holed), method=METHOD), 2025, now=now)
    assert found.codes == ("change.partial",)
    assert found.before == pytest.approx(total("gas_main.volume", 0, 10) + total("gas_main.volume", 11, 31))
    first = DAYS_2024
    assert found.after == pytest.approx(
        total("gas_main.volume", first, first + 10) + total("gas_main.volume", first + 11, first + 31)
    )


def test_without_a_year_before_there_is_nothing_to_compare() -> None:
    for year, now in ((2024, END_2024), (2025, END_2024 + DAY_MS // 2)):
        found = change_of(PREPARED, year, now=now)
        assert (found.before, found.after, found.steps) == (None, None, ())
        assert found.codes == ("change.no_data",)


def test_on_leap_day_the_year_before_ends_with_february() -> None:
    start = SHANGHAI.day_start(date(2027, 1, 1))
    prepared = prepared_works(made_windows(amounts(430), start), method=METHOD, start=start)
    found = change_of(prepared, 2028, now=SHANGHAI.day_start(date(2028, 2, 29)) + 1)
    assert found.until == SHANGHAI.day_start(date(2028, 2, 29))
    later = change_of(prepared, 2028, now=SHANGHAI.day_start(date(2028, 3, 1)) + 1)
    assert (later.before, later.after) == (found.before, found.after)
