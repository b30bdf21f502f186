"""What can be wrong with target, carbon, heat, calendar and the spans of `[analytics]`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.carbon_regions import near_names, region_named
from config.check_plant import check_ids
from config.codes import error, shown, suggest, warning
from config.method import shift_of
from config.method_tables import WEEKDAYS, CalendarTable, CarbonTable, HeatTable, is_year
from config.settings import Settings
from config.tables import key_of, missing_key
from domain.findings import Finding
from domain.periods import overlapping

_BEST_BOILER = 1.12
"""A condensing boiler against the net calorific value gains at most the latent heat, 11 %."""


def check_method(settings: Settings) -> Iterator[Finding]:
    """Give the findings of everything that says how numbers are made."""
    target = settings.target
    if target.target_year <= target.base_year:
        problem = f"{target.target_year} is not after base_year {target.base_year}"
        remedy = "name the year by which the reduction is promised"
        yield error("config.bad_target", "target.target_year", problem, remedy)
    yield from _check_carbon(settings.carbon)
    yield from _check_plans(settings)
    yield from _check_heat(settings.heat)
    yield from check_calendar(settings.calendar)
    yield from _check_intervals(settings)


def _check_carbon(carbon: CarbonTable) -> Iterator[Finding]:
    if carbon.grid_kg_per_kwh is not None and carbon.grid_source is None:
        remedy = 'say who publishes it, of which grid and year: grid_source = "..."'
        yield error("config.missing_key", "carbon.grid_source", "is missing beside a factor", remedy)
    if carbon.grid_kg_per_kwh is None and {"grid_source", "grid_verified"} & carbon.model_fields_set:
        yield missing_key("carbon.grid_kg_per_kwh")
    yield from _check_region(carbon.grid_region)
    yield from check_ids([path.id for path in carbon.paths], "carbon.paths", "id")
    for index, path in enumerate(carbon.paths):
        place = ("carbon", "paths", index)
        for name, years in (("allowed", path.allowed or {}), ("stated", path.stated)):
            for year in years:
                if not is_year(year):
                    remedy = 'write a year from 1990 to 2100 in quotes: "2026"'
                    problem = f"{shown(year)} is no year"
                    yield error("config.bad_year", key_of((*place, name)), problem, remedy)


def _check_region(region: str | None) -> Iterator[Finding]:
    """Find a grid that nobody publishes factors of: likely a slip, and Scope 2 stays unknown."""
    if region is not None and region_named(region, ()) is None:
        problem = f"{shown(region)} is no grid of China that anybody publishes a factor of"
        remedy = f"{suggest(region, near_names(()))}; or enter factors of that region"
        yield warning("config.unknown_region", "carbon.grid_region", problem, remedy)


def _check_plans(settings: Settings) -> Iterator[Finding]:
    """Find plans of PV and heat that no meter is held against."""
    measured = {point.carrier for point in settings.points}
    for carrier in ("pv", "heat"):
        name = f"{carrier}_plan_kwh_per_year"
        if getattr(settings.carbon, name) is not None and carrier not in measured:
            problem = f"is given, and no point measures {carrier}"
            remedy = f'give its meter carrier = "{carrier}", or take this out'
            yield warning("config.plan_without_meter", f"carbon.{name}", problem, remedy)


def _check_heat(heat: HeatTable) -> Iterator[Finding]:
    if heat.counterfactual == "none" and "efficiency" in heat.model_fields_set:
        problem = 'is given, and counterfactual is "none"'
        remedy = 'take it out, or set counterfactual = "gas" or "electricity"'
        yield error("config.field_not_of_kind", "heat.efficiency", problem, remedy)
    if heat.counterfactual == "gas" and heat.efficiency > _BEST_BOILER:
        problem = f"{heat.efficiency:g} is more than a gas boiler gives"
        remedy = f'write 0.9 for 90 %, at most {_BEST_BOILER:g}; a heat pump is "electricity"'
        yield error("config.bad_efficiency", "heat.efficiency", problem, remedy)


def check_calendar(calendar: CalendarTable) -> Iterator[Finding]:
    """Give the findings of `[calendar]`."""
    yield from check_ids([shift.name for shift in calendar.shifts], "calendar.shifts", "name")
    whole = {
        index: shift_of(shift.name, shift.start, shift.end)
        for index, shift in enumerate(calendar.shifts)
        if shift.name is not None and shift.start is not None and shift.end is not None
    }
    for index, shift in whole.items():
        for before in (other for other in whole if other < index):
            if overlapping((whole[before], shift)):
                problem = f"{shown(shift.name)} overlaps shifts[{before}] ({shown(whole[before].name)})"
                remedy = "let each end where the next begins"
                yield error("config.overlapping_shifts", f"calendar.shifts[{index}]", problem, remedy)
    if set(calendar.rest_days) == set(WEEKDAYS):
        remedy = "name the days without planned work"
        yield error("config.wrong_value", "calendar.rest_days", "leaves no day to work", remedy)


def _check_intervals(settings: Settings) -> Iterator[Finding]:
    """Find devices that are polled so seldom that every step is a gap, or silence the normal state."""
    analytics = settings.analytics
    for name in ("gap_min", "silent_min"):
        slow = [
            index
            for index, device in enumerate(settings.devices)
            if device.interval_s >= getattr(analytics, name) * 60
        ]
        if slow:
            place = key_of(("devices", slow[0], "interval_s"))
            problem = f"{getattr(analytics, name):g} is not longer than {place}"
            remedy = "give at least two intervals of the slowest device, or poll that device more often"
            yield warning("config.interval_too_long", f"analytics.{name}", problem, remedy)
