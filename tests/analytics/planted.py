"""Rows of a process with planted truths: base load, gas per output, noise that may follow itself."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from analytics.rows import ModelRows
from domain.periods import DAY_MS, PeriodKind
from domain.series import Bools, Floats, Instants

P_2024 = (820.0, 610, 905, 880, 940, 915, 870, 900, 930, 960, 945, 890)
G_2024 = (69150.0, 55320, 73910, 73150, 76510, 74620, 71380, 73520, 76130, 77640, 76190, 73220)
P_LATER = (780.0, 640, 700, 740, 690, 720)
G_LATER = (64800.0, 56200, 59900, 62350, 59150, 60900)

BASE, SLOPE, NOISE = 550.0, 63.0, 60.0
"""Nm3 a day, Nm3 a tonne, standard deviation of a day's gas."""
MEAN, SD = 30.0, 4.0
"""Tonnes a day."""
STANDING, STANDING_NOISE = 180.0, 25.0


def instant(year: int, month: int = 1, day: int = 1) -> int:
    return round(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


def rows(
    gas: Floats | tuple[float, ...],
    x: Floats | tuple[float, ...],
    *,
    since: Instants | None = None,
    until: Instants | None = None,
    start: int = instant(2024),
    interval: PeriodKind = PeriodKind.DAY,
    variables: tuple[str, ...] = ("output",),
    coverage: Floats | float = 1.0,
    is_complete: Bools | bool = True,
) -> ModelRows:
    """Return rows that follow each other, days unless said otherwise."""
    n = len(gas)
    days = start + np.arange(n + 1, dtype=np.int64) * DAY_MS
    return ModelRows(
        process="melting",
        interval=interval,
        since=days[:-1] if since is None else since,
        until=days[1:] if until is None else until,
        gas=np.array(gas, dtype=np.float64),
        variables=variables,
        x=np.array(x, dtype=np.float64).reshape(n, len(variables)),
        coverage=np.array(np.broadcast_to(coverage, n), dtype=np.float64),
        is_complete=np.array(np.broadcast_to(is_complete, n), dtype=np.bool_),
    )


def months(gas: tuple[float, ...], output: tuple[float, ...], year: int = 2024) -> ModelRows:
    """Return a row a month."""
    edges = np.array([instant(year + k // 12, k % 12 + 1) for k in range(len(gas) + 1)])
    return rows(gas, output, since=edges[:-1], until=edges[1:], interval=PeriodKind.MONTH)


def follow(rng: np.random.Generator, n: int, rho: float) -> Floats:
    """Return n values of standard deviation 1, each following the one before it by rho."""
    steps = rng.standard_normal(n) * np.sqrt(1 - rho**2)
    steps[0] /= np.sqrt(1 - rho**2)
    found = np.empty(n)
    last = 0.0
    for place, step in enumerate(steps.tolist()):
        last = rho * last + step
        found[place] = last
    return found


def year_of(
    rng: np.random.Generator,
    n: int,
    *,
    rho: float = 0.0,
    factor: float = 1.0,
    mean: float = MEAN,
    start: int = instant(2024),
    week: int = 7,
    idle: float = 0.0,
) -> ModelRows:
    """Return n days that burn `factor` of what the planted model says.

    Of seven days the first `week` work, but for a share `idle` of them at random.
    """
    works = np.arange(n) % 7 < week
    if idle:
        works &= rng.random(n) >= idle
    output = np.where(works, np.maximum(rng.normal(mean, SD, n), 1.0), 0.0)
    gas = np.where(works, BASE + SLOPE * output, STANDING) * factor
    noise = np.zeros(n)
    noise[works] = NOISE * follow(rng, int(works.sum()), rho)
    noise[~works] = STANDING_NOISE * rng.standard_normal(int((~works).sum()))
    return rows(gas + noise, output, start=start)
