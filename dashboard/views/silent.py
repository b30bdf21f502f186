"""Meters that give nothing now, said where figures of now wait for them."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.page import Asked
from domain.now import Freshness, Now


def silent_meters(now: Now, devices: Collection[str], asked: Asked) -> tuple[str, ...]:
    """Return a sentence for each of the devices that is stale."""
    return tuple(
        asked.words(
            "%(meter)s has been silent since %(time)s: what passed since then is not in these figures",
            meter=asked.name_of(each.device),
            time=asked.numbers.clock(each.last_good_at),
        )
        for each in now.devices
        if each.device in devices and each.freshness is Freshness.STALE and each.last_good_at is not None
    )
