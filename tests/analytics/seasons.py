"""Half a year of example B, and the rest of the year to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from analytics.baseline import fit
from analytics.reduction import track
from analytics.remaining import Rest, planned_rest
from analytics.rows import ModelRows
from domain.ledger import ProductionPlan, StaticFactor
from domain.method import TargetMethod
from domain.periods import PlantCalendar
from domain.results import Baseline, Track
from tests.analytics.planted import G_2024, G_LATER, P_2024, P_LATER, instant, months

METHOD = TargetMethod()
BASE = 82.417416
UTC = PlantCalendar(ZoneInfo("UTC"))
SEEDS = 200


def rest_of(
    year: int,
    month: int,
    output: float | None,
    *,
    to_date: ModelRows | None = None,
    last_year: ModelRows | None = None,
) -> Rest:
    """Return the rest of a year from the end of a month on, with one plan for all of it."""
    since, until = instant(year + month // 12, month % 12 + 1), instant(year + 1)
    plans = []
    if output is not None:
        plans = [ProductionPlan(process="melting", since=since, until=until, quantity=output, unit="t")]
    if to_date is None:
        to_date = months(G_2024[:month], P_2024[:month], year)
    return planned_rest(plans, to_date, last_year, calendar=UTC, since=since, until=until)


def example_b() -> Baseline:
    found, _ = fit(months(G_2024, P_2024), since=instant(2024), until=instant(2025))
    assert found is not None
    return found


def half_year(
    year: int = 2026,
    *,
    intensities: Mapping[int, float] | None = None,
    method: TargetMethod = METHOD,
    output: float | None = 5400.0,
    baseline: Baseline | None = None,
    factors: Sequence[StaticFactor] = (),
) -> Track:
    """Return the track after six months like those of example B."""
    return track(
        process="melting",
        year=year,
        method=method,
        intensities={2024: BASE, 2025: 82.0} if intensities is None else intensities,
        rows=months(G_LATER, P_LATER, year),
        rest=rest_of(year, 6, output),
        baseline=example_b() if baseline is None else baseline,
        factors=factors,
    )
