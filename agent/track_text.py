"""The track of a process as a person reads it: where the year stands, where it will end, what is left."""

from __future__ import annotations

from collections.abc import Iterator

from agent.figure_text import finding_line, number, percent
from analytics.track_findings import WORDS, findings_of_track
from domain.method import TargetMethod
from domain.results import Reading2Percent, Track

_READINGS = {
    "geometric": "on average, geometric",
    "linear": "on average, linear",
    "every_year": "every single year",
}
_SOURCES = {
    "ledger": "as planned in the ledger",
    "last_year": "as last year",
    "none": "nothing left",
}
_UNPROVEN = "not yet proven: no baseline, or its interval includes 0"
_SURE = 0.001
"""Probabilities nearer to 0 or 1 are not told apart: the model is not that good."""


def lines(track: Track, unit: str, method: TargetMethod) -> Iterator[str]:
    """Give the lines that tell a track; `unit` is that of the output."""
    per = f"Nm3/{unit}"
    promise = (
        f"at least {percent(method.yearly_reduction)} a year less gas per output since {track.base_year}"
    )
    yield f"{track.process} {track.year}: {promise}"
    yield _row("base year", number(track.base_intensity, 3, per))
    yield _row("target this year", number(track.target, 3, per))
    yield _row(f"target {track.target_year}", number(track.target_final, 3, per))
    if _is_over(track):
        yield _row("the year", _to_date(track, unit, per))
    else:
        yield _row("year to date", _to_date(track, unit, per))
        yield _row("projection", _projection(track, per))
    if track.year > track.base_year:
        yield from _promise(track, unit)
    yield _row("saving", "proven" if track.is_proven else _UNPROVEN)
    for reading in track.readings:
        yield _row("reading", _reading(track, reading, per, is_binding=reading.name == method.reading.value))
    for finding in findings_of_track(track):
        yield f"  {finding_line(finding)}"
    others = [code for code in track.codes if code not in WORDS]
    if others:
        yield f"  the baseline: {', '.join(others)}; see `energy-agent baseline show {track.process}`"


def _promise(track: Track, unit: str) -> Iterator[str]:
    """Give the lines that hold a year against its target."""
    yield _row("achieved", f"{_rate(track.achieved_rate)} since {track.base_year}")
    if track.year < track.target_year:
        yield _row("required", f"{_rate(track.required_rate)} from then on, to {track.target_year}")
    yield _row("target", _probability(track))
    yield _row("gas", _allowed(track, unit))


def _row(name: str, text: str) -> str:
    return f"  {name:<18}{text}"


def _rate(rate: float | None) -> str:
    if rate is None:
        return "not known"
    return f"{percent(abs(rate), 2)} a year {'less' if rate >= 0 else 'MORE'}"


def _is_over(track: Track) -> bool:
    """Say whether the end is known: nothing is projected any more."""
    return track.projection is not None and track.projection.standard_error == 0.0


def _to_date(track: Track, unit: str, per: str) -> str:
    text = (
        f"{number(track.year_to_date, 3, per)} ({number(track.gas_to_date)} Nm3 for "
        f"{number(track.output_to_date, 1, unit)})"
    )
    if track.year_to_date_normalised is not None:
        text += f", normalised {number(track.year_to_date_normalised, 3)}"
    return text


def _projection(track: Track, per: str) -> str:
    end = track.projection
    if end is None:
        return "not known"
    return (
        f"{number(end.value, 3, per)} at the year's end "
        f"({number(end.low, 3)} to {number(end.high, 3)}, {end.confidence:.0%} interval)"
    )


def _probability(track: Track) -> str:
    found = track.probability
    if found is None:
        return "how likely it is met is not known"
    if _is_over(track):
        return "met" if found >= 0.5 else "missed"
    if found < _SURE:
        text = f"below {percent(_SURE)}"
    elif found > 1.0 - _SURE:
        text = f"above {percent(1.0 - _SURE)}"
    else:
        text = f"of {percent(found)}"
    return f"met with a probability {text}, if the plant goes on as this year"


def _allowed(track: Track, unit: str) -> str:
    left = track.gas_allowed
    if left is None:
        return "how much may still be burnt is not known"
    if _is_over(track):
        return f"{number(abs(left))} Nm3 {'less' if left >= 0 else 'MORE'} than the target allowed"
    rest = f"{number(track.planned_output, 1, unit)} still to come, {_SOURCES.get(track.plan_source, '')}"
    if left < 0:
        return f"nothing may be burnt any more: {number(-left)} Nm3 over the year's target ({rest})"
    return f"{number(left)} Nm3 may still be burnt this year ({rest})"


def _reading(track: Track, reading: Reading2Percent, per: str, *, is_binding: bool) -> str:
    if reading.is_met is None:
        met = "open"
    elif _is_over(track):
        met = "met" if reading.is_met else "missed"
    else:
        met = "on course" if reading.is_met else "not on course"
    binding = ", the one that commits the plant" if is_binding else ""
    return f"{_READINGS.get(reading.name, reading.name)}: {number(reading.target, 3, per)}, {met}{binding}"
