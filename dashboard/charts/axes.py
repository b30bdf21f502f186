"""What most charts share: the plot's frame, grid, ticks, a legend, and the empty picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from dashboard.charts.labels import SMALL, TEXT, keep_inside, shortened, text_width
from dashboard.charts.scale import Scale, thin_ticks
from dashboard.charts.svg import Size, document, element, group, line, number, rectangle, text, trace

FormatValue = Callable[[float], str]
FormatTime = Callable[[int], str]

_LEGEND_ROW = 20.0
_MARK = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where data are drawn."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of a legend."""

    words: str
    shape: str
    """fill, area, above, hatch, line, dash, dot, ring, cross, diamond, triangle."""
    classes: str
    """Colour: a carrier's class or a status class."""


def both(draw: Callable[[Size, str], Markup], *, prefix: str) -> Markup:
    """Return the chart twice, of which the style sheet shows one; `draw` takes the size and a prefix.

    Which one follows from the room the chart has, not from the screen: a card may be a third of it.
    """
    drawn = (element("div", draw(size, f"{prefix}-{size.value[0]}"), class_=size.value) for size in Size)
    return element("div", *drawn, class_="drawn")


def empty_chart(
    words: str, *, width: float, height: float, prefix: str, title: str, kind: str = ""
) -> Markup:
    """Return a frame that says why there is nothing in it."""
    return document(
        rectangle(0.5, 0.5, width - 1, height - 1, class_="void", rx=4),
        text(width / 2, height / 2 + 4, words, "t m"),
        width=width,
        height=height,
        prefix=prefix,
        title=title,
        kind=f"{kind} empty".strip(),
    )


def label_room(labels: Sequence[str]) -> float:
    """Return how far the plot begins from the left edge, so that tick labels stay inside."""
    return ceil(max((text_width(words, SMALL) for words in labels), default=0.0)) + 8.0


def heading(x: float, y: float, words: str, *, width: float) -> Markup:
    """Return an axis' name; cut where it is too wide: it says the whole when pointed at."""
    return _fitted(x, y, words, "a", width=width - x, size=SMALL)


def _fitted(x: float, y: float, words: str, class_: str, *, width: float, size: float) -> Markup:
    said = shortened(words, width, size)
    if said == words:
        return text(x, y, words, class_)
    return element("text", said, element("title", words), x=x, y=y, class_=class_)


def value_axis(scale: Scale, ticks: Sequence[float], labels: Sequence[str], frame: Frame) -> Markup:
    """Return horizontal grid lines with their labels at the left."""
    grid = "".join(trace([(frame.left, scale(tick)), (frame.right, scale(tick))]) for tick in ticks)
    texts = [
        text(frame.left - 6, scale(tick) + 4, words, "a e") for tick, words in zip(ticks, labels, strict=True)
    ]
    return Markup("").join([element("path", d=grid, class_="grid"), group(*texts, class_="a e")])


def bottom_labels(
    places: Sequence[float],
    labels: Sequence[str],
    frame: Frame,
    *,
    width: float,
    has_grid: bool = False,
    name: str | None = None,
    said: Markup | None = None,
) -> Markup:
    """Return labels under the plot, as many as fit beside each other, none cut at an edge.

    `name`: id of the labels; `said`: stands in their place.
    """
    widths = [text_width(words, SMALL) for words in labels]
    moved = [keep_inside(x, wide, 0.0, width) for x, wide in zip(places, widths, strict=True)]
    chosen = thin_ticks(moved, widths, room=8.0)
    grid = "".join(trace([(places[k], frame.top), (places[k], frame.bottom)]) for k in chosen)
    texts = [text(round(moved[k]), round(frame.bottom + 17), labels[k], None) for k in chosen]
    return Markup("").join(
        [
            element("path", d=grid, class_="grid") if has_grid else Markup(""),
            group(*texts, class_="a m", id=name) if said is None else said,
        ]
    )


def time_axis(
    scale: Scale,
    ticks: Sequence[int],
    format_time: FormatTime,
    frame: Frame,
    *,
    width: float,
    name: str | None = None,
    said: Markup | None = None,
) -> Markup:
    """Return vertical grid lines at the ticks inside the scale, with their labels below."""
    inside = [tick for tick in ticks if scale.low <= tick <= scale.high]
    labels = [format_time(tick) for tick in inside]
    places = [scale(tick) for tick in inside]
    return bottom_labels(places, labels, frame, width=width, has_grid=True, name=name, said=said)


def legend(keys: Sequence[Key], *, top: float, width: float, prefix: str) -> tuple[Markup, float]:
    """Return the legend in as many rows as it needs, and the height it takes; cut as a heading is."""
    parts: list[Markup] = []
    x, y = 0.0, top
    for key in keys:
        wide = ceil(_MARK + 6 + text_width(key.words))
        if x > 0 and x + wide > width:
            x, y = 0.0, y + _LEGEND_ROW
        parts.append(key_mark(key, x, y + 1, prefix=prefix))
        begin = x + _MARK + 6
        parts.append(_fitted(begin, y + 11, key.words, "t", width=width - begin, size=TEXT))
        x += wide + 16
    return Markup("").join(parts), (y - top + _LEGEND_ROW) if keys else 0.0


def key_mark(key: Key, x: float, y: float, *, prefix: str) -> Markup:
    """Return the small drawing of a legend entry in a square of 12 px."""
    middle = y + _MARK / 2
    if key.shape in {"line", "dash"}:
        return line((x, middle), (x + _MARK, middle), class_=f"{key.classes} {key.shape}".strip())
    if key.shape == "hatch":
        return rectangle(x + 1, y + 1, 10, 10, fill=f"url(#{prefix}-hatch)", class_=f"{key.classes} edge")
    if key.shape == "cross":
        return element(
            "path", d=f"M{number(x + 6)} {number(middle)}m-3-3l6 6m0-6l-6 6", class_=f"{key.classes} cross"
        )
    if key.shape in {"fill", "area", "above"}:
        return rectangle(x + 1, y + 1, 10, 10, class_=f"{key.classes} {key.shape}".strip())
    return mark(key.shape, x + _MARK / 2, middle, classes=key.classes)


def mark(shape: str, x: float, y: float, *, classes: str, radius: float = 4.0) -> Markup:
    """Return a point's shape: dot, ring, square, diamond or triangle."""
    r = radius
    if shape == "dot":
        return element("circle", cx=x, cy=y, r=r, class_=f"{classes} fill")
    if shape == "ring":
        return element("circle", cx=x, cy=y, r=r, class_=f"{classes} ring")
    outlines = {
        "square": [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
        "diamond": [(x, y - r * 1.3), (x + r * 1.3, y), (x, y + r * 1.3), (x - r * 1.3, y)],
        "triangle": [(x, y - r * 1.3), (x + r * 1.2, y + r), (x - r * 1.2, y + r)],
    }
    return element("path", d=trace(outlines[shape], is_closed=True), class_=f"{classes} fill")


def hatch(prefix: str, classes: str, *, name: str = "hatch") -> Markup:
    """Return the definition of a hatching `url(#<prefix>-<name>)` in the colour of the classes."""
    return element(
        "pattern",
        rectangle(0, 0, 6, 6, class_=f"{classes} faint"),
        element("path", d="M0 0V6", class_=f"{classes} stripe"),
        id=f"{prefix}-{name}",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def definitions(*parts: Markup) -> Markup:
    """Return <defs>."""
    return element("defs", *parts)
