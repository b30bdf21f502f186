"""Bars by month, parts upon each other: what was burnt on standby and what while running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

from dashboard.charts.axes import (
    FormatValue,
    Frame,
    Key,
    bottom_labels,
    definitions,
    empty_chart,
    hatch,
    heading,
    label_room,
    legend,
    value_axis,
)
from dashboard.charts.scale import Scale, value_scale
from dashboard.charts.svg import Size, document, element, group, linked, rectangle


class Fill(StrEnum):
    """How a part of a bar is filled."""

    SOLID = "solid"
    HATCHED = "hatched"
    PALE = "pale"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """One kind of part, in the legend and in every bar."""

    words: str
    fill: Fill
    kind: str = "c-gas"
    """Class of its colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar."""

    label: str
    values: tuple[float | None, ...]
    """Of each part, from below; all None: a gap."""
    link: str | None = None
    title: str | None = None
    """What it says when it is pointed at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsWords:
    """What the picture says."""

    axis: str
    """The unit."""
    nothing: str


def stacked_bars(
    bars: Sequence[Bar],
    *,
    parts: Sequence[BarPart],
    words: BarsWords,
    title: str,
    prefix: str,
    format_value: FormatValue,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return bars from 0; `parts` go with each bar's values, the first at the bottom."""
    across = float(width or (560 if size is Size.WIDE else 330))
    sums = [_total(bar) for bar in bars]
    if all(total is None for total in sums):
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    keys = [Key(words=part.words, shape=_KEYS[part.fill], classes=part.kind) for part in parts]
    keyed, taken = legend(keys, top=0, width=across, prefix=prefix)
    _, marks = value_scale(sums, start=0, end=0, count=4, has_zero=True)
    left = label_room([format_value(tick) for tick in marks])
    frame = Frame(left=left, top=taken + 26, right=across - 8, bottom=taken + 26 + _PLOT)
    up, marks = value_scale(sums, start=frame.bottom, end=frame.top, count=4, has_zero=True)
    step = (frame.right - frame.left) / len(bars)
    middles = [frame.left + (k + 0.5) * step for k in range(len(bars))]
    drawn = [
        definitions(hatch(prefix, parts[0].kind if parts else "c-gas")),
        keyed,
        heading(0, taken + 13, words.axis, width=across),
        value_axis(up, marks, [format_value(tick) for tick in marks], frame),
        bottom_labels(middles, [bar.label for bar in bars], frame, width=across),
        *(
            _bar(bar, parts, middle, min(step * 0.7, 36.0), up=up, prefix=prefix)
            for bar, middle in zip(bars, middles, strict=True)
        ),
    ]
    return document(*drawn, width=across, height=frame.bottom + 24, prefix=prefix, title=title)


_PLOT = 160.0
_KEYS = {Fill.SOLID: "fill", Fill.HATCHED: "hatch", Fill.PALE: "above"}


def _total(bar: Bar) -> float | None:
    known = [value for value in bar.values if value is not None]
    return sum(known) if known else None


def _bar(bar: Bar, parts: Sequence[BarPart], middle: float, wide: float, *, up: Scale, prefix: str) -> Markup:
    """Return one bar from below; parts that are not known are left out."""
    stack, below = [], 0.0
    for part, value in zip(parts, bar.values, strict=True):
        if value is None or value <= 0:
            continue
        top, bottom = up(below + value), up(below)
        is_hatched = part.fill is Fill.HATCHED
        stack.append(
            rectangle(
                middle - wide / 2,
                top,
                wide,
                bottom - top,
                class_=f"{part.kind} {'edge' if is_hatched else _KEYS[part.fill]}",
                fill=f"url(#{prefix}-hatch)" if is_hatched else None,
            )
        )
        below += value
    if not stack:
        return Markup("")
    said = [element("title", bar.title)] if bar.title else []
    return linked(group(*said, *stack), bar.link)
