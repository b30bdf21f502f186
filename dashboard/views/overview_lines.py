"""The processes: the last seven days against baseline and target, and the path to the target year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from dashboard.numbers import INTENSITIES, MISSING
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.figure import Figure, csv_of, plain, why_track
from dashboard.views.overview_verdict import intensity_quantity, year_figures
from domain.now import Now
from domain.periods import PeriodKind
from domain.results import Intensity, Track

_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A difference with its judgement: a shape and a word, never a colour alone."""

    figure: Figure
    state: str
    """good, warning, or empty."""
    shape: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A process in its table."""

    name: str
    href: str
    ratio: Figure
    note: str
    """`Line idle`, `provisional`, or empty."""
    baseline: Against
    target: Against


def line_rows(source: Source, now: Now, tracks: Sequence[Track], asked: Asked) -> tuple[LineRow, ...]:
    """Return each process over the last seven whole days."""
    calendar = asked.calendar
    today = calendar.day_of(asked.now)
    since, until = calendar.day_start(today - timedelta(days=_DAYS)), calendar.day_start(today)
    days = source.results("intensity", since=since, until=until, period=PeriodKind.DAY)
    targets = {track.process: track.target for track in tracks}
    return tuple(
        _row(
            process.id,
            [day for day in days if day.process == process.id],
            targets.get(process.id),
            f"{since}-{until}",
            asked,
            is_standing=process.id in now.standing,
        )
        for process in asked.plant.processes
    )


def _row(
    process: str,
    days: Sequence[Intensity],
    target: float | None,
    span: str,
    asked: Asked,
    *,
    is_standing: bool,
) -> LineRow:
    words, quantity = asked.words, INTENSITIES[asked.plant.process(process).output_unit]
    ratio, index = _ratio(days), _index(days)
    href = f"/why/intensity/{process}/span/{span}"
    if is_standing:
        note = words("Line idle")
    elif days and ratio is None:
        note = words("No output")
    elif any(day.evidence.is_provisional for day in days):
        note = words("provisional")
    else:
        note = ""
    return LineRow(
        name=asked.name_of(process),
        href=f"/processes?process={process}",
        ratio=Figure(asked.numbers.quantity(ratio, quantity), href if ratio is not None else ""),
        note=note,
        baseline=_against(None if index is None else index - 1.0, f"/processes?process={process}", asked),
        target=_against(
            None if ratio is None or not target else ratio / target - 1.0,
            why_track(process, asked.calendar.local(asked.now).year),
            asked,
        ),
    )


def _ratio(days: Sequence[Intensity]) -> float | None:
    """Return gas over output of days where both are known; None without output."""
    known = [(d.gas_nm3, d.output) for d in days if d.gas_nm3 is not None and d.output is not None]
    output = sum(output for _, output in known)
    return sum(gas for gas, _ in known) / output if output > 0.0 else None


def _index(days: Sequence[Intensity]) -> float | None:
    known = [
        (d.gas_nm3, d.expected_nm3) for d in days if d.gas_nm3 is not None and d.expected_nm3 is not None
    ]
    expected = sum(expected for _, expected in known)
    return sum(gas for gas, _ in known) / expected if expected > 0.0 else None


def _against(share: float | None, href: str, asked: Asked) -> Against:
    words = asked.words
    text = asked.numbers.percent(share, sign=True)
    if share is None:
        return Against(figure=Figure(MISSING), state="", shape="", word=words("not known"))
    if text.startswith("0"):
        return Against(figure=Figure(text, href), state="", shape="", word=words("the same"))
    if share > 0.0:
        return Against(figure=Figure(text, href), state="warning", shape="▲", word=words("worse"))
    return Against(figure=Figure(text, href), state="good", shape="▼", word=words("better"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """One year of the path's table."""

    year: str
    target: Figure
    achieved: Figure
    note: str
    """`so far`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCard:
    """A process on its way to the target year."""

    process: str
    heading: str
    finding: str
    chart: Markup
    rows: tuple[PathRow, ...]
    csv: str
    href: str


def path_cards(tracks: Sequence[Track], asked: Asked) -> tuple[PathCard, ...]:
    """Return a card for each process; those without a track say so in their frame."""
    return tuple(
        _path(process.id, [track for track in tracks if track.process == process.id], asked)
        for process in asked.plant.processes
    )


def _path(process: str, tracks: Sequence[Track], asked: Asked) -> PathCard:
    words, year = asked.words, asked.calendar.local(asked.now).year
    first = tracks[0].base_year if tracks else year
    last = tracks[0].target_year if tracks else year
    current = next((track for track in tracks if track.year == year), None)
    finding = _path_finding(current, asked)
    heading = words("%(process)s: target path %(first)s–%(last)s")
    rows = tuple(_path_rows(tracks, year, asked))
    return PathCard(
        process=process,
        heading=plain(heading, process=asked.name_of(process), first=str(first), last=str(last))
        if tracks
        else words("%(process)s: target path", process=asked.name_of(process)),
        finding=finding,
        chart=_path_chart(process, tracks, rows, finding, asked),
        rows=rows,
        csv=csv_of("tracks"),
        href=why_track(process, year),
    )


def _path_finding(track: Track | None, asked: Asked) -> str:
    words = asked.words
    if track is None or track.year_to_date is None or track.target is None:
        return words("Not known yet how the year stands against its target.")
    figures = year_figures(track, asked)
    said = (
        words("%(ratio)s so far, %(gap)s above the target of %(target)s")
        if figures.is_above
        else words("%(ratio)s so far, %(gap)s below the target of %(target)s")
    )
    return plain(said, ratio=figures.ratio, gap=figures.gap, target=figures.target)


def _targets(tracks: Sequence[Track], asked: Asked) -> dict[int, float]:
    """Return year -> target: as tracks say, years to come along the committed reduction."""
    known = next((track for track in reversed(tracks) if track.base_intensity is not None), None)
    if known is None or known.base_intensity is None or known.target_final is None:
        return {}
    steps = known.target_year - known.base_year
    share = (known.target_final / known.base_intensity) ** (1.0 / steps) if steps > 0 else 1.0
    found = {known.base_year + step: known.base_intensity * share**step for step in range(max(steps, 0) + 1)}
    return found | {track.year: track.target for track in tracks if track.target is not None}


def _path_rows(tracks: Sequence[Track], year: int, asked: Asked) -> list[PathRow]:
    achieved = {track.year: track for track in tracks if track.year_to_date is not None}
    targets, rows = _targets(tracks, asked), []
    for each in sorted({*targets, *achieved}):
        track = achieved.get(each)
        quantity = intensity_quantity(tracks[0].process, asked)
        target = asked.numbers.quantity(targets.get(each), quantity)
        rows.append(
            PathRow(
                year=str(each),
                target=Figure(target, why_track(tracks[0].process, each) if each <= year else ""),
                achieved=year_figures(track, asked).ratio if track is not None else Figure(MISSING),
                note=asked.words("so far") if track is not None and each == year else "",
            )
        )
    return rows


def _path_chart(
    process: str, tracks: Sequence[Track], rows: Sequence[PathRow], title: str, asked: Asked
) -> Markup:
    words, numbers = asked.words, asked.numbers
    quantity, year = intensity_quantity(process, asked), asked.calendar.local(asked.now).year
    said = {row.year: row for row in rows}
    targets = _targets(tracks, asked)
    known = {track.year: track for track in tracks}
    years = [
        GlideYear(
            year=int(row.year),
            target=targets.get(int(row.year)),
            achieved=known[int(row.year)].year_to_date
            if int(row.year) in known and int(row.year) < year
            else None,
            label=_number_of(row.achieved) if int(row.year) in known and int(row.year) < year else "",
        )
        for row in rows
    ]
    now = known.get(year)
    to_date = None
    if now is not None and now.year_to_date is not None:
        to_date = GlideToDate(
            year=year,
            value=now.year_to_date,
            low=now.projection.low if now.projection is not None else None,
            high=now.projection.high if now.projection is not None else None,
            label=words("%(ratio)s so far", ratio=_number_of(said[str(year)].achieved)),
        )
    last = rows[-1] if rows else None
    chart_words = GlideWords(
        axis=quantity.unit,
        target=words("Target %(value)s", value=_number_of(last.target)) if last is not None else "",
        achieved=words("achieved"),
        over=words("above its target"),
        nothing=words("No year is known yet."),
    )

    def draw(size: Size, prefix: str) -> Markup:
        return glidepath_chart(
            years if tracks else (),
            to_date=to_date,
            words=chart_words,
            title=title,
            prefix=prefix,
            format_value=lambda value: numbers.number(value, 1),
            size=size,
            width=340 if size is Size.WIDE else None,
        )

    return both(draw, prefix=f"path-{process}")


def _number_of(figure: Figure) -> str:
    """Return a figure without its unit, which stands at the axis."""
    return figure.text.partition("\N{NO-BREAK SPACE}")[0]
