"""From last year's gas to this year's, cause by cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, Frame, bottom_labels, empty_chart, mark
from dashboard.charts.labels import shortened, text_width
from dashboard.charts.scale import Scale, nice_ticks
from dashboard.charts.svg import Size, document, element, group, line, linked, rectangle, text, trace
from domain.carbon import Change, ChangeStep


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallWords:
    """What the picture says."""

    before: str
    after: str
    nothing: str


def waterfall_chart(
    change: Change,
    *,
    words: WaterfallWords,
    title: str,
    prefix: str,
    name: Callable[[ChangeStep], str],
    format_value: FormatValue,
    format_signed: FormatValue,
    link: Callable[[ChangeStep], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return level bars, one below the other: before, each step with an arrow and its figure, after."""
    across = float(width or (640 if size is Size.WIDE else 330))
    if change.before is None or change.after is None:
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    rows = _rows(change, words, name, format_value=format_value, format_signed=format_signed, link=link)
    names = max(text_width(row.name) for row in rows) + 10
    is_beside = size is Size.WIDE and names < across * 0.4
    figures = max(text_width(row.figure) for row in rows) + 14
    high = 26.0 if is_beside else 40.0
    left = names if is_beside else 2.0
    frame = Frame(left=left, top=2, right=across - figures, bottom=2 + high * len(rows))
    ends = [value for row in rows for value in (row.begin, row.end)]
    marks = nice_ticks(min(ends), max(ends), count=5 if size is Size.WIDE else 3)
    along = Scale(low=marks[0], high=marks[-1], start=frame.left, end=frame.right)
    labels = [format_value(tick) for tick in marks]
    parts = [bottom_labels([along(tick) for tick in marks], labels, frame, width=across, has_grid=True)]
    for k, row in enumerate(rows):
        top = frame.top + k * high
        y = top + (high / 2 if is_beside else high * 0.7)
        said = shortened(row.name, left - 10 if is_beside else across)
        if not is_beside:
            parts.append(rectangle(0, top + 2, text_width(said), 15, class_="plate"))
        parts.append(text(0, y + 4 if is_beside else top + 14, said, "t b" if row.is_sum else "t"))
        parts.append(linked(_drawn(row, along, y), row.link))
        parts.append(
            text(max(along(row.begin), along(row.end)) + 9, y + 4, row.figure, "t b" if row.is_sum else "t")
        )
        if is_beside and k + 1 < len(rows):
            parts.append(line((along(row.end), y + 6), (along(row.end), y + high - 6), class_="zero"))
    return document(*parts, width=across, height=frame.bottom + 24, prefix=prefix, title=title)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row, from above."""

    name: str
    figure: str
    begin: float
    end: float
    is_sum: bool = False
    link: str | None = None


def _rows(
    change: Change,
    words: WaterfallWords,
    name: Callable[[ChangeStep], str],
    *,
    format_value: FormatValue,
    format_signed: FormatValue,
    link: Callable[[ChangeStep], str] | None,
) -> list[_Row]:
    """Return before, the steps one after the other, after."""
    assert change.before is not None
    assert change.after is not None
    before, after = change.before, change.after
    rows = [_Row(name=words.before, figure=format_value(before), begin=before, end=before, is_sum=True)]
    level = before
    for step in change.steps:
        rows.append(
            _Row(
                name=name(step),
                figure=format_signed(step.nm3),
                begin=level,
                end=level + step.nm3,
                link=link(step) if link else None,
            )
        )
        level += step.nm3
    return [*rows, _Row(name=words.after, figure=format_value(after), begin=after, end=after, is_sum=True)]


def _drawn(row: _Row, along: Scale, y: float) -> Markup:
    """Return a diamond for a sum, an arrow from begin to end for a step: solid where it burns more."""
    begin, end = along(row.begin), along(row.end)
    if row.is_sum:
        return mark("diamond", begin, y, classes="c-gas", radius=5)
    tip = min(6.0, abs(end - begin)) * (1 if end >= begin else -1)
    outline = [(begin, y - 6), (end - tip, y - 6), (end, y), (end - tip, y + 6), (begin, y + 6)]
    kind = "c-gas fill" if end >= begin else "c-gas above edge"
    return group(element("path", d=trace(outline, is_closed=True), class_=kind), class_="step")
