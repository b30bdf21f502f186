"""How green power is laid on months: those of its vintage first, then the others of the year, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics.instruments import KWH_EACH, Batch
from domain.certificate_ids import id_range
from domain.inventory import Cover
from domain.plain_ids import plain_id

LEAST_KWH = 1e-3
"""Less is rounding."""


@dataclass(slots=True, kw_only=True)
class Supply:
    """Green power of one instrument; `left_kwh` shrinks as it is used."""

    instrument: str
    kind: str
    """certificates or contract."""
    entry: int
    own: Mapping[str, float]
    """Month of the vintage -> most that it may take at first, kWh."""
    others: tuple[str, ...]
    """Months that may take what these leave, in order."""
    left_kwh: float
    batch: Batch | None = None
    """Of certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a month takes of a supply."""

    supply: Supply
    month: str
    kwh: float


def match(supplies: Sequence[Supply], room_kwh: dict[str, float]) -> tuple[Use, ...]:
    """Lay supplies on months, in their order; return what each takes, by supply and month.

    `room_kwh` is what each month can take; it shrinks, as what is left of the supplies does. Every supply has
    the months of its vintage before any has others.
    """
    found: dict[tuple[int, str], float] = {}
    for place, supply in enumerate(supplies):
        for month, most in supply.own.items():
            _take(found, (place, month), supply, most, room_kwh)
    for place, supply in enumerate(supplies):
        for month in supply.others:
            _take(found, (place, month), supply, supply.left_kwh, room_kwh)
    return tuple(
        Use(supply=supplies[place], month=month, kwh=kwh) for (place, month), kwh in sorted(found.items())
    )


def _take(
    found: dict[tuple[int, str], float],
    where: tuple[int, str],
    supply: Supply,
    most_kwh: float,
    room_kwh: dict[str, float],
) -> None:
    month = where[1]
    kwh = min(most_kwh, supply.left_kwh, room_kwh.get(month, 0.0))
    if kwh > LEAST_KWH:
        found[where] = found.get(where, 0.0) + kwh
        supply.left_kwh -= kwh
        room_kwh[month] -= kwh


def spend(supplies: Sequence[Supply], closed: Iterable[Cover]) -> tuple[tuple[Cover, float], ...]:
    """Take what closed months used off the supplies; return the covers that find none, with the kWh missing.

    A cover takes of its instrument; of certificates that were entered anew, of those with the same ids.
    """
    missing = []
    for cover in closed:
        wanted = cover.kwh
        name = plain_id(cover.instrument)
        named = [each for each in supplies if each.kind == cover.kind and plain_id(each.instrument) == name]
        for supply in sorted(named, key=lambda each: cover.month not in each.own):
            wanted -= _spend(supply, wanted)
        ids = id_range(*cover.instrument.split("..", 1)) if ".." in cover.instrument else None
        for supply in supplies:
            if ids is not None and supply.batch is not None and supply not in named:
                wanted -= _spend(supply, min(wanted, KWH_EACH * supply.batch.in_common(ids)))
        if wanted > LEAST_KWH:
            missing.append((cover, wanted))
    return tuple(missing)


def _spend(supply: Supply, most_kwh: float) -> float:
    kwh = min(most_kwh, supply.left_kwh)
    supply.left_kwh -= kwh
    return kwh
