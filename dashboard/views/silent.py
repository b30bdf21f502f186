"""Meters that give nothing now, said where figures of now wait for them."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.page import Asked
from domain.now import Freshness, Now

_NAMED = 2
"""More silent meters are counted, not named: the page of data quality has them all."""


def silent_meters(now: Now, devices: Collection[str], asked: Asked) -> tuple[str, ...]:
    """Return what is said of those of the devices that are stale."""
    words, numbers = asked.words, asked.numbers
    found = [
        (each.last_good_at, asked.name_of(each.device))
        for each in now.devices
        if each.device in devices and each.freshness is Freshness.STALE and each.last_good_at is not None
    ]
    if len(found) > _NAMED:
        since, name = min(found)
        return (
            words(
                "%(count)s meters are silent, %(meter)s since %(time)s: what passed since is not in here",
                count=len(found),
                meter=name,
                time=numbers.instant(since),
            ),
        )
    return tuple(
        words(
            "%(meter)s has been silent since %(time)s: what passed since then is not in these figures",
            meter=name,
            time=numbers.clock(since)
            if numbers.day(since) == numbers.day(asked.now)
            else numbers.instant(since),
        )
        for since, name in found
    )
