"""Where energy goes: carriers, what takes them, the heat recovered from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, definitions, empty_chart, hatch
from dashboard.charts.labels import TEXT, shortened, text_width
from dashboard.charts.sankey_layout import Layout, PlacedNode, Ribbon, is_heat, lay_out
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
    is_crowded = len(flows.nodes) > _MANY
    label = _ONE_LINE if is_crowded else _LABEL
    layout = lay_out(flows, tallest=220 if size is Size.WIDE else 200, label_height=label)
    said = {
        node.id: (names.get(node.id, node.id), words.unknown if node.kwh is None else format_value(node.kwh))
        for node in flows.nodes
    }
    labels = {name: (" ".join(lines),) if is_crowded else lines for name, lines in said.items()}
    places = _columns(layout, labels, across)
    parts = [definitions(hatch(prefix, "c-heat"))]
    parts += [_ribbon(ribbon, places, prefix) for ribbon in layout.ribbons]
    parts += [
        _node(placed, places, labels[placed.node.id], None if link is None else link(placed.node))
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
_LABEL, _ONE_LINE = 29.0, 15.0
"""Height of a label: name and figure below each other, or in one line."""
_MANY = 16
"""Nodes from which one line has to do."""
_BESIDE = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """Left edge of a column's bars, and the widest label that has room."""

    x: float
    room: float


def _columns(layout: Layout, labels: Mapping[str, tuple[str, ...]], across: float) -> list[_Column]:
    """Return the columns: labels of the first stand at its left, all others at their right."""
    wide = [
        max(
            (
                text_width(line, TEXT)
                for node in layout.nodes
                if node.column == k
                for line in labels[node.node.id]
            ),
            default=0.0,
        )
        for k in range(layout.columns)
    ]
    most = across * (0.24 if layout.columns > 2 else 0.3)
    first, last = min(wide[0], most), min(wide[-1], most)
    left = first + _BESIDE
    right = across - last - _BESIDE - _BAR
    steps = max(layout.columns - 1, 1)
    between = (right - left) / steps
    rooms = [first, *[between - _BAR - 2 * _BESIDE - 8] * (layout.columns - 2), last]
    return [_Column(x=left + between * k, room=room) for k, room in enumerate(rooms[: layout.columns])]


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


def _node(placed: PlacedNode, places: list[_Column], said: tuple[str, ...], address: str | None) -> Markup:
    """Return a bar with its two lines; on a plain ground where ribbons pass behind."""
    column, node = places[placed.column], placed.node
    kind = (
        f"c-{node.carrier} fill" if node.carrier is not None and node.kind in {"carrier", "heat"} else "node"
    )
    if is_heat(node):
        kind = "c-heat fill"
    first = placed.column == 0
    x = column.x - _BESIDE if first else column.x + _BAR + _BESIDE
    lines = [shortened(line, column.room) for line in said]
    high = _LABEL if len(lines) > 1 else _ONE_LINE
    middle = placed.slot_top + placed.slot_height / 2
    if placed.slot_height > 2 * _LABEL and not first:  # what leaves the bar's foot does not cross its label
        middle = placed.slot_top + high / 2 + 4
    parts = [rectangle(column.x, placed.top, _BAR, placed.height, class_=kind)]
    if lines != list(said):
        parts.append(element("title", " ".join(said)))
    if not first:
        wide = max(text_width(line) for line in lines)
        parts.append(rectangle(x - 3, middle - high / 2, wide + 6, high, class_="plate"))
    anchor = " e" if first else ""
    baseline = middle - high / 2 + 11.5
    parts += [
        text(x, baseline + 14 * k, line, f"{'a' if k else 't'}{anchor}") for k, line in enumerate(lines)
    ]
    return linked(element("g", *parts), address)
