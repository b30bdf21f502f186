"""Mean rates in steps as one outline each, from which a line and an area are drawn.

The outline of a run between gaps is closed beyond the borders of the run; a clip over the run hides what is
outside, so that one path serves as line and as area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import Frame
from dashboard.charts.scale import Scale
from dashboard.charts.svg import Spot, eased, element, trace

_BEYOND = 1.3
"""px: more than half a line's width, less than one step of a narrow picture and a half."""
_TOLERANCE = 0.6
"""px that a drawn line may lie beside the value: less than half its width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A course over steps; path data in tenths of a pixel, for a group with `TENTHS`."""

    outline: str
    """Path data."""
    clip: str
    """Path data of the runs, as high as the frame."""


def step_runs(values: Sequence[float | None]) -> list[range]:
    """Return the steps between gaps."""
    found: list[range] = []
    for k, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1].stop == k:
            found[-1] = range(found[-1].start, k + 1)
        else:
            found.append(range(k, k + 1))
    return found


def curve(
    borders: Sequence[float],
    values: Sequence[float | None],
    up: Scale,
    frame: Frame,
    *,
    base: float,
) -> Curve:
    """Return the course of `values`; step k lies between borders k and k + 1 (px); `base` closes the area."""
    outlines: list[str] = []
    clips: list[str] = []
    for run in step_runs(values):
        left, right = borders[run.start], borders[run.stop]
        spots = _through(borders, values, run, up)
        level = [(left - _BEYOND, base), (left - _BEYOND, spots[0][1])]
        after = [(right + _BEYOND, spots[-1][1]), (right + _BEYOND, base)]
        outlines.append(trace([*level, *eased(spots, _TOLERANCE), *after], is_closed=True, is_tenths=True))
        clips.append(_block(left, right, frame))
    return Curve(outline="".join(outlines), clip="".join(clips))


def _through(borders: Sequence[float], values: Sequence[float | None], run: range, up: Scale) -> list[Spot]:
    """Return the middles of the steps, level to the borders of the run."""
    known = [(k, value) for k in run if (value := values[k]) is not None]
    middles = [((borders[k] + borders[k + 1]) / 2, up(value)) for k, value in known]
    return [(borders[run.start], middles[0][1]), *middles, (borders[run.stop], middles[-1][1])]


def _block(left: float, right: float, frame: Frame) -> str:
    corners = [(left, frame.top), (right, frame.top), (right, frame.bottom), (left, frame.bottom)]
    return trace(corners, is_closed=True, is_tenths=True)


def clip(shape: Markup, name: str) -> Markup:
    """Return a clip that leaves what lies inside the shape."""
    return element("clipPath", shape, id=name)


def gathered(
    borders: Sequence[float], values: Sequence[float | None], *, least: float
) -> tuple[list[float], list[float | None]]:
    """Return steps of at least `least` px and their means, weighted by width; a gap stays a gap."""
    edges, means = [], []
    first = 0
    for k in range(len(values)):
        last = k + 1 == len(values)
        turns = not last and (values[k] is None) is not (values[k + 1] is None)
        if not (last or turns or borders[k + 1] - borders[first] >= least):
            continue
        wide = [borders[n + 1] - borders[n] for n in range(first, k + 1)]
        known = [
            (value, width)
            for value, width in zip(values[first : k + 1], wide, strict=True)
            if value is not None
        ]
        total = sum(width for _, width in known)
        edges.append(borders[first])
        means.append(sum(value * width for value, width in known) / total if total > 0 else None)
        first = k + 1
    return [*edges, *borders[-1:]], means
