"""What a request may say: span, periods, subject, how many rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.api import courses
from dashboard.api.call import MOST_ROWS, USUAL_ROWS
from domain.periods import PeriodKind
from domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a request may say. `choices` of the plant end up in the description."""

    name: str
    description: str
    example: str
    choices: tuple[str, ...] = ()
    of_plant: Callable[[Plant], list[str]] | None = None
    is_whole: bool = False
    is_required: bool = False

    def known(self, plant: Plant) -> tuple[str, ...]:
        """Return what may be said; empty for anything."""
        return tuple(self.of_plant(plant)) if self.of_plant is not None else self.choices


def _processes(plant: Plant) -> list[str]:
    return [each.id for each in plant.processes]


def _points(plant: Plant) -> list[str]:
    return [each.id for each in plant.points]


PERIODS = ("day", "week", "month", "year")
SPAN = (
    Parameter(
        name="from",
        description="Begin: plant time (a day, a minute), ISO 8601, or 13 digits of milliseconds.",
        example="2026-11-01",
    ),
    Parameter(name="to", description="End, not included; now without it.", example="2026-11-22T08:00"),
    Parameter(
        name="range",
        description="Up to now, instead of from and to.",
        example="24h",
        choices=("24h", "48h", "7d", "30d", "90d"),
    ),
    Parameter(
        name="period",
        description="A whole period of the plant's calendar, instead of from and to.",
        example="month",
        choices=PERIODS,
    ),
    Parameter(name="at", description="Any instant in that period; today without it.", example="2026-11-22"),
)
BY = Parameter(
    name="by",
    description="Which periods: by default the one that `period` names, else days.",
    example="day",
    choices=tuple(PeriodKind),
)
PROCESS = Parameter(name="process", description="Of this process alone.", example="coil", of_plant=_processes)
SUBJECT = Parameter(name="subject", description="Of this subject alone.", example="gas")
YEAR = Parameter(name="year", description="Of this year alone.", example="2026", is_whole=True)
STEP = Parameter(
    name="step",
    description="Length of a step; by default one that fits the span.",
    example="1h",
    choices=tuple(courses.STEPS),
)
WINDOW = Parameter(
    name="at", description="Begin of the window.", example="2026-11-22T08:00", is_required=True
)
PAGING = (
    Parameter(
        name="limit",
        description=f"Most rows of an answer, {USUAL_ROWS:,} by default, {MOST_ROWS:,} at most.",
        example="1000",
        is_whole=True,
    ),
    Parameter(name="skip", description="Rows to leave out at the beginning.", example="0", is_whole=True),
)
IN_PROCESS = replace(PROCESS, description="Id of the process.", is_required=True)
IN_POINT = Parameter(
    name="point",
    description="Id of the point.",
    example="gas_main.volume",
    of_plant=_points,
    is_required=True,
)
IN_YEAR = replace(YEAR, description="Year.", is_required=True)
IN_INVENTORY = Parameter(
    name="inventory", description="A month or a year.", example="2026-03", is_required=True
)
IN_ALERT = Parameter(name="alert", description="Id of the alert.", example="drift-coil-1", is_required=True)
IN_BASELINE = Parameter(
    name="baseline", description="Id of the baseline.", example="coil-0123456789ab", is_required=True
)
PAGE_WIDE = frozenset(
    {each.name for each in (*SPAN, *PAGING, BY, STEP, PROCESS, SUBJECT, YEAR)} | {"lang", "theme"}
)
"""What an address of a page may carry on: where an endpoint has no such thing, it changes nothing."""
