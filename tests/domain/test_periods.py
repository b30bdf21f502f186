"""Hours, shifts and days of plants in zones that change their clocks: RELIABILITY fault 22."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.periods import (
    HOUR_MS,
    PeriodKind,
    PlantCalendar,
    Shift,
    WorkingCalendar,
    overlapping,
)

ZONES = [
    "Asia/Shanghai", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata",
    "Asia/Kathmandu", "America/St_Johns", "UTC", "America/Santiago", "Africa/Casablanca",
]  # fmt: skip
THREE = (
    Shift(name="early", start_min=360, end_min=840),
    Shift(name="late", start_min=840, end_min=1320),
    Shift(name="night", start_min=1320, end_min=360),
)
ODD = (
    Shift(name="a", start_min=375, end_min=905),
    Shift(name="b", start_min=905, end_min=130),
    Shift(name="c", start_min=130, end_min=375),
)


def plant(zone: str, *calendars: WorkingCalendar) -> PlantCalendar:
    return PlantCalendar(ZoneInfo(zone), calendars or (WorkingCalendar(),))


def ms(text: str) -> int:
    """Return the instant of an ISO time in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def local(calendar: PlantCalendar, at: int) -> str:
    return calendar.local(at).strftime("%Y-%m-%d %H:%M")


calendars = st.builds(
    plant,
    st.sampled_from(ZONES),
    st.sampled_from(
        [
            WorkingCalendar(),
            WorkingCalendar(day_start_min=360, shifts=THREE),
            WorkingCalendar(day_start_min=375, shifts=ODD),
            WorkingCalendar(day_start_min=0, shifts=THREE),
            WorkingCalendar(day_start_min=150, shifts=ODD),
            WorkingCalendar(day_start_min=1410),
        ]
    ),
)
instants = st.integers(ms("2024-01-01"), ms("2027-12-31"))


# Days and the clock


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 6, 1), 24),
        ("America/Havana", date(2026, 3, 8), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Africa/Cairo", date(2026, 10, 29), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(zone: str, day: date, hours: float) -> None:
    calendar = plant(zone)
    since, until = calendar.day_start(day), calendar.day_start(day + timedelta(days=1))
    assert (until - since) / HOUR_MS == hours
    found = calendar.edges(since, until)
    assert (int(found[0]), int(found[-1])) == (since, until)
    assert len(found) == int(hours + 0.5) + 1


@pytest.mark.parametrize(
    ("zone", "day", "begin"),
    [
        ("America/Havana", date(2026, 3, 8), "2026-03-08 01:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-24 01:00"),
        ("America/Santiago", date(2026, 9, 6), "2026-09-06 01:00"),
    ],
)
def test_a_day_whose_midnight_is_skipped_begins_after_the_skip(zone: str, day: date, begin: str) -> None:
    calendar = plant(zone)
    assert local(calendar, calendar.day_start(day)) == begin
    assert calendar.day_of(calendar.day_start(day)) == day
    assert calendar.day_of(calendar.day_start(day) - 1) == day - timedelta(days=1)


def test_a_skipped_minute_is_the_instant_after_the_skip_and_a_doubled_one_the_first() -> None:
    calendar = plant("Europe/Berlin")
    assert calendar.instant(date(2026, 3, 29), 150) == ms("2026-03-29T01:00")
    assert calendar.instant(date(2026, 3, 29), 120) == ms("2026-03-29T01:00")
    assert calendar.instant(date(2026, 3, 29), 180) == ms("2026-03-29T01:00")
    assert calendar.instant(date(2026, 3, 29), 119) == ms("2026-03-29T00:59")
    assert calendar.instant(date(2026, 10, 25), 150) == ms("2026-10-25T00:30")
    assert calendar.instant(date(2026, 3, 28), 1440 + 360) == ms("2026-03-29T04:00")


def test_an_hour_that_comes_twice_has_two_names() -> None:
    calendar = plant("Europe/Berlin")
    since, until = calendar.day_start(date(2026, 10, 25)), calendar.day_start(date(2026, 10, 26))
    names = [hour.name for hour in calendar.periods(PeriodKind.HOUR, since, until)]
    assert names[1:5] == [
        "2026-10-25T01:00",
        "2026-10-25T02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00",
    ]
    assert len(set(names)) == 25


def test_hours_follow_a_clock_that_moves_by_half_an_hour() -> None:
    calendar = plant("Australia/Lord_Howe")
    day = date(2026, 10, 4)
    found = calendar.edges(calendar.day_start(day), calendar.day_start(day + timedelta(days=1)))
    texts = [local(calendar, int(at))[11:] for at in found]
    assert texts[:5] == ["00:00", "01:00", "02:30", "03:00", "04:00"]
    after = calendar.edges(calendar.day_start(day) + 12 * HOUR_MS, calendar.day_start(day) + 14 * HOUR_MS)
    assert set(after.tolist()) <= set(found.tolist())


# Shifts


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 1), 8)]
)
def test_a_night_shift_over_a_clock_change_is_shorter_or_longer(day: date, hours: int) -> None:
    calendar = plant("Europe/Berlin", WorkingCalendar(day_start_min=360, shifts=THREE))
    night = calendar.period(PeriodKind.SHIFT, calendar.instant(day, 1320))
    assert night is not None
    assert night.name == f"{day}/night"
    assert (night.until - night.since) / HOUR_MS == hours


def test_a_shift_after_midnight_belongs_to_the_production_day_it_lies_in() -> None:
    calendar = plant("Asia/Shanghai", WorkingCalendar(day_start_min=375, shifts=ODD))
    found = calendar.period(PeriodKind.SHIFT, calendar.instant(date(2026, 3, 2), 200))
    assert found is not None
    assert found.name == "2026-03-01/c"


def test_between_shifts_there_is_none() -> None:
    calendar = plant(
        "Asia/Shanghai", WorkingCalendar(shifts=(Shift(name="day", start_min=480, end_min=1020),))
    )
    assert calendar.period(PeriodKind.SHIFT, calendar.instant(date(2026, 3, 2), 479)) is None
    assert calendar.period(PeriodKind.SHIFT, calendar.instant(date(2026, 3, 2), 1020)) is None
    assert calendar.period(PeriodKind.SHIFT, calendar.instant(date(2026, 3, 2), 1019)) is not None


def test_a_new_calendar_holds_from_its_day_on_and_doubles_no_time() -> None:
    new = (Shift(name="one", start_min=300, end_min=1020), Shift(name="two", start_min=1020, end_min=300))
    calendar = plant(
        "Asia/Shanghai",
        WorkingCalendar(valid_from=date(2026, 3, 10), day_start_min=300, shifts=new),
        WorkingCalendar(day_start_min=360, shifts=THREE),
    )
    since, until = calendar.day_start(date(2026, 3, 8)), calendar.day_start(date(2026, 3, 12))
    shifts = list(calendar.periods(PeriodKind.SHIFT, since, until))
    assert all(one.until == next_one.since for one, next_one in pairwise(shifts))
    assert [shift.name[8:] for shift in shifts if shift.name.startswith("2026-03-10")] == ["10/one", "10/two"]
    days = list(calendar.periods(PeriodKind.DAY, since, until))
    assert [(day.until - day.since) / HOUR_MS for day in days] == [24, 23, 24, 24]


def test_overlapping_shifts_are_found_over_midnight_too() -> None:
    assert overlapping(THREE) is None
    assert overlapping(ODD) is None
    extra = Shift(name="x", start_min=300, end_min=361)
    assert overlapping((*THREE, extra)) == (THREE[0], extra)
    assert overlapping((THREE[2], Shift(name="x", start_min=1380, end_min=60))) is not None


def test_rest_days_and_holidays_are_no_working_days() -> None:
    calendar = plant(
        "UTC", WorkingCalendar(rest_days=frozenset({6}), holidays=frozenset({date(2026, 10, 1)}))
    )
    assert [calendar.works(date(2026, 10, day)) for day in (1, 2, 4)] == [False, True, False]


# All periods


@settings(max_examples=100, deadline=None)
@given(calendar=calendars, at=instants, kind=st.sampled_from(list(PeriodKind)))
def test_the_period_of_an_instant_is_the_one_that_the_list_gives(
    calendar: PlantCalendar, at: int, kind: PeriodKind
) -> None:
    found = calendar.period(kind, at)
    listed = [each for each in calendar.periods(kind, at, at + 1) if each.since <= at < each.until]
    assert listed == ([] if found is None else [found])


@settings(max_examples=60, deadline=None)
@given(calendar=calendars, at=instants, days=st.integers(0, 40), kind=st.sampled_from(list(PeriodKind)))
def test_periods_follow_each_other_and_every_one_is_a_union_of_windows(
    calendar: PlantCalendar, at: int, days: int, kind: PeriodKind
) -> None:
    until = at + days * 24 * HOUR_MS + 1
    found = list(calendar.periods(kind, at, until))
    assert len({each.name for each in found}) == len(found)
    assert all(each.since < until and each.until > at and each.since < each.until for each in found)
    if kind is PeriodKind.SHIFT:
        assert all(one.until <= after.since for one, after in pairwise(found))
        assert all(each.name[:10] == calendar.day_of(each.since).isoformat() for each in found)
    else:
        assert all(one.until == after.since for one, after in pairwise(found))
        assert found[0].since <= at
        assert found[-1].until >= until
    for each in found[:3] + found[-3:]:
        inside = calendar.edges(each.since, each.until)
        assert (int(inside[0]), int(inside[-1])) == (each.since, each.until)


@settings(max_examples=60, deadline=None)
@given(calendar=calendars, at=instants, length=st.integers(1, 60 * 24 * HOUR_MS), data=st.data())
def test_windows_tile_the_time_and_are_the_same_in_any_range(
    calendar: PlantCalendar, at: int, length: int, data: st.DataObject
) -> None:
    whole = calendar.edges(at, at + length)
    assert whole[0] <= at
    assert whole[-1] >= at + length
    assert whole[1] > at
    assert whole[-2] < at + length
    sizes = np.diff(whole)
    assert (sizes > 0).all()
    assert (sizes <= HOUR_MS).all()
    since = data.draw(st.integers(at, at + length - 1))
    until = data.draw(st.integers(since + 1, at + length))
    part = calendar.edges(since, until)
    first = int(np.searchsorted(whole, part[0]))
    assert whole[first : first + len(part)].tolist() == part.tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_every_full_local_hour_is_the_border_of_a_window(zone: str) -> None:
    calendar = plant(zone)
    since, until = calendar.day_start(date(2026, 1, 1)), calendar.day_start(date(2027, 1, 1))
    found = calendar.edges(since, until)
    minutes = {calendar.local(int(at)).minute for at in found}
    assert minutes == ({0, 30} if zone == "Australia/Lord_Howe" else {0})
    assert len(found) == (8762 if zone == "Australia/Lord_Howe" else 8761)


def test_weeks_months_and_years_have_their_names() -> None:
    calendar = plant("Asia/Shanghai", WorkingCalendar(day_start_min=360))
    at = calendar.instant(date(2027, 1, 1), 359)
    names = [
        calendar.period(kind, at)
        for kind in (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.YEAR)
    ]
    assert [each.name for each in names if each] == ["2026-12-31", "2026-W53", "2026-12", "2026"]


def test_an_empty_span_has_no_periods() -> None:
    calendar = plant("UTC")
    assert not list(calendar.periods(PeriodKind.DAY, 5, 5))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_three_years_have_a_window_an_hour(zone: str) -> None:
    calendar = plant(zone, WorkingCalendar(day_start_min=360, shifts=THREE))
    since, until = calendar.day_start(date(2024, 1, 1)), calendar.day_start(date(2027, 1, 1))
    assert len(calendar.edges(since, until)) == 1096 * 24 + 1
