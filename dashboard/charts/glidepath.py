"""A path of yearly targets, what was achieved, and where the year now running will end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from dashboard.charts.axes import (
    FormatValue,
    Frame,
    Key,
    bottom_labels,
    empty_chart,
    heading,
    label_room,
    legend,
    mark,
    value_axis,
)
from dashboard.charts.labels import Box, free_spot, nearest_spot, text_box
from dashboard.charts.scale import Scale, value_scale
from dashboard.charts.svg import Size, Spot, document, element, line, runs, text, trace, traces


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideYear:
    """One year of the path."""

    year: int
    target: float | None
    achieved: float | None
    """None: not over, or not known."""
    label: str = ""
    """The achieved figure as the page says it; empty: not labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideToDate:
    """The year now running."""

    year: int
    value: float | None
    """So far."""
    low: float | None
    """Interval of the projection of the year's end."""
    high: float | None
    label: str
    """60.3 至今."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlideWords:
    """What the picture says."""

    axis: str
    """The unit: Nm³/t."""
    target: str
    """At the path's end: 目标 55.28."""
    achieved: str
    """Of the points, in the legend."""
    over: str
    """Of points above the path, in the legend."""
    nothing: str


def glidepath_chart(
    years: Sequence[GlideYear],
    *,
    to_date: GlideToDate | None,
    words: GlideWords,
    title: str,
    prefix: str,
    format_value: FormatValue,
    size: Size = Size.WIDE,
    width: int | None = None,
) -> Markup:
    """Return the path and the points on it; a year above its target is a triangle in the alarm colour."""
    across = width or (520 if size is Size.WIDE else 330)
    if not _values(years, to_date):
        return empty_chart(words.nothing, width=across, height=200, prefix=prefix, title=title)
    keys = _keys(years, to_date, words)
    picture = _placed(years, to_date, keys, across, format_value)
    labels, crowded_out = picture.labels(words)
    if crowded_out:  # no place in the plot: they are said over it
        keys += [picture.key(said) for said in crowded_out]
        picture = _placed(years, to_date, keys, across, format_value)
        labels, _ = picture.labels(words)
    frame, marks = picture.frame, picture.marks
    keyed, _ = legend(keys, top=20, width=across, prefix=prefix)
    parts = [
        heading(0, 11, words.axis, width=across),
        keyed,
        value_axis(picture.up, marks, [format_value(tick) for tick in marks], frame),
        bottom_labels(
            [picture.across(year.year) for year in years],
            [str(year.year) for year in years],
            frame,
            width=across,
        ),
        *picture.path(),
        *picture.points(),
        *labels,
    ]
    return document(*parts, width=across, height=frame.bottom + 24, prefix=prefix, title=title)


def _placed(
    years: Sequence[GlideYear],
    to_date: GlideToDate | None,
    keys: Sequence[Key],
    across: float,
    format_value: FormatValue,
) -> _Picture:
    """Return the plot under a legend of these keys."""
    values = _values(years, to_date)
    _, marks = value_scale(values, start=0, end=0, count=4, has_zero=False)
    _, taken = legend(keys, top=20, width=across, prefix="")
    frame = Frame(
        left=label_room([format_value(tick) for tick in marks]) + 4,
        top=30 + taken,
        right=across - 16,
        bottom=30 + taken + _PLOT,
    )
    up, marks = value_scale(values, start=frame.bottom, end=frame.top, count=4, has_zero=False)
    return _Picture(years=years, to_date=to_date, up=up, marks=marks, frame=frame)


_PLOT = 170.0


def _values(years: Sequence[GlideYear], to_date: GlideToDate | None) -> list[float]:
    all_of = [value for year in years for value in (year.target, year.achieved)]
    if to_date is not None:
        all_of += [to_date.value, to_date.low, to_date.high]
    return [value for value in all_of if value is not None]


def _keys(years: Sequence[GlideYear], to_date: GlideToDate | None, words: GlideWords) -> list[Key]:
    keys = [Key(words=words.achieved, shape="dot", classes="ink")]
    if any(is_over(year, year.achieved) for year in years) or _is_ahead(years, to_date):
        keys.append(Key(words=words.over, shape="triangle", classes="s-alarm"))
    return keys


def is_over(year: GlideYear, value: float | None) -> bool:
    """Say whether a value of that year lies above its target."""
    return value is not None and year.target is not None and value > year.target


def _is_ahead(years: Sequence[GlideYear], to_date: GlideToDate | None) -> bool:
    return to_date is not None and any(
        year.year == to_date.year and is_over(year, to_date.value) for year in years
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What is drawn inside the frame."""

    years: Sequence[GlideYear]
    to_date: GlideToDate | None
    up: Scale
    marks: Sequence[float]
    frame: Frame

    def across(self, year: int) -> float:
        """Return where a year stands."""
        numbers = [each.year for each in self.years]
        scale = Scale(low=min(numbers), high=max(numbers), start=self.frame.left + 6, end=self.frame.right)
        return scale(year)

    def _spot(self, year: int, value: float | None) -> Spot | None:
        return None if value is None else (self.across(year), self.up(value))

    @property
    def targets(self) -> list[Spot | None]:
        """Return the path, with gaps."""
        return [self._spot(each.year, each.target) for each in self.years]

    @property
    def achieved(self) -> list[Spot | None]:
        """Return what was achieved, with gaps."""
        return [self._spot(each.year, each.achieved) for each in self.years]

    @property
    def now(self) -> Spot | None:
        """Return where the running year stands."""
        return self._spot(self.to_date.year, self.to_date.value) if self.to_date else None

    def path(self) -> list[Markup]:
        """Return the targets: an area of what is allowed, and its line."""
        areas = "".join(
            trace([(run[0][0], self.frame.bottom), *run, (run[-1][0], self.frame.bottom)], is_closed=True)
            for run in runs(self.targets)
        )
        dots = [mark("dot", *spot, classes="target", radius=2) for spot in self.targets if spot is not None]
        return [
            element("path", d=areas, class_="target allowed"),
            element("path", d=traces(self.targets), class_="target line"),
            *dots,
        ]

    def points(self) -> list[Markup]:
        """Return what was achieved, and the running year with the interval of its end."""
        parts = (
            [element("path", d=traces(self.achieved), class_="ink line strong")] if any(self.achieved) else []
        )
        if self.to_date is not None:
            parts.extend(self._running(self.to_date))
        for year, spot in zip(self.years, self.achieved, strict=True):
            if spot is not None:
                parts.append(self._mark(spot, is_above=is_over(year, year.achieved), shape="dot"))
        return parts

    def _running(self, to_date: GlideToDate) -> list[Markup]:
        x = self.across(to_date.year)
        parts = []
        if to_date.low is not None and to_date.high is not None:
            low, high = self.up(to_date.low), self.up(to_date.high)
            whisker = trace([(x, low), (x, high)]) + "".join(
                trace([(x - 4, y), (x + 4, y)]) for y in (low, high)
            )
            parts.append(element("path", d=whisker, class_="ink line"))
        spot = self.now
        if spot is not None:
            before = [known for known in self.achieved if known is not None and known[0] < x]
            if before:
                parts.append(line(before[-1], spot, class_="ink dash"))
            parts.append(self._mark(spot, is_above=_is_ahead(self.years, to_date), shape="ring"))
        return parts

    def _mark(self, spot: Spot, *, is_above: bool, shape: str) -> Markup:
        return mark("triangle", *spot, classes="s-alarm") if is_above else mark(shape, *spot, classes="ink")

    def key(self, said: str) -> Key:
        """Return the legend's entry for a label that found no place."""
        if self.to_date is None or said != self.to_date.label:
            return Key(words=said, shape="line", classes="target")
        if _is_ahead(self.years, self.to_date):
            return Key(words=said, shape="triangle", classes="s-alarm")
        return Key(words=said, shape="ring", classes="ink")

    def labels(self, words: GlideWords) -> tuple[list[Markup], list[str]]:
        """Return the labels, none upon another or upon a line, and which of the needed found no place.

        The path's end and the running year are needed: far from their point, a line leads to it. A year that
        is over may go without: the table has it.
        """
        taken = self._taken()
        within = Box(
            left=self.frame.left,
            top=self.frame.top - 16,
            right=self.frame.right + 16,
            bottom=self.frame.bottom,
        )
        parts, crowded_out = [], []
        for label in self._wanted(words):
            found = free_spot(label.said, _around(label.spot), taken, within=within)
            if found is not None:
                (x, y), anchor = found
                parts.append(
                    text(x, y, label.said, label.kind + {"start": "", "middle": " m", "end": " e"}[anchor])
                )
                taken.append(text_box(x, y, label.said, anchor=anchor))
            elif label.is_needed:
                far = nearest_spot(label.said, label.spot, taken, within=within)
                if far is None:
                    crowded_out.append(label.said)
                    continue
                (x, y), end = far
                parts += [line(label.spot, end, class_="leader"), text(x, y, label.said, label.kind)]
                taken += [text_box(x, y, label.said), *_over(label.spot, end)]
        return parts, crowded_out

    def _wanted(self, words: GlideWords) -> list[_Label]:
        """Return what should be said, the first first."""
        wanted = []
        ends = [spot for spot in self.targets if spot is not None]
        if ends:
            wanted.append(_Label(spot=ends[-1], said=words.target, is_needed=True))
        if self.to_date is not None and self.now is not None:
            wanted.append(_Label(spot=self.now, said=self.to_date.label, kind="t b", is_needed=True))
        wanted += [
            _Label(spot=spot, said=year.label)
            for year, spot in zip(self.years, self.achieved, strict=True)
            if spot is not None
        ]
        return [label for label in wanted if label.said]

    def _taken(self) -> list[Box]:
        """Return boxes over lines and points."""
        lines = [*runs(self.targets), *runs(self.achieved)]
        known = [spot for spot in self.achieved if spot is not None]
        if self.now is not None and known:
            lines.append([known[-1], self.now])
        boxes = [box for run in lines for a, b in pairwise(run) for box in _over(a, b)]
        boxes += [_around_spot(spot, 6) for spot in [*self.achieved, self.now] if spot is not None]
        if self.to_date is not None and self.to_date.low is not None and self.to_date.high is not None:
            x = self.across(self.to_date.year)
            boxes.append(
                Box(left=x - 5, right=x + 5, top=self.up(self.to_date.high), bottom=self.up(self.to_date.low))
            )
        return boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    """What is said of a point."""

    spot: Spot
    said: str
    kind: str = "t"
    """Class of the text."""
    is_needed: bool = False


def _over(a: Spot, b: Spot) -> list[Box]:
    """Return boxes along a line."""
    spots = [(a[0] + (b[0] - a[0]) * k / 24, a[1] + (b[1] - a[1]) * k / 24) for k in range(25)]
    return [_around_spot(spot, 2) for spot in spots]


def _around_spot(spot: Spot, by: float) -> Box:
    return Box(left=spot[0] - by, right=spot[0] + by, top=spot[1] - by, bottom=spot[1] + by)


def _around(spot: Spot) -> list[tuple[Spot, str]]:
    """Return where a label may go, best first, and further off each time round."""
    x, y = spot
    return [
        place
        for away in (0.0, 8.0, 16.0, 28.0, 44.0)
        for place in (
            ((x + 8, y - 8 - away), "start"),
            ((x + 10, y + 4), "start"),
            ((x, y - 10 - away), "middle"),
            ((x + 14, y - 10 - away), "end"),
            ((x, y + 20 + away), "middle"),
            ((x - 8, y + 18 + away), "end"),
            ((x + 14, y + 20 + away), "end"),
        )
    ]
