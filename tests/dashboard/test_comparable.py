"""What has begun and has no output yet is not held against the baseline: an oven heats up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.api import periods
from dashboard.api.call import Call
from dashboard.views import processes, reports
from dashboard.views.comparable import comparable
from dashboard.views.why import intensity as why
from domain.periods import Period, PeriodKind
from domain.results import Intensity
from tests.dashboard.asking import asked_of
from tests.dashboard.made import NOW
from tests.dashboard.making.hours import at
from tests.dashboard.test_processes import Changed

TODAY = "2026-11-22"
FAR = 17.496


def morning(each: Intensity) -> Intensity:
    """Return today, and the month as on its first day, while the oven heats up."""
    if each.period.name not in (TODAY, "2026-11"):
        return each
    period = each.period if each.period.name == TODAY else replace(each.period, since=at(TODAY))
    return replace(
        each, period=period, output=0.0, ratio=None, index=FAR, normalised=999.0, startup_nm3=80.0,
        expected_nm3=4.5, saving_nm3=None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def source() -> Changed:
    return Changed(morning)


def test_the_history_says_heating_up_instead_of_an_index(source: Changed) -> None:
    today, yesterday = processes.build(source, asked_of(source, "/processes")).history.rows[:2]
    assert (today.name.text, today.index, today.normalised, today.expected) == (TODAY, "–", "–", "–")
    assert (today.gas != "–", today.note) == (True, "heating up")
    assert (yesterday.index != "–", yesterday.note) == (True, "")


def test_the_head_of_a_month_in_its_first_morning_says_it_too(source: Changed) -> None:
    normalised = processes.build(source, asked_of(source, "/processes")).heads[1]
    assert normalised.name == "This month, normalised"
    assert (normalised.value.text, normalised.note, normalised.state) == ("–", "heating up", "stale")


def test_the_daily_table_of_a_report_has_a_dash_and_the_word(source: Changed) -> None:
    report = reports.build(source, asked_of(source, "/reports"))
    today = next(each for each in report.tables if each.id == "process-coil").rows[-1]
    assert today[0].figure.text == TODAY
    assert [cell.figure.text for cell in today[4:6]] == ["–", "–"]
    assert today[-1].figure.text.endswith(" · heating up")


def test_the_evidence_of_the_day_says_why_it_is_not_compared(source: Changed) -> None:
    asked = asked_of(source, "/why", process="coil", kind="day", name=TODAY)
    said = " ".join(why.build(source, asked).formula)
    assert said.endswith("Without output it is not held against the baseline: heating up.")
    assert "index" not in said


def test_the_interface_keeps_the_raw_figure_and_marks_it(source: Changed) -> None:
    asked = asked_of(source, "/api/v1/intensity", from_=TODAY, process="coil", by="day")
    (row,) = periods.intensity(Call(source=source, asked=asked)).rows
    assert (row.index, row.output, row.is_provisional) == (FAR, 0.0, True)


def test_only_what_has_just_begun_is_left_out(source: Changed) -> None:
    asked = asked_of(source, "/processes")
    day = source.results("intensity", since=at(TODAY), period=PeriodKind.DAY, subject="coil")[0]
    cold = replace(day, startup_nm3=0.0)
    assert comparable(cold, asked)[1] == "not comparable yet"
    producing = replace(day, output=0.5)
    assert comparable(producing, asked) == (producing, "")
    unheld = replace(day, index=None, expected_nm3=None, normalised=None)
    assert comparable(unheld, asked) == (unheld, "")
    for kind, since, until, is_left_out in (
        (PeriodKind.DAY, at("2026-11-21"), at(TODAY), False),
        (PeriodKind.MONTH, at("2026-11-01"), at("2026-12-01"), False),
        (PeriodKind.WEEK, at(TODAY), at("2026-11-29"), True),
        (PeriodKind.SHIFT, at("2026-11-21"), NOW + 1, True),
        (PeriodKind.HOUR, NOW - 1_920_000, NOW + 1_680_000, True),
    ):
        period = Period(kind=kind, since=since, until=until, name="x")
        found, word = comparable(replace(day, period=period), asked)
        assert (word == "heating up", found.index is None) == (is_left_out, is_left_out), kind
