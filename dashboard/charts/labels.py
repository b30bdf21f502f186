"""How much room a text takes, and texts moved apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from unicodedata import east_asian_width

from dashboard.charts.svg import Spot

TEXT = 12.0
"""Height of ordinary text, px."""
SMALL = 11.0
"""Of ticks."""


def text_width(words: str, size: float = TEXT) -> float:
    """Return a cautious estimate for the widest font: a full em for Chinese, less for others."""
    return size * sum(_em(letter) for letter in words)


def _em(letter: str) -> float:
    if east_asian_width(letter) in "WF" or letter in "mwMW%—…≥−+":
        return 1.0
    if letter.isupper():
        return 0.75
    return 0.66 if letter.isalnum() else 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something that must not be covered."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Say whether they share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def text_box(x: float, y: float, words: str, *, anchor: str = "start", size: float = TEXT) -> Box:
    """Return the box of a text at its baseline; anchor is start, middle or end."""
    width = text_width(words, size)
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return Box(left=left, top=y - 0.8 * size, right=left + width, bottom=y + 0.2 * size)


def keep_inside(middle: float, width: float, low: float, high: float) -> float:
    """Return where a centred text goes so that it stays within [low, high]."""
    return max(low + width / 2, min(high - width / 2, middle))


def shortened(words: str, width: float, size: float = TEXT) -> str:
    """Return the words, cut with an ellipsis where they are wider than `width`."""
    if text_width(words, size) <= width:
        return words
    kept = words
    while kept and text_width(f"{kept.rstrip()}…", size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wrapped(words: str, width: float, *, most: int, size: float = TEXT) -> list[str]:
    """Return the words in at most `most` lines, broken at spaces and Chinese letters; the last is cut."""
    lines: list[str] = []
    rest = words
    while len(lines) < most - 1 and text_width(rest, size) > width:
        end = max((k for k in _breaks(rest) if text_width(rest[:k].rstrip(), size) <= width), default=0)
        if end == 0:
            break
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, shortened(rest, width, size)]


def _breaks(words: str) -> list[int]:
    """Return before which letters a line may end."""
    return [k for k in range(1, len(words)) if words[k] == " " or east_asian_width(words[k]) == "W"]


def free_spot(
    words: str, spots: Sequence[tuple[Spot, str]], taken: Sequence[Box], *, within: Box, size: float = TEXT
) -> tuple[Spot, str] | None:
    """Return the first (spot, anchor) where the text meets nothing and stays inside; None without one."""
    for (x, y), anchor in spots:
        box = text_box(x, y, words, anchor=anchor, size=size)
        inside = (
            box.left >= within.left
            and box.right <= within.right
            and box.top >= within.top
            and box.bottom <= within.bottom
        )
        if inside and not any(box.overlaps(other) for other in taken):
            return (x, y), anchor
    return None


def nearest_spot(
    words: str, spot: Spot, taken: Sequence[Box], *, within: Box, size: float = TEXT
) -> tuple[Spot, Spot] | None:
    """Return the free place nearest to a spot, and where a line from the spot meets it; None without one.

    Every fourth pixel inside is tried; the text begins there.
    """
    wide = text_width(words, size)
    columns = int((within.right - within.left - wide) // _GRID) + 1
    rows = int((within.bottom - within.top - size) // _GRID) + 1
    places = [
        (within.left + _GRID * column, within.top + 0.8 * size + _GRID * row)
        for column in range(columns)
        for row in range(rows)
    ]
    ends = {place: _nearest(spot, text_box(*place, words, size=size)) for place in places}
    nearby = sorted(
        places, key=lambda place: (hypot(ends[place][0] - spot[0], ends[place][1] - spot[1]), place)
    )
    found = free_spot(words, [(place, "start") for place in nearby], taken, within=within, size=size)
    return None if found is None else (found[0], ends[found[0]])


_GRID = 4.0


def _nearest(spot: Spot, box: Box) -> Spot:
    """Return the point of a box that is nearest to a spot."""
    return max(box.left, min(box.right, spot[0])), max(box.top, min(box.bottom, spot[1]))
