"""After a ledger entry the hours of the past follow in parts: live figures come in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

import agent.analysis
from domain.errors import StoreUnavailable
from domain.ledger import CalendarChange, Production, Voided
from domain.periods import HOUR_MS, PeriodKind, Shift, WorkingCalendar
from domain.ports import ResultRow
from domain.result_rows import decode
from tests.agent.bundles import START
from tests.agent.test_analysis import STEP, Live

PARTS = 4
"""Of seven hours each in the past."""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """Give a day and more with hours that follow seven at a time, one part a cycle."""
    with closing(Live(tmp_path)) as running:
        running.until(START + 30 * HOUR_MS, step=15 * HOUR_MS)
        monkeypatch.setattr(agent.analysis, "PART_MS", 7 * HOUR_MS)
        monkeypatch.setattr(agent.analysis, "PART_S", -1.0)
        yield running


def produced(hour: int) -> Production:
    since = START + hour * HOUR_MS
    return Production(process="sheet", since=since, until=since + HOUR_MS, quantity=1.0, unit="t")


def hours(live: Live) -> list[ResultRow]:
    return list(live.works.store.results("intensity", since=0, until=2**53, period=PeriodKind.HOUR))


def first_day(live: Live) -> float:
    """Return the output of the sheet line on the first day."""
    store = live.works.store
    row = store.results("intensity", since=0, until=2**53, period=PeriodKind.DAY, subject="sheet")[0]
    output: float = decode("intensity", row.body).output
    return output


def later(live: Live, cycles: int) -> None:
    for _ in range(cycles):
        live.works.clock.at += 1
        live.analysis.cycle()


def test_hours_of_the_past_follow_in_parts_and_everything_else_at_once(live: Live) -> None:
    before, output = hours(live), first_day(live)
    number = live.declare(produced(1))
    later(live, 1)
    assert hours(live) == before
    assert first_day(live) == pytest.approx(output + 1.0)
    later(live, PARTS)
    assert hours(live) != before
    live.assert_as_computed_anew()
    live.declare(Voided(entry=number))
    later(live, PARTS + 1)
    assert hours(live) == before


def test_live_figures_do_not_wait_for_the_past(live: Live) -> None:
    live.declare(produced(1))
    later(live, 1)
    for _ in range(PARTS - 1):
        now = live.works.clock.at
        live.until(now + STEP)
        assert live.analysis.live is not None
        assert live.analysis.live.at == live.works.clock.at // STEP * STEP


@pytest.mark.parametrize("cycles", [0, 1, PARTS])
def test_a_kill_between_parts_leaves_no_hour_behind(live: Live, cycles: int) -> None:
    live.declare(produced(1), produced(28))
    later(live, cycles)
    live.restart()  # as after a kill: what was due is forgotten
    later(live, 1)
    live.assert_as_computed_anew()


def test_what_changes_between_parts_is_in_the_end_as_computed_anew(live: Live) -> None:
    shifts = (Shift(name="a", start_min=375, end_min=1095), Shift(name="b", start_min=1095, end_min=375))
    change = WorkingCalendar(valid_from=date(2026, 3, 1), day_start_min=375, shifts=shifts)
    live.declare(produced(1))
    later(live, 2)
    live.declare(CalendarChange(calendar=change))
    later(live, 2)
    live.faulty.fail("replace_results", 0)
    live.declare(produced(20))
    with pytest.raises(StoreUnavailable):
        later(live, 1)
    live.until(live.works.clock.at + HOUR_MS)
    later(live, PARTS + 2)
    live.assert_as_computed_anew()
