"""Which meters were observed on which days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, empty_chart
from dashboard.charts.svg import Size
from domain.courses import Completeness, DayCompleteness


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessWords:
    """What the picture says."""

    whole: str
    """Of a day with all but nothing missing: ≥ 99 %."""
    most: str
    """90-99 %."""
    some: str
    """Less than 90 %."""
    none: str
    """Nothing is kept."""
    nothing: str


def completeness_grid(
    rows: Sequence[Completeness],
    *,
    names: Mapping[str, str],
    words: CompletenessWords,
    title: str,
    prefix: str,
    format_day: FormatTime,
    link: Callable[[str, DayCompleteness], str] | None = None,
    describe: Callable[[str, DayCompleteness], str] | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return a row for each device and a cell for each day; narrow shows the newest days that fit.

    `names` has a name for each device, else its id is shown; `format_day` takes a day's begin.
    """
    return empty_chart(words.nothing, width=width or 720, height=200, prefix=prefix, title=title, size=size)
