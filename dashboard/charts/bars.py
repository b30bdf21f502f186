"""Bars by month, parts upon each other: what was burnt on standby and what while running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, empty_chart
from dashboard.charts.svg import Size


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
    return empty_chart(words.nothing, width=width or 640, height=240, prefix=prefix, title=title, size=size)
