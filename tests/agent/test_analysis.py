"""The analytics at work beside a store that fails, a device that falls silent, a ledger that is corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.analysis import Analysis
from agent.bundle import compute
from analytics.data_alerts import of_findings
from analytics.meters import needed
from domain.errors import StoreError, StoreUnavailable
from domain.ledger import Body, CalendarChange, MeterEvent, MeterEventKind, Production, Voided
from domain.periods import DAY_MS, HOUR_MS, PeriodKind, WorkingCalendar
from domain.ports import Envelope
from domain.reading import Poll
from domain.result_rows import rows_of
from domain.results import AlertState
from storage.duckdb import DuckStore
from tests.agent.bundles import DESCRIBED, START, Clock, Works
from tests.agent.test_bundle_order import bits, inputs_of, kept

MINUTE = 60_000
STEP = 10 * MINUTE
DEVICES = ("gas_main", "gas_line", "plc", "oven")


class Faulty:
    """A store whose call of a name fails, once, when its turn comes."""

    def __init__(self, store: DuckStore) -> None:
        self.store = store
        self.name = ""
        self.left = 0
        self.calls = 0

    def fail(self, name: str, after: int) -> None:
        """Let the call of a name fail that comes after so many."""
        self.name, self.left = name, after

    def __getattr__(self, name: str) -> Any:
        found: Callable[..., Any] = getattr(self.store, name)

        def call(*args: Any, **named: Any) -> Any:
            self.calls += 1
            if name == self.name:
                self.left -= 1
                if self.left < 0:
                    self.name = ""
                    raise StoreUnavailable("store", "no space left", "free some")
            return found(*args, **named)

        return call


class Live:
    """A plant that is polled and computed, its store under watch."""

    def __init__(self, folder: Path) -> None:
        self.works = Works(folder, DESCRIBED.plant(), DESCRIBED.method, Clock(START + 1))
        self.seq = 0
        self.silent: set[str] = set()
        self.watch()

    def watch(self) -> None:
        """Put a store that can fail before the analysis."""
        works = self.works
        self.faulty = Faulty(works.store)
        self.analysis = Analysis(
            works.plant, works.method, self.faulty, works.ledger, dirty=works.dirty, clock=works.clock
        )

    def restart(self) -> None:
        self.works.restart()
        self.watch()

    def close(self) -> None:
        self.works.close()

    def poll(self, since: int, until: int, devices: tuple[str, ...] = DEVICES) -> None:
        """Store what the devices show at the minutes in [since, until), tens of minutes apart."""
        batch = []
        for device in devices:
            for at in range(-(-since // STEP) * STEP, until, STEP):
                self.seq += 1
                values: dict[str, float | None] = dict(shown(device, at))
                item = Poll(device=device, at=at, values=values)
                batch.append(Envelope(journal="j", seq=self.seq, received_ms=at, item=item))
        self.works.sink.write(batch)

    def until(self, end: int, *, step: int = STEP) -> None:
        """Poll and compute up to an instant, some ms after it: no cycle falls on a border."""
        clock, end = self.works.clock, end + 7
        while clock.at < end:
            now = min(clock.at + step, end)
            self.poll(clock.at, now, tuple(name for name in DEVICES if name not in self.silent))
            clock.at = now
            self.analysis.cycle()

    def declare(self, *bodies: Body) -> int:
        """Write entries and return the number of the last."""
        self.works.ledger.add(list(bodies), who="Li", why="", at=self.works.clock.at)
        return self.works.ledger.last()

    def assert_as_computed_anew(self) -> None:
        """Compare windows, in the store and in memory, and results with one fresh computation."""
        works = self.works
        now = works.clock.at
        fresh = compute(inputs_of(works, now))
        assert bits(kept(works)) == bits(fresh.windows)
        prepared = self.analysis.prepared()
        assert prepared is not None
        memory = {point.id: self.analysis._windows.by_point[point.id] for point in needed(works.plant)}
        assert bits(memory) == bits(fresh.windows)
        expected = rows_of(fresh.results)
        for kind in ("intensity", "balance", "pv", "heat"):
            rows = works.store.results(kind, since=0, until=2**53)
            over = [row for row in rows if row.until <= now]
            assert over == [row for row in expected[kind] if row.until <= now], kind
            assert {(row.subject, row.period, row.since) for row in rows} <= {
                (row.subject, row.period, row.since) for row in expected[kind]
            }, kind


def shown(device: str, at: int) -> Iterator[tuple[str, float]]:
    """Give what a device shows: 40 m3 and 2 t an hour from 08:00 to 20:00, else 2 m3."""
    hours = (at - START) / HOUR_MS
    days, hour = divmod(hours, 24.0)
    works = days * 12 + min(max(hour - 8.0, 0.0), 12.0)
    gas = 40.0 * works + 2.0 * (hours - works)
    if device == "gas_main":
        yield "volume", round(1000 + 1.2 * gas, 1)
    elif device == "gas_line":
        yield "volume", round(500 + gas, 1)
        yield "temperature", 18.0 + hour / 10
        yield "pressure", 104.0
    elif device == "plc":
        yield "coil_mass", round(2 * works, 1)
        yield "sheet_mass", round(works, 1)
    else:
        yield "temperature", round((400 if 8 <= hour < 20 else 150) + np.sin(hours), 2)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with closing(Live(tmp_path)) as opened:
        yield opened


def test_days_of_live_cycles_are_as_one_computation_at_their_end(live: Live) -> None:
    live.until(START + 30 * HOUR_MS + 15 * MINUTE, step=5 * HOUR_MS)
    live.assert_as_computed_anew()
    live.restart()
    live.until(START + 31 * HOUR_MS + 20 * MINUTE, step=20 * MINUTE)
    live.assert_as_computed_anew()
    assert live.analysis.results is not None
    doubts = {finding.code for finding in live.analysis.results.findings}
    assert not {code for code in doubts if code.startswith(("counter.", "gauge.", "production.", "gas."))} - {
        "gauge.stuck"
    }


def test_without_a_reading_there_is_nothing_and_the_first_one_begins_everything(live: Live) -> None:
    live.analysis.cycle()
    assert live.analysis.live is None
    assert live.analysis.results is None
    assert live.analysis.prepared() is None
    baseline, findings = live.analysis.fit("coil", 0, 2**53)
    assert baseline is None
    assert [finding.code for finding in findings] == ["baseline.no_readings"]
    with pytest.raises(StoreError):
        live.analysis.recompute(START, START + DAY_MS)
    live.until(START + HOUR_MS, step=20 * MINUTE)
    live.assert_as_computed_anew()


def test_a_cycle_without_news_computes_and_writes_nothing(live: Live) -> None:
    live.until(START + 5 * HOUR_MS + 1, step=3 * HOUR_MS)
    live.analysis.cycle()
    results, shown_live = live.analysis.results, live.analysis.live
    live.faulty.calls = 0
    live.analysis.cycle()
    assert live.faulty.calls == 1  # `latest`, from memory: has a device fallen silent?
    assert live.analysis.results is results
    assert live.analysis.live is shown_live


FAULTS = (
    ("series", 0),
    ("put_windows", 0),
    ("put_windows", 1),
    ("results", 0),
    ("replace_results", 0),
    ("replace_results", 4),
    ("latest", 0),
)


def test_a_store_that_fails_anywhere_in_a_cycle_is_made_good_by_the_next(live: Live) -> None:
    """Each cycle closes an hour and takes readings in that come late."""
    live.silent = {"plc"}
    live.until(START + 14 * HOUR_MS, step=7 * HOUR_MS)
    live.silent = set()
    clock = live.works.clock
    for number, fault in enumerate(FAULTS):
        first = START + 8 * HOUR_MS + number * 3 * STEP
        live.poll(first, first + 3 * STEP, ("plc",))
        live.poll(clock.at, clock.at + HOUR_MS)
        clock.at += HOUR_MS
        live.faulty.fail(*fault)
        with pytest.raises(StoreUnavailable):
            live.analysis.cycle()
        clock.at += 1000
        live.analysis.cycle()
        live.assert_as_computed_anew()


def test_a_start_that_fails_anywhere_is_made_good(live: Live) -> None:
    live.poll(START, START + 9 * HOUR_MS)
    live.works.clock.at = START + 9 * HOUR_MS + 1
    for fault in (
        ("next_good", 0),
        ("put_windows", 0),
        ("replace_results", 1),
        ("windows", 0),
        ("put_windows", 0),
    ):
        live.faulty.fail(*fault)
        with pytest.raises(StoreUnavailable):
            live.analysis.cycle()
        live.analysis.cycle()
        live.assert_as_computed_anew()
        live.poll(live.works.clock.at, live.works.clock.at + HOUR_MS)
        live.works.clock.at += HOUR_MS
        live.restart()


def test_a_production_entry_changes_hours_that_are_long_over_and_its_void_brings_them_back(
    live: Live,
) -> None:
    live.until(START + 30 * HOUR_MS, step=15 * HOUR_MS)
    store = live.works.store
    before = list(store.results("intensity", since=0, until=2**53))
    number = live.declare(
        Production(
            process="sheet", since=START + 9 * HOUR_MS, until=START + 11 * HOUR_MS, quantity=9.0, unit="t"
        )
    )
    live.analysis.cycle()
    live.assert_as_computed_anew()
    changed = list(store.results("intensity", since=0, until=2**53))
    hours = {row.since for row in changed if row.period == PeriodKind.HOUR and row not in before}
    assert hours >= {START + 9 * HOUR_MS, START + 10 * HOUR_MS}
    live.declare(Voided(entry=number))
    live.analysis.cycle()
    assert list(store.results("intensity", since=0, until=2**53)) == before


@pytest.mark.parametrize("fault", [("results", 0), ("replace_results", 2)])
def test_an_entry_is_not_lost_when_the_store_fails_as_it_is_taken_in(
    live: Live, fault: tuple[str, int]
) -> None:
    live.until(START + 12 * HOUR_MS, step=6 * HOUR_MS)
    since = START + 2 * HOUR_MS
    live.declare(Production(process="sheet", since=since, until=since + HOUR_MS, quantity=1.0, unit="t"))
    live.faulty.fail(*fault)
    with pytest.raises(StoreUnavailable):
        live.analysis.cycle()
    live.works.clock.at += 1
    live.analysis.cycle()
    live.assert_as_computed_anew()


def test_a_meter_event_added_later_gives_what_was_held_back(live: Live) -> None:
    live.until(START + 6 * HOUR_MS, step=3 * HOUR_MS)
    works = live.works
    at = works.clock.at
    batch = [
        Envelope(
            journal="new",
            seq=number,
            received_ms=at,
            item=Poll(
                device="gas_line",
                at=at + number * STEP,
                values={"volume": 2.0 + number, "temperature": 18.0, "pressure": 104.0},
            ),
        )
        for number in range(1, 12)
    ]
    works.sink.write(batch)
    works.clock.at = at + 2 * HOUR_MS
    live.analysis.cycle()
    live.assert_as_computed_anew()
    assert live.analysis.results is not None
    assert "counter.reset_undeclared" in {alert.code for alert in live.analysis.results.alerts}
    last = dict(shown("gas_line", at - STEP))["volume"]
    live.declare(
        MeterEvent(
            kind=MeterEventKind.EXCHANGE,
            point="gas_line.volume",
            at=at + MINUTE,
            old_final=last + 0.2,
            new_start=2.5,
        )
    )
    live.analysis.cycle()
    live.assert_as_computed_anew()
    codes = {alert.code for alert in live.analysis.results.alerts}
    assert "counter.reset_undeclared" not in codes
    live.restart()
    live.analysis.cycle()
    live.assert_as_computed_anew()


def test_another_calendar_cuts_the_past_anew(live: Live) -> None:
    live.until(START + 26 * HOUR_MS, step=13 * HOUR_MS)
    change = WorkingCalendar(valid_from=date(2026, 3, 1), day_start_min=6 * 60 + 15)
    live.declare(CalendarChange(calendar=change))
    live.analysis.cycle()
    live.assert_as_computed_anew()
    live.until(START + 30 * HOUR_MS, step=2 * HOUR_MS)
    live.assert_as_computed_anew()


def test_silence_is_told_within_the_hour_it_begins_in(live: Live) -> None:
    live.until(START + 9 * HOUR_MS, step=3 * HOUR_MS)
    live.until(START + 9 * HOUR_MS + 2 * STEP, step=STEP)
    live.silent = {"gas_line"}
    live.until(START + 9 * HOUR_MS + 5 * STEP, step=STEP)
    assert live.analysis.results is not None
    assert [a.subject for a in live.analysis.results.alerts if a.code == "data.silent"] == ["gas_line"]


def test_a_device_that_falls_silent_is_told_and_its_outage_is_closed_when_it_is_back(live: Live) -> None:
    live.until(START + 9 * HOUR_MS, step=9 * HOUR_MS)
    live.silent = {"gas_line"}
    live.until(START + 13 * HOUR_MS, step=2 * HOUR_MS)
    live.assert_as_computed_anew()
    assert live.analysis.results is not None
    [silent] = [alert for alert in live.analysis.results.alerts if alert.code == "data.silent"]
    assert (silent.subject, silent.since) == ("gas_line", START + 9 * HOUR_MS)
    live.silent = set()
    live.until(START + 15 * HOUR_MS, step=HOUR_MS)
    live.assert_as_computed_anew()
    alerts = live.analysis.results.alerts
    assert not [alert for alert in alerts if alert.code == "data.silent"]
    gaps = [alert for alert in alerts if alert.code == "counter.gap" and alert.subject == "gas_line.volume"]
    assert [gap.state for gap in gaps] == [AlertState.RECOVERED]
    assert list(of_findings(live.analysis.results.findings, now=live.works.clock.at + 20 * DAY_MS)) == []


def test_readings_of_days_ago_change_the_hours_of_days_ago(live: Live) -> None:
    live.silent = {"plc"}
    live.until(START + 20 * HOUR_MS, step=10 * HOUR_MS)
    live.silent = set()
    live.until(START + 70 * HOUR_MS, step=25 * HOUR_MS)
    live.poll(START, START + 20 * HOUR_MS, ("plc",))
    live.works.clock.at += MINUTE
    live.analysis.cycle()
    live.assert_as_computed_anew()
    hours = live.works.store.results(
        "intensity", since=0, until=2**53, period=PeriodKind.HOUR, subject="coil"
    )
    assert b'"output":2' in next(row.body for row in hours if row.since == START + 9 * HOUR_MS)


def test_a_recomputation_changes_nothing_that_was_right(live: Live) -> None:
    live.until(START + 15 * HOUR_MS, step=15 * HOUR_MS)
    told: list[tuple[int, int]] = []
    count = live.analysis.recompute(
        START, START + 10 * HOUR_MS, progress=lambda done, of: told.append((done, of))
    )
    assert count > 50
    assert told[-1] == (10 * HOUR_MS, 10 * HOUR_MS)
    live.assert_as_computed_anew()
