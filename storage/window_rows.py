"""Windows as rows of a table, and what a new reckoning changes in them: pure, the same for every store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import StoreRejected
from domain.series import Bools, Instants
from domain.windows import Flag, Windows
from storage.rows import LAST_INSTANT_MS

Rows = dict[str, NDArray[Any]]
"""Column name -> array, all of one length; ordered by point number, then since_ms."""

COLUMNS: Mapping[str, type[np.generic]] = {
    "point": np.int32,
    "since_ms": np.int64,
    "until_ms": np.int64,
    "amount": np.float64,
    "grade": np.uint8,
    "coverage": np.float64,
    "flags": np.uint16,
    "minimum": np.float64,
    "maximum": np.float64,
    "version": np.int32,
    "recorded_ms": np.int64,
}
_ARRAYS = (
    ("since_ms", "since"),
    ("until_ms", "until"),
    *((name, name) for name in ("amount", "grade", "coverage", "flags", "minimum", "maximum")),
)
_FIGURES = ("until_ms", "amount", "grade", "flags")
"""What makes another version of a closed window when it changes."""
_POINT_SHIFT = 48
"""Instants up to the year 9999 take 48 bits."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new reckoning does to the rows that are there."""

    written: Rows
    """New, or other than what is there."""
    removed: Rows
    """There now, and to be taken away or written over."""
    superseded: Rows
    """Those of the removed whose figures must stay readable."""


def unknown_points(points: Sequence[str], known: Mapping[str, object]) -> None:
    """Raise StoreRejected with every point that is not known."""
    strange = sorted(set(points) - known.keys())
    if strange:
        raise StoreRejected(", ".join(strange), "is not a configured point", "add it to the plant file")


def rows_of_windows(windows: Sequence[Windows], numbers: Mapping[str, int], *, at: int) -> Rows:
    """Return windows as rows of version 1; StoreRejected for an unknown point or windows that overlap."""
    unknown_points([one.point for one in windows], numbers)
    filled = sorted((one for one in windows if len(one)), key=lambda one: numbers[one.point])
    for one in filled:
        ordered = bool((one.since[1:] >= one.until[:-1]).all() and (one.since < one.until).all())
        if not ordered or one.since[0] < 0 or one.until[-1] > LAST_INSTANT_MS:
            raise StoreRejected(one.point, "windows overlap, are not in order or lie outside 1970..9999")
    if len({one.point for one in filled}) != len(filled):
        raise StoreRejected(", ".join(one.point for one in filled), "has its windows more than once")
    rows = {
        name: np.concatenate(
            [getattr(one, source) for one in filled] or [np.empty(0)], dtype=COLUMNS[name], casting="unsafe"
        )
        for name, source in _ARRAYS
    }
    many = [len(one) for one in filled]
    rows["point"] = np.repeat(np.array([numbers[one.point] for one in filled], np.int32), many)
    rows["version"] = np.ones(sum(many), np.int32)
    rows["recorded_ms"] = np.full(sum(many), at, np.int64)
    return {name: rows[name] for name in COLUMNS}


def windows_of_rows(rows: Rows, number: int, point: str) -> Windows:
    """Return the windows of one point, by its number."""
    first, end = np.searchsorted(rows["point"], [number, number + 1])
    return Windows(point=point, **{target: rows[name][first:end] for name, target in _ARRAYS})


def spans_of(rows: Rows) -> Rows:
    """Return point, since_ms, until_ms of what each point's rows cover."""
    points, first, many = np.unique(rows["point"], return_index=True, return_counts=True)
    return {
        "point": points,
        "since_ms": rows["since_ms"][first],
        "until_ms": rows["until_ms"][first + many - 1],
    }


def compare(held: Rows, new: Rows, highest: Mapping[tuple[int, int], int]) -> Changes:
    """Return what makes the held rows of some spans the new ones.

    `highest` is the last version of a window, by (point number, since_ms), that is no longer among the held.
    Nothing is written for a window that is as it was: it keeps its version and its instant of recording.
    """
    held_keys, keys = _keys(held), _keys(new)
    places = np.searchsorted(held_keys, keys)
    inside = places < len(held_keys)
    places = np.where(inside, places, 0)
    known = inside & (held_keys[places] == keys) if len(held_keys) else np.zeros(len(keys), np.bool_)
    old = places[known]
    version = np.array(
        [highest.get((int(p), int(s)), 0) + 1 for p, s in zip(new["point"], new["since_ms"], strict=True)]
        if highest
        else new["version"],
        np.int32,
    )
    same, figures_same = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.bool_)
    same[known] = _equal(held, old, new, known, [name for name, _ in _ARRAYS])
    figures_same[known] = _equal(held, old, new, known, _FIGURES)
    closed = (held["flags"] & Flag.OPEN) == 0
    stale = np.ones(len(held_keys), np.bool_)  # a row that no new one stands for goes
    stale[old] = ~figures_same[known]
    version[known] = held["version"][old] + (closed[old] & stale[old])
    removed = np.ones(len(held_keys), np.bool_)
    removed[old] = ~same[known]
    return Changes(
        written=pick({**new, "version": version}, ~same),
        removed=pick(held, removed),
        superseded=pick(held, closed & stale),
    )


def pick(rows: Rows, chosen: Bools) -> Rows:
    """Return some of the rows."""
    return {name: array[chosen] for name, array in rows.items()}


def _keys(rows: Rows) -> Instants:
    found: Instants = (rows["point"].astype(np.int64) << _POINT_SHIFT) + rows["since_ms"]
    return found


def _equal(held: Rows, old: NDArray[np.intp], new: Rows, known: Bools, names: Sequence[str]) -> Bools:
    """Say which of the rows known before agree in all those columns; NaN agrees with NaN."""
    found = np.ones(len(old), np.bool_)
    for name in names:
        before, after = held[name][old], new[name][known]
        found &= (before == after) | ((before != before) & (after != after))
    return found
