"""What is said about carriers, balances, production, the ledger and the target."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.sentences import Telling, Values
from dashboard.words import Words


def _ncv(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(ncv_mj_per_nm3)s MJ/Nm³ is no net calorific value of natural gas.", **v),
        words("State it anew, net and in MJ/Nm³; until then the value of the method holds."),
    )


def _conditions(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has %(windows)s windows without temperature or pressure of the gas.", **v),
        words("Give the point its reference in the plant file, or points of temperature and pressure."),
    )


def _impossible_conditions(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s has %(windows)s windows with a gas temperature or pressure that cannot be.",
            **v,
        ),
        words("Pressure must be absolute, in kPa, temperature in °C."),
    )


def _compressibility(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s is metered under pressure and corrected by up to %(correction)s; %(doubt)s more is in "
            "doubt.",
            **v,
        ),
        words("Use a volume corrector's reading at reference conditions where that matters."),
    )


def _no_meter(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has no gas meter: no intensity can be given.", **v),
        words("Give a gas point this process in the plant file."),
    )


def _doubled(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s and %(other)s of the same device count for the same process: both are added up.", **v
        ),
        words("Take the carrier out of one of them, unless they count different things."),
    )


def _counterfactual(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Nothing says what %(thing)s replaces: no avoided gas is known.", **v),
        words("State in the plant file what would make this heat otherwise."),
    )


def _efficiency(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The efficiency of what %(thing)s replaces cannot be: no avoided gas is known.", **v),
        words("Correct the efficiency in the plant file."),
    )


def _temperatures(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s lacks its temperatures: the heat is not known.", **v),
        words("See that both temperatures are read."),
    )


def _reversed(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The supply of %(thing)s is colder than its return.", **v),
        words("See whether the two sensors are swapped."),
    )


def _no_export(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No meter shows what solar power goes out: its use here is estimated.", **v),
        words("Give the export register of the main meter its role."),
    )


def _no_load(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No meter shows what electricity is used: the use of solar power here is not known.", **v),
        words("Give the export register of the main meter its role, or meter the load."),
    )


def _no_main(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No main meter shows what electricity comes in: the share of solar power is not known.", **v),
        words("Give the import register of the main meter its role."),
    )


def _export(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("More solar power went out than was made: its use here is not known.", **v),
        words("Compare multipliers and directions of both meters."),
    )


def _negative(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: the sub-meters show more than the main meter.", **v),
        words("Compare multipliers, reference conditions and roles of the meters with their plates."),
    )


def _over(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: more than the tolerance reaches no sub-meter.", **v),
        words("Look for a leak, an unmetered load or a sub-meter that reads low."),
    )


def _partial(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: some meters or hours of the balance are not known.", **v),
        words("Look at the power, the cable and the gateway of the device."),
    )


def _differs(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: %(spans)s stated quantities differ from the counters; the stated ones count.", **v),
        words("Compare the list with the counters."),
    )


def _unit(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s counts in another unit than its process; it is not used.", **v),
        words("Choose a counter in the unit of the process, or import the production."),
    )


def _missing(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s has neither a production counter nor stated production: no intensity is known.", **v
        ),
        words("Enter production, or give a point the carrier production in the plant file."),
    )


def _impossible(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: a stated quantity of %(quantity)s cannot be; it is not used.", **v),
        words("Void the entry and state the quantity that was made, or correct the rated maximum."),
    )


def _overlap(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: a total and single products are stated for one time; neither is used.", **v),
        words("Void the total or the products."),
    )


def _odd(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: %(spans)s stated quantities are far beyond the usual; they are used.", **v),
        words("Void what was mistyped or is in another unit."),
    )


def _stranger(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The ledger has entries for %(thing)s, which the plant does not have; they are not used.", **v),
        words("Void them and record them for what the plant has, or describe it in the plant file."),
    )


def _no_base_year(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: the intensity of the base year is not known, there is no target.", **v),
        words("Enter the production of the base year and make its gas readings complete."),
    )


def _base_year(words: Words, v: Values) -> tuple[str, str]:
    return words("%(thing)s: the year is not after the base year, no target applies.", **v), ""


def _after_target(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: the year is after the target year, whose target still holds.", **v),
        words("Set the next target year in the plant file."),
    )


def _no_previous(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s: the intensity of the year before is not known, and the target goes year by year.", **v
        ),
        words("Make gas and production of that year complete, or choose another reading of the target."),
    )


def _track_output(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: no output of the year is known, there is no intensity.", **v),
        words("Enter the production of the process, or check its counter."),
    )


def _track_baseline(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: no baseline is approved, the year's end cannot be projected.", **v),
        words("Fit a baseline that passes its gates, and approve it."),
    )


def _track_rows(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: nothing of the year can be held against the baseline yet.", **v),
        words("Wait for the first row to end, or fill the gaps in gas and production."),
    )


def _partly(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s: less than 90 %% of the year so far was observed, its figures are provisional.", **v
        ),
        words("Fill the gaps: declare what was done to the meters, enter the production."),
    )


def _no_plan(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: nobody planned the rest of the year, and last year's output is not known.", **v),
        words("Enter the planned output of the rest of the year in the ledger."),
    )


def _plan(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: more is planned a day than was made on any day of the baseline.", **v),
        words("Check the planned output; fit a baseline to a period with such output."),
    )


def _no_interval(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: too few independent rows say how sure the projection is.", **v),
        words("Fit a baseline to a longer period."),
    )


SENTENCES: Mapping[str, Telling] = {
    "gas.impossible_ncv": _ncv,
    "gas.no_conditions": _conditions,
    "gas.impossible_conditions": _impossible_conditions,
    "gas.compressibility": _compressibility,
    "gas.no_meter": _no_meter,
    **{f"{carrier}.doubled": _doubled for carrier in ("gas", "electricity", "pv", "heat", "production")},
    "heat.no_counterfactual": _counterfactual,
    "heat.impossible_efficiency": _efficiency,
    "heat.no_temperatures": _temperatures,
    "heat.reversed": _reversed,
    "pv.no_export_meter": _no_export,
    "pv.no_load": _no_load,
    "pv.no_main_meter": _no_main,
    "pv.export_exceeds_generation": _export,
    "balance.negative": _negative,
    "balance.over_tolerance": _over,
    "balance.partial": _partial,
    "production.differs": _differs,
    "production.unit": _unit,
    "production.missing": _missing,
    "production.impossible": _impossible,
    "production.overlap": _overlap,
    "production.odd": _odd,
    "production.unknown_process": _stranger,
    "ledger.unknown_subject": _stranger,
    "track.no_base_year": _no_base_year,
    "track.base_year": _base_year,
    "track.after_target_year": _after_target,
    "track.no_previous_year": _no_previous,
    "track.no_output": _track_output,
    "track.no_baseline": _track_baseline,
    "track.no_rows": _track_rows,
    "track.partly_observed": _partly,
    "track.no_plan": _no_plan,
    "track.plan_out_of_range": _plan,
    "track.no_interval": _no_interval,
}
