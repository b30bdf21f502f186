"""Where energy goes: carriers, what takes them, the heat recovered from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, definitions, empty_chart, hatch
from dashboard.charts.labels import shortened, text_width, wrapped
from dashboard.charts.sankey_layout import (
    ONE_LINE,
    TWO_LINES,
    Layout,
    PlacedNode,
    Ribbon,
    columns_of,
    crowded,
    is_heat,
    lay_out,
)
from dashboard.charts.svg import Size, document, element, linked, number, rectangle, text
from domain.flows import FlowNode, Flows

Link = Callable[[FlowNode], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyWords:
    """What the picture says."""

    unknown: str
    """In place of a figure that is not known: –."""
    nothing: str


def sankey_chart(
    flows: Flows,
    names: Mapping[str, str],
    *,
    words: SankeyWords,
    title: str,
    prefix: str,
    format_value: FormatValue,
    link: Link | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return the diagram; `names` has a name for each node's id, `format_value` takes kWh.

    Heights are in proportion to kWh, the smallest 2 px. Recovered heat is hatched.
    """
    across = float(width or (720 if size is Size.WIDE else 330))
    if not flows.nodes or not any(ribbon.kwh > 0 for ribbon in flows.links):
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    one_line = (
        crowded(flows) if size is Size.WIDE or len(set(columns_of(flows).values())) < 3 else frozenset()
    )
    tallest, most = (220, 2) if size is Size.WIDE else (200, 3)
    layout = lay_out(flows, tallest=tallest, one_line=one_line)
    labels = {
        node.id: (names.get(node.id, node.id), words.unknown if node.kwh is None else format_value(node.kwh))
        for node in flows.nodes
    }
    places = _columns(layout, labels, across, one_line, most=most)
    said = {
        placed.node.id: _lines(labels[placed.node.id], places[placed.column], most=most)
        for placed in layout.nodes
    }
    high = {name: _height(lines) for name, lines in said.items()}
    layout = lay_out(flows, tallest=tallest, one_line=one_line, label_heights=high)
    parts = [definitions(hatch(prefix, "c-heat"))]
    parts += [_ribbon(ribbon, places, prefix) for ribbon in layout.ribbons]
    parts += [
        _node(
            placed, places, said[placed.node.id], labels[placed.node.id], link(placed.node) if link else None
        )
        for placed in layout.nodes
    ]
    return document(
        element("g", *parts, transform="translate(0 4)"),
        width=across,
        height=layout.height + 8,
        prefix=prefix,
        title=title,
    )


_BAR = 8.0
_BESIDE = 6.0
_LEAST_GAP = 36.0
"""px: shortest ribbons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """Left edge of a column's bars, and the widest label that has room."""

    x: float
    room: float
    is_crowded: bool


def _columns(
    layout: Layout,
    labels: Mapping[str, tuple[str, str]],
    across: float,
    one_line: frozenset[int],
    *,
    most: int,
) -> list[_Column]:
    """Return the columns: labels of the first stand at its left, all others at their right.

    `most`: lines of a name.
    """
    widest = across * (0.28 if layout.columns > 2 else 0.3)
    wide = [
        max(
            _width(labels[node.node.id], widest, is_one_line=k in one_line, most=most)
            for node in layout.nodes
            if node.column == k
        )
        for k in range(layout.columns)
    ]
    first = min(wide[0], widest)
    last = min(wide[-1], across * 0.42 if layout.columns - 1 in one_line else widest)
    left = first + _BESIDE
    right = across - last - _BESIDE - _BAR
    gaps = [(right - left) / max(layout.columns - 1, 1)] * (layout.columns - 1)
    if len(gaps) == 2:  # labels stand in the second gap: it takes what they need, as far as ribbons can spare
        needed = max(wide[1] + _BAR + 2 * _BESIDE + 8, sum(gaps) * 0.5)
        gaps[1] = min(needed, sum(gaps) - _LEAST_GAP)
        gaps[0] = right - left - gaps[1]
    rooms = [first, *(gap - _BAR - 2 * _BESIDE - 8 for gap in gaps[1:]), last]
    places = [left + sum(gaps[:k]) for k in range(layout.columns)]
    return [
        _Column(x=x, room=room, is_crowded=k in one_line)
        for k, (x, room) in enumerate(zip(places, rooms, strict=False))
    ]


def _width(said: tuple[str, str], widest: float, *, is_one_line: bool, most: int) -> float:
    if is_one_line:
        return text_width(" ".join(said))
    return max(text_width(line) for line in (*wrapped(said[0], widest, most=most), said[1]))


def _ribbon(ribbon: Ribbon, places: list[_Column], prefix: str) -> Markup:
    """Return a ribbon: two cubic edges, level at both ends."""
    x, end = places[ribbon.source.column].x + _BAR, places[ribbon.target.column].x
    half, thick = number((x + end) / 2), ribbon.thickness
    x_said, end_said = number(x), number(end)
    upper = f"M{x_said} {number(ribbon.start)}C{half} {number(ribbon.start)} {half} {number(ribbon.end)} "
    lower = f"C{half} {number(ribbon.end + thick)} {half} {number(ribbon.start + thick)} "
    data = (
        f"{upper}{end_said} {number(ribbon.end)}v{number(thick)}"
        f"{lower}{x_said} {number(ribbon.start + thick)}z"
    )
    if ribbon.link.is_recovered:
        return element("path", d=data, fill=f"url(#{prefix}-hatch)", class_="c-heat recovered")
    return element("path", d=data, class_=f"c-{ribbon.link.carrier} ribbon")


def _node(
    placed: PlacedNode,
    places: list[_Column],
    lines: list[str],
    said: tuple[str, str],
    address: str | None,
) -> Markup:
    """Return a bar with its lines; on a plain ground where ribbons pass behind."""
    column, node = places[placed.column], placed.node
    kind = (
        f"c-{node.carrier} fill" if node.carrier is not None and node.kind in {"carrier", "heat"} else "node"
    )
    if is_heat(node):
        kind = "c-heat fill"
    first = placed.column == 0
    x = column.x - _BESIDE if first else column.x + _BAR + _BESIDE
    high = _height(lines)
    middle = placed.slot_top + placed.slot_height / 2
    if (
        placed.slot_height > 2 * TWO_LINES and not first
    ):  # what leaves the bar's foot does not cross its label
        middle = placed.slot_top + high / 2 + 4
    parts = [rectangle(column.x, placed.top, _BAR, placed.height, class_=kind)]
    if any("…" in line for line in lines):
        parts.append(element("title", " ".join(said)))
    if not first:
        wide = max(text_width(line) for line in lines)
        parts.append(rectangle(x - 3, middle - high / 2, wide + 6, high, class_="plate"))
    anchor = " e" if first else ""
    baseline = middle - high / 2 + 11.5
    parts += [
        text(x, baseline + 14 * k, line, f"{'a' if 0 < k == len(lines) - 1 else 't'}{anchor}")
        for k, line in enumerate(lines)
    ]
    return linked(element("g", *parts), address)


def _height(lines: Sequence[str]) -> float:
    return ONE_LINE + (TWO_LINES - ONE_LINE) * (len(lines) - 1)


def _lines(said: tuple[str, str], column: _Column, *, most: int) -> list[str]:
    """Return a label's lines; a name may be cut for want of room, a figure never."""
    name, figure = said
    if not column.is_crowded:
        return [*wrapped(name, column.room, most=most), figure]
    return [f"{shortened(name, column.room - text_width(f' {figure}'))} {figure}"]
