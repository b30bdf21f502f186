"""Rows of readings as bytes to seal, and what finds the one row that no longer fits. Pure arrays.

SHA-256 over the bytes proves; the locator only finds. It holds, for the rows of one point, the exclusive or
of their instants, of their mixes (64 bits of a row) and, for each of 17 bits of a row's second, of the mixes
of the rows that have this bit. Where one row differs, each of the 17 has changed by the row's whole change or
not at all: together they spell its second. Two rows that differ fit no second, but for a chance of 2^-64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.series import Instants

Words = NDArray[np.uint64]

ROW = np.dtype(
    [
        ("received_ms", "<i8"),
        ("at_ms", "<i8"),
        ("seq", "<i8"),
        ("journal", "<u8"),
        ("journal_rest", "<u8"),
        ("quality", "u1"),
        ("has_value", "u1"),
        ("value", "<f8"),
        ("has_words", "u1"),
        ("words", "<u8"),
    ]
)
"""A row as it is hashed, nothing between the fields; rows of a point in the order of these fields.

A journal is the first 16 bytes of the SHA-256 of its name. No value, or no words, is 0 beside a flag of 0.
"""
BITS = 17
"""Of a row's second: 36 hours, so that seconds of one day are told apart."""
_LOCATOR = np.dtype("<u8")
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MORE = np.uint64(0xBF58476D1CE4E5B9)
_PLACES = np.arange(BITS, dtype=np.uint64)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReceivedRows:
    """Stored rows, of any points, in any order."""

    point: NDArray[np.int64]
    """Number of the point of each row."""
    names: Mapping[int, str]
    """Point id by that number."""
    rows: NDArray[np.void]
    """Of `ROW`."""

    def __len__(self) -> int:
        return len(self.point)


class Receipts(Protocol):
    """A store that knows when it received each row, and keeps what is sealed free of later ones."""

    def received(self, *, since: int | None, until: int, point: str | None = None) -> Iterator[ReceivedRows]:
        """Give the rows received in [since, until), of one point if given, piece by piece in that order."""
        ...

    def days(self, *, since: int, until: int) -> list[int]:
        """Return the days since 1970, UTC, on which rows were received in [since, until), in order."""
        ...

    def strays(self, now: int) -> list[str]:
        """Return what no day shows, in words; StoreError where nothing can be said of the store."""
        ...

    def close_until(self, until: int) -> None:
        """Let no row come in any more that counts as received before `until`; it counts as received then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSeal:
    """The rows of one point under one seal."""

    readings: int
    sha: bytes
    locator: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The one row that does not fit."""

    kind: str
    """changed, missing, added, moved."""
    at: int
    was: int | None = None
    """Of one that was moved: its instant when it was sealed."""


def journal_digest(name: str) -> tuple[int, int]:
    """Return what stands for a journal in a row."""
    digest = sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


def mixes(rows: NDArray[np.void]) -> Words:
    """Return 64 bits for each row that hardly two rows share."""
    mixed = np.full(len(rows), _MORE)
    flags = rows["quality"].astype(np.uint64) << np.uint64(16)
    flags |= rows["has_value"].astype(np.uint64) << np.uint64(8)
    flags |= rows["has_words"]
    columns = [rows[name] for name in ("received_ms", "at_ms", "seq", "journal", "journal_rest", "words")]
    for column in (*columns, rows["value"].copy(), flags):
        mixed ^= np.ascontiguousarray(column).view(np.uint64)
        mixed *= _ODD
        mixed ^= mixed >> np.uint64(29)
    mixed *= _MORE
    mixed ^= mixed >> np.uint64(32)
    return mixed


class PointSums:
    """Takes the rows of a day piece by piece, in the order of receipt, and seals each point."""

    def __init__(self) -> None:
        self._hashes: dict[str, Any] = {}
        self._counts: dict[str, int] = {}
        self._locators: dict[str, Words] = {}

    def add(self, piece: ReceivedRows) -> None:
        """Take rows that were received after all those before."""
        if not len(piece):
            return
        point, rows = _in_order(piece.point, piece.rows)
        starts = np.flatnonzero(np.diff(point, prepend=point[0] - 1))
        locators = _locators(rows, starts)
        for place, (start, end) in enumerate(pairwise([*starts.tolist(), len(point)])):
            number = int(point[start])
            name = piece.names.get(number, f"#{number}")
            if name not in self._hashes:
                self._hashes[name], self._counts[name] = sha256(), 0
                self._locators[name] = np.zeros(BITS + 2, np.uint64)
            self._hashes[name].update(rows[start:end].data)
            self._counts[name] += end - start
            self._locators[name] ^= locators[place]

    def sealed(self) -> dict[str, PointSeal]:
        """Return the seal of each point, by its id, in the order of ids."""
        return {
            name: PointSeal(
                readings=self._counts[name],
                sha=self._hashes[name].digest(),
                locator=self._locators[name].astype(_LOCATOR).tobytes(),
            )
            for name in sorted(self._hashes)
        }


def find(sealed: PointSeal, rows: NDArray[np.void]) -> Found | None:
    """Return the one row that was changed, moved, added or taken away; None when it is not one alone."""
    if len(sealed.locator) != (BITS + 2) * 8:
        return None
    mixed, at = mixes(rows), np.ascontiguousarray(rows["at_ms"])
    change = np.frombuffer(sealed.locator, _LOCATOR).astype(np.uint64) ^ _locator(at, mixed)
    instants, total, bits = change[0], change[1], change[2:]
    more = len(rows) - sealed.readings
    if not total or abs(more) > 1:
        return None
    if more:
        lone = instants.view(np.int64)
        fits = bool(np.array_equal(bits, _spread(lone.reshape(1), total.reshape(1))[0]))
        return Found(kind="added" if more > 0 else "missing", at=int(lone)) if fits else None
    if not instants:
        return _changed(at, total, bits)
    return _moved(at, mixed, change)


def _changed(at: Instants, total: np.uint64, bits: Words) -> Found | None:
    if not ((bits == 0) | (bits == total)).all():
        return None
    second = int(((bits == total).astype(np.uint64) << _PLACES).sum())
    there = np.unique(at[(at // 1000) % 2**BITS == second])
    if not len(there):
        return None
    return Found(kind="changed", at=int(there[0]) if len(there) == 1 else int(there[0]) // 1000 * 1000)


def _moved(at: Instants, mixed: Words, change: Words) -> Found | None:
    before = (at.view(np.uint64) ^ change[0]).view(np.int64)
    expected = _spread(at, mixed) ^ _spread(before, mixed ^ change[1])
    fits = np.flatnonzero((expected == change[2:]).all(axis=1))
    if len(fits) != 1:
        return None
    return Found(kind="moved", at=int(at[fits[0]]), was=int(before[fits[0]]))


def _spread(at: Instants, mixed: Words) -> Words:
    """Return the mix of each row under each bit that its second has, 0 under the others."""
    has = (_seconds(at)[:, None] >> _PLACES) & _ONE
    spread: Words = mixed[:, None] * has
    return spread


def _seconds(at: Instants) -> Words:
    return (at // 1000).view(np.uint64)


def _locator(at: Instants, mixed: Words) -> Words:
    """Return the locator of rows, none included."""
    locator = np.zeros(BITS + 2, np.uint64)
    if len(at):
        locator[:] = _reduced(at, mixed, np.zeros(1, np.int64))[0]
    return locator


def _locators(rows: NDArray[np.void], starts: NDArray[np.int64]) -> Words:
    """Return the locator of each run of rows that begins at `starts`."""
    return _reduced(np.ascontiguousarray(rows["at_ms"]), mixes(rows), starts)


def _reduced(at: Instants, mixed: Words, starts: NDArray[np.int64]) -> Words:
    locators = np.empty((len(starts), BITS + 2), np.uint64)
    locators[:, 0] = np.bitwise_xor.reduceat(at.view(np.uint64), starts)
    locators[:, 1] = np.bitwise_xor.reduceat(mixed, starts)
    second = _seconds(at)
    for bit in range(BITS):
        has = (second >> np.uint64(bit)) & _ONE
        locators[:, 2 + bit] = np.bitwise_xor.reduceat(mixed * has, starts)
    return locators


def _in_order(point: NDArray[np.int64], rows: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.void]]:
    """Return points and rows ordered by point, then by all fields."""
    order = np.argsort(point, kind="stable")
    point, rows = point[order], rows[order]
    same = point[1:] == point[:-1]
    received, at = rows["received_ms"], rows["at_ms"]
    is_after = received[1:] > received[:-1]
    is_after |= (received[1:] == received[:-1]) & (at[1:] > at[:-1])
    if not (is_after | ~same).all():
        keys = [_comparable(rows[name]) for name in reversed(ROW.names or ())]
        order = np.lexsort((*keys, point))
        point, rows = point[order], rows[order]
    return point, rows


def _comparable(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column by which rows can be ordered: bits, where it has fractions."""
    return column.copy().view(np.uint64) if column.dtype.kind == "f" else column
