"""How much of each production day a device was observed: the worst of what is made of its readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.completeness import completeness_of
from domain.courses import DayCompleteness
from domain.periods import DAY_MS, HOUR_MS, PlantCalendar, WorkingCalendar
from domain.plant import Carrier, Plant
from domain.windows import Flag, Grade, Windows
from tests.analytics.made import NAN, hours, plant, point
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.process import SHANGHAI

GAS = point("volume", Carrier.GAS, device="gas", unit="m3")
WARM = replace(point("t", device="gas", unit="C", is_counter=False), variable="ambient_temperature")
POWER = point("import", Carrier.ELECTRICITY, device="em")
UNUSED = point("voltage", device="em", unit="V", is_counter=False)
WORKS = plant(GAS, WARM, POWER, UNUSED)
END = START + 2 * DAY_MS


def full(days: int = 2) -> dict[str, Windows]:
    return {each.id: hours(each.id, [1.0] * 24 * days, start=START) for each in (GAS, WARM, POWER)}


def days_of(
    device: str, windows: dict[str, Windows], *, of: Plant = WORKS, until: int = END, now: int = END
) -> tuple[DayCompleteness, ...]:
    found = completeness_of(of, SHANGHAI, windows, since=START, until=until, now=now)
    return next(each.days for each in found if each.device == device)


def test_a_device_of_which_nothing_is_kept_has_no_coverage() -> None:
    for day in days_of("gas", {}):
        assert (day.coverage, day.grade, day.flags) == (None, None, 0)


def test_a_day_observed_throughout_is_complete() -> None:
    found = days_of("gas", full())
    assert [(day.day, day.since) for day in found] == [("2024-01-01", START), ("2024-01-02", START + DAY_MS)]
    assert {(day.coverage, day.grade, day.flags) for day in found} == {(1.0, Grade.MEASURED, 0)}


def test_every_device_that_is_analysed_has_a_row_in_the_plants_order() -> None:
    other = point("voltage", device="idle", unit="V", is_counter=False)
    found = completeness_of(
        plant(POWER, UNUSED, other, GAS), SHANGHAI, full(), since=START, until=END, now=END
    )
    assert [each.device for each in found] == ["em", "gas"]


def test_planted_holes_count_by_time_and_the_worst_point_speaks() -> None:
    windows = full()
    seen = np.ones(48)
    seen[:6], seen[30] = 0.0, 0.5
    grade = [Grade.MEASURED] * 30 + [Grade.ESTIMATED] + [Grade.BRIDGED] * 17
    windows[WARM.id] = hours(WARM.id, [1.0] * 48, coverage=seen.tolist(), start=START)
    windows[GAS.id] = hours(
        GAS.id, [1.0] * 48, grade=grade, flags=[Flag.NONE] * 30 + [Flag.GAP] + [Flag.WRAP] * 17, start=START
    )
    first, second = days_of("gas", windows)
    assert first.coverage == pytest.approx(18 / 24)
    assert (first.grade, first.flags) == (Grade.MEASURED, 0)
    assert second.coverage == pytest.approx(23.5 / 24)
    assert (second.grade, second.flags) == (Grade.ESTIMATED, Flag.GAP | Flag.WRAP)


def test_a_window_that_is_held_back_was_not_observed() -> None:
    windows = full()
    amount = [1.0] * 48
    amount[3] = NAN
    flags = [Flag.NONE] * 48
    flags[3] = Flag.RESET
    windows[POWER.id] = hours(POWER.id, amount, flags=flags, start=START)
    first, second = days_of("em", windows)
    assert first.coverage == pytest.approx(23 / 24)
    assert first.flags == Flag.RESET
    assert second.coverage == 1.0


def test_of_today_only_the_time_that_has_passed_counts() -> None:
    now = START + DAY_MS + 6 * HOUR_MS + HOUR_MS // 2
    windows = {name: each.pick(each.since < now) for name, each in full().items()}
    last = windows[GAS.id]
    coverage = np.where(last.until > now, 0.5, 1.0)
    flags = np.where(last.until > now, Flag.OPEN, 0).astype(np.uint16)
    windows[GAS.id] = windows[WARM.id] = replace(last, coverage=coverage, flags=flags)
    assert days_of("gas", windows, now=now)[1].coverage == pytest.approx(1.0)
    silent = {name: each.pick(each.since < START + DAY_MS + 3 * HOUR_MS) for name, each in full().items()}
    assert days_of("gas", silent, now=now)[1].coverage == pytest.approx(3 / 6.5)


def test_a_day_ahead_has_nothing_yet() -> None:
    (*_, ahead) = days_of("gas", full(), until=START + 3 * DAY_MS, now=END)
    assert (ahead.day, ahead.coverage, ahead.grade) == ("2024-01-03", None, None)


def test_a_day_in_which_one_of_two_points_gave_nothing_is_not_observed() -> None:
    windows = full()
    del windows[WARM.id]
    assert [day.coverage for day in days_of("gas", windows)] == [0.0, 0.0]


def test_days_are_the_plants_production_days() -> None:
    early = PlantCalendar(SHANGHAI.zone, (WorkingCalendar(valid_from=date.min, day_start_min=6 * 60),))
    (found,) = completeness_of(
        plant(POWER), early, full(), since=START + 7 * HOUR_MS, until=START + 8 * HOUR_MS, now=END
    )
    assert [(day.day, day.since) for day in found.days] == [("2024-01-01", START + 6 * HOUR_MS)]
    assert found.days[0].coverage == 1.0
