"""Gas against the baseline, added up: where it began to run away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from dashboard.charts.axes import (
    FormatTime,
    FormatValue,
    Frame,
    empty_chart,
    heading,
    label_room,
    mark,
    time_axis,
    value_axis,
)
from dashboard.charts.labels import Box, free_spot, shortened, text_box, text_width
from dashboard.charts.scale import Scale, value_scale
from dashboard.charts.svg import Size, Spot, document, eased, element, line, rectangle, runs, text, trace
from domain.courses import Cusum


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumWords:
    """What the picture says."""

    axis: str
    """累计偏差 Nm³（正值 = 多耗）."""
    onset: str
    """漂移起点 10-25; shown where there is an onset."""
    slope: str
    """斜率 +3.1 %; under `onset`, may be empty."""
    end: str
    """The newest sum: +10,789 Nm³; may be empty."""
    nothing: str


def cusum_chart(
    cusum: Cusum | None,
    *,
    words: CusumWords,
    title: str,
    prefix: str,
    ticks: Sequence[int],
    format_value: FormatValue,
    format_time: FormatTime,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return the line of sums with its zero line, the onset marked, and all since then shaded.

    None (no baseline) gives the frame that says `words.nothing`.
    """
    across = width or (640 if size is Size.WIDE else 330)
    if cusum is None or all(total is None for total in cusum.total):
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    _, marks = value_scale(cusum.total, start=0, end=0, count=4, has_zero=True)
    left = label_room([format_value(tick) for tick in marks])
    frame = Frame(left=left, top=_band(cusum, words), right=across - 10, bottom=_band(cusum, words) + _PLOT)
    up, marks = value_scale(cusum.total, start=frame.bottom, end=frame.top, count=4, has_zero=True)
    time = Scale(low=cusum.since[0], high=cusum.until[-1], start=frame.left, end=frame.right)
    parts = [
        time_axis(time, ticks, format_time, frame, width=across),
        value_axis(up, marks, [format_value(tick) for tick in marks], frame),
        heading(0, 11, words.axis, width=across),
        line((frame.left, up(0)), (frame.right, up(0)), class_="zero"),
        *_course(cusum, words, time, up, frame),
    ]
    return document(*parts, width=across, height=frame.bottom + 24, prefix=prefix, title=title)


_PLOT = 170.0


def _band(cusum: Cusum, words: CusumWords) -> float:
    """Return where the plot begins: below the axis' name and the onset's two lines."""
    lines = (1 + bool(words.slope)) if cusum.onset is not None else 0
    return 26.0 + 15.0 * lines


def _course(cusum: Cusum, words: CusumWords, time: Scale, up: Scale, frame: Frame) -> list[Markup]:
    """Return the line, before and since the onset, with its labels."""
    spots = [
        None if total is None else (time(until), up(total))
        for until, total in zip(cusum.until, cusum.total, strict=True)
    ]
    parts: list[Markup] = []
    turn = None
    if cusum.onset is not None and cusum.onset < cusum.until[-1]:
        turn = _turn(cusum, time, up)
        parts.append(rectangle(turn[0], frame.top, frame.right - turn[0], _PLOT, class_="s-warning since"))
    before = [spot if spot is None or turn is None or spot[0] <= turn[0] else None for spot in spots]
    start: list[Spot | None] = [(time(cusum.since[0]), up(0))] if spots[0] is not None else []
    parts.append(element("path", d=_drawn([*start, *before]), class_="line"))
    if turn is not None:
        after = [spot if spot is None or spot[0] > turn[0] else None for spot in spots]
        parts.append(element("path", d=_drawn([turn, *_from_first(after)]), class_="s-warning line strong"))
        parts.append(mark("dot", *turn, classes="s-warning"))
        parts.extend(_onset_words(turn, words, frame))
    known = [spot for spot in spots if spot is not None]
    return [*parts, *_end_words(known, turn, words, frame)]


def _from_first(spots: Sequence[Spot | None]) -> list[Spot | None]:
    """Leave out what is before the first spot: those lie before the onset, they are no gap."""
    first = next((k for k, spot in enumerate(spots) if spot is not None), len(spots))
    return list(spots[first:])


def _drawn(spots: Sequence[Spot | None]) -> str:
    return "".join(trace(eased(run, 0.3)) for run in runs(spots))


def _turn(cusum: Cusum, time: Scale, up: Scale) -> Spot:
    """Return where the onset lies: at the sum that was reached by then."""
    assert cusum.onset is not None
    reached = 0.0
    for until, total in zip(cusum.until, cusum.total, strict=True):
        if until <= cusum.onset and total is not None:
            reached = total
    return time(max(cusum.onset, cusum.since[0])), up(reached)


def _onset_lines(turn: Spot, words: CusumWords, frame: Frame) -> list[tuple[Spot, str, str]]:
    """Return the onset's lines over the plot, on the side with more room: spot, text, anchor."""
    wide = min(max(text_width(words.onset), text_width(words.slope)), frame.right)
    x, anchor = (turn[0] - 6, "end") if turn[0] - 6 - wide >= 0 else (turn[0] + 6, "start")
    x = x if anchor == "end" else max(0.0, min(x, frame.right - wide))
    said = [shortened(line, frame.right) for line in (words.onset, words.slope) if line]
    return [((x, frame.top - 6 - 15 * (len(said) - 1 - k)), line, anchor) for k, line in enumerate(said)]


def _onset_boxes(turn: Spot, words: CusumWords, frame: Frame) -> list[Box]:
    return [text_box(x, y, said, anchor=anchor) for (x, y), said, anchor in _onset_lines(turn, words, frame)]


def _onset_words(turn: Spot, words: CusumWords, frame: Frame) -> list[Markup]:
    """Return the onset's lines and a rule down to its mark."""
    texts = [
        text(x, y, said, f"t{' b' if k == 0 else ''}{' e' if anchor == 'end' else ''}")
        for k, ((x, y), said, anchor) in enumerate(_onset_lines(turn, words, frame))
    ]
    return [line((turn[0], frame.top), turn, class_="s-warning rule"), *texts]


def _end_words(known: Sequence[Spot], turn: Spot | None, words: CusumWords, frame: Frame) -> list[Markup]:
    """Return the newest sum beside the line's end, where it covers nothing."""
    if not words.end:
        return []
    x, y = known[-1]
    line_boxes = [
        Box(left=min(a, c), right=max(a, c) + 0.1, top=min(b, d) - 2, bottom=max(b, d) + 2)
        for (a, b), (c, d) in pairwise([*known, known[-1]])
    ]
    taken = [*line_boxes, *([] if turn is None else _onset_boxes(turn, words, frame))]
    wanted: list[tuple[Spot, str]] = [((x, y - 9), "end"), ((x, y + 17), "end")]
    wanted += [((x + 9, y + 4), "start")]
    wanted += [((x - away, y + 4), "end") for away in (12, 20, 30)]
    wanted += [((x, y + off), "end") for away in (10, 25, 45, 70, 100) for off in (-9 - away, 17 + away)]
    within = Box(left=frame.left, top=14.0, right=frame.right, bottom=frame.bottom)
    free = free_spot(words.end, wanted, taken, within=within)
    if free is None:  # over the line, then: never over another label
        right = min(max(x, frame.left + text_width(words.end)), frame.right)
        free = (right, frame.bottom - 6), "end"
    (left, base), anchor = free
    return [text(left, base, words.end, "t b e" if anchor == "end" else "t b")]
