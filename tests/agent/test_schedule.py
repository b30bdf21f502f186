"""A real scheduler with short intervals: when jobs run, what a failing one costs, and clocks that are set."""

from __future__ import annotations

import datetime as real
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers import base

from agent.clock import FastClock, PlantClock
from agent.schedule import Schedule, next_daily
from domain.errors import StoreError
from domain.periods import PlantCalendar
from domain.ports import Clock
from tests.agent.listeners import wait_until

SHANGHAI = PlantCalendar(ZoneInfo("Asia/Shanghai"))
BERLIN = PlantCalendar(ZoneInfo("Europe/Berlin"))


@contextmanager
def schedule(clock: Clock | None = None) -> Iterator[Schedule]:
    """Give a schedule that is stopped in the end."""
    made = Schedule(clock or PlantClock(), watch_s=0.05)
    try:
        yield made
    finally:
        made.stop(2.0)


class Host:
    """The host's clock as APScheduler sees it, which a test may set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_by_s = 0.0
        host = self

        class Clock(real.datetime):
            @classmethod
            def now(cls, tz: real.tzinfo | None = None) -> real.datetime:  # type: ignore[override]
                return real.datetime.now(tz) + timedelta(seconds=host.set_by_s)

        monkeypatch.setattr(base, "datetime", Clock)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


def test_job_runs_again_and_again() -> None:
    runs: list[float] = []
    with schedule() as jobs:
        jobs.every(0.05, "tick", lambda: runs.append(time.monotonic()))
        jobs.start()
        wait_until("five runs", lambda: len(runs) >= 5)
    gaps = [after - before for before, after in pairwise(runs)]
    assert min(gaps) > 0.04


def test_jobs_run_one_after_the_other() -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()

    with schedule() as jobs:
        for name in ("a", "b", "c"):
            jobs.every(0.01, name, work)
        jobs.start()
        wait_until("twelve runs", lambda: len(most) >= 12)
        assert {job.name for job in jobs.health() if job.runs} == {"a", "b", "c"}
    assert max(most) == 1


def test_job_that_fails_is_logged_once_counted_and_runs_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    faults: list[Exception | None] = [StoreError("store", "is away", "start it")] * 3 + [None]
    faults += [ZeroDivisionError("x")] * 2 + [None]
    left = iter(faults)

    def work() -> None:
        fault = next(left, None)
        if fault is not None:
            raise fault

    with schedule() as jobs:
        jobs.every(0.01, "job", work)
        jobs.every(0.01, "other", lambda: None)
        jobs.start()
        wait_until("all faults", lambda: jobs.health()[0].runs >= 8)
        job, other = jobs.health()
    assert (job.failures, job.last_error) == (5, "")
    assert other.runs > 3
    assert caplog.text.count("job=job failed: store: is away; start it") == 1
    assert caplog.text.count("ZeroDivisionError: x") == 1
    assert caplog.text.count("works again") == 2


def test_soon_runs_at_once_and_once_more_after_a_run_under_way() -> None:
    gate, began = threading.Event(), threading.Event()
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        began.set()
        gate.wait(5)

    with schedule() as jobs:
        jobs.every(3600, "job", work)
        jobs.start()
        jobs.soon("job")
        assert began.wait(2)
        for _ in range(5):
            jobs.soon("job")
        gate.set()
        wait_until("the second run", lambda: len(runs) == 2)
        time.sleep(0.1)
    assert len(runs) == 2


@pytest.mark.parametrize("set_by_s", [-3600.0, -60.0, 3600.0, 10 * 365 * 86400.0])
def test_clock_of_the_host_that_is_set_stalls_no_job(host: Host, set_by_s: float) -> None:
    runs: list[int] = []
    with schedule() as jobs:
        jobs.every(0.15, "tick", lambda: runs.append(1))
        jobs.start()
        wait_until("a run", lambda: runs)
        host.set_by_s = set_by_s
        before = len(runs)
        time.sleep(0.6)
        assert 1 <= len(runs) - before <= 4


def test_apscheduler_alone_stalls_when_the_clock_is_set_back(host: Host) -> None:
    """The trap that the watch is for; when this fails, APScheduler has changed and the watch may go."""
    from apscheduler.schedulers.background import BackgroundScheduler

    runs: list[int] = []
    scheduler = BackgroundScheduler(timezone=real.UTC)
    scheduler.add_job(lambda: runs.append(1), "interval", seconds=0.1)
    scheduler.start()
    try:
        wait_until("a run", lambda: runs)
        host.set_by_s = -3600.0
        time.sleep(0.3)
        before = len(runs)
        time.sleep(0.5)
        assert len(runs) == before
    finally:
        scheduler.shutdown()


def test_compressed_time_is_followed() -> None:
    runs: list[int] = []
    with schedule(FastClock.starting_now(origin_ms=0, speed=3600)) as jobs:
        jobs.every(180, "tick", lambda: runs.append(1))
        jobs.start()
        time.sleep(0.6)
    assert 4 <= len(runs) <= 13


def test_daily_job_runs_once_a_day_at_its_local_time_on_compressed_time() -> None:
    origin = SHANGHAI.instant(date(2026, 3, 1), 12 * 60)
    clock = FastClock.starting_now(origin_ms=origin, speed=86400 / 0.4)
    at: list[int] = []
    with schedule(clock) as jobs:
        jobs.daily(8 * 60, SHANGHAI, "morning", lambda: at.append(clock.now_ms()))
        jobs.start()
        wait_until("three mornings", lambda: len(at) >= 3)
    days = [SHANGHAI.local(each).date() for each in at]
    assert days == sorted(set(days))
    assert all(each >= SHANGHAI.instant(day, 8 * 60) for each, day in zip(at, days, strict=True))


@pytest.mark.parametrize(
    ("day", "minute", "expected"),
    [
        (date(2026, 3, 28), 150, "2026-03-29T03:00:00+02:00"),  # 02:30 is skipped that night
        (date(2026, 10, 24), 150, "2026-10-25T02:30:00+02:00"),  # 02:30 comes twice: the first
        (date(2026, 6, 1), 0, "2026-06-02T00:00:00+02:00"),
    ],
)
def test_daily_time_on_days_that_the_clock_changes(day: date, minute: int, expected: str) -> None:
    at = next_daily(minute, BERLIN, BERLIN.instant(day, 12 * 60))
    assert BERLIN.local(at).isoformat() == expected


def test_daily_time_that_is_now_is_tomorrow() -> None:
    now = SHANGHAI.instant(date(2026, 3, 1), 480)
    assert next_daily(480, SHANGHAI, now) - now == 86_400_000


def test_stop_waits_for_the_job_that_runs_and_no_longer_than_told() -> None:
    gate = threading.Event()
    began = threading.Event()

    def work() -> None:
        began.set()
        gate.wait(5)

    with schedule() as jobs:
        jobs.every(0.01, "job", work)
        jobs.start()
        assert began.wait(2)
        before = time.monotonic()
        assert not jobs.stop(0.2)
        assert time.monotonic() - before < 1.0
        gate.set()
        wait_until("the end", lambda: jobs.stop(1.0))
        assert jobs.health()[0].runs == 1


def test_stopped_schedule_runs_nothing() -> None:
    runs: list[int] = []
    with schedule() as jobs:
        jobs.every(0.02, "tick", lambda: runs.append(1))
        jobs.start()
        wait_until("a run", lambda: runs)
        assert jobs.stop(1.0)
        before = len(runs)
        time.sleep(0.1)
        assert len(runs) == before


def test_two_jobs_of_one_name_are_refused() -> None:
    with schedule() as jobs:
        jobs.every(1, "job", lambda: None)
        with pytest.raises(ValueError, match="job"):
            jobs.every(1, "job", lambda: None)
