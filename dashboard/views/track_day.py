"""To which day a year's figures go: a year against its target counts rows that are over, never today."""

from __future__ import annotations

from dashboard.page import Asked
from domain.results import Track


def last_day(track: Track, asked: Asked) -> str:
    """Return the last day in the figures of a track: 11-22."""
    until = track.until if track.until is not None else _today(asked)
    return asked.calendar.day_of(until - 1).strftime("%m-%d")


def year_name(track: Track, asked: Asked) -> str:
    """Return what its figures are of: `2026 to 11-22`, or the whole of a year that is over."""
    words, year = asked.words, str(track.year)
    if track.year < asked.calendar.local(asked.now).year:
        return words("All of %(year)s", year=year)
    return words("%(year)s to %(day)s", year=year, day=last_day(track, asked))


def _today(asked: Asked) -> int:
    return asked.calendar.day_start(asked.calendar.day_of(asked.now))
