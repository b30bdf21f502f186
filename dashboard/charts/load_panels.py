"""The panels of the load chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import FormatTime, FormatValue, Frame, Key, heading, legend, time_axis, value_axis
from dashboard.charts.curve import clip, curve, gathered, step_runs
from dashboard.charts.scale import Scale, value_scale
from dashboard.charts.svg import TENTHS, element, group, line, rectangle, text
from domain.courses import Course, Load, Values

_STRIP_WORDS = 26.0
"""From the gas panel to its strip, with the strip's heading between."""
_TIMES = 22.0
_STRIP_STEP = 6.0
"""px: least width of a step of the strip; finer ones are noise at its height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What all panels share."""

    load: Load
    across: Scale
    ticks: Sequence[int]
    format_value: FormatValue
    format_signed: FormatValue
    format_time: FormatTime
    prefix: str
    width: float

    @property
    def borders(self) -> list[float]:
        """Return where steps begin, and where the last one ends, px."""
        ends = [*self.load.at[1:], min(self.load.at[-1] + self.load.step_ms, self.load.until)]
        return [self.across(at) for at in (self.load.at[0], *ends)] if self.load.at else []


def gas_values(load: Load) -> list[float | None]:
    """Return all that the gas panel shows."""
    return [*load.gas.values, *(load.gas_expected.values if load.gas_expected else ())]


def electricity_values(load: Load) -> list[float | None]:
    """Return all that the electricity panel shows."""
    return [*load.electricity.values, *load.pv.values]


def panel_ticks(values: Sequence[float | None]) -> list[float]:
    """Return the ticks of a panel of these values."""
    return value_scale(values, start=0, end=0, count=3, has_zero=True)[1]


def excess(load: Load) -> Values:
    """Return actual - expected of each step; None where either is not known."""
    expected = load.gas_expected.values if load.gas_expected else (None,) * len(load.gas.values)
    return tuple(
        None if gas is None or norm is None else gas - norm
        for gas, norm in zip(load.gas.values, expected, strict=True)
    )


def gas_panel(
    panel: Panel, keys: Sequence[Key], difference: str, *, top: float, heights: tuple[float, float]
) -> tuple[Markup, float]:
    """Return the gas panel with its strip and times, and where it ends."""
    load, prefix = panel.load, panel.prefix
    keyed, frame, up, axis = _framed(panel, keys, gas_values(load), top=top, height=heights[0])
    gas = curve(panel.borders, load.gas.values, up, frame, base=frame.bottom + 5)
    parts = [keyed, axis, _partial(panel, frame, load.gas)]
    defs = [
        element("path", d=gas.outline, id=f"{prefix}-gas", class_="long"),
        clip(element("path", d=gas.clip), f"{prefix}-gas-in"),
    ]
    lines = [element("use", href=f"#{prefix}-gas", class_="c-gas line", clip_path=f"url(#{prefix}-gas-in)")]
    bottom = frame.bottom
    strip = Markup("")
    if load.gas_expected is not None and any(value is not None for value in excess(load)):
        norm = curve(panel.borders, load.gas_expected.values, up, frame, base=frame.top - 5)
        defs.append(element("path", d=norm.outline, id=f"{prefix}-norm", class_="long"))
        inside = f"{prefix}-gas-in"
        if norm.clip != gas.clip:
            inside = f"{prefix}-norm-in"
            defs.append(clip(element("path", d=norm.clip), inside))
        defs.append(clip(element("use", href=f"#{prefix}-gas"), f"{prefix}-under"))
        above = element(
            "use", href=f"#{prefix}-norm", class_="c-gas above", clip_path=f"url(#{prefix}-under)"
        )
        within = {"clip_path": f"url(#{inside})"}
        dashed = element("use", href=f"#{prefix}-norm", class_="dash", **within)
        lines = [group(above, **within), dashed, *lines]
        strip, bottom = _strip(panel, difference, frame, height=heights[1])
    whole = Frame(left=frame.left, top=frame.top, right=frame.right, bottom=bottom)
    name = f"{prefix}-times"
    times = time_axis(panel.across, panel.ticks, panel.format_time, whole, width=panel.width, name=name)
    return Markup("").join(
        [element("defs", *defs), times, *parts, group(*lines, transform=TENTHS), strip]
    ), bottom + _TIMES


def _strip(panel: Panel, difference: str, above: Frame, *, height: float) -> tuple[Markup, float]:
    """Return actual - expected under the gas panel, around a zero line, and where it ends."""
    borders, values = gathered(panel.borders, excess(panel.load), least=_STRIP_STEP)
    top = above.bottom + _STRIP_WORDS
    frame = Frame(left=above.left, top=top, right=above.right, bottom=top + height)
    most = max((abs(value) for value in values if value is not None), default=0.0) or 1.0
    up = Scale(low=-most, high=most, start=frame.bottom, end=frame.top)
    drawn = curve(borders, values, up, frame, base=up(0))
    name = f"{panel.prefix}-excess-in"
    parts = [
        heading(frame.left, top - 8, difference, width=panel.width),
        *(
            text(frame.left - 6, y + 4, words, "a e")
            for y, words in (
                (frame.top + 2, panel.format_signed(most)),
                (frame.bottom - 2, panel.format_signed(-most)),
            )
        ),
        clip(element("path", d=drawn.clip), name),
        element("path", d=drawn.outline, class_="c-gas fill", clip_path=f"url(#{name})", transform=TENTHS),
        line((frame.left, up(0)), (frame.right, up(0)), class_="zero"),
    ]
    return Markup("").join(parts), frame.bottom


def electricity_panel(
    panel: Panel, keys: Sequence[Key], *, top: float, height: float, above: float | None
) -> tuple[Markup, float]:
    """Return electricity with PV inside and times, and where it ends; `above`: where the gas panel does."""
    load = panel.load
    keyed, frame, up, axis = _framed(panel, keys, electricity_values(load), top=top, height=height)
    said = None
    if above is not None:  # the same labels, once more
        lower = round(frame.bottom + 17) - round(above - _TIMES + 17)
        said = element("use", href=f"#{panel.prefix}-times", y=lower, class_="a m")
    times = time_axis(panel.across, panel.ticks, panel.format_time, frame, width=panel.width, said=said)
    parts = [times, keyed, axis, _partial(panel, frame, load.electricity, load.pv)]
    seen: dict[str, str] = {}  # of clips: both courses have the same one where neither has a gap
    for name, course in (("electricity", load.electricity), ("pv", load.pv)):
        drawn = curve(panel.borders, course.values, up, frame, base=frame.bottom + 5)
        if not drawn.outline:
            continue
        inside = seen.get(drawn.clip) or f"{panel.prefix}-{name}-in"
        if drawn.clip not in seen:
            parts.append(clip(element("path", d=drawn.clip), inside))
        seen[drawn.clip] = inside
        parts.append(
            element(
                "path",
                d=drawn.outline,
                class_=f"c-{name} line area long",
                clip_path=f"url(#{inside})",
                transform=TENTHS,
            )
        )
    return Markup("").join(parts), frame.bottom + _TIMES


def _framed(
    panel: Panel, keys: Sequence[Key], values: Sequence[float | None], *, top: float, height: float
) -> tuple[Markup, Frame, Scale, Markup]:
    """Return a panel's legend, its frame below, its scale and its axis."""
    keyed, taken = legend(keys, top=top, width=panel.width, prefix=panel.prefix)
    begin = top + taken + 6
    frame = Frame(left=panel.across.start, top=begin, right=panel.across.end, bottom=begin + height)
    up, ticks = value_scale(values, start=frame.bottom, end=frame.top, count=3, has_zero=True)
    labels = [panel.format_value(tick) for tick in ticks]
    return keyed, frame, up, value_axis(up, ticks, labels, frame)


def _partial(panel: Panel, frame: Frame, *courses: Course) -> Markup:
    """Return hatched blocks over the steps that are not whole."""
    count = len(panel.load.at)
    marks = [
        True if any(c.is_whole and not c.is_whole[k] and c.values[k] is not None for c in courses) else None
        for k in range(count)
    ]
    borders = panel.borders
    blocks = [
        rectangle(
            borders[run.start],
            frame.top,
            borders[run.stop] - borders[run.start],
            frame.bottom - frame.top,
            fill=f"url(#{panel.prefix}-hatch)",
            class_="partial",
        )
        for run in step_runs(marks)
    ]
    return group(*blocks)


def has_partial(load: Load) -> bool:
    """Say whether any step is too small for want of a meter."""
    return any(
        not whole and value is not None
        for course in (load.gas, load.electricity, load.pv)
        for whole, value in zip(course.is_whole, course.values, strict=False)
    )
