"""What the rooms expect of each other, as protocols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from domain.ledger import Body, Entry
from domain.periods import PeriodKind
from domain.reading import Gap, Poll, Reading
from domain.registers import Space
from domain.series import Series
from domain.windows import Windows, WindowVersion


class Clock(Protocol):
    """Plant time: the only source of instants and waits."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC; never goes back."""
        ...

    def monotonic(self) -> float:
        """Return plant seconds since an arbitrary start, untouched by clock changes."""
        ...

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds so many plant seconds take (tests run on compressed time)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so many plant seconds."""
        ...

    def is_doubtful(self) -> bool:
        """Say whether instants are doubtful now (the host's clock was set)."""
        ...


class ModbusUnit(Protocol):
    """One open link; requests are serialised by the caller."""

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        """Return the words as 2*count bytes as on the wire, or one byte 0/1 a bit; raise DeviceError."""
        ...

    async def close(self) -> None:
        """Close the link; a later read opens it again."""
        ...


class Publisher(Protocol):
    """The way to the broker; called from one thread."""

    @property
    def is_connected(self) -> bool:
        """Say whether a publish would go out now."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand one message to the broker client, QoS 1; False when it cannot take it now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message of the journal, checked, with what the store needs to know it again."""

    journal: str
    seq: int
    received_ms: int
    item: Poll | Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a batch: everything in it is now in the store or must go to quarantine."""

    readings: int
    """Rows newly written."""
    duplicates: int
    """Envelopes that were there already."""
    rejected: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """(journal, seq) -> why the store will never take that envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One result as the store keeps it; (kind, subject, period, since) names it."""

    kind: str
    """intensity, track, watch, alert, balance, pv, heat, finding."""
    subject: str
    """Process, point, carrier or alert id."""
    period: str
    """A `PeriodKind`, or "" for what has no period."""
    since: int
    until: int
    body: bytes
    """Canonical JSON of the result."""


class ResultStore(Protocol):
    """Where results stay: beside the readings, replaced as a whole span or not at all."""

    def put_windows(self, windows: Sequence[Windows], *, at: int) -> None:
        """Replace what touches [first `since`, last `until`) of each point; all points or none.

        `at` is the instant of recording. A closed window (no `Flag.OPEN`) whose end, amount, grade or flags
        change stays readable as an older version. StoreRejected names an unknown point.
        """
        ...

    def windows(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Windows]:
        """Return the windows that begin in [since, until), by point id; every point asked for is there."""
        ...

    def window_versions(self, point: str, since: int) -> Sequence[WindowVersion]:
        """Return every version of the window that begins at `since`, oldest first, what holds now last."""
        ...

    def version_numbers(self, point: str, *, since: int, until: int) -> Mapping[int, int]:
        """Return the number of the version that holds now, by begin, of the windows in [since, until)."""
        ...

    def replace_results(
        self,
        kind: str,
        rows: Sequence[ResultRow],
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> None:
        """Replace the results of a kind that begin in [since, until); only one period or subject if given.

        All or none. ValueError when a row does not belong there, or two have one name.
        """
        ...

    def results(
        self,
        kind: str,
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[ResultRow]:
        """Return the results of a kind that begin in [since, until), ordered by subject, period, since."""
        ...


class Ledger(Protocol):
    """What people declare and decide: entries are added, never changed or taken away."""

    def add(self, bodies: Sequence[Body], *, who: str, why: str, at: int) -> Sequence[Entry]:
        """Record all bodies or none, durably, and return their entries; StoreError when it cannot."""
        ...

    def entries(self, *, after: int = 0) -> Sequence[Entry]:
        """Return the entries with a number above `after`, in order, voided ones included."""
        ...

    def last(self) -> int:
        """Return the number of the newest entry, 0 without any: cheap, to see whether something is new."""
        ...

    def close(self) -> None:
        """Release the file; safe to call twice."""
        ...


class ReadingSink(Protocol):
    """What takes readings for good."""

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Commit the batch, each envelope once however often offered; StoreUnavailable loses nothing."""
        ...


class Store(ResultStore, ReadingSink, Protocol):
    """Where readings stay. One conformance suite runs on every implementation.

    Readings are written by one thread; windows, results and a past may be by another. Reading may be done
    from any thread.
    """

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Commit the batch, each envelope once however often offered; StoreUnavailable loses nothing."""
        ...

    def know(self, devices: Mapping[str, tuple[str, ...]]) -> None:
        """Take readings of these devices, by the names of their points, from now on."""
        ...

    def latest(self) -> Mapping[str, Reading]:
        """Return the newest reading of every point, by point id."""
        ...

    def readings(self, points: Sequence[str], *, since: int, until: int) -> Iterator[Reading]:
        """Give the readings of the points in [since, until) ms, ordered by point, then instant."""
        ...

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms as arrays, by point id; every point asked for is there."""
        ...

    def fill(self, name: str, series: Sequence[Series]) -> int:
        """Write a past that no agent polled, each point once a name however often offered; all or none.

        Return how many readings are new. StoreRejected names the points that are not configured.
        """
        ...

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the last good reading of each point at or before `at`; a point without one is left out."""
        ...

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the first good reading of each point after `at`; a point without one is left out."""
        ...

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms, ordered by device, then instant."""
        ...

    def count(self) -> int:
        """Return how many readings are stored."""
        ...

    def export(
        self,
        points: Sequence[str],
        *,
        since: int,
        until: int,
        path: Path,
        form: str,
        units: Mapping[str, str] | None = None,
        digits: Mapping[str, int] | None = None,
    ) -> int:
        """Write the readings in [since, until) ms as `csv` or `parquet`, whole or not at all.

        Units and register words are columns where units, or digits of the words, are given by point id.
        Return how many.
        """
        ...

    def check(self) -> None:
        """Raise StoreError when the store cannot be used now."""
        ...

    def close(self) -> None:
        """Release the store; safe to call twice."""
        ...


class Quarantine(Protocol):
    """Where what cannot be stored waits for a person, with the reason."""

    def put(self, reason: str, payload: bytes, *, topic: str, key: str, at: int) -> bool:
        """Keep one item; the same key is kept once. False when it was there already.

        StoreError when it is not kept: then it must not be acknowledged.
        """
        ...

    def count(self) -> Mapping[str, int]:
        """Return how many items wait, by reason code."""
        ...

    def items(self, *, limit: int) -> Iterable[tuple[int, str, str, bytes]]:
        """Give the newest items: (at, reason, topic, payload)."""
        ...
