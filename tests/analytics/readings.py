"""Readings of one point, made for tests of counters and gauges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.counters import consumption
from domain.ledger import MeterEvent, MeterEventKind
from domain.plant import Carrier, Point
from domain.series import Instants, Series, series_of
from domain.windows import Windows

HOUR = 3_600_000
MINUTE = 60_000
GAP = 20 * MINUTE
START = 1_767_196_800_000
"""2026-01-01 00:00 in China."""


def counter(**other: Any) -> Point:
    """Return a gas counter that rises by at most 120 m3 an hour, 2 a minute."""
    given: dict[str, Any] = {
        "device": "gas", "name": "volume", "unit": "m3", "is_counter": True, "rated_max_per_hour": 120.0,
        "carrier": Carrier.GAS,
    }  # fmt: skip
    return Point(**{**given, **other})


def series(
    minutes: Sequence[float],
    values: Sequence[float | None],
    quality: Sequence[int] | None = None,
) -> Series:
    """Return readings at minutes after START; None has no value and quality 10 unless one is given."""
    at = np.array([START + round(minute * MINUTE) for minute in minutes], dtype=np.int64)
    value = np.array([np.nan if each is None else each for each in values], dtype=np.float64)
    worth = quality or [10 if each is None else 0 for each in values]
    return series_of("gas.volume", at, value, np.array(worth, dtype=np.uint8))


def edges(*minutes: float) -> Instants:
    """Return instants at minutes after START."""
    return np.array([START + round(minute * MINUTE) for minute in minutes], dtype=np.int64)


def exchange(minute: float, old_final: float | None, new_start: float | None, **other: Any) -> MeterEvent:
    """Return the exchange of the counter at a minute after START."""
    given: dict[str, Any] = {"kind": MeterEventKind.EXCHANGE, "point": "gas.volume"}
    at = START + round(minute * MINUTE)
    return MeterEvent(**{**given, **other}, at=at, old_final=old_final, new_start=new_start)


def windows(
    minutes: Sequence[float], values: Sequence[float | None], borders: Instants, **other: Any
) -> Windows:
    """Return the consumption of the counter."""
    point = other.pop("point", counter())
    quality = other.pop("quality", None)
    return consumption(point, series(minutes, values, quality), borders, **{"gap_ms": GAP, **other})


def same(one: Windows, other: Windows) -> bool:
    """Say whether two results are the same to the last bit."""
    names = ("since", "until", "amount", "grade", "coverage", "flags", "minimum", "maximum")
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names)
