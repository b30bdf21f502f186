"""Which seals a page is given: a report of any month finds the root of its last sealed day."""

from __future__ import annotations

from datetime import date, timedelta

from agent.page_carbon import shown_seals
from domain.seals import Seal


def seals(first: date, days: int, *, off: range = range(0)) -> list[Seal]:
    """Return a seal a day, but for the days that the agent was off."""
    return [
        Seal(
            day=str(first + timedelta(days=n)), sealed=n, readings=1, points=1, first_entry=1, last_entry=0,
            root=str(n), previous="",
        )
        for n in range(days)
        if n not in off
    ]  # fmt: skip


def test_the_newest_days_and_the_last_of_every_month_are_shown_each_once_in_order() -> None:
    every = seals(date(2026, 1, 1), 130)
    shown = [each.day for each in shown_seals(every)]
    assert shown[:3] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert shown[3:] == [each.day for each in every[-40:]]


def test_a_month_that_was_not_sealed_to_its_end_has_its_last_sealed_day() -> None:
    off = range(25, 34)
    assert shown_seals(seals(date(2026, 1, 1), 120, off=off))[0].day == "2026-01-25"


def test_a_month_that_ends_just_before_the_newest_days_is_not_lost() -> None:
    every = seals(date(2026, 1, 1), 31 + 40)
    assert [each.day for each in shown_seals(every)] == ["2026-01-31", *(each.day for each in every[31:])]


def test_few_seals_are_all_shown() -> None:
    for count in (0, 1, 40, 41):
        every = seals(date(2026, 3, 2), count)
        assert list(shown_seals(every))[-40:] == every[-40:]
