"""Gas of the hour so far against the baselines, and which lines stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.analysis import Live
from domain.periods import HOUR_MS, PeriodKind
from domain.results import Intensity, Results

_SOON_MS = 5 * 60_000
"""So soon after a full hour the one before still tells more."""


class GasNow(NamedTuple):
    """Gas of the processes with a baseline and with output, Nm3/h."""

    expected: float
    actual: float


def gas_now(live: Live | None, results: Results | None) -> GasNow | None:
    """Return what the processes burn in the hour so far against their baselines; None without any."""
    if live is None:
        return None
    hours = _hours(live.intensities)
    is_early = bool(hours) and live.at - hours[0].period.since < _SOON_MS
    if results is not None and hours and (is_early or all(each.output is None for each in hours)):
        earlier = [
            each
            for each in results.intensities
            if each.period.kind is PeriodKind.HOUR and each.period.until == hours[0].period.since
        ]
        return _compared(earlier, live.at)
    return _compared(hours, live.at)


def standing_now(live: Live | None) -> tuple[str, ...]:
    """Return the processes without output in the hour so far whose oven is off."""
    if live is None:
        return ()
    return tuple(
        each.process
        for each in _hours(live.intensities)
        if each.output == 0.0
        and each.production_h + each.idle_h + each.startup_h == 0.0
        and live.at > each.period.since
    )


def _hours(found: Iterable[Intensity]) -> Sequence[Intensity]:
    return [each for each in found if each.period.kind is PeriodKind.HOUR]


def _compared(hours: Sequence[Intensity], at: int) -> GasNow | None:
    known = [found for each in hours if (found := _rates(each, at)) is not None]
    if not known:
        return None
    return GasNow(sum(each.expected for each in known), sum(each.actual for each in known))


def _rates(hour: Intensity, at: int) -> GasNow | None:
    """Return expected and burnt gas per hour; the base of an hour that is not over is of all of it.

    None before the first output: while an oven heats up the model, which knows days, expects nothing of it.
    """
    gas, expected, base, marginal = hour.gas_nm3, hour.expected_nm3, hour.base_nm3, hour.marginal_nm3
    if gas is None or expected is None or base is None or marginal is None or not hour.output:
        return None
    length = hour.period.until - hour.period.since
    elapsed = max(1, min(at, hour.period.until) - hour.period.since)
    own = base / (base + marginal) if base + marginal > 0.0 else 1.0
    rate = expected * own / length + expected * (1.0 - own) / elapsed
    return GasNow(rate * HOUR_MS, gas * HOUR_MS / elapsed)
