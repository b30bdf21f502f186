"""The tables of a plant file that say how numbers are made; `domain.method` says what each means."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from config.tables import Table
from config.values import Day, Positive, Text, TimeOfDay

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Year = Annotated[int, Field(ge=1990, le=2100)]


def _is_small_share(given: float) -> float:
    """Refuse percents written as such: 2 for 2 %, and 0.5 for half of one."""
    if not 0.0 < given <= 0.2:
        raise ValueError("it must be a share, more than 0 and at most 0.2: write 0.02 for 2 %")
    return given


def _is_region(given: str) -> str:
    """Refuse what no factor's region can look like."""
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{2,12})?", given):
        raise ValueError('write it as the factors have it: "CN", "CN-GD", "CN-SOUTH"')
    return given


SmallShare = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_is_small_share)]
PlannedEnergy = Annotated[float, Field(ge=10_000, le=1e9, allow_inf_nan=False)]
"""kWh a year; the lower bound catches MWh."""


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


class MeterUncertaintyTable(Table):
    """`[carbon.meter_uncertainty]`: relative standard uncertainty (k = 1) of the meters of a carrier."""

    gas: SmallShare = 0.015
    electricity: SmallShare = 0.01
    pv: SmallShare = 0.01
    heat: SmallShare = 0.03


class CarbonTable(Table):
    """`[carbon]`: how the greenhouse-gas inventory is made, and the paths of the reduction plan."""

    grid_kg_per_kwh: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] | None = None
    grid_source: Text | None = None
    grid_verified: bool = False
    grid_region: Annotated[str, AfterValidator(_is_region)] | None = None
    certificate_match: Literal["year", "month"] = "year"
    beneficiary: Text | None = None
    invoice_tolerance: SmallShare = 0.02
    base_year_threshold: SmallShare = 0.05
    invoice_uncertainty: SmallShare = 0.01
    meter_uncertainty: MeterUncertaintyTable = Field(default_factory=MeterUncertaintyTable)
    pv_plan_kwh_per_year: PlannedEnergy | None = None
    heat_plan_kwh_per_year: PlannedEnergy | None = None
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
