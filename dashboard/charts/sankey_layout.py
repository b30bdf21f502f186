"""Where the nodes and ribbons of a Sankey diagram lie.

Columns by the longest way from a source. Every node has a slot as high as itself or its label, whichever is
more, so that labels of one column cannot meet. Heights are kWh times one factor; a node is at least 2 px.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.flows import FlowLink, FlowNode, Flows
from domain.plant import Carrier

LEAST = 2.0
"""px: smallest node."""
GAP = 10.0
"""px: between slots."""
TWO_LINES, ONE_LINE = 29.0, 15.0
"""px: a label's name above its figure, or both in a line."""
MANY = 10
"""Nodes of one column; above it a label has one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedNode:
    """A node's bar."""

    node: FlowNode
    column: int
    top: float
    height: float
    slot_top: float
    slot_height: float

    @property
    def middle(self) -> float:
        """Return its middle."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """A link: upper edges at both ends and its thickness."""

    link: FlowLink
    source: PlacedNode
    target: PlacedNode
    start: float
    end: float
    thickness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The whole diagram; x is left to the drawing."""

    nodes: tuple[PlacedNode, ...]
    ribbons: tuple[Ribbon, ...]
    columns: int
    height: float
    per_kwh: float


def is_heat(node: FlowNode) -> bool:
    """Say whether a node is recovered heat."""
    return node.kind == "heat" or (node.kind == "carrier" and node.carrier is Carrier.HEAT)


def columns_of(flows: Flows) -> dict[str, int]:
    """Return each node's column; what takes nothing is a source unless it is unmetered, export or heat."""
    later = {node.id for node in flows.nodes if node.kind != "carrier" or is_heat(node)}
    column = {node.id: int(node.id in later) for node in flows.nodes}
    for _ in flows.nodes:  # as many rounds as there can be columns: a ring of links ends here too
        for link in flows.links:
            if link.source in column and link.target in later:
                column[link.target] = max(column[link.target], column[link.source] + 1)
    heat = [node.id for node in flows.nodes if is_heat(node)]
    last = max([*column.values(), 2 if heat else 0], default=0)
    placed = {name: last if name in heat else place for name, place in column.items()}
    ranks = {place: k for k, place in enumerate(sorted(set(placed.values())))}
    return {name: ranks[place] for name, place in placed.items()}


def amounts(flows: Flows) -> dict[str, float]:
    """Return what passes through each node: the larger of in, out and what it says itself."""
    into = dict.fromkeys((node.id for node in flows.nodes), 0.0)
    out = dict(into)
    for link in flows.links:
        out[link.source] = out.get(link.source, 0.0) + link.kwh
        into[link.target] = into.get(link.target, 0.0) + link.kwh
    return {node.id: max(into[node.id], out[node.id], node.kwh or 0.0) for node in flows.nodes}


def crowded(flows: Flows) -> frozenset[int]:
    """Return the columns of so many nodes that a label has one line."""
    places = list(columns_of(flows).values())
    return frozenset(k for k in places if places.count(k) > MANY)


def lay_out(
    flows: Flows,
    *,
    tallest: float,
    one_line: frozenset[int],
    label_heights: Mapping[str, float] | None = None,
) -> Layout:
    """Return the diagram whose fullest column carries `tallest` px; columns in `one_line` have low labels.

    `label_heights`: of nodes, by id, whose label is not as high as its column says.
    """
    columns, through = columns_of(flows), amounts(flows)
    high = {name: ONE_LINE if k in one_line else TWO_LINES for name, k in columns.items()}
    high |= label_heights or {}
    fullest = max(
        (sum(through[name] for name in columns if columns[name] == k) for k in set(columns.values())),
        default=0.0,
    )
    per_kwh = tallest / fullest if fullest > 0 else 0.0
    slots = {
        k: _stacked(
            [node for node in flows.nodes if columns[node.id] == k],
            through,
            per_kwh,
            high,
        )
        for k in sorted(set(columns.values()))
    }
    height = max((_end(nodes) for nodes in slots.values()), default=0.0)
    placed: dict[str, PlacedNode] = {}
    for k, stack in slots.items():
        wanted = (height - _end(stack)) / 2 if k else 0.0
        by = _pull(flows, stack, placed) if k > 1 else None
        move = max(0.0, min(height - _end(stack), wanted if by is None else by))
        for node in stack:
            placed[node.node.id] = _moved(node, move, k)
    ribbons = _ribbons(flows, placed, per_kwh)
    return Layout(
        nodes=tuple(placed.values()),
        ribbons=tuple(ribbons),
        columns=max(columns.values(), default=0) + 1,
        height=height,
        per_kwh=per_kwh,
    )


def _stacked(
    nodes: Sequence[FlowNode],
    through: Mapping[str, float],
    per_kwh: float,
    label_heights: Mapping[str, float],
) -> list[PlacedNode]:
    """Return one column from 0 down; what is unmetered or leaves the plant comes last."""
    order = sorted(nodes, key=lambda node: {"unmetered": 1, "export": 2}.get(node.kind, 0))
    stack: list[PlacedNode] = []
    top = 0.0
    for node in order:
        high = max(through[node.id] * per_kwh, LEAST)
        slot = max(high, label_heights[node.id])
        stack.append(
            PlacedNode(
                node=node, column=0, top=top + (slot - high) / 2, height=high, slot_top=top, slot_height=slot
            )
        )
        top += slot + GAP
    return stack


def _end(stack: Sequence[PlacedNode]) -> float:
    return stack[-1].slot_top + stack[-1].slot_height if stack else 0.0


def _moved(node: PlacedNode, by: float, column: int) -> PlacedNode:
    return PlacedNode(
        node=node.node,
        column=column,
        top=node.top + by,
        height=node.height,
        slot_top=node.slot_top + by,
        slot_height=node.slot_height,
    )


def _pull(flows: Flows, stack: Sequence[PlacedNode], placed: Mapping[str, PlacedNode]) -> float | None:
    """Return how far a late column moves down to lie level with what feeds it."""
    names = {node.node.id for node in stack}
    fed = [
        (link.kwh, placed[link.source].middle)
        for link in flows.links
        if link.target in names and link.source in placed
    ]
    weight = sum(kwh for kwh, _ in fed)
    if weight <= 0:
        return None
    return sum(kwh * y for kwh, y in fed) / weight - _end(stack) / 2


def _ribbons(flows: Flows, placed: Mapping[str, PlacedNode], per_kwh: float) -> list[Ribbon]:
    """Return all links that go to a later column; heat leaves a node below everything else."""
    drawn = [
        link
        for link in flows.links
        if link.kwh > 0
        and link.source in placed
        and link.target in placed
        and placed[link.source].column < placed[link.target].column
    ]
    starts = {name: node.top for name, node in placed.items()}
    ends = dict(starts)
    by_target = sorted(drawn, key=lambda link: placed[link.target].top)
    for name, node in placed.items():  # recovered heat leaves at the foot, where the node's label is not
        heat = sum(link.kwh for link in drawn if link.source == name and link.is_recovered) * per_kwh
        plain = sum(link.kwh for link in drawn if link.source == name and not link.is_recovered) * per_kwh
        if heat and not plain:
            starts[name] = max(node.top, node.top + node.height - heat)
    start: dict[int, float] = {}
    for link in sorted(by_target, key=lambda link: link.is_recovered):
        start[id(link)] = starts[link.source]
        starts[link.source] += link.kwh * per_kwh
    ribbons = []
    for link in sorted(drawn, key=lambda link: placed[link.source].top):
        ribbons.append(
            Ribbon(
                link=link,
                source=placed[link.source],
                target=placed[link.target],
                start=start[id(link)],
                end=ends[link.target],
                thickness=link.kwh * per_kwh,
            )
        )
        ends[link.target] += link.kwh * per_kwh
    return ribbons
