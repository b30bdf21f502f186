"""Gas of a process against its output, and the line of its baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import (
    FormatValue,
    Frame,
    Key,
    bottom_labels,
    empty_chart,
    heading,
    label_room,
    legend,
    value_axis,
)
from dashboard.charts.scale import Scale, value_scale
from dashboard.charts.svg import Size, Spot, document, element, group, line, linked, number, text, titled
from domain.courses import ModelPoint, ModelRowsPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterWords:
    """What the picture says."""

    gas: str
    """Over the upright axis, with its unit: 燃气 Nm³/天."""
    output: str
    """Under the level axis, with its unit."""
    in_baseline: str
    later: str
    line: str
    """Of the baseline's line, with its R²."""
    nothing: str


def scatter_chart(
    picture: ModelRowsPicture,
    *,
    words: ScatterWords,
    title: str,
    prefix: str,
    format_gas: FormatValue,
    format_output: FormatValue,
    link: Callable[[ModelPoint], str] | None = None,
    describe: Callable[[ModelPoint], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return one mark for each operating row: a ring in the baseline period, a diamond later.

    `describe` gives what a mark says when it is pointed at.
    """
    across = width or (560 if size is Size.WIDE else 330)
    rows = [row for row in picture.rows if row.is_operating and row.output is not None]
    rows = [row for row in rows if row.gas_nm3 is not None]
    if not rows:
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    keyed, taken = legend(_keys(picture, rows, words), top=0, width=across, prefix=prefix)
    gas = [row.gas_nm3 for row in rows]
    _, marks = value_scale(gas, start=0, end=0, count=5, has_zero=False)
    left = label_room([format_gas(tick) for tick in marks])
    frame = Frame(left=left, top=taken + 30, right=across - 14, bottom=taken + 30 + _PLOT)
    up, marks = value_scale(gas, start=frame.bottom, end=frame.top, count=5, has_zero=False)
    output = [row.output for row in rows]
    along, below = value_scale(output, start=frame.left, end=frame.right, count=6, has_zero=False)
    parts = [
        keyed,
        heading(0, taken + 13, words.gas, width=across),
        value_axis(up, marks, [format_gas(tick) for tick in marks], frame),
        bottom_labels(
            [along(tick) for tick in below], [format_output(tick) for tick in below], frame, width=across
        ),
        _model_line(picture, along, up),
        *(_marks(rows, along, up, is_early=early, link=link, describe=describe) for early in (True, False)),
        text(frame.right, frame.bottom + 32, words.output, "a e"),
    ]
    return document(*parts, width=across, height=frame.bottom + 38, prefix=prefix, title=title)


_PLOT = 220.0
_CROSS = "m-3-3l6 6m0-6l-6 6"
_DIAMOND = "m-4 0l4-4 4 4-4 4z"


def _keys(picture: ModelRowsPicture, rows: Sequence[ModelPoint], words: ScatterWords) -> list[Key]:
    keys = []
    if any(row.is_in_baseline for row in rows):
        keys.append(Key(words=words.in_baseline, shape="cross", classes="ink"))
    if any(not row.is_in_baseline for row in rows):
        keys.append(Key(words=words.later, shape="diamond", classes="c-gas"))
    if picture.slope is not None and picture.constant is not None:
        keys.append(Key(words=words.line, shape="line", classes="ink"))
    return keys


def _model_line(picture: ModelRowsPicture, along: Scale, up: Scale) -> Markup:
    """Return the baseline over all outputs shown, as far as it lies in the plot."""
    if picture.slope is None or picture.constant is None:
        return Markup("")
    ends: list[Spot] = []
    for output in (along.low, along.high):
        gas = min(max(picture.constant + picture.slope * output, up.low), up.high)
        at = (gas - picture.constant) / picture.slope if picture.slope else output
        ends.append((along(at if picture.slope else output), up(gas)))
    return line(ends[0], ends[1], class_="ink line")


def _marks(
    rows: Sequence[ModelPoint],
    along: Scale,
    up: Scale,
    *,
    is_early: bool,
    link: Callable[[ModelPoint], str] | None,
    describe: Callable[[ModelPoint], str] | None,
) -> Markup:
    """Return the marks of one kind: one path for all, or one each where they say or open something."""
    shape, classes = (_CROSS, "ink cross") if is_early else (_DIAMOND, "c-gas point")
    spots = [
        (row, f"M{number(along(row.output))} {number(up(row.gas_nm3))}{shape}")
        for row in rows
        if row.is_in_baseline is is_early and row.output is not None and row.gas_nm3 is not None
    ]
    if not spots:
        return Markup("")
    if link is None and describe is None:
        return element("path", d="".join(data for _, data in spots), class_=classes)
    return group(
        *(
            linked(titled("path", describe(row) if describe else None, d=data), link(row) if link else None)
            for row, data in spots
        ),
        class_=classes,
    )
