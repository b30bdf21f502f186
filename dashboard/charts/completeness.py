"""Which meters were observed on which days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, definitions, empty_chart, hatch
from dashboard.charts.cells import Cell, cells
from dashboard.charts.labels import SMALL, keep_inside, shortened, text_width
from dashboard.charts.scale import thin_ticks
from dashboard.charts.svg import Size, document, text
from domain.courses import Completeness, DayCompleteness


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessWords:
    """What the picture says."""

    whole: str
    """Of a day with all but nothing missing: ≥ 99 %."""
    most: str
    """90-99 %."""
    some: str
    """Less than 90 %."""
    none: str
    """Nothing is kept."""
    nothing: str


def completeness_grid(
    rows: Sequence[Completeness],
    *,
    names: Mapping[str, str],
    words: CompletenessWords,
    title: str,
    prefix: str,
    format_day: FormatTime,
    link: Callable[[str, DayCompleteness], str | None] | None = None,
    describe: Callable[[str, DayCompleteness], str | None] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return a row for each device and a cell for each day; narrow shows the newest days that fit.

    `names` has a name for each device, else its id is shown; `format_day` takes a day's begin. `link` and
    `describe` may return None, so that whole days cost few bytes.
    """
    across = float(width or (720 if size is Size.WIDE else 330))
    if not any(row.days for row in rows):
        return empty_chart(words.nothing, width=across, height=140, prefix=prefix, title=title)
    said = [names.get(row.device, row.device) for row in rows]
    left = min(max(text_width(name, SMALL) for name in said), across * 0.34) + 6
    count = max(1, min(max(len(row.days) for row in rows), int((across - left) // _LEAST)))
    step = min((across - left) / count, _MOST)
    drawn, texts = [], []
    for k, (row, name) in enumerate(zip(rows, said, strict=True)):
        y = _TOP + k * _ROW
        texts.append(text(0, y + 10, shortened(name, left - 6, SMALL), "a"))
        newest = row.days[-count:]
        for column, day in enumerate(newest, count - len(newest)):
            drawn.append(
                Cell(
                    x=left + column * step,
                    y=y,
                    classes=_class_of(day),
                    link=link(row.device, day) if link else None,
                    title=describe(row.device, day) if describe else None,
                )
            )
    longest = max(rows, key=lambda row: len(row.days)).days[-count:]
    foot = _TOP + len(rows) * _ROW + 8
    keyed, height = _legend(words, foot, across, prefix)
    parts = [
        definitions(hatch(prefix, "s-stale")),
        *_days(longest, left, step, across, format_day),
        *texts,
        cells(drawn, side=step - 1.5, high=_ROW - 2, prefix=prefix),
        *keyed,
    ]
    return document(*parts, width=across, height=height, prefix=prefix, title=title)


_TOP = 18.0
_ROW = 15.0
_LEAST, _MOST = 11.0, 26.0
"""px: width of a day."""


def _class_of(day: DayCompleteness) -> str:
    if not day.coverage:
        return "none"
    return "whole" if day.coverage >= 0.99 else "most" if day.coverage >= 0.90 else "some"


def _days(
    days: Sequence[DayCompleteness], left: float, step: float, across: float, format_day: FormatTime
) -> list[Markup]:
    """Return as many names of days over the columns as fit."""
    labels = [format_day(day.since) for day in days]
    widths = [text_width(said, SMALL) for said in labels]
    places = [keep_inside(left + (k + 0.5) * step, wide, 0.0, across) for k, wide in enumerate(widths)]
    return [text(places[k], 11, labels[k], "a m") for k in thin_ticks(places, widths, room=8.0)]


def _legend(words: CompletenessWords, top: float, across: float, prefix: str) -> tuple[list[Markup], float]:
    """Return what each kind of cell says, and where it ends."""
    drawn, texts = [], []
    x, y = 0.0, top
    for kind, said in (
        ("whole", words.whole),
        ("most", words.most),
        ("some", words.some),
        ("none", words.none),
    ):
        wide = 17 + text_width(said, SMALL)
        if x and x + wide > across:
            x, y = 0.0, y + 19
        drawn.append(Cell(x=x, y=y, classes=kind))
        texts.append(text(x + 17, y + 10, said, "a"))
        x += wide + 14
    return [cells(drawn, side=12, prefix=prefix), *texts], y + 19
