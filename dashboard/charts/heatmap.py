"""Days as a calendar: which were above their expectation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, definitions, empty_chart, hatch
from dashboard.charts.cells import Cell, cells
from dashboard.charts.labels import SMALL, text_width
from dashboard.charts.scale import thin_ticks
from dashboard.charts.svg import Size, document, text


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
    across = float(width or (720 if size is Size.WIDE else 330))
    if not any(day.value is not None or day.state is DayState.STANDING for day in days):
        return empty_chart(words.nothing, width=across, height=140, prefix=prefix, title=title)
    left = max(text_width(name, SMALL) for name in words.weekdays) + 6
    shown = _placed(days, weeks=max(1, int((across - left) // _STEP)))
    drawn = [
        Cell(
            x=left + week * _STEP,
            y=_TOP + date.fromisoformat(day.day).weekday() * _STEP,
            classes=_class_of(day, bins),
            link=link(day) if link else None,
            title=describe(day) if describe else None,
        )
        for week, day in shown
    ]
    parts = [
        definitions(hatch(prefix, "s-stale")),
        *(text(0, _TOP + k * _STEP + 10, name, "a") for k, name in enumerate(words.weekdays) if k % 2 == 0),
        *_months(shown, left, across, format_month),
        cells(drawn, side=_STEP - 1, prefix=prefix),
    ]
    keyed, height = _legend(bins, words, format_value, across, prefix)
    return document(*parts, *keyed, width=across, height=height, prefix=prefix, title=title)


_STEP = 13.0
_TOP = 18.0
_FOOT = _TOP + 7 * _STEP + 10


def _placed(days: Sequence[HeatDay], *, weeks: int) -> list[tuple[int, HeatDay]]:
    """Return each day with its week's column, of the newest weeks only."""
    dated = [(date.fromisoformat(day.day), day) for day in days]
    mondays = [at - timedelta(days=at.weekday()) for at, _ in dated]
    first = max(min(mondays), max(mondays) - timedelta(weeks=weeks - 1))
    return [
        ((monday - first).days // 7, day)
        for monday, (_, day) in zip(mondays, dated, strict=True)
        if monday >= first
    ]


def _class_of(day: HeatDay, bins: tuple[float, ...]) -> str:
    """Return the colour's class: z0 around 0, u1 and up above, d1 and on below."""
    if day.state is DayState.STANDING:
        return "stand"
    if day.value is None or day.state is DayState.MISSING:
        return "none"
    rank = sum(abs(day.value) >= border for border in bins)
    return "z0" if rank == 0 else f"{'u' if day.value > 0 else 'd'}{rank}"


def _months(
    shown: Sequence[tuple[int, HeatDay]], left: float, across: float, format_month: FormatTime
) -> list[Markup]:
    """Return the names of months over the weeks in which they begin."""
    begins = [(week, day) for week, day in shown if day.day.endswith("-01")]
    labels = [format_month(day.since) for _, day in begins]
    widths = [text_width(said, SMALL) for said in labels]
    places = [
        min(left + week * _STEP + wide / 2, across - wide / 2)
        for (week, _), wide in zip(begins, widths, strict=True)
    ]
    return [text(places[k], 11, labels[k], "a m") for k in thin_ticks(places, widths, room=6.0)]


def _legend(
    bins: tuple[float, ...], words: HeatmapWords, format_value: FormatValue, across: float, prefix: str
) -> tuple[list[Markup], float]:
    """Return the colours from far below to far above with the outer borders, then what has no figure."""
    n = len(bins)
    order = [*(f"d{k}" for k in range(n, 0, -1)), "z0", *(f"u{k}" for k in range(1, n + 1))]
    low, high = format_value(-bins[-1]), format_value(bins[-1])
    x = text_width(low, SMALL) + 6
    drawn = [Cell(x=x + k * _STEP, y=_FOOT, classes=name) for k, name in enumerate(order)]
    parts = [text(0, _FOOT + 10, low, "a"), text(x + len(order) * _STEP + 4, _FOOT + 10, high, "a")]
    x += len(order) * _STEP + 4 + text_width(high, SMALL) + 18
    y = _FOOT
    for name, said in (("stand", words.standing), ("none", words.missing)):
        wide = _STEP + 6 + text_width(said, SMALL)
        if x + wide > across:
            x, y = 0.0, y + _STEP + 6
        drawn.append(Cell(x=x, y=y, classes=name))
        parts.append(text(x + _STEP + 5, y + 10, said, "a"))
        x += wide + 14
    return [cells(drawn, side=_STEP - 1, prefix=prefix), *parts], y + _STEP + 4
