"""The last day's load: gas against its expectation, and electricity with the plant's own PV in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, Key, definitions, empty_chart, hatch, label_room
from dashboard.charts.load_panels import (
    Panel,
    electricity_panel,
    electricity_values,
    excess,
    gas_panel,
    gas_values,
    has_partial,
    panel_ticks,
)
from dashboard.charts.scale import Scale
from dashboard.charts.svg import Size, document
from domain.courses import Course, Load


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


_WIDE, _NARROW = 720, 330
_GAS, _STRIP, _ELECTRICITY = 92.0, 28.0, 84.0


def load_chart(
    load: Load,
    *,
    words: LoadWords,
    title: str,
    prefix: str,
    ticks: Sequence[int],
    format_value: FormatValue,
    format_time: FormatTime,
    format_signed: FormatValue | None = None,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return two panels over one time axis.

    Gas with its dashed expectation, the area above it shaded and a strip of actual - expected below; then
    electricity with PV inside. `ticks` are instants of the plant's calendar (every 2 hours, say); as many as
    fit are labelled. Steps that are not whole are hatched, unknown ones are gaps. A carrier of which nothing
    is known has no panel.
    """
    across = width or (_WIDE if size is Size.WIDE else _NARROW)
    gas, electricity = (_has(load.gas), _has(load.electricity) or _has(load.pv))
    if not gas and not electricity:
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    left = _left(load, format_value, format_signed or format_value)
    panel = Panel(
        load=load,
        across=Scale(low=load.since, high=load.until, start=left, end=across - 10),
        ticks=ticks,
        format_value=format_value,
        format_signed=format_signed or format_value,
        format_time=format_time,
        prefix=prefix,
        width=across,
    )
    parts, top = [definitions(hatch(prefix, "s-stale"))] if has_partial(load) else [], 0.0
    end = None
    if gas:
        heights = (_GAS, _STRIP)
        drawn, end = gas_panel(panel, _gas_keys(load, words), words.difference, top=top, heights=heights)
        parts.append(drawn)
        top = end + 10
    if electricity:
        keys = _power_keys(load, words)
        drawn, top = electricity_panel(panel, keys, top=top, height=_ELECTRICITY, above=end)
        parts.append(drawn)
    else:
        top -= 10
    return document(*parts, width=across, height=top, prefix=prefix, title=title)


def _has(course: Course) -> bool:
    return any(value is not None for value in course.values)


def _left(load: Load, format_value: FormatValue, format_signed: FormatValue) -> float:
    """Return the left border that both panels and the strip share: room for their widest tick."""
    most = max((abs(value) for value in excess(load) if value is not None), default=0.0)
    ticks = [*panel_ticks(gas_values(load)), *panel_ticks(electricity_values(load))]
    return label_room([*(format_value(tick) for tick in ticks), format_signed(most), format_signed(-most)])


def _gas_keys(load: Load, words: LoadWords) -> list[Key]:
    keys = [Key(words=words.gas, shape="line", classes="c-gas")]
    if load.gas_expected is not None:
        keys.append(Key(words=words.expected, shape="dash", classes=""))
        keys.append(Key(words=words.above, shape="above", classes="c-gas"))
    return [*keys, *_partial_key(load, words)]


def _power_keys(load: Load, words: LoadWords) -> list[Key]:
    keys = [
        Key(words=said, shape="area", classes=f"c-{kind} line")
        for said, kind, course in (
            (words.electricity, "electricity", load.electricity),
            (words.pv, "pv", load.pv),
        )
        if _has(course)
    ]
    return keys if _has(load.gas) else [*keys, *_partial_key(load, words)]


def _partial_key(load: Load, words: LoadWords) -> list[Key]:
    return [Key(words=words.partial, shape="hatch", classes="s-stale")] if has_partial(load) else []
