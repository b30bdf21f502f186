"""Numbers, days and instants as people type them are understood for sure, or refused with the cure."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import typed
from dashboard.typed import Fault
from dashboard.words import words_of

EN = words_of("en")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("184223.5", 184223.5),
        ("12,5", 12.5),
        ("0,123", 0.123),
        ("1.234", 1.234),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("812\u00a0044.5", 812044.5),
        ("1'234'567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1.234.567", 1234567.0),
        ("1.234.567,25", 1234567.25),
        ("１２３．５", 123.5),
        ("１，２３４．５", 1234.5),
        ("  7 ", 7.0),
        ("−5", -5.0),
        (".5", 0.5),
    ],
)
def test_a_number_is_understood(text: str, value: float) -> None:
    assert typed.number(text, "quantity", EN) == value


@pytest.mark.parametrize(
    "text",
    ["", "  ", "nan", "inf", "1e5", "12 t", "1,23,456", "1 23", "--5", "5,", "1,2,3", "1.234.56", "½", "十二",
     "1,234.567,8", "0x10", "9" * 60],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(Fault) as caught:
        typed.number(text, "old_final", EN)
    assert caught.value.field == "old_final"
    assert caught.value.hint


def test_a_number_that_reads_in_two_ways_is_refused_with_both() -> None:
    with pytest.raises(Fault) as caught:
        typed.number("812,044", "old_final", EN)
    assert caught.value.problem == "“812,044” can be read in two ways"
    assert caught.value.hint == "write 812044 or 812.044"


@pytest.mark.parametrize("text", ["2026-03-01", "2026/3/1", "2026年3月1日", "２０２６-０３-０１"])
def test_a_day_is_understood(text: str) -> None:
    assert typed.day(text, "first", EN) == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["", "01.03.2026", "2026-02-30", "3/1/2026", "46082"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Fault) as caught:
        typed.day(text, "first", EN)
    assert caught.value.hint == "write 2026-03-01"


@pytest.mark.parametrize("text", ["2026-03-01T08:00", "2026-03-01 08:00", " ２０２６-０３-０１　０８：００ "])
def test_an_instant_is_handed_on_as_the_agent_reads_it(text: str) -> None:
    assert typed.instant(text, "at", EN) == "2026-03-01T08:00"


@pytest.mark.parametrize("text", ["", "2026-03-01", "08:00", "2026-3-1T8:00"])
def test_an_instant_without_day_or_time_is_refused(text: str) -> None:
    with pytest.raises(Fault):
        typed.instant(text, "at", EN)
