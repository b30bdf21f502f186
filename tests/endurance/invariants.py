"""The promise, counted: what the simulated plant showed against what is in the store."""

from __future__ import annotations

import sqlite3
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isclose
from pathlib import Path

import duckdb

from domain.plant import Plant
from domain.reading import Quality, Reading
from storage.duckdb import DuckStore
from storage.source import devices_of, source_of

_CLOCKS_APART_MS = 1000
"""Plant time between the agent's look at the clock and the meters': 3 ms at the speed of the short run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """What the meters showed."""

    truth: Callable[[str, str, int], float | None]
    """(device, point, instant) -> the value that a correct reader must have."""
    answered: Mapping[str, Sequence[int]]
    """Device -> instants at which it gave an answer, ascending: a slow poll may see a refresh."""

    def shown(self, device: str, point: str, at: int, until: int) -> list[float | None]:
        """Return what the meter showed whenever it answered a poll in [at, until)."""
        answered = self.answered[device]
        first = bisect_left(answered, at - _CLOCKS_APART_MS)
        values = (self.truth(device, point, each) for each in answered[first : bisect_left(answered, until)])
        return list(dict.fromkeys(values))


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was found; `faults` is empty when the invariants hold."""

    readings: int = 0
    values: int = 0
    missed: int = 0
    """Polls that left a reading without a value."""
    gaps: int = 0
    messages: int = 0
    quarantined: int = 0
    in_gap: int = 0
    """Polls that were due while the agent was down, said by a gap."""
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def fault(self, name: str, example: str) -> None:
        """Count one and keep the first few."""
        self.faults[name] += 1
        if self.faults[name] <= 3:
            self.examples.append(f"{name}: {example}")


def judge(plant: Plant, state_dir: Path, meters: Meters, *, since: int, until: int) -> Verdict:
    """Check I1 to I4 over the polls due in [since, until) ms."""
    verdict = Verdict()
    _once_each(state_dir, verdict)
    store = DuckStore(state_dir / "readings.duckdb", devices_of([source_of(plant)]))
    try:
        seen = _values(store, plant, meters, verdict)
        _nothing_silent(store, plant, seen, verdict, since=since, until=until)
    finally:
        store.close()
    return verdict


def _once_each(state_dir: Path, verdict: Verdict) -> None:
    """I1 and I4: every journalled message is ingested once; none is left, none is missing."""
    with sqlite3.connect(state_dir / "journal.sqlite") as journal:
        waiting = journal.execute("SELECT count(*) FROM messages").fetchone()[0]
        last = journal.execute("SELECT coalesce(max(seq), 0) FROM progress").fetchone()[0]
    if waiting:
        verdict.fault("I1 not drained", f"{waiting} messages wait in the journal")
    verdict.messages = last
    with duckdb.connect(str(state_dir / "readings.duckdb"), read_only=True) as db:
        ingested = db.execute("SELECT first, last FROM ingested").fetchall()
    for first, end in _missing(ingested, last):
        verdict.fault("I1 lost", f"journal messages {first}..{end} are not in the store")
    quarantine = state_dir / "quarantine.sqlite"
    if quarantine.exists():
        with sqlite3.connect(quarantine) as db:
            verdict.quarantined = db.execute("SELECT count(*) FROM item").fetchone()[0]


def _missing(ranges: list[tuple[int, int]], last: int) -> list[tuple[int, int]]:
    expected, found = 1, []
    for first, end in sorted(ranges):
        if first > expected:
            found.append((expected, first - 1))
        expected = max(expected, end + 1)
    if expected <= last:
        found.append((expected, last))
    return found


def _values(store: DuckStore, plant: Plant, meters: Meters, verdict: Verdict) -> Mapping[str, list[int]]:
    """I1 and I2: each (point, instant) once, each value what the meter showed."""
    seen: dict[str, list[int]] = {}
    for device in plant.devices:
        instants: set[int] = set()
        for point in device.points:
            readings = list(store.readings([point.id], since=0, until=2**52))
            verdict.readings += len(readings)
            instants.update(reading.at for reading in readings)
            for first, second in pairwise(readings):
                if first.at == second.at:
                    verdict.fault("I1 twice", f"{point.id} at {first.at}")
            for reading, until in zip(readings, _ends(readings), strict=True):
                if reading.value is None:
                    verdict.missed += 1
                    continue
                verdict.values += 1
                shown = meters.shown(device.id, point.name, reading.at, until)
                if not any(_same(reading.value, value) for value in shown):
                    verdict.fault("I2 wrong", f"{point.id} at {reading.at}: {reading.value}, not {shown}")
        seen[device.id] = sorted(instants)
    return seen


def _ends(readings: Sequence[Reading]) -> list[int]:
    """Return when the poll of each reading was over at the latest: at the next that was asked.

    An overrun is a poll that was not: one before it still lasted.
    """
    ends, end = [], 2**52
    for reading in reversed(readings):
        ends.append(end)
        end = end if reading.quality is Quality.OVERRUN else reading.at
    return ends[::-1]


def _same(stored: float, shown: float | None) -> bool:
    """Same number, or the same float32: scaled floats may differ in the last place."""
    if shown is None:
        return False
    if isclose(stored, shown, rel_tol=1e-12, abs_tol=1e-12):
        return True
    return struct.pack(">f", stored) == struct.pack(">f", shown) and abs(stored) < 2**24


def _nothing_silent(
    store: DuckStore,
    plant: Plant,
    seen: Mapping[str, list[int]],
    verdict: Verdict,
    *,
    since: int,
    until: int,
) -> None:
    """I3: every poll that was due left a reading or lies in a gap."""
    gaps = store.gaps(since=0, until=2**52)
    verdict.gaps = len(gaps)
    for device in plant.devices:
        interval = int(device.interval_s * 1000)
        slots = {at // interval for at in seen[device.id]}
        early = {(at + interval // 10) // interval for at in seen[device.id]}
        mine = [gap for gap in gaps if gap.device == device.id]
        for slot in range(-(-since // interval), until // interval):
            if slot in slots or slot in early:
                continue
            instant = slot * interval
            if any(gap.since <= instant < gap.until for gap in mine):
                verdict.in_gap += 1
            else:
                verdict.fault("I3 silent", f"{device.id} left nothing for {instant}")
        for gap in mine:
            if gap.quality not in (Quality.AGENT_DOWN, Quality.OVERRUN):
                verdict.fault("I4 dropped", f"{device.id}: gap {gap.quality.code}")
