"""When jobs run: the only file that imports APScheduler.

APScheduler works out its next run from the host's clock and waits for that instant: set back by an hour, it
does nothing for an hour (agronholm/apscheduler#351, #752: as meant); set ahead by years it lists every run
that it missed (#526). So it is asked for one run at a time, and a watch by the monotonic clock moves a run
that has become wrong to where it belongs. Jobs are run one after the other, in one thread; each is due
`every` so many plant seconds, or `daily` at a local time of the plant.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from domain.errors import EnergyAgentError
from domain.periods import MINUTES_A_DAY, PlantCalendar
from domain.ports import Clock

log = logging.getLogger(__name__)

WATCH_S = 1.0
"""Real seconds between two looks of the watch."""
_TOLERATED_S = 2.0
"""Real seconds that a run may be away from its time before the watch moves it."""
_SHORTEST_S = 0.01
_EARLY_S = 0.05
"""A run that comes earlier than this before its time is put off again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHealth:
    """How one job fares."""

    name: str
    runs: int
    failures: int
    last_error: str
    """"" when the last run went well."""
    is_running: bool
    last_seconds: float
    """Real duration of the last run."""


class _When(Protocol):
    """When a job is due, by a clock that the host's clock does not lead astray."""

    def plan(self) -> None:
        """Choose the next run."""
        ...

    def rest_s(self) -> float:
        """Return the real seconds to the chosen run; 0 and less: it is due."""
        ...


class _Every:
    """So many real seconds after the last run."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = 0.0

    def plan(self) -> None:
        self._due = time.monotonic() + self._seconds

    def rest_s(self) -> float:
        return self._due - time.monotonic()


class _Daily:
    """At a local minute of the plant's day."""

    def __init__(self, minute: int, calendar: PlantCalendar, clock: Clock) -> None:
        self._minute, self._calendar, self._clock = minute, calendar, clock
        self._target = 0

    def plan(self) -> None:
        self._target = next_daily(self._minute, self._calendar, self._clock.now_ms())

    def rest_s(self) -> float:
        now = self._clock.now_ms()
        # Set far back, the plant's clock may have an earlier such minute before it.
        self._target = min(self._target, next_daily(self._minute, self._calendar, now))
        return self._clock.real_seconds((self._target - now) / 1000)


@dataclass(slots=True, kw_only=True)
class _Job:
    name: str
    work: Callable[[], object]
    when: _When
    is_wanted: bool = False
    """Somebody asked for a run as soon as may be."""
    planned: str = ""
    """APScheduler's id of the run that was asked for."""
    runs: int = 0
    failures: int = 0
    last_error: str = ""
    is_running: bool = False
    last_seconds: float = 0.0


class Schedule:
    """Runs jobs at their times until `stop`; thread-safe."""

    def __init__(self, clock: Clock, *, watch_s: float = WATCH_S) -> None:
        self._clock = clock
        self._watch_s = watch_s
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._is_started = False
        self._numbers = count()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            daemon=True,
        )
        self._watch = threading.Thread(target=self._keep_watch, name="schedule-watch", daemon=True)
        # Its own lines repeat what we log, with a traceback for each failure.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

    def every(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        """Run a job so many plant seconds after its last run ended, first after that time."""
        if seconds <= 0:
            raise ValueError("a job needs an interval above 0")
        self._add(name, work, _Every(max(_SHORTEST_S, self._clock.real_seconds(seconds))))

    def daily(self, minute: int, calendar: PlantCalendar, name: str, work: Callable[[], object]) -> None:
        """Run a job each day at a local minute after midnight; for one that is skipped, the next."""
        if not 0 <= minute < MINUTES_A_DAY:
            raise ValueError("a job needs a minute of the day")

        self._add(name, work, _Daily(minute, calendar, self._clock))

    def start(self) -> None:
        """Begin to run jobs."""
        with self._lock:
            self._is_started = True
            self._scheduler.start()
            for job in self._jobs.values():
                self._plan(job)
        self._watch.start()

    def soon(self, name: str) -> None:
        """Run a job as soon as the thread is free, once more if it runs now; KeyError for an unknown one."""
        with self._lock:
            job = self._jobs[name]
            job.is_wanted = True
            if self._is_started and not job.is_running:
                self._ask(job)

    def health(self) -> tuple[JobHealth, ...]:
        """Return how the jobs fare, in the order they were added."""
        with self._lock:
            return tuple(
                JobHealth(
                    name=job.name,
                    runs=job.runs,
                    failures=job.failures,
                    last_error=job.last_error,
                    is_running=job.is_running,
                    last_seconds=job.last_seconds,
                )
                for job in self._jobs.values()
            )

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Start no more jobs and wait for the one that runs; False when it still does then."""
        with self._lock:
            if not self._is_started or self._stopping.is_set():
                return not any(job.is_running for job in self._jobs.values())
            self._stopping.set()
        deadline = time.monotonic() + timeout_s
        # Waits until its thread is between two rounds: a shutdown amid one ends that thread with an error.
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)
        while any(job.is_running for job in self._jobs.values()) and time.monotonic() < deadline:
            time.sleep(0.005)
        self._watch.join(max(0.0, deadline - time.monotonic()) + 2 * self._watch_s)
        return not any(job.is_running for job in self._jobs.values())

    # Planning

    def _add(self, name: str, work: Callable[[], object], when: _When) -> None:
        with self._lock:
            if name in self._jobs:
                raise ValueError(f"two jobs are called {name}")
            job = self._jobs[name] = _Job(name=name, work=work, when=when)
            if self._is_started:
                self._plan(job)

    def _plan(self, job: _Job) -> None:
        job.when.plan()
        self._ask(job)

    def _ask(self, job: _Job) -> None:
        """Ask for the one next run of a job, by the host's clock as it is now."""
        if self._stopping.is_set():
            return
        if job.planned and self._scheduler.get_job(job.planned) is not None:
            with contextlib.suppress(JobLookupError):  # it was due a moment ago
                self._scheduler.remove_job(job.planned)
        rest_s = 0.0 if job.is_wanted else max(0.0, job.when.rest_s())
        # A name of its own for each run: one whose last run is not yet booked as ended would be skipped.
        job.planned = f"{job.name}#{next(self._numbers)}"
        at = _host_now() + timedelta(seconds=rest_s)
        self._scheduler.add_job(self._run, DateTrigger(at, UTC), args=[job], id=job.planned, name=job.name)

    def _run(self, job: _Job) -> None:
        with self._lock:
            if self._stopping.is_set():
                return
            if not job.is_wanted and job.when.rest_s() > _EARLY_S:
                self._ask(job)
                return
            job.is_running, job.is_wanted = True, False
        began = time.monotonic()
        problem = ""
        try:
            job.work()
        except EnergyAgentError as error:
            problem = str(error)
            if problem != job.last_error:
                log.error("job=%s failed: %s", job.name, problem)
        except Exception as error:  # one job's fault must not end the others, nor its own next run
            problem = f"{type(error).__name__}: {error}"
            if problem != job.last_error:
                log.exception("job=%s failed", job.name)
        self._ended(job, problem, time.monotonic() - began)

    def _ended(self, job: _Job, problem: str, seconds: float) -> None:
        with self._lock:
            if job.last_error and not problem:
                log.info("job=%s works again", job.name)
            job.runs += 1
            job.failures += bool(problem)
            job.last_error = problem
            job.last_seconds = seconds
            job.is_running = False
            self._plan(job)

    # The watch

    def _keep_watch(self) -> None:
        while not self._stopping.wait(self._watch_s):
            with self._lock:
                if self._stopping.is_set():
                    return
                for job in self._jobs.values():
                    self._set_right(job)

    def _set_right(self, job: _Job) -> None:
        """Move a run whose instant no longer fits its time: the host's clock was set, or the zone's day."""
        if job.is_running:
            return
        planned = self._scheduler.get_job(job.planned)
        if planned is None or planned.next_run_time is None:
            return  # it waits for the thread
        rest_s = 0.0 if job.is_wanted else job.when.rest_s()
        off_s = (planned.next_run_time - _host_now()).total_seconds() - max(0.0, rest_s)
        if abs(off_s) > _TOLERATED_S:
            log.info("job=%s planned anew: a clock was set by about %.0f s", job.name, off_s)
            self._ask(job)


def next_daily(minute: int, calendar: PlantCalendar, now: int) -> int:
    """Return the first instant after `now` at which it is a local minute of the day."""
    day = calendar.local(now).date()
    for ahead in range(-1, 3):
        at = calendar.instant(day + timedelta(days=ahead), minute)
        if at > now:
            return at
    raise AssertionError("no day has this minute")


def _host_now() -> datetime:
    """Return the instant that APScheduler compares with: the host's own, not the plant's."""
    from apscheduler.schedulers import base

    now: datetime = base.datetime.now(UTC)
    return now
