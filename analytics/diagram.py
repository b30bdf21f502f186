"""A Sankey diagram while it is put together: links are merged, nodes get what passes through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.flows import FlowLink, FlowNode
from domain.plant import Carrier

_KINDS = ("carrier", "process", "meter", "unmetered", "export", "heat")


@dataclass(slots=True)
class _Node:
    kind: str
    carrier: Carrier | None
    points: list[str]
    kwh: float | None
    """What meters say of a carrier; None for what takes in only, and for a carrier that is not known."""
    is_known: bool


@dataclass(slots=True)
class Diagram:
    """Nodes and links, kWh."""

    codes: set[str] = field(default_factory=set)
    _nodes: dict[str, _Node] = field(default_factory=dict)
    _links: dict[tuple[str, str, Carrier, bool], float] = field(default_factory=dict)

    def add(
        self,
        name: str,
        kind: str,
        *,
        carrier: Carrier | None = None,
        points: Sequence[str] = (),
        kwh: float | None = None,
        is_known: bool = True,
    ) -> str:
        """Add a node, or what more is known of it, and return its id.

        A node is known once one thing that was said of it is.
        """
        node = self._nodes.setdefault(name, _Node(kind, carrier, [], None, is_known=False))
        node.points += [point for point in points if point not in node.points]
        node.kwh = kwh if node.kwh is None else node.kwh
        node.is_known |= is_known
        return name

    def link(
        self, source: str, target: str, carrier: Carrier, kwh: float, *, is_recovered: bool = False
    ) -> None:
        """Add to what goes from one node to another; nothing, and less than nothing, is no link."""
        if kwh > 0.0:
            key = source, target, carrier, is_recovered
            self._links[key] = self._links.get(key, 0.0) + kwh

    def links(self) -> tuple[FlowLink, ...]:
        """Return the links in the order in which they were added."""
        return tuple(
            FlowLink(source=source, target=target, carrier=carrier, kwh=kwh, is_recovered=is_recovered)
            for (source, target, carrier, is_recovered), kwh in self._links.items()
        )

    def nodes(self) -> tuple[FlowNode, ...]:
        """Return the nodes by kind: the larger of what each takes in and gives, recovered heat aside.

        A process without any meter is none.
        """
        used = {name for source, target, _, _ in self._links for name in (source, target)}
        return tuple(
            FlowNode(
                id=name,
                kind=node.kind,
                carrier=node.carrier,
                points=tuple(node.points),
                kwh=max(node.kwh or 0.0, *self._sides(name, node)) if node.is_known else None,
            )
            for name, node in sorted(self._nodes.items(), key=lambda item: _KINDS.index(item[1].kind))
            if node.points or node.kind != "process" or name in used
        )

    def residuals(self) -> dict[str, float]:
        """Return what each node takes in, or measured, and neither gives nor keeps, kWh.

        Consumers keep what they take in. A carrier of which sub-meters show more than its main meter has
        gives what they show.
        """
        found = {}
        for node in self.nodes():
            given, taken = self._sides(node.id, self._nodes[node.id])
            if node.kwh is not None:
                found[node.id] = node.kwh - (given if node.kind == "carrier" else max(given, taken))
        return found

    def _sides(self, name: str, node: _Node) -> tuple[float, float]:
        is_heat = node.kind == "heat"
        given = taken = 0.0
        for (source, target, _, is_recovered), kwh in self._links.items():
            if is_recovered == is_heat:
                given += kwh if source == name else 0.0
                taken += kwh if target == name else 0.0
        return given, taken
