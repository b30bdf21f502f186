"""The split of a year's change: output, intensity and the rest, as far as meters tell it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.change import change_of
from domain.carbon import Change
from domain.method import CarbonMethod, Method
from domain.periods import DAY_MS
from domain.series import Floats
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.process import SHANGHAI
from tests.analytics.works import BOILER, UNMETERED_GAS, amounts, made_windows, prepared_works

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
