"""Poll -> rows, the same for every store: a pure function, and the only place that checks values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isfinite

from domain.errors import StoreRejected
from domain.reading import ALL_POINTS, WORDS, Gap, Poll

Rows = tuple[list[str], list[float | None], list[int]]
"""Point names, values and quality numbers, side by side."""

LAST_INSTANT_MS = 253_402_300_799_999
"""The end of the year 9999: instants behind it are not instants."""


def poll_rows(poll: Poll, known: Collection[str]) -> Rows:
    """Return one row for each value, and one without a value for each point that a quality says has none.

    `known` are the names of the device's points: what a quality for all points stands for.
    A poll that says nothing has no rows. StoreRejected with the reason when it cannot be stored.
    """
    if not 0 <= poll.at <= LAST_INSTANT_MS:
        raise StoreRejected(poll.device, f"instant {poll.at} is outside 1970..9999")
    names = list(poll.values)
    for name in names:
        if name not in known:
            raise StoreRejected(f"{poll.device}.{name}", "is not a configured point")
    values = list(poll.values.values())
    if not poll.quality and None not in values:
        _refuse_not_finite(poll, values)
        return names, values, [0] * len(names)
    return _mixed_rows(poll, known)


def row_words(poll: Poll, names: Sequence[str]) -> dict[int, int]:
    """Return the register words of a poll as one number each, by the place of the point among `names`.

    StoreRejected for words that are none, or that belong to no reading.
    """
    found: dict[int, int] = {}
    for name, text in poll.words.items():
        if name not in names:
            raise StoreRejected(f"{poll.device}.{name}", "has words and no reading")
        if not WORDS.fullmatch(text) or not poll.quality_of(name).has_words:
            raise StoreRejected(f"{poll.device}.{name}", "has words that are none, or belong to no reading")
        found[names.index(name)] = int(text, 16)
    return found


def check_gap(gap: Gap) -> None:
    """Raise StoreRejected when the gap cannot be stored."""
    if not 0 <= gap.since < gap.until <= LAST_INSTANT_MS:
        raise StoreRejected(gap.device, f"gap {gap.since}..{gap.until} is no span of 1970..9999")


def _mixed_rows(poll: Poll, known: Collection[str]) -> Rows:
    names: list[str] = []
    values: list[float | None] = []
    qualities: list[int] = []
    for name, value in poll.values.items():
        quality = poll.quality_of(name)
        if quality.has_value is (value is None):
            raise StoreRejected(
                f"{poll.device}.{name}", f"value and quality {quality.code} exclude each other"
            )
        names.append(name)
        values.append(value)
        qualities.append(quality)
    _refuse_not_finite(poll, [value for value in values if value is not None])
    for name in _silent_points(poll, known):
        names.append(name)
        values.append(None)
        qualities.append(poll.quality_of(name))
    return names, values, [int(quality) for quality in qualities]


def _silent_points(poll: Poll, known: Collection[str]) -> list[str]:
    """Return the points that are named by a quality alone."""
    silent: list[str] = []
    for name, quality in poll.quality.items():
        if name == ALL_POINTS:
            if not quality.has_value:
                silent += [point for point in known if point not in poll.values and point not in poll.quality]
        elif name not in known:
            raise StoreRejected(f"{poll.device}.{name}", "is not a configured point")
        elif name not in poll.values:
            if quality.has_value:
                raise StoreRejected(f"{poll.device}.{name}", f"is {quality.code} without a value")
            silent.append(name)
    return silent


def _refuse_not_finite(poll: Poll, values: list[float | None] | list[float]) -> None:
    if not all(map(isfinite, values)):  # type: ignore[arg-type]  # the callers hold no None
        name = next(n for n, v in poll.values.items() if v is not None and not isfinite(v))
        raise StoreRejected(f"{poll.device}.{name}", "value is not a finite number")
