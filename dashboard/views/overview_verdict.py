"""One sentence about the year, why it is so, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.numbers import INTENSITIES, Quantity
from dashboard.page import Asked
from dashboard.resting import Rests
from dashboard.views.alert_words import drift_size
from dashboard.views.figure import Figure, linked, why_track
from dashboard.views.track_day import year_name
from domain.declared import AlertPicture
from domain.now import Now
from domain.results import AlertKind, Track

_LATE_MS = 15 * 60_000
_SURE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """A process in this year, each figure written once."""

    process: str
    name: str
    year: int
    ratio: Figure
    """Year to date, with its unit."""
    target: Figure
    gap: Figure
    """Against the target, without a sign: the words say above or below."""
    is_above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the first card says."""

    state: str
    """good, warning, stale: with words that say the same."""
    headline: Markup
    details: tuple[Markup, ...]
    href: str
    """Where the worst process is shown."""
    rests: Rests | None = None
    """What is said of silent meters of the worst process."""


def intensity_quantity(process: str, asked: Asked) -> Quantity:
    """Return how the intensity of a process is written."""
    return INTENSITIES[asked.plant.process(process).output_unit]


def year_figures(track: Track, asked: Asked) -> YearFigures:
    """Return the year of a process in words."""
    numbers, quantity = asked.numbers, intensity_quantity(track.process, asked)
    href = why_track(track.process, track.year)
    gap = None
    if track.year_to_date is not None and track.target is not None:
        gap = track.year_to_date / track.target - 1.0

    def figure(text: str, value: float | None) -> Figure:
        return Figure(text, href if value is not None else "")

    return YearFigures(
        process=track.process,
        name=asked.name_of(track.process),
        year=track.year,
        ratio=figure(numbers.quantity(track.year_to_date, quantity), track.year_to_date),
        target=figure(numbers.quantity(track.target, quantity), track.target),
        gap=figure(numbers.percent(None if gap is None else abs(gap)), gap),
        is_above=gap is not None and gap > 0.0,
    )


def verdict(
    now: Now,
    tracks: Sequence[Track],
    rests: Mapping[str, Rests],
    alerts: Sequence[AlertPicture],
    asked: Asked,
) -> Verdict:
    """Return the verdict on the tracks of this year."""
    judged = [track for track in tracks if _gap(track) is not None]
    if not judged:
        return _unknown(now, tracks, asked)
    worst = max(judged, key=lambda track: _gap(track) or 0.0)
    figures, words = year_figures(worst, asked), asked.words
    said = (
        words("%(year)s: %(process)s %(ratio)s, %(gap)s above target")
        if figures.is_above
        else words("%(year)s: %(process)s %(ratio)s, %(gap)s below target")
    )
    headline = linked(
        said, year=year_name(worst, asked), process=figures.name, ratio=figures.ratio, gap=figures.gap
    )
    doubts, silent = tuple(_doubts(now, worst, asked)), rests[f"process.{worst.process}"]
    details = [*_drifts(alerts, worst.process, asked), *_ending(worst, asked), *doubts]
    is_sure = worst.is_proven and not doubts and silent.state == "good"
    state = "warning" if figures.is_above else "good" if is_sure else "stale"
    return Verdict(
        state=state,
        headline=headline,
        details=tuple(details),
        href=why_track(worst.process, worst.year),
        rests=silent,
    )


def _gap(track: Track) -> float | None:
    if track.year_to_date is None or not track.target:
        return None
    return track.year_to_date / track.target - 1.0


def _unknown(now: Now, tracks: Sequence[Track], asked: Asked) -> Verdict:
    """Say why there is nothing to judge and what to do."""
    words = asked.words
    codes = {code for track in tracks for code in track.codes}
    if all(device.last_good_at is None for device in now.devices):
        reason = words("No meter has given a reading yet: check links and addresses with energy-agent check.")
    elif not tracks:
        reason = words("The first figures come when the first readings have been computed.")
    elif "track.no_base_year" in codes:
        reason = words("The base year is not known: enter its production and complete its gas readings.")
    elif "track.base_year" in codes:
        reason = words("This is the base year: no target applies before it is over.")
    else:
        reason = words("No output is known of this year: enter it, or check its counters.")
    headline = linked(words("No verdict on the year yet"))
    return Verdict(state="stale", headline=headline, details=(linked(reason),), href="/quality")


def _drifts(alerts: Sequence[AlertPicture], worst: str, asked: Asked) -> list[Markup]:
    """Say what drifts: the judged process first, then the largest."""
    words, found = asked.words, []
    drifts = [
        each
        for each in alerts
        if each.is_waiting and each.alert is not None and each.alert.kind is AlertKind.DRIFT
    ]
    for each in sorted(drifts, key=lambda each: (each.subject != worst, -(each.nm3_per_day or 0.0)))[:2]:
        assert each.alert is not None
        is_up = each.alert.code == "drift.up"
        if each.subject == worst and is_up:
            said = words(
                "Main cause: %(process)s has used %(shift)s more gas for the same work since %(day)s."
            )
        elif is_up:
            said = words("%(process)s has used %(shift)s more gas for the same work since %(day)s.")
        else:
            said = words("%(process)s has used %(shift)s less gas for the same work since %(day)s.")
        found.append(
            linked(
                said,
                process=asked.name_of(each.subject),
                shift=drift_size(each, asked),
                day=asked.numbers.month_day(each.alert.since),
            )
        )
    return found


def _ending(track: Track, asked: Asked) -> list[Markup]:
    """Say how the year will end, as far as that can be told."""
    words, numbers, found = asked.words, asked.numbers, []
    href = why_track(track.process, track.year)
    if track.projection is not None:
        ending = numbers.quantity(track.projection.value, intensity_quantity(track.process, asked))
        said = words("Going on like this, the year ends at %(ending)s.")
        found.append(linked(said, ending=Figure(ending, href)))
    if track.probability is not None:
        chance = Figure(chance_text(track.probability, asked), href)
        found.append(linked(words("Probability of meeting the target: %(chance)s."), chance=chance))
    if not track.is_proven:
        found.append(
            linked(
                words("No saving can be proven: no baseline is approved.")
                if "track.no_baseline" in track.codes
                else words("Not yet proven: the interval of the saving includes none.")
            )
        )
    return found


def chance_text(probability: float, asked: Asked) -> str:
    """Return a probability; one beyond 0.1 % of either end is never written as certain."""
    words, numbers = asked.words, asked.numbers
    if probability > _SURE:
        return words("above %(chance)s", chance=numbers.percent(_SURE))
    if probability < 1 - _SURE:
        return words("below %(chance)s", chance=numbers.percent(1 - _SURE))
    return numbers.percent(probability, 0 if 0.01 <= probability <= 0.99 else 1)


def _doubts(now: Now, track: Track, asked: Asked) -> list[Markup]:
    """Say what makes the verdict weak beside silent meters: time not observed, figures that lag."""
    words, found = asked.words, []
    if "track.partly_observed" in track.codes:
        found.append(linked(words("Provisional: less than 90\u00a0% of the year so far was observed.")))
    if now.figures_at is not None and now.at - now.figures_at > _LATE_MS:
        instant = asked.numbers.instant(now.figures_at)
        found.append(linked(words("Figures are as of %(instant)s."), instant=instant))
    return found
