"""The plant's calendar: UTC+8 days and five-minute slots, working days, holidays, maintenance."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulators.noise import Ints, uniform

UTC_OFFSET_MS = 8 * 3600 * 1000
"""Asia/Shanghai, no daylight saving since 1991."""
DAY_MS = 86_400_000
SLOT_MS = 300_000
SLOTS = DAY_MS // SLOT_MS
"""Slots a day."""
SLOT_H = SLOT_MS / 3_600_000
FIRST_DAY = date(2023, 12, 1)
LAST_YEAR = 2031
_NEW_YEAR_EVES = (
    date(2024, 2, 9), date(2025, 1, 28), date(2026, 2, 16), date(2027, 2, 5),
    date(2028, 1, 25), date(2029, 2, 12), date(2030, 2, 2), date(2031, 1, 22),
)  # fmt: skip
"""Chinese new year's eves: first of eight days off."""
_HOLIDAYS = 8
_MAINTENANCE_SHARE = 0.015

Bools = NDArray[np.bool_]


def day_number(day: date) -> int:
    """Return a local day as days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def midnight_ms(day: int) -> int:
    """Return the instant at which a local day begins."""
    return day * DAY_MS - UTC_OFFSET_MS


def year_days(year: int) -> tuple[int, int]:
    """Return [first, end) of the local days of a year; 2023 is December only."""
    first = max(date(year, 1, 1), FIRST_DAY)
    return day_number(first), day_number(date(year + 1, 1, 1))


def works(days: Ints, *, seed: int, line: str) -> Bools:
    """Say for each day whether a line works: Monday to Saturday but holidays and maintenance."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    is_off = weekday == 6
    for eve in _NEW_YEAR_EVES:
        first = day_number(eve)
        is_off |= (days >= first) & (days < first + _HOLIDAYS)
    working: Bools = ~(is_off | (uniform(seed, f"maintenance/{line}", days) < _MAINTENANCE_SHARE))
    return working
