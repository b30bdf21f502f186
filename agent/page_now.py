"""The plant at this moment for the page: newest readings at each call, everything else made beside it.

`now` is called every second by every open page. It looks at readings in memory; courses of the last day, what
is usual, expectation and counts are made in a thread of their own, every `EVERY_S` or when figures change.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from typing import NamedTuple

import numpy as np

from agent.page_courses import STEP_MS, Courses, quarters
from agent.page_expected import GasNow, gas_now, standing_now
from agent.page_parts import Parts
from analytics.load import usual
from analytics.rates import RateNow, rate_now, rate_points
from domain.errors import EnergyAgentError
from domain.now import FRESH_INTERVALS, CarrierNow, DeviceNow, Freshness, Now
from domain.periods import DAY_MS
from domain.plant import Carrier, Device, Plant
from domain.reading import Reading
from domain.series import Series

log = logging.getLogger(__name__)

EVERY_S = 15.0
"""Real seconds."""
_LOOK_S = 1.0
_ASK_S = 2.5
"""Where newest readings are a query."""
_IDLE_S = 5.0
"""Outages are noticed so often while nobody asks, where newest readings are in memory."""
_AGAIN_S = 60.0
_STOP_S = 3.0
_AHEAD_INTERVALS = 2
_TAIL_MS = 10 * 60_000
_TAIL_INTERVALS = 10
_POINTS_ASKED = 3
"""Of a device that is silent, to find when it last spoke."""
CARRIERS = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What was made beside the calls."""

    made: float = -1e9
    """Monotonic seconds."""
    stamp: str = ""
    newest: Mapping[str, Reading] = field(default_factory=dict)
    tails: Mapping[str, Series] = field(default_factory=dict)
    """Readings of the last minutes where one reading does not tell the rate."""
    sparks: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    usual: Mapping[Carrier, float | None] = field(default_factory=dict)
    gas: GasNow | None = None
    standing: tuple[str, ...] = ()
    open_alerts: int = 0


class _Last(NamedTuple):
    """The last value of a point that has none now."""

    reading: Reading | None
    """None: it never had one."""
    made: float
    """Monotonic seconds."""


class Watching:
    """Answers `now`; close it when the agent stops."""

    def __init__(self, parts: Parts, courses: Courses) -> None:
        self._parts = parts
        self._courses = courses
        plant = parts.loaded.plant
        self._carriers = [each for each in CARRIERS if rate_points(plant, each)]
        self._counters = _counters(plant, self._carriers)
        self._in_memory = parts.loaded.store.kind == "duckdb"
        self._good: dict[str, int] = {}
        self._read: dict[str, Reading | None] = {
            point: None for each in self._carriers for point in _rated(plant, each)
        }
        """Points that rates rest on, with the last reading that had a value."""
        self._sought: Mapping[str, _Last] = {}
        """Points that have no value now, with their last one, as far as the store tells."""
        self._moment = _Moment()
        self._has_looked = False
        self._looked = -1e9
        self._turn = Lock()
        self._wanted, self._left = Event(), Event()
        self._thread = self._started()
        self._look_later()

    def close(self) -> None:
        """End the thread; a query that is under way is waited for, one that never ends is not."""
        self._left.set()
        self._wanted.set()
        self._thread.join(_STOP_S)

    def now(self) -> Now:
        """Return this moment."""
        self._look_later()
        moment, now = self._moment, self._parts.clock.now_ms()
        newest = moment.newest
        if self._in_memory and self._has_looked:
            newest = self._parts.store.latest()
        self._note_good(newest)
        problems = self._parts.problems()
        live = self._parts.analysis.live
        return Now(
            at=now,
            carriers=tuple(self._of_carriers(moment, newest, now)),
            devices=tuple(self._device(each, problems, now) for each in self._parts.loaded.plant.devices),
            standing=moment.standing,
            reasons=tuple(self._parts.reasons()),
            figures_at=live.at if live is not None else None,
            open_alerts=moment.open_alerts,
            stamp=moment.stamp,
        )

    def look(self) -> None:
        """Make what `now` only shows, where it is due."""
        with self._turn:
            stamp = self._stamp()
            newest = self._parts.store.latest()
            self._seek(newest, self._parts.clock.now_ms())
            moment = self._moment
            if stamp == moment.stamp and time.monotonic() - moment.made < EVERY_S:
                if not self._in_memory:
                    self._moment = replace(moment, newest=newest)
                return
            self._moment = self._made(stamp, newest)
            self._has_looked = True

    # inside a call

    def _look_later(self) -> None:
        at = time.monotonic()
        if at - self._looked < (_LOOK_S if self._in_memory else _ASK_S) or self._turn.locked():
            return
        self._looked = at
        if not self._thread.is_alive() and not self._left.is_set():  # what ended it is on stderr
            self._thread = self._started()
        self._wanted.set()

    def _started(self) -> Thread:
        thread = Thread(target=self._work, name="page-now", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        while not self._left.is_set():
            is_wanted = self._wanted.wait(_IDLE_S if self._in_memory else None)
            self._wanted.clear()
            if self._left.is_set():
                return
            try:
                if is_wanted:
                    self.look()
                elif self._has_looked:
                    self._glance()
            except EnergyAgentError as error:  # the next look tries again
                log.warning("page_looks_in_vain error=%r", str(error))

    def _glance(self) -> None:
        """Notice an outage while nobody asks: the first answer after it tells when it began."""
        with self._turn:
            self._seek(self._parts.store.latest(), self._parts.clock.now_ms())

    def _note_good(self, newest: Mapping[str, Reading]) -> None:
        for reading in (*(last.reading for last in self._sought.values()), *newest.values()):
            if reading is None or reading.value is None:
                continue
            device = reading.point.partition(".")[0]
            if reading.at > self._good.get(device, -1):
                self._good[device] = reading.at
            if reading.point in self._read:
                before = self._read[reading.point]
                if before is None or reading.at >= before.at:
                    self._read[reading.point] = reading

    def _device(self, device: Device, problems: Mapping[str, str], now: int) -> DeviceNow:
        at = self._good.get(device.id)
        return DeviceNow(
            device=device.id,
            interval_s=device.interval_s,
            freshness=freshness_of(at, device.interval_s, now),
            last_good_at=at,
            problem=problems.get(device.id, ""),
        )

    def _of_carriers(self, moment: _Moment, newest: Mapping[str, Reading], now: int) -> Sequence[CarrierNow]:
        plant = self._parts.loaded.plant
        # Of a meter that fails now the last value stands, with its age: it is stale, not unknown.
        known = {point: read for point, read in self._read.items() if read is not None}
        readings = {**newest, **known}
        rates = {
            carrier: rate_now(plant, carrier, readings=readings, series=moment.tails, now=now)
            for carrier in self._carriers
        }
        return [self._carrier(carrier, rates, moment) for carrier in self._carriers]

    def _carrier(self, carrier: Carrier, rates: Mapping[Carrier, RateNow], moment: _Moment) -> CarrierNow:
        found = rates[carrier]
        expected, compared, basis = moment.usual.get(carrier), found.rate, "usual"
        if carrier is Carrier.GAS and moment.gas is not None:
            expected, compared, basis = moment.gas.expected, moment.gas.actual, "model"
        if expected is None or compared is None:
            expected, compared, basis = None, None, ""
        return CarrierNow(
            carrier=carrier,
            unit="Nm3/h" if carrier is Carrier.GAS else "kW",
            rate=found.rate,
            at=found.at,
            freshness=found.freshness,
            stale=found.stale,
            points=found.points,
            expected=expected,
            compared=compared,
            basis=basis,
            facts=own_use(rates) if carrier is Carrier.PV else {},
            spark=moment.sparks.get(carrier.value, ()),
        )

    # beside the calls

    def _stamp(self) -> str:
        """Return what changes with figures, alerts and ledger; live figures count by the minute."""
        results, live = self._parts.analysis.results, self._parts.analysis.live
        numbers = (
            results.until if results is not None else 0,
            live.computed // 60_000 if live is not None else 0,
            self._parts.ledger.last(),
            self._parts.edition,
        )
        return "-".join(f"{number:x}" for number in numbers)

    def _made(self, stamp: str, newest: Mapping[str, Reading]) -> _Moment:
        now, made = self._parts.clock.now_ms(), time.monotonic()
        recent = self._parts.analysis.recent
        known = self._parts.known_alerts()
        live, results = self._parts.analysis.live, self._parts.analysis.results
        sparks = quarters(self._courses.load(since=now - DAY_MS, until=now, step_ms=STEP_MS))
        return _Moment(
            made=made,
            stamp=stamp,
            newest=newest,
            tails=self._tails(newest, now),
            sparks=sparks,
            usual={each: self._usual(each, now) for each in self._carriers} if recent is not None else {},
            gas=gas_now(live, results),
            standing=standing_now(live),
            open_alerts=sum(each.is_waiting for each in known),
        )

    def _usual(self, carrier: Carrier, now: int) -> float | None:
        prepared = self._parts.prepared(now - 30 * DAY_MS)
        return None if prepared is None else usual(prepared, carrier, now)

    def _seek(self, newest: Mapping[str, Reading], now: int) -> None:
        """Find the last value of what has none now: nobody may have asked while it was good.

        Once an outage, and now and then while it lasts: an outage may end and begin again between two looks.
        """
        has_value = {point for point, reading in newest.items() if reading.value is not None}
        told = {point.partition(".")[0] for point in has_value}
        silent = self._read.keys() - has_value
        for device in self._parts.loaded.plant.devices:
            if device.id not in told:
                silent |= {point.id for point in device.points[:_POINTS_ASKED]}
        made, known = time.monotonic(), dict(self._sought)
        due = [each for each in silent if each not in known or made - known[each].made > _AGAIN_S]
        if due:
            until = max([now, *(newest[each].at for each in due if each in newest)])
            last = self._parts.store.last_good(due, until)
            known |= {each: _Last(last.get(each), made) for each in due}
        self._sought = {each: known[each] for each in silent}

    def _tails(self, newest: Mapping[str, Reading], now: int) -> dict[str, Series]:
        """Return the last readings of counters, and the last good one of points that have none now."""
        found: dict[str, Series] = {}
        for reach in sorted(set(self._counters.values())):
            points = [point for point, own in self._counters.items() if own == reach]
            found |= self._parts.store.series(points, since=now - reach, until=now + reach)
        unknown = []
        for carrier in self._carriers:
            for name in rate_now(
                self._parts.loaded.plant, carrier, readings=newest, series=found, now=now
            ).stale:
                last = newest.get(name)
                if (last is None or last.value is None) and not _has_value(found.get(name)):
                    unknown.append(name)
        if unknown:
            found |= {name: _one(last) for name, last in self._parts.store.last_good(unknown, now).items()}
        return found


def freshness_of(at: int | None, interval_s: float, now: int) -> Freshness:
    """Return how old the newest good reading of a device is."""
    interval_ms = interval_s * 1000.0
    if at is None:
        return Freshness.WAITING
    if now - at > FRESH_INTERVALS * interval_ms:
        return Freshness.STALE
    return Freshness.AHEAD if at - now > _AHEAD_INTERVALS * interval_ms else Freshness.GOOD


def own_use(rates: Mapping[Carrier, RateNow]) -> dict[str, float]:
    """Return how much of its own generation the plant uses now, and how much of its use that is."""
    made, used = (rates[each].rate if each in rates else None for each in (Carrier.PV, Carrier.ELECTRICITY))
    if made is None or used is None:
        return {}
    own = max(0.0, min(made, used))
    found = {"self_consumption_rate": own / made} if made > 0.0 else {}
    return found | ({"self_sufficiency": own / used} if used > 0.0 else {})


def _counters(plant: Plant, carriers: Sequence[Carrier]) -> dict[str, int]:
    """Return the counters whose rise is the rate, each with how far back it is looked at, ms."""
    return {
        each.now.id: round(max(_TAIL_MS, _TAIL_INTERVALS * plant.device(each.now.device).interval_s * 1000))
        for carrier in carriers
        for each in rate_points(plant, carrier)
        if each.now.is_counter
    }


def _rated(plant: Plant, carrier: Carrier) -> Iterator[str]:
    """Give the points that a carrier's rate is read from."""
    for each in rate_points(plant, carrier):
        yield each.now.id


def _has_value(series: Series | None) -> bool:
    return series is not None and bool(series.has_value.any())


def _one(reading: Reading) -> Series:
    return Series(
        point=reading.point,
        at=np.array([reading.at], dtype=np.int64),
        value=np.array([np.nan if reading.value is None else reading.value]),
        quality=np.array([reading.quality], dtype=np.uint8),
    )
