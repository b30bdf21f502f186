"""A batch on its way into one transaction: what is new, as columns; what was there; what cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from domain.errors import StoreRejected
from domain.ports import Envelope
from domain.reading import Gap, Poll
from storage.ranges import RangeSet
from storage.rows import check_gap, poll_rows, row_words

GapRow = tuple[str, int, int, int, int, int, int]
Newest = tuple[int, float | None, int]
"""Instant, value, quality."""


@dataclass(slots=True)
class Journals:
    """The journals seen so far: their numbers, and which of their messages are ingested."""

    ids: dict[str, int] = field(default_factory=dict)
    ingested: dict[int, RangeSet] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)
    """Those that the store's file does not name yet: every start of a collector brings one."""

    def number(self, name: str) -> int:
        """Return the number of a journal; a new name gets the next one."""
        found = self.ids.get(name)
        if found is None:
            found = self.ids[name] = self.fresh[name] = len(self.ids) + 1
            self.ingested[found] = RangeSet()
        return found


@dataclass(slots=True)
class Draft:
    """New rows of one batch: three columns a reading, five a message."""

    points: list[int] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    qualities: list[int] = field(default_factory=list)
    words: dict[int, int] = field(default_factory=dict)
    """Place of a reading -> its register words, where they are kept."""
    messages: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """(rows, at, received, journal, seq) of each poll, in the order of its readings."""
    devices: list[str] = field(default_factory=list)
    """The device of each poll."""
    gaps: list[GapRow] = field(default_factory=list)
    seen: dict[int, set[int]] = field(default_factory=dict)
    """Journal number -> sequence numbers that this batch adds."""
    duplicates: int = 0
    rejected: dict[tuple[str, int], str] = field(default_factory=dict)


class NewestReadings:
    """The newest reading of each point seen; polls of a device nearly always come in order."""

    def __init__(self) -> None:
        self.by_point: dict[int, Newest] = {}
        self._end: dict[str, int] = {}
        """Device -> its newest instant, of any point, that a poll brought."""
        self._floor = -1
        """The newest instant that came another way: from the file, or as a past."""

    def follow(self, draft: Draft) -> None:
        """Take over what a committed batch brought."""
        place = 0
        for device, (rows, at, *_) in zip(draft.devices, draft.messages, strict=True):
            points = draft.points[place : place + rows]
            columns = zip(
                repeat(at),
                draft.values[place : place + rows],
                draft.qualities[place : place + rows],
                strict=False,
            )
            place += rows
            in_order = at >= self._end.get(device, at)
            if in_order:
                self._end[device] = at
            if in_order and at >= self._floor:
                self.by_point.update(zip(points, columns, strict=True))
            else:
                self._take(zip(points, columns, strict=True))

    def merge(self, found: Iterable[tuple[int, Newest]]) -> None:
        """Take those readings, which no poll of this process brought, that are newer than what is held."""
        readings = list(found)
        self._floor = max([self._floor, *(at for _, (at, _, _) in readings)])
        self._take(readings)

    def _take(self, found: Iterable[tuple[int, Newest]]) -> None:
        for point, reading in found:
            held = self.by_point.get(point)
            if held is None or held[0] < reading[0]:
                self.by_point[point] = reading


def draft_batch(
    batch: Sequence[Envelope], known: Mapping[str, Mapping[str, int]], journals: Journals
) -> Draft:
    """Return what of the batch is to be written; `known` gives the number of a point by device and name."""
    draft = Draft()
    for envelope in batch:
        journal = journals.number(envelope.journal)
        seen = draft.seen.setdefault(journal, set())
        if envelope.seq in seen or envelope.seq in journals.ingested[journal]:
            draft.duplicates += 1
            continue
        try:
            _add(draft, envelope, journal, known)
        except StoreRejected as error:
            draft.rejected[envelope.journal, envelope.seq] = str(error)
        else:
            seen.add(envelope.seq)
    return draft


def _add(draft: Draft, envelope: Envelope, journal: int, known: Mapping[str, Mapping[str, int]]) -> None:
    item, received, seq = envelope.item, envelope.received_ms, envelope.seq
    ids = known.get(item.device)
    if isinstance(item, Gap):
        check_gap(item)
        if ids is None:
            raise StoreRejected(item.device, "is not a configured device")
        quality = int(item.quality)
        draft.gaps.append((item.device, item.since, item.until, quality, received, journal, seq))
        return
    if ids is None:
        if _says_nothing(item):
            return
        raise StoreRejected(item.device, "is not a configured device")
    names, values, qualities = poll_rows(item, ids)
    if item.words:
        place = len(draft.points)
        draft.words |= {place + each: words for each, words in row_words(item, names).items()}
    draft.points += [ids[name] for name in names]
    draft.values += values
    draft.qualities += qualities
    draft.devices.append(item.device)
    draft.messages.append((len(names), item.at, received, journal, seq))


def _says_nothing(poll: Poll) -> bool:
    return not poll.values and not poll.quality


class Columns:
    """Arrays that the database scans in place: filled for each batch, grown when one does not fit."""

    def __init__(self, capacity: int = 4096) -> None:
        self.arrays: dict[str, NDArray[np.generic]] = {
            "point": np.zeros(capacity, np.int32),
            "at_ms": np.zeros(capacity, np.int64),
            "value": np.zeros(capacity, np.float64),
            "quality": np.zeros(capacity, np.uint8),
            "received_ms": np.zeros(capacity, np.int64),
            "journal": np.zeros(capacity, np.int32),
            "seq": np.zeros(capacity, np.int64),
            "words": np.zeros(capacity, np.uint64),
            "has_words": np.zeros(capacity, np.bool_),
        }
        self.capacity = capacity

    def fill(self, draft: Draft) -> tuple[int, bool]:
        """Lay the draft's rows into the arrays: how many, and whether any has no value (NaN)."""
        rows = len(draft.points)
        columns = self.arrays
        columns["point"][:rows] = draft.points
        columns["value"][:rows] = np.asarray(draft.values, np.float64)
        columns["quality"][:rows] = draft.qualities
        messages = np.asarray(draft.messages, np.int64).reshape(-1, 5)
        for place, name in enumerate(("at_ms", "received_ms", "journal", "seq"), start=1):
            columns[name][:rows] = np.repeat(messages[:, place], messages[:, 0])
        if draft.words:
            places = list(draft.words)
            columns["has_words"][:rows] = False
            columns["has_words"][places] = True
            columns["words"][places] = np.array(list(draft.words.values()), np.uint64)
        return rows, bool(np.isnan(columns["value"][:rows]).any())
