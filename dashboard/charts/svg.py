"""SVG written as text: elements whose texts and attributes are escaped, and paths with few bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from markupsafe import Markup, escape

Attribute = str | float | int | None
Spot = tuple[float, float]
"""x and y."""
TENTHS = "scale(.1)"
"""Transform of a group whose paths are in tenths; its lines keep their width by the style sheet."""


_TEXT = 12.0
"""Units of a chart's text. A chart as wide as its units over this, in em, has text as large as its page's."""


class Size(StrEnum):
    """Which of the two drawings of a chart: for screens and print, or for phones."""

    WIDE = "wide"
    NARROW = "narrow"


def number(value: float) -> str:
    """Return a coordinate to 0.1 without idle digits: 12, 0.5 as .5, -3.2."""
    text = f"{value:.1f}".removesuffix(".0")
    if text == "-0":
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def element(tag: str, *children: str, **attributes: Attribute) -> Markup:
    """Return `<tag ...>children</tag>`; what is not Markup is escaped, None is left out.

    `class_` is class, `stroke_width` stroke-width, `viewBox` stays.
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_said(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{tag}{told}>{inner}</{tag}>" if inner else f"<{tag}{told}/>")  # noqa: S704 - escaped above


def _said(value: str | float) -> Markup:
    return escape(value if isinstance(value, str) else number(value))


def group(*children: str, **attributes: Attribute) -> Markup:
    """Return a <g>; nothing without children."""
    return element("g", *children, **attributes) if any(children) else Markup("")


def rectangle(x: float, y: float, width: float, height: float, **attributes: Attribute) -> Markup:
    """Return a <rect>."""
    return element("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), **attributes)


def line(first: Spot, last: Spot, **attributes: Attribute) -> Markup:
    """Return a straight line as a path, shorter than <line>."""
    return element("path", d=trace([first, last]), **attributes)


def text(x: float, y: float, words: str, class_: str | None = "t", **attributes: Attribute) -> Markup:
    """Return a <text>; classes `m` and `e` anchor it at its middle or end; None: as its group has it."""
    return element("text", words, x=x, y=y, class_=class_, **attributes)


def linked(shape: Markup, address: str | None) -> Markup:
    """Return the shape inside a link, or alone without an address."""
    return shape if address is None else element("a", shape, href=address)


def titled(tag: str, words: str | None, **attributes: Attribute) -> Markup:
    """Return a shape that says `words` when it is pointed at."""
    return element(tag, *([] if words is None else [element("title", words)]), **attributes)


def document(*parts: str, width: float, height: float, prefix: str, title: str, kind: str = "") -> Markup:
    """Return the whole picture; `title` states the finding and is read out in its place.

    It grows no wider than where its text is as large as that around it, and shrinks to fit its card.
    A picture with links in it is a group: of an image, assistive technology reads nothing inside.
    """
    name = f"{prefix}-title"
    has_links = any("<a " in part for part in parts)
    return element(
        "svg",
        element("title", title, id=name),
        *parts,
        role="group" if has_links else "img",
        aria_labelledby=name,
        class_=f"chart {kind}".strip(),
        width=f"{number(width / _TEXT)}em",
        viewBox=f"0 0 {number(width)} {number(height)}",
    )


def trace(spots: Iterable[Spot], *, is_closed: bool = False, is_tenths: bool = False) -> str:
    """Return path data through the spots, steps relative, to 0.1, repeated and in-line spots dropped.

    `is_tenths`: for a group with `TENTHS`; no decimal points make long paths a third shorter.
    """
    unit = 1 if is_tenths else 10
    kept = _thinned([(round(x * 10), round(y * 10)) for x, y in spots])
    if not kept:
        return ""
    (x, y), *rest = kept
    said = [f"M{number(x / unit)}", _joined(number(y / unit))]
    command = "M"
    for to_x, to_y in rest:
        across, down = number((to_x - x) / unit), number((to_y - y) / unit)
        new, parts = ("h", [across]) if to_y == y else ("v", [down]) if to_x == x else ("l", [across, down])
        if new == command:
            said.extend(_joined(part) for part in parts)
        else:
            said.append(new + parts[0])
            said.extend(_joined(part) for part in parts[1:])
        command = new
        x, y = to_x, to_y
    if is_closed:
        said.append("z")
    elif not rest:
        said.append("h0")
    return "".join(said)


def _joined(part: str) -> str:
    """Return a number as it may follow another: a minus parts them as well as a space."""
    return part if part.startswith("-") else f" {part}"


def _thinned(spots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out what lies on the straight line from the spot before to the one after."""
    kept: list[tuple[int, int]] = []
    for spot in spots:
        if kept and spot == kept[-1]:
            continue
        while len(kept) > 1 and _is_between(kept[-2], kept[-1], spot):
            kept.pop()
        kept.append(spot)
    return kept


def _is_between(first: tuple[int, int], middle: tuple[int, int], last: tuple[int, int]) -> bool:
    (ax, ay), (bx, by) = (
        (middle[0] - first[0], middle[1] - first[1]),
        (last[0] - middle[0], last[1] - middle[1]),
    )
    return ax * by == ay * bx and ax * bx >= 0 and ay * by >= 0


def runs(spots: Iterable[Spot | None]) -> list[list[Spot]]:
    """Return the spots between gaps; a gap is never bridged."""
    found: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is not None:
            found[-1].append(spot)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def traces(spots: Iterable[Spot | None]) -> str:
    """Return path data of a line with gaps: one subpath for each run, a lone spot as a dot."""
    return "".join(trace(run) for run in runs(spots))


def eased(run: Sequence[Spot], tolerance: float) -> list[Spot]:
    """Return fewer of the spots: what is left out lies within `tolerance` of the line, up or down.

    A swinging door: from the last kept spot, as long as one straight line serves all that follow.
    """
    if len(run) < 3:
        return list(run)
    kept, before = [run[0]], run[1]
    low, high = _door(kept[-1], before, tolerance)
    for spot in run[2:]:
        lower, upper = _door(kept[-1], spot, tolerance)
        slope = (lower + upper) / 2
        if low <= slope <= high:
            low, high = max(low, lower), min(high, upper)
        else:
            kept.append(before)
            low, high = _door(before, spot, tolerance)
        before = spot
    return [*kept, before]


def _door(pivot: Spot, spot: Spot, tolerance: float) -> tuple[float, float]:
    across = max(spot[0] - pivot[0], 1e-6)
    return (spot[1] - tolerance - pivot[1]) / across, (spot[1] + tolerance - pivot[1]) / across
