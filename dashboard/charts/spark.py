"""A sparkline: how something went, without axes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts.scale import Scale
from dashboard.charts.svg import element, number, traces
from domain.plant import Carrier


def sparkline(
    values: Sequence[float | None], *, kind: Carrier, width: float = 108, height: float = 28
) -> Markup:
    """Return a small line with gaps where values are None; hidden from readers, the tile says the figure."""
    known = [value for value in values if value is not None]
    across = Scale(low=0, high=max(len(values) - 1, 1), start=2, end=width - 2)
    up = Scale(low=min(known, default=0), high=max(known, default=0), start=height - 3, end=3)
    spots = [None if value is None else (across(k), up(value)) for k, value in enumerate(values)]
    return element(
        "svg",
        element("path", d=traces(spots), class_=f"c-{kind} line") if known else "",
        class_="spark",
        viewBox=f"0 0 {number(width)} {number(height)}",
        aria_hidden="true",
    )
