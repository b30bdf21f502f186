"""The processes: the last seven days against baseline and target, and their paths to the target year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dashboard.numbers import INTENSITIES, MISSING
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.figure import Figure, why_intensity, why_track
from dashboard.views.target import ProcessTrack, process_track
from domain.now import Now
from domain.periods import PeriodKind
from domain.results import Intensity, Track

_DAYS = 7
_PATH_WIDTH = 340


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

    process: str
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
    href = why_intensity(process, "span", span)
    if is_standing:
        note = words("Line idle")
    elif days and ratio is None:
        note = words("No output")
    elif any(day.evidence.is_provisional for day in days):
        note = words("provisional")
    else:
        note = ""
    return LineRow(
        process=process,
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


def path_cards(source: Source, tracks: Sequence[Track], asked: Asked) -> tuple[ProcessTrack, ...]:
    """Return each process on its path, small."""
    year = asked.calendar.local(asked.now).year
    return tuple(
        process_track(
            process.id,
            [track for track in tracks if track.process == process.id],
            year,
            source,
            asked,
            width=_PATH_WIDTH,
        )
        for process in asked.plant.processes
    )
