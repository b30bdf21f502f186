"""The tables of a plant file that say how numbers are made; `domain.method` says what each means."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from config.tables import Table
from config.values import Day, Positive, Text, TimeOfDay

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Year = Annotated[int, Field(ge=1990, le=2100)]


def is_year(text: str) -> bool:
    """Say whether a key names a year."""
    return len(text) == 4 and text.isascii() and text.isdecimal() and 1990 <= int(text) <= 2100


class AnalyticsTable(Table):
    """`[analytics]`: what counts as a gap, a doubt, an alert."""

    gap_min: Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)] = 20.0
    confidence: Annotated[float, Field(ge=0.5, le=0.999, allow_inf_nan=False)] = 0.90
    balance_tolerance: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.05
    silent_min: Annotated[float, Field(gt=0, le=10080, allow_inf_nan=False)] = 15.0
    stuck_h: Annotated[float, Field(gt=0, le=744, allow_inf_nan=False)] = 6.0


class GasTable(Table):
    """`[gas]`: energy, carbon and price of gas. The bounds catch another unit, not an odd gas."""

    ncv_mj_per_nm3: Annotated[float, Field(ge=10, le=100, allow_inf_nan=False)] = 38.931
    carbon_t_per_tj: Annotated[float, Field(ge=5, le=40, allow_inf_nan=False)] = 15.3
    oxidation: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.99
    price_per_nm3: Positive | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"


class TargetTable(Table):
    """`[target]`: the reduction that the plant has promised."""

    base_year: Year = 2024
    target_year: Year = 2030
    yearly_reduction: Annotated[float, Field(ge=0, le=0.2, allow_inf_nan=False)] = 0.02
    reading: Literal["geometric", "linear", "every_year"] = "geometric"


Years = dict[str, Positive]
"""Year, in quotes as TOML wants its keys -> a value."""


class CarbonPathTable(Table):
    """`[[carbon.paths]]`: intensity that the plant may have, year by year."""

    required: ClassVar[tuple[str, ...]] = ("id", "allowed", "source")
    id: Literal["scope_1_2", "scope_3_1"] | None = None
    unit: Text = "tCO2e/t"
    source: Text | None = None
    allowed: Years | None = None
    stated: Years = Field(default_factory=dict)


class CarbonTable(Table):
    """`[carbon]`: the factor of bought electricity, and the paths of the reduction plan."""

    grid_kg_per_kwh: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] | None = None
    grid_source: Text | None = None
    grid_verified: bool = False
    paths: list[CarbonPathTable] = Field(default_factory=list)


class HeatTable(Table):
    """`[heat]`: what recovered heat stands in for."""

    counterfactual: Literal["none", "gas", "electricity"] = "none"
    efficiency: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 0.9


class ShiftTable(Table):
    """`[calendar] shifts`: one shift by local time."""

    required: ClassVar[tuple[str, ...]] = ("name", "start", "end")
    name: Text | None = None
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None


class CalendarTable(Table):
    """`[calendar]`: production days, shifts, days without work."""

    day_start: TimeOfDay = "00:00"
    shifts: list[ShiftTable] = Field(default_factory=list)
    rest_days: list[Weekday] = Field(default_factory=list)
    holidays: list[Day] = Field(default_factory=list)
