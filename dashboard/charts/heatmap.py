"""Days as a calendar: which were above their expectation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, empty_chart
from dashboard.charts.svg import Size


class DayState(StrEnum):
    """What a day was."""

    RUNNING = "running"
    STANDING = "standing"
    MISSING = "missing"
    """Not known."""


class HeatDay(NamedTuple):
    """One production day."""

    day: str
    """2026-03-01."""
    since: int
    value: float | None
    """Deviation from the expectation, a share; None where the line stood or nothing is known."""
    state: DayState


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapWords:
    """What the picture says."""

    weekdays: tuple[str, ...]
    """Seven, Monday first."""
    standing: str
    missing: str
    nothing: str


def calendar_heatmap(
    days: Sequence[HeatDay],
    *,
    words: HeatmapWords,
    title: str,
    prefix: str,
    format_value: FormatValue,
    format_month: FormatTime,
    bins: tuple[float, ...] = (0.02, 0.05, 0.10),
    link: Callable[[HeatDay], str] | None = None,
    describe: Callable[[HeatDay], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return weeks as columns and weekdays as rows; the newest week stands at the right.

    `bins` are the borders of the colours on both sides of 0. Narrow shows the newest weeks that fit.
    """
    return empty_chart(words.nothing, width=width or 720, height=170, prefix=prefix, title=title, size=size)
