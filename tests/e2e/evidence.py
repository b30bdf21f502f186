"""What is in the store, held against what the meters showed."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from agent.storing import open_store
from collector.journal import Journal
from config import load
from domain.ports import Store
from domain.reading import Gap, Poll
from domain.wire import decode_item
from tests.agent.inside import said
from tests.e2e.harness import DEVICES, INTERVAL_MS, Meters, Works

_LONGEST_MS = 2000
"""Of a poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exported reading."""

    point: str
    at: int
    value: float | None
    quality: str


def export(works: Works, *args: str) -> list[Row]:
    """Export everything of the last day as CSV by the command and return its rows."""
    done = said("export", "-c", works.file, *args)
    assert done.returncode == 0, done.stderr
    return rows_of(done.stdout)


def rows_of(text: str) -> list[Row]:
    """Return the rows of exported CSV."""
    return [
        Row(
            point=row["point"],
            at=round(datetime.fromisoformat(row["at"]).timestamp() * 1000),
            value=float(row["value"]) if row["value"] else None,
            quality=row["quality"],
        )
        for row in csv.DictReader(io.StringIO(text))
    ]


def assert_true(rows: list[Row], meters: Meters) -> None:
    """Check that each good row is what the meter showed then, and that no instant is there twice."""
    good = [row for row in rows if row.quality == "good"]
    assert good
    wrong = [
        (row, shown)
        for row, until in _with_ends(rows)
        if row.quality == "good" and row.value not in (shown := meters.shown(row.point, row.at, until))
    ]
    assert wrong == []
    assert all(row.value is None for row in rows if row.quality != "good")
    assert len({(row.point, row.at) for row in rows}) == len(rows)


def _with_ends(rows: list[Row]) -> Iterator[tuple[Row, int]]:
    """Give each row and the instant at which the next poll of its point began."""
    ordered = sorted(rows, key=lambda each: (each.point, each.at))
    for place, row in enumerate(ordered):
        after = ordered[place + 1] if place + 1 < len(ordered) else None
        is_next = after is not None and after.point == row.point
        yield row, after.at if after is not None and is_next else row.at + _LONGEST_MS


@contextmanager
def opened(works: Works) -> Iterator[Store]:
    """Give the store of a plant whose agent is stopped."""
    store = open_store(load(works.file, {}))
    try:
        yield store
    finally:
        store.close()


def stored(works: Works) -> tuple[list[Row], list[Gap]]:
    """Return every reading and every gap in the store of a stopped agent."""
    points = [point.id for point in load(works.file, {}).plant.points]
    with opened(works) as store:
        rows = [
            Row(point=found.point, at=found.at, value=found.value, quality=found.quality.code)
            for found in store.readings(points, since=0, until=2**53)
        ]
        return rows, list(store.gaps(since=0, until=2**53))


def waiting(works: Works) -> list[Row]:
    """Return the polls in the journal of a stopped agent: read, not acknowledged, and so not lost."""
    journal = Journal.open(works.state_dir / "journal.sqlite", site="works", gateway="gw1")
    try:
        found = [
            decode_item(row.topic, row.payload, received_ms=0).item
            for row in journal.read(after=0, limit=10**6)
        ]
    finally:
        journal.close()
    return [
        Row(point=f"{poll.device}.", at=poll.at, value=None, quality="journalled")
        for poll in found
        if isinstance(poll, Poll)
    ]


def assert_no_silence(rows: list[Row], noted: list[Gap]) -> None:
    """Check that each poll due, first to last reading of a device, left a reading or lies in a gap."""
    polls: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        polls[row.point.partition(".")[0]].add(round(row.at / INTERVAL_MS))
    assert polls.keys() == set(DEVICES)
    for device, found in polls.items():
        covered = {
            poll
            for gap in noted
            if gap.device == device
            for poll in range(gap.since // INTERVAL_MS, -(-gap.until // INTERVAL_MS) + 1)
        }
        missing = set(range(min(found), max(found) + 1)) - found - covered
        assert not missing, f"{device}: {sorted(missing)}"
